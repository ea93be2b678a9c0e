//! One document, read once: where each watched word stands in it.
//!
//! Owns occurrences and their places. Never knows watches.

use std::collections::HashMap;

use crate::dedup::TextField;
use crate::watch::language;
use crate::watch::matcher::Document;
use crate::watch::terms::Joint;
use crate::watch::terms::Sequence;
use crate::watch::terms::Terms;
use crate::watch::tokens::Token;
use crate::watch::tokens::Tokens;
use crate::watch::tokens::WORD_PLACES;
use crate::watch::tokens::letter_places;
use crate::watch::tokens::tokenise;
use crate::watch::words::Before;
use crate::watch::words::Place;

/// Occurrences of one word in one field that are kept: no article has more, and hostile text costs no more.
const OCCURRENCES_MAX: usize = 10_000;

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Occurrence {
    /// First and last word by number.
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// Places for NEAR: from the first word's to behind the last.
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Bytes.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A document with its words.
pub(crate) struct Reading<'a> {
    pub(crate) document: &'a Document<'a>,
    pub(crate) language: Option<&'a str>,
    /// Per field, then per word.
    found: [HashMap<usize, Vec<Occurrence>>; 2],
}

/// Both fields, in the order of spans.
pub(crate) const FIELDS: [TextField; 2] = [TextField::Title, TextField::Text];

/// The position of `field` in [`FIELDS`].
pub(crate) fn slot(field: TextField) -> usize {
    match field {
        TextField::Title => 0,
        TextField::Text => 1,
    }
}

impl<'a> Reading<'a> {
    /// Finds every word of `terms` in `document`.
    pub(crate) fn new(document: &'a Document<'a>, terms: &Terms) -> Self {
        let texts = [document.title, document.text];
        let tokens = texts.map(tokenise);
        let declared = document.language.and_then(language::primary);
        let language = language::settle(declared, &[&tokens[0], &tokens[1]]);
        let found = [0, 1].map(|at| search(texts[at], &tokens[at], terms, language));
        Self {
            document,
            language,
            found,
        }
    }

    /// A reading with given occurrences, for another way of searching.
    #[cfg(test)]
    pub(crate) fn with(
        document: &'a Document<'a>,
        language: Option<&'a str>,
        found: [HashMap<usize, Vec<Occurrence>>; 2],
    ) -> Self {
        Self {
            document,
            language,
            found,
        }
    }

    /// The text of `field`.
    pub(crate) fn text(&self, field: TextField) -> &'a str {
        match field {
            TextField::Title => self.document.title,
            TextField::Text => self.document.text,
        }
    }

    /// Words that occur.
    pub(crate) fn words(&self) -> impl Iterator<Item = usize> + '_ {
        self.found.iter().flat_map(|found| found.keys().copied())
    }

    /// Where the words of `sequence` follow each other in `field`.
    pub(crate) fn occurrences(&self, sequence: &Sequence, field: TextField) -> Vec<Occurrence> {
        let found = &self.found[slot(field)];
        let mut words = sequence.words.iter();
        let Some(first) = words.next().and_then(|word| found.get(word)) else {
            return Vec::new();
        };
        let mut out = first.clone();
        for word in words {
            let Some(next) = found.get(word) else {
                return Vec::new();
            };
            out = out
                .iter()
                .filter_map(|so_far| self.extend(so_far, next, sequence.joint, field))
                .collect();
        }
        out
    }

    fn extend(&self, so_far: &Occurrence, next: &[Occurrence], joint: Joint, field: TextField) -> Option<Occurrence> {
        let wanted = so_far.last.checked_add(1)?;
        let at = next.partition_point(|occurrence| occurrence.first < wanted);
        let follower = next.get(at).filter(|follower| follower.first == wanted)?;
        let text = self.text(field);
        if joint == Joint::Glue && !is_glued(text.get(so_far.end..follower.start)?) {
            return None;
        }
        Some(Occurrence {
            last: follower.last,
            to: follower.to,
            end: follower.end,
            ..so_far.clone()
        })
    }
}

/// Whether parts of one word may be parted by this: nothing, or one sign or space.
fn is_glued(between: &str) -> bool {
    let mut shown = between.chars().filter(|c| !crate::watch::fold::is_dropped(*c));
    shown.next();
    shown.next().is_none()
}

fn search(text: &str, read: &Tokens, terms: &Terms, language: Option<&str>) -> HashMap<usize, Vec<Occurrence>> {
    let mut found: HashMap<usize, Vec<Occurrence>> = HashMap::new();
    // The same word is decided once per text.
    let mut memo: HashMap<&str, Vec<usize>> = HashMap::new();
    for token in &read.tokens {
        if token.script.is_unsegmented() {
            search_run(read, token, terms, &mut found);
            continue;
        }
        let (start, end) = bytes(read, token.first, token.last);
        let raw = text.get(start..end).unwrap_or_default();
        let words = memo
            .entry(raw)
            .or_insert_with(|| words_of(read, token, terms, language));
        for word in words {
            push(&mut found, *word, whole(read, token));
        }
    }
    found
}

/// The watched words that a token counts as.
fn words_of(read: &Tokens, token: &Token, terms: &Terms, language: Option<&str>) -> Vec<usize> {
    let place = Place::new(&read.letters, token, language);
    let mut out = Vec::new();
    let mut accept = |pattern: usize, start: usize, depth: usize, before: Before| {
        if terms.patterns[pattern].accepts(&place, start, depth, before) {
            out.push(terms.word_of[pattern]);
        }
    };
    for (start, before) in place.starts() {
        terms.starts.walk(&place.letters[start..], |pattern, depth| {
            accept(pattern, start, depth, before)
        });
    }
    if !terms.middles.is_empty() {
        for start in 0..place.letters.len() {
            terms.middles.walk(&place.letters[start..], |pattern, depth| {
                accept(pattern, start, depth, Before::Middle)
            });
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

fn search_run(read: &Tokens, token: &Token, terms: &Terms, found: &mut HashMap<usize, Vec<Occurrence>>) {
    if terms.runs.is_empty() {
        return;
    }
    let place = Place::new(&read.letters, token, None);
    for start in 0..place.letters.len() {
        terms.runs.walk(&place.letters[start..], |pattern, depth| {
            if terms.patterns[pattern].accepts(&place, start, depth, Before::Middle) {
                push(found, terms.word_of[pattern], part(read, token, start, depth));
            }
        });
    }
}

fn push(found: &mut HashMap<usize, Vec<Occurrence>>, word: usize, occurrence: Occurrence) {
    let list = found.entry(word).or_default();
    if list.len() < OCCURRENCES_MAX && list.last() != Some(&occurrence) {
        list.push(occurrence);
    }
}

fn bytes(read: &Tokens, first: usize, last: usize) -> (usize, usize) {
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
