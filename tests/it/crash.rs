//! Crashes at every step between a match and its mail: before or after each write, before or after the server's answer.
//!
//! A crash is a store that refuses from some write on: nothing later happens, as after a kill. The next start finds what was
//! on disk. (`kills.rs` does the same with real processes.)

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use kabar::digest::SendOutcome;
use kabar::store::MemoryStore;
use kabar::store::SledStore;
use kabar::store::Store;

use crate::crashing::CrashingStore;
use crate::crashing::Moment;
use crate::dice::Dice;
use crate::world::World;
use crate::world::entry;

/// The write at which the process ends, counted from 1; none where it lives.
type Death = Option<(usize, Moment)>;

const RSS: &str = "https://lrt.example/rss";
const HOURS: std::ops::Range<i64> = 6..34;

/// Some hours of news and mail with these crashes, one an hour in the order given; then an hour in peace.
fn live(survivor: Arc<dyn Store>, dice: &mut Dice, mut next_death: impl FnMut(&mut Dice) -> Death) -> Tally {
    let mut world = World::new(
        "feeds = [\"https://lrt.example/rss\"]\n[polling]\ninterval = { min = \"10m\", max = \"10m\" }\n\
         [[watches]]\nquery = \"port\"\n[[watches]]\nquery = \"storm\"\nsend = \"alert\"\n\
         [[recipients]]\nname = \"ben\"\nmail = \"ben@example.org\"\ndigest = \"hourly\"\n",
    );
    let store = Arc::new(CrashingStore::new(survivor, None));
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
        store.die_at((hour > HOURS.start).then(|| next_death(dice)).flatten());
        let until = begin + jiff::SignedDuration::from_hours(hour) + jiff::SignedDuration::from_mins(12);
        // A daemon whose store refuses ends; the next hour starts another.
        crashes += usize::from(world.try_pass(until).is_err());
    }
    store.die_at(None);
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
    for write in 1..=16 {
        for moment in [Moment::Before, Moment::Within, Moment::After] {
            let tally = live(Arc::new(MemoryStore::new()), &mut Dice::new(write), |_| {
                Some((usize::try_from(write).unwrap(), moment))
            });
            tally.check(&format!("{moment:?} write {write}"));
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
        let tally = live(Arc::new(MemoryStore::new()), &mut Dice::new(seed), chance);
        tally.check(&format!("seed {seed}"));
        crashes += tally.crashes;
        repeats += tally.repeats;
    }
    println!("{crashes} crashes, {repeats} mails came twice, byte for byte");
    assert!(crashes >= 500 && repeats > 0, "{crashes} crashes, {repeats} repeats");
}

/// A crash at one of the writes of a pass.
fn chance(dice: &mut Dice) -> Death {
    let write = 1 + usize::try_from(dice.below(14)).unwrap();
    let moment = if dice.once_in(2) { Moment::Before } else { Moment::After };
    Some((write, moment))
}

#[test]
fn the_store_on_disk_stands_the_same_crashes() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    let tally = live(Arc::new(store), &mut Dice::new(7), chance);
    tally.check("crashes on disk");
}
