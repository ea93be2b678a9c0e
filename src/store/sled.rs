//! The engine for one machine: sled 0.34.7 with its guards.
//!
//! One writer at a time; transactions of at most 200 stories; every method that writes ends with one durable flush.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sled::Tree;
use sled::transaction::TransactionError;

use crate::dedup::Alias;
use crate::dedup::Lesson;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::feed::FailedBody;
use crate::feed::FeedId;
use crate::feed::FeedState;
use crate::intake::PollRecord;
use crate::store::PollSummary;
use crate::store::RecipientState;
use crate::store::Seal;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoryFilter;
use crate::store::backup::Record;
use crate::store::deliveries::OpenIds;
use crate::store::durable;
use crate::store::importing::UNFINISHED;
use crate::store::records;
use crate::store::records::Unreadable;
use crate::store::trees;
use crate::store::trees::ReadError;
use crate::store::trees::Trees;

pub(super) const SCHEMA: &[u8] = b"schema";
pub(super) const INSTANCE: &[u8] = b"instance";
pub(super) const ALIASES_PRUNED_BEFORE: &[u8] = b"aliases_pruned_before";

/// The store on disk.
#[derive(Debug)]
pub struct SledStore {
    directory: PathBuf,
    db: sled::Db,
    pub(super) trees: Trees,
    pub(super) open: OpenIds,
    writing: Mutex<()>,
}

