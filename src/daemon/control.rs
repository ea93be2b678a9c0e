//! The control socket: the running daemon answers what people ask, because only one process can open the store.
//!
//! One question and one answer per connection, each one line of JSON. The socket's file is private (0600).

use std::io;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::Path;
use std::path::PathBuf;
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
use tokio::sync::Notify;
use tokio::sync::watch;
use tracing::debug;

use crate::config::Config;
use crate::daemon::Clock;
use crate::daemon::Setup;
use crate::daemon::blocking;
use crate::report;
use crate::report::Answer;
use crate::report::Question;
use crate::store::Store;

/// A question fits into 64 KiB: the longest query has 4 KiB.
const QUESTION_BYTES_MAX: u64 = 64 * 1024;
/// An answer fits into 256 MiB: 10,000 stories with 64 sightings each.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How long reading the configuration again may take: password commands run, too.
const RELOAD_MAX: Duration = Duration::from_secs(20);
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

/// A question and the state it is about: two daemons of one user share a runtime directory.
#[derive(Serialize, Deserialize)]
struct Asked {
    state: PathBuf,
    word: Word,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Question(Question),
    /// Read the configuration again.
    Reload,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Answer(Answer),
    Error(String),
    /// The configuration was read again and stands.
    Reloaded,
    /// This daemon keeps another state.
    NotMine,
}

/// Asks the daemon that keeps the configuration's state.
///
/// # Errors
/// `NotRunning` where none does; else what went wrong.
pub fn ask(config: &Config, question: &Question) -> Result<Answer, ControlError> {
    match converse_with(config, &Word::Question(question.clone()))? {
        Reply::Answer(answer) => Ok(answer),
        Reply::Error(message) => Err(ControlError::Refused(message)),
        Reply::Reloaded | Reply::NotMine => Err(ControlError::NotRunning),
    }
}

/// Has the daemon that keeps the configuration's state read its file again, and waits until it has.
///
/// # Errors
/// `NotRunning` where none does; `Refused` where it kept the old configuration.
pub fn reload(config: &Config) -> Result<(), ControlError> {
    match converse_with(config, &Word::Reload)? {
        Reply::Reloaded => Ok(()),
        Reply::Error(message) => Err(ControlError::Refused(message)),
        Reply::Answer(_) | Reply::NotMine => Err(ControlError::NotRunning),
    }
}

fn converse_with(config: &Config, word: &Word) -> Result<Reply, ControlError> {
    for socket in sockets(config) {
        match say_at(&socket, config, word) {
            Err(ControlError::NotRunning) | Ok(Reply::NotMine) => {}
            reply => return reply,
        }
    }
    Err(ControlError::NotRunning)
}

/// Where a daemon may listen: the runtime directory, and the state where another daemon has that one.
fn sockets(config: &Config) -> [PathBuf; 2] {
    [config.socket.clone(), config.state.join("kabar.sock")]
}

fn say_at(socket: &Path, config: &Config, word: &Word) -> Result<Reply, ControlError> {
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
    let asked = Asked {
        state: config.state.clone(),
        word: word.clone(),
    };
    let mut line = serde_json::to_vec(&asked).map_err(|error| broken(error.into()))?;
    line.push(b'\n');
    stream.write_all(&line).map_err(broken)?;
    let mut reply = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut reply).map_err(broken)?;
    serde_json::from_slice(&reply).map_err(|error| broken(error.into()))
}

/// Opens the socket, private to the user. A file left by a daemon that died is replaced, a living one is left alone.
///
/// # Errors
/// The path and the system's word, when the directory does not allow it.
pub(super) fn listen(config: &Config) -> Result<(PathBuf, UnixListener), (PathBuf, io::Error)> {
    let [first, second] = sockets(config);
    let path = if StdUnixStream::connect(&first).is_ok() {
        second
    } else {
        first
    };
    open(&path)
        .map(|listener| (path.clone(), listener))
        .map_err(|error| (path, error))
}

fn open(socket: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) | Ok(()) => {}
    }
    let listener = UnixListener::bind(socket)?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// What a conversation is about.
pub(super) struct Context<F> {
    pub(super) setup: watch::Receiver<Arc<Setup<F>>>,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Clock,
    /// Told when somebody wants the configuration read again.
    pub(super) reload: Arc<Notify>,
}

/// Answers one conversation. Its trouble is its own: the daemon goes on.
pub(super) async fn converse<F: Send + Sync>(stream: UnixStream, context: Context<F>) {
    match tokio::time::timeout(CONVERSATION_MAX, reply(stream, context)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!("a question on the control socket was not answered: {error}"),
        Err(_) => debug!("a question on the control socket took too long"),
    }
}

async fn reply<F: Send + Sync>(stream: UnixStream, context: Context<F>) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    BufReader::new(reader.take(QUESTION_BYTES_MAX))
        .read_line(&mut line)
        .await?;
    let config = Arc::clone(&context.setup.borrow().config);
    let reply = match serde_json::from_str::<Asked>(&line) {
        Ok(asked) if asked.state != config.state => Reply::NotMine,
        Ok(Asked { word, .. }) => match word {
            Word::Question(question) => {
                let (store, clock) = (context.store, context.clock);
                let answer = move || report::answer(&question, store.as_ref(), &config, clock.now());
                blocking(answer)
                    .await
                    .map_or_else(|error| Reply::Error(error.to_string()), Reply::Answer)
            }
            Word::Reload => reloaded(context).await,
        },
        Err(error) => Reply::Error(format!(
            "the question cannot be read: {error}; are both kabar of one version?"
        )),
    };
    writer.write_all(&serde_json::to_vec(&reply)?).await?;
    writer.shutdown().await
}

async fn reloaded<F>(mut context: Context<F>) -> Reply {
    context.setup.mark_unchanged();
    context.reload.notify_one();
    match tokio::time::timeout(RELOAD_MAX, context.setup.changed()).await {
        Ok(Ok(())) => Reply::Reloaded,
        Ok(Err(_)) | Err(_) => {
            Reply::Error("the running daemon kept the old configuration; its log says why".to_owned())
        }
    }
}
