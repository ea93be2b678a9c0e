//! The store: what must survive. One method is one atomic, durable transaction.
//!
//! Engines hold no rules: they load, call the pure functions of `intake` and `digest`, and save.
//! Never fetches, never sends, never reads a clock: `now` is an argument.

pub mod backup;
mod deliveries;
mod durable;
mod exporting;
mod importing;
mod memory;
mod pending;
mod polls;
mod pruning;
mod recording;
mod records;
mod rekeying;
mod sled;
mod trees;

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dedup::Alias;
use crate::dedup::Lesson;
use crate::dedup::Sighting;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::feed::FailedBody;
use crate::feed::FeedId;
use crate::feed::FeedState;
use crate::intake::Merge;
use crate::intake::PollRecord;

use backup::Record;
pub use memory::MemoryStore;
pub use sled::SledStore;

/// Where a recipient's mails stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecipientState {
    /// The last slot of a digest that was sealed, or passed with nothing to say; at first, when we first knew the recipient.
    pub last_slot: Option<Timestamp>,
    /// When the last alert was sealed.
    pub last_alert: Option<Timestamp>,
    /// When the last mail was sealed; before the first one, when a slot first passed with nothing to say.
    pub quiet_since: Option<Timestamp>,
}

impl RecipientState {
    /// Moves the slot to the seal's; false where it stands there or later already. No slot moves nothing.
    pub fn advance(&mut self, seal: &Seal) -> bool {
        let standing = match seal.kind {
            Kind::Digest => &mut self.last_slot,
            Kind::Alert => &mut self.last_alert,
        };
        if seal.slot.is_some() && *standing >= seal.slot {
            return false;
        }
        *standing = seal.slot.or(*standing);
        let sealed = seal.mail.as_ref().map(|mail| mail.delivery.sealed);
        self.quiet_since = sealed.or(self.quiet_since).or(seal.slot);
        true
    }
}

/// What recording one poll changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollSummary {
    /// Stories that nobody had carried before.
    pub stories_new: usize,
    /// Known stories that this feed carried for the first time.
    pub sightings_new: usize,
    /// New (story, watch) pairs.
    pub matches_new: usize,
}

impl PollSummary {
    /// Stories that this feed carried for the first time.
    pub fn carried(&self) -> usize {
        self.stories_new + self.sightings_new
    }

    fn count(&mut self, merge: &Merge) {
        self.stories_new += usize::from(merge.is_new);
        self.sightings_new += usize::from(merge.is_new_sighting);
        self.matches_new += merge.matches_new;
    }
}

/// A digest or an alert, ready to be frozen.
#[derive(Clone, Debug, PartialEq)]
pub struct Seal {
    /// Whose.
    pub recipient: String,
    /// Digest or alert.
    pub kind: Kind,
    /// What to write as `last_slot` or `last_alert`; none for a digest sealed by hand, which moves no slot.
    pub slot: Option<Timestamp>,
    /// The mail; none when nothing was pending: then only the slot advances.
    pub mail: Option<SealedMail>,
}

/// The frozen mail of a seal. `delivery.entries` are exactly the pending entries that it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct SealedMail {
    /// The delivery, waiting.
    pub delivery: Delivery,
    /// The message's bytes.
    pub message: Vec<u8>,
}

/// Which stories to list. Every part narrows the list; the default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryFilter {
    /// First seen at or after.
    pub since: Option<Timestamp>,
    /// Carried by this feed.
    pub feed: Option<FeedFilter>,
    /// Hit by this watch.
    pub watch: Option<String>,
}

impl StoryFilter {
    /// Whether `story` belongs to the list.
    pub fn admits(&self, story: &Story) -> bool {
        self.since.is_none_or(|since| story.first_seen >= since)
            && self.watch.as_ref().is_none_or(|watch| story.watches.contains(watch))
            && self.feed.as_ref().is_none_or(|feed| feed.carried(story))
    }
}

/// A feed that carried stories: by its identity, and by the name that it had then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedFilter {
    /// The identity; none where the configuration does not know the feed, or no longer.
    pub id: Option<FeedId>,
    /// The name.
    pub name: String,
}