impl SledStore {
    /// Opens the store in `directory`, creating it where it is missing.
    ///
    /// # Errors
    /// As [`crate::store::open`].
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let store = Self::open_unchecked(directory)?;
        store.check_schema()?;
        store.find_open()?;
        Ok(store)
    }

    /// Opens the store whatever its schema is.
    pub(super) fn open_unchecked(directory: &Path) -> Result<Self, StoreError> {
        let db = durable::open(directory)?;
        let failed = |error| durable::failed(directory, "opened", &error);
        let trees = Trees::open(&db).map_err(failed)?;
        Ok(Self {
            directory: directory.to_owned(),
            db,
            trees,
            open: OpenIds::default(),
            writing: Mutex::new(()),
        })
    }

    /// Refuses a store that this kabar cannot read; a new one gets its schema.
    pub(super) fn check_schema(&self) -> Result<(), StoreError> {
        match self
            .trees
            .meta
            .get(SCHEMA)
            .map_err(|error| self.failed("read", &error))?
            .as_deref()
        {
            Some([known]) if *known <= records::VERSION => Ok(()),
            Some([UNFINISHED]) => Err(StoreError::Unfinished { path: self.path() }),
            Some([newer, ..]) => Err(Unreadable::Version(*newer).in_tree(&self.path(), "meta")),
            Some([]) => Err(Unreadable::Damaged("the schema is empty".to_owned()).in_tree(&self.path(), "meta")),
            None => {
                let mut batch = sled::Batch::default();
                batch.insert(SCHEMA, &[records::VERSION]);
                batch.insert(INSTANCE, &durable::random_bytes());
                self.trees
                    .meta
                    .apply_batch(batch)
                    .map_err(|error| self.failed("written", &error))?;
                self.flush()
            }
        }
    }

    pub(super) fn path(&self) -> String {
        self.directory.display().to_string()
    }

    pub(super) fn failed(&self, what: &'static str, error: &sled::Error) -> StoreError {
        durable::failed(&self.directory, what, error)
    }

    pub(super) fn flush(&self) -> Result<(), StoreError> {
        durable::flush(&self.db, &self.directory)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, ()> {
        // It guards no data of its own.
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ended<T>(
        &self,
        tree: &'static str,
        result: Result<T, TransactionError<Unreadable>>,
    ) -> Result<T, StoreError> {
        result.map_err(|error| match error {
            TransactionError::Abort(unreadable) => unreadable.in_tree(&self.path(), tree),
            TransactionError::Storage(error) => self.failed("written", &error),
        })
    }

    pub(super) fn refused(&self, tree: &'static str) -> impl Fn(ReadError) -> StoreError + '_ {
        move |error| match error {
            ReadError::Engine(error) => self.failed("read", &error),
            ReadError::Record(unreadable) => unreadable.in_tree(&self.path(), tree),
        }
    }

    pub(super) fn read<T: DeserializeOwned>(
        &self,
        tree: &Tree,
        name: &'static str,
        key: &[u8],
    ) -> Result<Option<T>, StoreError> {
        trees::read_now(tree, key).map_err(self.refused(name))
    }

    /// Every record of a tree whose keys are feeds.
    fn by_feed<T: DeserializeOwned>(&self, tree: &Tree, name: &'static str) -> Result<Vec<(FeedId, T)>, StoreError> {
        let mut records = Vec::new();
        for key in self.keys(tree, &[])? {
            let record: Option<T> = self.read(tree, name, &key)?;
            let damaged = || Unreadable::Damaged("a feed's id is not of 16 bytes".to_owned());
            let id = <[u8; 16]>::try_from(key.as_slice()).map_err(|_| damaged().in_tree(&self.path(), name))?;
            records.extend(record.map(|record| (FeedId::from_bytes(id), record)));
        }
        Ok(records)
    }

    /// The keys of the records in `tree` that begin with `prefix`, in order.
    pub(super) fn keys(&self, tree: &Tree, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut keys = Vec::new();
        for key in tree.scan_prefix(prefix).keys() {
            let key = key.map_err(|error| self.failed("read", &error))?;
            keys.extend(key.strip_suffix(&[0, 0]).map(<[u8]>::to_vec));
        }
        Ok(keys)
    }
}

impl Store for SledStore {
    fn feed_states(&self) -> Result<Vec<(FeedId, FeedState)>, StoreError> {
        self.by_feed(&self.trees.feeds, "feeds")
    }

    fn lessons(&self) -> Result<Vec<(FeedId, Vec<Lesson>)>, StoreError> {
        self.by_feed(&self.trees.lessons, "lessons")
    }

    fn rekey(&self, version: u32, names: &dyn Fn(&Story) -> Vec<Alias>, now: Timestamp) -> Result<u64, StoreError> {
        self.add_keys(version, names, now)
    }

    fn record_polls(&self, polls: &[PollRecord], now: Timestamp) -> Result<Vec<PollSummary>, StoreError> {
        let _writing = self.lock();
        let summaries = polls
            .iter()
            .map(|poll| self.record_poll(poll, now))
            .collect::<Result<_, _>>()?;
        self.flush()?;
        Ok(summaries)
    }

    fn failed_body(&self, feed: FeedId) -> Result<Option<FailedBody>, StoreError> {
        self.read(&self.trees.failed_bodies, "failed_bodies", feed.as_bytes())
    }

    fn visit_stories(&self, filter: &StoryFilter, visit: &mut dyn FnMut(Story) -> bool) -> Result<(), StoreError> {
        for key in self.trees.stories.iter().keys().rev() {
            let key = key.map_err(|error| self.failed("read", &error))?;
            let Some(id) = key.strip_suffix(&[0, 0]) else { continue };
            if filter
                .since
                .is_some_and(|since| id < StoryId::floor(since).as_bytes().as_slice())
            {
                return Ok(());
            }
            let story: Option<Story> = self.read(&self.trees.stories, "stories", id)?;
            if story
                .filter(|story| filter.admits(story))
                .is_some_and(|story| !visit(story))
            {
                return Ok(());
            }
        }
        Ok(())
    }

    fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        self.read(&self.trees.stories, "stories", id.as_bytes())
    }

    fn story_by_alias(&self, alias: &Alias) -> Result<Option<Story>, StoreError> {
        let value = self
            .trees
            .aliases
            .get(alias.hash())
            .map_err(|error| self.failed("read", &error))?;
        let Some(value) = value else { return Ok(None) };
        let parts = trees::alias_parts(&value).map_err(|refused| self.refused("aliases")(refused.into()))?;
        self.story(parts.0)
    }

    fn story_count(&self) -> Result<u64, StoreError> {
        let first_pieces = self.trees.stories.iter().keys().filter(|key| match key {
            Ok(key) => key.ends_with(&[0, 0]),
            Err(_) => true,
        });
        first_pieces
            .map(|key| key.map(|_| 1).map_err(|error| self.failed("read", &error)))
            .sum()
    }

    fn pending(&self, recipient: &str, kind: Kind) -> Result<Vec<DigestEntry>, StoreError> {
        let keys = self.keys(&self.trees.pending, &trees::pending_prefix(recipient, kind))?;
        let found = keys
            .iter()
            .filter_map(|key| self.read(&self.trees.pending, "pending", key).transpose());
        found.collect()
    }

    fn waited_for(&self) -> Result<Vec<(String, usize)>, StoreError> {
        self.count_pending()
    }

    fn forget_pending(&self, recipient: &str, seen_before: Timestamp) -> Result<usize, StoreError> {
        let _writing = self.lock();
        let gone = self.remove_pending(recipient, seen_before)?;
        self.flush()?;
        Ok(gone)
    }

    fn recipient_state(&self, recipient: &str) -> Result<RecipientState, StoreError> {
        let key = trees::recipient_key(recipient);
        Ok(self
            .read(&self.trees.recipients, "recipients", &key)?
            .unwrap_or_default())
    }

    fn set_recipient_state(&self, recipient: &str, state: &RecipientState) -> Result<(), StoreError> {
        let _writing = self.lock();
        let key = trees::recipient_key(recipient);
        let result = self
            .trees
            .recipients
            .transaction(|recipients| trees::write(recipients, &key, state));
        self.ended("recipients", result)?;
        self.flush()
    }

    fn seal(&self, seal: &Seal) -> Result<bool, StoreError> {
        let _writing = self.lock();
        let is_sealed = self.freeze(seal)?;
        self.flush()?;
        Ok(is_sealed)
    }

    fn deliveries(&self) -> Result<Vec<Delivery>, StoreError> {
        let keys = self.keys(&self.trees.deliveries, &[])?;
        self.deliveries_at(keys.iter().map(Vec::as_slice))
    }

    fn outbox(&self) -> Result<Vec<Delivery>, StoreError> {
        let ids = self.open.ids();
        self.deliveries_at(ids.iter().map(String::as_bytes))
    }

    fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        self.read(&self.trees.deliveries, "deliveries", id.as_bytes())
    }

    fn message(&self, delivery_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        trees::whole_now(&self.trees.messages, delivery_id.as_bytes()).map_err(self.refused("messages"))
    }

    fn set_delivery(&self, before: &DeliveryState, delivery: &Delivery) -> Result<bool, StoreError> {
        let _writing = self.lock();
        let is_set = self.replace_delivery(before, delivery)?;
        self.flush()?;
        Ok(is_set)
    }

    fn drop_delivery(&self, delivery: &Delivery) -> Result<bool, StoreError> {
        let _writing = self.lock();
        let is_gone = self.remove_delivery(delivery)?;
        self.flush()?;
        Ok(is_gone)
    }

    fn prune(&self, stories_before: Timestamp, aliases_before: Timestamp) -> Result<u64, StoreError> {
        let _writing = self.lock();
        let gone = self.remove_stories(stories_before)?;
        self.remove_aliases(aliases_before)?;
        self.remove_feeds(aliases_before)?;
        self.remove_deliveries(stories_before)?;
        let before = trees::moment_value(aliases_before);
        let written = self.trees.meta.insert(ALIASES_PRUNED_BEFORE, &before);
        written.map_err(|error| self.failed("written", &error))?;
        self.flush()?;
        Ok(gone)
    }

    fn aliases_pruned_before(&self) -> Result<Option<Timestamp>, StoreError> {
        let found = self.trees.meta.get(ALIASES_PRUNED_BEFORE);
        let Some(bytes) = found.map_err(|error| self.failed("read", &error))? else {
            return Ok(None);
        };
        let damaged = || Unreadable::Damaged("the time of the last pruning is none".to_owned());
        trees::moment(&bytes)
            .map(Some)
            .ok_or_else(|| damaged().in_tree(&self.path(), "meta"))
    }

    fn instance(&self) -> Result<[u8; 16], StoreError> {
        let found = self
            .trees
            .meta
            .get(INSTANCE)
            .map_err(|error| self.failed("read", &error))?;
        let lost = || Unreadable::Damaged("the instance is missing".to_owned()).in_tree(&self.path(), "meta");
        found.and_then(|bytes| bytes.as_ref().try_into().ok()).ok_or_else(lost)
    }

    fn visit_records(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<(), StoreError> {
        self.visit_all(visit)
    }

    fn close(&self) -> Result<(), StoreError> {
        let _writing = self.lock();
        self.flush()
    }
}
