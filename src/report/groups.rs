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
use crate::dedup::similar::Beginning;
use crate::dedup::similar::Index;
use crate::dedup::similar::Overlap;
use crate::digest::AlsoIn;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoryFilter;

/// Stories looked through: what the index's memory and a mail's time allow; the newest first.
const STORIES_MAX: usize = 100_000;

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
/// Cost: about 0.005 ms for every story of those days besides reading it from the store, which is done once, and 0.1 ms for
/// every one asked about (`tests/bench/dedup.rs`). Memory: what stories of those days have in common with those asked about.
///
/// # Errors
/// When the store refuses.
pub fn similar_to(
    store: &dyn Store,
    stories: &[Story],
    among: Among,
) -> Result<HashMap<StoryId, Vec<SimilarRow>>, StoreError> {
    let asked: HashMap<StoryId, (&Story, Appearance)> = stories
        .iter()
        .filter_map(|story| Some((story.id, (story, Appearance::of(story)?))))
        .collect();
    let appearances = || asked.values().map(|(_, appearance)| appearance);
    let index = match among {
        Among::Themselves => Index::build(appearances()),
        Among::Stored => index_around(store, stories, Index::for_questions(appearances()))?,
    };
    let (mut search, mut groups) = (index.search(), HashMap::new());
    for appearance in appearances() {
        let mut rows = Vec::new();
        for id in search.candidates(appearance) {
            // Stories of one mail are often each other's copies.
            if let Some((story, other)) = asked.get(&id) {
                rows.extend(appearance.compare(other).map(|overlap| row(story, overlap)));
                continue;
            }
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

/// The entries of a mail. Of stories that say nearly the same the oldest stands for all, with the watches of all: the
/// others stand behind its "also in".
///
/// # Errors
/// When the store refuses.
pub fn grouped(store: &dyn Store, kind: Kind, mut entries: Vec<DigestEntry>) -> Result<Vec<DigestEntry>, StoreError> {
    let among = match kind {
        Kind::Digest => Among::Stored,
        Kind::Alert => Among::Themselves,
    };
    let stories = entries.iter().map(|entry| store.story(entry.story));
    let stories: Vec<Story> = stories.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    let groups = similar_to(store, &stories, among)?;
    entries.sort_by_key(|entry| entry.story);
    let mut grouped: Vec<DigestEntry> = Vec::new();
    let mut stands_behind: HashMap<StoryId, usize> = HashMap::new();
    for mut entry in entries {
        if let Some(place) = stands_behind.get(&entry.story) {
            grouped[*place].absorb(entry);
            continue;
        }
        let similar = groups.get(&entry.story).map(Vec::as_slice).unwrap_or_default();
        stands_behind.extend(similar.iter().map(|row| (row.story, grouped.len())));
        let places: Vec<AlsoIn> = similar.iter().map(|row| place(row, &entry.outlet)).collect();
        entry.also_in.extend(places);
        grouped.push(entry);
    }
    Ok(grouped)
}

/// Where a similar story stands: its outlet, or its site where the entry's own outlet carried it too.
fn place(row: &SimilarRow, outlet: &str) -> AlsoIn {
    AlsoIn {
        outlet: match row.outlet == outlet {
            true => host(row),
            false => row.outlet.clone(),
        },
        link: row.link.clone(),
    }
}

/// One feed may carry stories of many sites.
fn host(row: &SimilarRow) -> String {
    let url = row.link.as_deref().and_then(|link| url::Url::parse(link).ok());
    let host = url.as_ref().and_then(|url| url.host_str());
    host.map_or_else(|| row.outlet.clone(), |host| host.trim_start_matches("www.").to_owned())
}

/// `index` with the stories of the days around `stories`.
fn index_around(store: &dyn Store, stories: &[Story], mut index: Index) -> Result<Index, StoreError> {
    let mut count = 0;
    let Some(earliest) = stories.iter().map(|story| story.first_seen).min() else {
        return Ok(index);
    };
    let filter = StoryFilter {
        since: Some(earliest.saturating_sub(APART_MAX).unwrap_or(Timestamp::MIN)),
        ..StoryFilter::default()
    };
    store.visit_stories(&filter, &mut |story| {
        if let Some(beginning) = Beginning::of(&story) {
            index.add_beginning(&beginning);
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
