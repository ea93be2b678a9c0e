//! The beginning of a text as word groups ("shingles"), hashed.
//!
//! Owns what a word is: letters and digits in lower case, or one character of a script that puts no spaces between words.

use std::collections::HashMap;

use crate::dedup::similar::Overlap;
use crate::dedup::similar::numbers;

/// Words of the beginning that is looked for.
const LEDE_WORDS: usize = 160;
/// Words in which it is looked for: a copy may put a paragraph of its own before it.
const WIDE_WORDS: usize = 320;
/// Words of a group; three are rarely said twice by chance.
const GROUP_WORDS: usize = 3;
/// Characters of a group in scripts without spaces.
const GROUP_CHARS: usize = 5;
/// Bytes of text that are read for it: 320 words have under 3 KiB in Latin, 6 KiB in other scripts.
const TEXT_BYTES_MAX: usize = 12 * 1024;

/// How a text begins.
#[derive(Clone, Debug)]
pub struct Lede {
    pub(super) title: String,
    /// Hashes of the groups of the first words, sorted, each once.
    pub(super) groups: Vec<u32>,
    /// The same of twice as many words.
    wide: Vec<u32>,
    /// Numbers by the words around them.
    numbers: HashMap<u32, Vec<u32>>,
}

impl Lede {
    /// Of a title and a text as people see them.
    ///
    /// Cost: about 30 us, with adding it to an index; reads 12 KiB at most.
    pub fn of(title: &str, text: &str) -> Self {
        let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
        let words = words(text);
        let size = group_size(&words);
        let first = |count: usize| {
            let words = &words[..words.len().min(count)];
            let mut groups: Vec<u32> = words.windows(size).map(hash_of).collect();
            groups.sort_unstable();
            groups.dedup();
            groups
        };
        Self {
            title: title.to_lowercase(),
            groups: first(LEDE_WORDS),
            wide: first(WIDE_WORDS),
            numbers: numbers::by_context(&words[..words.len().min(WIDE_WORDS)]),
        }
    }

    /// How much of the shorter beginning stands in the longer one; none where one has no group.
    pub(super) fn overlap(&self, other: &Self) -> Option<Overlap> {
        let in_other = shared(&self.groups, &other.wide);
        let in_self = shared(&other.groups, &self.wide);
        let (own, others) = (self.groups.len(), other.groups.len());
        let overlap = match own.cmp(&others) {
            std::cmp::Ordering::Less => (in_other, own),
            std::cmp::Ordering::Greater => (in_self, others),
            std::cmp::Ordering::Equal => (in_other.max(in_self), own),
        };
        (overlap.1 > 0).then_some(Overlap {
            shared: overlap.0,
            of: overlap.1,
        })
    }

    /// Whether the same words stand around other numbers.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        numbers::contradict(&self.numbers, &other.numbers)
    }
}

/// How many hashes of `a` stand in `b`; both are sorted.
pub(super) fn shared(a: &[u32], b: &[u32]) -> usize {
    let (mut count, mut rest) = (0, b);
    for hash in a {
        let skipped = rest.iter().take_while(|other| *other < hash).count();
        rest = &rest[skipped..];
        count += usize::from(rest.first() == Some(hash));
    }
    count
}

/// Most characters decide: a Chinese text with a Latin name is Chinese.
fn group_size(words: &[String]) -> usize {
    let unspaced = words
        .iter()
        .filter(|word| word.chars().next().is_some_and(is_unspaced))
        .count();
    if unspaced * 2 > words.len() {
        GROUP_CHARS
    } else {
        GROUP_WORDS
    }
}

/// The words of the text in lower case, as many as are looked at.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    for c in text.chars() {
        if words.len() > WIDE_WORDS {
            break;
        }
        if is_unspaced(c) {
            words.extend((!current.is_empty()).then(|| std::mem::take(&mut current)));
            words.push(c.to_string());
        } else if c.is_alphanumeric() {
            current.extend(c.to_lowercase());
        } else if !is_inside_word(c) {
            words.extend((!current.is_empty()).then(|| std::mem::take(&mut current)));
        }
    }
    words.extend((!current.is_empty()).then_some(current));
    words.truncate(WIDE_WORDS);
    words
}

/// Marks that stand inside words, and that copies write or leave out.
fn is_inside_word(c: char) -> bool {
    matches!(c, '\'' | '’' | '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}')
}

/// Han, kana, Thai, Lao, Myanmar, Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}')
        && c.is_alphabetic()
}

/// FNV-1a with a separator, folded to 32 bits: fast, and a collision costs one shared group of thirty.
pub(super) fn hash_of(words: &[String]) -> u32 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    // The low bits choose the sample, so they must depend on all of it.
    let mixed = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 32) as u32
}
