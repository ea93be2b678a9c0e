//! Numbers in their place: "Rp 1.950.000 per gram" today and "Rp 1.965.000 per gram" tomorrow are two reports.
//!
//! Owns finding numbers that differ while the words around them agree. Weekdays count as numbers.

use crate::dedup::similar::words::Word;
use crate::dedup::similar::words::hash_of;

/// Words on one side, or on both, that make a place.
const CONTEXT_WORDS: usize = 2;
/// One place in this many must differ.
const DIFFERING_SHARE_MIN: usize = 20;

/// A number and where it stands; places are compared first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The hash of the words around it.
    context: u32,
    number: u32,
}

/// The numbers of a text with the words around them, sorted, each once.
pub(super) fn by_context(words: &[Word]) -> Vec<Place> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < words.len() {
        let length = words[start..].iter().take_while(|word| word.is_number).count();
        if length == 0 {
            start += 1;
            continue;
        }
        let end = start + length;
        // Where an excerpt ends, a number may be cut.
        if end == words.len() {
            break;
        }
        let number = hash_of(&words[start..end]);
        found.extend(contexts(words, start, end).map(|context| Place { context, number }));
        start = end;
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether at places that both texts have, each has a number that the other has not. An excerpt may lack some, a correction
/// adds some, and among very many numbers one that differs is an edit.
pub(super) fn contradict(a: &[Place], b: &[Place]) -> bool {
    let (mut common, mut differing) = (0_usize, 0_usize);
    let mut rest = b;
    for own in a.chunk_by(|one, next| one.context == next.context) {
        let context = own[0].context;
        rest = &rest[rest.iter().take_while(|other| other.context < context).count()..];
        let others = &rest[..rest.iter().take_while(|other| other.context == context).count()];
        if others.is_empty() {
            continue;
        }
        let has_more = |a: &[Place], b: &[Place]| a.iter().any(|place| b.binary_search(place).is_err());
        common += 1;
        differing += usize::from(has_more(own, others) && has_more(others, own));
    }
    differing > 0 && differing * DIFFERING_SHARE_MIN >= common
}

/// The two words before, the two behind, and one on each side.
fn contexts(words: &[Word], start: usize, end: usize) -> impl Iterator<Item = u32> {
    let before = start
        .checked_sub(CONTEXT_WORDS)
        .map(|from| marked(1, hash_of(&words[from..start])));
    let behind = words
        .get(end..end + CONTEXT_WORDS)
        .map(|behind| marked(2, hash_of(behind)));
    let around = start.checked_sub(1).zip(words.get(end));
    let around = around.map(|(before, behind)| marked(3, hash_of(&[words[before], *behind])));
    [before, behind, around].into_iter().flatten()
}

/// On which side of the number the words stand.
fn marked(side: u32, hash: u32) -> u32 {
    hash.rotate_left(side)
}
