//! What is remembered of pieces of text that were read before: most words of an article were in the last one, too.
//!
//! Owns the pieces between spaces, their words and which watched words they count as. Knows no document.

use std::ops::Range;

use crate::watch::cuts::Cut;
use crate::watch::found::Collect;
use crate::watch::found::Occurrence;
use crate::watch::found::part;
use crate::watch::found::whole;
use crate::watch::guess::GUESS_WORDS_MAX;
use crate::watch::guess::function_word;
use crate::watch::pieces::Clue;
use crate::watch::pieces::Piece;
use crate::watch::pieces::Pieces;
use crate::watch::pieces::Spelling;
use crate::watch::pieces::Vacancy;
use crate::watch::terms::Terms;
use crate::watch::tokens::Token;
use crate::watch::tokens::Tokens;
use crate::watch::tokens::tokenise_into;
use crate::watch::words::Before;
use crate::watch::words::Place;

/// Answers that are remembered, about 7 MB of them.
const ANSWERS_MAX: usize = 1 << 18;
/// Languages with answers of their own at a time; a text in one more makes all be forgotten.
const LANGUAGES_MAX: usize = 64;

/// Pieces and answers. Bounded.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pieces: Pieces,
    functions: Vec<(u32, u16)>,
    /// The words of the piece that is being learned.
    read: Tokens,
    languages: Vec<Answers>,
    answers: Vec<(u32, Occurrence)>,
}

/// What the pieces count as in one language: where the answers stand in the list of all, and how many there are.
#[derive(Debug, Default)]
struct Answers {
    language: Option<String>,
    of: Vec<Option<(u32, u32)>>,
}

impl Memory {
    /// Makes room, where there is too much. Numbers given before are void then.
    pub(crate) fn trim(&mut self) {
        if self.pieces.is_full() || self.languages.len() > LANGUAGES_MAX || self.answers.len() > ANSWERS_MAX {
            *self = Self::default();
        }
    }

    /// Where to look for the piece `text[bytes]`; any place for one that is not worth remembering.
    pub(crate) fn clue(&self, text: &str, bytes: Range<usize>) -> Clue {
        Spelling::of(text, bytes).map_or(Clue::default(), |spelling| self.pieces.clue(&spelling))
    }

    /// Completes the clues of `cuts` with the pieces that are known.
    ///
    /// First all entries of the index, then all pieces: the processor waits for many places of its memory at once.
    pub(crate) fn recall(&self, text: &str, cuts: &mut [Cut]) {
        for cut in cuts.iter_mut() {
            self.pieces.read_entry(&mut cut.clue);
        }
        for cut in cuts {
            let spelling = Spelling::of(text, cut.bytes());
            self.pieces.compare(spelling.as_ref(), &mut cut.clue);
        }
    }

    /// The number of the piece at `cut`, which is learned where it is not known; nothing for one that is not worth
    /// remembering.
    pub(crate) fn number(&mut self, text: &str, cut: &Cut, terms: &Terms) -> Option<u32> {
        if let Some(known) = cut.clue.known() {
            return Some(known);
        }
        let spelling = Spelling::of(text, cut.bytes())?;
        // An equal piece before it may have been learned since.
        match self.pieces.find(&spelling, &cut.clue) {
            Ok(known) => Some(known),
            Err(vacancy) => self.learn(&text[cut.bytes()], spelling, vacancy, terms),
        }
    }

    fn learn(&mut self, text: &str, spelling: Spelling, vacancy: Vacancy, terms: &Terms) -> Option<u32> {
        tokenise_into(text, &mut self.read);
        let read = &self.read;
        if self.pieces.is_full() || read.tokens.iter().any(|token| token.script.is_unsegmented()) {
            return None;
        }
        let first = u32::try_from(self.functions.len()).ok()?;
        self.functions.extend(functions(read));
        let piece = Piece {
            spelling,
            // None of these numbers is larger than a piece has bytes, times the places of a word.
            words: u8::try_from(read.tokens.len()).ok()?,
            indexes: u16::try_from(read.index).ok()?,
            places: u16::try_from(read.place).ok()?,
            first_function: first,
            functions: u8::try_from(self.functions.len() - first as usize).ok()?,
            is_spoken: read.is_spoken,
            is_wanted: read.tokens.iter().any(|token| may_be_wanted(read, token, terms)),
        };
        Some(self.pieces.insert(vacancy, piece))
    }

    pub(crate) fn piece(&self, number: u32) -> Option<&Piece> {
        self.pieces.get(number)
    }

