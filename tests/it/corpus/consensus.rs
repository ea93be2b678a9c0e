//! The corpus of feeds beside the project, scored: how many entries are found, and whether title, link and date agree.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fmt::Debug;
use std::path::Path;

use kabar::feed::Entry;
use kabar::feed::parse::read_feed;
use serde_json::Value;
use url::Url;

use crate::corpus::Sample;
use crate::corpus::bytes;
use crate::corpus::root;
use crate::corpus::samples;

/// Shares in percent that reading must reach: counts of all and of real feeds, then title, link and date of all.
const FLOOR_COUNT_ALL: f64 = 99.6;
const FLOOR_COUNT_REAL: f64 = 99.8;
const FLOOR_FIELDS: f64 = 99.5;

/// Where the corpus and we disagree, with the reason why.
const DISAGREEMENTS: &str = include_str!("disagreements.tsv");

/// Right ones and all of them.
#[derive(Clone, Copy, Default)]
struct Share(usize, usize);

impl Share {
    fn add(&mut self, is_right: bool) {
        self.0 += usize::from(is_right);
        self.1 += 1;
    }

    fn join(&mut self, other: Share) {
        self.0 += other.0;
        self.1 += other.1;
    }

    fn percent(self) -> f64 {
        if self.1 == 0 {
            100.0
        } else {
            100.0 * self.0 as f64 / self.1 as f64
        }
    }
}

/// What is compared.
const FIELDS: [&str; 4] = ["count", "title", "link", "date"];

type Score = [Share; FIELDS.len()];

/// The corpus's list of dates.
const DATES: &str = "dates.tsv";

/// Everything that was compared.
#[derive(Default)]
struct Board {
    classes: BTreeMap<String, Score>,
    /// File and field of every disagreement.
    misses: BTreeSet<(String, String)>,
    /// Files that were read without a word although entries are missing.
    unnoticed: Vec<String>,
}

impl Board {
    fn add<T: PartialEq + Debug>(&mut self, sample: &Sample, field: usize, read: &T, wanted: &T) {
        let score = self.classes.entry(sample.class.clone()).or_default();
        score[field].add(read == wanted);
        if read != wanted {
            let name = FIELDS[field];
            println!("{name} {read:?} instead of {wanted:?}: {}", sample.file);
            self.misses.insert((sample.file.clone(), name.to_owned()));
        }
    }

    fn compare(&mut self, sample: &Sample, entry: &Entry, wanted: &Value) {
        if let Some(title) = wanted[0].as_str() {
            let read = plain(entry.title.as_deref().unwrap_or_default());
            self.add(sample, 1, &read, &plain(title));
        }
        if let Some(link) = wanted[1].as_str() {
            let read = address(entry.link.as_deref().unwrap_or_default(), &sample.base);
            self.add(sample, 2, &read, &address(link, &sample.base));
        }
        if let Some(date) = wanted[2].as_i64() {
            let read = entry.published.or(entry.updated).map(|instant| instant.as_second());
            self.add(sample, 3, &read, &Some(date));
        }
    }

    /// Prints the table; the scores of all files and of the real ones.
    fn report(&self) -> [Score; 2] {
        let (mut all, mut real) = (Score::default(), Score::default());
        for (class, score) in &self.classes {
            let percent = score.map(|share| format!("{:5.1} % of {:5}", share.percent(), share.1));
            println!("{class:20} {}", percent.join("  "));
            for (index, share) in score.iter().enumerate() {
                all[index].join(*share);
                if class.starts_with("real") {
                    real[index].join(*share);
                }
            }
        }
        for (name, score) in [("all", all), ("real", real)] {
            let percent = score.map(|share| format!("{:.2} %", share.percent()));
            println!("{name:20} {}", percent.join("  "));
        }
        [all, real]
    }
}

