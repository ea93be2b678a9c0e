//! What an item adds to the story that it belongs to, and who is to hear of it.
//!
//! The only place that decides "seen again", "revised" and "told already"; which story it is decides `joining`.

use std::ops::Range;

use jiff::Timestamp;

use crate::dedup::Alias;
use crate::dedup::Item;
use crate::dedup::Match;
use crate::dedup::Name;
use crate::dedup::Provenance;
use crate::dedup::Revision;
use crate::dedup::Sighting;
use crate::dedup::Span;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::dedup::TextField;
use crate::digest::Change;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::digest::Update;
use crate::digest::snippet;
use crate::intake::PollRecord;
use crate::intake::Verdict;
use crate::intake::items::prefix;
use crate::schedule;
use crate::schedule::Arrivals;
use crate::watch::Send;

/// Sightings kept of one story. The widest syndication measured in the corpus is under 20 feeds; more say nothing new.
const SIGHTINGS_MAX: usize = 64;
/// Aliases kept in one story's record; the store's alias index is not limited by it.
const ALIASES_MAX: usize = 256;
/// Revisions kept of one story; live pages change for hours, and the last changes say most.
const REVISIONS_MAX: usize = 8;
/// Bytes of a revision's text: the beginning, where news is corrected.
const REVISION_TEXT_BYTES_MAX: usize = 4 * 1024;
/// Characters of a title in a mail: twice the longest headline style guides allow.
pub const TITLE_CHARS_MAX: usize = 240;
/// Characters of the snippet around a match: two lines on a phone.
pub const SNIPPET_CHARS_MAX: usize = 280;
/// Entries of a document that are all new say something only where there are a few of them.
const GAP_ITEMS_MIN: usize = 5;

/// A story after an item joined it.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The story to save.
    pub story: Story,
    /// Whether there was none before.
    pub is_new: bool,
    /// Whether this feed had not carried it before.
    pub is_new_sighting: bool,
    /// New (story, watch) pairs.
    pub matches_new: usize,
    /// Whether the story must be saved.
    pub is_changed: bool,
    /// What recipients are to hear now and were not told before.
    pub entries: Vec<DigestEntry>,
}

/// Joins `item` to the story that is known for it, or makes a new one.
///
/// Every sighting's text is matched, so a later sighting can add a watch; a recipient hears of a story once per watch.
pub fn merge(known: Option<Story>, item: &Item, now: Timestamp) -> Merge {
    let is_new = known.is_none();
    let before = known.clone();
    let mut story = known.unwrap_or_else(|| new_story(item, now));
    let seen = if is_new {
        Seen::First
    } else {
        add_sighting(&mut story, &item.sighting)
    };
    add_names(&mut story, &item.aliases);
    let news = News::of(item, before.as_ref(), &story, seen);
    let mut matches_new = 0;
    let mut entries = Vec::new();
    // A text that was matched before is not matched again: a new watch finds news, not the whole of every document.
    let matches: &[Match] = if seen == Seen::Unchanged { &[] } else { &item.matches };
    for found in matches {
        let is_found_again = story.watches.contains(&found.watch);
        if !is_found_again {
            story.watches.push(found.watch.clone());
            matches_new += 1;
        }
        // Other words for what the watch found before are no news: old stories of a baseline get revised, too.
        if is_found_again && seen == Seen::Revised {
            continue;
        }
        tell(&mut story, &news, found, &mut entries);
    }
    let is_changed = before.as_ref() != Some(&story);
    Merge {
        story,
        is_new,
        is_new_sighting: seen == Seen::InAnotherFeed,
        matches_new,
        is_changed,
        entries,
    }
}

/// Adds names to the record of a story; answers whether one was new.
pub fn add_names(story: &mut Story, aliases: &[Alias]) -> bool {
    let before = story.aliases.len();
    for alias in aliases {
        if story.aliases.len() < ALIASES_MAX && !story.aliases.contains(alias) {
            story.aliases.push(alias.clone());
        }
    }
    story.aliases.len() > before
}

