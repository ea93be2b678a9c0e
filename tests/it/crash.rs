//! Crashes at every step between a match and its mail: before or after each write, before or after the server's answer.
//!
//! A crash is a store that refuses from some write on: nothing later happens, as after a kill. The next start finds what was
//! on disk. (`kills.rs` does the same with real processes.)

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;

use jiff::Timestamp;
use kabar::dedup::Alias;
use kabar::dedup::Story;
use kabar::dedup::StoryId;
use kabar::digest::Delivery;
use kabar::digest::DeliveryState;
use kabar::digest::Kind;
use kabar::digest::SendOutcome;
use kabar::feed::FeedId;
use kabar::feed::FeedState;
use kabar::intake::PollRecord;
use kabar::store::MemoryStore;
use kabar::store::PendingEntry;
use kabar::store::PollSummary;
use kabar::store::RecipientState;
use kabar::store::Seal;
use kabar::store::SledStore;
use kabar::store::Store;
use kabar::store::StoreError;
use kabar::store::StoryFilter;

use crate::dice::Dice;
use crate::world::World;
use crate::world::entry;

/// When the process ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fuse {
    Never,
    /// Instead of the write that comes after so many.
    Before(u64),
    /// Right after that write, before anybody hears of it.
    After(u64),
    /// It has ended: nothing is written any more.
    Burnt,
}

/// A store whose process can end at any write.
struct Fragile {
    inner: Box<dyn Store>,
    fuse: Mutex<Fuse>,
}

impl Fragile {
    fn light(&self, fuse: Fuse) {
        *self.fuse.lock().unwrap() = fuse;
    }

    fn write<T>(&self, work: impl FnOnce(&dyn Store) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let crashed = || StoreError::Engine {
            path: "here".to_owned(),
            what: "written",
            reason: "the process ended".to_owned(),
            remedy: "start it again",
        };
        let mut fuse = self.fuse.lock().unwrap();
        match *fuse {
            Fuse::Never => work(self.inner.as_ref()),
            Fuse::Before(0) | Fuse::Burnt => {
                *fuse = Fuse::Burnt;
                Err(crashed())
            }
            Fuse::After(0) => {
                *fuse = Fuse::Burnt;
                work(self.inner.as_ref())?;
                Err(crashed())
            }
            Fuse::Before(left) => {
                *fuse = Fuse::Before(left - 1);
                work(self.inner.as_ref())
            }
            Fuse::After(left) => {
                *fuse = Fuse::After(left - 1);
                work(self.inner.as_ref())
            }
        }
    }
}

impl Store for Fragile {
    fn feed_states(&self) -> Result<Vec<(FeedId, FeedState)>, StoreError> {
        self.inner.feed_states()
    }
    fn record_polls(&self, polls: &[PollRecord], now: Timestamp) -> Result<Vec<PollSummary>, StoreError> {
        self.write(|store| store.record_polls(polls, now))
    }
    fn visit_stories(&self, filter: &StoryFilter, visit: &mut dyn FnMut(Story) -> bool) -> Result<(), StoreError> {
        self.inner.visit_stories(filter, visit)
    }
    fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        self.inner.story(id)
    }
    fn story_by_alias(&self, alias: &Alias) -> Result<Option<Story>, StoreError> {
        self.inner.story_by_alias(alias)
    }
    fn story_count(&self) -> Result<u64, StoreError> {
        self.inner.story_count()
    }
    fn pending(&self, recipient: &str, kind: Kind) -> Result<Vec<PendingEntry>, StoreError> {
        self.inner.pending(recipient, kind)
    }
    fn recipient_state(&self, recipient: &str) -> Result<RecipientState, StoreError> {
        self.inner.recipient_state(recipient)
    }
    fn set_recipient_state(&self, recipient: &str, state: &RecipientState) -> Result<(), StoreError> {
        self.write(|store| store.set_recipient_state(recipient, state))
    }
    fn seal(&self, seal: &Seal) -> Result<bool, StoreError> {
        self.write(|store| store.seal(seal))
    }
    fn deliveries(&self) -> Result<Vec<Delivery>, StoreError> {
        self.inner.deliveries()
    }
    fn outbox(&self) -> Result<Vec<Delivery>, StoreError> {
        self.inner.outbox()
    }
    fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        self.inner.delivery(id)
    }
    fn message(&self, delivery_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.message(delivery_id)
    }
    fn set_delivery(&self, before: &DeliveryState, delivery: &Delivery) -> Result<bool, StoreError> {
        self.write(|store| store.set_delivery(before, delivery))
    }
    fn drop_delivery(&self, delivery: &Delivery) -> Result<bool, StoreError> {
        self.write(|store| store.drop_delivery(delivery))
    }
    fn prune(&self, stories_before: Timestamp, aliases_before: Timestamp) -> Result<u64, StoreError> {
        self.write(|store| store.prune(stories_before, aliases_before))
    }
    fn instance(&self) -> Result<[u8; 16], StoreError> {
        self.inner.instance()
    }
    fn close(&self) -> Result<(), StoreError> {
        self.inner.close()
    }
}

const RSS: &str = "https://lrt.example/rss";
const HOURS: std::ops::Range<i64> = 6..34;

