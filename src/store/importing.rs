//! A backup into an empty store: all of it, or nothing.
//!
//! A mark in place of the schema is written first and taken away last. A store with the mark opens for nobody but the next
//! import, which begins anew: a kill in between leaves nothing that could be taken for a whole store.

use std::io::BufRead;
use std::path::Path;

use sled::Tree;

use crate::store::StoreError;
use crate::store::backup::BackupError;
use crate::store::backup::Reader;
use crate::store::backup::Record;
use crate::store::backup::Tally;
use crate::store::records;
use crate::store::rekeying::RULES;
use crate::store::sled::ALIASES_PRUNED_BEFORE;
use crate::store::sled::INSTANCE;
use crate::store::sled::SCHEMA;
use crate::store::sled::SledStore;
use crate::store::trees;
use crate::store::trees::Trees;

/// The schema of a store whose import has not ended. Earlier versions take it for a newer store, and refuse it.
pub(super) const UNFINISHED: u8 = u8::MAX;
/// Bytes that are written together. Measured with 48,000 stories: batches of 1 MiB leave the engine with 928 MiB of
/// memory, and more with every story; those of 32 KiB with 239, those of 8 KiB with 123.
const BATCH_BYTES_MAX: usize = 8 * 1024;
/// Bytes that are flushed together.
const FLUSH_BYTES_MAX: usize = 1024 * 1024;

impl SledStore {
    /// Fills the store in `directory`, which has no records yet, with those of the backup. Answers how many they are.
    ///
    /// Memory is bounded by one record and the cache of the engine. Durable when it returns.
    ///
    /// # Errors
    /// `StoreError::NotEmpty` and what [`crate::store::open`] says, before anything was changed. What [`Reader`] says of
    /// the backup: the store is empty then. After any other error of the store it is unfinished: it opens for nobody until
    /// another import begins anew.
    pub fn import<R: BufRead>(directory: &Path, backup: Reader<R>) -> Result<Tally, BackupError> {
        let store = Self::open_to_fill(directory)?;
        match store.fill(backup) {
            Err(BackupError::Store(error)) => Err(error.into()),
            Err(error) => {
                store.clear()?;
                store.check_schema()?;
                Err(error)
            }
            Ok(tally) => Ok(tally),
        }
    }

    /// Opens the store, marked as unfinished and with nothing in it.
    fn open_to_fill(directory: &Path) -> Result<Self, StoreError> {
        let store = Self::open_unchecked(directory)?;
        let schema = store.trees.meta.get(SCHEMA);
        let schema = schema.map_err(|error| store.failed("read", &error))?;
        if schema.as_deref() == Some(&[UNFINISHED]) {
            store.clear()?;
        } else if schema.is_some() {
            store.check_schema()?;
        }
        if store.trees.of_records().into_iter().any(|tree| !tree.is_empty()) {
            let path = store.path();
            return Err(StoreError::NotEmpty { path });
        }
        store
            .trees
            .meta
            .insert(SCHEMA, &[UNFINISHED])
            .map_err(|error| store.failed("written", &error))?;
        store.flush()?;
        Ok(store)
    }

    /// Takes every record away, the mark last.
    fn clear(&self) -> Result<(), StoreError> {
        for tree in self.trees.of_records() {
            tree.clear().map_err(|error| self.failed("written", &error))?;
        }
        self.flush()?;
        self.trees
            .meta
            .clear()
            .map_err(|error| self.failed("written", &error))?;
        self.flush()
    }

    /// Writes every record, and what the store knows of itself in place of the mark.
    fn fill<R: BufRead>(&self, mut backup: Reader<R>) -> Result<Tally, BackupError> {
        let mut meta = None;
        let mut filling = Filling::of(&self.trees.feeds);
        while let Some(record) = backup.next_record()? {
            match Piecemeal::of(&self.trees, record) {
                Piecemeal::Record { tree, key, bytes } => {
                    let pieces = records::pieces(&bytes).into_iter();
                    let pairs = pieces.map(|(index, piece)| (records::piece_key(&key, index), piece));
                    filling.add(self, tree, pairs)?;
                }
                Piecemeal::Pair { tree, key, value } => filling.add(self, tree, [(key.to_vec(), value)].into_iter())?,
                Piecemeal::Meta(batch) => meta = Some(batch),
            }
        }
        filling.write(self)?;
        // Before the mark goes.
        self.flush()?;
        let meta = meta.ok_or_else(|| backup.damaged("no record says what the store knows of itself".to_owned()))?;
        self.trees
            .meta
            .apply_batch(meta)
            .map_err(|error| self.failed("written", &error))?;
        self.flush()?;
        Ok(backup.tally().clone())
    }
}

