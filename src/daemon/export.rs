//! A backup of a store that the running daemon keeps, over the control socket.
//!
//! Written first into a file without a name beside the store, because changes wait meanwhile; then handed over at the pace
//! of whoever asked.

use std::fs;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::BufWriter;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::Weak;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::OwnedWriteHalf;
use tracing::debug;

use crate::config::Config;
use crate::daemon::ControlError;
use crate::daemon::blocking;
use crate::daemon::control;
use crate::daemon::control::Reply;
use crate::daemon::control::Request;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::backup;
use crate::store::backup::BackupError;

/// How long changes may wait for a backup. The watchdog wants each loop to turn within three minutes.
const SPOOL_MAX: Duration = Duration::from_secs(2 * 60);
/// How long whoever asked may take for the next part: a pager that somebody reads in, a slow line.
const PART_MAX: Duration = Duration::from_secs(10 * 60);
/// Longer than the daemon takes in any case.
const ANSWER_MAX: Duration = Duration::from_secs(3 * 60);
/// Bytes of one part.
const PART_BYTES: usize = 64 * 1024;
/// The line before the backup is short; an error in its place has the length of a message.
const REPLY_BYTES_MAX: u64 = 64 * 1024;

/// A backup from the daemon that keeps the configuration's state: what is read is the backup, which may break off.
///
/// # Errors
/// As [`control::ask`].
pub fn export(config: &Config) -> Result<impl BufRead, ControlError> {
    for socket in control::sockets(config) {
        match export_at(&socket, config) {
            Ok(None) | Err(ControlError::NotRunning) => {}
            Ok(Some(bytes)) => return Ok(bytes),
            Err(error) => return Err(error),
        }
    }
    Err(ControlError::NotRunning)
}

/// The backup; none where the daemon keeps another state.
fn export_at(socket: &Path, config: &Config) -> Result<Option<BufReader<UnixStream>>, ControlError> {
    let broken = |source: io::Error| ControlError::Connection {
        path: socket.display().to_string(),
        source,
    };
    let stream = control::send(socket, config, &Request::Export, ANSWER_MAX)?;
    let mut bytes = BufReader::with_capacity(PART_BYTES, stream);
    let mut line = Vec::new();
    bytes
        .by_ref()
        .take(REPLY_BYTES_MAX)
        .read_until(b'\n', &mut line)
        .map_err(broken)?;
    match serde_json::from_slice(&line).map_err(|error| broken(error.into()))? {
        Reply::Exporting => Ok(Some(bytes)),
        Reply::Error(message) => Err(ControlError::Refused(message)),
        Reply::Answer(_) | Reply::Done(_) | Reply::Reloaded | Reply::NotMine => Ok(None),
    }
}

/// Writes a backup of the store and hands it over.
///
/// # Errors
/// What the store said, after it was told to whoever asked: the daemon must end.
pub(super) async fn hand_over(
    mut writer: OwnedWriteHalf,
    store: Arc<dyn Store>,
    config: Arc<Config>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (spooled, refused) = match spooled(store, config, now).await {
        Ok(file) => (Ok(file), None),
        Err(BackupError::Store(error)) => {
            let message = error.to_string();
            // A damaged record is no reason to stop watching the news.
            let ending = matches!(error, StoreError::Engine { .. }).then_some(error);
            (Err(message), ending)
        }
        Err(error) => (Err(error.to_string()), None),
    };
    if let Err(error) = told(&mut writer, spooled).await {
        debug!("a backup on the control socket was not taken: {error}");
    }
    refused.map_or(Ok(()), Err)
}

async fn told(writer: &mut OwnedWriteHalf, spooled: Result<File, String>) -> io::Result<()> {
    let reply = match &spooled {
        Ok(_) => Reply::Exporting,
        Err(message) => Reply::Error(message.clone()),
    };
    let mut part = serde_json::to_vec(&reply)?;
    part.push(b'\n');
    let mut file = spooled.ok();
    loop {
        tokio::time::timeout(PART_MAX, writer.write_all(&part)).await??;
        let Some(mut rest) = file.take() else { break };
        (part, rest) = blocking(move || {
            let mut part = Vec::with_capacity(PART_BYTES);
            let limit = u64::try_from(PART_BYTES).unwrap_or(u64::MAX);
            Read::by_ref(&mut rest).take(limit).read_to_end(&mut part)?;
            Ok::<_, io::Error>((part, rest))
        })
        .await?;
        file = (!part.is_empty()).then_some(rest);
    }
    writer.shutdown().await
}

/// The backup in a file without a name, at its beginning.
async fn spooled(store: Arc<dyn Store>, config: Arc<Config>, now: Timestamp) -> Result<File, BackupError> {
    let asked = Arc::new(());
    let wanted = Arc::downgrade(&asked);
    let work = move || {
        let file = nameless(&config.state).map_err(BackupError::Write)?;
        let mut spool = BufWriter::with_capacity(PART_BYTES, Spool { file, wanted });
        backup::export(store.as_ref(), now, &mut spool)?;
        let mut file = spool
            .into_inner()
            .map_err(|error| BackupError::Write(error.into_error()))?
            .file;
        file.rewind().map_err(BackupError::Write)?;
        Ok(file)
    };
    let spooled = tokio::time::timeout(SPOOL_MAX, blocking(work)).await;
    // Until here; dropped earlier where kabar stops, and then the writing ends.
    drop(asked);
    spooled.unwrap_or_else(|_| {
        let minutes = SPOOL_MAX.as_secs() / 60;
        let words = format!("the store is too large to be written in {minutes} minutes, for which polls and mail may wait; stop kabar, and export then");
        Err(BackupError::Write(io::Error::new(io::ErrorKind::TimedOut, words)))
    })
}

/// A private file that is gone when it is closed, also by a crash.
fn nameless(directory: &Path) -> io::Result<File> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = directory.join(format!(".export.{}.{number}", std::process::id()));
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

/// A file that takes bytes as long as somebody wants them.
struct Spool {
    file: File,
    wanted: Weak<()>,
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.wanted.strong_count() == 0 {
            return Err(io::Error::other("nobody waits for it any more"));
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
