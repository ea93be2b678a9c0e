//! The daemon: owns every task, the clock, signals and the order of shutdown.
//!
//! A loop polls, a loop mails; beside them small ones forget what is old, answer on the control socket and feed the watchdog.
//! No channel for work: the store is the queue. Every task has an owner that waits for it; only a thread that reads a
//! document whose poll was dropped ends by itself, and changes nothing. Decisions are made in tier 1, never here.

mod clock;
mod control;
mod export;
mod notifier;
mod once;
mod orders;
mod outbox;
mod probe;
mod pruning;
mod pulse;
mod run;
mod scheduler;
pub mod sealing;
mod setup;
pub mod systemd;
mod visit;

pub use clock::Clock;
pub use control::ControlError;
pub use control::ask;
pub use control::order;
pub use control::reload;
pub use export::export;
pub use notifier::MailTally;
pub use notifier::NotifierError;
pub use once::Pass;
pub use once::PassReport;
pub use once::once;
pub use orders::Order;
pub use orders::OrderError;
pub use orders::carry_out_here;
pub use probe::Probed;
pub use probe::probe;
pub use run::Asking;
pub use run::Daemon;
pub use run::DaemonError;
pub use scheduler::PollTally;
pub use setup::Setup;
pub use setup::SetupError;

/// Runs blocking store work on its own thread. A panic in it is a panic here.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}
