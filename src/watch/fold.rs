//! Letters, made comparable: width, case, marks and writing variants, each with its place in the text.
//!
//! Owns what one character folds to. Never decides what a word is.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::watch::letters::is_mark;

/// Traditional Chinese characters with their simplified ones.
const HAN: &str = include_str!("tables/han.txt");

static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let chars: Vec<char> = HAN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::chars)
        .collect();
    chars.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
});

/// Folds of characters that the table below covers: computed once, since most text lies there.
static COMMON: LazyLock<Vec<Vec<(char, char)>>> = LazyLock::new(|| {
    (0..COMMON_CHARS)
        .map(|code| char::from_u32(code).map(fold_slowly).unwrap_or_default())
        .collect()
});

/// Everything before the ideographs.
pub(crate) const COMMON_CHARS: u32 = 0x3200;

/// A letter or digit of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Without case and marks.
    pub(crate) bare: char,
    /// Without case, with its marks.
    pub(crate) marked: char,
    /// Whether it is a capital.
    pub(crate) is_upper: bool,
    /// First byte of what it came from.
    pub(crate) start: u32,
    /// One past its last byte.
    pub(crate) end: u32,
}

/// How a script writes words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Latin, Greek, Cyrillic and every other script with spaces between words.
    Spaced,
    Arabic,
    Hebrew,
    Hangul,
    Digit,
    Han,
    Kana,
    /// Thai, Lao, Khmer, Burmese.
    Thai,
}

impl Script {
    /// Whether words follow each other without spaces.
    pub(crate) fn is_unsegmented(self) -> bool {
        match self {
            Self::Han | Self::Kana | Self::Thai => true,
            Self::Spaced | Self::Arabic | Self::Hebrew | Self::Hangul | Self::Digit => false,
        }
    }
}

/// The script of a letter.
pub(crate) fn script_of(c: char) -> Script {
    match c {
        '0'..='9' => Script::Digit,
        // Latin, Greek, Cyrillic, Armenian: most text is told by two comparisons.
        ..'\u{590}' => Script::Spaced,
        '\u{590}'..='\u{5ff}' | '\u{fb1d}'..='\u{fb4f}' => Script::Hebrew,
        '\u{600}'..='\u{6ff}'
        | '\u{750}'..='\u{77f}'
        | '\u{8a0}'..='\u{8ff}'
        | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' => Script::Arabic,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{aa60}'..='\u{aa7f}' => {
            Script::Thai
        }
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}' => Script::Hangul,
        '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' => Script::Kana,
        '\u{3005}'..='\u{3007}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' => Script::Han,
        _ => Script::Spaced,
    }
}

/// Whether a character is skipped wherever it stands: soft hyphens, joiners, vowel points, variation selectors.
pub(crate) fn is_dropped(c: char) -> bool {
    // Most characters are told by one comparison.
    !c.is_ascii()
        && matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{93c}' | '\u{feff}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}')
}

/// Whether `c` only changes the letter before it; behind a blank it belongs to nothing.
pub(crate) fn needs_letter(c: char) -> bool {
    !c.is_ascii() && (is_mark(c) || is_jamo_tail(c) || matches!(c, '\u{ff9e}' | '\u{ff9f}'))
}

fn is_jamo_tail(c: char) -> bool {
    matches!(c, '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}')
}

/// Adds the letters of `c`, which stands at `start`, to `out`; a mark joins the letter before it.
pub(crate) fn push_letters(c: char, start: usize, out: &mut Vec<Letter>) {
    let end = place(start + c.len_utf8());
    let start = place(start);
    if c.is_ascii() {
        let lower = c.to_ascii_lowercase();
        out.push(Letter {
            bare: lower,
            marked: lower,
            is_upper: c != lower,
            start,
            end,
        });
        return;
    }
    let c = match c {
        // The voice marks of half-width kana.
        '\u{ff9e}' => '\u{3099}',
        '\u{ff9f}' => '\u{309a}',
        other => other,
    };
    if (is_mark(c) || is_jamo_tail(c)) && join_mark(c, end, out) {
        return;
    }
    let is_upper = c.is_uppercase();
    let mut push = |(bare, marked): &(char, char)| {
        out.push(Letter {
            bare: *bare,
            marked: *marked,
            is_upper,
            start,
            end,
        });
    };
    if matches!(c, '\u{ac00}'..='\u{d7a3}') {
        push(&(c, c));
    } else if matches!(c, '\u{4e00}'..='\u{9fff}') {
        push(&(SIMPLIFIED.get(&c).copied().unwrap_or(c), c));
    } else if let Some(folded) = COMMON.get(c as usize) {
        folded.iter().for_each(&mut push);
    } else {
        fold_slowly(c).iter().for_each(&mut push);
    }
}

