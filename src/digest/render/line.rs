//! One story of a mail.

use jiff::SignedDuration;
use serde::Serialize;
use url::Url;

use crate::digest::AlsoIn;
use crate::digest::Change;
use crate::digest::DigestEntry;
use crate::digest::Snippet;
use crate::digest::Update;
use crate::digest::render::Content;
use crate::digest::render::one_line;
use crate::digest::render::room::NAME_CHARS_MAX;
use crate::digest::render::room::Room;
use crate::digest::snippet;
use crate::digest::words::Words;

/// Characters of a title; those made at intake are shorter.
const TITLE_CHARS_MAX: usize = 300;
/// Characters of a remark.
const REMARK_CHARS_MAX: usize = 300;
/// Characters of a passage that changed: two of them and the words around them are one remark.
const PASSAGE_CHARS_MAX: usize = 120;
/// Bytes of a link that is shown; longer ones are no addresses of stories.
const LINK_BYTES_MAX: usize = 2048;
/// The longest language tag that programs must keep (RFC 5646 section 4.4.1).
const LANGUAGE_CHARS_MAX: usize = 35;
/// Half a year: up to then "17 Feb" can only be the last one.
const YEAR_SHOWN_AFTER: SignedDuration = SignedDuration::from_hours(24 * 182);
/// Other places named below one story.
const PLACES_MAX: usize = 8;

/// One story.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    /// Of title and snippet; empty where it is unknown, or the mail's own.
    pub(super) language: String,
    pub(super) title: Vec<Part>,
    /// The title without highlights.
    pub(super) title_text: String,
    /// Empty where there is no link that can be clicked safely.
    pub(super) link: String,
    pub(super) outlet: String,
    /// Where the link leads, unless the outlet says it; empty where there is no link.
    pub(super) host: String,
    /// Local time.
    pub(super) time: String,
    pub(super) snippet: Vec<Part>,
    /// The snippet with highlights between asterisks.
    pub(super) snippet_text: String,
    /// "also found by", what an update brings, "late".
    pub(super) remarks: Vec<String>,
    /// "also in ...", "original: ...".
    pub(super) elsewhere: Vec<Elsewhere>,
}

/// A run of text that matched, or did not.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) is_match: bool,
}

/// Other places where the news stands, between the words around their names.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Elsewhere {
    pub(super) before: String,
    pub(super) places: Vec<Place>,
    pub(super) after: String,
}

/// Another place.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Place {
    pub(super) outlet: String,
    /// Empty where there is no link that can be clicked safely.
    pub(super) link: String,
}

pub(super) fn line(entry: &DigestEntry, content: &Content<'_>, words: &Words, room: Room) -> Line {
    let url = entry.link.as_deref().and_then(clickable);
    let outlet = named(&entry.outlet);
    let host = url.as_ref().and_then(shown_host).filter(|host| *host != outlet);
    let title = titled(entry, words);
    let chars = if title.highlights.is_empty() {
        room.snippet_chars
    } else {
        room.further_chars
    };
    let snippet = match chars {
        0 => Snippet::default(),
        chars => snippet::cut(&entry.snippet.text, &entry.snippet.highlights, chars),
    };
    let is_repeated = snippet.text.is_empty() || title.text.starts_with(snippet.text.trim_end_matches('…'));
    let snippet = if is_repeated { Snippet::default() } else { snippet };
    Line {
        language: foreign_language(entry, content).unwrap_or_default().to_owned(),
        title: parts(&title),
        title_text: title.text,
        link: url.map(String::from).unwrap_or_default(),
        outlet,
        host: host.unwrap_or_default(),
        time: time(entry, content, words),
        snippet: parts(&snippet),
        snippet_text: starred(&snippet),
        remarks: remarks(entry, words),
        elsewhere: elsewhere(entry, words),
    }
}

/// The entry's language, where it is a tag (RFC 5646 section 2.1) and another than the mail's.
fn foreign_language<'a>(entry: &'a DigestEntry, content: &Content<'_>) -> Option<&'a str> {
    let tag = entry.language.as_deref()?;
    let is_tag = (2..=LANGUAGE_CHARS_MAX).contains(&tag.len())
        && tag
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    (is_tag && primary(tag) != primary(&content.recipient.language)).then_some(tag)
}

/// A feed's name without what it hangs on its end: "Rest of World -".
fn named(outlet: &str) -> String {
    let is_separator = |c: char| c.is_whitespace() || "-–—|:·»".contains(c);
    one_line(outlet.trim_matches(is_separator), NAME_CHARS_MAX)
}

