//! New keys for stored stories when the rules of keys change, so that nothing resurfaces.
//!
//! Adds names and takes none away: the old keys stay known. May end at any moment and be begun anew.

use jiff::Timestamp;
use sled::Transactional;

use crate::dedup::Alias;
use crate::dedup::Story;
use crate::intake;
use crate::store::StoreError;
use crate::store::polls::STORIES_PER_TRANSACTION;
use crate::store::sled::SledStore;
use crate::store::trees;
use crate::store::trees::Trees;

/// The version of the rules under which every stored story has its keys.
pub(super) const RULES: &[u8] = b"rules";

impl SledStore {
    /// Adds the names that `names` gives to every story, once per version. Answers how many stories were looked at.
    pub(super) fn add_keys(
        &self,
        version: u32,
        names: &dyn Fn(&Story) -> Vec<Alias>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let _writing = self.lock();
        let Trees { meta, stories, .. } = &self.trees;
        let version = version.to_be_bytes();
        let known = meta.get(RULES).map_err(|error| self.failed("read", &error))?;
        if known.is_some_and(|known| known.as_ref() == version) {
            return Ok(0);
        }
        let ids = self.keys(stories, &[])?;
        for ids in ids.chunks(STORIES_PER_TRANSACTION) {
            self.add_keys_to(ids, names, now)?;
        }
        // Last, so that a crash before it begins anew.
        meta.insert(RULES, &version)
            .map_err(|error| self.failed("written", &error))?;
        self.flush()?;
        Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
    }

    fn add_keys_to(
        &self,
        ids: &[Vec<u8>],
        names: &dyn Fn(&Story) -> Vec<Alias>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Trees { aliases, stories, .. } = &self.trees;
        let result = (aliases, stories).transaction(|(aliases, stories)| {
            for id in ids {
                let Some(mut story): Option<Story> = trees::read(stories, id)? else {
                    continue;
                };
                let new = names(&story);
                for hash in new.iter().map(Alias::hash) {
                    if aliases.get(hash)?.is_none() {
                        aliases.insert(&hash, trees::alias_value(story.id, now))?;
                    }
                }
                if intake::add_names(&mut story, &new) {
                    trees::write(stories, id, &story)?;
                }
            }
            Ok(())
        });
        self.ended("stories", result)
    }
}
