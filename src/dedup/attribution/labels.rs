//! Labels before an address: listed ones, and those made of known words ("Link sumber berita", "Read the full story", "本文来源").
//!
//! Owns what such a label is made of. Never looks at addresses, and takes no label with a word that it does not know:
//! "Sumber daya" is no source.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::dedup::attribution::NOISE_CHARS_MAX;
use crate::dedup::attribution::PUBLISHER_WORDS_MAX;
use crate::dedup::attribution::blocks::LINK_END;
use crate::dedup::attribution::blocks::LINK_START;
use crate::dedup::attribution::lexicon::is_apostrophe;
use crate::dedup::attribution::lexicon::labels_from;
use crate::dedup::attribution::lexicon::strip_folded;
use crate::dedup::rule_lines::lines;

/// Words of one label: "read the full story here at" has six.
const WORDS_MAX: usize = 8;
/// Characters of the longest word of the list.
const WORD_CHARS_MAX: usize = 24;

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Source,
    Taken,
    Read,
    Onward,
    Whole,
    Text,
    /// The original text in one word.
    Original,
    First,
    Appeared,
    Place,
    Filler,
    Not,
}

/// What a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    /// A source, which may be anything's: it counts at the beginning of a line.
    Source,
    /// The source of the text.
    TextSource,
    /// The original text, the whole of it, or the place where it appeared first.
    Original,
}

/// The label of `line`, listed or made of known words, and what stands behind it.
pub(super) fn any_label(line: &str) -> Option<(Label, &str)> {
    let first = line.chars().next()?;
    let made = made_label(line);
    let mut listed = labels_from(first).iter().filter_map(|label| {
        let rest = strip_folded(line, &label.text)?;
        let behind_name = || behind_publisher(rest).filter(|_| label.takes_name);
        let rest = Some(rest).filter(|rest| is_delimited(rest)).or_else(behind_name)?;
        // What a publisher's name may follow says that the text was his.
        let label = if label.takes_name {
            Label::TextSource
        } else {
            Label::Source
        };
        Some((made.as_ref().map_or(label, |made| label.max(made.label)), rest))
    });
    listed.next().or_else(|| {
        let made = made.as_ref()?;
        let behind_name = || behind_publisher(made.rest).filter(|_| made.takes_name());
        let rest = Some(made.rest).filter(|rest| is_delimited(rest)).or_else(behind_name)?;
        Some((made.label, rest))
    })
}

/// The rest of `line` behind its label.
pub(super) fn rest_after_any_label(line: &str) -> Option<&str> {
    any_label(line).map(|(_, rest)| rest)
}

/// "Dikutip dari Kompas.com: https://...": what stands behind the publisher's name.
fn behind_publisher(rest: &str) -> Option<&str> {
    let end = rest.find([':', '：', '(', LINK_START]).or_else(|| rest.find("http"))?;
    let (name, behind) = rest.split_at(end);
    (name.starts_with(' ') && is_publisher(name)).then_some(behind)
}

/// Whether `name` looks like a publisher's: few words with a capital, or a domain.
fn is_publisher(name: &str) -> bool {
    let name = name.trim();
    let is_domain = name.contains('.') && !name.contains(' ');
    name.split_whitespace().count() <= PUBLISHER_WORDS_MAX
        && !name.ends_with(['.', '!', '?'])
        && (is_domain || name.starts_with(|c: char| !c.is_lowercase()))
}

/// Whether `text`, the words of a link, is a label, alone or with the publisher's name: "Read the original on Kompas.com".
pub(super) fn is_label_of_original(text: &str) -> bool {
    let line = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    made_label(line).is_some_and(|made| {
        let name = made.rest.trim_matches(|c: char| !c.is_alphanumeric());
        made.label == Label::Original && (name.is_empty() || is_publisher(name) || made.is_whole && is_short(made.rest))
    })
}

fn is_short(rest: &str) -> bool {
    rest.chars().count() < NOISE_CHARS_MAX
}

/// Whether `text` says that something appeared first somewhere, in any order of words.
pub(super) fn says_appeared_first(text: &str) -> bool {
    has_word(text, |kind| matches!(kind, Kind::First | Kind::Appeared))
}

/// Whether `text` speaks of a text of news: "This article was first published", not "The novel was first published".
pub(super) fn speaks_of_text(text: &str) -> bool {
    has_word(text, |kind| {
        matches!(kind, Kind::Text | Kind::Original | Kind::Source | Kind::Taken)
    })
}

fn has_word(text: &str, is_meant: fn(Kind) -> bool) -> bool {
    let mut before = ' ';
    text.char_indices().any(|(at, c)| {
        let is_start = c.is_alphanumeric() && (!before.is_alphanumeric() || !has_spaces(c));
        before = c;
        is_start && word_at(&text[at..]).is_some_and(|(kind, _)| is_meant(kind))
    })
}

/// Whether a delimiter, a link or an address stands at the start of `rest`.
fn is_delimited(rest: &str) -> bool {
    let next = rest.trim_start_matches(|c: char| c.is_whitespace() || c == LINK_END);
    // "Original-Artikel" is one word.
    let is_hyphen = rest.starts_with('-') && rest[1..].starts_with(char::is_alphanumeric);
    if is_hyphen {
        return false;
    }
    // "Original 👉 https://...": signs that point.
    let next = next.trim_start_matches(|c: char| c.is_whitespace() || is_sign(c));
    next.is_empty()
        || next.starts_with([
            ':', '：', '-', '–', '—', '|', '→', '»', '>', '(', '（', ')', '）', '[', ']', '】', '/', '=', '﹕', '.',
            '…', LINK_START,
        ])
        || next.starts_with("http://")
        || next.starts_with("https://")
        || next.starts_with("www.")
}

