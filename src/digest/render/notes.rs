//! The footer: what does not work.
//!
//! Its reader gets it every day: what is new is told in full, what an earlier mail told of is one line.

use serde::Serialize;

use crate::digest::render::Content;
use crate::digest::render::Trouble;
use crate::digest::render::one_line;
use crate::digest::render::room::NAME_CHARS_MAX;
use crate::digest::words::Words;

/// Characters of a failure.
const REASON_CHARS_MAX: usize = 200;
/// Lines of one list: a footer is short, and `kabar status` has the rest.
const LINES_MAX: usize = 5;

/// A list in the footer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Note {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

/// The lists that have something to say.
pub(super) fn notes(content: &Content<'_>, words: &Words) -> Vec<Note> {
    let lines = |lines: &[String]| lines.iter().map(|line| one_line(line, REASON_CHARS_MAX)).collect();
    let (told, new): (Vec<&Trouble>, Vec<&Trouble>) = content.troubles.iter().partition(|trouble| trouble.is_told);
    let troubles = new.into_iter().map(|trouble| in_words(trouble, content, words));
    let told = told.into_iter().map(|trouble| name(&trouble.feed));
    let slow = content.slow.iter().map(|slow| {
        let seconds = slow.answer_time.as_secs().max(1);
        format!("{} ({seconds} s)", name(&slow.feed))
    });
    let zone = &content.recipient.timezone;
    let waiting = content.waiting.iter().map(|waiting| {
        let reason = one_line(&waiting.reason, REASON_CHARS_MAX);
        format!("{}: {reason}", words.moment(waiting.sealed, zone))
    });
    [
        (&words.troubles, troubles.collect()),
        (&words.still, in_one_line(told, words)),
        (
            &words.gaps,
            in_one_line(content.gaps.iter().map(|feed| name(feed)), words),
        ),
        (&words.slow, in_one_line(slow, words)),
        (&words.refused, lines(&content.refused)),
        (&words.waiting, waiting.collect()),
    ]
    .into_iter()
    .filter(|(_, lines): &(&String, Vec<String>)| !lines.is_empty())
    .map(|(title, lines)| note(title, lines, words))
    .collect()
}

fn in_words(trouble: &Trouble, content: &Content<'_>, words: &Words) -> String {
    let since = trouble.since.map_or_else(
        || words.never.clone(),
        |since| {
            words
                .since
                .replace("{time}", &words.moment(since, &content.recipient.timezone))
        },
    );
    let reason = one_line(&trouble.reason, REASON_CHARS_MAX);
    format!("{} ({since}): {reason}", name(&trouble.feed))
}

fn name(feed: &str) -> String {
    one_line(feed, NAME_CHARS_MAX)
}

/// A list of one line: the first of `parts`, and how many more there are; empty where there are none.
fn in_one_line(parts: impl Iterator<Item = String>, words: &Words) -> Vec<String> {
    let mut parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return parts;
    }
    let hidden = parts.len().saturating_sub(LINES_MAX);
    parts.truncate(LINES_MAX);
    let mut line = parts.join(", ");
    if hidden > 0 {
        line = format!("{line} {}", words.more.replace("{n}", &hidden.to_string()));
    }
    vec![line]
}

fn note(title: &str, mut lines: Vec<String>, words: &Words) -> Note {
    let hidden = lines.len().saturating_sub(LINES_MAX);
    lines.truncate(LINES_MAX);
    if hidden > 0 {
        lines.push(words.more.replace("{n}", &hidden.to_string()));
    }
    Note {
        title: title.to_owned(),
        lines,
    }
}
