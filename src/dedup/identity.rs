//! The names of every entry of a document: its source URL, and the aliases under which it is known.
//!
//! Owns the hygiene of one document: a name that several of its entries share is no name, and what that teaches is
//! remembered for documents that hold one entry only. Never looks at other documents; what this feed or others brought
//! before is the store's and `intake`'s to join.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::dedup::Alias;
use crate::dedup::KeyMaker;
use crate::dedup::Lesson;
use crate::dedup::Lessons;
use crate::dedup::Name;
use crate::dedup::Provenance;
use crate::dedup::SharedBecause;
use crate::dedup::SourceUrl;
use crate::dedup::canonical::differing_parts;
use crate::dedup::canonical::exact_key;
use crate::dedup::hash128;
use crate::dedup::joining::Telling;
use crate::dedup::joining::is_one_story;
use crate::dedup::source_url::Candidate;
use crate::dedup::source_url::bounded_id;
use crate::dedup::source_url::candidates;
use crate::dedup::source_url::without_url;
use crate::dedup::titles;
use crate::feed::Entry;
use crate::feed::Feed;
use crate::feed::ParsedFeed;

/// Entries under one name that are compared with one another; a name that more share is settled by the first ones.
const COMPARED_MAX: usize = 64;
/// How much of a body stands in for a missing title, in bytes: enough to tell notes apart.
const NOTE_BYTES_MAX: usize = 512;
/// Links longer than this are known by their key only.
const LINK_BYTES_MAX: usize = 2048;

/// The names of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The original story.
    pub source: SourceUrl,
    /// Every strong name of the entry, best first; never empty.
    pub names: Vec<Name>,
}

/// A document's entries, named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// One per entry, in document order.
    pub identities: Vec<Identity>,
    /// All that is known of the feed's addresses now; none where the document taught nothing new.
    pub lessons: Option<Vec<Lesson>>,
}

/// Names every entry of `parsed`.
///
/// Entries of one document that differ in guid and title are different stories: a URL that they share names none of them,
/// and where only a fragment or an odd parameter tells their URLs apart, their keys keep it.
pub fn identify(keys: &KeyMaker, feed: &Feed, parsed: &ParsedFeed) -> Named {
    let mut drafts: Vec<Draft<'_>> = parsed
        .entries
        .iter()
        .map(|entry| Draft::new(entry, candidates(keys, feed, parsed.site.as_ref(), entry)))
        .collect();
    let has_lessons = !keys.lessons.of(feed.id).is_empty();
    for draft in drafts.iter_mut().filter(|_| has_lessons) {
        let link = draft.link_as_id().and_then(|link| keys.key(link));
        draft.is_link_shared = link.is_some_and(|link| keys.lessons.is_shared(feed.id, &link.key));
        let is_own = |candidate: &Candidate| !keys.lessons.is_shared(feed.id, &candidate.source.key);
        draft.candidates.retain(is_own);
    }
    let mut lessons = tell_apart(keys, feed, &mut drafts);
    let mut shared = shared_names(&drafts);
    // The last candidate of an entry first, so that places stay valid.
    shared.sort_unstable_by_key(|shared| shared.place);
    for Shared {
        place: (index, rank),
        because,
    } in shared.into_iter().rev()
    {
        let candidate = drafts[index].candidates.remove(rank);
        let key = candidate.source.key;
        lessons.push(Lesson::Shared { key, because });
    }
    for draft in shared_links(&mut drafts) {
        draft.is_link_shared = true;
        let key = draft.link_as_id().and_then(|link| keys.key(link)).map(|link| link.key);
        let because = SharedBecause::Own;
        lessons.extend(key.map(|key| Lesson::Shared { key, because }));
    }
    let shared_guids = shared_guids(&drafts);
    let finished = drafts.into_iter().enumerate();
    Named {
        identities: finished
            .map(|(index, draft)| {
                let is_guid_shared = draft.is_link_shared || shared_guids.contains(&index);
                draft.finish(feed, is_guid_shared)
            })
            .collect(),
        lessons: keys.lessons.with(feed.id, &lessons),
    }
}

/// The names under `keys` of a story that was stored under older rules, of what its sightings brought.
pub fn names_under(keys: &KeyMaker, story: &crate::dedup::Story) -> Vec<Alias> {
    let published = story.sightings.iter().flat_map(|sighting| &sighting.names);
    let urls = published
        .map(|name| name.url.as_str())
        .chain([story.source.url.as_str()]);
    let mut aliases = Vec::new();
    for url in urls.filter(|url| !url.is_empty()) {
        let alias = keys.key(url).map(|canonical| Alias::url(&canonical.key));
        aliases.extend(alias.filter(|alias| !aliases.contains(alias)));
    }
    aliases
}

