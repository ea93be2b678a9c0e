//! `kabar run`: its loops, reload and shutdown.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::error;
use tracing::info;
use tracing::warn;

use crate::daemon::Clock;
use crate::daemon::NotifierError;
use crate::daemon::Setup;
use crate::daemon::blocking;
use crate::daemon::control;
use crate::daemon::control::Desk;
use crate::daemon::notifier;
use crate::daemon::notifier::Notifier;
use crate::daemon::pruning::Pruning;
use crate::daemon::pulse::Loop;
use crate::daemon::pulse::Pulse;
use crate::daemon::scheduler::Polling;
use crate::daemon::systemd;
use crate::fetch::Fetch;
use crate::store::Store;
use crate::store::StoreError;

/// Waiting for what is in progress when kabar stops; the rest of the 20 s that users are promised is for closing the store.
const SHUTDOWN_MAX: Duration = Duration::from_secs(18);
/// Conversations on the control socket at a time.
const CONVERSATIONS_MAX: usize = 16;
/// The pause after a connection that the system could not give us: files may be short for a while.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);
/// Closing the store; with [`SHUTDOWN_MAX`] and the end of the threads less than 20 s.
const CLOSE_MAX: Duration = Duration::from_secs(1);

/// A daemon, ready to run.
pub struct Daemon<F> {
    /// What the configuration became; a reload sends a new one.
    pub setup: watch::Receiver<Arc<Setup<F>>>,
    /// The store.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub clock: Clock,
    /// Whether questions can be asked.
    pub asking: Asking,
    /// Ends the daemon.
    pub stop: CancellationToken,
    /// Told when somebody asks over the control socket for the configuration to be read again.
    pub reload: Arc<Notify>,
    /// A match was recorded.
    news: Arc<Notify>,
    /// Somebody wants a mail tried now.
    hurry: Arc<Notify>,
    /// An attempt to send has ended.
    landed: Arc<Notify>,
    /// Whether the loops turn.
    pulse: Pulse,
}

/// Whether people can ask a running daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Over the control socket.
    Socket,
    /// Not at all, in simulations.
    Off,
}

/// Why the daemon ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The store or a mail refused.
    #[error(transparent)]
    Notifier(#[from] NotifierError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The control socket cannot be opened.
    #[error("{path}: the control socket cannot be opened: {source}; make its directory writable for this user")]
    Socket {
        /// The socket.
        path: String,
        /// The system's word.
        source: std::io::Error,
    },
}

impl<F: Fetch> Daemon<F> {
    /// A daemon that has not begun.
    pub fn new(
        setup: watch::Receiver<Arc<Setup<F>>>,
        store: Arc<dyn Store>,
        clock: Clock,
        asking: Asking,
        stop: CancellationToken,
    ) -> Self {
        Self {
            setup,
            store,
            clock,
            asking,
            stop,
            reload: Arc::default(),
            news: Arc::default(),
            hurry: Arc::default(),
            landed: Arc::default(),
            pulse: Pulse::new(),
        }
    }

    /// Runs until `stop`, then ends all loops together: polls and questions are dropped, mails under way get 18 s, then the
    /// store is closed.
    ///
    /// # Errors
    /// When the store fails: nothing acknowledged is lost, and the service manager starts the daemon again.
    pub async fn run(self) -> Result<(), DaemonError> {
        let this = Arc::new(self);
        let (socket, listener) = this.listen()?.unzip();
        let config = Arc::clone(&this.setup.borrow().config);
        let was_set_back = notifier::was_set_back(&this.store, &config, this.clock.now()).await?;
        let mut loops = JoinSet::new();
        loops.spawn({
            let this = Arc::clone(&this);
            async move { this.schedule().await }
        });
        loops.spawn({
            let this = Arc::clone(&this);
            async move { this.notify(was_set_back).await }
        });
        loops.spawn({
            let this = Arc::clone(&this);
            async move { this.prune().await }
        });
        loops.spawn({
            let this = Arc::clone(&this);
            async move { this.answer(listener).await }
        });
        loops.spawn({
            let this = Arc::clone(&this);
            async move { this.feed_watchdog().await }
        });
        this.announce();
        let ended = this.wait(&mut loops).await;
        systemd::stopping();
        this.stop.cancel();
        if tokio::time::timeout(SHUTDOWN_MAX, drain(&mut loops)).await.is_err() {
            warn!(
                "stopped with {} tasks still running after {} s; what they did is repeated at the next start",
                loops.len(),
                SHUTDOWN_MAX.as_secs()
            );
        }
        loops.shutdown().await;
        if let Some(socket) = &socket {
            // Nobody can ask any more; a file that stays is replaced at the next start.
            let _ = std::fs::remove_file(socket);
        }
        let store = Arc::clone(&this.store);
        match tokio::time::timeout(CLOSE_MAX, blocking(move || store.close())).await {
            Ok(closed) => closed?,
            Err(_) => warn!("stopped while the store was still busy; nothing that was acknowledged is lost"),
        }
        info!("stopped");
        ended
    }

    fn announce(&self) {
        let config = Arc::clone(&self.setup.borrow().config);
        let (feeds, watches) = (config.feeds.len(), config.watches.len());
        info!(
            feed.count = feeds,
            watch.count = watches,
            "kabar {} began (feeds: {feeds}, watches: {watches})",
            env!("CARGO_PKG_VERSION")
        );
        systemd::ready(&format!("{feeds} feeds, {watches} watches"));
    }

