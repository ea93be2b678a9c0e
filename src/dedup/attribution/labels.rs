//! Labels before an address: listed ones, and those made of known words ("Link sumber berita", "Read the full story", "本文来源").
//!
//! Owns what such a label is made of. Never looks at addresses, and takes no label with a word that it does not know:
//! "Sumber daya" is no source.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::dedup::attribution::PUBLISHER_WORDS_MAX;
use crate::dedup::attribution::blocks::LINK_END;
use crate::dedup::attribution::blocks::LINK_START;
use crate::dedup::attribution::lexicon::labels_from;
use crate::dedup::attribution::lexicon::strip_folded;

/// Words of one label: "read the full story here at" has six.
const WORDS_MAX: usize = 8;
/// Characters of the longest word of the list.
const WORD_CHARS_MAX: usize = 24;

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Source,
    Read,
    Whole,
    Text,
    Filler,
    Not,
}

/// What a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// A source, which may be anything's: it counts at the beginning of a line.
    Source,
    /// The original text, or the whole of it.
    Original,
}

/// The rest of `line` behind a listed label, or behind one made of known words.
pub(super) fn rest_after_any_label(line: &str) -> Option<&str> {
    let first = line.chars().next()?;
    let mut listed = labels_from(first).iter().filter_map(|label| {
        let rest = strip_folded(line, &label.text)?;
        let behind_name = || behind_publisher(rest).filter(|_| label.takes_name);
        Some(rest).filter(|rest| is_delimited(rest)).or_else(behind_name)
    });
    let made = || label_at(line).map(|(_, rest)| rest);
    listed.next().or_else(|| made().filter(|rest| is_delimited(rest)))
}

/// "Dikutip dari Kompas.com: https://...": what stands behind the publisher's name.
fn behind_publisher(rest: &str) -> Option<&str> {
    let end = rest.find([':', '：', '(', LINK_START]).or_else(|| rest.find("http"))?;
    let (name, behind) = rest.split_at(end);
    let is_name = name.starts_with(' ')
        && name.split_whitespace().count() <= PUBLISHER_WORDS_MAX
        && !name.trim_end().ends_with(['.', '!', '?'])
        && name.trim().starts_with(|c: char| !c.is_lowercase());
    is_name.then_some(behind)
}

/// Whether a delimiter, a link or an address stands at the start of `rest`.
fn is_delimited(rest: &str) -> bool {
    let next = rest.trim_start_matches(|c: char| c.is_whitespace() || c == LINK_END);
    // "Original-Artikel" is one word.
    let is_hyphen = rest.starts_with('-') && rest[1..].starts_with(char::is_alphanumeric);
    if is_hyphen {
        return false;
    }
    next.is_empty()
        || next.starts_with([
            ':', '：', '-', '–', '—', '|', '→', '»', '>', '(', '（', ')', '）', '[', ']', '】', '/', '=', '﹕', '.',
            '…', LINK_START,
        ])
        || next.starts_with("http://")
        || next.starts_with("https://")
        || next.starts_with("www.")
}

/// The label at the start of `line` and what stands behind it.
pub(super) fn label_at(line: &str) -> Option<(Label, &str)> {
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
    if has(Kind::Source) {
        Some((Label::Source, rest))
    } else if has(Kind::Whole) && (has(Kind::Read) || has(Kind::Text)) {
        Some((Label::Original, rest))
    } else {
        None
    }
}

/// The longest known word at the start of `text`.
fn word_at(text: &str) -> Option<(Kind, &str)> {
    let mut lower = String::new();
    // Ends of prefixes: in `text`, and in its lower-case form.
    let mut ends = Vec::with_capacity(WORD_CHARS_MAX);
    for (at, c) in text.char_indices().take(WORD_CHARS_MAX) {
        lower.extend(c.to_lowercase().map(|c| if c == '’' { '\'' } else { c }));
        ends.push((at + c.len_utf8(), lower.len(), c));
    }
    ends.into_iter().rev().find_map(|(end, lower_end, last)| {
        let rest = &text[end..];
        // "l'article": an elided article ends at its apostrophe.
        let is_whole = !rest.starts_with(char::is_alphanumeric) || !has_spaces(last) || matches!(last, '\'' | '’');
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
        for line in super::lexicon::lines(include_str!("../rules/label_words.txt")) {
            let mut parts = line.split_whitespace();
            let Some(kind) = parts.next().and_then(kind_named) else {
                continue;
            };
            for word in parts {
                // A word of two languages keeps its stronger meaning: the list begins with sources.
                let known = words.entry(word.replace('_', " ")).or_insert(kind);
                if kind == Kind::Source || kind == Kind::Not {
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
        "read" => Kind::Read,
        "whole" => Kind::Whole,
        "text" => Kind::Text,
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
            ("Link sumber berita: x", Some((Label::Source, ": x"))),
            ("Fonte da notícia: x", Some((Label::Source, ": x"))),
            ("Source de l’article : x", Some((Label::Source, " : x"))),
            ("本文来源：x", Some((Label::Source, "：x"))),
            ("Read the full story at Origin", Some((Label::Original, " Origin"))),
            ("Bài viết gốc: x", Some((Label::Original, ": x"))),
            ("Sumber daya alam: x", None),
            ("Nguồn gốc: x", None),
            ("Read more: x", None),
            ("The story of rice: x", None),
        ] {
            assert_eq!(label_at(line), expected, "{line}");
        }
    }
}
