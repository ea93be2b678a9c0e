//! Words of a text, in every script, with their places.
//!
//! Owns where a word begins and ends. Scripts without spaces give one token a run, compared letter by letter.
//! Never decides whether a word is wanted.

use crate::watch::addresses::address_length;
use crate::watch::addresses::host_length;
use crate::watch::fold::Letter;
use crate::watch::fold::Script;
use crate::watch::fold::is_dropped;
use crate::watch::fold::needs_letter;
use crate::watch::fold::place;
use crate::watch::fold::push_letters;
use crate::watch::fold::script_of;
use crate::watch::letters::is_apostrophe;
use crate::watch::letters::is_letter;
use crate::watch::letters::is_mark;

/// Places of one word: twentieths, so that 2 Han characters or 5 Thai letters are one word (QUERY.md section 1).
pub(crate) const WORD_PLACES: u32 = 20;
/// Places between two blocks: more than NEAR can span, so neither phrase nor NEAR crosses.
pub(crate) const BLOCK_GAP: u32 = 100 * WORD_PLACES;

/// Letters of one word or run: longer ones are no language, and are read in parts.
const TOKEN_LETTERS_MAX: usize = 4096;
/// Letters after which a batch ends, behind a word: some hundred kilobytes of memory, however long a text is.
const BATCH_LETTERS: usize = 4096;

/// One word, or one run of a script without spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Its letters: `first..last` of [`Tokens::letters`].
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) script: Script,
    /// Its number; neighbours differ by one, and letters of a run count one each.
    pub(crate) index: u32,
    /// Its place for NEAR.
    pub(crate) place: u32,
}

/// A text as words.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) letters: Vec<Letter>,
    pub(crate) tokens: Vec<Token>,
    /// The number and the place that a word behind the text would have.
    pub(crate) index: u32,
    pub(crate) place: u32,
    /// Whether there is a letter, even in an address.
    pub(crate) is_spoken: bool,
}

/// Places that one letter of a run takes.
pub(crate) fn letter_places(script: Script) -> u32 {
    match script {
        Script::Han | Script::Kana => WORD_PLACES / 2,
        Script::Thai => WORD_PLACES / 5,
        Script::Spaced | Script::Arabic | Script::Hebrew | Script::Hangul | Script::Digit => 0,
    }
}

impl Tokens {
    /// How many words there are; runs count as one.
    pub(crate) fn words(&self) -> u32 {
        u32::try_from(self.tokens.len()).unwrap_or(u32::MAX)
    }
}

/// The words of `text`, as [`tokenise_into`] reads them.
#[cfg(test)]
pub(crate) fn tokenise(text: &str) -> Tokens {
    let mut out = Tokens::default();
    tokenise_into(text, &mut out);
    out
}

/// The words of `text`, in memory that was used before. Addresses (`https://...`, `www....`, `me@example.org`) hold none.
pub(crate) fn tokenise_into(text: &str, out: &mut Tokens) {
    Scan::new(text, Addresses::Skipped).read(out, usize::MAX);
}

/// The words of a query's term: what a person types is wanted, even an address.
pub(crate) fn tokenise_term(text: &str) -> Tokens {
    let mut out = Tokens::default();
    Scan::new(text, Addresses::Read).read(&mut out, usize::MAX);
    out
}

/// The words of a long text, some thousand at a time. Places and numbers go on from batch to batch.
pub(crate) struct Batches<'a> {
    scan: Scan<'a>,
}

impl<'a> Batches<'a> {
    /// Of `text`, as [`tokenise_into`] reads it.
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            scan: Scan::new(text, Addresses::Skipped),
        }
    }

    /// Reads the next words into `out`; false where there are no more.
    pub(crate) fn read(&mut self, out: &mut Tokens) -> bool {
        let is_more = self.scan.at < self.scan.text.len();
        if is_more {
            self.scan.read(out, BATCH_LETTERS);
        }
        is_more
    }
}

/// Whether addresses hold words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Addresses {
    Skipped,
    Read,
}

