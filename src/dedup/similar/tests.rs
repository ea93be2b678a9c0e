//! The labelled set: copies of own articles as sites make them, and what only looks alike.
#![allow(clippy::unwrap_used)]

use std::io::Write;

use jiff::Timestamp;

use crate::dedup::StoryId;
use crate::dedup::similar::Appearance;
use crate::dedup::similar::Index;
use crate::dedup::similar::Lede;

/// What must be reached, as the project promises.
const PRECISION_MIN: f64 = 0.99;
const RECALL_MIN: f64 = 0.92;
const FOOTER: &str =
    "Download our app and follow our channel for the latest news of the day. All rights reserved by the publisher.";
const WEEKDAYS: [&str; 5] = ["Monday", "Senin", "Dienstag", "среду", "Friday"];

struct Article {
    title: &'static str,
    text: &'static str,
}

fn articles() -> Vec<Article> {
    let lines = include_str!("../testdata/articles.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let article = |line: &'static str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, title, text] = fields[..] else {
            panic!("three fields: {line}")
        };
        Article { title, text }
    };
    lines.map(article).collect()
}

fn appearance(number: usize, site: &str, title: &str, text: &str) -> Appearance {
    let at = Timestamp::from_second(1_800_000_000).unwrap();
    Appearance {
        id: StoryId::new(at, &format!("{site}/{number}")),
        site: site.to_owned(),
        at,
        lede: Lede::of(title, text),
    }
}

/// Pieces of a text: words, or characters where there are no spaces.
fn pieces(text: &str) -> (Vec<String>, &'static str) {
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    if words.len() * 12 > text.chars().count() {
        (words, " ")
    } else {
        (text.chars().map(String::from).collect(), "")
    }
}

fn start(text: &str, words: usize) -> String {
    let (pieces, gap) = pieces(text);
    let count = if gap.is_empty() { words * 2 } else { words };
    pieces[..count.min(pieces.len())].join(gap)
}

/// Every `nth` piece is replaced.
fn edited(text: &str, nth: usize) -> String {
    let (mut pieces, gap) = pieces(text);
    let other = if gap.is_empty() { "語" } else { "indeed" };
    (nth / 2..pieces.len())
        .step_by(nth)
        .for_each(|at| other.clone_into(&mut pieces[at]));
    pieces.join(gap)
}

/// What other sites make of an article: name of the change, title, text.
fn copies(article: &Article) -> Vec<(&'static str, String, String)> {
    let Article { title, text } = article;
    let own = |text: String| ((*title).to_owned(), text);
    let mut copies = Vec::new();
    let mut add = |name, (title, text)| copies.push((name, title, text));
    add(
        "same text, other title",
        ("Something else entirely".to_owned(), (*text).to_owned()),
    );
    add("footer", own(format!("{text} {FOOTER}")));
    add("dateline", own(format!("TARROW, Daily Courier (Agencies) - {text}")));
    add(
        "excerpt of 55 words, other title",
        ("What we know so far".to_owned(), format!("{}…", start(text, 55))),
    );
    add("excerpt of 40 words", own(format!("{} [...]", start(text, 40))));
    add("excerpt of 25 words", own(format!("{}...", start(text, 25))));
    add("every 24th word edited", own(edited(text, 24)));
    add("quotes and case", own(text.replace('"', "”").to_uppercase()));
    let lede = "This report first reached our desk by telephone from a correspondent who has covered the region for many years.";
    add("lede put before", own(format!("{lede} {text}")));
    let (pieces, gap) = pieces(text);
    add(
        "cut to 60 % and lede put before",
        own(format!("{lede} {}", pieces[..pieces.len() * 6 / 10].join(gap))),
    );
    copies
}

fn day(template: &str, day: usize) -> String {
    let number = |shift: usize| ((day * 37 + shift * 11) % 89 + 10).to_string();
    let mut text = template.replace("{w}", WEEKDAYS[day % WEEKDAYS.len()]);
    for (shift, name) in ["{a}", "{b}", "{c}", "{d}", "{e}", "{f}", "{g}", "{h}"]
        .iter()
        .enumerate()
    {
        text = text.replace(name, &number(shift));
    }
    text
}

fn series() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("../testdata/series.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').unwrap()).collect()
}

