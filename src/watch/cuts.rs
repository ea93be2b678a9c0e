//! A text, cut into the pieces between its blanks.
//!
//! Owns where a piece begins and ends, and which ones need no look. Never knows what a piece means.

use std::ops::Range;

use crate::watch::fold::place;
use crate::watch::guess::GUESS_WORDS_MAX;
use crate::watch::guess::may_be_function_word;
use crate::watch::guess::short_function_word;
use crate::watch::memory::Memory;
use crate::watch::pieces::Clue;
use crate::watch::plain::PlainWord;
use crate::watch::plain::plain_word;
use crate::watch::sieve::HEAD_LETTERS;
use crate::watch::sieve::Head;
use crate::watch::terms::Terms;

/// Where a piece stands in its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// Words behind the last piece that are only counted.
    pub(crate) skipped: Skipped,
    /// Ends of lines before it.
    pub(crate) lines: u32,
    /// What the memory knows of it.
    pub(crate) clue: Clue,
}

impl Cut {
    /// Its bytes.
    pub(crate) fn bytes(&self) -> Range<usize> {
        self.first as usize..self.last as usize
    }
}

/// Words that follow each other, and that neither a watch nor the guess of the language asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Skipped {
    pub(crate) words: u32,
    /// Ends of lines before the first.
    pub(crate) lines: u32,
    /// How often a new block begins at a later one.
    pub(crate) blocks: u32,
    /// How many of them are function words, and where those begin among all that were skipped.
    functions: u32,
    first_function: u32,
}

/// Pieces that are found before they are looked up: enough for the processor to wait for several places of the memory
/// at once, and few enough for its nearest cache: all those of a megabyte of one-letter words would fill 24 MB.
const CUTS_MAX: usize = 256;

/// The pieces of one text, some at a time. Used again for the next without giving memory back.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    /// What the last call of [`Cuts::read`] found.
    pub(crate) cuts: Vec<Cut>,
    /// Words behind the last piece.
    pub(crate) skipped: Skipped,
    /// Function words that were skipped: their places among those skipped with them, and the sets of their languages.
    functions: Vec<(u32, u16)>,
    /// Where the next piece is looked for, and the ends of lines since the last one.
    start: usize,
    lines: u32,
    /// Words of the document so far, at least.
    words: u32,
}

impl Cuts {
    /// Makes ready for a text, before which `words` words of the document were read.
    pub(crate) fn begin(&mut self, words: u32) {
        self.cuts.clear();
        self.functions.clear();
        *self = Self {
            cuts: std::mem::take(&mut self.cuts),
            functions: std::mem::take(&mut self.functions),
            words,
            ..Self::default()
        };
    }

    /// Finds the next pieces of `text`; false where there are no more.
    pub(crate) fn read(&mut self, text: &str, terms: &Terms, memory: &Memory) -> bool {
        self.cuts.clear();
        let bytes = text.as_bytes();
        while self.start < bytes.len() && self.cuts.len() < CUTS_MAX {
            let byte = bytes[self.start];
            if is_blank(byte) {
                self.lines += u32::from(byte == b'\n');
                self.start += 1;
                continue;
            }
            let piece = next_piece(text, self.start);
            self.start = piece.end;
            let lines = std::mem::take(&mut self.lines);
            if let Some(word) = piece.word {
                let is_guessed = self.words < GUESS_WORDS_MAX && may_be_function_word(word.marked);
                self.words = self.words.saturating_add(1);
                if (!is_guessed || word.is_spelled) && !terms.sieve.keeps(word.bare) {
                    self.skip(lines, is_guessed.then(|| short_function_word(word.marked)).flatten());
                    continue;
                }
            }
            self.cuts.push(Cut {
                first: place(piece.first),
                last: place(piece.last),
                skipped: std::mem::take(&mut self.skipped),
                lines,
                clue: memory.clue(text, piece.first..piece.last),
            });
        }
        memory.recall(text, &mut self.cuts);
        !self.cuts.is_empty()
    }

    /// The function words among words that were skipped together, as [`Counts::add`] takes them.
    ///
    /// [`Counts::add`]: crate::watch::guess::Counts::add
    pub(crate) fn functions(&self, skipped: &Skipped) -> &[(u32, u16)] {
        let first = skipped.first_function as usize;
        let last = first + skipped.functions as usize;
        self.functions.get(first..last).unwrap_or_default()
    }

