//! The characters of a line that people read: which ones never stand in a mail, where a line may be cut, how wide each is.
//!
//! Owns what makes text from strangers safe to show: no control, nothing invisible that reorders or hides text, no towers
//! of marks. Never changes what is left.

use unicode_normalization::char::is_combining_mark;

/// Marks on one letter. Vietnamese needs two, Hebrew with cantillation four, Tibetan stacks six; more is a tower.
const MARKS_MAX: usize = 6;
/// Joins the characters on its sides into one picture.
const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// The characters of `text` that may be shown, with their byte offsets.
pub(super) fn shown(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut marks = 0;
    text.char_indices().filter(move |(_, character)| {
        marks = if is_combining_mark(*character) { marks + 1 } else { 0 };
        marks <= MARKS_MAX && !is_never_shown(*character)
    })
}

/// Controls, bidi overrides and isolates, and what takes no place but hides or splits words.
fn is_never_shown(character: char) -> bool {
    let is_control = character.is_control() && !character.is_whitespace();
    let is_bidi_control = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_invisible = matches!(character, '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    let is_variation = matches!(character, '\u{e0100}'..='\u{e01ef}');
    is_control || is_bidi_control || (is_invisible && !is_variation)
}

/// Whether a cut between the two would tear what readers see as one character (Unicode Standard Annex 29, the part that news needs).
pub(super) fn is_joined(before: Option<char>, after: char) -> bool {
    let is_extending = is_combining_mark(after)
        || matches!(
            after,
            '\u{200c}' | ZERO_WIDTH_JOINER | '\u{e33}' | '\u{eb3}' | '\u{1f3fb}'..='\u{1f3ff}'
        );
    let is_flag = |c: char| matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
    let is_jamo = |c: char| matches!(c, '\u{1100}'..='\u{11ff}');
    is_extending
        || before.is_some_and(|before| {
            before == ZERO_WIDTH_JOINER || (is_flag(before) && is_flag(after)) || (is_jamo(before) && is_jamo(after))
        })
}

/// Columns that the character takes on a terminal: 0, 1 or 2 (Unicode Standard Annex 11, wide and fullwidth).
pub(super) fn columns(character: char) -> usize {
    let is_zero = is_combining_mark(character)
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if is_zero {
        return 0;
    }
    let is_wide = matches!(character, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{303e}' | '\u{3041}'..='\u{a4cf}' | '\u{a960}'..='\u{a97c}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}' | '\u{1f900}'..='\u{1f9ff}' | '\u{20000}'..='\u{3fffd}');
    if is_wide { 2 } else { 1 }
}

/// Columns of the whole text.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Whether some of `text` is written from right to left: Hebrew, Arabic, Syriac, Thaana, N'Ko and their neighbours.
pub(super) fn has_right_to_left(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        shown(text).map(|(_, character)| character).collect()
    }

    #[test]
    fn what_reorders_or_hides_text_is_not_shown() {
        assert_eq!(
            cleaned("a\u{202e}b\u{2066}c\u{0}d\u{1b}[31me\u{200b}f\u{e0041}g"),
            "abcd[31mefg"
        );
    }

    #[test]
    fn scripts_keep_what_they_need() {
        for text in [
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "Tiếng Việt e\u{302}\u{301}",
            "葛\u{e0100}",
            "👩\u{200d}👩\u{200d}👧",
            "שָׁלוֹם",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn a_tower_of_marks_is_cut() {
        let tower = format!("Z{}algo", "\u{334}".repeat(100_000));
        assert_eq!(cleaned(&tower).chars().count(), 1 + MARKS_MAX + 4);
    }

    #[test]
    fn east_asian_letters_are_two_columns_wide() {
        assert_eq!(width("普京"), 4);
        assert_eq!(width("푸틴"), 4);
        assert_eq!(width("Путин"), 5);
        assert_eq!(width("e\u{301}"), 1);
    }
}
