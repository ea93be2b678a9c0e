//! The bytes of a conversation: bounded, and before TLS never more than one line at a time.
//!
//! A server may talk without end, inside of TLS as well. And what somebody on the way adds behind the answer to STARTTLS must not be read as if
//! it had come through TLS (the response injection of 2011 and 2021): lettre's buffer never holds more than that answer.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use lettre::transport::smtp::Error;
#[expect(
    deprecated,
    reason = "the only way to have TLS from the first byte above a stream of our own"
)]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::client::TlsParameters;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::net::UnixStream;
use tokio_util::compat::Compat;
use tokio_util::compat::FuturesAsyncReadCompatExt;

/// Bytes from the server in one conversation: certificates take about 10 KiB, replies less.
const READ_BYTES_MAX: usize = 256 * 1024;
const BUFFER_BYTES: usize = 4096;

/// A stream whose reads are bounded and end at each line feed.
pub(super) struct Lines<S> {
    inner: S,
    buffer: Vec<u8>,
    /// How much of `buffer` was handed out.
    taken: usize,
    read_bytes: usize,
}

impl<S> Lines<S> {
    pub(super) fn new(inner: S) -> Self {
        Self {
            inner,
            buffer: Vec::new(),
            taken: 0,
            read_bytes: 0,
        }
    }
}

impl<S> fmt::Debug for Lines<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lines({} bytes read)", self.read_bytes)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lines<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.taken == this.buffer.len() {
            this.buffer.resize(BUFFER_BYTES, 0);
            this.taken = BUFFER_BYTES;
            let mut read = ReadBuf::new(&mut this.buffer);
            ready!(Pin::new(&mut this.inner).poll_read(context, &mut read))?;
            let length = read.filled().len();
            this.buffer.truncate(length);
            this.taken = 0;
            this.read_bytes += length;
            if this.read_bytes > READ_BYTES_MAX {
                let kib = READ_BYTES_MAX / 1024;
                return Poll::Ready(Err(io::Error::other(format!("the server said more than {kib} KiB"))));
            }
        }
        let rest = &this.buffer[this.taken..];
        let line = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |end| end + 1);
        let length = line.min(out.remaining());
        out.put_slice(&rest[..length]);
        this.taken += length;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Lines<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Lines<TcpStream> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.inner.peer_addr()
    }
}

impl AsyncTokioStream for Lines<UnixStream> {
    /// A socket of this machine has no address; lettre only shows it.
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, 0).into())
    }
}

/// TLS from the first byte above `stream`; what is said inside is bounded as outside of it.
///
/// # Errors
/// When the handshake fails, or the certificate is refused.
#[expect(deprecated, reason = "see the import")]
pub(super) async fn encrypted(
    stream: Box<dyn AsyncTokioStream>,
    tls: TlsParameters,
) -> Result<Box<dyn AsyncTokioStream>, Error> {
    let mut stream = AsyncNetworkStream::use_existing_tokio1(stream);
    stream.upgrade_tls(tls).await?;
    Ok(Box::new(Lines::new(stream.compat())))
}

#[expect(deprecated, reason = "see the import")]
impl AsyncTokioStream for Lines<Compat<AsyncNetworkStream>> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.inner.get_ref().peer_addr()
    }
}