/// The feed's state as it is stored after its items were merged: counts, whether stories may have been missed, and the next poll
/// by the times at which entries appear.
///
/// `carried` counts the stories that this feed carried for the first time, whoever else had them before.
pub fn settle(record: &PollRecord, carried: usize, now: Timestamp) -> crate::feed::FeedState {
    let mut state = record.state.clone();
    state.stories += u64::try_from(carried).unwrap_or(u64::MAX);
    let all_are_new = record.items.len() >= GAP_ITEMS_MIN && carried == record.items.len();
    let has_gap = all_are_new && !record.is_baseline;
    if has_gap {
        state.possible_gap = Some(now);
    }
    if record.verdict == Verdict::Fresh {
        let dates = record.items.iter().filter_map(|item| item.sighting.published);
        let arrivals = Arrivals {
            dates: dates.collect(),
            new: carried,
            is_first: record.is_baseline,
            has_gap,
        };
        schedule::learn(&mut state, record.feed, &record.pace, arrivals);
    }
    state
}

fn new_story(item: &Item, now: Timestamp) -> Story {
    Story {
        id: StoryId::new(now, &seed(item)),
        source: item.source.clone(),
        aliases: Vec::new(),
        first_seen: now,
        sightings: vec![item.sighting.clone()],
        watches: Vec::new(),
        told: Vec::new(),
        revisions: Vec::new(),
    }
}

/// All that tells an item from others of the same moment: two stories may have one source, and polls are recorded together.
fn seed(item: &Item) -> String {
    let sighting = &item.sighting;
    let published = sighting.published.map(|at| at.to_string()).unwrap_or_default();
    let names = item.aliases.iter().map(Alias::as_str);
    let parts = [item.source.key.as_str(), &sighting.title, &published];
    parts.into_iter().chain(names).collect::<Vec<_>>().join("\n")
}

/// What an item says that its story did not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// The story itself.
    First,
    /// That one more feed carries it.
    InAnotherFeed,
    /// Another title or text in a feed that carried it before.
    Revised,
    /// Nothing.
    Unchanged,
}

fn add_sighting(story: &mut Story, sighting: &Sighting) -> Seen {
    let has_room = story.sightings.len() < SIGHTINGS_MAX;
    let is_new_feed = story.sightings.iter().all(|known| known.feed != sighting.feed);
    match same_entry(&story.sightings, sighting) {
        Some(index) => revise(story, index, sighting),
        None if has_room => {
            story.sightings.push(sighting.clone());
            if is_new_feed {
                Seen::InAnotherFeed
            } else {
                Seen::Revised
            }
        }
        // One more feed than is remembered: its text is matched all the same.
        None => Seen::Revised,
    }
}

/// The place of the sighting that the same entry of the same feed made before.
///
/// A feed may hold a copy and the story itself, so that its entries are told apart: by their own names, else by title.
fn same_entry(known: &[Sighting], sighting: &Sighting) -> Option<usize> {
    let of_feed = || {
        known
            .iter()
            .enumerate()
            .filter(|(_, known)| known.feed == sighting.feed)
    };
    let is_own = |name: &Name| name.provenance == Provenance::None || name.alias.is_published();
    let shares_name = |known: &Sighting| {
        let own = || sighting.names.iter().filter(|name| is_own(name));
        known.names.is_empty() || own().any(|name| known.names.iter().any(|other| other.alias == name.alias))
    };
    let by_name = of_feed().find(|(_, known)| shares_name(known));
    let by_title = || of_feed().find(|(_, known)| known.title == sighting.title);
    let has_no_names = || of_feed().find(|_| sighting.names.is_empty());
    by_name.or_else(by_title).or_else(has_no_names).map(|(index, _)| index)
}

/// A revision replaces title and text; when we saw the entry first stays, and what it said before is kept.
fn revise(story: &mut Story, index: usize, sighting: &Sighting) -> Seen {
    let known = &mut story.sightings[index];
    let is_shown_same = known.title == sighting.title && known.text == sighting.text;
    // An earlier record has no hash: it counts as unchanged until its text differs.
    let is_matched_same = known.matched.is_none() || known.matched == sighting.matched;
    if is_shown_same && is_matched_same {
        adopt_names(known, sighting);
        return Seen::Unchanged;
    }
    let before = Revision {
        feed: known.feed,
        seen: sighting.seen,
        title: std::mem::take(&mut known.title),
        text: prefix(&known.text, REVISION_TEXT_BYTES_MAX).to_owned(),
    };
    *known = Sighting {
        seen: known.seen,
        ..sighting.clone()
    };
    // What changed is not kept: the end of a long text, a tag, the author.
    if !is_shown_same {
        keep_revision(story, before);
    }
    Seen::Revised
}

