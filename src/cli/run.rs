//! `kabar run`: the daemon in the foreground.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::error;
use tracing::info;
use tracing::warn;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::logs;
use crate::cli::logs::Loudness;
use crate::cli::runtime::runtime;
use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::daemon::Asking;
use crate::daemon::Clock;
use crate::daemon::Daemon;
use crate::daemon::Setup;
use crate::daemon::systemd;
use crate::fetch::HttpFetch;
use crate::store;
use crate::store::Store;

/// What threads get to end in. All that must be on disk is there: the daemon has closed its store, or was told to end at once.
const THREADS_END_MAX: Duration = Duration::from_millis(500);

/// Runs until SIGTERM or SIGINT; a second one ends it at once. SIGHUP reads the configuration again.
pub(super) fn run(globals: &Globals) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    logs::begin(globals.log_format.unwrap_or(config.log_format), Loudness::Daemon);
    for warning in &config.warnings {
        warn!("{warning}");
    }
    let store: Arc<dyn Store> = Arc::new(store::open(&config.state)?);
    let runtime = runtime()?;
    let ended = runtime.block_on(serve(config, store));
    end(runtime);
    ended
}

/// Ends the threads: one that waits for a name server, or reads a document that nobody needs any more, is not waited for.
fn end(runtime: Runtime) {
    runtime.shutdown_timeout(THREADS_END_MAX);
}

async fn serve(config: Config, store: Arc<dyn Store>) -> Result<(), Failure> {
    let (sender, receiver) = watch::channel(Arc::new(Setup::new(config)?));
    let stop = CancellationToken::new();
    let daemon = Daemon::new(receiver, store, Clock::System, Asking::Socket, stop.clone());
    let asked_to_reload = Arc::clone(&daemon.reload);
    let running = daemon.run();
    tokio::pin!(running);
    let mut signals = Signals::listen()?;
    loop {
        tokio::select! {
            ended = &mut running => return Ok(ended?),
            () = asked_to_reload.notified() => reload(&sender),
            word = signals.next() => match word {
                Word::Reload => reload(&sender),
                Word::Stop if stop.is_cancelled() => return Err(Failure::Other("stopped at once, as asked twice".to_owned())),
                Word::Stop => {
                    info!("stopping: finishing the mail in progress");
                    stop.cancel();
                }
            }
        }
    }
}

/// A good configuration replaces the old one; a bad one is refused as a whole and the old one stays.
fn reload(sender: &watch::Sender<Arc<Setup<HttpFetch>>>) {
    systemd::reloading();
    let old = Arc::clone(&sender.borrow().config);
    match config::load(&old.file, &Environment::of_process()) {
        Err(errors) => error!("the configuration was not reloaded, the old one stays:\n{errors}"),
        Ok(new) => {
            if new.state != old.state {
                warn!("`state` changed: restart kabar to use {}", new.state.display());
            }
            match Setup::new(new) {
                Err(refused) => error!("the configuration was not reloaded, the old one stays: {refused}"),
                Ok(setup) => {
                    let (feeds, watches) = (setup.config.feeds.len(), setup.config.watches.len());
                    sender.send_replace(Arc::new(setup));
                    info!(
                        feed.count = feeds,
                        watch.count = watches,
                        "reloaded (feeds: {feeds}, watches: {watches})"
                    );
                }
            }
        }
    }
    systemd::ready("reloaded");
}

enum Word {
    Reload,
    Stop,
}

struct Signals {
    hangup: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let on = |kind| signal(kind).map_err(|error| Failure::Other(format!("signals cannot be received: {error}")));
        Ok(Self {
            hangup: on(SignalKind::hangup())?,
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Word {
        tokio::select! {
            _ = self.hangup.recv() => Word::Reload,
            _ = self.terminate.recv() => Word::Stop,
            _ = self.interrupt.recv() => Word::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::mpsc;
    use std::time::Instant;

    use super::*;

    /// Longer than any busy machine takes to end; shorter than the thread below would.
    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn a_thread_that_waits_for_ever_does_not_keep_the_process() {
        let runtime = runtime().unwrap();
        let (begins, begun) = mpsc::channel();
        let (_holds, held) = mpsc::channel::<()>();
        runtime.spawn_blocking(move || {
            begins.send(()).unwrap();
            // As a name server that does not answer.
            let _ = held.recv_timeout(2 * PATIENCE);
        });
        begun.recv().unwrap();

        let asked = Instant::now();
        end(runtime);

        assert!(asked.elapsed() < PATIENCE);
    }
}
