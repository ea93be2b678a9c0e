//! Whether a match in a script without spaces is a word, and not cut out of a longer one.
//!
//! Owns the edges of katakana, Thai and Han words (QUERY.md section 2, R6). Never searches.

use crate::watch::fold::Letter;
use crate::watch::fold::Script;
use crate::watch::language;
use crate::watch::words::Pattern;

/// Longest katakana word that needs an edge on both sides (R6).
const KATAKANA_EDGES_MAX: usize = 4;
/// Longest Thai word that is checked for a vowel sign behind it (R6).
const THAI_EDGES_MAX: usize = 3;

impl Pattern {
    /// Whether a match in a run of letters is not cut out of a longer word (R6).
    pub(crate) fn has_edges(&self, run: &[Letter], start: usize) -> bool {
        let length = self.letters.len();
        let before = start.checked_sub(1).and_then(|at| run.get(at));
        let after = run.get(start + length);
        let is_katakana = |letter: &Letter| matches!(letter.bare, '\u{30a1}'..='\u{30fc}');
        if self.letters.iter().all(is_katakana) {
            let left = self.open_start || !before.is_some_and(is_katakana);
            let right = self.open_end || !after.is_some_and(is_katakana);
            return if length <= KATAKANA_EDGES_MAX {
                left && right
            } else {
                left || right
            };
        }
        if self.script == Script::Thai {
            let is_sign = |letter: &Letter| is_thai_sign(letter.bare);
            return self.open_end
                || length > THAI_EDGES_MAX && !after.is_some_and(is_mark)
                || !after.is_some_and(is_sign);
        }
        true
    }

    pub(crate) fn is_trapped(&self, run: &[Letter], start: usize) -> bool {
        if self.script != Script::Han || self.letters.len() > 2 {
            return false;
        }
        let name: String = self.letters.iter().map(|letter| letter.bare).collect();
        language::han_traps(&name).iter().any(|trap| {
            (0..trap.len()).any(|shift| {
                let Some(from) = start.checked_sub(shift) else {
                    return false;
                };
                let covers = shift + self.letters.len() <= trap.len();
                let stands = run.get(from..from + trap.len());
                covers && stands.is_some_and(|run| run.iter().map(|letter| letter.bare).eq(trap.iter().copied()))
            })
        })
    }
}

fn is_mark(letter: &Letter) -> bool {
    unicode_normalization::char::is_combining_mark(letter.bare)
}

/// Signs that belong to the letter before them.
fn is_thai_sign(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
        || matches!(c, '\u{e30}'..='\u{e3a}' | '\u{e45}'..='\u{e4e}' | '\u{eb0}'..='\u{ebc}' | '\u{ec8}'..='\u{ecd}')
}
