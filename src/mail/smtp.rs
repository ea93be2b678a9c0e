//! A mail server, spoken to step by step, so that we know how far a message came.
//!
//! lettre's own timeout covers connecting only and its `send` hides the stage; a broken connection before the data is
//! safe to retry, after it the message may have arrived (RFC 5321 section 6.1, RFC 1047).

mod login;
mod outcome;
mod stream;

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::client::AsyncTokioStream;
use lettre::transport::smtp::client::Certificate;
use lettre::transport::smtp::client::TlsParameters;
use lettre::transport::smtp::commands::Data;
use lettre::transport::smtp::commands::Mail;
use lettre::transport::smtp::commands::Rcpt;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::extension::Extension;
use lettre::transport::smtp::extension::MailParameter;
use tokio::net::TcpStream;
use tokio::net::UdpSocket;
use tokio::net::UnixStream;

use crate::digest::Envelope;
use crate::digest::SendOutcome;
use crate::mail::MESSAGE_DEADLINE;
use crate::mail::MailError;

pub use login::Login;
pub use login::Proof;
use outcome::Stop;
use outcome::after_data;
use outcome::at_recipient;
use outcome::before_data;
use outcome::words;
use stream::Lines;
use stream::encrypted;

/// How long the conversation before the data may take: each of its steps has 5 minutes in RFC 5321, servers need seconds.
const PREPARE_DEADLINE: Duration = Duration::from_secs(2 * 60);
/// How long a person waits for the answer whether the server can be used.
const VERIFY_DEADLINE: Duration = Duration::from_secs(30);
/// How long to wait for the goodbye: nothing depends on it.
const QUIT_DEADLINE: Duration = Duration::from_secs(5);

/// Where and how to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Where the server listens.
    pub server: Server,
    /// How the connection is protected.
    pub tls: Tls,
    /// Who logs in; none where the server wants no log-in.
    pub login: Option<Login>,
    /// Certificates (PEM) to trust beside the system's: those of a private authority.
    pub ca_file: Option<PathBuf>,
}

/// Where a mail server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// On the network.
    Network {
        /// The server's name, which its certificate must show.
        host: String,
        /// 465 for implicit TLS, 587 for STARTTLS.
        port: u16,
    },
    /// On a socket of this machine.
    Socket(PathBuf),
}

impl Server {
    /// Whether what is said to it stays in this machine.
    pub fn is_here(&self) -> bool {
        let is_loopback = |address: IpAddr| address.is_loopback();
        match self {
            Self::Network { host, .. } => host == "localhost" || bare(host).parse().is_ok_and(is_loopback),
            Self::Socket(_) => true,
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network { host, port } => write!(f, "{host}:{port}"),
            Self::Socket(path) => write!(f, "{}", path.display()),
        }
    }
}

/// How the connection is protected. There is no fall-back from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte.
    Implicit,
    /// By STARTTLS, required.
    StartTls,
    /// Not at all; for a server on this machine only.
    None,
}

/// How long the two halves of a conversation may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    /// Until the server wants the message.
    pub(super) prepare: Duration,
    /// The message and its answer.
    pub(super) message: Duration,
}

/// A mail server, ready to be asked.
#[derive(Clone)]
pub struct Smtp {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
    pub(super) deadlines: Deadlines,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({})", self.settings.server)
    }
}