/// Arrows, symbols, emoji and what modifies them.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}')
}

/// A label made of known words.
struct MadeLabel<'a> {
    label: Label,
    /// What stands behind it.
    rest: &'a str,
    /// Whether it says that there is an original, or a whole.
    is_whole: bool,
    ends_at_place: bool,
}

impl MadeLabel<'_> {
    /// "Read the full story at" a publisher's, "Kutipan dari" him.
    fn takes_name(&self) -> bool {
        self.label != Label::Source && self.ends_at_place
    }
}

/// The label at the start of `line`.
fn made_label(line: &str) -> Option<MadeLabel<'_>> {
    let mut kinds = Vec::new();
    let mut rest = line;
    while kinds.len() < WORDS_MAX {
        // "Original-Artikel", "to read the full story, visit": between words, and not before the first.
        let between: &[char] = if kinds.is_empty() {
            &[' ', '\u{a0}']
        } else {
            &[' ', '\u{a0}', '-', ',']
        };
        let Some((kind, behind)) = word_at(rest.trim_start_matches(between)) else {
            break;
        };
        if kind == Kind::Not {
            return None;
        }
        kinds.push(kind);
        rest = behind;
    }
    let has = |kind| kinds.contains(&kind);
    // "Continua llegint a": what reads on says little besides where.
    let ends_at_place = kinds
        .last()
        .is_some_and(|last| *last == Kind::Place || *last == Kind::Filler && has(Kind::Onward));
    let label = if has(Kind::Taken) || has(Kind::Source) && has(Kind::Text) {
        Label::TextSource
    } else if has(Kind::Source) {
        Label::Source
    } else if has(Kind::Original)
        || has(Kind::Whole) && (has(Kind::Read) || has(Kind::Onward) || has(Kind::Text) || has(Kind::Appeared))
        || has(Kind::Appeared) && (has(Kind::First) || has(Kind::Text))
        // "Continue reading" alone may lead to another story.
        || has(Kind::Onward) && (has(Kind::Text) || ends_at_place)
    {
        Label::Original
    } else {
        return None;
    };
    Some(MadeLabel {
        label,
        rest,
        is_whole: has(Kind::Whole) || has(Kind::Original),
        ends_at_place,
    })
}

/// The longest known word at the start of `text`.
fn word_at(text: &str) -> Option<(Kind, &str)> {
    let mut lower = String::new();
    // Ends of prefixes: in `text`, and in its lower-case form.
    let mut ends = Vec::with_capacity(WORD_CHARS_MAX);
    for (at, c) in text.char_indices().take(WORD_CHARS_MAX) {
        lower.extend(c.to_lowercase().map(|c| if is_apostrophe(c) { '\'' } else { c }));
        ends.push((at + c.len_utf8(), lower.len(), c));
    }
    ends.into_iter().rev().find_map(|(end, lower_end, last)| {
        let rest = &text[end..];
        // "l'article": an elided article ends at its apostrophe.
        let is_whole = !rest.starts_with(char::is_alphanumeric) || !has_spaces(last) || is_apostrophe(last);
        if !is_whole && !rest.starts_with("http") {
            return None;
        }
        let kind = words().get(lower.get(..lower_end)?)?;
        Some((*kind, rest))
    })
}

/// Whether the script of `c` puts spaces between words.
fn has_spaces(c: char) -> bool {
    !matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}')
}

fn words() -> &'static HashMap<String, Kind> {
    static WORDS: OnceLock<HashMap<String, Kind>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut words = HashMap::new();
        for line in lines(include_str!("../rules/label_words.txt")) {
            let mut parts = line.split_whitespace();
            let Some(kind) = parts.next().and_then(kind_named) else {
                continue;
            };
            for word in parts {
                // A word of two languages keeps its stronger meaning.
                let known = words.entry(word.replace('_', " ")).or_insert(kind);
                if matches!(kind, Kind::Source | Kind::Taken | Kind::Not) {
                    *known = kind;
                }
            }
        }
        words
    })
}

fn kind_named(name: &str) -> Option<Kind> {
    Some(match name {
        "source" => Kind::Source,
        "taken" => Kind::Taken,
        "read" => Kind::Read,
        "onward" => Kind::Onward,
        "whole" => Kind::Whole,
        "text" => Kind::Text,
        "original" => Kind::Original,
        "first" => Kind::First,
        "appeared" => Kind::Appeared,
        "place" => Kind::Place,
        "filler" => Kind::Filler,
        "not" => Kind::Not,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_made_of_known_words_only() {
        for (line, expected) in [
            ("Link sumber: x", Some((Label::TextSource, ": x"))),
            ("Fonte da notícia: x", Some((Label::TextSource, ": x"))),
            ("Source de l’article : x", Some((Label::TextSource, " : x"))),
            ("本文来源：x", Some((Label::Source, "：x"))),
            ("Read the full story at Origin", Some((Label::Original, " Origin"))),
            ("Bài viết gốc: x", Some((Label::Original, ": x"))),
            ("Sumber daya alam: x", None),
            ("Nguồn gốc: x", None),
            ("Read more: x", None),
            ("The story of rice: x", None),
        ] {
            assert_eq!(made_label(line).map(|made| (made.label, made.rest)), expected, "{line}");
        }
    }
}