/// Some hours of news and mail with these crashes, one an hour in the order given; then an hour in peace.
fn live(inner: Box<dyn Store>, dice: &mut Dice, mut next_fuse: impl FnMut(&mut Dice) -> Fuse) -> Tally {
    let mut world = World::new(
        "feeds = [\"https://lrt.example/rss\"]\n[polling]\ninterval = { min = \"10m\", max = \"10m\" }\n\
         [[watches]]\nquery = \"port\"\n[[watches]]\nquery = \"storm\"\nsend = \"alert\"\n\
         [[recipients]]\nname = \"ben\"\nmail = \"ben@example.org\"\ndigest = \"hourly\"\n",
    );
    let store = Arc::new(Fragile {
        inner,
        fuse: Mutex::new(Fuse::Never),
    });
    world.store = Arc::clone(&store) as Arc<dyn Store>;
    let begin: Timestamp = "2026-03-18T00:00:00Z".parse().unwrap();
    let (mut stories, mut crashes) = (Vec::new(), 0);
    for hour in HOURS {
        for word in ["port", "storm"] {
            let link = format!("https://news.example/{word}-{hour}");
            let published = begin + jiff::SignedDuration::from_hours(hour);
            stories.push(entry(&link, &format!("The {word} {hour:02}")).published(&published.to_string()));
        }
        world.feed(RSS, stories.clone());
        if dice.once_in(4) {
            world.mailer.answer_with([SendOutcome::Deferred("later".to_owned())]);
        }
        // What a feed has at its first poll is no news: that one ends well.
        store.light(if hour == HOURS.start {
            Fuse::Never
        } else {
            next_fuse(dice)
        });
        let until = begin + jiff::SignedDuration::from_hours(hour) + jiff::SignedDuration::from_mins(12);
        // A daemon whose store refuses ends; the next hour starts another.
        crashes += usize::from(world.try_pass(until).is_err());
    }
    store.light(Fuse::Never);
    for hour in HOURS.end..HOURS.end + 24 {
        world.try_pass(begin + jiff::SignedDuration::from_hours(hour)).unwrap();
    }
    Tally {
        crashes,
        ..Tally::of(&world)
    }
}

/// What arrived.
#[derive(Debug, Default)]
struct Tally {
    /// Per recipient and title: the ids of the mails with it.
    mails: BTreeMap<(String, String), BTreeSet<String>>,
    repeats: usize,
    differing: usize,
    /// How often the process ended.
    crashes: usize,
}

impl Tally {
    fn of(world: &World) -> Self {
        let mut tally = Self::default();
        let mut known: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for message in world.mailer.delivered() {
            let text = String::from_utf8_lossy(&message).into_owned();
            let header = |name: &str| {
                let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
                line.trim().to_owned()
            };
            let (id, to) = (header("Message-ID:"), header("To:"));
            if let Some(first) = known.get(&id) {
                tally.repeats += 1;
                tally.differing += usize::from(*first != message);
            }
            let body = kabar::mail::text_part(&message).unwrap();
            for hour in HOURS {
                for word in ["port", "storm"] {
                    let title = format!("The {word} {hour:02}");
                    if body.contains(&title) {
                        tally.mails.entry((to.clone(), title)).or_default().insert(id.clone());
                    }
                }
            }
            known.insert(id, message);
        }
        tally
    }

    /// Every story reached both recipients in exactly one mail, and repeats are the same mail.
    fn check(&self, crash: &str) {
        let expected = 2 * 2 * usize::try_from(HOURS.end - HOURS.start).unwrap();
        assert_eq!(self.mails.len(), expected, "lost after {crash}");
        let double: Vec<_> = self.mails.iter().filter(|(_, ids)| ids.len() > 1).collect();
        assert!(double.is_empty(), "twice after {crash}: {double:?}");
        assert_eq!(self.differing, 0, "a repeat differs after {crash}");
    }
}

#[test]
fn a_crash_before_or_after_any_write_loses_nothing_and_repeats_only_the_same_bytes() {
    for step in 0..16 {
        for fuse in [Fuse::Before(step), Fuse::After(step)] {
            let tally = live(Box::new(MemoryStore::new()), &mut Dice::new(step), |_| fuse);
            tally.check(&format!("{fuse:?}"));
        }
    }
}

#[test]
fn five_hundred_crashes_at_random_lose_nothing_and_repeat_only_the_same_bytes() {
    let lives = if std::env::var_os("KABAR_THOROUGH").is_some() {
        300
    } else {
        28
    };
    let (mut crashes, mut repeats) = (0, 0);
    for seed in 0..lives {
        let tally = live(Box::new(MemoryStore::new()), &mut Dice::new(seed), chance);
        tally.check(&format!("seed {seed}"));
        crashes += tally.crashes;
        repeats += tally.repeats;
    }
    println!("{crashes} crashes, {repeats} mails came twice, byte for byte");
    assert!(crashes >= 500 && repeats > 0, "{crashes} crashes, {repeats} repeats");
}

/// A crash at one of the writes of a pass.
fn chance(dice: &mut Dice) -> Fuse {
    let step = dice.below(14);
    if dice.once_in(2) {
        Fuse::Before(step)
    } else {
        Fuse::After(step)
    }
}

#[test]
fn the_store_on_disk_stands_the_same_crashes() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    let tally = live(Box::new(store), &mut Dice::new(7), chance);
    tally.check("crashes on disk");
}