impl Smtp {
    /// Prepares TLS.
    pub(super) fn new(settings: &SmtpSettings) -> Result<Self, MailError> {
        // A second call finds the provider installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = match (&settings.server, settings.tls) {
            (Server::Network { host, .. }, Tls::Implicit | Tls::StartTls) => Some(trust(host, settings)?),
            (server, Tls::None) if server.is_here() => None,
            (server, _) => {
                return Err(MailError::ClearText {
                    server: server.to_string(),
                });
            }
        };
        Ok(Self {
            settings: settings.clone(),
            tls,
            deadlines: Deadlines {
                prepare: PREPARE_DEADLINE,
                message: MESSAGE_DEADLINE,
            },
        })
    }

    /// One message to one recipient.
    pub(super) async fn send(&self, envelope: &Envelope, message: &[u8]) -> SendOutcome {
        let mut connection = match tokio::time::timeout(self.deadlines.prepare, self.prepare(envelope)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(Stop(outcome))) => return self.named(outcome),
            Err(_) => return self.named(silent(self.deadlines.prepare)),
        };
        let outcome = match tokio::time::timeout(self.deadlines.message, connection.message(message)).await {
            Ok(Ok(response)) => SendOutcome::Sent(words(&response)),
            Ok(Err(error)) => after_data(&error),
            Err(_) => SendOutcome::Uncertain("no answer to the message".to_owned()),
        };
        self.say_goodbye(connection).await;
        self.named(outcome)
    }

    /// Connects and logs in as for a message, and says goodbye.
    pub(super) async fn verify(&self) -> SendOutcome {
        let deadline = self.deadlines.prepare.min(VERIFY_DEADLINE);
        let connection = match tokio::time::timeout(deadline, self.open()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(Stop(outcome))) => return self.named(outcome),
            Err(_) => return self.named(silent(deadline)),
        };
        let protection = match self.settings.tls {
            Tls::Implicit => "TLS",
            Tls::StartTls => "TLS by STARTTLS",
            Tls::None => "no TLS, on this machine",
        };
        let login = match &self.settings.login {
            Some(login) => format!("logged in as {}", login.user),
            None => "no log-in".to_owned(),
        };
        self.say_goodbye(connection).await;
        self.named(SendOutcome::Sent(format!("{protection}, {login}")))
    }

    /// Everything before the data.
    async fn prepare(&self, envelope: &Envelope) -> Result<AsyncSmtpConnection, Stop> {
        let (from, to) = (address(&envelope.from)?, address(&envelope.to)?);
        let mut connection = self.open().await?;
        match offer(&mut connection, from, to).await {
            Ok(()) => Ok(connection),
            Err(stop) => {
                self.say_goodbye(connection).await;
                Err(stop)
            }
        }
    }

    /// Ends a conversation; a server that does not answer changes nothing.
    async fn say_goodbye(&self, mut connection: AsyncSmtpConnection) {
        let deadline = QUIT_DEADLINE.min(self.deadlines.prepare).min(self.deadlines.message);
        let _ = tokio::time::timeout(deadline, connection.quit()).await;
    }

    /// A connection that is protected and logged in.
    async fn open(&self) -> Result<AsyncSmtpConnection, Stop> {
        let mut connection = self.connect().await?;
        if let (Tls::StartTls, Some(tls)) = (self.settings.tls, self.tls.clone()) {
            if !connection.can_starttls() {
                let what = "the server offers no STARTTLS, and nothing is sent in clear text; check `port` and `tls`";
                return Err(Stop(SendOutcome::Misconfigured(what.to_owned())));
            }
            let ended = connection.starttls(tls, &hello(&self.settings.server).await).await;
            ended.map_err(|error| before_data(&error))?;
        }
        self.log_in(&mut connection).await?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Stop> {
        let hello = hello(&self.settings.server).await;
        let implicit = self.tls.clone().filter(|_| self.settings.tls == Tls::Implicit);
        let unreachable = |error: io::Error| Stop(SendOutcome::Deferred(format!("cannot connect: {error}")));
        let mut stream: Box<dyn AsyncTokioStream> = match &self.settings.server {
            Server::Network { host, port } => {
                let connected = TcpStream::connect((bare(host), *port)).await;
                Box::new(Lines::new(connected.map_err(unreachable)?))
            }
            Server::Socket(path) => Box::new(Lines::new(UnixStream::connect(path).await.map_err(unreachable)?)),
        };
        if let Some(tls) = implicit {
            // The certificate is checked before the first line is read.
            let protected = encrypted(stream, tls).await;
            stream = protected.map_err(|error| before_data(&error))?;
        }
        let greeted = AsyncSmtpConnection::connect_with_transport(stream, &hello).await;
        greeted.map_err(|error| before_data(&error))
    }

    async fn log_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Stop> {
        let Some(login) = &self.settings.login else {
            return Ok(());
        };
        let prepared = login.prepare().await;
        let (mechanisms, credentials) = prepared.map_err(|reason| Stop(SendOutcome::Misconfigured(reason)))?;
        let answered = connection.auth(mechanisms, &credentials).await;
        answered.map(|_| ()).map_err(|error| match before_data(&error) {
            // A client-side refusal is a server without a mechanism that we speak, or one that wants more than a token.
            Stop(SendOutcome::Deferred(reason)) if error.is_client() => Stop(SendOutcome::Misconfigured(reason)),
            stop => stop,
        })
    }

    /// The outcome with the server's name in front.
    fn named(&self, outcome: SendOutcome) -> SendOutcome {
        let named = |text: String| format!("{}: {text}", self.settings.server);
        match outcome {
            SendOutcome::Sent(text) => SendOutcome::Sent(named(text)),
            SendOutcome::Deferred(text) => SendOutcome::Deferred(named(text)),
            SendOutcome::Uncertain(text) => SendOutcome::Uncertain(named(text)),
            SendOutcome::Refused(text) => SendOutcome::Refused(named(text)),
            SendOutcome::Misconfigured(text) => SendOutcome::Misconfigured(named(text)),
        }
    }
}

