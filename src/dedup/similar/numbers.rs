//! Numbers in their place: "Rp 1.950.000 per gram" today and "Rp 1.965.000 per gram" tomorrow are two reports.
//!
//! Owns finding numbers that differ while the words around them agree. Weekdays count as numbers.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::OnceLock;

use crate::dedup::similar::lede::hash_of;

/// Words on one side, or on both, that make a place.
const CONTEXT_WORDS: usize = 2;
/// One place in this many must differ.
const DIFFERING_SHARE_MIN: usize = 20;
/// The numbers of a text by the hash of the words around them, each list sorted.
pub(super) fn by_context(words: &[String]) -> HashMap<u32, Vec<u32>> {
    let mut found: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut start = 0;
    while start < words.len() {
        let length = words[start..].iter().take_while(|word| is_number(word)).count();
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
        for context in contexts(words, start, end) {
            let numbers = found.entry(context).or_default();
            if let Err(at) = numbers.binary_search(&number) {
                numbers.insert(at, number);
            }
        }
        start = end;
    }
    found
}

/// Whether at places that both texts have, each has a number that the other has not. An excerpt may lack some, a correction
/// adds some, and among very many numbers one that differs is an edit.
pub(super) fn contradict(a: &HashMap<u32, Vec<u32>>, b: &HashMap<u32, Vec<u32>>) -> bool {
    let has_more = |a: &[u32], b: &[u32]| a.iter().any(|number| b.binary_search(number).is_err());
    let (mut common, mut differing) = (0_usize, 0_usize);
    for (context, numbers) in a {
        let Some(others) = b.get(context) else { continue };
        common += 1;
        differing += usize::from(has_more(numbers, others) && has_more(others, numbers));
    }
    differing > 0 && differing * DIFFERING_SHARE_MIN >= common
}

fn is_number(word: &str) -> bool {
    word.contains(|c: char| c.is_numeric() && !('\u{3400}'..='\u{9FFF}').contains(&c)) || weekdays().contains(word)
}

fn weekdays() -> &'static HashSet<&'static str> {
    static WEEKDAYS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    WEEKDAYS.get_or_init(|| {
        let lines = include_str!("../rules/weekdays.txt").lines();
        let words = lines.map(|line| line.split_once('#').map_or(line, |(words, _)| words));
        words.flat_map(str::split_whitespace).collect()
    })
}

/// The two words before, the two behind, and one on each side.
fn contexts(words: &[String], start: usize, end: usize) -> impl Iterator<Item = u32> {
    let before = start
        .checked_sub(CONTEXT_WORDS)
        .map(|from| marked("before", &words[from..start]));
    let behind = words
        .get(end..end + CONTEXT_WORDS)
        .map(|behind| marked("behind", behind));
    let around = start.checked_sub(1).zip(words.get(end));
    let around = around.map(|(before, behind)| marked("around", &[words[before].clone(), behind.clone()]));
    [before, behind, around].into_iter().flatten()
}

fn marked(side: &str, words: &[String]) -> u32 {
    let mut all = vec![side.to_owned()];
    all.extend_from_slice(words);
    hash_of(&all)
}
