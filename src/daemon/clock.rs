//! The daemon's clock: the system's, or one that a simulation moves.
//!
//! The only place that reads the time of day; everything below gets it as an argument.

use std::time::Duration;

use jiff::Timestamp;

/// The longest sleep in one piece: after a suspended machine wakes up, or its clock is set, the wall clock is read again.
const SLEEP_MAX: Duration = Duration::from_secs(30);

/// A clock that can be read and slept on.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// Starts at `origin` and runs with the runtime's own (pausable) time.
    Simulated {
        /// The time at `start`.
        origin: Timestamp,
        /// When the simulation began.
        start: tokio::time::Instant,
    },
}

impl Clock {
    /// A clock that shows `origin` now and then follows the runtime's time.
    pub fn simulated(origin: Timestamp) -> Self {
        Self::Simulated {
            origin,
            start: tokio::time::Instant::now(),
        }
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Simulated { origin, start } => origin.saturating_add(start.elapsed()).unwrap_or(Timestamp::MAX),
        }
    }

    /// Sleeps until `wake`, but at most half a minute; a `wake` in the past returns at once.
    pub async fn sleep_towards(&self, wake: Option<Timestamp>) {
        let until_wake = |wake: Timestamp| Duration::try_from(wake.duration_since(self.now())).unwrap_or_default();
        tokio::time::sleep(wake.map_or(SLEEP_MAX, until_wake).min(SLEEP_MAX)).await;
    }
}
