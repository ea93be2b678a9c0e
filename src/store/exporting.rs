//! Every record on disk, one after the other, for a backup.
//!
//! Writers wait meanwhile: between two trees nothing moves, so that no story is in neither the pending ones nor a mail.

use jiff::Timestamp;
use sled::Tree;

use crate::dedup::StoryId;
use crate::feed::FeedId;
use crate::store::StoreError;
use crate::store::backup::Hash;
use crate::store::backup::Record;
use crate::store::records;
use crate::store::records::Unreadable;
use crate::store::rekeying::RULES;
use crate::store::sled::ALIASES_PRUNED_BEFORE;
use crate::store::sled::INSTANCE;
use crate::store::sled::SCHEMA;
use crate::store::sled::SledStore;
use crate::store::trees;
use crate::store::trees::Trees;

/// Takes a record; false where it wants no more.
type Visit<'a> = dyn FnMut(Record) -> bool + 'a;

impl SledStore {
    /// Calls `visit` with every record, in the order of trees and keys, until it answers false.
    pub(super) fn visit_all(&self, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let _writing = self.lock();
        // Named one by one, so that a tree that is added and not written here does not compile.
        let Trees {
            meta,
            feeds,
            failed_bodies,
            lessons,
            aliases,
            stories,
            pending,
            recipients,
            deliveries,
            messages,
        } = &self.trees;
        // Whoever wants no more knows why.
        let _wants_more = visit(self.meta_record(meta)?)
            && self.visit_tree(feeds, "feeds", visit, |key, bytes| {
                let (feed, state) = (feed_id(key)?, records::decode(bytes)?);
                Ok(Record::Feeds { feed, state })
            })?
            && self.visit_tree(failed_bodies, "failed_bodies", visit, |key, bytes| {
                let (feed, body) = (feed_id(key)?, records::decode(bytes)?);
                Ok(Record::FailedBodies { feed, body })
            })?
            && self.visit_tree(lessons, "lessons", visit, |key, bytes| {
                let (feed, lessons) = (feed_id(key)?, records::decode(bytes)?);
                Ok(Record::Lessons { feed, lessons })
            })?
            && self.visit_aliases(aliases, visit)?
            && self.visit_tree(stories, "stories", visit, |_, bytes| {
                Ok(Record::Stories(records::decode(bytes)?))
            })?
            && self.visit_tree(pending, "pending", visit, |_, bytes| {
                Ok(Record::Pending(records::decode(bytes)?))
            })?
            && self.visit_tree(recipients, "recipients", visit, |key, bytes| {
                let (recipient, state) = (hash(key)?, records::decode(bytes)?);
                Ok(Record::Recipients { recipient, state })
            })?
            && self.visit_tree(deliveries, "deliveries", visit, |_, bytes| {
                Ok(Record::Deliveries(records::decode(bytes)?))
            })?
            && self.visit_tree(messages, "messages", visit, |key, bytes| {
                let delivery = String::from_utf8(key.to_vec()).map_err(|_| damaged("a mail's id is no text"))?;
                let message = bytes.to_vec();
                Ok(Record::Messages { delivery, message })
            })?;
        Ok(())
    }

    /// Calls `visit` with what `record` makes of every key and the bytes there. Answers whether `visit` wants more.
    fn visit_tree(
        &self,
        tree: &Tree,
        name: &'static str,
        visit: &mut Visit<'_>,
        record: impl Fn(&[u8], &[u8]) -> Result<Record, Unreadable>,
    ) -> Result<bool, StoreError> {
        for key in tree.iter().keys() {
            let key = key.map_err(|error| self.failed("read", &error))?;
            // Further pieces of a record belong to its first.
            let Some(key) = key.strip_suffix(&[0, 0]) else { continue };
            let bytes = trees::whole_now(tree, key).map_err(self.refused(name))?;
            let record = bytes.map(|bytes| record(key, &bytes)).transpose();
            let record = record.map_err(|unreadable| unreadable.in_tree(&self.path(), name))?;
            if record.is_some_and(|record| !visit(record)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn visit_aliases(&self, tree: &Tree, visit: &mut Visit<'_>) -> Result<bool, StoreError> {
        for pair in tree {
            let (key, value) = pair.map_err(|error| self.failed("read", &error))?;
            let record = alias(&key, &value).map_err(|unreadable| unreadable.in_tree(&self.path(), "aliases"))?;
            if !visit(record) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn meta_record(&self, tree: &Tree) -> Result<Record, StoreError> {
        let unreadable = |what: String| Unreadable::Damaged(what).in_tree(&self.path(), "meta");
        let (mut instance, mut rules, mut aliases_pruned_before) = (None, None, None);
        for pair in tree {
            let (key, value) = pair.map_err(|error| self.failed("read", &error))?;
            match key.as_ref() {
                SCHEMA => {}
                INSTANCE => instance = <[u8; 16]>::try_from(value.as_ref()).ok(),
                RULES => rules = <[u8; 4]>::try_from(value.as_ref()).ok().map(u32::from_be_bytes),
                ALIASES_PRUNED_BEFORE => aliases_pruned_before = trees::moment(&value),
                // Better no backup than one that leaves something out.
                unknown => {
                    let name = String::from_utf8_lossy(unknown);
                    return Err(unreadable(format!("\"{name}\" is unknown to this kabar")));
                }
            }
        }
        Ok(Record::Meta {
            instance: Hash(instance.ok_or_else(|| unreadable("the instance is missing".to_owned()))?),
            rules,
            aliases_pruned_before,
        })
    }
}

fn alias(key: &[u8], value: &[u8]) -> Result<Record, Unreadable> {
    let (story, used): (StoryId, i64) = trees::alias_parts(value).map_err(|refused| refused.0)?;
    let used = Timestamp::from_millisecond(used).map_err(|error| Unreadable::Damaged(error.to_string()))?;
    let alias = hash(key)?;
    Ok(Record::Aliases { alias, story, used })
}

fn hash(key: &[u8]) -> Result<Hash, Unreadable> {
    let bytes = key.try_into().map_err(|_| damaged("a key is not of 16 bytes"))?;
    Ok(Hash(bytes))
}

fn feed_id(key: &[u8]) -> Result<FeedId, Unreadable> {
    Ok(FeedId::from_bytes(hash(key)?.0))
}

fn damaged(reason: &str) -> Unreadable {
    Unreadable::Damaged(reason.to_owned())
}
