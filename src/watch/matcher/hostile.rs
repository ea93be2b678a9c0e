//! Nothing that anybody types or publishes brings the matcher down.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use crate::watch::matcher::Document;
use crate::watch::matcher::Matcher;
use crate::watch::query::Query;
use crate::watch::text::visible_line;
use crate::watch::text::visible_text;

/// What queries are made of.
const QUERY_PIECES: &[&str] = &[
    "AND",
    " OR ",
    " NOT ",
    " -",
    "(",
    ")",
    "«",
    "title:",
    "text:",
    "lang:",
    "source:",
    " NEAR/3 ",
    " ONEAR ",
    "NEAR/",
    "*",
    "=",
    "@putin",
    "/",
    "/a+b/i",
    "\\",
    "|",
    "&",
    "!",
    "–",
    "푸틴",
    "بوتين",
    "Путин",
    "https://",
];
/// What articles are made of.
const TEXT_PIECES: &[&str] = &[
    "putin's",
    "\n\n",
    "<p>",
    "</p>",
    "<br>",
    "<b",
    ">",
    "<",
    "&amp;",
    "&#x301;",
    "&#0;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<script>",
    "</script>",
    "'",
    "’",
    "ｶﾞ",
    "푸틴은",
    "وبوتين",
    "Путиным",
    "\u{202e}",
    "https://a/b",
    "-",
    ".",
    ",",
    "\u{3000}",
    "\u{a0}",
    "Рutin",
    "ᄒ",
    "\u{1173}",
    "\u{feff}",
    "_",
    "#",
];
/// What both are made of.
const PIECES: &[&str] = &[
    "Putin",
    "a",
    "\"",
    "@",
    " ",
    "  ",
    "普京",
    "東京都",
    "プーチン",
    "ปูติน",
    "צה\"ל",
    "é",
    "\u{301}",
    "\u{200d}",
    "İ",
    "ß",
    "COVID-19",
    "U.S.",
    "l'",
    "12",
    "😀",
    "\u{ff9e}",
    "\u{1161}",
    "मोदी",
    "x@y.com",
    "www.",
    "\n",
    "\0",
    "ﬁ",
    "ǅ",
    "கி",
];

/// A generator of numbers that are the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn pick(&mut self, pieces: &[&'static str], most: usize) -> String {
        let (count, all) = (self.below(most), [pieces, PIECES].concat());
        (0..count).map(|_| all[self.below(all.len())]).collect()
    }
}

/// Ten queries and ten articles a round: 5,000 of each, or 5,000,000 of each with KABAR_THOROUGH set.
fn rounds() -> usize {
    if std::env::var_os("KABAR_THOROUGH").is_some() {
        500_000
    } else {
        500
    }
}

#[test]
fn random_queries_and_articles_are_read_or_refused() {
    let aliases = BTreeMap::from([("putin".to_owned(), vec!["Putin".to_owned(), "普京".to_owned()])]);
    let mut dice = Dice(2026);
    let (mut read, mut hits) = (0, 0);
    for _ in 0..rounds() {
        let mut queries = Vec::new();
        for _ in 0..10 {
            let text = dice.pick(QUERY_PIECES, 9);
            match Query::parse(&text, &aliases) {
                Ok(query) => {
                    let printed = query.to_string();
                    assert_eq!(
                        Query::parse(&printed, &aliases).as_ref(),
                        Ok(&query),
                        "{text:?} as {printed:?}"
                    );
                    query.lints();
                    queries.push(query);
                }
                Err(error) => {
                    assert!(error.column <= text.chars().count(), "{text:?}");
                    error.caret(&text);
                }
            }
        }
        read += queries.len();
        let matcher = Matcher::new(queries);
        for _ in 0..10 {
            let title = visible_line(&dice.pick(TEXT_PIECES, 8));
            let text = visible_text(&dice.pick(TEXT_PIECES, 40));
            let language = [None, Some("ru"), Some("xx-YY"), Some("")][dice.below(4)];
            let document = Document {
                title: &title,
                text: &text,
                language,
                link: Some(&title),
                feed: &title,
                author: Some(&text),
                tags: &[],
            };
            for hit in matcher.find(&document) {
                hits += 1;
                for span in hit.spans {
                    let field = if span.field == crate::dedup::TextField::Title {
                        &title
                    } else {
                        &text
                    };
                    assert!(
                        span.start < span.end && field.get(span.start..span.end).is_some(),
                        "{field:?}"
                    );
                }
            }
        }
    }
    // A generator that only makes nonsense would show nothing.
    assert!(read > rounds() && hits > rounds(), "{read} queries read, {hits} hits");
}
