//! The contract of a store, for every engine: each rule runs on memory and on disk.

mod disk;
mod engines;
mod failed_bodies;
mod forgetting;

use jiff::Timestamp;
use kabar::dedup::Alias;
use kabar::dedup::Item;
use kabar::dedup::Match;
use kabar::dedup::Name;
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
use kabar::watch::Send;

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
        recipients: vec![("ana".to_owned(), send)],
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
            names: names.iter().map(|name| named(name, Provenance::Link)).collect(),
            matched: None,
        },
        body: text.to_owned(),
        matches: matches.collect(),
        is_mailable: true,
        is_date_own: true,
    }
}

/// A name that was found there.
fn named(name: &str, provenance: Provenance) -> Name {
    let url = match provenance {
        Provenance::None => String::new(),
        _ => format!("https://{name}"),
    };
    Name {
        alias: Alias::url(name),
        url,
        provenance,
        rules: Vec::new(),
    }
}

/// The same item, its names found there, one after the other.
fn found(mut item: Item, provenances: &[Provenance]) -> Item {
    for (name, provenance) in item.sighting.names.iter_mut().zip(provenances) {
        *name = named(name.alias.as_str(), *provenance);
    }
    item
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
        pace: Default::default(),
    }
}

fn waiting(store: &dyn Store, kind: Kind) -> Vec<DigestEntry> {
    store.pending("ana", kind).unwrap()
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
    check_with(rule);
}

fn check_with(rule: impl Fn(&dyn Store)) {
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
fn two_stories_of_one_moment_that_cite_one_report_are_both_kept() {
    check(|store| {
        let citing = |guid: &str, title: &str| {
            let provenances = [Provenance::Attribution, Provenance::None];
            let mut item = found(
                item(1, &["who.example/report", guid], "text", &["port"], Send::Digest),
                &provenances,
            );
            title.clone_into(&mut item.sighting.title);
            item
        };
        let items = vec![citing("guid 1", "Fire in port"), citing("guid 2", "Gold price rises")];
        let polls = [poll(1, "1", items.clone()), poll(1, "2", items)];
        let summaries = store.record_polls(&polls, at(0)).unwrap();
        assert_eq!((summaries[0].stories_new, summaries[1].stories_new), (2, 0));
        assert_eq!(store.story_count().unwrap(), 2);
    });
}

#[test]
fn what_waits_is_counted_by_recipient_and_forgotten_by_age() {
    check(|store| {
        assert_eq!(store.waited_for().unwrap(), []);
        let for_ben = |mut item: Item| {
            item.matches[0].recipients = vec![("ben".to_owned(), Send::Digest)];
            item
        };
        let items = vec![
            item(1, &["a"], "x", &["port"], Send::Both),
            news("b"),
            for_ben(news("c")),
        ];
        store.record_polls(&[poll(1, "1", items)], at(0)).unwrap();
        let mut later = news("d");
        later.sighting.seen = at(10);
        store.record_polls(&[poll(1, "2", vec![later])], at(10)).unwrap();
        assert_eq!(
            store.waited_for().unwrap(),
            [("ana".to_owned(), 3), ("ben".to_owned(), 1)]
        );

        assert_eq!(
            store.forget_pending("ana", at(5)).unwrap(),
            3,
            "two for the digest, one alert"
        );

        assert_eq!(
            store.waited_for().unwrap(),
            [("ana".to_owned(), 1), ("ben".to_owned(), 1)]
        );
        assert_eq!(waiting(store, Kind::Digest).len(), 1);
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
fn a_seal_whose_entries_are_not_all_pending_any_more_changes_nothing() {
    check(|store| {
        for (name, second) in [("a", 0), ("b", 1)] {
            store
                .record_polls(&[poll(1, name, vec![news(name)])], at(second))
                .unwrap();
        }
        let both = waiting(store, Kind::Digest);
        let by_hand = seal("d1", Kind::Digest, None, vec![both[0].clone()], b"one".to_vec());
        let by_slot = seal("d2", Kind::Digest, Some(at(5)), both.clone(), b"two".to_vec());
        assert!(store.seal(&by_hand).unwrap());

        assert!(!store.seal(&by_slot).unwrap());

        assert_eq!(waiting(store, Kind::Digest), [both[1].clone()]);
        assert_eq!(store.recipient_state("ana").unwrap().last_slot, None);
        assert_eq!(store.delivery("d2").unwrap(), None);
        assert_eq!(store.message("d2").unwrap(), None);

        // Pending once more, for another watch: what the mail tells was told.
        let again = item(2, &["a"], "more", &["ship"], Send::Digest);
        store.record_polls(&[poll(2, "1", vec![again])], at(6)).unwrap();
        assert_eq!(waiting(store, Kind::Digest).len(), 2);
        assert!(!store.seal(&by_slot).unwrap());
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

#[test]
fn what_a_mailbox_refuses_for_a_month_is_let_go() {
    check(|store| {
        let day = |n: i64| at(n * 86_400);
        store.record_polls(&[poll(1, "1", vec![news("a")])], day(0)).unwrap();
        for n in 0..40 {
            store
                .record_polls(&[poll(1, &format!("v{n}"), vec![news(&format!("s{n}"))])], day(n))
                .unwrap();
            let id = format!("d{n:02}");
            let entries = waiting(store, Kind::Digest);
            assert!(entries.len() <= 32, "{}", entries.len());
            store
                .seal(&seal(&id, Kind::Digest, Some(day(n)), entries, Vec::new()))
                .unwrap();
            let mut refused = store.delivery(&id).unwrap().unwrap();
            let before = refused.state.clone();
            refused.state = DeliveryState::Failed {
                at: day(n),
                reason: "no such user".to_owned(),
            };
            assert!(store.set_delivery(&before, &refused).unwrap());
        }
        assert_eq!(waiting(store, Kind::Digest).len(), 30);
    });
}
