//! What changed in a story, in a few words: the passages before and after, from the first difference to the last.
//!
//! Owns finding the passage. Never decides whether a change is worth a mail.

use serde::{Deserialize, Serialize};

use crate::digest::snippet;

/// Characters of a passage.
const PASSAGE_CHARS_MAX: usize = 280;
/// Words before the first difference that are shown with it.
const LEAD_WORDS: usize = 4;

/// What a revision changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The title before; none where it is the same.
    pub title_before: Option<String>,
    /// The passage before; empty where text was added only or nothing changed.
    pub text_before: String,
    /// The passage now; empty where text was taken away only or nothing changed.
    pub text_after: String,
}

impl Change {
    /// From `before` to `after`, each a title and a text.
    pub fn between(before: (&str, &str), after: (&str, &str)) -> Self {
        let title_before = (before.0 != after.0).then(|| passage(before.0));
        let (text_before, text_after) = differing(before.1, after.1);
        Self {
            title_before,
            text_before,
            text_after,
        }
    }
}

/// What lies between the words with which both texts begin and those with which both end.
fn differing(before: &str, after: &str) -> (String, String) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split_whitespace().collect(), after.split_whitespace().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    if start == old.len() && start == new.len() {
        return (String::new(), String::new());
    }
    let rest = old.len().min(new.len()) - start;
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(rest)
        .take_while(|(a, b)| a == b)
        .count();
    let lead = start.saturating_sub(LEAD_WORDS);
    let part = |words: &[&str]| {
        let until = words.len() - end;
        if until == start {
            String::new()
        } else {
            passage(&words[lead..until].join(" "))
        }
    };
    (part(&old), part(&new))
}

fn passage(text: &str) -> String {
    snippet::cut(text, &[], PASSAGE_CHARS_MAX).text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(before: &str, after: &str, expected: (&str, &str)) {
        let change = Change::between(("T", before), ("T", after));
        assert_eq!(
            (change.text_before.as_str(), change.text_after.as_str()),
            expected,
            "{after}"
        );
        assert_eq!(change.title_before, None);
    }

    #[test]
    fn a_change_is_told_by_the_words_that_differ_and_a_few_before_them() {
        check(
            "The fire in the port killed three people on Monday.",
            "The fire in the port killed five people on Monday.",
            ("in the port killed three", "in the port killed five"),
        );
        check("Fire.", "Fire. It is out.", ("", "Fire. It is out."));
        check("Fire. It is out.", "Fire.", ("Fire. It is out.", ""));
        check("Same words.", "Same  words.", ("", ""));
        check("a a", "a a a", ("", "a a a"));
    }

    #[test]
    fn another_title_is_told() {
        let change = Change::between(("Fire in port", "x"), ("Fire in port kills three", "x"));
        assert_eq!(change.title_before.as_deref(), Some("Fire in port"));
    }

    proptest! {
        #[test]
        fn no_change_panics_and_passages_are_bounded(before in "[ab ]{0,40}", after in "[ab ]{0,40}", long in "\\PC{0,400}") {
            Change::between((&before, &before), (&after, &after));
            let change = Change::between(("", &before), ("", &long));
            prop_assert!(change.text_after.chars().count() <= PASSAGE_CHARS_MAX + snippet::JOINED_CHARS_MAX + 1);
        }
    }
}
