//! The page that both parts of a mail show: sections per watch, newest first, each story once.

use serde::Serialize;
use url::Url;

use crate::digest::AlsoIn;
use crate::digest::DigestEntry;
use crate::digest::Snippet;
use crate::digest::render::Content;
use crate::digest::render::Trouble;
use crate::digest::snippet;
use crate::digest::words::Words;

/// Characters of a name: feeds call themselves long things.
const NAME_CHARS_MAX: usize = 80;
/// Characters of a failure in the footer.
const REASON_CHARS_MAX: usize = 200;
/// Characters of a title and of a snippet; those made at intake are shorter.
const TITLE_CHARS_MAX: usize = 300;
const SNIPPET_CHARS_MAX: usize = 400;
/// Bytes of a link that is shown; longer ones are no addresses of stories.
const LINK_BYTES_MAX: usize = 2048;
/// Lines of one list in the footer.
const FOOTER_LINES_MAX: usize = 20;

/// Everything that a mail shows, in order.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Page {
    pub(super) language: String,
    pub(super) subject: String,
    pub(super) heading: String,
    /// What is said instead of stories; empty where there are some.
    pub(super) nothing: String,
    pub(super) sections: Vec<Section>,
    /// "and 12 more"; empty where all are shown.
    pub(super) more: String,
    pub(super) notes: Vec<Note>,
    pub(super) stop: String,
}

/// The stories of one watch.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Section {
    pub(super) watch: String,
    pub(super) stories: Vec<Line>,
}

/// One story.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) title: Vec<Part>,
    /// Empty where there is no link that can be clicked safely.
    pub(super) link: String,
    /// Outlet, host of the link, local time.
    pub(super) origin: String,
    pub(super) snippet: Vec<Part>,
    /// "also in", "also found by", "late".
    pub(super) remarks: Vec<String>,
}

/// A run of text that matched, or did not.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) is_match: bool,
}

/// A list in the footer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Note {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

/// Lays out the newest `shown_max` stories.
pub(super) fn page(content: &Content<'_>, words: &Words, subject: &str, shown_max: usize) -> Page {
    let mut entries: Vec<&(DigestEntry, Vec<AlsoIn>)> = content.entries.iter().collect();
    entries.sort_by_key(|(entry, _)| {
        std::cmp::Reverse((entry.published.unwrap_or(entry.seen).min(entry.seen), entry.story))
    });
    let hidden = entries.len().saturating_sub(shown_max);
    entries.truncate(shown_max);
    let names = watch_names(entries.iter().map(|(entry, _)| entry));
    let sections = names
        .iter()
        .map(|name| section(name, &entries, content, words))
        .collect();
    Page {
        language: content.recipient.language.clone(),
        subject: subject.to_owned(),
        heading: words.moment(content.sealed, &content.recipient.timezone),
        nothing: if content.entries.is_empty() {
            words.nothing_long.clone()
        } else {
            String::new()
        },
        sections,
        more: if hidden == 0 {
            String::new()
        } else {
            words.more.replace("{n}", &hidden.to_string())
        },
        notes: notes(content, words),
        stop: words.stop.replace("{address}", &content.unsubscribe),
    }
}

/// The names of the watches under which stories stand, in the order of their first story.
pub(super) fn watch_names<'a>(entries: impl Iterator<Item = &'a DigestEntry>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in entries.filter_map(|entry| entry.watches.first()) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// One line of at most `chars_max` characters: control characters and bidi overrides go.
pub(super) fn one_line(text: &str, chars_max: usize) -> String {
    crate::digest::snippet::cut(text, &[], chars_max).text
}

fn section(watch: &str, entries: &[&(DigestEntry, Vec<AlsoIn>)], content: &Content<'_>, words: &Words) -> Section {
    let is_here = |entry: &DigestEntry| entry.watches.first().is_some_and(|first| first == watch);
    let stories = entries.iter().filter(|(entry, _)| is_here(entry));
    Section {
        watch: one_line(watch, NAME_CHARS_MAX),
        stories: stories
            .map(|(entry, also_in)| line(entry, also_in, content, words))
            .collect(),
    }
}

