//! Stories with nearly the same text on other sites, among what is stored.
//!
//! Made when somebody asks (a mail, `kabar why`), from the stories of those days: nothing of it is kept.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::dedup::similar::APART_MAX;
use crate::dedup::similar::Appearance;
use crate::dedup::similar::Index;
use crate::dedup::similar::Overlap;
use crate::digest::AlsoIn;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::store::PendingEntry;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoryFilter;

/// Stories looked through: what the index's memory and a mail's time allow; the newest first.
const STORIES_MAX: usize = 100_000;
/// "Also in" names of one story in a mail.
const ALSO_IN_MAX: usize = 8;

/// A story that says nearly the same on another site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimilarRow {
    /// Its id.
    pub story: StoryId,
    /// The title of its first sighting.
    pub title: String,
    /// The feed that carried it first.
    pub outlet: String,
    /// Its link there.
    pub link: Option<String>,
    /// Word groups of the shorter beginning that stand in the longer one.
    pub shared: usize,
    /// Word groups of the shorter beginning.
    pub of: usize,
}

/// Among which stories others are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// All that are stored of those days.
    Stored,
    /// Those that are asked about: fast, for mails that are sent at once.
    Themselves,
}

/// For each of `stories` those that are nearly the same, the oldest first. Stories without any are left out.
///
/// Cost: about 0.1 ms for every story of those days (it is read), and as much for every one asked about.
///
/// # Errors
/// When the store refuses.
pub fn similar_to(
    store: &dyn Store,
    stories: &[Story],
    among: Among,
) -> Result<HashMap<StoryId, Vec<SimilarRow>>, StoreError> {
    let asked: Vec<Appearance> = stories.iter().filter_map(Appearance::of).collect();
    let index = match among {
        Among::Themselves => Index::build(&asked),
        Among::Stored => index_around(store, stories)?,
    };
    let mut groups = HashMap::new();
    for appearance in &asked {
        let mut rows = Vec::new();
        for id in index.candidates(appearance) {
            let Some(story) = store.story(id)? else { continue };
            let overlap = Appearance::of(&story).and_then(|other| appearance.compare(&other));
            rows.extend(overlap.map(|overlap| row(&story, overlap)));
        }
        if !rows.is_empty() {
            rows.sort_by_key(|row: &SimilarRow| row.story);
            groups.insert(appearance.id, rows);
        }
    }
    Ok(groups)
}

/// The entries of a mail, each with the other places that carry its story. Of stories that say nearly the same the oldest
/// stands for all, with the watches of all: the others stand behind "also in".
///
/// # Errors
/// When the store refuses.
pub fn grouped(
    store: &dyn Store,
    kind: Kind,
    mut pending: Vec<PendingEntry>,
) -> Result<Vec<(DigestEntry, Vec<AlsoIn>)>, StoreError> {
    let among = match kind {
        Kind::Digest => Among::Stored,
        Kind::Alert => Among::Themselves,
    };
    let stories = pending.iter().map(|pending| store.story(pending.entry.story));
    let stories: Vec<Story> = stories.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    let groups = similar_to(store, &stories, among)?;
    pending.sort_by_key(|pending| pending.entry.story);
    let mut grouped: Vec<(DigestEntry, Vec<AlsoIn>)> = Vec::new();
    let mut stands_behind: HashMap<StoryId, usize> = HashMap::new();
    for one in pending {
        if let Some(place) = stands_behind.get(&one.entry.story) {
            grouped[*place].0.absorb(one.entry);
            continue;
        }
        let similar = groups.get(&one.entry.story).map(Vec::as_slice).unwrap_or_default();
        stands_behind.extend(similar.iter().map(|row| (row.story, grouped.len())));
        let also_in = also_in(&one, similar);
        grouped.push((one.entry, also_in));
    }
    Ok(grouped)
}

/// The other feeds that carried the story, then the sites that say nearly the same; each name once.
fn also_in(pending: &PendingEntry, similar: &[SimilarRow]) -> Vec<AlsoIn> {
    let outlet = &pending.entry.outlet;
    let carried = pending.sightings.iter().map(|sighting| AlsoIn {
        outlet: sighting.feed_name.clone(),
        link: sighting.link.clone(),
    });
    let others = similar.iter().map(|row| AlsoIn {
        outlet: if row.outlet == *outlet {
            host(row)
        } else {
            row.outlet.clone()
        },
        link: row.link.clone(),
    });
    let mut all: Vec<AlsoIn> = Vec::new();
    for also in carried.chain(others) {
        if also.outlet != *outlet && all.iter().all(|known| known.outlet != also.outlet) {
            all.push(also);
        }
    }
    all.truncate(ALSO_IN_MAX);
    all
}

/// One feed may carry stories of many sites.
fn host(row: &SimilarRow) -> String {
    let url = row.link.as_deref().and_then(|link| url::Url::parse(link).ok());
    let host = url.as_ref().and_then(|url| url.host_str());
    host.map_or_else(|| row.outlet.clone(), |host| host.trim_start_matches("www.").to_owned())
}

fn index_around(store: &dyn Store, stories: &[Story]) -> Result<Index, StoreError> {
    let (mut index, mut count) = (Index::default(), 0);
    let Some(earliest) = stories.iter().map(|story| story.first_seen).min() else {
        return Ok(index);
    };
    let filter = StoryFilter {
        since: Some(earliest.saturating_sub(APART_MAX).unwrap_or(Timestamp::MIN)),
        ..StoryFilter::default()
    };
    store.visit_stories(&filter, &mut |story| {
        if let Some(appearance) = Appearance::of(&story) {
            index.add(&appearance);
        }
        count += 1;
        count < STORIES_MAX
    })?;
    index.sort();
    Ok(index)
}

fn row(story: &Story, overlap: Overlap) -> SimilarRow {
    let first = story.first();
    SimilarRow {
        story: story.id,
        title: first.title.clone(),
        outlet: first.feed_name.clone(),
        link: first.link.clone(),
        shared: overlap.shared,
        of: overlap.of,
    }
}
