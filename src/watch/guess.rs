//! The language of a text, guessed from its function words.
//!
//! Owns the table of function words and the weighing. Never decides about a word.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::watch::fold::Letter;
use crate::watch::language::is_known;
use crate::watch::language::rows;
use crate::watch::quick::Quick;
use crate::watch::sieve::Head;
use crate::watch::sieve::Heads;
use crate::watch::sieve::is_spelled_by_head;

const TABLE: &str = include_str!("tables/stopwords.tsv");

/// Words that a guess reads: enough for a paragraph, and it bounds the cost.
pub(crate) const GUESS_WORDS_MAX: u32 = 400;
/// Function words that a guess needs; with fewer the text counts as of unknown language.
const GUESS_HITS_MIN: u16 = 2;
/// Function words that overrule a declared language: a paragraph's worth.
const OVERRULE_HITS_MIN: u16 = 6;
/// Letters of the longest function word.
const FUNCTION_LETTERS_MAX: usize = 12;

struct Table {
    /// In the order of their names.
    languages: Vec<&'static str>,
    /// Each word with the number of its set of languages.
    words: HashMap<String, u16, Quick>,
    sets: Vec<Vec<usize>>,
    heads: Heads,
    /// Those that their heads spell, with their sets.
    short: HashMap<Head, u16, Quick>,
}

static FUNCTION_WORDS: LazyLock<Table> = LazyLock::new(|| {
    let mut words: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows(TABLE) {
        if let [language, list] = row[..] {
            for word in list.split_whitespace() {
                words.entry(word).or_default().push(language);
            }
        }
    }
    let mut languages: Vec<&str> = words.values().flatten().copied().collect();
    languages.sort_unstable();
    languages.dedup();
    let mut sets: Vec<Vec<usize>> = Vec::new();
    let mut numbered = HashMap::default();
    for (word, of) in words {
        let set: Vec<usize> = of
            .iter()
            .filter_map(|name| languages.binary_search(name).ok())
            .collect();
        let number = sets.iter().position(|known| *known == set).unwrap_or_else(|| {
            sets.push(set);
            sets.len() - 1
        });
        numbered.insert(word.to_owned(), u16::try_from(number).unwrap_or(u16::MAX));
    }
    let heads: HashMap<&String, Head> = numbered.keys().map(|word| (word, Head::of(word.chars()))).collect();
    let short = heads.iter().filter(|(word, _)| is_spelled_by_head(word));
    Table {
        short: short.map(|(word, head)| (*head, numbered[*word])).collect(),
        heads: Heads::new(heads.into_values().collect()),
        languages,
        words: numbered,
        sets,
    }
});

/// Whether `word`, in small letters, is a function word of some language.
pub(crate) fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.words.contains_key(word)
}

/// The number of the languages that have `word` as a function word.
pub(crate) fn function_word(word: &[Letter]) -> Option<u16> {
    if word.len() > FUNCTION_LETTERS_MAX {
        return None;
    }
    let word: String = word.iter().map(|letter| letter.marked).collect();
    FUNCTION_WORDS.words.get(&word).copied()
}

/// False where no function word has this head, for certain; its letters keep their marks.
pub(crate) fn may_be_function_word(head: Head) -> bool {
    FUNCTION_WORDS.heads.may_hold(head)
}

/// As [`function_word`], of a word that [`is_spelled_by_head`].
pub(crate) fn short_function_word(head: Head) -> Option<u16> {
    FUNCTION_WORDS.short.get(&head).copied()
}

/// How often function words of each language occurred.
#[derive(Debug)]
pub(crate) struct Counts {
    hits: Vec<u16>,
    words: u32,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            hits: vec![0; FUNCTION_WORDS.languages.len()],
            words: 0,
        }
    }
}

impl Counts {
    pub(crate) fn clear(&mut self) {
        self.hits.fill(0);
        self.words = 0;
    }

    /// How many words were counted.
    pub(crate) fn words(&self) -> u32 {
        self.words
    }

    /// Whether enough words were read.
    pub(crate) fn is_full(&self) -> bool {
        self.words >= GUESS_WORDS_MAX
    }

    /// Counts `words` words; those of `found` are function words: their place among the words, and their set.
    pub(crate) fn add(&mut self, words: u32, found: &[(u32, u16)]) {
        for (place, set) in found {
            if self.words.saturating_add(*place) < GUESS_WORDS_MAX {
                for language in FUNCTION_WORDS.sets.get(usize::from(*set)).into_iter().flatten() {
                    self.hits[*language] += 1;
                }
            }
        }
        self.words = self.words.saturating_add(words);
    }

    /// The language of the text: the declared one, unless none is or the function words clearly speak for another.
    ///
    /// Feed software declares English by default, so a declaration alone proves little.
    pub(crate) fn settle<'a>(&self, declared: Option<&'a str>) -> Option<&'a str> {
        let languages = &FUNCTION_WORDS.languages;
        // Ties go to the name that sorts first, so that the guess is the same on every run.
        let best = self
            .hits
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(&a.0)));
        let (language, count) = best.map_or(("", 0), |(at, count)| (languages[at], *count));
        match declared {
            None => (count >= GUESS_HITS_MIN).then_some(language),
            Some(declared) => {
                let own = languages.binary_search(&declared).map_or(0, |at| self.hits[at]);
                let is_wrong = is_known(declared) && count >= OVERRULE_HITS_MIN && own.saturating_mul(2) < count;
                Some(if is_wrong { language } else { declared })
            }
        }
    }
}
