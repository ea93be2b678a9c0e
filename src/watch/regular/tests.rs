//! Patterns, their literals and their places.
#![allow(clippy::unwrap_used)]

use crate::watch::regular::Regular;
use crate::watch::regular::literal;

fn found<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let spans = Regular::new(pattern, false).unwrap().find(text)?;
    Some(spans.into_iter().map(|(start, end)| &text[start..end]).collect())
}

#[test]
fn every_match_is_a_literal_match_as_well() {
    for (pattern, expected) in [
        ("Putin", Some("Putin")),
        ("colou?r bar", Some("r bar")),
        ("ab*cde", Some("cde")),
        ("a{2}bcd", Some("bcd")),
        ("(abc|def)ghi", Some("ghi")),
        ("abc|def", None),
        ("(?i)abc", None),
        ("(?:abc)defg", Some("defg")),
        ("[abc]+", None),
        ("[]abc]xyz", Some("xyz")),
        ("a\\.b\\.c", Some("a.b.c")),
        ("\\p{Lu}abc\\w", Some("abc")),
        ("ab", None),
    ] {
        assert_eq!(literal(pattern, false).as_deref(), expected, "{pattern}");
    }
    assert_eq!(literal("Putin 2024", true).as_deref(), Some(" 2024"));
}

#[test]
fn places_are_those_of_the_text_as_it_is() {
    assert_eq!(
        found("caf\u{e9}s?", "two cafe\u{301}s, café"),
        Some(vec!["cafe\u{301}s", "café"])
    );
    assert_eq!(found("Путин\\b", "Путин и путина"), Some(vec!["Путин"]));
    assert_eq!(found("x+", "yyy"), None);
}

#[test]
fn a_search_of_repeated_searches_ends() {
    let text = "A".repeat(400_000);
    assert!(found(".*[^A-Z]|[A-Z]", &text).unwrap().len() < 10);
}