fn line(entry: &DigestEntry, also_in: &[AlsoIn], content: &Content<'_>, words: &Words) -> Line {
    let url = entry.link.as_deref().and_then(clickable);
    let host = url
        .as_ref()
        .and_then(|url| url.host_str())
        .map(|host| host.trim_start_matches("www.").to_owned());
    let time = words.moment(
        entry.published.unwrap_or(entry.seen).min(entry.seen),
        &content.recipient.timezone,
    );
    let outlet = one_line(&entry.outlet, NAME_CHARS_MAX);
    let origin: Vec<String> = [Some(outlet.clone()), host.filter(|host| *host != outlet), Some(time)]
        .into_iter()
        .flatten()
        .collect();
    let title = if entry.title.text.trim().is_empty() {
        vec![Part {
            text: words.open_title.clone(),
            is_match: false,
        }]
    } else {
        parts(&entry.title, TITLE_CHARS_MAX)
    };
    Line {
        title,
        link: url.map(String::from).unwrap_or_default(),
        origin: origin.join(" · "),
        snippet: if entry.snippet.text == entry.title.text {
            Vec::new()
        } else {
            parts(&entry.snippet, SNIPPET_CHARS_MAX)
        },
        remarks: remarks(entry, also_in, words),
    }
}

fn remarks(entry: &DigestEntry, also_in: &[AlsoIn], words: &Words) -> Vec<String> {
    let mut remarks = Vec::new();
    if entry.watches.len() > 1 {
        remarks.push(
            words
                .also_watch
                .replace("{names}", &one_line(&entry.watches[1..].join(", "), NAME_CHARS_MAX)),
        );
    }
    if !also_in.is_empty() {
        let names: Vec<String> = also_in
            .iter()
            .map(|also| one_line(&also.outlet, NAME_CHARS_MAX))
            .collect();
        remarks.push(words.also_in.replace("{names}", &names.join(", ")));
    }
    if entry.is_update {
        remarks.push(words.update.clone());
    }
    if entry.is_late {
        remarks.push(words.late.clone());
    }
    remarks
}

/// The address if it is safe to click and short enough to be one.
fn clickable(link: &str) -> Option<Url> {
    let url = Url::parse(link)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    (url.as_str().len() <= LINK_BYTES_MAX && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// The text cut at the edges of its highlights; once more cleaned and bounded, whoever made the snippet.
fn parts(snippet: &Snippet, chars_max: usize) -> Vec<Part> {
    let snippet = snippet::cut(&snippet.text, &snippet.highlights, chars_max);
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

fn notes(content: &Content<'_>, words: &Words) -> Vec<Note> {
    let trouble = |trouble: &Trouble| {
        let zone = &content.recipient.timezone;
        let since = trouble.since.map_or_else(
            || words.never.clone(),
            |since| words.since.replace("{time}", &words.moment(since, zone)),
        );
        let name = one_line(&trouble.feed, NAME_CHARS_MAX);
        format!("{name} ({since}): {}", one_line(&trouble.reason, REASON_CHARS_MAX))
    };
    let lines = |lines: &[String]| lines.iter().map(|line| one_line(line, REASON_CHARS_MAX)).collect();
    let notes = [
        (
            &words.troubles,
            content.troubles.iter().map(trouble).collect::<Vec<String>>(),
        ),
        (&words.gaps, lines(&content.gaps)),
        (&words.refused, lines(&content.refused)),
    ];
    let note = |(title, mut lines): (&String, Vec<String>)| {
        let hidden = lines.len().saturating_sub(FOOTER_LINES_MAX);
        lines.truncate(FOOTER_LINES_MAX);
        if hidden > 0 {
            lines.push(words.more.replace("{n}", &hidden.to_string()));
        }
        Note {
            title: title.clone(),
            lines,
        }
    };
    notes
        .into_iter()
        .map(note)
        .filter(|note| !note.lines.is_empty())
        .collect()
}