#[test]
fn the_corpus_is_read_as_other_readers_do() {
    let (Some(root), Some(samples)) = (root(), samples()) else {
        return;
    };
    let expected = expectations(&root);
    let mut board = Board::default();
    for sample in &samples {
        let read = read_feed(&sample.bytes(), sample.content_type.as_deref(), &sample.base);
        let is_unnoticed = read
            .as_ref()
            .is_ok_and(|feed| feed.is_complete && feed.entries.len() < sample.entries);
        board.unnoticed.extend(is_unnoticed.then(|| sample.file.clone()));
        let entries = read.map(|feed| feed.entries).unwrap_or_default();
        board.add(sample, 0, &entries.len(), &sample.entries);
        for (entry, wanted) in entries.iter().zip(expected.get(&sample.sha256).into_iter().flatten()) {
            board.compare(sample, entry, wanted);
        }
    }
    let [all, real] = board.report();
    assert!(all[0].percent() >= FLOOR_COUNT_ALL && real[0].percent() >= FLOOR_COUNT_REAL);
    assert!(all[1..].iter().all(|share| share.percent() >= FLOOR_FIELDS));
    assert_eq!(board.unnoticed, [""; 0]);
    assert_eq!(
        board.misses,
        known(|file| file != DATES),
        "each disagreement has its reason in the list"
    );
}

#[test]
fn dates_of_feeds_are_read() {
    let Some(root) = root() else { return };
    let rows = std::fs::read_to_string(root.join(DATES)).unwrap();
    let (mut share, mut misses) = (Share::default(), BTreeSet::new());
    for row in rows.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let text = format!(
            "<rss><channel><item><pubDate>{}</pubDate></item></channel></rss>",
            columns[0]
        );
        let feed = read_feed(text.as_bytes(), None, &Url::parse("http://feed.example/").unwrap()).unwrap();
        let read = feed.entries[0].published.map(|instant| instant.as_second());
        share.add(read == columns[3].parse().ok());
        if read != columns[3].parse().ok() {
            println!("date {:?} for {row}", feed.entries[0].published);
            misses.insert((DATES.to_owned(), columns[0].to_owned()));
        }
    }
    println!(
        "dates: {:.1} % of {}, {} disagreements with a reason",
        share.percent(),
        share.1,
        misses.len()
    );
    assert_eq!(
        misses,
        known(|file| file == DATES),
        "each disagreement has its reason in the list"
    );
}

/// File and field of the disagreements that have a reason.
fn known(is_wanted: impl Fn(&str) -> bool) -> BTreeSet<(String, String)> {
    let rows = DISAGREEMENTS.lines().filter(|row| !row.starts_with('#'));
    let rows = rows.map(|row| row.split('\t').collect::<Vec<_>>());
    rows.filter(|columns| is_wanted(columns[0]) && !columns[2].is_empty())
        .map(|columns| (columns[0].to_owned(), columns[1].to_owned()))
        .collect()
}

fn expectations(root: &Path) -> HashMap<String, Vec<Value>> {
    let text = String::from_utf8(bytes(&root.join("expected.jsonl.gz"))).unwrap();
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            let entries = value["entries"].as_array().cloned().unwrap_or_default();
            (value["sha"].as_str().unwrap_or_default().to_owned(), entries)
        })
        .collect()
}

/// Visible text: references replaced and tags dropped until nothing changes, white space collapsed.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..4 {
        let page = format!("<rss><channel><title><![CDATA[{text}]]></title></channel></rss>");
        let feed = read_feed(page.as_bytes(), None, &Url::parse("http://feed.example/").unwrap());
        let read = feed.ok().and_then(|feed| feed.title).unwrap_or_default();
        if read == text {
            break;
        }
        text = read;
    }
    text
}

fn address(link: &str, base: &Url) -> String {
    let link = link.trim().replace("&amp;", "&");
    let joined = base.join(&link).map_or(link, String::from);
    let joined: String = joined.chars().filter(|c| !c.is_whitespace()).collect();
    let decoded = percent_decoded(&joined).replace(' ', "");
    decoded.trim_end_matches('/').to_owned()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            .filter(|_| *first == b'%')
        {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
