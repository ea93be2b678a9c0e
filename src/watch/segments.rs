//! Where words end in a run of Han characters, as far as a dictionary knows.
//!
//! Owns the dictionary and the cheapest way to cut a run into its words. Used to check matches, never to find them:
//! it cuts unknown names apart.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::watch::fold::Letter;
use crate::watch::language::fold;
use crate::watch::language::rows;
use crate::watch::quick::Quick;

const TABLE: &str = include_str!("tables/han_words.tsv");

/// Characters of the longest word in the table.
const WORD_LETTERS_MAX: usize = 4;
/// What a character costs that the table does not have: more than any that it has.
const UNKNOWN_COST: u32 = 120;

/// What each word costs: the more frequent, the less.
static WORDS: LazyLock<HashMap<u64, u32, Quick>> = LazyLock::new(|| {
    let mut words: HashMap<u64, u32, Quick> = HashMap::default();
    for row in rows(TABLE) {
        let [cost, list] = row[..] else { continue };
        let Ok(cost) = cost.parse() else { continue };
        for word in list.split(' ') {
            let folded: Vec<char> = fold(word).chars().collect();
            if let Some(key) = key(folded.iter().copied()) {
                words.entry(key).or_insert(cost);
            }
        }
    }
    words
});

/// Up to four characters of the basic plane in one number.
fn key(word: impl Iterator<Item = char>) -> Option<u64> {
    let mut key = 0;
    for c in word {
        key = key << 16 | u64::from(u16::try_from(u32::from(c)).ok()?);
    }
    Some(key)
}

/// Whether the dictionary has `word`, of two characters or more, as one word.
pub(crate) fn is_word(word: &[Letter]) -> bool {
    (2..=WORD_LETTERS_MAX).contains(&word.len()) && cost(word).is_some()
}

fn cost(word: &[Letter]) -> Option<u32> {
    WORDS.get(&key(word.iter().map(|letter| letter.bare))?).copied()
}

/// For each place in `run`, whether a word ends and another begins there; both ends of the run count.
///
/// The cheapest sequence of words, found from left to right: linear in the length of the run.
pub(crate) fn edges(run: &[Letter]) -> Vec<bool> {
    // The cheapest cost up to each place, and the length of the last word on the way there.
    let mut best: Vec<(u32, usize)> = Vec::with_capacity(run.len() + 1);
    best.push((0, 0));
    for end in 1..=run.len() {
        let shortest = (
            best[end - 1]
                .0
                .saturating_add(cost(&run[end - 1..end]).unwrap_or(UNKNOWN_COST)),
            1,
        );
        let longer = (2..=WORD_LETTERS_MAX.min(end)).filter_map(|length| {
            let start = end - length;
            Some((best[start].0.saturating_add(cost(&run[start..end])?), length))
        });
        best.push(longer.fold(shortest, |a, b| if b.0 <= a.0 { b } else { a }));
    }
    let mut edges = vec![false; run.len() + 1];
    let mut at = run.len();
    while at > 0 {
        edges[at] = true;
        at -= best[at].1;
    }
    edges[0] = true;
    edges
}

#[cfg(test)]
mod tests {
    use crate::watch::segments::edges;
    use crate::watch::tokens::tokenise;

    #[test]
    fn runs_are_cut_as_readers_would() {
        for text in [
            "法国|会见|美国|外长",
            "今日|本报|讯",
            "東京|都",
            "其中|国有|企业",
            "美国|国会|投票",
            "大|地震",
        ] {
            let plain = text.replace('|', "");
            let mut expected = vec![true];
            for word in text.split('|') {
                expected.extend((1..word.chars().count()).map(|_| false));
                expected.push(true);
            }
            assert_eq!(edges(&tokenise(&plain).letters), expected, "{text}");
        }
    }
}
