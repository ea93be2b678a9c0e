//! The names of every entry of a document: its source URL, and the aliases under which it is known.
//!
//! Owns the hygiene of one document: a name that several of its entries share is no name. Never looks at other documents;
//! what this feed or others brought before is the store's and `intake`'s to join.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::dedup::Alias;
use crate::dedup::Provenance;
use crate::dedup::SourceUrl;
use crate::dedup::canonical::exact_key;
use crate::dedup::hash128;
use crate::dedup::source_url::bounded_id;
use crate::dedup::source_url::candidates;
use crate::dedup::source_url::without_url;
use crate::feed::Entry;
use crate::feed::Feed;
use crate::feed::ParsedFeed;

/// Two titles whose words overlap less than this tell two stories that cite one address (measured on republishers' titles).
const CITATION_JACCARD_MAX: f64 = 0.3;
/// Entries under one name that are compared with one another; a name that more share is settled by the first ones.
const COMPARED_MAX: usize = 64;
/// How much of a body stands in for a missing title, in bytes: enough to tell notes apart.
const NOTE_BYTES_MAX: usize = 512;

/// The names of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The original story.
    pub source: SourceUrl,
    /// Every strong name of the entry, best first; never empty.
    pub aliases: Vec<Alias>,
}

/// One identity per entry of `parsed`, in the same order.
///
/// Entries of one document that differ in guid and title are different stories: a URL that they share names none of them,
/// and where only a fragment or an odd parameter tells their URLs apart, their keys keep it.
pub fn identify(feed: &Feed, parsed: &ParsedFeed) -> Vec<Identity> {
    let mut drafts: Vec<Draft<'_>> = parsed
        .entries
        .iter()
        .map(|entry| Draft::new(entry, candidates(feed, parsed.site.as_ref(), entry)))
        .collect();
    for (index, rank) in shared_names(&drafts) {
        drafts[index].keep_exact(rank);
    }
    let mut shared = shared_names(&drafts);
    // The last candidate of an entry first, so that places stay valid.
    shared.sort_unstable();
    for (index, rank) in shared.into_iter().rev() {
        drafts[index].candidates.remove(rank);
    }
    let shared_guids = shared_guids(&drafts);
    drafts
        .into_iter()
        .enumerate()
        .map(|(index, draft)| draft.finish(feed, shared_guids.contains(&index)))
        .collect()
}

/// An entry with the addresses that may name it.
struct Draft<'a> {
    entry: &'a Entry,
    /// What tells this entry from others: its title, else the start of its body; folded.
    title: String,
    candidates: Vec<SourceUrl>,
}

impl<'a> Draft<'a> {
    fn new(entry: &'a Entry, mut candidates: Vec<SourceUrl>) -> Self {
        // A "via" that is not the source may name an aggregator, which is no identity.
        let mut rank = 0;
        candidates.retain(|candidate| {
            rank += 1;
            rank == 1 || candidate.provenance != Provenance::Via
        });
        let note = || entry.summary.as_deref().or(entry.content.as_deref());
        let title = entry
            .title
            .as_deref()
            .filter(|title| !title.trim().is_empty())
            .or_else(note);
        Self {
            entry,
            title: folded(title.unwrap_or_default()),
            candidates,
        }
    }

    fn keep_exact(&mut self, rank: usize) {
        if let Some(candidate) = self.candidates.get_mut(rank)
            && let Some(key) = exact_key(&candidate.url)
        {
            candidate.key = key;
        }
    }

    /// Whether this entry and `other`, which share an address of their own, are two stories.
    fn is_other_story(&self, other: &Self) -> bool {
        self.entry.id != other.entry.id && self.title != other.title
    }

    /// Whether this entry and `other`, which name one original, only cite it: a republisher may tell a story twice, but
    /// not under unlike titles.
    fn only_cites_with(&self, other: &Self) -> bool {
        self.is_other_story(other) && jaccard(&self.title, &other.title) < CITATION_JACCARD_MAX
    }

