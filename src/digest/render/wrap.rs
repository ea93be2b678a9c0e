//! Lines of the text part: at most 72 columns, an address never broken; and words of the HTML part that fit a phone.

use crate::digest::glyphs;

/// Columns of a line of text (RFC 3676 section 4.2 advises 78 at most, 72 leaves room for quoting).
pub(super) const COLUMNS: usize = 72;

/// Breadth of a word that is left whole: at 19 px a phone's line of 288 px has room for it.
const WORD_BREADTH_MAX: usize = 28;
/// Breadth between two places to break: a half of that, so that lines fill.
const PIECE_BREADTH_MAX: usize = 14;
/// Between the parts of a line.
const SEPARATOR: &str = " · ";

/// Breaks `text` into lines at spaces, and between the characters of scripts that have none. Every line ends.
///
/// `first` begins the first line, `next` the others. Words wider than a line are broken, addresses are not.
pub(in crate::digest) fn wrapped(text: &str, first: &str, next: &str) -> String {
    let indent = glyphs::width(next);
    let room = COLUMNS.saturating_sub(indent.max(glyphs::width(first))).max(1);
    let mut out = first.to_owned();
    let mut column = glyphs::width(first);
    let mut is_line_empty = true;
    for token in tokens(text, room) {
        let space = usize::from(token.follows_space && !is_line_empty);
        if !is_line_empty && column + space + token.width > COLUMNS {
            out.push('\n');
            out += next;
            column = indent;
        } else if space == 1 {
            out.push(' ');
            column += 1;
        }
        out += token.text;
        column += token.width;
        is_line_empty = false;
    }
    out.push('\n');
    out
}

/// A line of `mark` as long as `text`, to stand below it.
pub(in crate::digest) fn underline(text: &str, mark: &str) -> String {
    mark.repeat(glyphs::width(text).min(COLUMNS))
}

/// `text` with invisible marks around it where it is written from right to left, so that it leaves its neighbours in place.
pub(in crate::digest) fn isolated(text: &str) -> String {
    if glyphs::has_right_to_left(text) {
        format!("\u{2068}{text}\u{2069}")
    } else {
        text.to_owned()
    }
}

/// `text` with invisible places to break in the words that a phone's line has no room for.
pub(in crate::digest) fn breakable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        if word.chars().map(breadth).sum::<usize>() <= WORD_BREADTH_MAX {
            out += word;
            continue;
        }
        let (mut run, mut last) = (0, None);
        for character in word.chars() {
            run += breadth(character);
            if run > PIECE_BREADTH_MAX && last.is_some() && !glyphs::is_joined(last, character) {
                out.push('\u{200b}');
                run = breadth(character);
            }
            out.push(character);
            last = Some(character);
        }
    }
    out
}

/// How broad a character is in a proportional font, in halves of the broadest.
fn breadth(character: char) -> usize {
    match glyphs::columns(character) {
        0 => 0,
        1 if !character.is_uppercase() && !"mw@%&—…".contains(character) => 1,
        _ => 2,
    }
}

/// What is never broken.
struct Token<'t> {
    text: &'t str,
    width: usize,
    follows_space: bool,
}

fn tokens(text: &str, room: usize) -> impl Iterator<Item = Token<'_>> {
    words(text).enumerate().flat_map(move |(index, word)| {
        let mut follows_space = index > 0;
        pieces(word, room).into_iter().map(move |text| Token {
            text,
            width: glyphs::width(text),
            follows_space: std::mem::take(&mut follows_space),
        })
    })
}

/// The words, a separator with the one before it: no line begins with a dot.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim_start();
    std::iter::from_fn(move || {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let end = if rest[end..].starts_with(SEPARATOR) {
            end + SEPARATOR.trim_end().len()
        } else {
            end
        };
        let word;
        (word, rest) = rest.split_at(end);
        rest = rest.trim_start();
        (!word.is_empty()).then_some(word)
    })
}

/// A word, cut where its script allows it, and where it is wider than a line.
fn pieces(word: &str, room: usize) -> Vec<&str> {
    if word.contains("://") {
        return vec![word];
    }
    let (mut pieces, mut start, mut width, mut last) = (Vec::new(), 0, 0, None);
    for (at, character) in word.char_indices() {
        let columns = glyphs::columns(character);
        let is_joined = glyphs::is_joined(last, character);
        let is_edge = last.is_some_and(|last| may_part(last, character)) || width + columns > room;
        if at > start && is_edge && !is_joined {
            pieces.push(&word[start..at]);
            (start, width) = (at, 0);
        }
        width += columns;
        last = Some(character);
    }
    pieces.push(&word[start..]);
    pieces
}

/// Between two characters of which one is wide; not before a closing mark, not behind an opening one (JIS X 4051).
fn may_part(before: char, after: char) -> bool {
    let is_wide = glyphs::columns(before) == 2 || glyphs::columns(after) == 2;
    let is_closing = "、。，．：；？！」』）】〕》〉”’…ー々ゃゅょっャュョッ,.:;?!)]}\"'".contains(after);
    let is_opening = "「『（【〔《〈“‘([{".contains(before);
    is_wide && !is_closing && !is_opening
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_without_spaces_is_broken_between_its_letters() {
        let text = wrapped(&"俄罗斯总统普京说。".repeat(20), "* ", "  ");
        assert!(text.lines().all(|line| glyphs::width(line) <= COLUMNS), "{text}");
        assert!(text.lines().all(|line| !line.trim_start().starts_with('。')), "{text}");
        assert!(
            text.lines().next().is_some_and(|line| glyphs::width(line) > 65),
            "{text}"
        );
    }

    #[test]
    fn an_address_is_never_broken() {
        let url = format!("https://news.example/{}", "a-long-path/".repeat(20));
        let text = wrapped(&format!("see {url} there"), "", "  ");
        assert!(text.lines().any(|line| line.trim() == url), "{text}");
    }

    #[test]
    fn a_long_word_can_break_on_a_phone() {
        for whole in ["short words stay", "Internationalisierung", "Bundesverfassungsgericht"] {
            assert_eq!(breakable(whole), whole);
        }
        assert_eq!(
            breakable(&"W".repeat(16)),
            format!("{0}\u{200b}{0}\u{200b}WW", "W".repeat(7))
        );
        assert_eq!(
            breakable(&"a".repeat(30)),
            format!("{0}\u{200b}{0}\u{200b}aa", "a".repeat(14))
        );
    }

    #[test]
    fn no_line_begins_with_a_separator() {
        let text = wrapped(&format!("{} · news.example · Wed 18 Mar", "word ".repeat(13)), "", "  ");
        assert!(text.lines().all(|line| !line.trim_start().starts_with('·')), "{text}");
        assert!(text.contains("news.example ·\n") || text.contains(" · Wed"), "{text}");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_page_and_no_word_is_lost(text in "[a-z普é· ]{0,300}|[a-z]{100,200}") {
            let lines = wrapped(&text, "* ", "  ");
            for line in lines.lines() {
                prop_assert!(glyphs::width(line) <= COLUMNS, "{}", line);
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '*').collect::<String>();
            prop_assert_eq!(letters(&lines), letters(&text));
        }
    }
}
