//! The contract of a store, for every engine: each rule runs on memory and on disk.

mod disk;
mod failed_bodies;

use jiff::Timestamp;
use kabar::dedup::Alias;
use kabar::dedup::Item;
use kabar::dedup::Match;
use kabar::dedup::Provenance;
use kabar::dedup::Sighting;
use kabar::dedup::SourceUrl;
use kabar::digest::Delivery;
use kabar::digest::DeliveryState;
use kabar::digest::DigestEntry;
use kabar::digest::Envelope;
use kabar::digest::Kind;
use kabar::feed::FeedId;
use kabar::feed::FeedState;
use kabar::intake::PollRecord;
use kabar::intake::Verdict;
use kabar::store::MemoryStore;
use kabar::store::Seal;
use kabar::store::SealedMail;
use kabar::store::SledStore;
use kabar::store::Store;
use kabar::store::StoryFilter;
use kabar::watch::Send;
use proptest::prelude::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn feed(n: u8) -> FeedId {
    FeedId::of(&format!("https://feed{n}.example/rss").parse().unwrap())
}

/// An item for "ana".
pub fn item(feed_number: u8, names: &[&str], text: &str, watches: &[&str], send: Send) -> Item {
    let matches = watches.iter().map(|watch| Match {
        watch: (*watch).to_owned(),
        spans: Vec::new(),
        recipients: vec!["ana".to_owned()],
        send,
    });
    Item {
        aliases: names.iter().map(|name| Alias::url(name)).collect(),
        source: SourceUrl {
            url: format!("https://{}", names[0]),
            key: names[0].to_owned(),
            provenance: Provenance::Link,
        },
        sighting: Sighting {
            feed: feed(feed_number),
            feed_name: format!("feed {feed_number}"),
            link: Some(format!("https://{}", names[0])),
            title: format!("About {}", names[0]),
            text: text.to_owned(),
            language: None,
            author: None,
            published: None,
            seen: at(0),
            names: Vec::new(),
        },
        body: text.to_owned(),
        matches: matches.collect(),
        is_mailable: true,
    }
}

fn news(name: &str) -> Item {
    item(1, &[name], "text", &["port"], Send::Digest)
}

/// A finished poll of a feed.
pub fn poll(feed_number: u8, etag: &str, items: Vec<Item>) -> PollRecord {
    let mut state = FeedState {
        url: format!("https://feed{feed_number}.example/rss"),
        ..FeedState::default()
    };
    state.validators.etag = Some(etag.to_owned());
    PollRecord {
        feed: feed(feed_number),
        state,
        items,
        lessons: None,
        is_baseline: false,
        verdict: Verdict::Fresh,
        failed_body: Default::default(),
    }
}

fn waiting(store: &dyn Store, kind: Kind) -> Vec<DigestEntry> {
    store
        .pending("ana", kind)
        .unwrap()
        .into_iter()
        .map(|pending| pending.entry)
        .collect()
}

fn seal(id: &str, kind: Kind, slot: Option<Timestamp>, entries: Vec<DigestEntry>, message: Vec<u8>) -> Seal {
    let delivery = Delivery {
        id: id.to_owned(),
        recipient: "ana".to_owned(),
        kind,
        envelope: Envelope {
            from: "k@example.org".to_owned(),
            to: "ana@example.org".to_owned(),
        },
        subject: "News".to_owned(),
        slot: slot.unwrap_or(at(0)),
        sealed: slot.unwrap_or(at(0)),
        entries,
        state: DeliveryState::Waiting {
            attempts: 0,
            next_attempt: at(0),
            last_error: None,
        },
    };
    Seal {
        recipient: "ana".to_owned(),
        kind,
        slot,
        mail: Some(SealedMail { delivery, message }),
    }
}

fn fail(store: &dyn Store, id: &str) {
    let mut delivery = store
        .deliveries()
        .unwrap()
        .into_iter()
        .find(|delivery| delivery.id == id)
        .unwrap();
    let before = delivery.state.clone();
    delivery.state = DeliveryState::Failed {
        at: at(9),
        reason: "no such user".to_owned(),
    };
    assert!(store.set_delivery(&before, &delivery).unwrap());
}

