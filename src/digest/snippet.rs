//! A piece of text around what matched, short enough for a mail.
//!
//! Owns where a piece begins and ends. Never shows a line that only names where a text came from.

use std::ops::Range;

use crate::dedup::attribution;
use crate::digest::Snippet;
use crate::digest::glyphs;

/// Bytes of a body in which a snippet is looked for, before and after the first match: ten snippets.
const NEAR_BYTES: usize = 4 * 1024;
/// Of the characters of a snippet, this part stands before the match.
const LEAD_PART: usize = 3;
/// Characters over the limit that may end one picture: a couple with hearts and skin colours is ten. Rows of flags go on for ever.
pub(super) const JOINED_CHARS_MAX: usize = 16;

/// Cuts `text` to at most `chars_max` characters around the first highlight, at word edges, on one line.
///
/// Control characters and bidi overrides go; white space becomes one space. Highlights outside of the piece are dropped.
pub fn cut(text: &str, highlights: &[Range<usize>], chars_max: usize) -> Snippet {
    let anchor = highlights.first().map_or(0, |first| first.start);
    cut_around(text, highlights, anchor, chars_max)
}

/// The piece of a body to show below `title`: around the place where most different words matched.
///
/// Lines such as `[iklan_2] Sumber: https://...` and a title that the body repeats are passed over.
pub fn of_body(body: &str, title: &str, highlights: &[Range<usize>], chars_max: usize) -> Snippet {
    let near = nearby(body, highlights);
    let (text, highlights) = readable(body, near, title, highlights);
    let anchor = best_anchor(&text, &highlights, chars_max);
    cut_around(&text, &highlights, anchor, chars_max)
}

/// The whole lines around the first highlight.
fn nearby(body: &str, highlights: &[Range<usize>]) -> Range<usize> {
    let first = highlights.first().cloned().unwrap_or(0..0);
    let start = body.floor_char_boundary(first.start.saturating_sub(NEAR_BYTES));
    let start = body[..start]
        .rfind('\n')
        .filter(|at| start - at <= NEAR_BYTES)
        .map_or(start, |at| at + 1);
    start..body.ceil_char_boundary((first.end + NEAR_BYTES).min(body.len()))
}

/// The lines that say something, with their highlights.
fn readable(body: &str, near: Range<usize>, title: &str, highlights: &[Range<usize>]) -> (String, Vec<Range<usize>>) {
    let (mut text, mut moved) = (String::new(), Vec::new());
    let mut start = near.start;
    for line in body[near].split_inclusive('\n') {
        let end = start + line.len();
        let holds = |kept: &Range<usize>, range: &Range<usize>| range.start >= kept.start && range.end <= kept.end;
        let kept = kept(line, start, title, text.is_empty());
        // A word that matched is shown, wherever it stands; an address that holds it is no words.
        let hides_match = highlights.iter().any(|range| holds(&(start..end), range)) && !line.contains("://");
        let kept = if kept.is_empty() && hides_match && !text.is_empty() {
            start..end
        } else {
            kept
        };
        let inside = highlights.iter().filter(|range| holds(&kept, range));
        moved.extend(inside.map(|range| range.start - kept.start + text.len()..range.end - kept.start + text.len()));
        text += &body[kept];
        text.push('\n');
        start = end;
    }
    (text, moved)
}

/// The part of the line at `start` that says something of its own.
fn kept(line: &str, start: usize, title: &str, is_first: bool) -> Range<usize> {
    let own = attribution::own_words(line);
    let title_end = repeated_title(&line[own.clone()], title, is_first);
    start + own.start + title_end..start + own.end
}

/// Bytes of the first line that only say the title again.
fn repeated_title(line: &str, title: &str, is_first: bool) -> usize {
    let title = title.trim();
    if !is_first || title.is_empty() || !line.trim_start().starts_with(title) {
        return 0;
    }
    let rest = &line.trim_start()[title.len()..];
    // A sentence that begins as the title does and goes on is no title.
    let goes_on = |c: char| c.is_lowercase() || ",;،、，".contains(c);
    let is_whole = !rest.starts_with(char::is_alphanumeric) && !rest.trim_start().starts_with(goes_on);
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "-–—:.|·".contains(c));
    if is_whole { line.len() - rest.len() } else { 0 }
}

/// The highlight from which a snippet shows the most different words.
fn best_anchor(text: &str, highlights: &[Range<usize>], chars_max: usize) -> usize {
    let reach = chars_max - chars_max / LEAD_PART;
    let different = |first: &Range<usize>| {
        let mut words: Vec<String> = highlights
            .iter()
            .filter(|range| range.start >= first.start && range.end <= first.start + reach)
            .map(|range| text[range.clone()].to_lowercase())
            .collect();
        words.sort_unstable();
        words.dedup();
        words.len()
    };
    // The last of several equal maxima would win: look from the end.
    let best = highlights.iter().rev().max_by_key(|range| different(range));
    best.map_or(0, |range| range.start)
}

