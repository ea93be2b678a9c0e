//! The control socket: the running daemon answers what people ask, because only one process can open the store.
//!
//! One question and one answer per connection, each one line of JSON. The socket's file is private (0600).

use std::io;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
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
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::Notify;
use tokio::sync::watch;
use tracing::debug;

use crate::config::Config;
use crate::daemon::Clock;
use crate::daemon::Setup;
use crate::daemon::blocking;
use crate::daemon::export;
use crate::daemon::orders;
use crate::daemon::orders::Order;
use crate::daemon::orders::OrderError;
use crate::digest::retry;
use crate::report;
use crate::report::Answer;
use crate::report::Question;
use crate::report::outbox;
use crate::report::outbox::OutboxRow;
use crate::store::Store;
use crate::store::StoreError;

/// A question fits into 64 KiB: the longest query has 4 KiB.
const QUESTION_BYTES_MAX: u64 = 64 * 1024;
/// An answer fits into 256 MiB: 10,000 stories with 64 sightings each.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How long reading the configuration again may take: password commands run, too.
const RELOAD_MAX: Duration = Duration::from_secs(20);
/// How long an answer may take to find.
const CONVERSATION_MAX: Duration = Duration::from_secs(60);
/// How long whoever asked may take to read the answer.
const REPLY_MAX: Duration = Duration::from_secs(30);
/// How long an order waits for its mails: people wait at the other end.
const ORDER_MAX: Duration = Duration::from_secs(45);

/// Why a running daemon gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nobody listens: the daemon does not run, and the store may be opened.
    #[error("no daemon listens")]
    NotRunning,
    /// It belongs to another user.
    #[error("{path}: this state belongs to another user; ask as that one: sudo -u '#{owner}' kabar ...")]
    NotOurs {
        /// The socket.
        path: String,
        /// The user's number.
        owner: u32,
    },
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

/// A request and the state it is about: two daemons of one user share a runtime directory.
#[derive(Serialize, Deserialize)]
struct Asked {
    state: PathBuf,
    request: Request,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    Question(Question),
    Order(Order),
    /// Read the configuration again.
    Reload,
    /// Hand over a backup.
    Export,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    Answer(Box<Answer>),
    Done(Vec<OutboxRow>),
    Error(String),
    /// The configuration was read again and stands.
    Reloaded,
    /// The backup follows this line.
    Exporting,
    /// This daemon keeps another state.
    NotMine,
}

/// Asks the daemon that keeps the configuration's state.
///
/// # Errors
/// `NotRunning` where none does; else what went wrong.
pub fn ask(config: &Config, question: &Question) -> Result<Answer, ControlError> {
    match request(config, &Request::Question(question.clone()))? {
        Reply::Answer(answer) => Ok(*answer),
        Reply::Error(message) => Err(ControlError::Refused(message)),
        Reply::Done(_) | Reply::Reloaded | Reply::Exporting | Reply::NotMine => Err(ControlError::NotRunning),
    }
}

/// Gives an order to the daemon that keeps the configuration's state. Answers the mails as they are when it is carried out,
/// or after 45 seconds.
///
/// # Errors
/// As [`ask`].
pub fn order(config: &Config, order: &Order) -> Result<Vec<OutboxRow>, ControlError> {
    match request(config, &Request::Order(order.clone()))? {
        Reply::Done(rows) => Ok(rows),
        Reply::Error(message) => Err(ControlError::Refused(message)),
        Reply::Answer(_) | Reply::Reloaded | Reply::Exporting | Reply::NotMine => Err(ControlError::NotRunning),
    }
}

/// Has the daemon that keeps the configuration's state read its file again, and waits until it has.
///
/// # Errors
/// `NotRunning` where none does; `Refused` where it kept the old configuration.
pub fn reload(config: &Config) -> Result<(), ControlError> {
    match request(config, &Request::Reload)? {
        Reply::Reloaded => Ok(()),
        Reply::Error(message) => Err(ControlError::Refused(message)),
        Reply::Answer(_) | Reply::Done(_) | Reply::Exporting | Reply::NotMine => Err(ControlError::NotRunning),
    }
}