struct Scan<'a> {
    text: &'a str,
    addresses: Addresses,
    /// Where to go on.
    at: usize,
    out: Tokens,
    /// First letter and script of the word being read.
    open: Option<(usize, Script)>,
    /// Where a stretch ends that was found to be no address.
    no_address_before: usize,
    index: u32,
    place: u32,
    newlines: u32,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str, addresses: Addresses) -> Self {
        // Every address has one of these; most pieces of text have none.
        let is_plain = !text.bytes().any(|byte| matches!(byte, b'.' | b'@' | b'/'));
        Self {
            text,
            addresses: if is_plain { Addresses::Read } else { addresses },
            at: 0,
            out: Tokens::default(),
            open: None,
            no_address_before: 0,
            index: 0,
            place: 0,
            newlines: 0,
        }
    }

    /// Reads words into `out`, whose memory is used again, until they have `most` letters or the text ends.
    fn read(&mut self, out: &mut Tokens, most: usize) {
        self.out = std::mem::take(out);
        self.out.letters.clear();
        self.out.tokens.clear();
        self.out.is_spoken = false;
        let first = self.at;
        while let Some(c) = self.text[self.at..].chars().next() {
            self.at += self.step(self.at, c);
            if self.out.letters.len() >= most && self.open.is_none() {
                break;
            }
        }
        if self.at == self.text.len() {
            self.close();
        }
        if !self.text[first..self.at].is_ascii() {
            homoglyphs(&mut self.out);
        }
        (self.out.index, self.out.place) = (self.index, self.place);
        *out = std::mem::take(&mut self.out);
    }

    /// Reads the character at `at`; how many bytes were used.
    fn step(&mut self, at: usize, c: char) -> usize {
        if is_dropped(c) {
            // Persian parts endings from words by it.
            if c == '\u{200c}' && self.open.is_some_and(|(_, script)| script == Script::Arabic) {
                self.close();
            }
            return c.len_utf8();
        }
        if is_letter(c) {
            return self.letter(at, c);
        }
        if is_hebrew_acronym(self.text, at, c) && self.open.is_some_and(|(_, script)| script == Script::Hebrew) {
            return c.len_utf8();
        }
        if is_apostrophe(c) && self.joins_letters(at, c) {
            self.out.letters.push(Letter {
                bare: '\'',
                marked: '\'',
                is_upper: false,
                start: place(at),
                end: place(at + c.len_utf8()),
            });
            return c.len_utf8();
        }
        self.close();
        if c == '\n' {
            self.newlines += 1;
            if self.newlines == 2 {
                self.index += BLOCK_GAP;
                self.place += BLOCK_GAP;
            }
        }
        c.len_utf8()
    }

    fn letter(&mut self, at: usize, c: char) -> usize {
        self.newlines = 0;
        self.out.is_spoken = true;
        if self.open.is_none() {
            if let Some(length) = self.address(at, c) {
                return length;
            }
            if let Some(length) = self.dotted(at) {
                return length;
            }
        }
        if self.open.is_none() && needs_letter(c) {
            // It must not change the last letter of the word before.
            return c.len_utf8();
        }
        let before = self.out.letters.len();
        push_letters(c, at, &mut self.out.letters);
        let Some(letter) = self.out.letters.get(before).copied() else {
            return c.len_utf8();
        };
        let script = script_of(letter.bare);
        let is_mark = is_mark(c);
        match self.open {
            Some((first, open)) if (is_mark || joins(open, script)) && before - first < TOKEN_LETTERS_MAX => {}
            Some(_) => {
                self.close_at(before);
                self.open = Some((before, script));
            }
            None => self.open = Some((before, script)),
        }
        c.len_utf8()
    }

    /// How many bytes an address at `at` takes.
    fn address(&mut self, at: usize, c: char) -> Option<usize> {
        if self.addresses == Addresses::Read || !c.is_ascii() || at < self.no_address_before {
            return None;
        }
        let found = address_length(self.text, at);
        if found.is_none() {
            // The rest of what was no address is not looked at again: "a-a-a-a" would cost the square of its length.
            self.no_address_before = at + host_length(self.text, at);
        }
        found
    }

    /// Reads `U.S.` as one word; how many bytes it takes.
    fn dotted(&mut self, at: usize) -> Option<usize> {
        let rest = &self.text[at..];
        if rest.chars().nth(1) != Some('.') {
            // Nearly every word ends here: the rest would look at it three times.
            return None;
        }
        let pairs = || {
            let mut chars = rest.char_indices();
            std::iter::from_fn(move || match (chars.next(), chars.next()) {
                (Some((at, letter)), Some((_, '.'))) if is_cased(letter) => Some((at, letter)),
                _ => None,
            })
        };
        let count = pairs().count();
        let mut length: usize = pairs().map(|(_, letter)| letter.len_utf8() + 1).sum();
        let mut behind = rest[length..].chars();
        let last = behind.next().filter(|last| is_cased(*last));
        let ends_with_letter = last.is_some() && !behind.next().is_some_and(is_letter);
        if count == 0 || count == 1 && !ends_with_letter {
            return None;
        }
        let first = self.out.letters.len();
        for (place, letter) in pairs() {
            push_letters(letter, at + place, &mut self.out.letters);
        }
        if let Some(last) = last.filter(|_| ends_with_letter) {
            push_letters(last, at + length, &mut self.out.letters);
            length += last.len_utf8();
        }
        self.open = Some((first, Script::Spaced));
        self.close();
        Some(length)
    }

    fn joins_letters(&self, at: usize, c: char) -> bool {
        let is_spaced = self
            .open
            .is_some_and(|(_, script)| !script.is_unsegmented() && script != Script::Digit);
        let is_after_letter = self.out.letters.last().is_some_and(|letter| letter.bare != '\'');
        let next = self.text[at + c.len_utf8()..].chars().find(|next| !is_dropped(*next));
        is_spaced
            && is_after_letter
            && next.is_some_and(|next| next.is_alphabetic() && !script_of(next).is_unsegmented())
    }

    fn close(&mut self) {
        self.close_at(self.out.letters.len());
    }

    fn close_at(&mut self, last: usize) {
        let Some((first, script)) = self.open.take() else {
            return;
        };
        let letters = u32::try_from(last.saturating_sub(first)).unwrap_or(u32::MAX);
        let (indexes, places) = if script.is_unsegmented() {
            (letters, letters.saturating_mul(letter_places(script)))
        } else {
            (1, WORD_PLACES)
        };
        self.out.tokens.push(Token {
            first,
            last,
            script,
            index: self.index,
            place: self.place,
        });
        self.index = self.index.saturating_add(indexes);
        self.place = self.place.saturating_add(places);
    }
}

