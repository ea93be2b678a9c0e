//! What joins a story, what is told, and what is kept of a change.
#![allow(clippy::unwrap_used)]

use jiff::Timestamp;

use crate::dedup::Alias;
use crate::dedup::Item;
use crate::dedup::Match;
use crate::dedup::Name;
use crate::dedup::Provenance;
use crate::dedup::Sighting;
use crate::dedup::SourceUrl;
use crate::dedup::Story;
use crate::dedup::is_same_story;
use crate::digest::Change;
use crate::digest::Kind;
use crate::digest::Update;
use crate::feed::FeedId;
use crate::intake::merge;
use crate::intake::merge::REVISIONS_MAX;
use crate::watch::Send;

const KEY: &str = "a.example/fire";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// What feed number `feed` says at `second`, found by `watches`.
fn item(feed: u8, second: i64, title: &str, text: &str, watches: &[&str]) -> Item {
    let found = |watch: &&str| Match {
        watch: (*watch).to_owned(),
        spans: Vec::new(),
        recipients: vec![("ana".to_owned(), Send::Digest)],
    };
    let feed = FeedId::from_bytes([feed; 16]);
    let guid = Alias::guid(feed, "1");
    Item {
        aliases: vec![Alias::url(KEY), guid.clone()],
        source: SourceUrl {
            url: format!("https://{KEY}"),
            key: KEY.to_owned(),
            provenance: Provenance::Link,
        },
        sighting: Sighting {
            feed,
            feed_name: "feed".to_owned(),
            link: None,
            title: title.to_owned(),
            text: text.to_owned(),
            language: None,
            author: None,
            published: None,
            seen: at(second),
            names: vec![Name {
                alias: guid,
                url: String::new(),
                provenance: Provenance::None,
                rules: Vec::new(),
            }],
            matched: None,
        },
        body: text.to_owned(),
        matches: watches.iter().map(found).collect(),
        is_mailable: true,
        is_date_own: true,
    }
}

/// The story after these items, and the watches of every entry that recipients were told.
fn after(items: &[Item]) -> (Story, Vec<Vec<String>>) {
    let (mut story, mut told) = (None, Vec::new());
    for item in items {
        let merged = merge(story, item, item.sighting.seen);
        told.extend(merged.entries.into_iter().map(|entry| entry.watches));
        story = Some(merged.story);
    }
    (story.unwrap(), told)
}

#[test]
fn every_sighting_is_matched_and_a_recipient_hears_of_a_story_once_per_watch() {
    let (story, told) = after(&[
        item(1, 0, "Fire", "in the port", &["port"]),
        item(2, 1, "Kebakaran", "di pelabuhan", &["pelabuhan"]),
        item(3, 2, "Fire", "port, pelabuhan", &["port", "pelabuhan"]),
        item(1, 3, "Fire", "in the harbour", &["harbour"]),
        item(1, 4, "Fire", "in the port again", &["port"]),
    ]);
    assert_eq!(told, [["port"], ["pelabuhan"], ["harbour"]]);
    assert_eq!(story.watches, ["port", "pelabuhan", "harbour"]);
    assert_eq!(story.sightings.len(), 3);
}

#[test]
fn a_revision_keeps_title_and_text_before_and_after() {
    let (story, _) = after(&[
        item(1, 0, "Fire", "Three dead.", &[]),
        item(2, 1, "Fire", "Three dead.", &[]),
        item(1, 2, "Fire in port", "Five dead.", &[]),
        item(1, 3, "Fire in port", "Seven dead.", &[]),
    ]);
    let before: Vec<(&str, &str)> = story
        .revisions
        .iter()
        .map(|r| (r.title.as_str(), r.text.as_str()))
        .collect();
    assert_eq!(before, [("Fire", "Three dead."), ("Fire in port", "Five dead.")]);
    assert_eq!(story.sightings[0].text, "Seven dead.");
    assert_eq!(story.sightings[0].seen, at(0), "when the feed carried it first");
    assert_eq!(story.revisions[1].seen, at(3));
}