impl FeedFilter {
    fn carried(&self, story: &Story) -> bool {
        let is_meant = |sighting: &Sighting| Some(sighting.feed) == self.id || sighting.feed_name == self.name;
        story.sightings.iter().any(is_meant)
    }
}

/// What must survive a crash. Every method is one transaction; when it returns, the change is on disk.
///
/// # Errors
/// `StoreError` when the disk refuses. After an error of a writing method the process must end:
/// what the engine holds in memory and what is on disk may differ.
pub trait Store: Send + Sync {
    /// The state of every feed that was ever polled.
    fn feed_states(&self) -> Result<Vec<(FeedId, FeedState)>, StoreError>;

    /// What the documents of every feed taught about addresses.
    fn lessons(&self) -> Result<Vec<(FeedId, Vec<Lesson>)>, StoreError>;

    /// Adds to every story the names that `names` gives it, where the keys of the store were made under another version of
    /// the rules than `version`. Names that another story has stay that story's. Answers how many stories were looked at.
    fn rekey(&self, version: u32, names: &dyn Fn(&Story) -> Vec<Alias>, now: Timestamp) -> Result<u64, StoreError>;

    /// Stores finished polls in order, all of them under one durable flush.
    ///
    /// For every item: [`crate::intake::join`] says which story it belongs to, by what the store knows under its names;
    /// its story, aliases and digest entries are saved. The feed's state and what its document taught are saved with the
    /// last items: an engine may store a long document in parts, and a crash between two of them leaves the old validators,
    /// under which the document comes again.
    fn record_polls(&self, polls: &[PollRecord], now: Timestamp) -> Result<Vec<PollSummary>, StoreError>;

    /// The document of the feed's last failure, while none was read since; where the failures have one reason, the first
    /// of a day ([`FailedBody::replaces`]).
    fn failed_body(&self, feed: FeedId) -> Result<Option<FailedBody>, StoreError>;

    /// Calls `visit` with stories that `filter` admits, newest first, until it answers false.
    fn visit_stories(&self, filter: &StoryFilter, visit: &mut dyn FnMut(Story) -> bool) -> Result<(), StoreError>;

    /// The story with this id.
    fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError>;

    /// The story known under this alias.
    fn story_by_alias(&self, alias: &Alias) -> Result<Option<Story>, StoreError>;

    /// How many stories are stored.
    fn story_count(&self) -> Result<u64, StoreError>;

    /// What waits for the recipient's next mail of this kind, oldest first.
    fn pending(&self, recipient: &str, kind: Kind) -> Result<Vec<DigestEntry>, StoreError>;

    /// For whom stories wait, and how many, in the order of names: also for those whom the configuration no longer has.
    fn waited_for(&self) -> Result<Vec<(String, usize)>, StoreError>;

    /// Forgets what waits for the recipient and was seen before `seen_before`. Answers how many entries went.
    fn forget_pending(&self, recipient: &str, seen_before: Timestamp) -> Result<usize, StoreError>;

    /// Where the recipient's mails stand; the default for one never seen.
    fn recipient_state(&self, recipient: &str) -> Result<RecipientState, StoreError>;

    /// Writes where the recipient's mails stand.
    fn set_recipient_state(&self, recipient: &str, state: &RecipientState) -> Result<(), StoreError>;

    /// Freezes a mail: takes its entries out of the pending ones, stores delivery and bytes, and advances the slot.
    ///
    /// Does nothing and answers false where the recipient's slot already stands at or after `seal.slot`, where the
    /// delivery's id is taken, or where any of its entries is no longer pending as it stands in the mail: another mail took it.
    fn seal(&self, seal: &Seal) -> Result<bool, StoreError>;

    /// Every delivery, oldest first, sent ones included while they are remembered.
    fn deliveries(&self) -> Result<Vec<Delivery>, StoreError>;

    /// The deliveries that wait or are under way, oldest first. Cost: those only, however many were sent.
    fn outbox(&self) -> Result<Vec<Delivery>, StoreError>;

    /// The delivery with this id.
    fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError>;

