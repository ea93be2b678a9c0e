//! Where watched words stand in one text.
//!
//! Owns occurrences and their list by word. Never decides what counts as a word.

use crate::watch::tokens::Token;
use crate::watch::tokens::Tokens;
use crate::watch::tokens::WORD_PLACES;
use crate::watch::tokens::letter_places;

/// Occurrences of one word in one field that are kept: no article has more, and hostile text costs no more.
const OCCURRENCES_MAX: usize = 10_000;

/// Where something stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Occurrence {
    /// First and last word by number.
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// Places for NEAR: from the first word's to behind the last.
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Bytes.
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Occurrence {
    /// The same in a text that has so many words, places and bytes before it.
    pub(crate) fn moved(self, indexes: u32, places: u32, bytes: u32) -> Self {
        Self {
            first: self.first.saturating_add(indexes),
            last: self.last.saturating_add(indexes),
            from: self.from.saturating_add(places),
            to: self.to.saturating_add(places),
            start: self.start.saturating_add(bytes),
            end: self.end.saturating_add(bytes),
        }
    }
}

/// Where occurrences are put.
pub(crate) trait Collect {
    /// Whether more occurrences of `word` would be kept.
    fn wants(&self, word: u32) -> bool;
    /// Adds an occurrence; they come in the order of the text.
    fn add(&mut self, word: u32, occurrence: Occurrence);
}

impl Collect for Vec<(u32, Occurrence)> {
    fn wants(&self, _word: u32) -> bool {
        true
    }

    fn add(&mut self, word: u32, occurrence: Occurrence) {
        self.push((word, occurrence));
    }
}

/// Puts the occurrences of one piece of a text where the piece stands.
pub(crate) struct Moved<'a> {
    pub(crate) found: &'a mut Found,
    /// Words, places and bytes before the piece.
    pub(crate) indexes: u32,
    pub(crate) places: u32,
    pub(crate) bytes: u32,
}

impl Collect for Moved<'_> {
    fn wants(&self, word: u32) -> bool {
        self.found.of(word).len() < OCCURRENCES_MAX
    }

    fn add(&mut self, word: u32, occurrence: Occurrence) {
        let moved = occurrence.moved(self.indexes, self.places, self.bytes);
        self.found.push(word, moved);
    }
}

/// Occurrences in one text, by word. Used again for the next text without giving memory back.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Of each word: 1 and the position of its list, or 0.
    lists_of: Vec<u32>,
    words: Vec<u32>,
    lists: Vec<Vec<Occurrence>>,
    /// One bit for each word, set where it occurs: small enough for a near cache where `lists_of` is not.
    occurs: Vec<u64>,
}

impl Found {
    /// Forgets the last text; there are `words` words.
    pub(crate) fn clear(&mut self, words: usize) {
        for word in self.words.drain(..) {
            self.lists_of[word as usize] = 0;
            self.occurs[word as usize / 64] = 0;
        }
        self.lists_of.resize(words, 0);
        self.occurs.resize(words.div_ceil(64), 0);
    }

    /// Adds an occurrence; they come in the order of the text.
    pub(crate) fn push(&mut self, word: u32, occurrence: Occurrence) {
        let Some(slot) = self.lists_of.get_mut(word as usize) else {
            return;
        };
        if *slot == 0 {
            let at = self.words.len();
            self.words.push(word);
            self.occurs[word as usize / 64] |= 1 << (word % 64);
            *slot = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
            match self.lists.get_mut(at) {
                Some(list) => list.clear(),
                None => self.lists.push(Vec::new()),
            }
        }
        if let Some(list) = self.lists.get_mut(*slot as usize - 1)
            && list.len() < OCCURRENCES_MAX
            && list.last() != Some(&occurrence)
        {
            list.push(occurrence);
        }
    }

    /// Words that occur.
    pub(crate) fn words(&self) -> &[u32] {
        &self.words
    }

    /// Whether a word occurs.
    pub(crate) fn has(&self, word: u32) -> bool {
        let bits = self.occurs.get(word as usize / 64);
        bits.is_some_and(|bits| bits >> (word % 64) & 1 == 1)
    }

    /// Where a word occurs, in the order of the text.
    pub(crate) fn of(&self, word: u32) -> &[Occurrence] {
        let slot = self.lists_of.get(word as usize).copied().unwrap_or(0);
        let list = (slot as usize).checked_sub(1).and_then(|at| self.lists.get(at));
        list.map_or(&[], Vec::as_slice)
    }
}

fn bytes(read: &Tokens, first: usize, last: usize) -> (u32, u32) {
    let start = read.letters.get(first).map_or(0, |letter| letter.start);
    let end = last
        .checked_sub(1)
        .and_then(|at| read.letters.get(at))
        .map_or(start, |letter| letter.end);
    (start, end)
}

/// The occurrence that takes a whole token.
pub(crate) fn whole(read: &Tokens, token: &Token) -> Occurrence {
    let (start, end) = bytes(read, token.first, token.last);
    Occurrence {
        first: token.index,
        last: token.index,
        from: token.place,
        to: token.place.saturating_add(WORD_PLACES),
        start,
        end,
    }
}

/// The occurrence that takes `length` letters of a run.
pub(crate) fn part(read: &Tokens, token: &Token, offset: usize, length: usize) -> Occurrence {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let places = |n: usize| {
        token
            .place
            .saturating_add(count(n).saturating_mul(letter_places(token.script)))
    };
    let first = token.index.saturating_add(count(offset));
    let (start, end) = bytes(read, token.first + offset, token.first + offset + length);
    Occurrence {
        first,
        last: first.saturating_add(count(length).saturating_sub(1)),
        from: places(offset),
        to: places(offset + length),
        start,
        end,
    }
}
