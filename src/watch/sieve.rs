//! Which words of a text can be no word of interest, told from their first letters alone.
//!
//! Owns tables of bits that stay in the processor's nearest caches. Most words of an article fall through them and are
//! never looked up among the pieces that are remembered: those lie in far memory, and waiting for it was 43 % of the
//! time with 1,000 watches.

/// Letters of a word that are looked at.
pub(crate) const HEAD_LETTERS: usize = 8;
/// Bits for each entry: then one word in six is kept for nothing, over all lengths of its beginnings.
const BITS_PER_ENTRY: usize = 32;
/// Bits of the smallest and the largest table, as powers of two: 1 KiB and 128 KiB.
const SIZE_BITS_MIN: u32 = 13;
const SIZE_BITS_MAX: u32 = 20;
/// An odd number with its bits well spread, as in [`crate::watch::quick`]. Without a seed: collisions cost a look-up.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The first letters of a word, folded: the lowest byte of each, the first in the lowest; zeros behind a short word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Head(u64);

/// Keeps the first 0 to 8 bytes of a number.
const KEPT: [u64; HEAD_LETTERS + 1] = {
    let mut masks = [u64::MAX; HEAD_LETTERS + 1];
    let mut kept = 0;
    while kept < HEAD_LETTERS {
        masks[kept] = (1 << (8 * kept)) - 1;
        kept += 1;
    }
    masks
};

impl Head {
    /// Of folded letters. Letters whose lowest bytes are the same are not told apart.
    pub(crate) fn of(letters: impl Iterator<Item = char>) -> Self {
        let mut head = Self::default();
        letters
            .take(HEAD_LETTERS)
            .enumerate()
            .for_each(|(at, letter)| head.put(at, letter));
        head
    }

    /// Sets the letter at `at`, which was not set before; letters behind the head are left out.
    pub(crate) fn put(&mut self, at: usize, letter: char) {
        if at < HEAD_LETTERS {
            self.0 |= (u64::from(letter) & 0xff) << (8 * at);
        }
    }

    /// Of the first `letters` of `bytes`, which are small letters of ASCII.
    pub(crate) fn of_ascii(bytes: [u8; HEAD_LETTERS], letters: usize) -> Self {
        Self(u64::from_le_bytes(bytes)).cut(letters)
    }

    fn cut(self, letters: usize) -> Self {
        Self(self.0 & KEPT[letters])
    }

    /// How many letters there are, up to the number of a head's.
    fn letters(self) -> usize {
        HEAD_LETTERS - self.0.leading_zeros() as usize / 8
    }
}

/// Whether no other word of ASCII has the head of `word`, in small letters.
pub(crate) fn is_spelled_by_head(word: &str) -> bool {
    word.len() <= HEAD_LETTERS && word.is_ascii()
}

/// A set of heads that may hold more than was put in.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    bits: Vec<u64>,
    /// How far a hash is shifted to become the number of a bit.
    shift: u32,
}

impl Heads {
    /// The set of `heads`.
    pub(crate) fn new(mut heads: Vec<Head>) -> Self {
        heads.sort_unstable();
        heads.dedup();
        let wanted = heads.len().saturating_mul(BITS_PER_ENTRY).next_power_of_two();
        let size_bits = wanted.trailing_zeros().clamp(SIZE_BITS_MIN, SIZE_BITS_MAX);
        let mut made = Self {
            bits: vec![0; (1 << size_bits) / 64],
            shift: u64::BITS - size_bits,
        };
        for head in heads {
            let (at, bit) = made.place(head);
            made.bits[at] |= 1 << bit;
        }
        made
    }

    fn place(&self, head: Head) -> (usize, u64) {
        let hash = head.0.wrapping_mul(SPREAD) >> self.shift;
        (usize::try_from(hash / 64).unwrap_or(0), hash % 64)
    }

    /// The lowest bit is 0 where `head` is not in the set, for certain. A number, so that answers join without branches.
    fn answer(&self, head: Head) -> u64 {
        let (at, bit) = self.place(head);
        self.bits.get(at).map_or(1, |bits| bits >> bit)
    }

    /// False where `head` is not in the set, for certain.
    pub(crate) fn may_hold(&self, head: Head) -> bool {
        self.answer(head) & 1 == 1
    }
}

/// Letters that are looked at first: few words begin like a stem of ten watches, and the rest is decided by them.
const FIRST_LETTERS: usize = 4;

/// The stems of watched words. One that was never filled keeps every word.
#[derive(Debug, Default)]
pub(crate) struct Sieve {
    stems: Vec<Head>,
    /// Whole stems, and the first letters of longer ones.
    heads: Heads,
    beginnings: Heads,
    /// Letters of the shortest stem.
    shortest: usize,
}

impl Sieve {
    /// Adds what some word may begin with.
    pub(crate) fn add(&mut self, stem: &[char]) {
        self.stems.push(Head::of(stem.iter().copied()));
    }

    /// Makes what was added count.
    pub(crate) fn finish(&mut self) {
        let stems = std::mem::take(&mut self.stems);
        self.shortest = stems.iter().map(|stem| stem.letters()).min().unwrap_or(0);
        let longer = stems.iter().filter(|stem| stem.letters() >= FIRST_LETTERS);
        self.beginnings = Heads::new(longer.map(|stem| stem.cut(FIRST_LETTERS)).collect());
        self.heads = Heads::new(stems);
    }

    /// False where no stem begins a word with this head, for certain.
    pub(crate) fn keeps(&self, word: Head) -> bool {
        let mut short = 0;
        for letters in self.shortest..FIRST_LETTERS {
            short |= self.heads.answer(word.cut(letters));
        }
        let beginning = self.beginnings.answer(word.cut(FIRST_LETTERS));
        short & 1 == 1 || beginning & 1 == 1 && self.has_long_stem_of(word)
    }

    fn has_long_stem_of(&self, word: Head) -> bool {
        let mut answers = 0;
        for letters in FIRST_LETTERS..=HEAD_LETTERS {
            answers |= self.heads.answer(word.cut(letters));
        }
        answers & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(word: &str) -> Head {
        Head::of(word.chars())
    }

    #[test]
    fn words_that_begin_with_a_stem_are_kept_and_most_others_are_not() {
        let mut sieve = Sieve::default();
        for stem in ["putin", "eu", "supercalifragilistic", "войн"] {
            sieve.add(&stem.chars().collect::<Vec<_>>());
        }
        assert!(sieve.keeps(head("anything")), "before it is finished");
        sieve.finish();
        for word in ["putin", "putins", "eu", "europe", "supercali", "войны"] {
            assert!(sieve.keeps(head(word)), "{word}");
        }
        let others = (0..10_000).map(|number| format!("q{number}"));
        assert!(others.filter(|word| sieve.keeps(head(word))).count() < 1_000);
    }

    #[test]
    fn a_head_is_the_same_from_letters_and_from_bytes() {
        assert_eq!(Head::of_ascii(*b"kabarabc", 5), head("kabar"));
        assert_eq!(Head::of_ascii(*b"kabarabc", 8), head("kabarabcdef"));
    }
}
