//! How an item joins the story that is known for it, and who is to hear of it.
//!
//! The only place that decides "new", "seen again" and "told already"; every store engine calls it.

use std::ops::Range;

use jiff::Timestamp;

use crate::dedup::Item;
use crate::dedup::Match;
use crate::dedup::Sighting;
use crate::dedup::Span;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::dedup::TextField;
use crate::digest::Change;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::digest::snippet;
use crate::intake::PollRecord;
use crate::watch::Send;

/// Sightings kept of one story. The widest syndication measured in the corpus is under 20 feeds; more say nothing new.
const SIGHTINGS_MAX: usize = 64;
/// Aliases kept in one story's record; the store's alias index is not limited by it.
const ALIASES_MAX: usize = 256;
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
    for alias in &item.aliases {
        if story.aliases.len() < ALIASES_MAX && !story.aliases.contains(alias) {
            story.aliases.push(alias.clone());
        }
    }
    let news = News::of(before.as_ref(), seen, &item.sighting);
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
        tell(&mut story, item, found, &news, &mut entries);
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

/// The feed's state as it is stored after its items were merged: counts, and whether stories may have been missed.
pub fn settle(record: &PollRecord, stories_new: usize, now: Timestamp) -> crate::feed::FeedState {
    let mut state = record.state.clone();
    state.stories += u64::try_from(stories_new).unwrap_or(u64::MAX);
    if !record.items.is_empty() {
        let all_are_new = record.items.len() >= GAP_ITEMS_MIN && stories_new == record.items.len();
        state.possible_gap = (all_are_new && !record.is_baseline).then_some(now);
    }
    state
}

fn new_story(item: &Item, now: Timestamp) -> Story {
    Story {
        id: StoryId::new(now, &item.source.key),
        source: item.source.clone(),
        aliases: Vec::new(),
        first_seen: now,
        sightings: vec![item.sighting.clone()],
        watches: Vec::new(),
        told: Vec::new(),
    }
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
    match story.sightings.iter_mut().find(|known| known.feed == sighting.feed) {
        Some(known) if known.title == sighting.title && known.text == sighting.text => Seen::Unchanged,
        Some(known) => {
            // A revision replaces title and text; when we saw it first stays.
            *known = Sighting {
                seen: known.seen,
                ..sighting.clone()
            };
            Seen::Revised
        }
        None if has_room => {
            story.sightings.push(sighting.clone());
            Seen::InAnotherFeed
        }
        // One more feed than is remembered: its text is matched all the same.
        None => Seen::Revised,
    }
}

/// What the item is to somebody who was told of its story.
struct News {
    is_first: bool,
    change: Option<Change>,
}

impl News {
    fn of(before: Option<&Story>, seen: Seen, sighting: &Sighting) -> Self {
        let known = before.and_then(|story| story.sightings.iter().find(|known| known.feed == sighting.feed));
        let change = match (seen, known) {
            (Seen::InAnotherFeed, _) => Some(Change::Sighting),
            (Seen::Revised, Some(known)) if known.title != sighting.title => Some(Change::Title {
                before: snippet::cut(&known.title, &[], TITLE_CHARS_MAX).text,
            }),
            (Seen::Revised, Some(_)) => Some(Change::Text),
            (Seen::First | Seen::Unchanged | Seen::Revised, _) => None,
        };
        Self {
            is_first: seen == Seen::First,
            change,
        }
    }
}

/// Adds what the watch's recipients have not been told of this story to `entries`.
fn tell(story: &mut Story, item: &Item, found: &Match, news: &News, entries: &mut Vec<DigestEntry>) {
    for recipient in &found.recipients {
        let pair = (recipient.clone(), found.watch.clone());
        if story.told.contains(&pair) {
            continue;
        }
        let was_told_before = !news.is_first && story.told.iter().any(|(who, _)| who == recipient);
        // Nobody was told of a baseline: another feed may still bring the story as news.
        if !item.is_mailable {
            continue;
        }
        story.told.push(pair);
        for kind in kinds(found.send) {
            let change = news.change.clone().filter(|_| was_told_before);
            let entry = entry(story.id, item, found, recipient, *kind);
            let told = DigestEntry {
                is_update: was_told_before,
                change,
                ..entry
            };
            add_entry(entries, told);
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

fn entry(story: StoryId, item: &Item, found: &Match, recipient: &str, kind: Kind) -> DigestEntry {
    let sighting = &item.sighting;
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
            &item.body,
            &sighting.title,
            &ranges(&found.spans, TextField::Text),
            SNIPPET_CHARS_MAX,
        ),
        is_update: false,
        is_late: false,
        change: None,
        also_in: Vec::new(),
        language: sighting.language.clone(),
        original: None,
    }
}

fn ranges(spans: &[Span], field: TextField) -> Vec<Range<usize>> {
    spans
        .iter()
        .filter(|span| span.field == field)
        .map(|span| span.start..span.end)
        .collect()
}
