//! What a store still knows when retention took a record, on every engine.

use kabar::dedup::Alias;
use kabar::dedup::Item;
use kabar::dedup::Lesson;
use kabar::dedup::Provenance;
use kabar::dedup::SharedBecause;
use kabar::digest::Kind;
use kabar::feed::FailedBody;
use kabar::feed::FeedId;
use kabar::intake::FailedBodyChange;
use kabar::intake::PollRecord;
use kabar::store::Store;
use kabar::watch::Send;

use crate::store::at;
use crate::store::check;
use crate::store::check_with;
use crate::store::feed;
use crate::store::found;
use crate::store::item;
use crate::store::news;
use crate::store::poll;
use crate::store::waiting;

#[test]
fn a_story_whose_text_was_forgotten_is_no_news() {
    check(|store| {
        store.record_polls(&[poll(1, "1", vec![news("a")])], at(0)).unwrap();
        assert_eq!(store.prune(at(10), at(-10)).unwrap(), 1);
        let summaries = store.record_polls(&[poll(2, "1", vec![news("a")])], at(20)).unwrap();
        assert_eq!((summaries[0].stories_new, store.story_count().unwrap()), (0, 0));
        assert_eq!(waiting(store, Kind::Digest).len(), 1, "the entry of before still waits");
        store.prune(at(30), at(15)).unwrap();
        assert_eq!(
            store.record_polls(&[poll(2, "2", vec![news("a")])], at(40)).unwrap()[0].stories_new,
            0
        );
    });
}

/// How many of these items, which come when the first story's text was forgotten, are new stories; all of feed 1.
fn new_after_forgetting(store: &dyn Store, first: Item, later: Vec<Item>) -> Vec<usize> {
    store.record_polls(&[poll(1, "1", vec![first])], at(0)).unwrap();
    assert_eq!(store.prune(at(10), at(-10)).unwrap(), 1);
    let polls: Vec<PollRecord> = later.into_iter().map(|item| poll(1, "2", vec![item])).collect();
    let summaries = store.record_polls(&polls, at(20)).unwrap();
    summaries.iter().map(|summary| summary.stories_new).collect()
}

#[test]
fn a_report_that_is_cited_again_when_its_first_story_was_forgotten_is_another_story() {
    check(|store| {
        let citing = |names: &[&str]| {
            let provenances = [Provenance::Attribution, Provenance::Link, Provenance::None];
            let mut item = found(item(1, names, "text", &["port"], Send::Digest), &provenances);
            item.sighting.title = format!("About {}", names[1]);
            item
        };
        let (january, may) = (
            citing(&["who.example/report", "a.example/january", "guid 1"]),
            citing(&["who.example/report", "a.example/may", "guid 2"]),
        );
        assert_eq!(
            new_after_forgetting(store, january.clone(), vec![may, january]),
            [1, 0],
            "its own address is still known"
        );
        let led = |name: &str| store.story_by_alias(&Alias::url(name)).unwrap();
        assert!(led("a.example/may").is_some_and(|story| led("who.example/report") == Some(story)));
        assert_eq!(led("a.example/january"), None);
    });
}

#[test]
fn a_guid_that_led_to_a_forgotten_story_is_believed_only_where_nothing_speaks_against_it() {
    let guid_of = |address: &[&str]| {
        let names = [address, &["latest"]].concat();
        let provenances = [vec![Provenance::Link; address.len()], vec![Provenance::None]].concat();
        found(item(1, &names, "text", &["port"], Send::Digest), &provenances)
    };
    let check_new = |first: &[&str], later: &[&str], published: i64, expected: usize| {
        check_with(|store| {
            let mut item = guid_of(later);
            item.sighting.published = Some(at(published));
            assert_eq!(new_after_forgetting(store, guid_of(first), vec![item]), [expected]);
        });
    };
    check_new(&["a.example/january"], &["a.example/may"], -9, 1);
    check_new(&["a.example/january"], &["a.example/january"], -9, 0);
    check_new(&[], &[], -9, 0);
    // Nothing but the guid, and a date long after the story that was known under it.
    check_new(&[], &[], 2 * 86_400, 1);
}

#[test]
fn a_feed_that_is_no_longer_polled_is_forgotten_with_all_that_was_learnt_of_it() {
    check(|store| {
        let polled = |number: u8, second: i64| {
            let mut poll = poll(number, "1", Vec::new());
            poll.state.last_poll = Some(at(second));
            poll.lessons = Some(vec![Lesson::Shared {
                key: "a.example/live".to_owned(),
                because: SharedBecause::Own,
            }]);
            poll.failed_body = FailedBodyChange::Keep(FailedBody {
                at: at(second),
                content_type: None,
                url: "https://a.example/rss".parse().unwrap(),
                reason: "an HTML page".to_owned(),
                bytes: b"<html>".to_vec(),
            });
            poll
        };
        store.record_polls(&[polled(1, 0), polled(2, 50)], at(50)).unwrap();

        store.prune(at(90), at(20)).unwrap();

        let feeds = |ids: Vec<FeedId>| assert_eq!(ids, [feed(2)]);
        feeds(store.feed_states().unwrap().into_iter().map(|(id, _)| id).collect());
        feeds(store.lessons().unwrap().into_iter().map(|(id, _)| id).collect());
        assert_eq!(store.failed_body(feed(1)).unwrap(), None);
        assert!(store.failed_body(feed(2)).unwrap().is_some());
    });
}

#[test]
fn when_was_last_pruned_is_remembered() {
    check(|store| {
        assert_eq!(store.aliases_pruned_before().unwrap(), None);
        store.prune(at(30), at(15)).unwrap();
        store.prune(at(31), at(16)).unwrap();
        assert_eq!(store.aliases_pruned_before().unwrap(), Some(at(16)));
    });
}
