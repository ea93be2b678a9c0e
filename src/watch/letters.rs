//! What words are made of: letters, their marks, and the signs for an apostrophe.
//!
//! Owns the table that knows a letter by one look. Never reads a text.

use std::sync::LazyLock;

use unicode_normalization::char::is_combining_mark;

use crate::watch::fold::COMMON_CHARS;

/// Whether words are made of it.
pub(crate) fn is_letter(c: char) -> bool {
    match c {
        _ if c.is_ascii() => c.is_ascii_alphanumeric(),
        // Ideographs and Hangul have no other characters among them.
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => true,
        _ => match LETTERS.get(c as usize) {
            Some(is_letter) => *is_letter,
            None => is_rare_letter(c),
        },
    }
}

fn is_rare_letter(c: char) -> bool {
    // Unicode counts some signs for an apostrophe among the letters: Ukrainian мʼята, Uzbek Oʻzbekiston.
    (c.is_alphanumeric() || is_mark(c)) && !is_apostrophe(c)
}

/// The letters before the ideographs: the tables of Unicode are searched once, and not for every letter of a text.
static LETTERS: LazyLock<Vec<bool>> = LazyLock::new(|| {
    let letters = (0..COMMON_CHARS).map(|code| char::from_u32(code).is_some_and(is_rare_letter));
    letters.collect()
});

/// Whether a character only changes the one before it.
pub(crate) fn is_mark(c: char) -> bool {
    /// The first combining character of Unicode.
    const FIRST: char = '\u{300}';
    match c {
        ..FIRST | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => false,
        _ => match MARKS.get(c as usize) {
            Some(is_mark) => *is_mark,
            None => is_combining_mark(c),
        },
    }
}

/// The marks before the ideographs, as [`LETTERS`].
static MARKS: LazyLock<Vec<bool>> = LazyLock::new(|| {
    let marks = (0..COMMON_CHARS).map(|code| char::from_u32(code).is_some_and(is_combining_mark));
    marks.collect()
});

/// Signs that people type for an apostrophe, and the half rings of transliterated Arabic.
pub(crate) fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '\u{2019}'
            | '\u{2bc}'
            | '\u{2018}'
            | '`'
            | '\u{b4}'
            | '\u{2bb}'
            | '\u{2be}'
            | '\u{2bf}'
            | '\u{ff07}'
            | '\u{5f3}'
    )
}

#[cfg(test)]
mod tests {
    use crate::watch::letters::is_letter;
    use crate::watch::letters::is_mark;
    use crate::watch::letters::is_rare_letter;

    #[test]
    fn letters_are_those_of_unicode() {
        let wrong = ('\u{80}'..=char::MAX).find(|c| is_letter(*c) != is_rare_letter(*c));
        assert_eq!(wrong, None);
    }

    #[test]
    fn marks_are_those_of_unicode() {
        let wrong = ('\0'..=char::MAX).find(|c| is_mark(*c) != unicode_normalization::char::is_combining_mark(*c));
        assert_eq!(wrong, None);
    }
}
