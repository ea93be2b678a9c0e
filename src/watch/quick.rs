//! Fast hashing for tables that live in memory only.
//!
//! Owns the hash and its seed: feed text is hostile input, so no two processes hash alike. Never used for what is stored.

use std::hash::BuildHasher;
use std::hash::Hasher;
use std::hash::RandomState;

/// An odd number with its bits well spread: 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Makes hashers with one seed.
#[derive(Clone, Debug)]
pub(crate) struct Quick {
    seed: u64,
}

impl Default for Quick {
    fn default() -> Self {
        Self {
            seed: RandomState::new().hash_one(SPREAD),
        }
    }
}

impl Quick {
    /// The hash of a few numbers, all at once.
    pub(crate) fn hash_words<const N: usize>(&self, words: &[u64; N]) -> u64 {
        let mut secret = self.seed;
        let mut hash = 0;
        for pair in words.chunks(2) {
            let second = pair.get(1).copied().unwrap_or(0);
            let next = secret.wrapping_add(SPREAD);
            hash ^= folded(pair[0] ^ secret, second ^ next.rotate_left(32));
            secret = next.wrapping_add(SPREAD);
        }
        hash
    }
}

/// Both halves of a product in one number.
fn folded(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    let (low, high) = (product & u128::from(u64::MAX), product >> 64);
    u64::try_from(low ^ high).unwrap_or(0)
}

impl BuildHasher for Quick {
    type Hasher = Mixer;

    fn build_hasher(&self) -> Mixer {
        Mixer(self.seed)
    }
}

/// Multiplies and folds, eight bytes at a time.
pub(crate) struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, word: u64) {
        self.0 = folded(self.0 ^ word, SPREAD);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(word.try_into().map_or(0, u64::from_le_bytes));
        }
        let rest = words.remainder();
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.mix(u64::from_le_bytes(last));
        }
        self.mix(bytes.len() as u64);
    }

    fn write_u8(&mut self, number: u8) {
        self.mix(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
