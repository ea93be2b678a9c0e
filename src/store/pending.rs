//! What waits for whom, on disk.
//!
//! Never flushes: the caller does.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::store::StoreError;
use crate::store::sled::SledStore;
use crate::store::trees;

/// Bytes of a recipient's hash, with which a key begins; one byte for the kind follows, and the story.
const RECIPIENT_BYTES: usize = 16;

impl SledStore {
    /// Whom stories wait for, and how many.
    pub(super) fn count_pending(&self) -> Result<Vec<(String, usize)>, StoreError> {
        let keys = self.keys(&self.trees.pending, &[])?;
        let mut by_recipient: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
        for key in &keys {
            if let Some((recipient, _)) = key.split_at_checked(RECIPIENT_BYTES) {
                by_recipient.entry(recipient).or_default().push(key);
            }
        }
        let mut counted = Vec::new();
        for keys in by_recipient.into_values() {
            // A story that waits for both kinds of mail is one story.
            let stories: BTreeSet<&[u8]> = keys.iter().filter_map(|key| key.get(RECIPIENT_BYTES + 1..)).collect();
            let entry: Option<DigestEntry> = self.read(&self.trees.pending, "pending", keys[0])?;
            counted.extend(entry.map(|entry| (entry.recipient, stories.len())));
        }
        counted.sort();
        Ok(counted)
    }

    /// Takes away what waits for the recipient and was seen before `seen_before`.
    pub(super) fn remove_pending(&self, recipient: &str, seen_before: Timestamp) -> Result<usize, StoreError> {
        let mut gone = 0;
        for kind in [Kind::Digest, Kind::Alert] {
            for key in self.keys(&self.trees.pending, &trees::pending_prefix(recipient, kind))? {
                let result = self.trees.pending.transaction(|pending| {
                    let entry: Option<DigestEntry> = trees::read(pending, &key)?;
                    let is_old = entry.is_some_and(|entry| entry.seen < seen_before);
                    if is_old {
                        trees::remove(pending, &key)?;
                    }
                    Ok(is_old)
                });
                gone += usize::from(self.ended("pending", result)?);
            }
        }
        Ok(gone)
    }
}
