//! The daemon's clock: the system's, or one that a simulation moves.
//!
//! The only place that reads the time of day; everything below gets it as an argument.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;
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
        /// By how many milliseconds it was set forward in all.
        set_ms: Arc<AtomicI64>,
    },
}

impl Clock {
    /// A clock that shows `origin` now and then follows the runtime's time.
    pub fn simulated(origin: Timestamp) -> Self {
        Self::Simulated {
            origin,
            start: tokio::time::Instant::now(),
            set_ms: Arc::default(),
        }
    }

    /// Sets a simulated clock forward or back, as an administrator or NTP does; the system's is not ours to set.
    pub fn set_by(&self, step: SignedDuration) {
        if let Self::Simulated { set_ms, .. } = self {
            set_ms.fetch_add(i64::try_from(step.as_millis()).unwrap_or(0), Ordering::Relaxed);
        }
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Simulated { origin, start, set_ms } => {
                let step = SignedDuration::from_millis(set_ms.load(Ordering::Relaxed));
                let shown = origin.saturating_add(start.elapsed()).unwrap_or(Timestamp::MAX);
                shown.saturating_add(step).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// Sleeps until `wake`, but at most half a minute; a `wake` in the past returns at once.
    pub async fn sleep_towards(&self, wake: Option<Timestamp>) {
        let until_wake = |wake: Timestamp| Duration::try_from(wake.duration_since(self.now())).unwrap_or_default();
        tokio::time::sleep(wake.map_or(SLEEP_MAX, until_wake).min(SLEEP_MAX)).await;
    }
}
