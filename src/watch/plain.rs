//! Words that need none of the rules of tokenising: letters of Latin, Greek or Cyrillic and nothing else.
//!
//! Owns which letters are plain, and the heads of words made of them. Never decides whether a word is wanted.

use std::sync::LazyLock;

use crate::watch::fold::Script;
use crate::watch::fold::is_dropped;
use crate::watch::fold::needs_letter;
use crate::watch::fold::push_letters;
use crate::watch::fold::script_of;
use crate::watch::letters::is_letter;
use crate::watch::sieve::Head;
use crate::watch::sieve::is_spelled_by_head;

/// Everything before Armenian: Latin with its usual marks, Greek, Cyrillic.
const PLAIN_CHARS: u32 = 0x530;

/// The heads of a word: without its marks, as watches look at it, and with them, as function words are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlainWord {
    pub(crate) bare: Head,
    pub(crate) marked: Head,
    /// Whether the heads are the whole word.
    pub(crate) is_spelled: bool,
}

/// What a plain letter folds to, and the alphabet it counts to.
#[derive(Clone, Copy, Debug)]
struct Plain {
    bare: char,
    marked: char,
    alphabet: Alphabet,
}

/// What matters for words that mix Latin and Cyrillic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alphabet {
    Latin,
    Cyrillic,
    Other,
}

static PLAIN: LazyLock<Vec<Option<Plain>>> =
    LazyLock::new(|| (0..PLAIN_CHARS).map(|code| plain(char::from_u32(code)?)).collect());

/// `c` as a plain letter: one letter when folded, that neither changes the one before nor parts words.
fn plain(c: char) -> Option<Plain> {
    if !is_letter(c) || is_dropped(c) || needs_letter(c) {
        return None;
    }
    let mut letters = Vec::new();
    push_letters(c, 0, &mut letters);
    let [letter] = letters[..] else { return None };
    let alphabet = match letter.bare {
        'a'..='z' => Alphabet::Latin,
        '\u{400}'..='\u{52f}' => Alphabet::Cyrillic,
        _ => Alphabet::Other,
    };
    (script_of(letter.bare) == Script::Spaced).then_some(Plain {
        bare: letter.bare,
        marked: letter.marked,
        alphabet,
    })
}

/// `word` where it is made of plain letters: it is one word then, and begins nowhere else than at its first letter.
pub(crate) fn plain_word(word: &str) -> Option<PlainWord> {
    let table = &*PLAIN;
    let (mut bare, mut marked) = (Head::default(), Head::default());
    let (mut is_latin, mut is_cyrillic) = (false, false);
    for (at, c) in word.chars().enumerate() {
        let letter = (*table.get(c as usize)?)?;
        bare.put(at, letter.bare);
        marked.put(at, letter.marked);
        is_latin |= letter.alphabet == Alphabet::Latin;
        is_cyrillic |= letter.alphabet == Alphabet::Cyrillic;
    }
    // Letters that look like those of the other alphabet are changed in such a word.
    let is_mixed = is_latin && is_cyrillic;
    (!word.is_empty() && !is_mixed).then_some(PlainWord {
        bare,
        marked,
        is_spelled: is_spelled_by_head(word),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::tokens::tokenise;

    #[test]
    fn a_plain_word_has_the_letters_that_tokenising_gives_it() {
        for word in ["Kabar", "Новости", "ειδήσεις", "Ñandú", "Đà", "Łódź", "ёлка", "naïveté"]
        {
            let read = tokenise(word);
            assert_eq!(read.tokens.len(), 1, "{word}");
            let plain = plain_word(word);
            let heads = PlainWord {
                bare: Head::of(read.letters.iter().map(|letter| letter.bare)),
                marked: Head::of(read.letters.iter().map(|letter| letter.marked)),
                is_spelled: word == "Kabar",
            };
            assert_eq!(plain, Some(heads), "{word}");
        }
    }

    #[test]
    fn what_needs_rules_is_no_plain_word() {
        for word in [
            "",
            "l'eau",
            "ʼok",
            "Рutin",
            "a1",
            "1",
            "Straße",
            "e\u{301}a",
            "a.b",
            "AT&T",
            "שלום",
            "普京",
            "“a”",
            "a\u{ad}b",
        ] {
            assert_eq!(plain_word(word), None, "{word}");
        }
    }

    #[test]
    fn every_plain_letter_is_one_word_alone_and_beside_others() {
        for c in (0..PLAIN_CHARS).filter_map(char::from_u32) {
            for word in [c.to_string(), format!("{c}{c}"), format!("θ{c}θ")] {
                let read = tokenise(&word);
                let is_one =
                    read.tokens.len() == 1 && (read.index, read.place) == (1, crate::watch::tokens::WORD_PLACES);
                assert!(plain_word(&word).is_none() || is_one && read.is_spoken, "{word}");
            }
        }
    }
}