fn request(config: &Config, request: &Request) -> Result<Reply, ControlError> {
    for socket in sockets(config) {
        match request_at(&socket, config, request) {
            Ok(Reply::NotMine) | Err(ControlError::NotRunning) => {}
            reply => return reply,
        }
    }
    Err(ControlError::NotRunning)
}

/// Where a daemon may listen: the runtime directory, and the state where another daemon has that one.
pub(super) fn sockets(config: &Config) -> [PathBuf; 2] {
    [config.socket.clone(), config.state.join("kabar.sock")]
}

fn request_at(socket: &Path, config: &Config, request: &Request) -> Result<Reply, ControlError> {
    let broken = |source: io::Error| ControlError::Connection {
        path: socket.display().to_string(),
        source,
    };
    let stream = send(socket, config, request, CONVERSATION_MAX)?;
    let mut reply = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut reply).map_err(broken)?;
    serde_json::from_slice(&reply).map_err(|error| broken(error.into()))
}

/// Sends a request; the answer can be read for so long.
pub(super) fn send(
    socket: &Path,
    config: &Config,
    request: &Request,
    patience: Duration,
) -> Result<StdUnixStream, ControlError> {
    let broken = |source: io::Error| ControlError::Connection {
        path: socket.display().to_string(),
        source,
    };
    let mut stream = match StdUnixStream::connect(socket) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Err(ControlError::NotRunning);
        }
        // A path too long for a socket: nobody can listen there.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(ControlError::NotRunning),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(not_ours(socket)),
        Err(error) => return Err(broken(error)),
    };
    stream.set_read_timeout(Some(patience)).map_err(broken)?;
    let asked = Asked {
        state: config.state.clone(),
        request: request.clone(),
    };
    let mut line = serde_json::to_vec(&asked).map_err(|error| broken(error.into()))?;
    line.push(b'\n');
    stream.write_all(&line).map_err(broken)?;
    Ok(stream)
}

/// Says whose the socket is: the owner of the first folder above it that can be looked at.
fn not_ours(socket: &Path) -> ControlError {
    let found = socket.ancestors().find_map(|path| std::fs::metadata(path).ok());
    ControlError::NotOurs {
        path: socket.display().to_string(),
        owner: found.map_or(0, |found| found.uid()),
    }
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

/// What a conversation needs of the daemon.
pub(super) struct Desk<F> {
    pub(super) setup: watch::Receiver<Arc<Setup<F>>>,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Clock,
    /// Told when somebody wants the configuration read again.
    pub(super) reload: Arc<Notify>,
    /// Tells the notifier that somebody wants a mail tried.
    pub(super) hurry: Arc<Notify>,
    /// Tells everybody that mails have changed: an attempt ended, or what was due is put off.
    pub(super) landed: Arc<Notify>,
}

/// Answers one conversation. Its trouble is its own, and the daemon goes on: but for a store that refused.
///
/// # Errors
/// What the store said, after it was told to whoever asked: the daemon must end.
pub(super) async fn converse<F: Send + Sync>(stream: UnixStream, desk: Desk<F>) -> Result<(), StoreError> {
    let (reader, mut writer) = stream.into_split();
    let (store, config, now) = (
        Arc::clone(&desk.store),
        Arc::clone(&desk.setup.borrow().config),
        desk.clock.now(),
    );
    let (reply, refused) = match tokio::time::timeout(CONVERSATION_MAX, heard(reader, desk)).await {
        Ok(Ok(Answered {
            reply: Reply::Exporting,
            ..
        })) => return export::hand_over(writer, store, config, now).await,
        Ok(Ok(Answered { reply, refused })) => (reply, refused),
        Ok(Err(error)) => {
            debug!("a question on the control socket was not answered: {error}");
            return Ok(());
        }
        Err(_) => {
            debug!("a question on the control socket took too long");
            return Ok(());
        }
    };
    let told = async {
        writer.write_all(&serde_json::to_vec(&reply)?).await?;
        writer.shutdown().await
    };
    match tokio::time::timeout(REPLY_MAX, told).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!("an answer on the control socket was not taken: {error}"),
        Err(_) => debug!("an answer on the control socket was not taken in time"),
    }
    refused.map_or(Ok(()), Err)
}