/// A place in a text; texts of 4 GiB do not get here.
pub(crate) fn place(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Composes a mark with the letter before it; true where the mark is used up.
fn join_mark(mark: char, end: u32, out: &mut [Letter]) -> bool {
    let Some(last) = out.last_mut() else {
        return false;
    };
    let composed = unicode_normalization::char::compose(last.marked, mark);
    let strips = strips_marks(last.bare);
    if composed.is_none() && !strips {
        return false;
    }
    last.end = end;
    if let Some(composed) = composed {
        last.marked = composed;
        let bare_of = |folded: &[(char, char)]| folded.first().map_or(composed, |pair| pair.0);
        // From the table, where it is there: to fold again took half the time of a text that is spelled with marks.
        last.bare = match COMMON.get(composed as usize) {
            Some(folded) => bare_of(folded),
            None => bare_of(&fold_slowly(composed)),
        };
    }
    true
}

fn strips_marks(bare: char) -> bool {
    matches!(bare, 'a'..='z' | '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}')
}

/// The (bare, marked) letters of one character.
fn fold_slowly(c: char) -> Vec<(char, char)> {
    if let Some(fixed) = fixed_fold(c) {
        return fixed;
    }
    let composed: Vec<char> = std::iter::once(c).nfkc().flat_map(char::to_lowercase).nfc().collect();
    let mut out = Vec::with_capacity(composed.len());
    for marked in composed {
        match fixed_fold(marked) {
            Some(fixed) => out.extend(fixed),
            None if is_combining_mark(marked) && out.last().is_some_and(|(bare, _)| strips_marks(*bare)) => {}
            None => out.push((bare_of(marked), marked)),
        }
    }
    out
}

fn bare_of(marked: char) -> char {
    // Й, ї and ў are letters of their own: "мои" is not "мой".
    if matches!(marked, 'й' | 'ї' | 'ў') {
        return marked;
    }
    if let Some(simplified) = SIMPLIFIED.get(&marked) {
        return *simplified;
    }
    let first = std::iter::once(marked).nfd().next().unwrap_or(marked);
    if strips_marks(first) { first } else { marked }
}

/// Letters that Unicode does not decompose, or not as people type them.
fn fixed_fold(c: char) -> Option<Vec<(char, char)>> {
    let one = |bare, marked| Some(vec![(bare, marked)]);
    match c {
        'İ' => one('i', 'i'),
        'ı' => one('i', 'ı'),
        'đ' | 'Đ' | 'ð' | 'Ð' => one('d', 'đ'),
        'ø' | 'Ø' => one('o', 'ø'),
        'ł' | 'Ł' => one('l', 'ł'),
        'ħ' | 'Ħ' => one('h', 'ħ'),
        'ŧ' | 'Ŧ' => one('t', 'ŧ'),
        'ə' | 'Ə' => one('ə', 'ə'),
        'æ' | 'Æ' => Some(vec![('a', 'a'), ('e', 'e')]),
        'œ' | 'Œ' => Some(vec![('o', 'o'), ('e', 'e')]),
        'þ' | 'Þ' => Some(vec![('t', 't'), ('h', 'h')]),
        'ß' | 'ẞ' => Some(vec![('s', 's'), ('s', 's')]),
        'ς' => one('σ', 'σ'),
        'ґ' | 'Ґ' => one('г', 'ґ'),
        'أ' | 'إ' | 'آ' | 'ٱ' => one('ا', 'ا'),
        'ى' | 'ی' => one('ي', 'ي'),
        'ة' => one('ه', 'ه'),
        'ک' => one('ك', 'ك'),
        _ => digit_of(c).map(|digit| vec![(digit, digit)]),
    }
}

/// The ASCII digit of a decimal digit of another script.
fn digit_of(c: char) -> Option<char> {
    /// Zeros of the scripts that have their own decimal digits and write news; Unicode Standard, category Nd.
    const ZEROS: [u32; 17] = [
        0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040,
        0x17e0, 0xff10,
    ];
    let code = u32::from(c);
    ZEROS
        .iter()
        .filter_map(|zero| code.checked_sub(*zero))
        .find(|digit| *digit < 10)
        .and_then(|digit| char::from_digit(digit, 10))
}
