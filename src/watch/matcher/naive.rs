//! The index finds what looking at every word with every pattern finds.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::watch::found::Found;
use crate::watch::found::Occurrence;
use crate::watch::found::part;
use crate::watch::found::whole;
use crate::watch::guess::Counts;
use crate::watch::language;
use crate::watch::matcher::Document;
use crate::watch::matcher::Hit;
use crate::watch::matcher::Matcher;
use crate::watch::memory::functions;
use crate::watch::query::Query;
use crate::watch::reading::Reading;
use crate::watch::tokens::Token;
use crate::watch::tokens::Tokens;
use crate::watch::tokens::tokenise;
use crate::watch::words::Before;
use crate::watch::words::Pattern;
use crate::watch::words::Place;

/// Every watch on every word, without trees, memory or candidates.
fn find_naively(matcher: &Matcher, document: &Document<'_>) -> Vec<Hit> {
    let tokens = [tokenise(document.title), tokenise(document.text)];
    let mut counts = Counts::default();
    for read in &tokens {
        let words = u32::try_from(read.tokens.len()).unwrap();
        counts.add(words, &functions(read).collect::<Vec<_>>());
    }
    let language = counts.settle(document.language.and_then(language::primary));
    let found = [0, 1].map(|at| occurrences(matcher, &tokens[at], language));
    let reading = Reading {
        document,
        language,
        found: &found,
    };
    matcher.evaluate(&reading, 0..matcher.plans.len())
}

fn occurrences(matcher: &Matcher, read: &Tokens, language: Option<&str>) -> Found {
    let mut lists: BTreeMap<u32, Vec<Occurrence>> = BTreeMap::new();
    for (pattern, word) in matcher.terms.patterns.iter().zip(&matcher.terms.word_of) {
        for token in &read.tokens {
            lists
                .entry(*word)
                .or_default()
                .extend(in_token(pattern, read, token, language));
        }
    }
    let mut found = Found::default();
    found.clear(matcher.terms.word_count());
    for (word, mut list) in lists {
        list.sort_by_key(|occurrence| (occurrence.first, occurrence.start));
        list.dedup();
        list.into_iter().for_each(|occurrence| found.push(word, occurrence));
    }
    found
}

fn in_token(pattern: &Pattern, read: &Tokens, token: &Token, language: Option<&str>) -> Vec<Occurrence> {
    let place = Place::new(&read.letters, token, language);
    let is_run = token.script.is_unsegmented();
    if is_run != pattern.script.is_unsegmented() {
        return Vec::new();
    }
    let starts: Vec<_> = if is_run || pattern.open_start {
        (0..place.letters.len()).map(|start| (start, Before::Middle)).collect()
    } else {
        place.starts().collect()
    };
    let mut out = Vec::new();
    for (start, before) in starts {
        for depth in pattern.depths() {
            let body = place.letters[start..].iter().take(depth).map(|letter| letter.bare);
            if !body.eq(pattern.letters.iter().take(depth).map(|letter| letter.bare)) {
                continue;
            }
            if pattern.accepts(&place, start, depth, before) {
                let whole = || whole(read, token);
                out.push(if is_run {
                    part(read, token, start, depth)
                } else {
                    whole()
                });
            }
        }
    }
    out
}

fn queries() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-c]{1,4}",
        "[A-C][a-cé]{2,4}",
        "[А-В][а-в]{2,3}(ий|а|ів)?",
        "[普京国会日本]{1,3}",
        "[アイー]{1,5}",
        "[abc]{4}\\*",
        "\\*[abc]{4}",
        "\"[ab]{1,2} [ab]{1,2}\"",
        "=[A-Bab]{1,3}",
        "[A-B]{1,3}-[12]",
        "푸틴|فقط|الصين|ปู",
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} -{b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} NEAR/2 {b})")),
            inner.prop_map(|a| format!("title:{a}")),
        ]
    })
}

fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-cA-C]{1,5}(s|en|'s|nya|owi)?",
        "[А-Ва-в]{2,4}(ого|ом|у|ова|ы)?",
        "[普京国会日本東ア イー]{1,6}",
        "(l'|d’)?[A-C][a-cé]{2,4}",
        "[A-B]-?[12]",
        "푸틴(은|의)?|(و|ال|لل)?(فقط|صين)|ปู(ติ)?",
        "[ \n.,\u{301}\u{ad}\u{200d}]{1,3}",
    ];
    proptest::collection::vec(word, 0..25).prop_map(|words| words.join(" "))
}

/// Watches, articles and rounds: 2,400 pairs; with KABAR_THOROUGH set, 1,500,000.
const WATCHES: usize = 8;
const ARTICLES: usize = 5;
fn rounds() -> u32 {
    if std::env::var_os("KABAR_THOROUGH").is_some() {
        37_500
    } else {
        60
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(rounds()))]
    #[test]
    fn the_index_finds_what_a_naive_search_finds(
        watches in proptest::collection::vec(queries(), WATCHES),
        articles in proptest::collection::vec((texts(), texts(), languages()), ARTICLES),
    ) {
        let watches = watches.iter().filter_map(|watch| Query::parse(watch, &BTreeMap::new()).ok());
        // One after the other: what was learned from an article must not change what is found in the next.
        let matcher = Matcher::new(watches);
        for (title, text, language) in &articles {
            let document = Document {
                title, text, language: *language, link: None, feed: "", author: None, tags: &[],
            };
            prop_assert_eq!(matcher.find(&document), find_naively(&matcher, &document));
        }
    }
}

#[test]
fn a_piece_that_is_read_in_batches_holds_what_it_holds_read_at_once() {
    let watches = [
        "Putin",
        "\"Putin Trump\"",
        "普京",
        "Trump NEAR/2 Путин",
        "\"und Putin\"",
        "aaaa*",
        "国会 NEAR/1 普京",
    ];
    let matcher = Matcher::new(watches.map(|watch| Query::parse(watch, &BTreeMap::new()).unwrap()));
    let signs = "-".repeat(5_000);
    for piece in [
        "Putin,Trump;Путиным/der.die.und.",
        "普京、国会,und|Putin's|",
        "aaaaaaaaaaaaaaaaaaa",
        "普京会",
        "a'",
    ] {
        // Batches end inside it, and the language is known long before its end.
        let long = piece.repeat(30_000 / piece.len());
        for text in [
            long.clone(),
            format!("Putin {long} Trump\n\n{long}"),
            format!("Trump{signs}{long}\n\n{signs}"),
        ] {
            let document = Document {
                title: "Putin",
                text: &text,
                language: None,
                link: None,
                feed: "",
                author: None,
                tags: &[],
            };
            let found = matcher.find(&document);
            assert!(
                !found.is_empty() && found == find_naively(&matcher, &document),
                "{text:.40}"
            );
        }
    }
}

fn languages() -> impl Strategy<Value = Option<&'static str>> {
    proptest::option::of(prop_oneof![Just("de"), Just("pl"), Just("vi"), Just("id"), Just("ru")])
}

proptest! {
    #[test]
    fn spans_lie_on_characters_and_never_overlap(watch in queries(), text in ".{0,80}|[a-c' é普\u{301}ア.]{0,80}") {
        let Ok(query) = Query::parse(&watch, &BTreeMap::new()) else { return Ok(()); };
        let document = Document { title: &text, text: &text, language: None, link: None, feed: "", author: None, tags: &[] };
        for hit in Matcher::new([query]).find(&document) {
            for pair in hit.spans.windows(2) {
                prop_assert!(pair[0].field < pair[1].field || pair[0].end <= pair[1].start);
            }
            for span in hit.spans {
                prop_assert!(span.start < span.end && text.get(span.start..span.end).is_some());
            }
        }
    }
}