/// How we introduce ourselves: by our own address towards the server (RFC 5321 section 4.1.3).
async fn hello(server: &Server) -> ClientId {
    let own = match server {
        Server::Network { host, port } => own_address(bare(host), *port).await.ok(),
        Server::Socket(_) => None,
    };
    match own {
        Some(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Some(IpAddr::V6(address)) => ClientId::Ipv6(address),
        // The connection itself will say what is wrong.
        None => ClientId::default(),
    }
}

/// The address from which packets to the server start. None is sent: connecting a UDP socket only looks up the route.
async fn own_address(host: &str, port: u16) -> io::Result<IpAddr> {
    let server = tokio::net::lookup_host((host, port)).await?.next();
    let server = server.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let any: IpAddr = if server.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    Ok(socket.local_addr()?.ip())
}

/// A server that says nothing.
fn silent(deadline: Duration) -> SendOutcome {
    SendOutcome::Deferred(format!("the server did not answer within {} s", deadline.as_secs()))
}

/// An IPv6 address as sockets and certificates have it, without the brackets of a URL.
fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

/// Sender, recipient, and whether the message may come.
async fn offer(connection: &mut AsyncSmtpConnection, from: Address, to: Address) -> Result<(), Stop> {
    let mut parameters = Vec::new();
    if !format!("{from}{to}").is_ascii() {
        // RFC 6531 section 3.1: such an address is offered only to a server that takes it.
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let what = "the server takes no addresses outside of ASCII (it offers no SMTPUTF8)";
            return Err(Stop(SendOutcome::Refused(what.to_owned())));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let sender = connection.command(Mail::new(Some(from), parameters)).await;
    sender.map_err(|error| before_data(&error))?;
    let recipient = connection.command(Rcpt::new(to, Vec::new())).await;
    recipient.map_err(|error| at_recipient(&error))?;
    let ready = connection.command(Data).await;
    ready.map_err(|error| at_recipient(&error))?;
    Ok(())
}

/// What a server's certificate is checked against: its name, the system's authorities and those of `ca_file`.
fn trust(host: &str, settings: &SmtpSettings) -> Result<TlsParameters, MailError> {
    let refused = |reason: String| MailError::Tls {
        host: host.to_owned(),
        reason,
    };
    let mut builder = TlsParameters::builder(bare(host).to_owned());
    if let Some(path) = &settings.ca_file {
        let wrong = |what: &dyn fmt::Display| refused(format!("ca_file {}: {what}", path.display()));
        let pem = std::fs::read(path).map_err(|error| wrong(&error))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| wrong(&error))?);
    }
    builder.build_rustls().map_err(|error| refused(error.to_string()))
}

/// The address as servers take it: its domain in ASCII (RFC 5891).
fn address(text: &str) -> Result<Address, Stop> {
    let refused = |what: String| Stop(SendOutcome::Refused(format!("{text}: {what}")));
    let address: Address = text.parse().map_err(|error| refused(format!("{error}")))?;
    match url::Host::parse(address.domain()) {
        Ok(url::Host::Domain(domain)) => {
            Address::new(address.user(), domain).map_err(|error| refused(error.to_string()))
        }
        // An address literal such as [192.0.2.1] stays as it is.
        Ok(url::Host::Ipv4(_) | url::Host::Ipv6(_)) | Err(_) => Ok(address),
    }
}

#[cfg(test)]
mod script;
#[cfg(test)]
mod tests;