    /// The frozen bytes of a delivery; none where it is unknown.
    fn message(&self, delivery_id: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Writes a delivery's new state where its state is still `before`; else somebody was faster, and it answers false.
    ///
    /// When the new state is `Failed`, its entries return, marked late, to the pending ones of the next digest in the same
    /// transaction.
    fn set_delivery(&self, before: &DeliveryState, delivery: &Delivery) -> Result<bool, StoreError>;

    /// Forgets a delivery, its bytes and its entries where its state is still that of `delivery`; else it answers false.
    fn drop_delivery(&self, delivery: &Delivery) -> Result<bool, StoreError>;

    /// Forgets stories first seen before `stories_before` (their names stay known: they are no news), names last used
    /// and feeds last polled (their states, lessons and failed documents) before `aliases_before`, and sent or failed
    /// deliveries sealed before `stories_before`. Answers how many stories went.
    fn prune(&self, stories_before: Timestamp, aliases_before: Timestamp) -> Result<u64, StoreError>;

    /// The `aliases_before` of the last [`Store::prune`]; none before the first.
    fn aliases_pruned_before(&self) -> Result<Option<Timestamp>, StoreError>;

    /// 16 random bytes made when the store was created: the right side of ids that must differ between installations.
    fn instance(&self) -> Result<[u8; 16], StoreError>;

    /// Calls `visit` with every record, in the order of trees and keys, until it answers false. Writers wait meanwhile.
    fn visit_records(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<(), StoreError>;

    /// Writes everything to disk; called once before the process ends.
    fn close(&self) -> Result<(), StoreError>;
}

/// Why the store refused.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another kabar has it open.
    #[error("{path}: another kabar is using this state; stop it, or give this one its own `state`")]
    InUse {
        /// The state directory.
        path: String,
    },
    /// The directory or a file in it cannot be made, read or written.
    #[error("{path}: {what}: {source}; make it writable for this user, or set `state` to a directory that is")]
    Directory {
        /// The path.
        path: String,
        /// What was tried.
        what: &'static str,
        /// The system's word.
        source: std::io::Error,
    },
    /// A new store in a directory that others can read, and that holds other things.
    #[error(
        "{path}: other users can read this directory, and state is private; type: chmod 700 {path}, or set `state` to a new one"
    )]
    Exposed {
        /// The state directory.
        path: String,
    },
    /// The engine failed: disk full, input/output error.
    #[error("{path}: the store cannot be {what}: {reason}; nothing that was acknowledged is lost; {remedy}")]
    Engine {
        /// The state directory.
        path: String,
        /// "opened", "read", "written".
        what: &'static str,
        /// The engine's word.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A record of a version or shape that this kabar does not know.
    #[error(
        "{path}: a record in {tree} has version {found}, this kabar reads up to {known}; use the kabar that wrote it, or a newer one"
    )]
    Version {
        /// The state directory.
        path: String,
        /// Which tree.
        tree: &'static str,
        /// The version found.
        found: u8,
        /// The newest version known.
        known: u8,
    },
    /// An import into it was interrupted.
    #[error(
        "{path}: the import of a backup was interrupted here, and nothing of it is used; type: kabar backup import FILE, which begins anew, or move the directory away to start empty"
    )]
    Unfinished {
        /// The state directory.
        path: String,
    },
    /// A backup was to go into a store that has records.
    #[error(
        "{path}: this state is not empty, and a backup replaces nothing; move the directory away, or set `state` to a new one; nothing was imported"
    )]
    NotEmpty {
        /// The state directory.
        path: String,
    },
    /// A record that cannot be read.
    #[error(
        "{path}: a record in {tree} is damaged: {reason}; restore a backup, or move the directory away to start anew"
    )]
    Damaged {
        /// The state directory.
        path: String,
        /// Which tree.
        tree: &'static str,
        /// What is wrong.
        reason: String,
    },
}

/// Opens the sled store in `directory`, creating it (mode 0700) where it is missing.
///
/// # Errors
/// `StoreError::InUse`, `Directory`, `Exposed`, `Engine` or `Version`, each with what to do.
pub fn open(directory: &Path) -> Result<SledStore, StoreError> {
    SledStore::open(directory)
}
