//! The subject: what is inside, before anything else.

use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::digest::render::Content;
use crate::digest::render::layout::watch_names;
use crate::digest::render::one_line;
use crate::digest::words::Words;

/// Characters of a subject: what a phone's list shows, three times.
pub(super) const CHARS_MAX: usize = 120;
/// Up to two hours are counted in minutes.
const MINUTES_MAX: i64 = 120;
/// Characters of a watch's name in a subject.
const NAME_CHARS_MAX: usize = 40;

/// The title of a single story, else the number and the watches; a digest says its day.
pub(super) fn subject(content: &Content<'_>, words: &Words) -> String {
    let day = match content.kind {
        Kind::Digest => format!(" ({})", words.day(content.sealed, &content.recipient.timezone)),
        Kind::Alert => String::new(),
    };
    let room = CHARS_MAX - day.chars().count().min(CHARS_MAX / 2);
    let inside = match (content.kind, content.entries.as_slice()) {
        (_, []) => words.nothing.clone(),
        (Kind::Digest, [entry]) => format!("{}: {}", names(&entry.watches, NAME_CHARS_MAX), title(entry, words)),
        (Kind::Alert, [entry]) => {
            let names = names(&entry.watches, NAME_CHARS_MAX);
            format!("{}: {names}: {}", words.alert_one, title(entry, words))
        }
        (Kind::Digest, entries) => {
            let number = Words::count(&words.new_one, &words.new_many, entries.len());
            let watches = watch_names(entries.iter());
            let rest = room.saturating_sub(number.chars().count() + 2);
            format!("{number}: {}", names(&watches, rest))
        }
        (Kind::Alert, entries) => burst(content, entries, words),
    };
    let inside = one_line(&inside, room - 1);
    format!("{inside}{day}")
}

fn title<'a>(entry: &'a DigestEntry, words: &'a Words) -> &'a str {
    if entry.title.text.trim().is_empty() {
        &words.open_title
    } else {
        &entry.title.text
    }
}

/// "Putin: 41 stories in 10 min"; "in 9 h" in the morning after a quiet night.
fn burst(content: &Content<'_>, entries: &[DigestEntry], words: &Words) -> String {
    let watches = watch_names(entries.iter());
    let first_seen = entries.iter().map(|entry| entry.seen).min().unwrap_or(content.sealed);
    let seconds = content.sealed.duration_since(first_seen).as_secs().max(1);
    let minutes = (seconds + 59) / 60;
    let (pattern, hours) = if minutes <= MINUTES_MAX {
        (&words.alert_many, 0)
    } else {
        (&words.alert_hours, (minutes + 30) / 60)
    };
    pattern
        .replace("{names}", &names(&watches, NAME_CHARS_MAX))
        .replace("{n}", &entries.len().to_string())
        .replace("{minutes}", &minutes.to_string())
        .replace("{hours}", &hours.to_string())
}

/// As many of the names as there is room for, and the number of the others.
fn names(names: &[String], chars_max: usize) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        let name = one_line(name, NAME_CHARS_MAX);
        let rest = format!(" +{}", names.len() - index);
        let joined = if index == 0 { name } else { format!("{text}, {name}") };
        let is_last = index + 1 == names.len();
        let needed = joined.chars().count() + if is_last { 0 } else { rest.chars().count() };
        if index > 0 && needed > chars_max {
            return text + &rest;
        }
        text = joined;
    }
    text
}