/// Learns which parts tell entries apart that share a key, and makes their keys anew.
fn tell_apart(keys: &KeyMaker, feed: &Feed, drafts: &mut [Draft<'_>]) -> Vec<Lesson> {
    let mut lessons = Vec::new();
    let mut groups: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
    for Shared {
        place: (index, rank), ..
    } in shared_names(drafts)
    {
        let key = drafts[index].candidates[rank].source.key.clone();
        groups.entry(key).or_default().push((index, rank));
    }
    for places in groups.values() {
        let urls: Vec<&str> = places
            .iter()
            .map(|&(index, rank)| drafts[index].candidates[rank].source.url.as_str())
            .collect();
        let Some((place, parts)) = differing_parts(keys.rules, &urls) else {
            continue;
        };
        lessons.extend(parts.into_iter().map(|part| Lesson::Names {
            place: place.clone(),
            part,
        }));
    }
    if lessons.is_empty() {
        return lessons;
    }
    let learnt = KeyMaker {
        rules: keys.rules,
        lessons: Lessons::new(keys.lessons.with(feed.id, &lessons).map(|lessons| (feed.id, lessons))),
    };
    for (index, rank) in groups.into_values().flatten() {
        let candidate = &mut drafts[index].candidates[rank];
        // What a lesson cannot say (forms of two kinds at once) is told apart by everything that the addresses hold.
        let key = learnt.key(&candidate.source.url).map(|canonical| canonical.key);
        let key = key.filter(|key| *key != candidate.source.key);
        if let Some(key) = key.or_else(|| exact_key(keys.rules, &candidate.source.url)) {
            candidate.source.key = key;
        }
    }
    lessons
}

/// An entry with the addresses that may name it.
struct Draft<'a> {
    entry: &'a Entry,
    /// What tells this entry from others: its title, else the start of its body; folded.
    title: String,
    candidates: Vec<Candidate>,
    /// Whether the link, which is the id for want of a guid, is that of other stories, too.
    is_link_shared: bool,
}

impl<'a> Draft<'a> {
    fn new(entry: &'a Entry, mut candidates: Vec<Candidate>) -> Self {
        // A "via" that is not the source may name an aggregator, which is no identity.
        let mut rank = 0;
        candidates.retain(|candidate| {
            rank += 1;
            rank == 1 || candidate.source.provenance != Provenance::Via
        });
        let note = || entry.summary.as_deref().or(entry.content.as_deref());
        let title = entry
            .title
            .as_deref()
            .filter(|title| !title.trim().is_empty())
            .or_else(note);
        Self {
            entry,
            title: titles::folded(start(title.unwrap_or_default())),
            candidates,
            is_link_shared: false,
        }
    }

    /// The link, where it stands for a guid: it says nothing that the link does not.
    fn link_as_id(&self) -> Option<&str> {
        self.entry.link.as_deref().filter(|link| *link == self.entry.id)
    }

    /// Whether this entry and `other`, which share an address, are two stories.
    fn is_other_story(&self, other: &Self) -> bool {
        if self.entry.id != other.entry.id {
            return self.title != other.title;
        }
        // A link for an id says nothing; then only the titles tell, and an edited title is no other story's.
        self.link_as_id().is_some() && titles::are_of_two(&self.title, &other.title)
    }

    /// Whether this entry and `other`, which share a guid, are two stories. In one document they are where anything
    /// speaks for it, and always where the store would not join them.
    fn is_other_story_by_guid(&self, other: &Self) -> bool {
        let is_link_shared = self.entry.link.is_some() && self.entry.link == other.entry.link;
        let told_apart = self.title != other.title && !is_link_shared;
        let is_theirs = |key: &str| other.candidates.iter().any(|theirs| theirs.source.key == key);
        let shares_address = self.candidates.iter().any(|own| is_theirs(&own.source.key));
        told_apart || !shares_address && !is_one_story(&self.telling(), &other.telling())
    }

