//! The pieces of text that are remembered, found by what they spell.
//!
//! Owns one table with its keys inside: a look-up is one hash and, mostly, one line of the processor's cache.

use std::ops::Range;

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
    /// Of `text[bytes]`; nothing for one that is too long.
    pub(crate) fn of(text: &str, bytes: Range<usize>) -> Option<Self> {
        let length = Some(bytes.len()).filter(|length| *length <= PIECE_BYTES_MAX)?;
        let rest = text.as_bytes().get(bytes.start..)?;
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

/// Where to look for a piece: its hash, and what stands in the index at its first slot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clue {
    hash: u64,
    /// The number of the piece and 1, once it was compared; or 0.
    entry: u32,
}

impl Clue {
    /// The number of the piece, where it was found.
    pub(crate) fn known(&self) -> Option<u32> {
        self.entry.checked_sub(1)
    }

    fn slot(&self) -> usize {
        usize::try_from(self.hash & (SLOTS as u64 - 1)).unwrap_or(0)
    }

    fn tag(&self) -> u32 {
        u32::try_from(self.hash >> TAG_SHIFT).unwrap_or(0) & !NUMBER_MASK
    }
}

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

    /// The clue to a piece: its hash alone.
    pub(crate) fn clue(&self, spelling: &Spelling) -> Clue {
        let [a, b, c, d, e] = spelling.words;
        let hash = self.hash.hash_words(&[a, b, c, d, e, u64::from(spelling.length)]);
        Clue { hash, entry: 0 }
    }

    /// Reads the index where `clue` points to.
    pub(crate) fn read_entry(&self, clue: &mut Clue) {
        clue.entry = self.index.get(clue.slot()).copied().unwrap_or(0);
    }

    /// Keeps in `clue`, whose entry was read, the piece with this spelling; or nothing, where another one is there or
    /// the piece has no spelling, being too long.
    pub(crate) fn compare(&self, spelling: Option<&Spelling>, clue: &mut Clue) {
        let number = clue.entry & NUMBER_MASK;
        let piece = number.checked_sub(1).and_then(|number| self.get(number));
        let is_same = clue.entry & !NUMBER_MASK == clue.tag()
            && piece
                .zip(spelling)
                .is_some_and(|(piece, spelling)| piece.spelling.is_same(spelling));
        clue.entry = if is_same { number } else { 0 };
    }

    /// The number of the piece with this spelling, or where it belongs.
    pub(crate) fn find(&mut self, spelling: &Spelling, clue: &Clue) -> Result<u32, Vacancy> {
        if self.index.is_empty() {
            self.index = vec![0; SLOTS];
        }
        let (mut slot, tag) = (clue.slot(), clue.tag());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn spelling(text: &str) -> Option<Spelling> {
        Spelling::of(text, 0..text.len())
    }

    #[test]
    fn a_piece_is_known_by_its_spelling_alone_whatever_stands_in_its_slot() {
        let mut pieces = Pieces::default();
        let known = spelling("kabar").unwrap_or_default();
        let clue = pieces.clue(&known);
        let Err(vacancy) = pieces.find(&known, &clue) else {
            panic!("nothing was learned")
        };
        let piece = Piece {
            spelling: known,
            ..Piece::default()
        };
        assert_eq!(pieces.insert(vacancy, piece), 0);
        let long = "kabar".repeat(PIECE_BYTES_MAX);
        for (text, number) in [("kabar", Some(0)), ("warta", None), (&long, None)] {
            // As if all hashes were the same.
            let mut same = clue;
            pieces.read_entry(&mut same);
            pieces.compare(spelling(text).as_ref(), &mut same);
            assert_eq!(same.known(), number, "{text}");
        }
    }
}
