//! Stories with nearly the same text on different sites: what a digest shows as "also in".
//!
//! Owns comparing texts. Feeds mix excerpts and full texts, so the beginning of the shorter text is looked for in the
//! beginning of the longer one. Never decides identity and never drops a story: no text method tells the days of a series
//! apart by its words, so numbers that differ where the words around them agree keep two texts apart.

mod index;
mod lede;
mod numbers;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use jiff::Timestamp;

pub use index::Index;
pub use index::Search;
pub use lede::Lede;

use crate::dedup::Sighting;
use crate::dedup::Story;
use crate::dedup::StoryId;

/// Stories that are further apart than this are told anew, not again.
pub const APART_MAX: Duration = Duration::from_secs(72 * 60 * 60);
/// What proves that two beginnings are one text.
struct Proof {
    /// Word groups of the shorter beginning.
    of_min: usize,
    /// How many of them stand in the longer one.
    shared_min: usize,
    /// How much of the shorter beginning that must be.
    share_min: f64,
    /// Whether the titles must be alike, too.
    titles: Titles,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Titles {
    Any,
    Alike,
}

/// Any of these is enough. Copies that were edited in every twentieth word keep 85 % of their groups, those cut to 60 % with
/// a lede of their own about 60 %; distinct articles with one template of 60 words share 58 groups, 37 % of a full beginning
/// (measured on 74 and on 144 articles).
const PROOFS: [Proof; 4] = [
    proof(30, 0, 0.75, Titles::Any),
    proof(0, 60, 0.65, Titles::Any),
    proof(30, 0, 0.5, Titles::Alike),
    // A short excerpt.
    proof(10, 0, 0.85, Titles::Alike),
];

const fn proof(of_min: usize, shared_min: usize, share_min: f64, titles: Titles) -> Proof {
    Proof {
        of_min,
        shared_min,
        share_min,
        titles,
    }
}

impl Proof {
    /// Whether it holds, whatever the titles say.
    fn has(&self, overlap: Overlap) -> bool {
        overlap.of >= self.of_min
            && overlap.shared >= self.shared_min
            && overlap.shared as f64 >= self.share_min * overlap.of as f64
    }
}

/// How much of two texts is the same: `shared` of `of` word groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Word groups of the shorter beginning that stand in the longer one.
    pub shared: usize,
    /// Word groups of the shorter beginning.
    pub of: usize,
}

/// Where and when a story appeared, and how its text begins.
#[derive(Clone, Debug)]
pub struct Appearance {
    /// Which story.
    pub id: StoryId,
    /// The site of its source: the registrable domain.
    pub site: String,
    /// When it was published, else seen.
    pub at: Timestamp,
    /// How it begins.
    pub lede: Lede,
}

/// Where and when a story appeared, and what an index keeps of its text: for reading very many.
#[derive(Clone, Debug)]
pub struct Beginning {
    id: StoryId,
    site: String,
    at: Timestamp,
    sample: Vec<u32>,
}

impl Beginning {
    /// Of a stored story. None where its source has no site.
    ///
    /// Cost: about 5 us.
    pub fn of(story: &Story) -> Option<Self> {
        let (site, at, longest) = seen(story)?;
        Some(Self {
            id: story.id,
            site,
            at,
            sample: lede::sample_of(&longest.text),
        })
    }
}

/// Site, time and longest sighting of a story; none where its source has no site.
fn seen(story: &Story) -> Option<(String, Timestamp, &Sighting)> {
    let first = story.first();
    let address = Some(story.source.url.as_str())
        .filter(|url| !url.is_empty())
        .or(first.link.as_deref())?;
    let url = url::Url::parse(address).ok()?;
    let host = url.host_str()?;
    let longest = story
        .sightings
        .iter()
        .max_by_key(|sighting| sighting.text.len())
        .unwrap_or(first);
    let site = psl::domain_str(host).unwrap_or(host).to_owned();
    Some((site, first.published.unwrap_or(first.seen).min(first.seen), longest))
}

impl Appearance {
    /// Of a stored story: its longest sighting's text. None where its source has no site.
    pub fn of(story: &Story) -> Option<Self> {
        let (site, at, longest) = seen(story)?;
        Some(Self {
            id: story.id,
            site,
            at,
            lede: Lede::of(&longest.title, &longest.text),
        })
    }

    /// Whether the two may be one text: other sites, near in time.
    fn may_be_like(&self, site: &str, at: Timestamp) -> bool {
        self.site != site && self.at.duration_since(at).unsigned_abs() <= APART_MAX
    }

    /// How much of the two texts is the same, where that makes them nearly the same.
    ///
    /// Cost: about 1 us, 3 us where they are.
    pub fn compare(&self, other: &Self) -> Option<Overlap> {
        if !self.may_be_like(&other.site, other.at) {
            return None;
        }
        let overlap = self.lede.overlap(&other.lede)?;
        let proves = |titles| PROOFS.iter().any(|proof| proof.titles == titles && proof.has(overlap));
        let are_titles_alike = || !self.lede.title.are_of_another_than(&other.lede.title);
        let is_alike = proves(Titles::Any) || proves(Titles::Alike) && are_titles_alike();
        (is_alike && !self.lede.contradicts(&other.lede)).then_some(overlap)
    }
}