/// Runs `rule` on every engine.
fn check(rule: fn(&dyn Store)) {
    rule(&MemoryStore::new());
    let directory = tempfile::tempdir().unwrap();
    rule(&SledStore::open(directory.path()).unwrap());
}

#[test]
fn two_items_of_one_poll_that_share_a_name_are_one_story() {
    check(|store| {
        let items = vec![
            item(1, &["a", "b"], "x", &[], Send::Digest),
            item(1, &["c", "b"], "y", &["port"], Send::Both),
            item(1, &["c"], "z", &["ship"], Send::Digest),
        ];
        let summaries = store.record_polls(&[poll(1, "1", items)], at(0)).unwrap();
        assert_eq!((summaries[0].stories_new, summaries[0].matches_new), (1, 2));
        assert_eq!(store.story_count().unwrap(), 1);
        let digest = waiting(store, Kind::Digest);
        assert_eq!(
            (digest.len(), digest[0].watches.clone()),
            (1, vec!["port".to_owned(), "ship".to_owned()])
        );
        assert_eq!(waiting(store, Kind::Alert).len(), 1);
        assert_eq!(
            store.story_by_alias(&Alias::url("c")).unwrap(),
            store.story(digest[0].story).unwrap()
        );
    });
}

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

#[test]
fn a_document_of_many_stories_is_stored_with_its_validators() {
    check(|store| {
        let items = (0..450).map(|n| news(&format!("story{n}"))).collect();
        let summaries = store.record_polls(&[poll(1, "v", items)], at(0)).unwrap();
        assert_eq!((summaries[0].stories_new, store.story_count().unwrap()), (450, 450));
        let states = store.feed_states().unwrap();
        assert_eq!(
            (states[0].1.stories, states[0].1.validators.etag.as_deref()),
            (450, Some("v"))
        );
    });
}

#[test]
fn a_slot_is_sealed_once_and_takes_only_its_own_entries() {
    check(|store| {
        store
            .record_polls(&[poll(1, "1", vec![news("a"), news("b")])], at(0))
            .unwrap();
        let entries = waiting(store, Kind::Digest);
        let first = seal(
            "d1",
            Kind::Digest,
            Some(at(5)),
            vec![entries[0].clone()],
            b"mail".to_vec(),
        );
        assert!(store.seal(&first).unwrap());
        assert!(!store.seal(&first).unwrap());
        assert_eq!(waiting(store, Kind::Digest), [entries[1].clone()]);
        assert_eq!(store.message("d1").unwrap().as_deref(), Some(b"mail".as_slice()));
        assert_eq!(store.recipient_state("ana").unwrap().last_slot, Some(at(5)));
    });
}

#[test]
fn a_watch_that_joins_while_the_mail_is_written_waits_for_the_next_one() {
    check(|store| {
        store
            .record_polls(&[poll(1, "1", vec![news("news.example/fire")])], at(0))
            .unwrap();
        let written = waiting(store, Kind::Digest);
        let revised = item(2, &["news.example/fire"], "more", &["harbour"], Send::Digest);
        store.record_polls(&[poll(2, "1", vec![revised])], at(1)).unwrap();

        assert!(
            store
                .seal(&seal("mail", Kind::Digest, Some(at(2)), written, b"bytes".to_vec()))
                .unwrap()
        );

        let left = waiting(store, Kind::Digest);
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].watches, ["harbour"]);
    });
}

#[test]
fn a_mail_given_up_returns_its_entries_once_and_late() {
    check(|store| {
        store
            .record_polls(
                &[poll(1, "1", vec![item(1, &["a"], "x", &["port"], Send::Alert)])],
                at(0),
            )
            .unwrap();
        store
            .seal(&seal(
                "d1",
                Kind::Alert,
                Some(at(5)),
                waiting(store, Kind::Alert),
                Vec::new(),
            ))
            .unwrap();
        fail(store, "d1");
        let returned = waiting(store, Kind::Digest);
        assert!(returned.len() == 1 && returned[0].is_late && returned[0].kind == Kind::Digest);
        store
            .seal(&seal("d2", Kind::Digest, Some(at(6)), returned, Vec::new()))
            .unwrap();
        fail(store, "d1");
        assert_eq!(waiting(store, Kind::Digest), []);
    });
}

