//! Where words end in a run of Han or Thai letters, as far as a dictionary knows.
//!
//! Owns the dictionaries and the cheapest way to cut a run into its words. Used to check matches, never to find them:
//! it cuts unknown names apart.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::watch::fold::Letter;
use crate::watch::fold::Script;
use crate::watch::language::fold;
use crate::watch::language::rows;
use crate::watch::quick::Quick;

/// What a letter costs that no word has: more than any word of its table.
const HAN_UNKNOWN_COST: u32 = 120;
const THAI_UNKNOWN_COST: u32 = 3;

static HAN: LazyLock<Dictionary> = LazyLock::new(|| {
    Dictionary::read(
        include_str!("tables/han_words.tsv"),
        Packing {
            first_letter: 0,
            letter_bits: 16,
            letters_max: 4,
        },
        HAN_UNKNOWN_COST,
    )
});
static THAI: LazyLock<Dictionary> = LazyLock::new(|| {
    Dictionary::read(
        include_str!("tables/thai_words.tsv"),
        Packing {
            first_letter: 0x0E00,
            letter_bits: 7,
            letters_max: 9,
        },
        THAI_UNKNOWN_COST,
    )
});

/// How a word becomes one number.
#[derive(Clone, Copy, Debug)]
struct Packing {
    /// The first letter of the script's block.
    first_letter: u32,
    /// Enough for the block.
    letter_bits: u32,
    /// Letters of the longest word in the table; they fit into 64 bits.
    letters_max: usize,
}

impl Packing {
    /// `key` with one more letter; none for a letter outside of the block.
    fn push(self, key: u64, letter: char) -> Option<u64> {
        let place = u32::from(letter).checked_sub(self.first_letter)?;
        (place >> self.letter_bits == 0).then_some(key << self.letter_bits | u64::from(place))
    }

    fn key(self, word: impl Iterator<Item = char>) -> Option<u64> {
        let mut key = 0;
        for letter in word {
            key = self.push(key, letter)?;
        }
        Some(key)
    }
}

/// The words of one script.
#[derive(Debug)]
pub(crate) struct Dictionary {
    packing: Packing,
    /// What each word costs: the more frequent, the less.
    costs: HashMap<u64, u32, Quick>,
    /// What a letter costs that no word has: more than any word.
    unknown_cost: u32,
}

impl Dictionary {
    /// The words of `script`, where there is a table of them.
    pub(crate) fn of(script: Script) -> Option<&'static Self> {
        match script {
            Script::Han => Some(&HAN),
            Script::Thai => Some(&THAI),
            _ => None,
        }
    }

    fn read(table: &'static str, packing: Packing, unknown_cost: u32) -> Self {
        let mut costs: HashMap<u64, u32, Quick> = HashMap::default();
        for row in rows(table) {
            let [cost, list] = row[..] else { continue };
            let Ok(cost) = cost.parse() else { continue };
            for word in list.split(' ') {
                if let Some(key) = packing.key(fold(word).chars()) {
                    costs.entry(key).or_insert(cost);
                }
            }
        }
        Self {
            packing,
            costs,
            unknown_cost,
        }
    }

    /// Whether it has `word`, of two letters or more, as one word.
    pub(crate) fn has(&self, word: &[Letter]) -> bool {
        let is_of_length = (2..=self.packing.letters_max).contains(&word.len());
        let key = || self.packing.key(word.iter().map(|letter| letter.bare));
        is_of_length && key().is_some_and(|key| self.costs.contains_key(&key))
    }

    /// For each place in `run`, whether a word ends and another begins there; both ends of the run count.
    ///
    /// The cheapest sequence of words, found from left to right: linear in the length of the run.
    pub(crate) fn edges(&self, run: &[Letter]) -> Vec<bool> {
        // The cheapest cost up to each place, and the length of the last word on the way there.
        let mut best = vec![(u32::MAX, 1); run.len() + 1];
        best[0] = (0, 0);
        for start in 0..run.len() {
            let before = best[start].0;
            let mut reach = |length: usize, cost: u32| {
                let cost = before.saturating_add(cost);
                let known = &mut best[start + length];
                // Of two ways that cost the same, the one with the longer last word came first.
                if cost < known.0 {
                    *known = (cost, length);
                }
            };
            let mut key = Some(0);
            for (at, letter) in run[start..].iter().take(self.packing.letters_max).enumerate() {
                key = key.and_then(|key| self.packing.push(key, letter.bare));
                let cost = key.and_then(|key| self.costs.get(&key)).copied();
                match cost {
                    Some(cost) => reach(at + 1, cost),
                    None if at == 0 => reach(1, self.unknown_cost),
                    None if key.is_none() => break,
                    None => {}
                }
            }
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
}

#[cfg(test)]
mod tests {
    use crate::watch::segments::Dictionary;
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
            "ธนาคาร|กลาง|คาด|เงินเฟ้อ|ลด|ลง|ช่วง|ปลาย|ปี",
            "มี|ผู้|ตาย|สาม|ราย",
            "ราคา|ปลา|สด",
        ] {
            let plain = text.replace('|', "");
            let mut expected = vec![true];
            for word in text.split('|') {
                expected.extend((1..word.chars().count()).map(|_| false));
                expected.push(true);
            }
            let read = tokenise(&plain);
            let dictionary = Dictionary::of(read.tokens[0].script);
            let edges = dictionary.map(|words| words.edges(&read.letters));
            assert_eq!(edges, Some(expected), "{text}");
        }
    }
}
