//! What a line says itself, besides naming where a text came from.

use std::ops::Range;

use crate::dedup::attribution::LINE_CHARS_MAX;
use crate::dedup::attribution::NAME_CHARS_MAX;
use crate::dedup::attribution::PUBLISHER_WORDS_MAX;
use crate::dedup::attribution::addresses::addresses;
use crate::dedup::attribution::labels::rest_after_any_label;
use crate::dedup::attribution::lexicon::strip_marker;

/// Words behind the address of an attribution line; more make it a line of text.
const WORDS_AFTER_MAX: usize = 3;

/// The part of a line of visible text that is no ad marker and does not name the origin (`Sumber: https://...`); often empty.
pub fn own_words(line: &str) -> Range<usize> {
    let start = strip_marker(line).map_or(0, |rest| line.len() - rest.len());
    if is_origin(&line[start..]) {
        return start..start;
    }
    // Behind the last words of the text: "... said Peskov. [ad_2] Sumber: https://...".
    let end_chars = line[start..].char_indices().rev().take(LINE_CHARS_MAX);
    let edges = end_chars.filter(|(_, c)| ".!?…。！？)]）[".contains(*c));
    for (at, c) in edges {
        let at = start + if c == '[' { at } else { at + c.len_utf8() };
        let behind = &line[at..];
        let unmarked = strip_marker(behind);
        let is_marker = unmarked.is_some_and(|rest| rest.trim().is_empty());
        if is_marker || (has_address(behind) && is_origin(unmarked.unwrap_or(behind))) {
            return start..start + own_words(&line[start..at]).end;
        }
    }
    start..line.len()
}

/// Whether `text` is a label with a publisher, an address, both, or nothing behind it.
fn is_origin(text: &str) -> bool {
    let text = text.trim();
    if text.chars().take(LINE_CHARS_MAX + 1).count() > LINE_CHARS_MAX {
        return false;
    }
    let start = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    rest_after_any_label(start).is_some_and(names_only_a_place)
}

fn names_only_a_place(behind_label: &str) -> bool {
    let behind = behind_label.trim_matches(|c: char| !c.is_alphanumeric());
    let Some((at, address)) = addresses(behind).next() else {
        let has_colon = behind_label.trim_start().starts_with([':', '：']);
        return behind.is_empty() || has_colon && behind.split_whitespace().count() <= PUBLISHER_WORDS_MAX;
    };
    let after = behind.get(at + address.len()..).unwrap_or_default();
    at <= NAME_CHARS_MAX && after.split_whitespace().count() <= WORDS_AFTER_MAX
}

fn has_address(text: &str) -> bool {
    addresses(text).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_names_the_origin_says_nothing() {
        for line in [
            "Sumber: https://news.example/a-1",
            "[iklan_2] Sumber: https://news.example/a-1",
            "Nguồn: Thanh Niên - https://news.example/a-1",
            "Source: Reuters",
            "[ad_2]",
            "来源：https://news.example/a-1",
        ] {
            assert_eq!(line[own_words(line)].trim(), "", "{line}");
        }
    }

    #[test]
    fn text_stays_and_the_origin_behind_it_goes() {
        for (line, own) in [
            ("Putin tiba. [iklan_2] Sumber: https://news.example/a-1", "Putin tiba. "),
            ("Putin tiba. Sumber: https://news.example/a-1", "Putin tiba."),
            ("[iklan_1] Putin tiba.", " Putin tiba."),
        ] {
            assert_eq!(&line[own_words(line)], own);
        }
        for line in [
            "Sumber daya alam Indonesia melimpah.",
            "Sources: the president will meet his counterpart in Kazan on Friday",
            "Putin tiba. Baca https://news.example/a-1 juga.",
            "[Foto] Putin tiba.",
            "",
        ] {
            assert_eq!(own_words(line), 0..line.len());
        }
    }
}