    /// Between entries of one document, an equal date is none of their own.
    fn telling(&self) -> Telling<'_> {
        Telling {
            title: &self.title,
            published: self.entry.published.or(self.entry.updated),
            is_date_own: false,
        }
    }

    fn finish(self, feed: &Feed, is_guid_shared: bool) -> Identity {
        let id = if is_guid_shared {
            self.content_id()
        } else {
            bounded_id(&self.entry.id)
        };
        let mut names: Vec<Name> = Vec::with_capacity(self.candidates.len() + 2);
        for Candidate { source, rules } in &self.candidates {
            let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
            push(
                &mut names,
                Alias::url(&source.key),
                &source.url,
                source.provenance,
                rules,
            );
        }
        // Behind a shared guid the entry's content is its name only where nothing better is left.
        if !is_guid_shared || names.is_empty() {
            push(&mut names, Alias::guid(feed.id, &id), "", Provenance::None, Vec::new());
        }
        // The link as it is written outlives the rules, as long as it names the entry at all.
        let link = self.entry.link.as_deref().filter(|link| link.len() <= LINK_BYTES_MAX);
        if let Some(link) = link.filter(|_| self.candidates.iter().any(|c| c.source.provenance == Provenance::Link)) {
            push(&mut names, Alias::published(link), link, Provenance::Link, Vec::new());
        }
        let source = self
            .candidates
            .into_iter()
            .next()
            .map_or_else(|| without_url(feed.id, &id), |candidate| candidate.source);
        Identity { source, names }
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

/// A place (entry, candidate) of a name that different stories share.
struct Shared {
    place: (usize, usize),
    because: SharedBecause,
}

fn shared_names(drafts: &[Draft<'_>]) -> Vec<Shared> {
    let mut places: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        for (rank, candidate) in draft.candidates.iter().enumerate() {
            places.entry(&candidate.source.key).or_default().push((index, rank));
        }
    }
    places
        .into_values()
        .filter(|places| places.len() > 1)
        .flat_map(|places| places_to_drop(drafts, places))
        .collect()
}

/// Which of the places of one name are no identity. A copy and the story that it names share a name rightly.
fn places_to_drop(drafts: &[Draft<'_>], places: Vec<(usize, usize)>) -> Vec<Shared> {
    let cites = |&(index, rank): &(usize, usize)| drafts[index].candidates[rank].source.provenance.is_citation();
    let (cited, own): (Vec<_>, Vec<_>) = places.into_iter().partition(cites);
    // Two copies of one original in one feed are rarer than two stories about one report.
    let is_conflict = |(a, _): (usize, usize), (b, _): (usize, usize)| drafts[a].is_other_story(&drafts[b]);
    let (own_conflict, cited_conflict) = (has_pair(&own, is_conflict), has_pair(&cited, is_conflict));
    let (places, because) = match (own_conflict, cited_conflict) {
        (true, _) => ([cited, own].concat(), SharedBecause::Own),
        (false, true) => (cited, SharedBecause::Cited),
        (false, false) => return Vec::new(),
    };
    places.into_iter().map(|place| Shared { place, because }).collect()
}

/// Entries without a guid whose link other stories of the document have as well.
fn shared_links<'d, 'a>(drafts: &'d mut [Draft<'a>]) -> Vec<&'d mut Draft<'a>> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        if let Some(link) = draft.link_as_id() {
            places.entry(link).or_default().push(index);
        }
    }
    let is_shared = |places: &Vec<usize>| has_pair(places, |a, b| drafts[a].is_other_story(&drafts[b]));
    let shared: BTreeSet<usize> = places.into_values().filter(is_shared).flatten().collect();
    let found = drafts.iter_mut().enumerate();
    found
        .filter(|(index, _)| shared.contains(index))
        .map(|(_, draft)| draft)
        .collect()
}

/// Entries whose guid another story of the document has, too.
fn shared_guids(drafts: &[Draft<'_>]) -> BTreeSet<usize> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, draft) in drafts
        .iter()
        .enumerate()
        .filter(|(_, draft)| draft.link_as_id().is_none())
    {
        places.entry(&draft.entry.id).or_default().push(index);
    }
    let is_constant = |places: &Vec<usize>| has_pair(places, |a, b| drafts[a].is_other_story_by_guid(&drafts[b]));
    places.into_values().filter(is_constant).flatten().collect()
}

fn has_pair<T: Copy>(places: &[T], is_pair: impl Fn(T, T) -> bool) -> bool {
    let compared = &places[..places.len().min(COMPARED_MAX)];
    let others = |index: usize| compared.get(index + 1..).unwrap_or_default();
    compared
        .iter()
        .enumerate()
        .any(|(index, a)| others(index).iter().any(|b| is_pair(*a, *b)))
}

fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(NOTE_BYTES_MAX)]
}

fn push(names: &mut Vec<Name>, alias: Alias, url: &str, provenance: Provenance, rules: Vec<String>) {
    if names.iter().all(|known| known.alias != alias) {
        let url = url.to_owned();
        names.push(Name {
            alias,
            url,
            provenance,
            rules,
        });
    }
}
