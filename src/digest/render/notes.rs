//! The footer: what does not work.

use serde::Serialize;

use crate::digest::render::Content;
use crate::digest::render::Trouble;
use crate::digest::render::layout::NAME_CHARS_MAX;
use crate::digest::render::one_line;
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
    let troubles = content.troubles.iter().map(|trouble| in_words(trouble, content, words));
    let zone = &content.recipient.timezone;
    let waiting = content.waiting.iter().map(|waiting| {
        let reason = one_line(&waiting.reason, REASON_CHARS_MAX);
        format!("{}: {reason}", words.moment(waiting.sealed, zone))
    });
    [
        (&words.troubles, troubles.collect()),
        (&words.gaps, lines(&content.gaps)),
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
    let name = one_line(&trouble.feed, NAME_CHARS_MAX);
    format!("{name} ({since}): {}", one_line(&trouble.reason, REASON_CHARS_MAX))
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
