//! One finished poll and what was known before become one record for the store.
//!
//! Pure: feed + state + outcome + watches + now → [`PollRecord`]; and the merge of a stored story with an item.
//! The scheduler makes the record, every store engine merges it with [`merge`] and [`settle`].

mod merge;

use crate::dedup::Item;
use crate::feed::FeedId;
use crate::feed::FeedState;

pub use merge::{Merge, merge, settle};

/// Bytes of an item's visible text that are stored with a sighting. Of the real feeds in the corpus 95 % of the
/// bodies are shorter; matching always sees the whole text.
pub const STORED_TEXT_BYTES_MAX: usize = 12 * 1024;

/// What one poll leaves behind: the feed's new state and its items, stored in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct PollRecord {
    /// Which feed.
    pub feed: FeedId,
    /// Its new state, before [`settle`].
    pub state: FeedState,
    /// What its document held; empty on failure and "not modified".
    pub items: Vec<Item>,
    /// Whether this is the feed's first document.
    pub is_baseline: bool,
}
