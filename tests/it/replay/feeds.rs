//! Thirty feeds with every kind of churn that is known from real ones, round after round.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::world::MORNING;
use crate::world::Story;
use crate::world::entry;

/// Stories that a feed adds in one round.
pub const NEW_PER_ROUND: usize = 2;
/// Entries of a document.
const WINDOW: usize = 6;
/// Stories that all "citing" feeds name as their source, under titles of their own.
const CITED: &str = "https://ministry.example/reports/annual-report-of-the-year-2026";

/// How a feed misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    ChurningGuids,
    ConstantGuid,
    AllLinksEqual,
    HttpThenHttps,
    GuidReuse,
    /// The guid is the place in the document, and dates have no time.
    GuidIsPlace,
    CitesOneReport,
    CopiesPlainFeeds,
    ChurningLinks,
    Fragments,
}

use Kind::{
    AllLinksEqual, ChurningGuids, ChurningLinks, CitesOneReport, ConstantGuid, CopiesPlainFeeds, Fragments,
    GuidIsPlace, GuidReuse, HttpThenHttps, Plain,
};

/// One kind for each feed; the first three are copied by others.
pub const FEEDS: [Kind; 30] = [
    Plain,
    Plain,
    Plain,
    Plain,
    ChurningGuids,
    ChurningGuids,
    ChurningGuids,
    ChurningGuids,
    ConstantGuid,
    ConstantGuid,
    ConstantGuid,
    AllLinksEqual,
    AllLinksEqual,
    AllLinksEqual,
    HttpThenHttps,
    HttpThenHttps,
    HttpThenHttps,
    GuidReuse,
    GuidReuse,
    GuidIsPlace,
    CitesOneReport,
    CitesOneReport,
    CitesOneReport,
    CopiesPlainFeeds,
    CopiesPlainFeeds,
    CopiesPlainFeeds,
    ChurningLinks,
    ChurningLinks,
    Fragments,
    Fragments,
];

/// The address of a feed.
pub fn address(feed: usize) -> String {
    format!("https://feed{feed:02}.example/rss")
}

/// The word by which a story is recognised in a title. It holds no digits: those would tell stories apart by themselves.
pub fn word(feed: usize, story: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "wa",
    ];
    let number = feed * 1000 + story;
    let syllable = |shift: usize| SYLLABLES[number >> shift & 15];
    format!("x{}{}{}{}", syllable(12), syllable(8), syllable(4), syllable(0))
}

/// The document of a feed in a round: its newest entries, newest first.
pub fn document(feed: usize, round: usize) -> Vec<Story> {
    let count = (round + 1) * NEW_PER_ROUND;
    (count.saturating_sub(WINDOW)..count)
        .rev()
        .map(|story| one(feed, story, round, count - story))
        .collect()
}

fn one(feed: usize, story: usize, round: usize, place: usize) -> Story {
    let plain = |feed: usize| format!("https://feed{feed:02}.example/news/{}-in-the-city", word(feed, story));
    let link = plain(feed);
    let title = title(feed, story, round);
    let told = |link: &str| {
        entry(link, &title)
            .published(&published(story))
            .body(&body(feed, story, round))
    };
    match FEEDS[feed] {
        Plain => told(&link),
        ChurningGuids => told(&link).id(&format!("{story}-{round}")),
        ConstantGuid => told(&link).id("0"),
        AllLinksEqual => told("https://live.example/all-news-of-today").id(&format!("live {feed} {story}")),
        HttpThenHttps if round < 4 => told(&link.replace("https:", "http:")),
        HttpThenHttps => told(&link),
        GuidReuse => told(&link).id(&format!("slot {}", story % 8)),
        GuidIsPlace => told(&link)
            .id(&format!("place {place}"))
            .published(&format!("{}T00:00:00Z", &published(story)[..10])),
        CitesOneReport => told(&link).body(&format!("<p>{title}.</p><p>Source: {CITED}</p>")),
        CopiesPlainFeeds => {
            let original = plain(feed - 23);
            let translated = format!("Berita {} terjemahan", word(feed - 23, story));
            let mut copy = told(&link).body(&format!(
                "<p>Teks.</p><p>[iklan_2] Sumber: {original}?utm_source=copy</p>"
            ));
            copy.title = translated;
            copy
        }
        ChurningLinks => {
            told(&format!("{link}?utm_source=rss&utm_term={round}&fbclid={round}")).id(&format!("c {story}"))
        }
        Fragments => told(&format!(
            "https://feed{feed:02}.example/release-notes#{}",
            word(feed, story)
        ))
        .id(&format!("note {story}")),
    }
}

/// Every third story of some feeds is revised in the round after its first.
fn is_revised(feed: usize, story: usize, round: usize) -> bool {
    matches!(FEEDS[feed], Plain | ChurningGuids | HttpThenHttps)
        && story.is_multiple_of(3)
        && round > story / NEW_PER_ROUND
}

fn title(feed: usize, story: usize, round: usize) -> String {
    const SUBJECTS: [&str; 7] = ["port", "market", "school", "bridge", "harvest", "election", "hospital"];
    let subject = SUBJECTS[(feed + story * 3) % SUBJECTS.len()];
    let end = if is_revised(feed, story, round) {
        "of the week"
    } else {
        ""
    };
    format!("Berita {} {subject} news {end}", word(feed, story))
        .trim_end()
        .to_owned()
}

fn body(feed: usize, story: usize, round: usize) -> String {
    let end = if is_revised(feed, story, round) {
        " Corrected since."
    } else {
        ""
    };
    format!("<p>What happened at {}.{end}</p>", word(feed, story))
}

fn published(story: usize) -> String {
    let first: Timestamp = MORNING.parse().unwrap();
    let hours = i64::try_from(story / NEW_PER_ROUND).unwrap();
    (first + SignedDuration::from_hours(hours)).to_string()
}