    /// Waits for the word to stop, or for a loop that fails.
    async fn wait(&self, loops: &mut JoinSet<Result<(), DaemonError>>) -> Result<(), DaemonError> {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                Some(ended) = loops.join_next() => {
                    ended.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))?;
                }
            }
        }
    }

    async fn schedule(&self) -> Result<(), DaemonError> {
        let mut setup = self.setup.clone();
        let current = Arc::clone(&setup.borrow_and_update());
        let mut polling = Polling::new(current, Arc::clone(&self.store), self.clock.clone()).await?;
        loop {
            self.pulse.beat(Loop::Scheduler);
            polling.start_due();
            let wake = polling.wake_at();
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                landed = polling.landing() => {
                    if polling.record(landed).await? > 0 {
                        self.news.notify_one();
                    }
                }
                Ok(()) = setup.changed() => polling.adopt(Arc::clone(&setup.borrow_and_update())),
                () = self.clock.sleep_towards(wake) => {}
            }
        }
    }

    async fn notify(&self, was_set_back: bool) -> Result<(), DaemonError> {
        let mut changes = self.setup.clone();
        let mut notifier = Notifier::new(&self.store, &self.clock).await?;
        if was_set_back {
            notifier.start_anew();
        }
        let config = Arc::clone(&changes.borrow().config);
        notifier.name_strangers(&config).await?;
        loop {
            self.pulse.beat(Loop::Notifier);
            let setup = Arc::clone(&changes.borrow_and_update());
            let wake = notifier.turn(&setup.config, &setup.mailer).await?;
            self.landed.notify_waiters();
            tokio::select! {
                () = self.stop.cancelled() => return Ok(notifier.finish().await?),
                () = self.news.notified() => {}
                Ok(()) = changes.changed() => {
                    notifier.forgive();
                    let config = Arc::clone(&changes.borrow().config);
                    notifier.name_strangers(&config).await?;
                }
                () = self.hurry.notified() => notifier.forgive(),
                landed = notifier.landing() => {
                    landed?;
                }
                () = self.clock.sleep_towards(wake) => {}
            }
        }
    }

    async fn prune(&self) -> Result<(), DaemonError> {
        let mut pruning = Pruning::new(&self.store, &self.clock).await?;
        loop {
            let config = Arc::clone(&self.setup.borrow().config);
            let rest = pruning.turn(config).await?;
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    fn listen(&self) -> Result<Option<(PathBuf, UnixListener)>, DaemonError> {
        match self.asking {
            Asking::Off => Ok(None),
            Asking::Socket => control::listen(&self.setup.borrow().config)
                .map(Some)
                .map_err(|(path, source)| {
                    let path = path.display().to_string();
                    DaemonError::Socket { path, source }
                }),
        }
    }

    async fn answer(&self, listener: Option<UnixListener>) -> Result<(), DaemonError> {
        let Some(listener) = listener else { return Ok(()) };
        let mut conversations = JoinSet::new();
        let mut is_deaf = false;
        loop {
            self.pulse.beat(Loop::Answers);
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                Some(ended) = conversations.join_next(), if !conversations.is_empty() => match ended {
                    Ok(answered) => answered?,
                    Err(failed) => error!("a question on the control socket made kabar fail; please report this: {failed}"),
                },
                accepted = listener.accept(), if conversations.len() < CONVERSATIONS_MAX => match accepted {
                    Ok((stream, _)) => {
                        is_deaf = false;
                        conversations.spawn(control::converse(stream, self.desk()));
                    }
                    Err(error) => {
                        if !std::mem::replace(&mut is_deaf, true) {
                            warn!("the control socket takes no questions: {error}; kabar goes on and tries again");
                        }
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                () = self.clock.sleep_towards(None) => {}
            }
        }
    }

    fn desk(&self) -> Desk<F> {
        Desk {
            setup: self.setup.clone(),
            store: Arc::clone(&self.store),
            clock: self.clock.clone(),
            reload: Arc::clone(&self.reload),
            hurry: Arc::clone(&self.hurry),
            landed: Arc::clone(&self.landed),
        }
    }

    /// Feeds systemd's watchdog as long as the loops turn and the store answers.
    async fn feed_watchdog(&self) -> Result<(), DaemonError> {
        let Some(interval) = systemd::watchdog_interval() else {
            return Ok(());
        };
        loop {
            match self.pulse.hanging() {
                None => {
                    let store = Arc::clone(&self.store);
                    let stories = blocking(move || store.story_count()).await?;
                    let feeds = self.setup.borrow().config.feeds.len();
                    systemd::status(&format!("{feeds} feeds, {stories} stories"));
                    systemd::alive();
                }
                Some((hanging, silence)) => error!(
                    "{hanging} has done nothing for {} s; the service manager will start kabar again, nothing is lost; please report this",
                    silence.as_secs()
                ),
            }
            tokio::select! {
                () = self.stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(interval) => {}
            }
        }
    }
}

async fn drain(loops: &mut JoinSet<Result<(), DaemonError>>) {
    while let Some(ended) = loops.join_next().await {
        if let Ok(Err(error)) = ended {
            warn!("while stopping: {error}");
        }
    }
}