fn cut_around(text: &str, highlights: &[Range<usize>], anchor: usize, chars_max: usize) -> Snippet {
    let text = text.trim_end();
    let start = match highlights {
        [] => Start::Whole(0),
        [..] => {
            let anchor = anchor.min(text.len());
            // Where little follows the match, more may stand before it.
            let following = text[anchor..].chars().take(chars_max).count();
            start_before(text, anchor, (chars_max / LEAD_PART).max(chars_max - following))
        }
    };
    let mut piece = Piece::default();
    if let Start::Torn(_) = start {
        piece.snippet.text.push('…');
    }
    let start = start.at();
    for (offset, character) in glyphs::shown(&text[start..]) {
        let may_go_on = glyphs::is_joined(piece.last, character) && piece.chars < chars_max + JOINED_CHARS_MAX;
        if piece.chars >= chars_max && !may_go_on {
            piece.tear();
            break;
        }
        piece.push(character, highlights, start + offset);
    }
    piece.finish()
}

/// Where a piece begins.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// At the beginning of the text or of a sentence.
    Whole(usize),
    /// In the middle of a sentence.
    Torn(usize),
}

impl Start {
    fn at(self) -> usize {
        match self {
            Self::Whole(at) | Self::Torn(at) => at,
        }
    }
}

/// The beginning of a sentence at most `chars` characters before `at`, else of a word.
fn start_before(text: &str, at: usize, chars: usize) -> Start {
    let before = &text[..text.floor_char_boundary(at)];
    let Some((earliest, _)) = before.char_indices().rev().nth(chars) else {
        return Start::Whole(0);
    };
    let (mut word, mut cut, mut last) = (None, None, None);
    let (mut is_stopped, mut is_ended) = (false, false);
    for (offset, character) in before[earliest..].char_indices() {
        let here = earliest + offset;
        if character.is_whitespace() {
            is_ended |= is_stopped || character == '\n';
        } else if is_ended {
            return Start::Whole(here);
        } else {
            is_stopped = ".!?…؟।".contains(character) || (is_stopped && "\"'”’»)".contains(character));
            // Scripts without spaces have stops of their own.
            is_ended = "。！？".contains(character);
        }
        if word.is_none() && last.is_some_and(char::is_whitespace) && !character.is_whitespace() {
            word = Some(here);
        }
        if cut.is_none() && last.is_some() && !glyphs::is_joined(last, character) {
            cut = Some(here);
        }
        last = Some(character);
    }
    if is_ended {
        return Start::Whole(before.len());
    }
    Start::Torn(word.or(cut).unwrap_or(before.len()))
}

/// A snippet that grows by one character at a time.
#[derive(Default)]
struct Piece {
    snippet: Snippet,
    chars: usize,
    last: Option<char>,
    /// Length up to the last space.
    word_end: Option<usize>,
}

impl Piece {
    /// Appends one character and extends the highlight that covers it; white space becomes one space.
    fn push(&mut self, character: char, highlights: &[Range<usize>], at: usize) {
        let is_space = character.is_whitespace();
        if is_space && self.last.is_none_or(|last| last == ' ') {
            return;
        }
        let begin = self.snippet.text.len();
        if is_space {
            self.word_end = Some(begin);
        }
        let character = if is_space { ' ' } else { character };
        self.snippet.text.push(character);
        self.last = Some(character);
        self.chars += 1;
        let next = highlights.partition_point(|range| range.end <= at);
        let Some(covering) = highlights.get(next).filter(|range| range.contains(&at)) else {
            return;
        };
        let end = self.snippet.text.len();
        match self.snippet.highlights.last_mut() {
            Some(last) if last.end == begin && at != covering.start => last.end = end,
            Some(_) | None => self.snippet.highlights.push(begin..end),
        }
    }

    /// Ends it at the last word edge, unless that would cut off the match itself or most of the piece.
    fn tear(&mut self) {
        let text = &mut self.snippet.text;
        let shown_min = text.len() / 2;
        let first_end = self.snippet.highlights.first().map_or(0, |first| first.end);
        let edge = self.word_end.filter(|edge| *edge >= first_end && *edge >= shown_min);
        text.truncate(edge.unwrap_or(text.len()));
        let hanging = |c: char| " ,;:.…-–—(\"“«[".contains(c);
        text.truncate(text.trim_end_matches(hanging).len().max(first_end));
        self.clip();
        self.snippet.text.push('…');
    }

    fn finish(mut self) -> Snippet {
        self.snippet.text.truncate(self.snippet.text.trim_end().len());
        self.clip();
        self.snippet
    }

    fn clip(&mut self) {
        let end = self.snippet.text.len();
        self.snippet.highlights.retain_mut(|range| {
            range.end = range.end.min(end);
            range.start < range.end
        });
    }
}

#[cfg(test)]
mod tests;