#[test]
fn an_entry_that_a_revision_made_says_what_changed() {
    let first = item(1, 0, "Fire", "Three dead in the old town.", &[]);
    let second = item(1, 5, "Fire in port", "Five dead in the old town.", &["port"]);
    let story = merge(None, &first, at(0)).story;

    let entries = merge(Some(story), &second, at(6)).entries;

    let change = Change {
        title_before: Some("Fire".to_owned()),
        text_before: "Three".to_owned(),
        text_after: "Five".to_owned(),
    };
    assert_eq!(entries[0].update, Some(Update::Revision(change)));
    assert!(!entries[0].is_update, "nobody was told before");
}

#[test]
fn one_more_feed_is_an_update_for_those_who_were_told_and_for_nobody_else() {
    let mut second = item(2, 5, "Fire", "in the port", &["port", "fire"]);
    second.matches[0].recipients[0].1 = Send::Alert;
    let told_of = |first: &Item| {
        let story = merge(None, first, at(0)).story;
        let entries = merge(Some(story), &second, at(6)).entries;
        assert_eq!(
            entries.iter().map(|e| e.kind).collect::<Vec<_>>(),
            [Kind::Alert, Kind::Digest]
        );
        assert!(entries.iter().all(|entry| entry.update == Some(Update::Sighting)));
        entries.iter().map(|entry| entry.is_update).collect::<Vec<_>>()
    };
    assert_eq!(told_of(&item(1, 0, "Kebakaran", "di kota", &["kota"])), [true, true]);
    assert_eq!(told_of(&item(1, 0, "Kebakaran", "di kota", &[])), [false, false]);
}

#[test]
fn a_feed_that_turns_between_two_texts_makes_no_endless_history() {
    let turns: Vec<Item> = (0..40)
        .map(|n| item(1, n, "Fire", if n % 2 == 0 { "a" } else { "b" }, &[]))
        .collect();
    assert_eq!(after(&turns).0.revisions.len(), 2);

    let changes: Vec<Item> = (0..40).map(|n| item(1, n, &format!("Fire {n}"), "a", &[])).collect();
    let (story, _) = after(&changes);
    assert_eq!(story.revisions.len(), REVISIONS_MAX);
    assert_eq!(story.revisions.last().unwrap().title, "Fire 38");
}

#[test]
fn a_copy_and_the_story_itself_in_one_feed_are_two_sightings() {
    let mut copy = item(1, 0, "Kebakaran", "teks", &[]);
    copy.sighting.names[0].alias = Alias::guid(copy.sighting.feed, "2");
    let original = item(1, 0, "Fire", "text", &[]);
    let (story, _) = after(&[copy.clone(), original.clone(), copy, original]);
    assert_eq!((story.sightings.len(), story.revisions.len()), (2, 0));
}

#[test]
fn what_is_not_kept_is_matched_again_when_it_changes_and_makes_no_revision() {
    let matched = |second: i64, hash: Option<&str>, watches: &[&str]| {
        let mut item = item(1, second, "Fire", "the beginning", watches);
        item.sighting.matched = hash.map(str::to_owned);
        item
    };
    let (story, told) = after(&[
        matched(0, None, &["fire"]),
        // An earlier record: nobody knows whether it changed.
        matched(1, Some("a"), &["fire", "new"]),
        matched(2, Some("a"), &["fire", "new"]),
        matched(3, Some("b"), &["fire", "port"]),
    ]);
    assert_eq!(told, [["fire"], ["port"]]);
    assert_eq!(story.revisions, []);
    assert_eq!(story.sightings[0].matched.as_deref(), Some("b"));
}

#[test]
fn an_entry_whose_guid_changed_is_known_by_the_new_one() {
    let with_guid = |second: i64, guid: &str, title: &str| {
        let mut item = item(1, second, title, "in the port", &[]);
        let name = |alias, url: &str, provenance| Name {
            alias,
            url: url.to_owned(),
            provenance,
            rules: Vec::new(),
        };
        item.sighting.names = vec![
            name(Alias::url(KEY), "https://a.example/fire", Provenance::Link),
            name(Alias::guid(item.sighting.feed, guid), "", Provenance::None),
        ];
        item
    };
    let (story, _) = after(&[with_guid(0, "1", "Fire"), with_guid(1, "2", "Fire")]);
    let retitled = with_guid(2, "2", "Three dead in the old town");
    assert!(is_same_story(&story, &retitled, &Alias::url(KEY)));
}
