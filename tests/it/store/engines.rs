//! Two engines, one store: whatever is done to both, they answer the same.

use kabar::dedup::Provenance;
use kabar::digest::Kind;
use kabar::feed::FailedBody;
use kabar::intake::FailedBodyChange;
use kabar::store::MemoryStore;
use kabar::store::SledStore;
use kabar::store::Store;
use kabar::store::StoryFilter;
use kabar::store::backup;
use kabar::store::backup::Reader;
use kabar::watch::Send;
use proptest::prelude::*;

use crate::store::at;
use crate::store::fail;
use crate::store::feed;
use crate::store::found;
use crate::store::item;
use crate::store::poll;
use crate::store::seal;
use crate::store::waiting;

#[derive(Clone, Debug)]
enum Step {
    Poll(u8, Vec<(u8, u8, bool, Provenance, Provenance)>),
    Seal(bool, bool),
    Fail,
    Prune(i64, i64),
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let place = || prop::sample::select(vec![Provenance::Attribution, Provenance::Link, Provenance::None]);
    let items = prop::collection::vec((0..6u8, 0..6u8, any::<bool>(), place(), place()), 0..5);
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
            let item = |(a, b, long, first, second): &(u8, u8, bool, Provenance, Provenance)| {
                let text = if *long {
                    "long ".repeat(4_000)
                } else {
                    "short".to_owned()
                };
                let send = if *long { Send::Both } else { Send::Digest };
                let names = [format!("s{a}"), format!("s{b}")];
                let item = item(*number, &[&names[0], &names[1]], &text, &[&format!("w{b}")], send);
                found(item, &[*first, *second])
            };
            let mut poll = poll(*number, &second.to_string(), items.iter().map(item).collect());
            poll.state.last_poll = Some(at(second));
            poll.lessons = Some(Vec::new());
            poll.failed_body = match items.len() {
                0 => FailedBodyChange::Leave,
                1 => FailedBodyChange::Forget,
                count => FailedBodyChange::Keep(FailedBody {
                    at: at(second),
                    content_type: None,
                    url: "https://feed.example/rss".parse().unwrap(),
                    reason: format!("{count} entries were left out"),
                    bytes: format!("poll {second}").into_bytes(),
                }),
            };
            store.record_polls(&[poll], at(second)).unwrap();
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
            (
                store.feed_states().unwrap(),
                store.lessons().unwrap(),
                [0, 1, 2].map(|number| store.failed_body(feed(number)).unwrap())
            ),
            (stories, store.story_count().unwrap()),
            (
                store.pending("ana", Kind::Digest).unwrap(),
                store.pending("ana", Kind::Alert).unwrap()
            ),
            store.aliases_pruned_before().unwrap(),
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
    #[test]
    fn a_backup_of_any_store_comes_back_whole_and_has_the_same_lines_on_every_engine(steps in steps()) {
        let (directory, empty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (memory, disk) = (MemoryStore::new(), SledStore::open(directory.path()).unwrap());
        for (second, step) in (0..).zip(&steps) {
            apply(&memory, step, second);
            apply(&disk, step, second);
        }
        let lines = backup_of(&disk);
        prop_assert_eq!(&lines[2..lines.len() - 1], &backup_of(&memory)[2..lines.len() - 1]);

        let bytes = lines.concat().into_bytes();
        SledStore::import(empty.path(), Reader::new("backup", bytes.as_slice()).unwrap()).unwrap();

        let copy = SledStore::open(empty.path()).unwrap();
        prop_assert_eq!(picture(&copy), picture(&disk));
        prop_assert_eq!(backup_of(&copy), lines);
    }
}

/// The lines of a backup; the second says from which store, and the last one has the hash.
fn backup_of(store: &dyn Store) -> Vec<String> {
    let mut bytes = Vec::new();
    backup::export(store, at(0), &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.split_inclusive('\n').map(str::to_owned).collect()
}
