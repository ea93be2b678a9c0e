//! Whether two titles can be one story's.
//!
//! Owns comparing titles where addresses contradict one another. Alike titles prove nothing: never a reason to join.

use std::collections::BTreeSet;

/// Titles whose words overlap less than this are two stories'. Titles of one site share its stock words ("News: ... today"),
/// and a revised headline keeps most of its own.
const JACCARD_MIN: f64 = 0.5;

/// Whether the titles are one, but for case and white space.
pub(super) fn are_equal(a: &str, b: &str) -> bool {
    folded(a) == folded(b)
}

/// A title without what makes no difference: case and white space.
pub(super) fn folded(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether most words of the titles differ.
fn are_unlike(a: &str, b: &str) -> bool {
    let (a, b) = (words(a), words(b));
    let shared = a.intersection(&b).count();
    let all = a.len() + b.len() - shared;
    all > 0 && (shared as f64) < JACCARD_MIN * all as f64
}

/// Whether the titles are of two stories, as far as titles can tell: unlike, or alike with other numbers, as the days of
/// a series are ("Gold price on 12 March").
pub(super) fn are_of_two(a: &str, b: &str) -> bool {
    are_unlike(a, b) || numbers(a) != numbers(b)
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn numbers(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_numeric())
        .filter(|number| !number.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_two_stories_share_hardly_a_word_or_differ_in_numbers() {
        assert!(are_of_two("Gold price rises", "Flood in the city"));
        assert!(are_of_two("Gold price on 12 March", "Gold price on 13 March"));
        assert!(!are_of_two("Fire in port", "Fire in the port"));
        assert!(!are_unlike("Gold price on 12 March", "Gold price on 13 March"));
        assert!(!are_unlike("", ""));
    }
}