    fn finish(self, feed: &Feed, is_guid_shared: bool) -> Identity {
        let id = if is_guid_shared {
            self.content_id()
        } else {
            bounded_id(&self.entry.id)
        };
        let mut aliases: Vec<Alias> = Vec::with_capacity(self.candidates.len() + 1);
        for candidate in &self.candidates {
            let alias = Alias::url(&candidate.key);
            if !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
        // Behind a shared guid the entry's content is its name only where nothing better is left.
        if !is_guid_shared || aliases.is_empty() {
            aliases.push(Alias::guid(feed.id, &id));
        }
        let source = self
            .candidates
            .into_iter()
            .next()
            .unwrap_or_else(|| without_url(feed.id, &id));
        Identity { source, aliases }
    }

    /// A name made of what the entry says, for feeds that name nothing.
    fn content_id(&self) -> String {
        let link = self.entry.link.as_deref().unwrap_or_default();
        let date = self.entry.published.or(self.entry.updated).map(|date| date.to_string());
        let content = format!("{}\n{link}\n{}", self.title, date.unwrap_or_default());
        let hash = hash128(content.as_bytes());
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Places (entry, candidate) of the names that different stories share.
fn shared_names(drafts: &[Draft<'_>]) -> Vec<(usize, usize)> {
    let mut places: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        for (rank, candidate) in draft.candidates.iter().enumerate() {
            places.entry(&candidate.key).or_default().push((index, rank));
        }
    }
    places
        .into_values()
        .filter(|places| places.len() > 1)
        .flat_map(|places| places_to_drop(drafts, places))
        .collect()
}

/// Which of the places of one name are no identity. A copy and the story that it names share a name rightly.
fn places_to_drop(drafts: &[Draft<'_>], places: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    let cites = |&(index, rank): &(usize, usize)| is_citation(drafts[index].candidates[rank].provenance);
    let (cited, own): (Vec<_>, Vec<_>) = places.into_iter().partition(cites);
    let own_conflict = has_pair(&own, |(a, _), (b, _)| drafts[a].is_other_story(&drafts[b]));
    let cited_conflict = has_pair(&cited, |(a, _), (b, _)| drafts[a].only_cites_with(&drafts[b]));
    match (own_conflict, cited_conflict) {
        (true, _) => [cited, own].concat(),
        (false, true) => cited,
        (false, false) => Vec::new(),
    }
}

/// Entries whose guid another entry with another title and another address has, too.
fn shared_guids(drafts: &[Draft<'_>]) -> BTreeSet<usize> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        places.entry(&draft.entry.id).or_default().push(index);
    }
    let is_constant = |places: &Vec<usize>| {
        has_pair(places, |a, b| {
            let (a, b) = (&drafts[a], &drafts[b]);
            a.title != b.title && (a.entry.link != b.entry.link || a.entry.link.is_none())
        })
    };
    places.into_values().filter(is_constant).flatten().collect()
}

/// Whether an address found there stands in the entry as another's.
fn is_citation(provenance: Provenance) -> bool {
    match provenance {
        Provenance::Attribution | Provenance::Via => true,
        Provenance::Setting | Provenance::OrigLink | Provenance::Link | Provenance::Guid | Provenance::None => false,
    }
}

fn has_pair<T: Copy>(places: &[T], is_pair: impl Fn(T, T) -> bool) -> bool {
    let compared = &places[..places.len().min(COMPARED_MAX)];
    let others = |index: usize| compared.get(index + 1..).unwrap_or_default();
    compared
        .iter()
        .enumerate()
        .any(|(index, a)| others(index).iter().any(|b| is_pair(*a, *b)))
}

fn folded(title: &str) -> String {
    let mut end = title.len().min(NOTE_BYTES_MAX);
    while !title.is_char_boundary(end) {
        end -= 1;
    }
    title[..end]
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn jaccard(a: &str, b: &str) -> f64 {
    let words = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (a, b) = (words(a), words(b));
    let shared = a.intersection(&b).count();
    let all = a.len() + b.len() - shared;
    if all == 0 { 1.0 } else { shared as f64 / all as f64 }
}
