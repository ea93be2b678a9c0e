//! What is known about each language: attachments, marks, names that stand in other words.
//!
//! Owns their tables. Never decides whether a word is wanted.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::LazyLock;

use crate::watch::fold::push_letters;

const ATTACHMENTS: &str = include_str!("tables/attachments.tsv");
const MARKS: &str = include_str!("tables/marks.tsv");
const TRAPS: &str = include_str!("tables/han_traps.tsv");

static PIECES: LazyLock<HashMap<&'static str, HashSet<String>>> = LazyLock::new(|| {
    rows(ATTACHMENTS)
        .filter_map(|row| Some((*row.first()?, folded_set(row.get(1)?))))
        .collect()
});

static NATIVE_MARKS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    rows(MARKS)
        .filter_map(|row| Some((*row.first()?, *row.get(1)?)))
        .collect()
});

static HAN_TRAPS: LazyLock<HashMap<String, Vec<Vec<char>>>> = LazyLock::new(|| {
    rows(TRAPS)
        .filter_map(|row| {
            let words = row.get(1)?.split_whitespace();
            let words = words.map(|word| fold(word).chars().collect());
            Some((fold(row.first()?), words.collect()))
        })
        .collect()
});

/// The rows of a table, column by column.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').collect())
}

fn folded_set(list: &str) -> HashSet<String> {
    list.split_whitespace().map(fold).collect()
}

/// A word without case and marks.
pub(crate) fn fold(word: &str) -> String {
    let mut letters = Vec::new();
    for (at, c) in word.char_indices() {
        push_letters(c, at, &mut letters);
    }
    letters.iter().map(|letter| letter.bare).collect()
}

/// Whether `piece` is written together with words in the way that `kind` names.
pub(crate) fn is_attachment(kind: &str, piece: &str) -> bool {
    PIECES.get(kind).is_some_and(|pieces| pieces.contains(piece))
}

/// The pieces of the kind, in the order of the table.
pub(crate) fn attachments(kind: &str) -> impl Iterator<Item = &'static str> {
    let row = rows(ATTACHMENTS).find(|row| row.first() == Some(&kind));
    row.and_then(|row| row.get(1).copied())
        .unwrap_or_default()
        .split_whitespace()
}

/// Whether Korean writes `tail` behind a name: particles, or one of a few nouns with or without them.
pub(crate) fn is_korean_tail(tail: &str) -> bool {
    let after_noun = |noun: &String| tail.strip_prefix(noun.as_str());
    is_attachment("korean", tail)
        || PIECES
            .get("korean_noun")
            .into_iter()
            .flatten()
            .filter_map(after_noun)
            .any(|rest| rest.is_empty() || is_attachment("korean", rest))
}

/// Whether a text in `language` may write the bare letter where a query has `marked`.
pub(crate) fn is_mark_foreign(language: Option<&str>, marked: char) -> bool {
    match language.and_then(|language| NATIVE_MARKS.get(language)) {
        Some(native) => !native.contains(marked),
        None => true,
    }
}

/// Words in which `name` stands by chance.
pub(crate) fn han_traps(name: &str) -> &'static [Vec<char>] {
    HAN_TRAPS.get(name).map_or(&[], Vec::as_slice)
}

/// Whether the tables know the language.
pub(crate) fn is_known(language: &str) -> bool {
    NATIVE_MARKS.contains_key(language)
}

/// The primary subtag of a declared language, in the spelling of the tables.
pub fn primary(declared: &str) -> Option<&str> {
    /// Other names of languages, deprecated or of a variety.
    const NAMES: [(&str, &str); 8] = [
        ("nb", "no"),
        ("nn", "no"),
        ("in", "id"),
        ("iw", "he"),
        ("ji", "yi"),
        ("fil", "tl"),
        ("sh", "hr"),
        ("cmn", "zh"),
    ];
    let end = declared.find(['-', '_']).unwrap_or(declared.len());
    let primary = declared.get(..end)?.trim();
    if primary.is_empty() || ["und", "mul"].iter().any(|none| primary.eq_ignore_ascii_case(none)) {
        return None;
    }
    let other = NAMES.iter().find(|(name, _)| primary.eq_ignore_ascii_case(name));
    let known = || NATIVE_MARKS.keys().find(|known| primary.eq_ignore_ascii_case(known));
    Some(other.map_or_else(|| known().map_or(primary, |known| *known), |(_, usual)| *usual))
}
