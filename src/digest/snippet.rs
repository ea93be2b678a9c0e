//! A piece of text around what matched, short enough for a mail.

use std::ops::Range;

use crate::digest::Snippet;

/// Cuts `text` to at most `chars_max` characters around the first highlight, at word edges, on one line.
///
/// Control characters and bidi overrides go; white space becomes one space. Highlights outside of the piece are dropped.
pub fn cut(text: &str, highlights: &[Range<usize>], chars_max: usize) -> Snippet {
    let first = highlights.first().cloned().unwrap_or(0..0);
    let start = if highlights.is_empty() {
        0
    } else {
        start_before(text, first.start, chars_max / 3)
    };
    let mut piece = Snippet::default();
    let mut is_after_space = true;
    if start > 0 {
        piece.text.push('…');
    }
    let mut chars = 0;
    let mut last_space = None;
    for (offset, character) in text[start..].char_indices() {
        let at = start + offset;
        if chars >= chars_max {
            // Cut at the last word edge, unless that would cut off the match itself.
            let edge = last_space.filter(|edge| piece.highlights.first().is_none_or(|first| first.end <= *edge));
            piece.text.truncate(edge.unwrap_or(piece.text.len()));
            piece.text.push('…');
            break;
        }
        if is_dropped(character) {
            continue;
        }
        let is_space = character.is_whitespace();
        if is_space && is_after_space {
            continue;
        }
        if is_space {
            last_space = Some(piece.text.len());
        }
        mark(&mut piece, highlights, at, character, is_space);
        is_after_space = is_space;
        chars += 1;
    }
    let end = piece.text.trim_end().len();
    piece.text.truncate(end);
    piece.highlights.retain_mut(|range| {
        range.end = range.end.min(end);
        range.start < range.end
    });
    piece
}

/// Appends one character and extends the highlight that covers it.
fn mark(piece: &mut Snippet, highlights: &[Range<usize>], at: usize, character: char, is_space: bool) {
    let begin = piece.text.len();
    piece.text.push(if is_space { ' ' } else { character });
    let Some(covering) = highlights.iter().find(|range| range.contains(&at)) else {
        return;
    };
    match piece.highlights.last_mut() {
        Some(last) if last.end == begin && at != covering.start => last.end = piece.text.len(),
        Some(_) | None => piece.highlights.push(begin..piece.text.len()),
    }
}

/// The start of a word at most `chars` characters before `at`.
fn start_before(text: &str, at: usize, chars: usize) -> usize {
    let before = &text[..text.floor_char_boundary(at)];
    let Some((earliest, _)) = before.char_indices().rev().nth(chars) else {
        return 0;
    };
    let after_space = before[earliest..]
        .char_indices()
        .find(|(_, character)| character.is_whitespace());
    after_space.map_or(earliest, |(offset, character)| earliest + offset + character.len_utf8())
}

fn is_dropped(character: char) -> bool {
    let is_bidi_control = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    is_bidi_control || (character.is_control() && !character.is_whitespace())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_stays_whole_on_one_line() {
        let snippet = cut("Putin  said\n\nno", &[0..5], 100);
        assert_eq!(
            snippet,
            Snippet {
                text: "Putin said no".to_owned(),
                highlights: vec![0..5]
            }
        );
    }

    #[test]
    fn a_long_text_is_cut_around_the_match_at_word_edges() {
        let text = format!("{}and then Putin spoke {}", "word ".repeat(50), "word ".repeat(50));
        let at = text.find("Putin").unwrap_or_default();
        let snippet = cut(&text, &[at..at + 5], 40);
        assert!(
            snippet.text.starts_with('…') && snippet.text.ends_with('…'),
            "{}",
            snippet.text
        );
        assert_eq!(&snippet.text[snippet.highlights[0].clone()], "Putin");
    }

    proptest! {
        #[test]
        fn highlights_stay_inside_and_between_characters(text in "\\PC{0,200}", a in 0usize..200, b in 0usize..200, max in 1usize..80) {
            let (a, b) = (text.floor_char_boundary(a.min(b)), text.floor_char_boundary(a.max(b)));
            let snippet = cut(&text, &[a..b], max);
            for range in &snippet.highlights {
                prop_assert!(snippet.text.get(range.clone()).is_some_and(|part| !part.is_empty()));
            }
            prop_assert!(snippet.text.chars().count() <= max + 2);
            prop_assert!(!snippet.text.contains('\n'));
        }
    }
}
