//! The pieces of text that are remembered, found by what they spell.
//!
//! Owns one table with its keys inside: a look-up is one hash and, mostly, one line of the processor's cache.

use std::hash::BuildHasher;

use crate::watch::quick::Quick;

/// Bytes of the longest piece that is remembered: longer ones hardly come again.
pub(crate) const PIECE_BYTES_MAX: usize = 38;
/// Pieces that are remembered: 16 MB of them hold the words of several languages' news.
pub(crate) const PIECES_MAX: usize = 1 << 18;
/// Slots of the index for each piece at most, as a power of two: more than half of them stay empty.
const SLOTS: usize = 2 * PIECES_MAX;

/// A piece of text between spaces, whatever its language. 64 bytes.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Piece {
    pub(crate) spelling: [u8; PIECE_BYTES_MAX],
    pub(crate) length: u8,
    /// How many words it has.
    pub(crate) words: u8,
    /// How far it moves the number and the place of the next word.
    pub(crate) indexes: u16,
    pub(crate) places: u16,
    /// Where its function words begin in the list of all, and how many there are.
    pub(crate) functions: (u32, u8),
    /// Whether it holds a letter, even of an address.
    pub(crate) is_spoken: bool,
    /// Whether some watched word may be in it in some language.
    pub(crate) is_wanted: bool,
}

impl Default for Piece {
    fn default() -> Self {
        Self {
            spelling: [0; PIECE_BYTES_MAX],
            length: 0,
            words: 0,
            indexes: 0,
            places: 0,
            functions: (0, 0),
            is_spoken: false,
            is_wanted: false,
        }
    }
}

impl Piece {
    fn is_spelled(&self, text: &[u8]) -> bool {
        self.spelling.get(..usize::from(self.length)) == Some(text)
    }
}

/// Bits of an entry of the index that are a number: enough for all pieces and one.
const NUMBER_MASK: u32 = (2 * PIECES_MAX as u32) - 1;
/// Where the bits of a hash begin that an entry keeps: others than those that choose the slot.
const TAG_SHIFT: u32 = 32;

/// Where a piece belongs that is not there yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vacancy {
    slot: usize,
    tag: u32,
}

/// All pieces.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    hash: Quick,
    /// Of each slot: the number of its piece and 1, below some bits of its hash; or 0.
    index: Vec<u32>,
    pieces: Vec<Piece>,
}

impl Pieces {
    /// Whether no more should be added.
    pub(crate) fn is_full(&self) -> bool {
        self.pieces.len() >= PIECES_MAX
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Piece> {
        self.pieces.get(number as usize)
    }

    /// The number of the piece that `text` spells, or where it belongs.
    pub(crate) fn find(&mut self, text: &str) -> Result<u32, Vacancy> {
        if self.index.is_empty() {
            self.index = vec![0; SLOTS];
        }
        let text = text.as_bytes();
        let hash = self.hash.hash_one(text);
        let tag = u32::try_from(hash >> TAG_SHIFT).unwrap_or(0) & !NUMBER_MASK;
        let mut slot = usize::try_from(hash & (SLOTS as u64 - 1)).unwrap_or(0);
        loop {
            let entry = self.index[slot];
            let Some(number) = (entry & NUMBER_MASK).checked_sub(1) else {
                return Err(Vacancy { slot, tag });
            };
            if entry & !NUMBER_MASK == tag && self.pieces[number as usize].is_spelled(text) {
                return Ok(number);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// Adds what `text` spells where [`Pieces::find`] found room, and answers its number.
    pub(crate) fn insert(&mut self, vacancy: Vacancy, text: &str, piece: Piece) -> u32 {
        let mut piece = piece;
        let length = text.len().min(PIECE_BYTES_MAX);
        piece.spelling[..length].copy_from_slice(&text.as_bytes()[..length]);
        piece.length = u8::try_from(length).unwrap_or(u8::MAX);
        self.pieces.push(piece);
        let number = u32::try_from(self.pieces.len()).unwrap_or(u32::MAX);
        self.index[vacancy.slot] = number | vacancy.tag;
        number - 1
    }
}
