//! The corpus of feeds beside the project, scored: how many entries are found, and whether title, link and date agree.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::Path;

use kabar::feed::Entry;
use kabar::feed::parse::read_feed;
use serde_json::Value;
use url::Url;

use crate::corpus::bytes;
use crate::corpus::root;
use crate::corpus::samples;

/// Shares in percent that reading must reach, a little under what it reached when they were written.
const FLOOR_COUNT_ALL: f64 = 99.9;
const FLOOR_COUNT_REAL: f64 = 99.8;
const FLOOR_FIELDS_REAL: f64 = 99.5;

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

/// Count, title, link, date.
type Score = [Share; 4];

#[test]
fn the_corpus_is_read_as_other_readers_do() {
    let (Some(root), Some(samples)) = (root(), samples()) else {
        return;
    };
    let expected = expectations(&root);
    let mut classes: BTreeMap<String, Score> = BTreeMap::new();
    for sample in samples {
        let entries = read_feed(&sample.bytes(), sample.content_type.as_deref(), &sample.base)
            .map(|feed| feed.entries)
            .unwrap_or_default();
        let score = classes.entry(sample.class.clone()).or_default();
        score[0].add(entries.len() == sample.entries);
        if entries.len() != sample.entries {
            println!("count {} instead of {}: {}", entries.len(), sample.entries, sample.file);
        }
        for (entry, wanted) in entries.iter().zip(expected.get(&sample.sha256).into_iter().flatten()) {
            compare(score, entry, wanted, &sample.base, &sample.file);
        }
    }
    report_and_check(&classes);
}

#[test]
fn dates_of_feeds_are_read() {
    let Some(root) = root() else { return };
    let rows = std::fs::read_to_string(root.join("dates.tsv")).unwrap();
    let mut share = Share::default();
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
        }
    }
    println!("dates: {:.1} %", share.percent());
    // Five strings of the corpus name a zone that most readers overlook; we do not.
    assert!(share.percent() >= 94.0);
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

fn compare(score: &mut Score, entry: &Entry, wanted: &Value, base: &Url, file: &str) {
    if let Some(title) = wanted[0].as_str() {
        let read = entry.title.as_deref().unwrap_or_default();
        let same = plain(read) == plain(title);
        if !same {
            println!("title {read:?} instead of {title:?}: {file}");
        }
        score[1].add(same);
    }
    if let Some(link) = wanted[1].as_str() {
        let read = entry.link.as_deref().unwrap_or_default();
        let same = address(read, base) == address(link, base);
        if !same {
            println!("link {read:?} instead of {link:?}: {file}");
        }
        score[2].add(same);
    }
    if let Some(date) = wanted[2].as_i64() {
        let read = entry.published.or(entry.updated).map(|instant| instant.as_second());
        if read != Some(date) {
            println!("date {read:?} instead of {date}: {file}");
        }
        score[3].add(read == Some(date));
    }
}

fn report_and_check(classes: &BTreeMap<String, Score>) {
    let mut all = Score::default();
    let mut real = Score::default();
    for (class, score) in classes {
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
        println!(
            "{name:20} {}",
            score.map(|share| format!("{:.2} %", share.percent())).join("  ")
        );
    }
    assert!(all[0].percent() >= FLOOR_COUNT_ALL);
    assert!(real[0].percent() >= FLOOR_COUNT_REAL);
    for share in &real[1..] {
        assert!(share.percent() >= FLOOR_FIELDS_REAL);
    }
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
