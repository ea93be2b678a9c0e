//! The endings that each language puts on words (QUERY.md section 2, R2).
//!
//! Owns the table of endings. Never decides about capitals, marks or attachments.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::LazyLock;

use crate::watch::fold::Letter;
use crate::watch::language::fold;
use crate::watch::language::rows;

const TABLE: &str = include_str!("tables/endings.tsv");

/// The name in the table of what holds for every language in Cyrillic.
const CYRILLIC: &str = "cyrl";
/// What a `V` in the table stands for, without marks.
const VOWELS: &str = "aeiouy";

/// Which queries an ending is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Words of some length, capitals or not.
    All,
    /// Words without a capital.
    Lower,
    /// Words of any length: a particle, not an ending.
    Any,
}

/// Endings for words that drop the same letters.
#[derive(Debug)]
struct Rule {
    written: Written,
    /// Only behind a consonant.
    needs_consonant: bool,
    /// Folded.
    endings: HashSet<String>,
}

/// The rules of one language by what a word drops; "" where it drops nothing.
type Rules = HashMap<String, Vec<Rule>>;

struct Table {
    languages: HashMap<&'static str, Rules>,
    /// Everything that some language drops, with the beginnings of what it puts there.
    dropped: HashMap<Vec<char>, Vec<String>>,
    dropped_letters_max: usize,
}

static ENDINGS: LazyLock<Table> = LazyLock::new(read);

/// How many letters of `word` stay before some language puts another ending there; shorter first, without the whole.
pub(crate) fn stems(word: &[Letter]) -> Vec<usize> {
    /// A stem of one letter would be every word.
    const STEM_LETTERS_MIN: usize = 2;
    let first = word
        .len()
        .saturating_sub(ENDINGS.dropped_letters_max)
        .max(STEM_LETTERS_MIN);
    (first..word.len())
        .filter(|stem| {
            let tail: Vec<char> = word[*stem..].iter().map(|letter| letter.bare).collect();
            ENDINGS.dropped.contains_key(&tail)
        })
        .collect()
}

/// With what `word`, cut to one of its [`stems`], may go on in some language: the first letters of every ending.
pub(crate) fn beginnings(word: &[Letter], stem: usize) -> &'static [String] {
    let tail: Vec<char> = word[stem..].iter().map(|letter| letter.bare).collect();
    ENDINGS.dropped.get(&tail).map_or(&[], Vec::as_slice)
}

/// Under which condition `word`, cut to its first `stem` letters, takes `ending` in `language`.
pub(crate) fn conditions<'a>(
    word: &'a [Letter],
    stem: usize,
    ending: &'a str,
    language: Option<&'a str>,
) -> impl Iterator<Item = Written> + 'a {
    let last = word.last().map_or(' ', |letter| letter.bare);
    let dropped: String = word[stem..].iter().map(|letter| letter.bare).collect();
    let by_script = is_cyrillic(last).then_some(CYRILLIC);
    by_script
        .into_iter()
        .chain(language)
        .filter_map(move |language| ENDINGS.languages.get(language)?.get(&dropped))
        .flatten()
        .filter(move |rule| !(rule.needs_consonant && is_vowel(last)) && rule.endings.contains(ending))
        .map(|rule| rule.written)
}

/// The endings that a word cut to its first `stem` letters may take in `language`, for showing them.
pub(crate) fn shown(word: &[Letter], stem: usize, language: Option<&str>) -> Vec<(Written, String)> {
    let last = word.last().map_or(' ', |letter| letter.bare);
    let dropped: String = word[stem..].iter().map(|letter| letter.bare).collect();
    let by_script = is_cyrillic(last).then_some(CYRILLIC);
    let mut out: Vec<(Written, String)> = by_script
        .into_iter()
        .chain(language)
        .filter_map(|language| ENDINGS.languages.get(language)?.get(&dropped))
        .flatten()
        .filter(|rule| !(rule.needs_consonant && is_vowel(last)))
        .flat_map(|rule| rule.endings.iter().map(|ending| (rule.written, ending.clone())))
        .collect();
    out.sort_by(|a, b| a.1.cmp(&b.1));
    out.dedup_by(|a, b| a.1 == b.1);
    out
}

/// Whether a letter is Cyrillic.
pub(crate) fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}')
}

fn read() -> Table {
    let mut lists: HashMap<&str, &str> = HashMap::new();
    let mut languages: HashMap<&'static str, Rules> = HashMap::new();
    for row in rows(TABLE) {
        let [language, written, finals, endings] = row[..] else {
            continue;
        };
        if language.starts_with('@') {
            lists.insert(language, endings);
            continue;
        }
        let rules = languages.entry(language).or_default();
        for (dropped, vowel) in finals.split(' ').flat_map(with_vowels) {
            rules.entry(spelled(&dropped)).or_default().push(Rule {
                written: written_of(written),
                needs_consonant: dropped == "C",
                endings: expanded(endings, vowel, &lists),
            });
        }
    }
    let mut dropped: HashMap<Vec<char>, Vec<String>> = HashMap::new();
    for (tail, rules) in languages.values().flatten() {
        let endings = rules.iter().flat_map(|rule| &rule.endings);
        let heads = endings.map(|ending| ending.chars().take(BEGINNING_LETTERS).collect());
        dropped.entry(tail.chars().collect()).or_default().extend(heads);
    }
    dropped.values_mut().for_each(keep_shortest);
    Table {
        languages,
        dropped_letters_max: dropped.keys().map(Vec::len).max().unwrap_or(0),
        dropped,
    }
}

/// Letters of an ending that [`beginnings`] tells.
const BEGINNING_LETTERS: usize = 2;

/// Leaves out what begins with another one.
fn keep_shortest(beginnings: &mut Vec<String>) {
    beginnings.sort_unstable();
    beginnings.dedup_by(|next, last| next.starts_with(last.as_str()));
}

fn written_of(name: &str) -> Written {
    match name {
        "lower" => Written::Lower,
        "any" => Written::Any,
        _ => Written::All,
    }
}

/// `-` and `C` drop nothing.
fn spelled(dropped: &str) -> String {
    if matches!(dropped, "-" | "C") {
        String::new()
    } else {
        fold(dropped)
    }
}

/// A final with each vowel where it has a `V`.
fn with_vowels(dropped: &'static str) -> Vec<(String, char)> {
    if dropped.contains('V') {
        let with = |vowel: char| (dropped.replace('V', vowel.encode_utf8(&mut [0; 4])), vowel);
        VOWELS.chars().map(with).collect()
    } else {
        vec![(dropped.to_owned(), ' ')]
    }
}

/// Endings with `~` for the vowel and `x@list` for x before each of a list.
fn expanded(endings: &str, vowel: char, lists: &HashMap<&str, &str>) -> HashSet<String> {
    let mut out = HashSet::new();
    for ending in endings.split(' ') {
        let ending = ending.replace('~', vowel.encode_utf8(&mut [0; 4]));
        let (head, list) = ending.find('@').map_or((&ending[..], ""), |at| ending.split_at(at));
        let tails = lists.get(list).map_or("0", |tails| *tails);
        for tail in tails.split(' ') {
            out.insert(fold(&format!("{head}{tail}").replace('0', "")));
        }
    }
    out
}

fn is_vowel(c: char) -> bool {
    "aeiouyаеиоуыэюяйьіїє".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_drop_no_letter() {
        let rules = ENDINGS.languages.values().flatten();
        for (dropped, rules) in rules.filter(|(dropped, _)| !dropped.is_empty()) {
            assert!(rules.iter().all(|rule| rule.written != Written::Any), "{dropped}");
        }
    }
}
