//! What matches and what does not, through the public interface.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use crate::watch::matcher::Document;
use crate::watch::matcher::Hit;
use crate::watch::matcher::Matcher;
use crate::watch::query::Query;

fn query(text: &str) -> Query {
    Query::parse(text, &BTreeMap::new()).unwrap_or_else(|error| panic!("{}", error.caret(text)))
}

fn document(text: &str) -> Document<'_> {
    Document {
        title: "",
        text,
        language: None,
        link: None,
        feed: "example",
        author: None,
        tags: &[],
    }
}

fn find(text: &str, document: &Document<'_>) -> Vec<Hit> {
    Matcher::new([query(text)]).find(document)
}

fn highlighted<'a>(query: &str, text: &'a str, language: Option<&str>) -> Option<Vec<&'a str>> {
    let found = find(
        query,
        &Document {
            language,
            ..document(text)
        },
    );
    let hit = found.first()?;
    Some(hit.spans.iter().map(|span| &text[span.start..span.end]).collect())
}

fn hits(query: &str, text: &str) -> bool {
    highlighted(query, text, None).is_some()
}

#[test]
fn the_promises_of_the_product_page() {
    assert_eq!(
        highlighted("Putin", "Vladimir Putin's plan", Some("en")),
        Some(vec!["Putin's"])
    );
    assert_eq!(
        highlighted("Путин", "встреча с Путиным", Some("ru")),
        Some(vec!["Путиным"])
    );
    assert!(hits("Ukraina", "Presiden Ukraina tiba di Jakarta"));
    assert!(!hits("Putin", "computing and disputing"));
    assert!(hits("putin", "PUTIN arrives") && hits("PUTIN", "Putin arrives"));
    assert!(!hits("Putin", "see https://example.org/Putin/x and www.putin.example"));
}

#[test]
fn attached_pieces_are_highlighted_with_the_word() {
    assert_eq!(highlighted("بوتين", "قال وبوتين", None), Some(vec!["وبوتين"]));
    assert_eq!(highlighted("Putin", "the Anti-Putin camp", None), Some(vec!["Putin"]));
    assert_eq!(highlighted("普京", "俄罗斯总统普京说", None), Some(vec!["普京"]));
    assert_eq!(
        highlighted("\"Joe Biden\"", "say Joe  Biden’s aides", None),
        Some(vec!["Joe  Biden’s"])
    );
    assert_eq!(highlighted("Putin -golf", "Putin speaks", None), Some(vec!["Putin"]));
}

#[test]
fn operators() {
    assert!(hits("Putin AND Trump", "Trump met Putin") && !hits("Putin AND Trump", "Trump met Xi"));
    assert!(!hits("Putin -golf", "Putin plays golf"));
    assert!(hits("\"white house\"", "the White-House") && !hits("\"white house\"", "house white"));
    assert!(!hits("\"white house\"", "white\n\nhouse"));
    assert!(hits("a1 NEAR/2 b1", "b1 x y a1") && !hits("aa NEAR/2 bb", "bb x y z aa"));
    assert!(hits("aa ONEAR/2 bb", "aa x bb") && !hits("aa ONEAR/2 bb", "bb x aa"));
    assert!(hits("(aa OR cc) NEAR/1 bb", "cc x bb") && !hits("aa NEAR bb", "aa\n\nbb"));
    assert!(hits("普京 NEAR/2 特朗普", "普京会见了特朗普") && !hits("普京 NEAR/1 特朗普", "普京会见了特朗普"));
    assert!(hits("COVID-19", "covid19") && hits("COVID-19", "Covid 19") && hits("F-16", "two F-16s"));
    assert!(!hits("cease-fire", "ceasefire") && hits("AT&T", "AT&T says"));
    assert!(hits("Ukrain*", "Ukrainian") && hits("*burger*", "Hamburgers") && !hits("*burger", "Hamburgers"));
    assert!(hits("=Polish", "Polish") && !hits("=Polish", "polish"));
}

