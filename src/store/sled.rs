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
use sled::Transactional;
use sled::Tree;
use sled::transaction::TransactionError;

use crate::dedup::Alias;
use crate::dedup::Item;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::digest::Delivery;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::feed::FeedId;
use crate::feed::FeedState;
use crate::intake;
use crate::intake::PollRecord;
use crate::store::PendingEntry;
use crate::store::PollSummary;
use crate::store::RecipientState;
use crate::store::Seal;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoryFilter;
use crate::store::durable;
use crate::store::recording;
use crate::store::records;
use crate::store::records::Unreadable;
use crate::store::trees;
use crate::store::trees::ReadError;
use crate::store::trees::Trees;

/// Stories in one transaction, which blocks all readers and is kept in memory until it ends.
pub(super) const STORIES_PER_TRANSACTION: usize = 200;
const SCHEMA: &[u8] = b"schema";
const INSTANCE: &[u8] = b"instance";

/// Which of the transactions of one poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Items only.
    Earlier,
    /// Items and the feed's state: validators are never stored without all of the items.
    Last,
}

/// The store on disk.
#[derive(Debug)]
pub struct SledStore {
    directory: PathBuf,
    db: sled::Db,
    pub(super) trees: Trees,
    writing: Mutex<()>,
}

impl SledStore {
    /// Opens the store in `directory`, creating it where it is missing.
    ///
    /// # Errors
    /// As [`crate::store::open`].
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let db = durable::open(directory)?;
        let failed = |error| durable::failed(directory, "opened", &error);
        let trees = Trees::open(&db).map_err(failed)?;
        let store = Self {
            directory: directory.to_owned(),
            db,
            trees,
            writing: Mutex::new(()),
        };
        store.check_schema()?;
        Ok(store)
    }

    fn check_schema(&self) -> Result<(), StoreError> {
        match self
            .trees
            .meta
            .get(SCHEMA)
            .map_err(|error| self.failed("read", &error))?
            .as_deref()
        {
            Some([known]) if *known <= records::VERSION => Ok(()),
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

    fn flush(&self) -> Result<(), StoreError> {
        durable::flush(&self.db, &self.directory)
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
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

    fn read<T: DeserializeOwned>(&self, tree: &Tree, name: &'static str, key: &[u8]) -> Result<Option<T>, StoreError> {
        trees::read_now(tree, key).map_err(self.refused(name))
    }

    /// One poll; its feed's state, with the validators, comes with the last of its items.
    fn record_poll(&self, poll: &PollRecord, now: Timestamp) -> Result<PollSummary, StoreError> {
        let mut summary = PollSummary::default();
        let mut batches = poll.items.chunks(STORIES_PER_TRANSACTION).peekable();
        loop {
            let batch = batches.next().unwrap_or_default();
            let part = if batches.peek().is_none() {
                Part::Last
            } else {
                Part::Earlier
            };
            summary = self.record_batch(poll, batch, part, summary, now)?;
            if part == Part::Last {
                return Ok(summary);
            }
        }
    }

    fn record_batch(
        &self,
        poll: &PollRecord,
        batch: &[Item],
        part: Part,
        before: PollSummary,
        now: Timestamp,
    ) -> Result<PollSummary, StoreError> {
        let Trees {
            feeds,
            aliases,
            stories,
            pending,
            ..
        } = &self.trees;
        let result = (feeds, aliases, stories, pending).transaction(|(feeds, aliases, stories, pending)| {
            // The engine may run this closure again: it starts from the same values each time.
            let mut summary = before;
            for item in batch {
                recording::record_item(aliases, stories, pending, item, now, &mut summary)?;
            }
            if part == Part::Last {
                let state = intake::settle(poll, summary.stories_new, now);
                trees::write(feeds, poll.feed.as_bytes(), &state)?;
            }
            Ok(summary)
        });
        self.ended("stories", result)
    }

    /// The keys of the records in `tree` that begin with `prefix`, in order.
    fn keys(&self, tree: &Tree, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StoreError> {
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
        let mut states = Vec::new();
        for key in self.keys(&self.trees.feeds, &[])? {
            let state: Option<FeedState> = self.read(&self.trees.feeds, "feeds", &key)?;
            let id = <[u8; 16]>::try_from(key.as_slice())
                .map(FeedId::from_bytes)
                .map_err(|_| {
                    Unreadable::Damaged("a feed's id is not of 16 bytes".to_owned()).in_tree(&self.path(), "feeds")
                })?;
            states.extend(state.map(|state| (id, state)));
        }
        Ok(states)
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

    fn pending(&self, recipient: &str, kind: Kind) -> Result<Vec<PendingEntry>, StoreError> {
        let mut pending = Vec::new();
        for key in self.keys(&self.trees.pending, &trees::pending_prefix(recipient, kind))? {
            let Some(entry): Option<DigestEntry> = self.read(&self.trees.pending, "pending", &key)? else {
                continue;
            };
            let sightings = self
                .story(entry.story)?
                .map(|story| story.sightings)
                .unwrap_or_default();
            pending.push(PendingEntry { entry, sightings });
        }
        Ok(pending)
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
        let key = trees::recipient_key(&seal.recipient);
        let Trees {
            recipients,
            pending,
            deliveries,
            messages,
            ..
        } = &self.trees;
        let trees = (recipients, pending, deliveries, messages);
        let result = trees.transaction(|(recipients, pending, deliveries, messages)| {
            let mut state: RecipientState = trees::read(recipients, &key)?.unwrap_or_default();
            if !state.advance(seal) {
                return Ok(false);
            }
            trees::write(recipients, &key, &state)?;
            if let Some(mail) = &seal.mail {
                for entry in &mail.delivery.entries {
                    recording::take_pending(pending, entry)?;
                }
                trees::write(deliveries, mail.delivery.id.as_bytes(), &mail.delivery)?;
                trees::write_bytes(messages, mail.delivery.id.as_bytes(), &mail.message)?;
            }
            Ok(true)
        });
        let is_sealed = self.ended("deliveries", result)?;
        self.flush()?;
        Ok(is_sealed)
    }

    fn deliveries(&self) -> Result<Vec<Delivery>, StoreError> {
        let keys = self.keys(&self.trees.deliveries, &[])?;
        let deliveries = keys
            .iter()
            .map(|key| self.read(&self.trees.deliveries, "deliveries", key));
        Ok(deliveries
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    fn message(&self, delivery_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        trees::whole_now(&self.trees.messages, delivery_id.as_bytes()).map_err(self.refused("messages"))
    }

    fn set_delivery(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let _writing = self.lock();
        let Trees {
            pending, deliveries, ..
        } = &self.trees;
        let result = (pending, deliveries).transaction(|(pending, deliveries)| {
            let before: Option<Delivery> = trees::read(deliveries, delivery.id.as_bytes())?;
            if delivery.gives_up(before.as_ref()) {
                for entry in &delivery.entries {
                    recording::add_pending(pending, entry.clone().returned())?;
                }
            }
            trees::write(deliveries, delivery.id.as_bytes(), delivery)
        });
        self.ended("deliveries", result)?;
        self.flush()
    }

    fn prune(&self, stories_before: Timestamp, aliases_before: Timestamp) -> Result<u64, StoreError> {
        let _writing = self.lock();
        let gone = self.remove_stories(stories_before)?;
        self.remove_aliases(aliases_before)?;
        self.remove_deliveries(stories_before)?;
        self.flush()?;
        Ok(gone)
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

    fn close(&self) -> Result<(), StoreError> {
        let _writing = self.lock();
        self.flush()
    }
}
