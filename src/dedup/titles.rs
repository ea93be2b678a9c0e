//! Whether two titles can be one story's.
//!
//! Owns comparing titles where addresses contradict one another. Alike titles prove nothing: never a reason to join.

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

/// Whether the titles are of two stories, as far as titles can tell.
pub(super) fn are_of_two(a: &str, b: &str) -> bool {
    Words::of(a).are_of_another_than(&Words::of(b))
}

/// What of a title is compared: for one that is compared with many.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// In lower case, sorted, each once.
    words: Vec<String>,
    /// Sorted, each once.
    numbers: Vec<String>,
}

impl Words {
    pub(super) fn of(title: &str) -> Self {
        let words = title.split(|c: char| !c.is_alphanumeric());
        let numbers = title.split(|c: char| !c.is_numeric());
        Self {
            words: sorted(words.map(str::to_lowercase)),
            numbers: sorted(numbers.map(str::to_owned)),
        }
    }

    /// Whether the titles are of two stories: unlike, or alike with other numbers, as the days of a series are ("Gold price
    /// on 12 March").
    pub(super) fn are_of_another_than(&self, other: &Self) -> bool {
        self.are_unlike(other) || self.numbers != other.numbers
    }

    /// Whether most words of the titles differ.
    fn are_unlike(&self, other: &Self) -> bool {
        let is_shared = |word: &&String| other.words.binary_search(word).is_ok();
        let shared = self.words.iter().filter(is_shared).count();
        let all = self.words.len() + other.words.len() - shared;
        all > 0 && (shared as f64) < JACCARD_MIN * all as f64
    }
}

fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_two_stories_share_hardly_a_word_or_differ_in_numbers() {
        assert!(are_of_two("Gold price rises", "Flood in the city"));
        assert!(are_of_two("Gold price on 12 March", "Gold price on 13 March"));
        assert!(!are_of_two("Fire in port", "Fire in the port"));
        let are_unlike = |a, b| Words::of(a).are_unlike(&Words::of(b));
        assert!(!are_unlike("Gold price on 12 March", "Gold price on 13 March"));
        assert!(!are_unlike("", ""));
    }
}
