//! Forgetting on disk: stories, aliases, feeds and deliveries that retention takes.
//!
//! Never touches pending entries, and never flushes: the caller does.

use jiff::Timestamp;
use sled::Transactional;
use sled::Tree;

use crate::dedup::StoryId;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::sled::SledStore;
use crate::store::trees;
use crate::store::trees::Trees;

/// Keys in one batch, which blocks all readers: a few milliseconds' work.
const KEYS_PER_BATCH: usize = 1_000;

impl SledStore {
    /// Takes stories first seen before `before` away and answers how many.
    pub(super) fn remove_stories(&self, before: Timestamp) -> Result<u64, StoreError> {
        let end = StoryId::floor(before);
        let mut old = Vec::new();
        for key in self.trees.stories.range(..end.as_bytes().to_vec()).keys() {
            old.push(key.map_err(|error| self.failed("read", &error))?);
        }
        // Keys are in order, so a story's first piece goes first: the rest of one cut in two is never read.
        self.remove_keys(&self.trees.stories, &old)?;
        let gone = old.iter().filter(|key| key.ends_with(&[0, 0])).count();
        Ok(u64::try_from(gone).unwrap_or(u64::MAX))
    }

    /// Takes aliases last used before `before` away.
    pub(super) fn remove_aliases(&self, before: Timestamp) -> Result<(), StoreError> {
        let mut old = Vec::new();
        for pair in &self.trees.aliases {
            let (key, value) = pair.map_err(|error| self.failed("read", &error))?;
            let parts = trees::alias_parts(&value).map_err(|refused| self.refused("aliases")(refused.into()))?;
            if parts.1 < before.as_millisecond() {
                old.push(key);
            }
        }
        self.remove_keys(&self.trees.aliases, &old)
    }

    /// Takes what is known of feeds that were not polled since `before` away.
    pub(super) fn remove_feeds(&self, before: Timestamp) -> Result<(), StoreError> {
        let Trees {
            feeds,
            failed_bodies,
            lessons,
            ..
        } = &self.trees;
        let states = self.feed_states()?;
        for (feed, _) in states.iter().filter(|(_, state)| state.is_abandoned(before)) {
            let result = (feeds, failed_bodies, lessons).transaction(|(feeds, failed_bodies, lessons)| {
                trees::remove(feeds, feed.as_bytes())?;
                trees::remove(failed_bodies, feed.as_bytes())?;
                trees::remove(lessons, feed.as_bytes())
            });
            self.ended("feeds", result)?;
        }
        Ok(())
    }

    /// Takes finished deliveries sealed before `before` away, with their messages.
    pub(super) fn remove_deliveries(&self, before: Timestamp) -> Result<(), StoreError> {
        for delivery in self.deliveries()?.iter().filter(|delivery| delivery.is_over(before)) {
            self.remove_delivery(delivery)?;
        }
        Ok(())
    }

    fn remove_keys(&self, tree: &Tree, keys: &[sled::IVec]) -> Result<(), StoreError> {
        for keys in keys.chunks(KEYS_PER_BATCH) {
            let mut batch = sled::Batch::default();
            keys.iter().for_each(|key| batch.remove(key));
            tree.apply_batch(batch)
                .map_err(|error| self.failed("written", &error))?;
        }
        Ok(())
    }
}