/// The names of now are what the entry is known by from now on: a feed may give the same entry another guid.
fn adopt_names(known: &mut Sighting, now: &Sighting) {
    if known.names != now.names && !now.names.is_empty() {
        known.names.clone_from(&now.names);
    }
    if known.matched != now.matched {
        known.matched.clone_from(&now.matched);
    }
}

fn keep_revision(story: &mut Story, before: Revision) {
    // A feed that turns between two texts makes no history.
    let is_known = story
        .revisions
        .iter()
        .any(|known| known.title == before.title && known.text == before.text);
    if !is_known {
        story.revisions.push(before);
        let over = story.revisions.len().saturating_sub(REVISIONS_MAX);
        story.revisions.drain(..over);
    }
}

/// An item, and what it is to those who were told of its story before.
struct News<'a> {
    item: &'a Item,
    update: Option<Update>,
    /// Who was told of the story, under which watch, before the item came.
    told: &'a [(String, String)],
}

impl<'a> News<'a> {
    fn of(item: &'a Item, before: Option<&'a Story>, story: &Story, seen: Seen) -> Self {
        let update = match seen {
            Seen::First | Seen::Unchanged => None,
            Seen::InAnotherFeed => Some(Update::Sighting),
            Seen::Revised => change_by(story, &item.sighting).map(Update::Revision),
        };
        let told = before.map_or(&[][..], |story| &story.told);
        Self { item, update, told }
    }

    fn is_update_for(&self, recipient: &str) -> bool {
        self.told.iter().any(|(told, _)| told == recipient)
    }
}

/// Adds what the watch's recipients have not been told of this story to `entries`.
fn tell(story: &mut Story, news: &News<'_>, found: &Match, entries: &mut Vec<DigestEntry>) {
    for (recipient, send) in &found.recipients {
        let pair = (recipient.clone(), found.watch.clone());
        if story.told.contains(&pair) {
            continue;
        }
        // Nobody was told of a baseline: another feed may still bring the story as news.
        if !news.item.is_mailable {
            continue;
        }
        story.told.push(pair);
        for kind in kinds(*send) {
            add_entry(entries, entry(story.id, news, found, recipient, *kind));
        }
    }
}

fn kinds(send: Send) -> &'static [Kind] {
    match send {
        Send::Digest => &[Kind::Digest],
        Send::Alert => &[Kind::Alert],
        Send::Both => &[Kind::Alert, Kind::Digest],
    }
}

fn add_entry(entries: &mut Vec<DigestEntry>, new: DigestEntry) {
    match entries
        .iter_mut()
        .find(|entry| entry.recipient == new.recipient && entry.kind == new.kind)
    {
        Some(entry) => entry.absorb(new),
        None => entries.push(new),
    }
}

fn entry(story: StoryId, news: &News<'_>, found: &Match, recipient: &str, kind: Kind) -> DigestEntry {
    let sighting = &news.item.sighting;
    DigestEntry {
        recipient: recipient.to_owned(),
        kind,
        story,
        watches: vec![found.watch.clone()],
        title: snippet::cut(
            &sighting.title,
            &ranges(&found.spans, TextField::Title),
            TITLE_CHARS_MAX,
        ),
        link: sighting.link.clone(),
        outlet: sighting.feed_name.clone(),
        published: sighting.published,
        seen: sighting.seen,
        snippet: snippet::of_body(
            &news.item.body,
            &sighting.title,
            &ranges(&found.spans, TextField::Text),
            SNIPPET_CHARS_MAX,
        ),
        is_update: news.is_update_for(recipient),
        is_late: false,
        late_since: None,
        update: news.update.clone(),
        also_in: Vec::new(),
        language: sighting.language.clone(),
        original: None,
    }
}

/// What the sighting changed in what its feed said before; none where that was said before, too.
fn change_by(story: &Story, now: &Sighting) -> Option<Change> {
    let revision = story.revisions.last()?;
    let is_by_item = revision.feed == now.feed && revision.seen == now.seen;
    is_by_item.then(|| {
        Change::between(
            (&revision.title, &revision.text),
            (&now.title, prefix(&now.text, REVISION_TEXT_BYTES_MAX)),
        )
    })
}

fn ranges(spans: &[Span], field: TextField) -> Vec<Range<usize>> {
    spans
        .iter()
        .filter(|span| span.field == field)
        .map(|span| span.start..span.end)
        .collect()
}

#[cfg(test)]
mod tests;
