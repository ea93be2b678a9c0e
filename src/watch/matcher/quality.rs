//! How well the rules of form do on labelled sentences in many languages.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Write;

use crate::watch::matcher::Document;
use crate::watch::matcher::Matcher;
use crate::watch::query::Query;
use crate::watch::text::visible_line;
use crate::watch::text::visible_text;

const TUNED: [&str; 5] = [
    include_str!("../testdata/europe.tsv"),
    include_str!("../testdata/cyrillic.tsv"),
    include_str!("../testdata/asia.tsv"),
    include_str!("../testdata/sentences.tsv"),
    include_str!("../testdata/second.tsv"),
];

/// Never looked at while rules change: its figures are what strangers may expect.
const KEPT: [&str; 1] = [include_str!("../testdata/kept.tsv")];

/// Counts of one language or of all.
#[derive(Debug, Default)]
struct Score {
    found: u32,
    missed: u32,
    invented: u32,
    refused: u32,
}

impl Score {
    fn add(&mut self, labelled_and_found: (bool, bool)) {
        match labelled_and_found {
            (true, true) => self.found += 1,
            (true, false) => self.missed += 1,
            (false, true) => self.invented += 1,
            (false, false) => self.refused += 1,
        }
    }

    fn precision(&self) -> f64 {
        f64::from(self.found) / f64::from(self.found + self.invented)
    }

    fn recall(&self) -> f64 {
        f64::from(self.found) / f64::from(self.found + self.missed)
    }

    fn cases(&self) -> u32 {
        self.found + self.missed + self.invented + self.refused
    }

    fn accuracy(&self) -> f64 {
        f64::from(self.found + self.refused) / f64::from(self.cases())
    }
}

/// Every labelled case of `files`: language, query, whether it matches, text.
fn cases<'a>(files: &'a [&'static str]) -> impl Iterator<Item = (&'static str, &'static str, bool, &'static str)> + 'a {
    files
        .iter()
        .flat_map(|file| file.lines())
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .flat_map(|line| {
            let [language, query, label, texts] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("not four columns: {line}");
            };
            texts
                .split(" | ")
                .map(move |text| (language, query, label == "+", text))
        })
}

/// Whether `query` finds `text`, which is HTML; a title stands before "¦".
fn is_found(language: &str, query: &str, text: &str) -> bool {
    let Ok(read) = Query::parse(query, &BTreeMap::new()) else {
        return false;
    };
    let (title, body) = text.split_once(" ¦ ").unwrap_or(("", text));
    let (title, body) = (visible_line(title), visible_text(body));
    let document = Document {
        title: &title,
        text: &body,
        language: (language != "-").then_some(language),
        link: None,
        feed: "",
        author: None,
        tags: &[],
    };
    !Matcher::new([read]).find(&document).is_empty()
}

/// The scores in all and by language, and every case that went wrong.
fn score(files: &[&'static str]) -> (Score, BTreeMap<&'static str, Score>, Vec<String>) {
    let mut all = Score::default();
    let mut by_language: BTreeMap<&str, Score> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (language, query, expected, text) in cases(files) {
        let actual = is_found(language, query, text);
        all.add((expected, actual));
        by_language.entry(language).or_default().add((expected, actual));
        if actual != expected {
            let label = if expected { '+' } else { '-' };
            wrong.push(format!("{language}\t{query}\t{label}\t{text}"));
        }
    }
    (all, by_language, wrong)
}

/// Shown by `cargo nextest run labelled --no-capture`.
fn show(text: &str) {
    std::io::stdout().write_all(text.as_bytes()).unwrap();
}

#[test]
fn labelled_sentences_are_matched_as_their_readers_would() {
    let (all, by_language, wrong) = score(&TUNED);
    let figures = format!(
        "{} cases, precision {:.4}, recall {:.4}",
        all.cases(),
        all.precision(),
        all.recall()
    );
    let report = format!("{figures}\n{}\n", wrong.join("\n"));
    show(&report);
    assert!(all.cases() >= 600 && by_language.len() >= 25, "{report}");
    assert!(all.precision() >= 0.98 && all.recall() >= 0.97, "{report}");
    for (language, score) in &by_language {
        assert!(score.cases() < 8 || score.accuracy() >= 0.85, "{language}: {report}");
    }
}

#[test]
fn labelled_sentences_that_no_rule_was_made_from_are_matched_too() {
    let (all, _, _) = score(&KEPT);
    let (precision, recall) = (all.precision(), all.recall());
    let figures = format!(
        "{} cases kept apart, precision {precision:.4}, recall {recall:.4}\n",
        all.cases()
    );
    show(&figures);
    assert!(precision >= 0.97 && recall >= 0.90, "{figures}");
}
