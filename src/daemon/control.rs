//! The control socket: the running daemon answers what people ask, because only one process can open the store.
//!
//! One question and one answer per connection, each one line of JSON. The socket's file is private (0600).

use std::io;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::UnixListener;
use tokio::net::UnixStream;
use tracing::debug;

use crate::config::Config;
use crate::daemon::Clock;
use crate::daemon::blocking;
use crate::report;
use crate::report::Answer;
use crate::report::Question;
use crate::store::Store;

/// A question fits into 64 KiB: the longest query has 4 KiB.
const QUESTION_BYTES_MAX: u64 = 64 * 1024;
/// An answer fits into 256 MiB: 10,000 stories with 64 sightings each.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How long one conversation may take.
const CONVERSATION_MAX: Duration = Duration::from_secs(60);

/// Why a running daemon gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nobody listens: the daemon does not run, and the store may be opened.
    #[error("no daemon listens")]
    NotRunning,
    /// The connection broke.
    #[error("{path}: the running daemon gave no answer: {source}; look at its log")]
    Connection {
        /// The socket.
        path: String,
        /// The system's word.
        source: io::Error,
    },
    /// The daemon refused the question.
    #[error("{0}")]
    Refused(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Answer(Answer),
    Error(String),
}

/// Asks the daemon that listens on `socket`.
///
/// # Errors
/// `NotRunning` where nobody listens; else what went wrong.
pub fn ask(socket: &Path, question: &Question) -> Result<Answer, ControlError> {
    let broken = |source: io::Error| ControlError::Connection {
        path: socket.display().to_string(),
        source,
    };
    let mut stream = match StdUnixStream::connect(socket) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Err(ControlError::NotRunning);
        }
        Err(error) => return Err(broken(error)),
    };
    stream.set_read_timeout(Some(CONVERSATION_MAX)).map_err(broken)?;
    let mut line = serde_json::to_vec(question).map_err(|error| broken(error.into()))?;
    line.push(b'\n');
    stream.write_all(&line).map_err(broken)?;
    let mut reply = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut reply).map_err(broken)?;
    match serde_json::from_slice(&reply).map_err(|error| broken(error.into()))? {
        Reply::Answer(answer) => Ok(answer),
        Reply::Error(message) => Err(ControlError::Refused(message)),
    }
}

/// Opens the socket, private to the user; a file left by a daemon that died is replaced.
///
/// # Errors
/// When the directory does not allow it.
pub(super) fn listen(socket: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) | Ok(()) => {}
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers one conversation. Its trouble is its own: the daemon goes on.
pub(super) async fn converse(stream: UnixStream, config: Arc<Config>, store: Arc<dyn Store>, clock: Clock) {
    let conversation = tokio::time::timeout(CONVERSATION_MAX, reply(stream, config, store, clock));
    match conversation.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!("a question on the control socket was not answered: {error}"),
        Err(_) => debug!("a question on the control socket took too long"),
    }
}

async fn reply(stream: UnixStream, config: Arc<Config>, store: Arc<dyn Store>, clock: Clock) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    BufReader::new(reader.take(QUESTION_BYTES_MAX))
        .read_line(&mut line)
        .await?;
    let answer = match serde_json::from_str::<Question>(&line) {
        Ok(question) => blocking(move || report::answer(&question, store.as_ref(), &config, clock.now()))
            .await
            .map_err(|error| error.to_string()),
        Err(error) => Err(format!(
            "the question cannot be read: {error}; are both kabar of one version?"
        )),
    };
    let reply = answer.map_or_else(Reply::Error, Reply::Answer);
    writer.write_all(&serde_json::to_vec(&reply)?).await?;
    writer.shutdown().await
}