/// Local time, with the year where the story is old.
fn time(entry: &DigestEntry, content: &Content<'_>, words: &Words) -> String {
    let (at, zone) = (entry.newness(), &content.recipient.timezone);
    if content.sealed.duration_since(at) > YEAR_SHOWN_AFTER {
        words.date(at, zone)
    } else {
        words.moment(at, zone)
    }
}

fn titled(entry: &DigestEntry, words: &Words) -> Snippet {
    let title = snippet::cut(&entry.title.text, &entry.title.highlights, TITLE_CHARS_MAX);
    if !title.text.trim().is_empty() {
        return title;
    }
    Snippet {
        text: words.open_title.clone(),
        highlights: Vec::new(),
    }
}

fn remarks(entry: &DigestEntry, words: &Words) -> Vec<String> {
    let mut remarks = Vec::new();
    if let [_, others @ ..] = entry.watches.as_slice()
        && !others.is_empty()
    {
        remarks.push(words.also_watch.replace("{names}", &others.join(", ")));
    }
    match &entry.update {
        Some(Update::Revision(change)) => remarks.push(changed(change, words)),
        Some(Update::Sighting) if entry.is_update => {
            remarks.push(words.updated_sighting.replace("{names}", &entry.outlet));
        }
        None if entry.is_update => remarks.push(words.update.clone()),
        Some(Update::Sighting) | None => {}
    }
    if entry.is_late {
        remarks.push(words.late.clone());
    }
    remarks
        .iter()
        .map(|remark| one_line(remark, REMARK_CHARS_MAX))
        .collect()
}

/// The title before where it is another now, else the words that came, went or stand where others stood.
fn changed(change: &Change, words: &Words) -> String {
    if let Some(title) = &change.title_before {
        return words.updated_title.replace("{title}", title);
    }
    let passage = |text: &str| one_line(text, PASSAGE_CHARS_MAX);
    match (change.text_before.as_str(), change.text_after.as_str()) {
        ("", "") => words.updated_text.clone(),
        ("", after) => words.updated_added.replace("{after}", &passage(after)),
        (before, "") => words.updated_removed.replace("{before}", &passage(before)),
        (before, after) => {
            // Each side of the first passage by itself: what a feed says is no place to fill in.
            let parts: Vec<String> = words
                .updated_passage
                .split("{before}")
                .map(|part| part.replace("{after}", &passage(after)))
                .collect();
            parts.join(&passage(before))
        }
    }
}

fn elsewhere(entry: &DigestEntry, words: &Words) -> Vec<Elsewhere> {
    let place = |also: &AlsoIn| Place {
        outlet: named(&also.outlet),
        link: also
            .link
            .as_deref()
            .and_then(clickable)
            .map(String::from)
            .unwrap_or_default(),
    };
    let group = |words: &str, places: Vec<Place>| {
        let (before, after) = words.split_once("{names}").unwrap_or((words, ""));
        Elsewhere {
            before: before.to_owned(),
            places,
            after: after.to_owned(),
        }
    };
    let mut also: Vec<Place> = entry.also_in.iter().take(PLACES_MAX).map(place).collect();
    let hidden = entry.also_in.len() - also.len();
    if hidden > 0 {
        also.push(Place {
            outlet: words.more.replace("{n}", &hidden.to_string()),
            link: String::new(),
        });
    }
    let original = entry.original.iter().map(place).collect();
    [(words.original.as_str(), original), (words.also_in.as_str(), also)]
        .into_iter()
        .filter(|(_, places): &(&str, Vec<Place>)| !places.is_empty())
        .map(|(words, places)| group(words, places))
        .collect()
}

/// The address if it is safe to click and short enough to be one.
fn clickable(link: &str) -> Option<Url> {
    let url = Url::parse(link)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    (url.as_str().len() <= LINK_BYTES_MAX && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// The host as the address bar shows it: letters of other scripts stay spelled in ASCII, so that none pass for Latin ones.
fn shown_host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(one_line(host.strip_prefix("www.").unwrap_or(host), NAME_CHARS_MAX))
}

/// The text cut at the edges of its highlights.
fn parts(snippet: &Snippet) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut end = 0;
    let mut push = |text: Option<&str>, is_match| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            parts.push(Part {
                text: text.to_owned(),
                is_match,
            });
        }
    };
    for range in &snippet.highlights {
        push(snippet.text.get(end..range.start), false);
        push(snippet.text.get(range.clone()), true);
        end = range.end;
    }
    push(snippet.text.get(end..), false);
    parts
}

/// The text with asterisks around what matched.
fn starred(snippet: &Snippet) -> String {
    let part = |part: Part| {
        if part.is_match {
            format!("*{}*", part.text)
        } else {
            part.text
        }
    };
    parts(snippet).into_iter().map(part).collect()
}
