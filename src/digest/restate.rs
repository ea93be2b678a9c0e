//! An entry told with the words of another sighting: of the original instead of a copy, of a revision instead of what it was.

use std::ops::Range;

use crate::dedup::Sighting;
use crate::digest::Change;
use crate::digest::DigestEntry;
use crate::digest::Snippet;
use crate::digest::Update;
use crate::digest::glyphs;
use crate::digest::snippet;

/// Words looked for, and places marked: more than a reader would see.
const WORDS_MAX: usize = 16;
const PLACES_MAX: usize = 64;

/// The entry as `sighting` tells it; none where nothing of what matched stands in the sighting's own words.
pub fn restated(
    entry: &DigestEntry,
    sighting: &Sighting,
    title_chars_max: usize,
    snippet_chars_max: usize,
) -> Option<DigestEntry> {
    let words = matched_words(entry);
    let title_places = places(&sighting.title, &words);
    let text_places = places(&sighting.text, &words);
    if title_places.is_empty() && text_places.is_empty() {
        return None;
    }
    Some(DigestEntry {
        title: snippet::cut(&sighting.title, &title_places, title_chars_max),
        snippet: snippet::of_body(&sighting.text, &sighting.title, &text_places, snippet_chars_max),
        link: sighting.link.clone(),
        outlet: sighting.feed_name.clone(),
        published: sighting.published,
        language: sighting.language.clone(),
        ..entry.clone()
    })
}

impl DigestEntry {
    /// Whether the sighting has the entry's title, of which the entry may hold a piece.
    pub fn is_titled_as(&self, sighting: &Sighting) -> bool {
        let now = snippet::cut(&sighting.title, &[], sighting.title.len().max(1)).text;
        let piece = self.title.text.trim_matches('…');
        now == self.title.text || (piece.len() < self.title.text.len() && now.contains(piece))
    }

    /// The entry, marked as revised since it was seen first under the title `before`.
    pub fn revised_from(self, before: &str) -> Self {
        let change = Change::between((before, ""), (&self.title.text, ""));
        Self {
            update: Some(Update::Revision(change)),
            ..self
        }
    }
}

/// What matched, in lower case, each word once.
fn matched_words(entry: &DigestEntry) -> Vec<String> {
    let of = |snippet: &Snippet| -> Vec<String> {
        let words = snippet
            .highlights
            .iter()
            .filter_map(|range| snippet.text.get(range.clone()));
        words.map(str::to_lowercase).collect()
    };
    let mut words = of(&entry.title);
    words.extend(of(&entry.snippet));
    words.sort_unstable();
    words.dedup();
    words.truncate(WORDS_MAX);
    words
}

/// Where the words stand in `text`, in order, apart.
fn places(text: &str, words: &[String]) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    let mut free_from = 0;
    for (at, character) in text.char_indices() {
        let is_start = at >= free_from && last.is_none_or(|last| is_edge(last, character));
        last = Some(character);
        if !is_start || places.len() == PLACES_MAX {
            continue;
        }
        if let Some(end) = words.iter().find_map(|word| end_of(text, at, word)) {
            places.push(at..end);
            free_from = end;
        }
    }
    places
}

/// The end of `word` where it begins at `at` and ends a word.
fn end_of(text: &str, at: usize, word: &str) -> Option<usize> {
    let mut wanted = word.chars().peekable();
    let (mut end, mut last) = (at, None);
    for character in text[at..].chars() {
        if wanted.peek().is_none() {
            return last.is_some_and(|last| is_edge(last, character)).then_some(end);
        }
        for lower in character.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
        }
        end += character.len_utf8();
        last = Some(character);
    }
    wanted.peek().is_none().then_some(end)
}

/// Whether a word may end between the two: scripts without spaces have no other edges than their letters.
fn is_edge(before: char, after: char) -> bool {
    let is_wide = glyphs::columns(before) == 2 || glyphs::columns(after) == 2;
    let is_inside = before.is_alphanumeric() && after.is_alphanumeric();
    !glyphs::is_joined(Some(before), after) && (is_wide || !is_inside)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init)]

    use super::*;

    fn found(text: &str, words: &[&str]) -> Vec<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        places(text, &words)
            .into_iter()
            .map(|range| text[range].to_owned())
            .collect()
    }

    #[test]
    fn words_are_found_whole_in_any_case_and_in_order() {
        assert_eq!(
            found("PUTIN and Putin's, not Rasputin or Putinism", &["putin"]),
            ["PUTIN", "Putin"]
        );
        assert_eq!(found("İstanbul'da Путин", &["путин", "da"]), ["da", "Путин"]);
        assert_eq!(found("俄罗斯总统普京说", &["普京"]), ["普京"]);
        assert_eq!(found("", &["putin"]), Vec::<String>::new());
    }
}
