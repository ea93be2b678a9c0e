//! Which story an item belongs to, by what a store knows under its names.
//!
//! The only place that decides it: an engine looks names up, and saves what comes out. A name that leads to a story
//! which is still there is believed where [`dedup::is_same_story`] believes it. Where only the name is left, there is
//! nothing to compare with, and losing a story is worse than showing one twice: a citation is never believed then.

use std::time::Duration;

use jiff::Timestamp;

use crate::dedup;
use crate::dedup::Alias;
use crate::dedup::Item;
use crate::dedup::Provenance;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::intake::Merge;
use crate::intake::merge;

/// A story is dated before it is first seen; a day stands for wrong clocks and zones.
const DATED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// What a store knows under a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// Nothing.
    Nobody,
    /// A story whose record was forgotten.
    Forgotten(StoryId),
    /// A story.
    Story(Box<Story>),
}

/// What becomes of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    /// The story that it belongs to.
    pub id: StoryId,
    /// The story to save; none where its record was forgotten: that it was seen is not, so it is no news.
    pub merge: Option<Merge>,
    /// The names that lead to the story from now on.
    pub aliases: Vec<Alias>,
}

/// Finds the story of `item` by the first of its names that is believed, and merges them; else makes a new story.
///
/// # Errors
/// Those of `look_up`.
pub fn join<E>(item: &Item, now: Timestamp, mut look_up: impl FnMut(&Alias) -> Result<Known, E>) -> Result<Joined, E> {
    let mut believed = None;
    for alias in &item.aliases {
        match look_up(alias)? {
            Known::Story(story) if dedup::is_same_story(&story, item, alias) => believed = Some(*story),
            Known::Forgotten(id) if leads_to_forgotten(id, item, alias) => return Ok(forgotten(id, item)),
            Known::Nobody | Known::Forgotten(_) | Known::Story(_) => continue,
        }
        break;
    }
    let merge = merge(believed, item, now);
    Ok(Joined {
        id: merge.story.id,
        merge: Some(merge),
        aliases: item.aliases.clone(),
    })
}

/// What is cited is another's: the next story that cites it must not be taken for this one.
fn forgotten(id: StoryId, item: &Item) -> Joined {
    let is_own = |alias: &&Alias| provenance(item, alias).is_none_or(|provenance| !provenance.is_citation());
    Joined {
        id,
        merge: None,
        aliases: item.aliases.iter().filter(is_own).cloned().collect(),
    }
}

/// Whether `item` is a sighting of the forgotten story that was known by its name `alias`.
fn leads_to_forgotten(id: StoryId, item: &Item, alias: &Alias) -> bool {
    match provenance(item, alias) {
        Some(Provenance::Attribution | Provenance::Via) => false,
        Some(Provenance::Setting | Provenance::OrigLink | Provenance::Link | Provenance::Guid) => true,
        // An address comes before the guid: had it led there, it would have been believed.
        Some(Provenance::None) => !has_own_address(item) && !is_dated_after(id, item),
        // Names that nothing is known of.
        None => true,
    }
}

fn provenance(item: &Item, alias: &Alias) -> Option<Provenance> {
    let names = &item.sighting.names;
    names
        .iter()
        .find(|name| name.alias == *alias)
        .map(|name| name.provenance)
}

fn has_own_address(item: &Item) -> bool {
    let is_own = |provenance: Provenance| provenance != Provenance::None && !provenance.is_citation();
    item.sighting.names.iter().any(|name| is_own(name.provenance))
}

/// Whether the item cannot be the story that was seen first then: feeds use a guid again ("latest").
fn is_dated_after(id: StoryId, item: &Item) -> bool {
    let latest = id.first_seen().saturating_add(DATED_AFTER).unwrap_or(Timestamp::MAX);
    item.sighting.published.is_some_and(|published| published > latest)
}
