//! What the configuration says about polling.

use std::time::Duration;

/// What the configuration says about polling; checked, so that minimum and maximum are in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollSettings {
    /// The shortest interval between two polls of a feed.
    pub interval_min: Duration,
    /// The longest one.
    pub interval_max: Duration,
    /// Requests in flight in all.
    pub concurrency: usize,
    /// Time between two requests to one host.
    pub host_gap: Duration,
    /// How old an entry of a feed's first document may be and still be mailed.
    pub backfill: Duration,
}

impl Default for PollSettings {
    fn default() -> Self {
        Self {
            interval_min: Duration::from_secs(10 * 60),
            interval_max: Duration::from_secs(6 * 3600),
            concurrency: 64,
            host_gap: Duration::from_secs(5),
            backfill: Duration::from_secs(24 * 3600),
        }
    }
}
