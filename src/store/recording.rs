//! Writing inside sled's transactions: items into stories, entries into the pending ones.
//!
//! Reads by key only (a transaction has no scans) and may be run again by the engine: it changes nothing but the trees.

use jiff::Timestamp;
use sled::transaction::TransactionalTree;

use crate::dedup::Alias;
use crate::dedup::Item;
use crate::dedup::Story;
use crate::digest::DigestEntry;
use crate::intake;
use crate::intake::Known;
use crate::store::PollSummary;
use crate::store::trees;
use crate::store::trees::Abort;

/// One item inside a transaction: its story, its entries and its names.
pub(super) fn record_item(
    aliases: &TransactionalTree,
    stories: &TransactionalTree,
    pending: &TransactionalTree,
    item: &Item,
    now: Timestamp,
    summary: &mut PollSummary,
) -> Result<(), Abort> {
    let joined = intake::join(item, now, |alias| known(aliases, stories, alias))?;
    if let Some(merge) = joined.merge {
        summary.count(&merge);
        if merge.is_changed {
            trees::write(stories, joined.id.as_bytes(), &merge.story)?;
        }
        for entry in merge.entries {
            add_pending(pending, entry)?;
        }
    }
    for alias in joined.aliases {
        aliases.insert(&alias.hash(), trees::alias_value(joined.id, now))?;
    }
    Ok(())
}

fn known(aliases: &TransactionalTree, stories: &TransactionalTree, alias: &Alias) -> Result<Known, Abort> {
    let Some(value) = aliases.get(alias.hash())? else {
        return Ok(Known::Nobody);
    };
    let id = trees::alias_parts(&value)?.0;
    let story: Option<Story> = trees::read(stories, id.as_bytes())?;
    Ok(story.map_or(Known::Forgotten(id), |story| Known::Story(Box::new(story))))
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
