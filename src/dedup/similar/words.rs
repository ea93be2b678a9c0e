//! The words of a text as hashes: letters and digits in lower case, or one character of a script that puts no spaces
//! between words.
//!
//! Owns what a word is, and hashing. Never allocates for a word: a digest reads every stored text of three days.

use std::collections::HashSet;
use std::sync::OnceLock;

/// FNV-1a's 64-bit offset and prime.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;
/// A multiplier whose bits are spread (SplitMix64's).
const SPREAD: u64 = 0xbf58_476d_1ce4_e5b9;

/// A word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    hash: u64,
    /// Whether it is a number, or a weekday, which tells days apart as a number does.
    pub(super) is_number: bool,
    /// Whether it is a character of a script without spaces.
    pub(super) is_unspaced: bool,
}

impl Word {
    fn of(text: &str) -> Self {
        let mut word = Builder::default();
        text.chars().for_each(|c| word.push(c));
        word.finish(false)
    }
}

/// A word that is being read.
struct Builder {
    hash: u64,
    has_digit: bool,
    is_empty: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            hash: OFFSET,
            has_digit: false,
            is_empty: true,
        }
    }
}

impl Builder {
    fn push(&mut self, c: char) {
        self.is_empty = false;
        if c.is_ascii() {
            self.has_digit |= c.is_ascii_digit();
            self.mix(u64::from(u32::from(c.to_ascii_lowercase())));
        } else {
            self.has_digit |= c.is_numeric() && !('\u{3400}'..='\u{9FFF}').contains(&c);
            c.to_lowercase().for_each(|lower| self.mix(u64::from(u32::from(lower))));
        }
    }

    fn mix(&mut self, code: u64) {
        self.hash = (self.hash ^ code).wrapping_mul(PRIME);
    }

    fn finish(self, is_unspaced: bool) -> Word {
        Word {
            hash: self.hash,
            is_number: self.has_digit,
            is_unspaced,
        }
    }
}

/// The first words of the text, at most `count_max`.
pub(super) fn words(text: &str, count_max: usize) -> Vec<Word> {
    let mut words = Vec::with_capacity(count_max);
    let mut current = Builder::default();
    for c in text.chars() {
        if words.len() >= count_max {
            return words;
        }
        let is_single = is_unspaced(c);
        if !is_single && c.is_alphanumeric() {
            current.push(c);
            continue;
        }
        if !is_single && is_inside_word(c) {
            continue;
        }
        if !current.is_empty {
            words.push(known(std::mem::take(&mut current)));
        }
        if is_single && words.len() < count_max {
            let mut single = Builder::default();
            single.push(c);
            words.push(single.finish(true));
        }
    }
    if !current.is_empty && words.len() < count_max {
        words.push(known(current));
    }
    words
}

fn known(word: Builder) -> Word {
    let word = word.finish(false);
    Word {
        is_number: word.is_number || weekdays().contains(&word.hash),
        ..word
    }
}

/// The hash of some words in order.
pub(super) fn hash_of(words: &[Word]) -> u32 {
    let hash = words.iter().fold(OFFSET, |hash, word| {
        (hash.rotate_left(29) ^ word.hash).wrapping_mul(SPREAD)
    });
    // The low bits choose the sample, so they must depend on all of it.
    let mixed = (hash ^ (hash >> 29)).wrapping_mul(SPREAD);
    (mixed >> 32) as u32
}

fn weekdays() -> &'static HashSet<u64> {
    static WEEKDAYS: OnceLock<HashSet<u64>> = OnceLock::new();
    WEEKDAYS.get_or_init(|| {
        let lines = include_str!("../rules/weekdays.txt").lines();
        let words = lines.map(|line| line.split_once('#').map_or(line, |(words, _)| words));
        words
            .flat_map(str::split_whitespace)
            .map(|word| Word::of(word).hash)
            .collect()
    })
}

/// Marks that stand inside words, and that copies write or leave out.
fn is_inside_word(c: char) -> bool {
    matches!(c, '\'' | '’' | '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}')
}

/// Han, kana, Thai, Lao, Myanmar, Khmer.
fn is_unspaced(c: char) -> bool {
    c >= '\u{0E00}'
        && matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}')
        && c.is_alphabetic()
}