/// What waits to be written into one tree.
struct Filling<'a> {
    tree: &'a Tree,
    batch: sled::Batch,
    bytes: usize,
    /// Bytes that were written and not flushed.
    unflushed: usize,
}

impl<'a> Filling<'a> {
    fn of(tree: &'a Tree) -> Self {
        Self {
            tree,
            batch: sled::Batch::default(),
            bytes: 0,
            unflushed: 0,
        }
    }

    /// Adds keys and values; what waits is written where it is enough, or for another tree.
    fn add(
        &mut self,
        store: &SledStore,
        tree: &'a Tree,
        pairs: impl Iterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<(), StoreError> {
        if self.bytes >= BATCH_BYTES_MAX || self.tree.name() != tree.name() {
            self.write(store)?;
            self.tree = tree;
        }
        for (key, value) in pairs {
            self.bytes += key.len() + value.len();
            self.batch.insert(key, value);
        }
        Ok(())
    }

    fn write(&mut self, store: &SledStore) -> Result<(), StoreError> {
        let batch = std::mem::take(&mut self.batch);
        self.tree
            .apply_batch(batch)
            .map_err(|error| store.failed("written", &error))?;
        self.unflushed += std::mem::take(&mut self.bytes);
        if self.unflushed >= FLUSH_BYTES_MAX {
            self.unflushed = 0;
            store.flush()?;
        }
        Ok(())
    }
}

/// A record as the engine keeps it.
enum Piecemeal<'a> {
    /// In pieces.
    Record {
        tree: &'a Tree,
        key: Vec<u8>,
        bytes: Vec<u8>,
    },
    /// In one.
    Pair {
        tree: &'a Tree,
        key: [u8; 16],
        value: Vec<u8>,
    },
    /// What the store knows of itself.
    Meta(sled::Batch),
}

impl<'a> Piecemeal<'a> {
    fn of(trees: &'a Trees, record: Record) -> Self {
        let (tree, key, bytes) = match record {
            Record::Meta {
                instance,
                rules,
                aliases_pruned_before,
            } => {
                let mut batch = sled::Batch::default();
                batch.insert(SCHEMA, &[records::VERSION]);
                batch.insert(INSTANCE, &instance.0);
                if let Some(rules) = rules {
                    batch.insert(RULES, &rules.to_be_bytes());
                }
                if let Some(before) = aliases_pruned_before {
                    batch.insert(ALIASES_PRUNED_BEFORE, &trees::moment_value(before));
                }
                return Self::Meta(batch);
            }
            Record::Aliases { alias, story, used } => {
                let value = trees::alias_value(story, used);
                return Self::Pair {
                    tree: &trees.aliases,
                    key: alias.0,
                    value,
                };
            }
            Record::Feeds { feed, state } => (&trees.feeds, feed.as_bytes().to_vec(), records::encode(&state)),
            Record::FailedBodies { feed, body } => {
                (&trees.failed_bodies, feed.as_bytes().to_vec(), records::encode(&body))
            }
            Record::Lessons { feed, lessons } => (&trees.lessons, feed.as_bytes().to_vec(), records::encode(&lessons)),
            Record::Stories(story) => (&trees.stories, story.id.as_bytes().to_vec(), records::encode(&story)),
            Record::Pending(entry) => (&trees.pending, trees::pending_key(&entry), records::encode(&entry)),
            Record::Recipients { recipient, state } => {
                (&trees.recipients, recipient.0.to_vec(), records::encode(&state))
            }
            Record::Deliveries(mail) => (&trees.deliveries, mail.id.clone().into_bytes(), records::encode(&mail)),
            Record::Messages { delivery, message } => (&trees.messages, delivery.into_bytes(), message),
        };
        Self::Record { tree, key, bytes }
    }
}
