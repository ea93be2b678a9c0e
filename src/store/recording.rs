//! Writing inside sled's transactions: items into stories, entries into the pending ones.
//!
//! Reads by key only (a transaction has no scans) and may be run again by the engine: it changes nothing but the trees.

use jiff::Timestamp;
use sled::transaction::TransactionalTree;

use crate::dedup;
use crate::dedup::Alias;
use crate::dedup::Item;
use crate::dedup::Story;
use crate::digest::DigestEntry;
use crate::intake;
use crate::store::PollSummary;
use crate::store::trees;
use crate::store::trees::Abort;

/// One item inside a transaction: its story by the first alias that is known and does not lie.
pub(super) fn record_item(
    aliases: &TransactionalTree,
    stories: &TransactionalTree,
    pending: &TransactionalTree,
    item: &Item,
    now: Timestamp,
    summary: &mut PollSummary,
) -> Result<(), Abort> {
    let hashes: Vec<[u8; 16]> = item.aliases.iter().map(Alias::hash).collect();
    let mut known = None;
    for (alias, hash) in item.aliases.iter().zip(&hashes) {
        let Some(value) = aliases.get(hash)? else { continue };
        let id = trees::alias_parts(&value)?.0;
        let story: Option<Story> = trees::read(stories, id.as_bytes())?;
        if story
            .as_ref()
            .is_none_or(|story| dedup::is_same_story(story, item, alias))
        {
            known = Some((id, story));
            break;
        }
    }
    let (known, story) = known.map_or((None, None), |(id, story)| (Some(id), story));
    let id = match (known, story) {
        // Its text was forgotten, that it was seen is not: no news.
        (Some(id), None) => id,
        (_, story) => {
            let merge = intake::merge(story, item, now);
            summary.stories_new += usize::from(merge.is_new);
            summary.sightings_new += usize::from(merge.is_new_sighting);
            summary.matches_new += merge.matches_new;
            if merge.is_changed {
                trees::write(stories, merge.story.id.as_bytes(), &merge.story)?;
            }
            for entry in merge.entries {
                add_pending(pending, entry)?;
            }
            merge.story.id
        }
    };
    for hash in hashes {
        aliases.insert(&hash, trees::alias_value(id, now))?;
    }
    Ok(())
}

/// Adds an entry to the pending ones; one that waits already takes it in.
pub(super) fn add_pending(pending: &TransactionalTree, entry: DigestEntry) -> Result<(), Abort> {
    let key = trees::pending_key(&entry);
    let entry = match trees::read::<DigestEntry, _>(pending, &key)? {
        Some(mut known) => {
            known.absorb(entry);
            known
        }
        None => entry,
    };
    trees::write(pending, &key, &entry)
}

/// Whether the entry is pending with all that `sealed` tells of it.
pub(super) fn is_pending(pending: &TransactionalTree, sealed: &DigestEntry) -> Result<bool, Abort> {
    let stored: Option<DigestEntry> = trees::read(pending, &trees::pending_key(sealed))?;
    Ok(stored.is_some_and(|stored| stored.holds(sealed)))
}

/// Takes out of the pending entries what a mail says; watches that joined since it was written stay.
pub(super) fn take_pending(pending: &TransactionalTree, sealed: &DigestEntry) -> Result<(), Abort> {
    let key = trees::pending_key(sealed);
    let stored: Option<DigestEntry> = trees::read(pending, &key)?;
    match stored.and_then(|stored| stored.left_after(sealed)) {
        Some(left) => trees::write(pending, &key, &left),
        None => trees::remove(pending, &key),
    }
}