#[derive(Clone, Debug)]
enum Step {
    Poll(u8, Vec<(u8, u8, bool)>),
    Seal(bool, bool),
    Fail,
    Prune(i64, i64),
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let items = prop::collection::vec((0..6u8, 0..6u8, any::<bool>()), 0..5);
    let step = prop_oneof![
        4 => (0..3u8, items).prop_map(|(feed, items)| Step::Poll(feed, items)),
        2 => (any::<bool>(), any::<bool>()).prop_map(|(alert, part)| Step::Seal(alert, part)),
        1 => Just(Step::Fail),
        1 => (0..20i64, 0..40i64).prop_map(|(stories, aliases)| Step::Prune(stories, aliases)),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..16)
}

fn apply(store: &dyn Store, step: &Step, second: i64) {
    match step {
        Step::Poll(number, items) => {
            let item = |(a, b, long): &(u8, u8, bool)| {
                let text = if *long {
                    "long ".repeat(4_000)
                } else {
                    "short".to_owned()
                };
                let send = if *long { Send::Both } else { Send::Digest };
                item(
                    *number,
                    &[&format!("s{a}"), &format!("s{b}")],
                    &text,
                    &[&format!("w{b}")],
                    send,
                )
            };
            store
                .record_polls(
                    &[poll(*number, &second.to_string(), items.iter().map(item).collect())],
                    at(second),
                )
                .unwrap();
        }
        Step::Seal(alert, part) => {
            let kind = if *alert { Kind::Alert } else { Kind::Digest };
            let mut entries = waiting(store, kind);
            entries.truncate(if *part { 1 } else { usize::MAX });
            store
                .seal(&seal(
                    &format!("d{second:04}"),
                    kind,
                    Some(at(second)),
                    entries,
                    vec![7; 20_000],
                ))
                .unwrap();
        }
        Step::Fail => {
            if let Some(delivery) = store.deliveries().unwrap().last() {
                fail(store, &delivery.id);
            }
        }
        Step::Prune(stories, aliases) => {
            store
                .prune(at(second - stories), at(second - stories - aliases))
                .unwrap();
        }
        Step::Reopen => {}
    }
}

/// Everything that a store answers.
fn picture(store: &dyn Store) -> String {
    let mut stories = Vec::new();
    store
        .visit_stories(&StoryFilter::default(), &mut |story| {
            stories.push(story);
            true
        })
        .unwrap();
    let messages: Vec<_> = store
        .deliveries()
        .unwrap()
        .iter()
        .map(|d| store.message(&d.id).unwrap().map(|m| m.len()))
        .collect();
    format!(
        "{:#?}",
        (
            store.feed_states().unwrap(),
            (stories, store.story_count().unwrap()),
            (
                store.pending("ana", Kind::Digest).unwrap(),
                store.pending("ana", Kind::Alert).unwrap()
            ),
            (
                store.recipient_state("ana").unwrap(),
                store.deliveries().unwrap(),
                messages
            ),
        )
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_disk_answers_as_memory_does(steps in steps()) {
        let directory = tempfile::tempdir().unwrap();
        let memory = MemoryStore::new();
        let mut disk = Some(SledStore::open(directory.path()).unwrap());
        for (second, step) in (0..).zip(&steps) {
            if let Step::Reopen = step {
                drop(disk.take());
                disk = Some(SledStore::open(directory.path()).unwrap());
            }
            let disk = disk.as_ref().unwrap();
            apply(&memory, step, second);
            apply(disk, step, second);
            prop_assert_eq!(picture(&memory), picture(disk));
        }
    }
}
