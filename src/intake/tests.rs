//! What a document makes of a feed's state, and which of its entries are news.
#![allow(clippy::unwrap_used)]

use jiff::SignedDuration;
use jiff::Timestamp;

use super::*;
use crate::dedup::Lessons;
use crate::watch::Watch;

fn at(hour: i64) -> Timestamp {
    let begin: Timestamp = "2026-03-18T06:00:00Z".parse().unwrap();
    begin + SignedDuration::from_hours(hour)
}

fn feed() -> Feed {
    Feed::new("https://a.example/rss".parse().unwrap())
}

fn poll(state: &FeedState, document: &str, now: Timestamp) -> PollRecord {
    let outcome = FetchOutcome::Fresh(FetchedBody {
        bytes: document.as_bytes().to_vec(),
        content_type: Some("application/rss+xml".to_owned()),
        final_url: feed().url,
        validators: Validators::default(),
        freshness: Freshness::default(),
        moved_to: None,
    });
    let visit = Visit {
        feed: &feed(),
        state,
        outcome,
        answer_time: Duration::from_secs(1),
        keys: &KeyMaker::new(Lessons::default()),
        watching: &Watching::new(Vec::<Watch>::new()),
        settings: &PollSettings::default(),
    };
    take_in(visit, now)
}

/// An item of RSS; undated where no date is given.
fn item(title: &str, published: Option<Timestamp>) -> String {
    let date = published
        .map(|at| format!("<dc:date>{at}</dc:date>"))
        .unwrap_or_default();
    format!(
        "<item><title>{title}</title><link>https://a.example/news/{title}</link>{date}<description>text of {title}</description></item>"
    )
}

fn cut(items: &[String]) -> String {
    let head = r#"<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>A</title>"#;
    format!("{head}{}", items.concat())
}

fn whole(items: &[String]) -> String {
    format!("{}</channel></rss>", cut(items))
}

/// The state after these documents, each with its hour.
fn after(documents: &[(i64, &str)]) -> FeedState {
    let first = FeedState::default();
    documents
        .iter()
        .fold(first, |state, (hour, document)| poll(&state, document, at(*hour)).state)
}

/// Whether each entry of a document that comes at that hour is news.
fn news(state: &FeedState, document: &str, hour: i64) -> Vec<bool> {
    let record = poll(state, document, at(hour));
    record.items.iter().map(|item| item.is_mailable).collect()
}

#[test]
fn an_empty_and_a_cut_first_document_are_no_baseline() {
    let old = whole(&[item("old", None)]);
    assert_eq!(news(&FeedState::default(), &old, 0), [false]);
    assert_eq!(
        news(&after(&[(0, &whole(&[]))]), &old, 1),
        [false],
        "after an empty one"
    );
    let damaged = cut(&[item("first", None), "<item><title>sec".to_owned()]);
    let state = after(&[(0, &damaged)]);
    assert_eq!(news(&state, &old, 1), [false], "after one that was cut");
    assert_eq!(
        news(&after(&[(0, &damaged), (1, &old)]), &whole(&[item("new", None)]), 2),
        [true]
    );
}

#[test]
fn a_feed_that_is_empty_or_cut_for_a_day_is_like_that() {
    let new = whole(&[item("new", None)]);
    let damaged = cut(&[item("first", None), "<item><title>sec".to_owned()]);
    for first in [whole(&[]), damaged] {
        let state = after(&[(0, &first), (12, &first)]);
        assert_eq!(news(&state, &new, 23), [false]);
        assert_eq!(news(&state, &new, 24), [true]);
    }
}

#[test]
fn the_same_bytes_are_read_once_a_baseline_is_stored() {
    let document = whole(&[item("old", None)]);
    let state = after(&[(0, &document)]);
    assert_eq!(poll(&state, &document, at(1)).verdict, Verdict::NotModified);
}

#[test]
fn what_a_first_document_announces_for_later_days_is_no_news() {
    let published = |hours| item("event", Some(at(hours)));
    let document = whole(&[published(-23), published(-25), published(23), published(25)]);
    assert_eq!(news(&FeedState::default(), &document, 0), [true, false, true, false]);
    let known = after(&[(-9, &whole(&[item("old", None)]))]);
    assert_eq!(news(&known, &document, 0), [true, true, true, true]);
}

#[test]
fn what_is_older_than_the_memory_of_names_is_no_news_of_any_feed() {
    let known = after(&[(-9, &whole(&[item("old", None)]))]);
    let days = |days: i64| item("story", Some(at(-24 * days)));
    assert_eq!(
        news(&known, &whole(&[days(401), days(399), item("undated", None)]), 0),
        [false, true, true]
    );
}

#[test]
fn the_hash_of_what_is_matched_tells_the_end_of_a_long_text_the_tags_and_the_author() {
    let hash = |rest: &str, tail: &str, link: &str| {
        let text = "word ".repeat(STORED_TEXT_BYTES_MAX / 4);
        let item =
            format!("<item><title>t</title><link>{link}</link>{rest}<description>{text}{tail}</description></item>");
        let record = poll(&FeedState::default(), &whole(&[item]), at(0));
        record.items[0].sighting.matched.clone().unwrap()
    };
    let link = "https://a.example/news/fire";
    let first = hash("", "", link);
    assert_ne!(hash("", "port", link), first);
    assert_ne!(hash("<category>Port</category>", "", link), first);
    assert_ne!(hash("<dc:creator>Ana</dc:creator>", "", link), first);
    assert_ne!(hash("", "", "https://a.example/news/port-fire"), first);
    assert_eq!(
        hash("", "", "https://a.example/news/fire?utm_source=rss"),
        first,
        "nobody asks for the campaign"
    );
    let two = |tags: [&str; 2]| {
        hash(
            &tags.map(|tag| format!("<category>{tag}</category>")).concat(),
            "",
            link,
        )
    };
    assert_eq!(two(["a", "b"]), two(["b", "a"]));
}

#[test]
fn a_page_instead_of_a_feed_leaves_no_validators() {
    let mut state = after(&[(0, &whole(&[item("old", None)]))]);
    state.validators.etag = Some("\"feed\"".to_owned());
    let outcome = FetchOutcome::Fresh(FetchedBody {
        bytes: b"<!doctype html><html><body>Back soon</body></html>".to_vec(),
        content_type: Some("text/html".to_owned()),
        final_url: feed().url,
        validators: Validators {
            etag: Some("\"page\"".to_owned()),
            ..Validators::default()
        },
        freshness: Freshness::default(),
        moved_to: Some("https://portal.example/".parse().unwrap()),
    });
    let visit = Visit {
        feed: &feed(),
        state: &state,
        outcome,
        answer_time: Duration::from_secs(1),
        keys: &KeyMaker::new(Lessons::default()),
        watching: &Watching::new(Vec::<Watch>::new()),
        settings: &PollSettings::default(),
    };
    let record = take_in(visit, at(1));

    assert_eq!(record.verdict, Verdict::Failed);
    assert_eq!(record.state.validators, state.validators);
    assert_eq!(record.state.moved, None, "a hotel's log-in page is no new address");
}
