//! How well the rules of form do on labelled sentences in many languages.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::Write;

use crate::watch::matcher::Document;
use crate::watch::matcher::Matcher;
use crate::watch::query::Query;

const FILES: [&str; 4] = [
    include_str!("../testdata/europe.tsv"),
    include_str!("../testdata/cyrillic.tsv"),
    include_str!("../testdata/asia.tsv"),
    include_str!("../testdata/sentences.tsv"),
];

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

/// Every labelled case: language, query, whether it matches, text.
fn cases() -> impl Iterator<Item = (&'static str, &'static str, bool, &'static str)> {
    FILES
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

#[test]
fn labelled_sentences_are_matched_as_their_readers_would() {
    let mut all = Score::default();
    let mut by_language: BTreeMap<&str, Score> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (language, query, expected, text) in cases() {
        let read = Query::parse(query, &BTreeMap::new()).unwrap_or_else(|error| panic!("{}", error.caret(query)));
        let document = Document {
            title: "",
            text,
            language: (language != "-").then_some(language),
            link: None,
            feed: "",
            author: None,
            tags: &[],
        };
        let actual = !Matcher::new([read]).find(&document).is_empty();
        all.add((expected, actual));
        by_language.entry(language).or_default().add((expected, actual));
        if actual != expected {
            wrong.push(format!(
                "{language}\t{query}\t{}\t{text}",
                if expected { '+' } else { '-' }
            ));
        }
    }
    let report = format!(
        "{} cases, precision {:.4}, recall {:.4}\n{}",
        all.cases(),
        all.precision(),
        all.recall(),
        wrong.join("\n")
    );
    // Shown by `cargo test labelled -- --nocapture`.
    std::io::stdout().write_all(report.as_bytes()).unwrap();
    let languages: BTreeSet<&&str> = by_language.keys().collect();
    assert!(all.cases() >= 600 && languages.len() >= 25, "{report}");
    assert!(all.precision() >= 0.98 && all.recall() >= 0.97, "{report}");
    for (language, score) in &by_language {
        assert!(score.cases() < 8 || score.accuracy() >= 0.85, "{language}: {report}");
    }
}
