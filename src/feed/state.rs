//! What we know of a feed between two polls.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::feed::Validators;

/// What we know of a feed between two polls. The default is a feed that was never polled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedState {
    /// The feed's address, for the state of feeds that the configuration no longer names.
    pub url: String,
    /// The feed's own title.
    pub title: Option<String>,
    /// Validators of the last document whose items are stored.
    pub validators: Validators,
    /// Hash of the last body that was stored, to skip reading the same bytes again.
    pub body_hash: Option<String>,
    /// The last poll, whatever it brought.
    pub last_poll: Option<Timestamp>,
    /// The last poll that brought a feed or "not modified".
    pub last_success: Option<Timestamp>,
    /// When to poll next.
    pub next_poll: Option<Timestamp>,
    /// The interval that led to `next_poll`.
    pub interval: Duration,
    /// Failed polls in a row.
    pub failures: u32,
    /// The last failure in one line; none after a success.
    pub error: Option<String>,
    /// Warnings about the last document.
    pub warnings: Vec<String>,
    /// Stories that this feed carried, whoever else did.
    pub stories: u64,
    /// When every entry of a document that was not the first was new, the last time: stories may have been missed before it.
    pub possible_gap: Option<Timestamp>,
}

impl FeedState {
    /// Whether no document of this feed was ever stored: the next one is the baseline.
    pub fn is_new(&self) -> bool {
        self.body_hash.is_none()
    }
}
