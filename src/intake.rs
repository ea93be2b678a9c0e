//! One finished poll and what was known before become one record for the store.
//!
//! Pure: feed + state + outcome + watches + now → [`PollRecord`]; and the merge of a stored story with an item.
//! Called by the scheduler (making the record) and by every store engine (merging it).

use jiff::Timestamp;

use crate::dedup::Item;
use crate::dedup::Story;
use crate::digest::DigestEntry;
use crate::feed::FeedId;
use crate::feed::FeedState;

/// What one poll leaves behind: the feed's new state and its items, stored in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct PollRecord {
    /// Which feed.
    pub feed: FeedId,
    /// Its new state.
    pub state: FeedState,
    /// What its document held; empty on failure and "not modified".
    pub items: Vec<Item>,
}

/// A story after an item joined it.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The story to save.
    pub story: Story,
    /// Whether there was none before.
    pub is_new: bool,
    /// Whether this feed had not carried it before.
    pub is_new_sighting: bool,
    /// New (story, watch) pairs.
    pub matches_new: usize,
    /// Whether anything must be saved.
    pub is_changed: bool,
    /// What recipients are to hear now that they were not told before.
    pub entries: Vec<DigestEntry>,
}

/// Joins `item` to the story that is known for it, or makes a new one.
///
/// Every sighting's text is matched, so a later sighting can add a watch; a recipient hears of a story once per watch.
pub fn merge(known: Option<Story>, item: &Item, now: Timestamp) -> Merge {
    let _ = (known, item, now);
    unreachable!("written in the next commit")
}