/// Pairs that only look alike: name, and the two texts with their titles.
fn decoys(articles: &[Article]) -> Vec<(String, [(String, String); 2])> {
    let mut decoys = Vec::new();
    let mut add = |name: &str, a: (&str, String), b: (&str, String)| {
        decoys.push((name.to_owned(), [(a.0.to_owned(), a.1), (b.0.to_owned(), b.1)]));
    };
    for (name, template) in series() {
        for (a, b) in [(1, 2), (1, 3), (2, 5), (3, 4)] {
            add(
                name,
                ("Daily report", day(template, a)),
                ("Daily report", day(template, b)),
            );
        }
        let today = day(template, 1);
        add(
            name,
            ("Daily report", start(&today, 30)),
            ("Daily report", day(template, 2)),
        );
    }
    for (index, a) in articles.iter().enumerate() {
        for b in &articles[index + 1..] {
            add(
                "other articles",
                (a.title, a.text.to_owned()),
                (b.title, b.text.to_owned()),
            );
            let template = FOOTER.repeat(3);
            let (first, second) = (format!("{template} {}", a.text), format!("{template} {}", b.text));
            add("one template before both", (a.title, first), (b.title, second));
            let (first, second) = (
                format!("{} {FOOTER}", start(a.text, 12)),
                format!("{} {FOOTER}", start(b.text, 12)),
            );
            add("short excerpts with one footer", (a.title, first), (b.title, second));
        }
    }
    decoys
}

#[test]
fn copies_are_found_and_series_and_templates_stay_apart() {
    let articles = articles();
    let (mut true_found, mut false_found, mut missed, mut wrong) = (0_u32, 0_u32, 0_u32, String::new());
    for article in &articles {
        let original = appearance(0, "origin.example", article.title, article.text);
        for (name, title, text) in copies(article) {
            let copy = appearance(1, "copy.example", &title, &text);
            if original.compare(&copy).is_some() && copy.compare(&original).is_some() {
                true_found += 1;
            } else {
                missed += 1;
                wrong += &format!(
                    "missed: {name}: {} {:?}\n",
                    article.title,
                    original.lede.overlap(&copy.lede)
                );
            }
        }
    }
    let decoys = decoys(&articles);
    for (name, [a, b]) in &decoys {
        let a = appearance(0, "origin.example", &a.0, &a.1);
        if let Some(overlap) = a.compare(&appearance(1, "copy.example", &b.0, &b.1)) {
            false_found += 1;
            wrong += &format!("false: {name} {overlap:?}\n");
        }
    }
    let precision = f64::from(true_found) / f64::from(true_found + false_found);
    let recall = f64::from(true_found) / f64::from(true_found + missed);
    let summary = format!(
        "{} copies, {} decoys, precision {precision:.3}, recall {recall:.3}\n{wrong}",
        true_found + missed,
        decoys.len()
    );
    writeln!(std::io::stderr(), "{summary}").unwrap();
    assert!(precision >= PRECISION_MIN && recall >= RECALL_MIN, "{summary}");
}

#[test]
fn one_site_and_days_far_apart_are_not_compared() {
    let article = &articles()[0];
    let original = appearance(0, "origin.example", article.title, article.text);
    assert_eq!(
        original.compare(&appearance(1, "origin.example", article.title, article.text)),
        None
    );
    let mut late = appearance(1, "copy.example", article.title, article.text);
    late.at = Timestamp::from_second(1_800_000_000 + 4 * 86_400).unwrap();
    assert_eq!(original.compare(&late), None);
}

#[test]
fn the_index_finds_what_a_comparison_finds() {
    let articles = articles();
    let mut all = Vec::new();
    for (number, article) in articles.iter().enumerate() {
        all.push(appearance(number, "origin.example", article.title, article.text));
        for (change, (_, title, text)) in copies(article).into_iter().enumerate() {
            all.push(appearance(number, &format!("copy{change}.example"), &title, &text));
        }
    }
    let index = Index::build(&all);
    let mut search = index.search();
    for one in &all {
        let found = search.candidates(one);
        for other in all.iter().filter(|other| one.compare(other).is_some()) {
            assert!(found.contains(&other.id), "{:?} {}", one.lede.title, other.site);
        }
    }
}

#[test]
fn what_a_site_prints_into_all_of_its_texts_is_no_candidate() {
    let texts: Vec<Appearance> = (0..6)
        .map(|n| appearance(n, "origin.example", "News", &FOOTER.repeat(3)))
        .collect();
    let index = Index::build(&texts);
    let other = appearance(9, "copy.example", "News", &FOOTER.repeat(3));
    assert_eq!(index.search().candidates(&other), []);
}