/// Whether a letter has capitals, as those of acronyms with dots have.
fn is_cased(c: char) -> bool {
    c.is_uppercase() || c.is_lowercase()
}

/// Whether the sign at `at` marks a Hebrew acronym, `צה"ל`: it belongs to the word and is not spelled.
pub(crate) fn is_hebrew_acronym(text: &str, at: usize, sign: char) -> bool {
    let is_hebrew = |c: char| c.is_alphabetic() && script_of(c) == Script::Hebrew;
    matches!(sign, '"' | '\u{5f4}' | '\u{201d}')
        && text[..at].chars().next_back().is_some_and(is_hebrew)
        && text[at + sign.len_utf8()..].chars().next().is_some_and(is_hebrew)
}

/// Whether a letter continues a word: Han and kana share a run, every other change of script parts words.
fn joins(open: Script, next: Script) -> bool {
    let is_japanese = |script| matches!(script, Script::Han | Script::Kana);
    open == next || (is_japanese(open) && is_japanese(next))
}

/// Maps letters that look the same to one script, in words that mix Latin and Cyrillic; such words imitate others.
fn homoglyphs(tokens: &mut Tokens) {
    const LATIN: &str = "aceopxyijsbhkmtz";
    const CYRILLIC: &str = "асеорхуіјѕвнкмтз";
    /// The first letters look the same in both cases; the rest only as capitals.
    const BOTH_CASES: usize = 10;
    for token in tokens.tokens.iter().filter(|token| token.script == Script::Spaced) {
        let word = &mut tokens.letters[token.first..token.last];
        let latin = word.iter().filter(|letter| letter.bare.is_ascii_lowercase()).count();
        let cyrillic = word
            .iter()
            .filter(|letter| matches!(letter.bare, '\u{400}'..='\u{52f}'))
            .count();
        if latin == 0 || cyrillic == 0 {
            continue;
        }
        let (from, to) = if latin >= cyrillic {
            (CYRILLIC, LATIN)
        } else {
            (LATIN, CYRILLIC)
        };
        for letter in word {
            let place = from.chars().position(|c| c == letter.bare);
            if let Some(place) = place.filter(|place| *place < BOTH_CASES || letter.is_upper)
                && let Some(same) = to.chars().nth(place)
            {
                letter.bare = same;
                letter.marked = same;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_that_stands_alone_changes_no_word_before_it() {
        let with_mark = tokenise("Kyiv \u{301}\u{323} war");
        let words = with_mark.tokens.iter().map(|token| {
            let letters = &with_mark.letters[token.first..token.last];
            let word: String = letters.iter().map(|letter| letter.marked).collect();
            (word, letters.last().map(|letter| letter.end))
        });
        let words: Vec<_> = words.collect();
        assert_eq!(words, [("kyiv".to_owned(), Some(4)), ("war".to_owned(), Some(13))]);
    }
}
