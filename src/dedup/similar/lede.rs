//! The beginning of a text as word groups ("shingles"), hashed.
//!
//! Owns what groups are, and comparing them. Never keeps a word of the text.

use crate::dedup::similar::Overlap;
use crate::dedup::similar::numbers;
use crate::dedup::similar::numbers::Place;
use crate::dedup::similar::words::Word;
use crate::dedup::similar::words::hash_of;
use crate::dedup::similar::words::words;
use crate::dedup::titles;

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
/// One group in four stands in an index: enough to find every pair that shares thirty.
const SAMPLE_MASK: u32 = 3;

/// How a text begins.
#[derive(Clone, Debug)]
pub struct Lede {
    pub(super) title: titles::Words,
    /// Hashes of the groups of the first words, sorted, each once.
    groups: Vec<u32>,
    /// The same of twice as many words.
    wide: Vec<u32>,
    /// Numbers by the words around them, sorted.
    numbers: Vec<Place>,
}

impl Lede {
    /// Of a title and a text as people see them.
    ///
    /// Cost: about 12 us; reads 12 KiB at most.
    pub fn of(title: &str, text: &str) -> Self {
        let words = words(cut(text), WIDE_WORDS);
        let size = group_size(&words);
        let hashes: Vec<u32> = words.windows(size).map(hash_of).collect();
        let first = (LEDE_WORDS + 1 - size).min(hashes.len());
        Self {
            title: titles::Words::of(title),
            groups: sorted(hashes[..first].to_vec()),
            numbers: numbers::by_context(&words),
            wide: sorted(hashes),
        }
    }

    /// The groups that stand in an index, sorted, each once.
    pub(super) fn sample(&self) -> impl Iterator<Item = u32> {
        self.groups.iter().copied().filter(|group| group & SAMPLE_MASK == 0)
    }

    /// How much of the shorter beginning stands in the longer one; none where one has no group.
    pub(super) fn overlap(&self, other: &Self) -> Option<Overlap> {
        let (own, others) = (self.groups.len(), other.groups.len());
        let in_other = || shared(&self.groups, &other.wide);
        let in_self = || shared(&other.groups, &self.wide);
        let (shared, of) = match own.cmp(&others) {
            std::cmp::Ordering::Less => (in_other(), own),
            std::cmp::Ordering::Greater => (in_self(), others),
            std::cmp::Ordering::Equal => match in_other() {
                all if all == own => (all, own),
                some => (some.max(in_self()), own),
            },
        };
        (of > 0).then_some(Overlap { shared, of })
    }

    /// Whether the same words stand around other numbers.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        numbers::contradict(&self.numbers, &other.numbers)
    }
}

/// What [`Lede::sample`] of this text would be, without the rest of the beginning.
///
/// Cost: about 4 us.
pub(super) fn sample_of(text: &str) -> Vec<u32> {
    let words = words(cut(text), LEDE_WORDS);
    let groups = words.windows(group_size(&words)).map(hash_of);
    sorted(groups.filter(|group| group & SAMPLE_MASK == 0).collect())
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

fn sorted(mut groups: Vec<u32>) -> Vec<u32> {
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// How many hashes of `a` stand in `b`; both are sorted.
fn shared(a: &[u32], b: &[u32]) -> usize {
    let (mut count, mut i, mut j) = (0, 0, 0);
    // Without a branch on the order, which no processor can foresee.
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        count += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    count
}

/// Most of the first words decide: a Chinese text with a Latin name is Chinese.
fn group_size(words: &[Word]) -> usize {
    let first = &words[..words.len().min(LEDE_WORDS)];
    let unspaced = first.iter().filter(|word| word.is_unspaced).count();
    if unspaced * 2 > first.len() {
        GROUP_CHARS
    } else {
        GROUP_WORDS
    }
}
