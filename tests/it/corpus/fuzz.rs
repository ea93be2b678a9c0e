//! Damage without sense: whatever the bytes, reading ends, soon, and in little memory.

use std::time::Duration;

use kabar::feed::parse::read_feed;
use url::Url;

use crate::corpus::is_thorough;
use crate::corpus::samples;
use crate::dice::Dice;

/// Damaged documents in the long and in the short form.
const ROUNDS_THOROUGH: usize = 2_000_000;
const ROUNDS: usize = 4_000;

/// What one document may take in the long form, and the whole process.
const READING_MAX: Duration = Duration::from_secs(1);
const MEMORY_KIB_MAX: usize = 150 * 1024;

/// Larger documents are left out: more rounds find more.
const DOCUMENT_BYTES_MAX: usize = 12 * 1024;

/// Pieces that mean something to a reader of feeds.
const WORDS: [&str; 44] = [
    "<item>",
    "</item>",
    "<entry>",
    "</entry>",
    "<rss>",
    "<channel>",
    "</channel>",
    "<feed>",
    "<rdf:RDF>",
    "<title>",
    "</title>",
    "<description>",
    "</description>",
    "<content type='xhtml'>",
    "<content type=\"html\" mode='base64'>",
    "<link/>",
    "<link href='",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml encoding='utf-16'?>",
    "<!DOCTYPE x [<!ENTITY a '&a;&a;'>]>",
    "&a;",
    "&#x110000;",
    "&#55357;",
    "&amp;amp;",
    "&",
    "<",
    ">",
    "\"",
    "'",
    "=",
    "/",
    "xmlns:x='",
    "xml:base='//'",
    "\u{feff}",
    "\0",
    "{\"items\":[",
    "\\u0000",
    "<media:group>",
    "<itunes:duration>99999999999999999999</itunes:duration>",
    "（张三）",
    "2026-13-45T99:99:99+99:99",
];

#[test]
fn no_damage_stops_the_reader() {
    let Some(samples) = samples() else { return };
    let documents: Vec<Vec<u8>> = samples
        .iter()
        .filter(|sample| !sample.file.ends_with(".gz"))
        .map(|sample| sample.bytes())
        .filter(|bytes| bytes.len() <= DOCUMENT_BYTES_MAX)
        .collect();
    let url = Url::parse("https://feed.example/").unwrap();
    let rounds = if is_thorough() { ROUNDS_THOROUGH } else { ROUNDS };
    let (mut dice, mut slowest, mut entries) = (Dice::new(1), Duration::ZERO, 0);
    for _ in 0..rounds {
        let damaged = damaged(&documents, &mut dice);
        let begin = cpu_time();
        entries += read_feed(&damaged, None, &url).map_or(0, |feed| feed.entries.len());
        slowest = slowest.max(cpu_time() - begin);
    }
    println!(
        "{rounds} damaged documents: {entries} entries, slowest {slowest:?}, {} KiB at most",
        memory_kib()
    );
    assert!(entries > rounds / 4, "damage that leaves nothing tests nothing");
    if is_thorough() {
        assert!(slowest < READING_MAX, "{slowest:?}");
        assert!(memory_kib() < MEMORY_KIB_MAX, "{} KiB", memory_kib());
    }
}

/// A document with up to eight wounds.
fn damaged(documents: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = documents[dice.below_len(documents.len())].clone();
    for _ in 0..=dice.below_len(8) {
        let at = dice.below_len(bytes.len() + 1);
        let end = (at + dice.below_len(64)).min(bytes.len());
        match dice.below_len(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below_len(8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(dice.below_len(256)).unwrap(),
            2 => drop(bytes.drain(at..end)),
            3 => drop(bytes.splice(at..at, WORDS[dice.below_len(WORDS.len())].bytes())),
            4 => {
                let part = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, part.repeat(1 + dice.below_len(20))));
            }
            5 => {
                let other = &documents[dice.below_len(documents.len())];
                let from = dice.below_len(other.len());
                let part = other[from..(from + dice.below_len(400)).min(other.len())].to_vec();
                drop(bytes.splice(at..end, part));
            }
            _ => bytes.truncate(at.max(bytes.len() / 2)),
        }
    }
    bytes
}

/// What this thread has computed so far; other work on the machine does not count (proc(5), `schedstat`).
fn cpu_time() -> Duration {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = line.split(' ').next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// The most memory that this process ever held.
fn memory_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

/// What a hostile document repeats for as long as its body may be.
const REPEATED: [&str; 36] = [
    "<item>",
    "<item><guid>1</guid>",
    "<item/>",
    "<entry><id>1</id></entry>",
    "<x:y>",
    "<x:y><item>",
    "</x:y>",
    "<media:group>",
    "<title>",
    "<description><p>",
    "<content type='xhtml'>",
    "<a b='",
    "<a b=\"<",
    "<a b='>",
    "<a b c d e f g ",
    "<a xmlns:x='y'>",
    "<a xml:base='b/'>",
    "<!--",
    "<!-- -->",
    "<!-- <!-- ",
    "<![CDATA[",
    "<![CDATA[]]>",
    "<![CDATA[</item>",
    "<![CDATA[</description>",
    "]]>",
    "<!DOCTYPE [",
    "<!ENTITY a 'b'>",
    "<?",
    "<!",
    "&",
    "&amp;",
    "&a;",
    "<",
    ">",
    "\u{feff}",
    "a",
];

/// The largest body that is fetched unless the user says otherwise.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

#[test]
fn no_repetition_makes_reading_slow() {
    let size = if is_thorough() {
        BODY_BYTES_MAX
    } else {
        BODY_BYTES_MAX / 64
    };
    let url = Url::parse("https://feed.example/").unwrap();
    let mut slow = Vec::new();
    for before in [
        "",
        "<rss><channel>",
        "<rss><channel><item><title>A</title><description>",
        "<!DOCTYPE rss [<!ENTITY a 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'>]><rss><channel><item><title>",
        "{\"items\":[{\"title\":\"",
    ] {
        for piece in REPEATED {
            let text = [before, &piece.repeat(size / piece.len())].concat();
            let begin = cpu_time();
            let entries = read_feed(text.as_bytes(), None, &url).map_or(0, |feed| feed.entries.len());
            let spent = cpu_time() - begin;
            println!(
                "{spent:9.2?} {:7} KiB {entries:5} entries: {before}{piece}",
                memory_kib()
            );
            slow.extend((spent > READING_MAX).then(|| format!("{before}{piece}: {spent:?}")));
        }
    }
    assert!(slow.is_empty() || !is_thorough(), "{slow:?}");
}