/// A reply, and what the store said where it must end the daemon.
struct Answered {
    reply: Reply,
    refused: Option<StoreError>,
}

impl From<Reply> for Answered {
    fn from(reply: Reply) -> Self {
        Self { reply, refused: None }
    }
}

async fn heard<F: Send + Sync>(reader: OwnedReadHalf, desk: Desk<F>) -> io::Result<Answered> {
    let mut line = String::new();
    BufReader::new(reader.take(QUESTION_BYTES_MAX))
        .read_line(&mut line)
        .await?;
    let config = Arc::clone(&desk.setup.borrow().config);
    Ok(match serde_json::from_str::<Asked>(&line) {
        Ok(asked) if asked.state != config.state => Reply::NotMine.into(),
        Ok(Asked { request, .. }) => match request {
            Request::Question(question) => {
                let (store, clock) = (desk.store, desk.clock);
                let answer = move || report::answer(&question, store.as_ref(), &config, clock.now());
                match blocking(answer).await {
                    Ok(Answer::Status(status)) => {
                        Reply::Answer(Box::new(Answer::Status(status.while_running()))).into()
                    }
                    Ok(answer) => Reply::Answer(Box::new(answer)).into(),
                    Err(error) => Answered {
                        reply: Reply::Error(error.to_string()),
                        // A damaged record that somebody looks at is no reason to stop watching the news.
                        refused: error
                            .into_store_error()
                            .filter(|error| matches!(error, StoreError::Engine { .. })),
                    },
                }
            }
            Request::Order(order) => match obey(desk, order).await {
                Ok(rows) => Reply::Done(rows).into(),
                Err(error) => Answered {
                    reply: Reply::Error(error.to_string()),
                    refused: error.into_store_error(),
                },
            },
            Request::Reload => reloaded(desk).await.into(),
            Request::Export => Reply::Exporting.into(),
        },
        Err(error) => Reply::Error(format!(
            "the question cannot be read: {error}; are both kabar of one version?"
        ))
        .into(),
    })
}

/// Carries an order out and waits a while for the mails that the notifier tries because of it.
async fn obey<F>(desk: Desk<F>, order: Order) -> Result<Vec<OutboxRow>, OrderError> {
    let (store, config) = (Arc::clone(&desk.store), Arc::clone(&desk.setup.borrow().config));
    let now = desk.clock.now();
    let carried = blocking(move || orders::carry_out(&order, store.as_ref(), &config, now)).await?;
    let mut rows = carried.dropped_rows();
    let patience = tokio::time::Instant::now() + ORDER_MAX;
    desk.hurry.notify_one();
    for mail in carried.tried {
        loop {
            // Listens before it looks, so that nothing ends in between unheard.
            let landed = desk.landed.notified();
            let (store, id) = (Arc::clone(&desk.store), mail.id.clone());
            let Some(present) = blocking(move || store.delivery(&id)).await? else {
                break;
            };
            // Put off, because the server refuses us altogether: nothing more is to be expected now.
            let is_put_off = retry::next_attempt_at(&present).is_some_and(|at| at > desk.clock.now());
            if is_put_off
                || retry::was_tried(&mail, &present)
                || tokio::time::timeout_at(patience, landed).await.is_err()
            {
                rows.push(outbox::row(&present));
                break;
            }
        }
    }
    Ok(rows)
}

async fn reloaded<F>(mut desk: Desk<F>) -> Reply {
    desk.setup.mark_unchanged();
    desk.reload.notify_one();
    match tokio::time::timeout(RELOAD_MAX, desk.setup.changed()).await {
        Ok(Ok(())) => Reply::Reloaded,
        Ok(Err(_)) | Err(_) => {
            Reply::Error("the running daemon kept the old configuration; its log says why".to_owned())
        }
    }
}
