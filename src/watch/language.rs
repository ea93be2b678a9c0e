//! What is known about each language: attachments, marks, and a guess at the language of a text.
//!
//! Owns their tables. Never decides whether a word is wanted.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::LazyLock;

use crate::watch::fold::Letter;
use crate::watch::fold::push_letters;
use crate::watch::tokens::Tokens;

const ATTACHMENTS: &str = include_str!("tables/attachments.tsv");
const STOPWORDS: &str = include_str!("tables/stopwords.tsv");
const MARKS: &str = include_str!("tables/marks.tsv");
const TRAPS: &str = include_str!("tables/han_traps.tsv");

/// Words that a guess reads: enough for a paragraph, and it bounds the cost.
const GUESS_WORDS_MAX: usize = 400;
/// Function words that a guess needs; with fewer the text counts as of unknown language.
const GUESS_HITS_MIN: usize = 2;
/// Function words that overrule a declared language: a paragraph's worth.
const OVERRULE_HITS_MIN: usize = 6;

static PIECES: LazyLock<HashMap<&'static str, HashSet<String>>> = LazyLock::new(|| {
    rows(ATTACHMENTS)
        .filter_map(|row| Some((*row.first()?, folded_set(row.get(1)?))))
        .collect()
});

static FUNCTION_WORDS: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let mut out: HashMap<String, Vec<&'static str>> = HashMap::new();
    for row in rows(STOPWORDS) {
        if let [language, words] = row[..] {
            for word in words.split_whitespace() {
                out.entry(word.to_owned()).or_default().push(language);
            }
        }
    }
    out
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

/// Whether `word`, in small letters, is a function word of some language.
pub(crate) fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.contains_key(word)
}

/// Words in which `name` stands by chance.
pub(crate) fn han_traps(name: &str) -> &'static [Vec<char>] {
    HAN_TRAPS.get(name).map_or(&[], Vec::as_slice)
}

/// The primary subtag of a declared language, in the spelling of the tables.
pub fn primary(declared: &str) -> Option<&str> {
    let end = declared.find(['-', '_']).unwrap_or(declared.len());
    match declared.get(..end)? {
        "" | "und" | "mul" => None,
        "nb" | "nn" | "NB" | "NN" => Some("no"),
        "in" => Some("id"),
        "fil" => Some("tl"),
        primary => Some(primary),
    }
}

/// The language of a text: the declared one, unless none is or the text's function words clearly speak for another.
///
/// Feed software declares English by default, so a declaration alone proves little.
pub(crate) fn settle<'a>(declared: Option<&'a str>, texts: &[&Tokens]) -> Option<&'a str> {
    let hits = function_words(texts);
    // Ties go to the name that sorts first, so that the guess is the same on every run.
    let best = hits.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
    let Some((language, count)) = best else {
        return declared;
    };
    match declared {
        None => (*count >= GUESS_HITS_MIN).then_some(*language),
        Some(declared) => {
            let own = hits.get(declared).copied().unwrap_or(0);
            let is_known = NATIVE_MARKS.contains_key(declared);
            let is_wrong = is_known && *count >= OVERRULE_HITS_MIN && own * 2 < *count;
            Some(if is_wrong { language } else { declared })
        }
    }
}

/// How often the function words of each language occur.
fn function_words(texts: &[&Tokens]) -> HashMap<&'static str, usize> {
    let mut hits: HashMap<&'static str, usize> = HashMap::new();
    let words = texts
        .iter()
        .flat_map(|text| text.tokens.iter().map(|token| &text.letters[token.first..token.last]));
    for word in words.take(GUESS_WORDS_MAX) {
        let word: String = word.iter().map(marked).collect();
        for language in FUNCTION_WORDS.get(&word).into_iter().flatten() {
            *hits.entry(language).or_default() += 1;
        }
    }
    hits
}

fn marked(letter: &Letter) -> char {
    letter.marked
}