    /// Passes a word; `function` is its set of languages where it is a function word.
    fn skip(&mut self, lines: u32, function: Option<u16>) {
        let skipped = &mut self.skipped;
        match skipped.words {
            0 => {
                skipped.lines = lines;
                skipped.first_function = place(self.functions.len());
            }
            _ => skipped.blocks += u32::from(lines >= 2),
        }
        if let Some(set) = function {
            self.functions.push((skipped.words, set));
            skipped.functions += 1;
        }
        skipped.words += 1;
    }
}

/// A piece without the signs around it, and where the next one may begin.
struct Piece {
    first: usize,
    last: usize,
    end: usize,
    /// Where it is one word of plain letters.
    word: Option<PlainWord>,
}

/// The piece that begins at `start`, which is no blank.
fn next_piece(text: &str, start: usize) -> Piece {
    let bytes = text.as_bytes();
    let (length, head) = plain_letters(bytes, start);
    let after = start + length;
    // Most pieces are a word and, at most, one sign: eight bytes at a time find their end and their letters together.
    let signs = bytes.get(after).map_or(0, |byte| usize::from(is_closing(*byte)));
    if length > 0 && bytes.get(after + signs).is_some_and(|byte| is_blank(*byte)) {
        return Piece {
            first: start,
            last: after,
            end: after + signs,
            word: Some(PlainWord {
                bare: head,
                marked: head,
                is_spelled: length <= HEAD_LETTERS,
            }),
        };
    }
    let end = piece_end(bytes, after);
    let (first, last) = trimmed(bytes, start, end);
    Piece {
        first,
        last,
        end,
        word: plain_word(&text[first..last]),
    }
}

/// How many letters of ASCII stand at `start`, and the first of them. Near the end of the text, some or all are left
/// for a slower look.
fn plain_letters(bytes: &[u8], start: usize) -> (usize, Head) {
    let mut length = 0;
    let mut head = Head::default();
    while let Some(chunk) = bytes.get(start + length..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let letters = others(word).trailing_zeros() as usize / 8;
        if length == 0 {
            head = Head::of_ascii((word | SMALL).to_le_bytes(), letters);
        }
        length += letters;
        if letters < 8 {
            break;
        }
    }
    (length, head)
}

/// One in each byte.
const ONES: u64 = u64::MAX / 0xff;
/// The upper bit of each byte.
const UPPER: u64 = ONES * 0x80;
/// The bit of each byte that makes a letter small.
const SMALL: u64 = ONES * 0x20;

/// The upper bit of every byte of `word` that is no letter of ASCII.
fn others(word: u64) -> u64 {
    let small = (word | SMALL) & !UPPER;
    let from_a = small + ONES * (0x80 - b'a' as u64);
    let behind_z = small + ONES * (0x7f - b'z' as u64);
    !(from_a & !behind_z & !word) & UPPER
}

/// The blanks of ASCII, as [`char::is_whitespace`] knows them.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// Where the piece that begins at `start` ends: before the next blank, looked for in eight bytes at a time; `start` may
/// be inside the piece.
fn piece_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        // The lowest byte whose upper bit is set is the first one up to a space: most controls are no blanks.
        let low = word.wrapping_sub(ONES * 0x21) & !word & (UPPER);
        if low == 0 {
            at += chunk.len();
            continue;
        }
        at += low.trailing_zeros() as usize / 8;
        if is_blank(bytes[at]) {
            return at;
        }
        at += 1;
    }
    let length = bytes[at..].iter().position(|byte| is_blank(*byte));
    length.map_or(bytes.len(), |length| at + length)
}

/// Signs behind a word that change nothing.
fn is_closing(byte: u8) -> bool {
    matches!(
        byte,
        b',' | b';' | b':' | b'!' | b'?' | b')' | b']' | b'"' | b'\'' | b'.'
    )
}

/// A piece without the signs around it, which change nothing: "(Putin)," is remembered as "Putin".
fn trimmed(bytes: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
    while start < end && matches!(bytes[start], b'(' | b'[' | b'"' | b'\'') {
        start += 1;
    }
    while start < end {
        match bytes[end - 1] {
            // "U.S." is one word with its last dot.
            b'.' if bytes[start..end - 1].contains(&b'.') => break,
            byte if is_closing(byte) => end -= 1,
            _ => break,
        }
    }
    (start, end)
}
