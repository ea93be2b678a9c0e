//! The page that both parts of a mail show: sections per watch, newest first, each story once.
//!
//! This is also what templates are given: a field that is renamed or removed breaks the templates of users.

use serde::Serialize;

use crate::digest::DigestEntry;
use crate::digest::render::Content;
use crate::digest::render::line::Line;
use crate::digest::render::line::line;
use crate::digest::render::notes::Note;
use crate::digest::render::notes::notes;
use crate::digest::render::one_line;
use crate::digest::render::room::NAME_CHARS_MAX;
use crate::digest::render::room::Room;
use crate::digest::render::wrap;
use crate::digest::words::Words;

/// Watches whose numbers stand in one line; the others are counted in the number of all.
const COUNTED_WATCHES_MAX: usize = 8;

/// Everything that a mail shows, in order.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Page {
    /// "en".
    pub(super) language: String,
    /// "ltr" or "rtl".
    pub(super) direction: &'static str,
    /// "digest" or "alert".
    pub(super) kind: &'static str,
    pub(super) subject: String,
    /// Day and time of the mail.
    pub(super) heading: String,
    /// "12 new · Putin 8 · Ukraina 4"; empty where there is nothing.
    pub(super) summary: String,
    /// What is said instead of stories; empty where there are some.
    pub(super) nothing: String,
    pub(super) sections: Vec<Section>,
    /// "and 12 more: Putin 12"; empty where all are shown.
    pub(super) more: String,
    pub(super) notes: Vec<Note>,
    /// How to stop, with the mailbox to write to between the two.
    pub(super) stop_before: String,
    pub(super) stop_address: String,
    pub(super) stop_after: String,
    /// kabar's own.
    pub(super) version: &'static str,
}

/// The stories of one watch.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Section {
    pub(super) watch: String,
    pub(super) stories: Vec<Line>,
}

/// Lays out the first stories that there is room for.
pub(super) fn page(content: &Content<'_>, words: &Words, subject: &str, room: Room) -> Page {
    let mut entries: Vec<&DigestEntry> = content.entries.iter().collect();
    let hidden = entries.split_off(room.stories.min(entries.len()));
    let names = watch_names(entries.iter().copied());
    let sections = names.iter().map(|name| Section {
        watch: one_line(name, NAME_CHARS_MAX),
        stories: of_watch(&entries, name)
            .map(|entry| line(entry, content, words, room))
            .collect(),
    });
    let (stop_before, stop_after) = words.stop.split_once("{address}").unwrap_or((&words.stop, ""));
    Page {
        language: content.recipient.language.clone(),
        direction: words.direction.as_str(),
        kind: content.kind.as_str(),
        subject: subject.to_owned(),
        heading: words.date(content.sealed, &content.recipient.timezone),
        summary: summary(content, words),
        nothing: nothing(content, words),
        sections: sections.collect(),
        more: more(&hidden, words),
        notes: notes(content, words),
        stop_before: stop_before.to_owned(),
        stop_address: content.unsubscribe.clone(),
        stop_after: stop_after.to_owned(),
        version: env!("CARGO_PKG_VERSION"),
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

fn of_watch<'a>(entries: &'a [&'a DigestEntry], watch: &'a str) -> impl Iterator<Item = &'a DigestEntry> {
    let is_here = move |entry: &&DigestEntry| entry.watches.first().is_some_and(|first| first == watch);
    entries.iter().copied().filter(is_here)
}

/// "Putin 8", for every watch.
fn counts(entries: &[&DigestEntry]) -> Vec<String> {
    let names = watch_names(entries.iter().copied());
    let count = |name: &String| {
        // Isolated: a number behind a name that is written from right to left would stand before it.
        let shown = wrap::isolated(&one_line(name, NAME_CHARS_MAX));
        format!("{shown} {}", of_watch(entries, name).count())
    };
    names.iter().take(COUNTED_WATCHES_MAX).map(count).collect()
}

fn summary(content: &Content<'_>, words: &Words) -> String {
    if content.entries.is_empty() {
        return String::new();
    }
    let number = Words::count(&words.new_one, &words.new_many, content.entries.len());
    let entries: Vec<&DigestEntry> = content.entries.iter().collect();
    let mut parts = vec![number];
    parts.extend(counts(&entries));
    parts.join(" · ")
}

fn more(hidden: &[&DigestEntry], words: &Words) -> String {
    if hidden.is_empty() {
        return String::new();
    }
    words
        .more_of
        .replace("{n}", &hidden.len().to_string())
        .replace("{names}", &counts(hidden).join(", "))
}

fn nothing(content: &Content<'_>, words: &Words) -> String {
    if !content.entries.is_empty() {
        return String::new();
    }
    words
        .nothing_long
        .replace("{n}", &content.feeds.to_string())
        .replace("{failing}", &content.troubles.len().to_string())
}
