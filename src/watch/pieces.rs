//! The pieces of text that are remembered, found by what they spell.
//!
//! Owns one table with its keys inside: a look-up is one hash and, mostly, one line of the processor's cache.

use crate::watch::quick::Quick;

/// Numbers of eight bytes that hold a spelling.
const SPELLING_WORDS: usize = 5;
/// Bytes of the longest piece that is remembered: longer ones hardly come again.
pub(crate) const PIECE_BYTES_MAX: usize = 8 * SPELLING_WORDS;
/// Pieces that are remembered: 16 MB of them hold the words of several languages' news.
pub(crate) const PIECES_MAX: usize = 1 << 18;
/// Slots of the index for each piece at most, as a power of two: more than half of them stay empty.
const SLOTS: usize = 2 * PIECES_MAX;

/// The bytes of a piece and zeros behind them: hashed and compared without a branch on its length.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spelling {
    words: [u64; SPELLING_WORDS],
    length: u8,
}

impl Spelling {
    /// Of `text[first..last]`; nothing for one that is too long.
    pub(crate) fn of(text: &str, first: usize, last: usize) -> Option<Self> {
        let length = last.checked_sub(first).filter(|length| *length <= PIECE_BYTES_MAX)?;
        let rest = text.as_bytes().get(first..)?;
        let mut bytes = [0; PIECE_BYTES_MAX];
        match rest.first_chunk() {
            Some(chunk) => bytes = *chunk,
            None => bytes[..rest.len()].copy_from_slice(rest),
        }
        let mut words = [0; SPELLING_WORDS];
        for (at, (word, bytes)) in words.iter_mut().zip(bytes.as_chunks().0).enumerate() {
            *word = u64::from_le_bytes(*bytes) & MASKS[length.saturating_sub(8 * at).min(8)];
        }
        let length = u8::try_from(length).ok()?;
        Some(Self { words, length })
    }

    fn is_same(&self, other: &Self) -> bool {
        let pairs = self.words.iter().zip(&other.words);
        let differences = pairs.fold(0, |all, (one, other)| all | (one ^ other));
        differences == 0 && self.length == other.length
    }
}

/// Keeps the first 0 to 8 bytes of a number.
const MASKS: [u64; 9] = {
    let mut masks = [u64::MAX; 9];
    let mut kept = 0;
    while kept < 8 {
        masks[kept] = (1 << (8 * kept)) - 1;
        kept += 1;
    }
    masks
};

/// A piece of text between spaces, whatever its language. 64 bytes.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub(crate) struct Piece {
    pub(crate) spelling: Spelling,
    /// How many words it has.
    pub(crate) words: u8,
    /// How far it moves the number and the place of the next word.
    pub(crate) indexes: u16,
    pub(crate) places: u16,
    /// Where its function words begin in the list of all, and how many there are.
    pub(crate) first_function: u32,
    pub(crate) functions: u8,
    /// Whether it holds a letter, even of an address.
    pub(crate) is_spoken: bool,
    /// Whether some watched word may be in it in some language.
    pub(crate) is_wanted: bool,
}

const _: () = assert!(size_of::<Piece>() == 64, "a piece is one line of the processor's cache");

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

    pub(crate) fn hash(&self, spelling: &Spelling) -> u64 {
        let [a, b, c, d, e] = spelling.words;
        self.hash.hash_words(&[a, b, c, d, e, u64::from(spelling.length)])
    }

    /// The number of the piece with this spelling and its hash, or where it belongs.
    pub(crate) fn find(&mut self, spelling: &Spelling, hash: u64) -> Result<u32, Vacancy> {
        if self.index.is_empty() {
            self.index = vec![0; SLOTS];
        }
        let tag = u32::try_from(hash >> TAG_SHIFT).unwrap_or(0) & !NUMBER_MASK;
        let mut slot = usize::try_from(hash & (SLOTS as u64 - 1)).unwrap_or(0);
        loop {
            let entry = self.index[slot];
            let Some(number) = (entry & NUMBER_MASK).checked_sub(1) else {
                return Err(Vacancy { slot, tag });
            };
            if entry & !NUMBER_MASK == tag && self.pieces[number as usize].spelling.is_same(spelling) {
                return Ok(number);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// Adds a piece where [`Pieces::find`] found room, and answers its number.
    pub(crate) fn insert(&mut self, vacancy: Vacancy, piece: Piece) -> u32 {
        self.pieces.push(piece);
        let number = u32::try_from(self.pieces.len()).unwrap_or(u32::MAX);
        self.index[vacancy.slot] = number | vacancy.tag;
        number - 1
    }
}