    /// The function words of a piece: their places among its words, and the sets of their languages.
    pub(crate) fn functions(&self, piece: &Piece) -> &[(u32, u16)] {
        let (first, count) = (piece.first_function as usize, usize::from(piece.functions));
        self.functions.get(first..first + count).unwrap_or_default()
    }

    /// The slot of a language for [`Memory::words`].
    pub(crate) fn language(&mut self, language: Option<&str>) -> usize {
        let known = self
            .languages
            .iter()
            .position(|known| known.language.as_deref() == language);
        known.unwrap_or_else(|| {
            self.languages.push(Answers {
                language: language.map(str::to_owned),
                of: Vec::new(),
            });
            self.languages.len() - 1
        })
    }

    /// The watched words in piece `number`, whose text is `text`, in the language of `slot`; places are within the piece.
    pub(crate) fn words(&mut self, number: u32, text: &str, slot: usize, terms: &Terms) -> &[(u32, Occurrence)] {
        let Some(answers) = self.languages.get_mut(slot) else {
            return &[];
        };
        let at = number as usize;
        if answers.of.len() <= at {
            answers.of.resize(at + 1, None);
        }
        let known = answers.of[at].unwrap_or_else(|| {
            let first = self.answers.len();
            tokenise_into(text, &mut self.read);
            words_in(&self.read, terms, answers.language.as_deref(), &mut self.answers);
            let count = self.answers.len() - first;
            let range = (u32::try_from(first).unwrap_or(0), u32::try_from(count).unwrap_or(0));
            answers.of[at] = Some(range);
            range
        });
        let (first, count) = known;
        self.answers
            .get(first as usize..(first + count) as usize)
            .unwrap_or_default()
    }
}

/// The function words of `read`, as far as a guess reads: their places among its words, and the sets of their languages.
pub(crate) fn functions(read: &Tokens) -> impl Iterator<Item = (u32, u16)> + '_ {
    let letters = |token: &Token| &read.letters[token.first..token.last];
    (0..GUESS_WORDS_MAX)
        .zip(&read.tokens)
        .filter_map(move |(at, token)| Some((at, function_word(letters(token))?)))
}

/// Adds every watched word of `read` with its place to `found`.
pub(crate) fn words_in(read: &Tokens, terms: &Terms, language: Option<&str>, found: &mut impl Collect) {
    let mut words = Vec::new();
    for token in &read.tokens {
        if token.script.is_unsegmented() {
            words_in_run(read, token, terms, found);
            continue;
        }
        words.clear();
        let place = Place::new(&read.letters, token, language);
        walk(&place, terms, |pattern, start, depth, before| {
            // One pattern may be found from every letter of a word.
            let word = terms.word_of[pattern];
            // The last question costs the most.
            if words.last() != Some(&word)
                && found.wants(word)
                && terms.patterns[pattern].accepts(&place, start, depth, before)
            {
                words.push(word);
            }
        });
        words.sort_unstable();
        words.dedup();
        for word in &words {
            found.add(*word, whole(read, token));
        }
    }
}

fn may_be_wanted(read: &Tokens, token: &Token, terms: &Terms) -> bool {
    let mut any = false;
    if token.last > token.first {
        walk(&Place::new(&read.letters, token, None), terms, |_, _, _, _| any = true);
    }
    any
}

/// Calls `found` with every pattern that has a stem in a word of a script with spaces: the pattern, where the stem
/// begins, how long it is, and what stands before it.
fn walk(place: &Place<'_>, terms: &Terms, mut found: impl FnMut(usize, usize, usize, Before)) {
    for (start, before) in place.starts() {
        terms.starts.walk(&place.letters[start..], |pattern, depth| {
            found(pattern, start, depth, before)
        });
    }
    if !terms.middles.is_empty() {
        for start in 0..place.letters.len() {
            terms.middles.walk(&place.letters[start..], |pattern, depth| {
                found(pattern, start, depth, Before::Middle)
            });
        }
    }
}

fn words_in_run(read: &Tokens, token: &Token, terms: &Terms, found: &mut impl Collect) {
    if terms.runs.is_empty() {
        return;
    }
    let place = Place::new(&read.letters, token, None);
    for start in 0..place.letters.len() {
        terms.runs.walk(&place.letters[start..], |pattern, depth| {
            let word = terms.word_of[pattern];
            if found.wants(word) && terms.patterns[pattern].accepts(&place, start, depth, Before::Middle) {
                found.add(word, part(read, token, start, depth));
            }
        });
    }
}