#[test]
fn patterns() {
    assert_eq!(
        highlighted("/Put[aio]n/ -/golf/i", "Putin, Puton", None),
        Some(vec!["Putin", "Puton"])
    );
    assert!(!hits("/Putin/", "putin") && hits("/putin/i", "PUTIN"));
    assert!(!hits("Putin -/gol./i", "Putin plays GOLF"));
    assert!(hits("/caf\u{e9}/", "cafe\u{301}") && hits("/\\bПутин\\b/", "«Путин»"));
    assert!(!hits("title:/Putin/", "Putin") && hits("text:/Putin/", "Putin"));
}

#[test]
fn properties() {
    let tags = ["World".to_owned()];
    let base = Document {
        title: "Putin",
        text: "Trump",
        language: Some("zh-TW"),
        link: Some("https://www.bbc.co.uk/News/1"),
        feed: "BBC World",
        author: Some("Ana Müller"),
        tags: &tags,
    };
    for (text, expected) in [
        ("title:Putin", true),
        ("text:Putin", false),
        ("title:(Putin AND Trump)", false),
        ("Putin Trump", true),
        ("Putin NEAR Trump", false),
        ("lang:zh", true),
        ("lang:zh-TW", true),
        ("lang:zh-CN", false),
        ("source:bbc.co.uk", true),
        ("source:c.co.uk", false),
        ("url:news/1", true),
        ("author:muller", true),
        ("tag:world", true),
        ("feed:bbc", true),
        ("Putin -source:bbc.co.uk", false),
    ] {
        assert_eq!(!find(text, &base).is_empty(), expected, "{text}");
    }
}

/// The letters of a hostile document: everything that makes a search start again.
const HOSTILE: [&str; 9] = ["a ", "a", "a'", "l'", "あ", "ア", "a.", "a\u{301}", "aa bb "];

/// A megabyte, and a tenth of it where the code is not optimised: the square of either would not end.
const HOSTILE_BYTES: usize = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };

#[test]
fn a_megabyte_of_hostile_text_is_read_once() {
    let chain = format!("a{}", " NEAR/50 a".repeat(30));
    let phrase = format!("\"{}\"", "a ".repeat(200));
    let run = "あ".repeat(1300);
    let groups = format!(
        "({}) NEAR/50 ({})",
        vec!["a"; 60].join(" OR "),
        vec!["aa"; 60].join(" OR ")
    );
    let watches = [
        chain.as_str(),
        &phrase,
        &run,
        &groups,
        "*aaaa*",
        "アアアアア",
        "aaaa*",
        "a1a1a1",
    ];
    let matcher = Matcher::new(watches.map(query));
    for piece in HOSTILE {
        let text = piece.repeat(HOSTILE_BYTES / piece.len());
        let hits = matcher.find(&document(&text));
        assert!(hits.iter().all(|hit| hit.spans.len() <= 1000));
    }
}

#[test]
fn the_language_is_guessed_where_none_is_declared_or_the_declared_one_is_wrong() {
    let german = "Die Rede Putins ist nicht von der Regierung, die das mit dem Kanzler hat";
    assert!(hits("Putin", german) && !hits("Putin", "Putins"));
    let indonesian = "Pemerintah mengatakan banjirnya dari sungai dan akan surut pada hari ini, tidak dengan cepat untuk warga yang ada";
    assert!(highlighted("banjir", indonesian, Some("en-US")).is_some());
    assert!(highlighted("Putin", "Putina", Some("en")).is_none());
}

#[test]
fn forms_of_unicode_are_one() {
    for (query, text) in [
        ("Erdoğan", "Erdog\u{306}an"),
        ("Ukraina", "ＵＫＲＡＩＮＡ"),
        ("Putin", "Pu\u{ad}t\u{200b}in"),
        ("Putin", "Рutin"),
        ("2026", "٢٠٢٦"),
        ("푸틴", "푸틴이"),
        ("プーチン", "フ\u{309a}ーチン"),
        ("Łódź", "lodz"),
        ("Straße", "STRASSE"),
        ("Fiancé", "ﬁancé"),
    ] {
        assert!(hits(query, text), "{query} in {text}");
    }
    assert!(!hits("Putin", "Рутин") && !hits("=мои", "мой"));
}
