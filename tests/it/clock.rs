//! A wrong clock: corrected while kabar runs or while it is off, by minutes, hours and months, in both directions.
//!
//! The right time is at most a digest away from 2026-03-18T06:00Z; the wrong one lies `STEPS` ahead of it.

use jiff::SignedDuration;
use jiff::Timestamp;
use kabar::digest::SendOutcome;

use crate::world::MORNING;
use crate::world::Story;
use crate::world::World;
use crate::world::entry;
use crate::world::old_story;

const RSS: &str = "https://lrt.example/rss";
/// Minutes, the hours of a zone, months.
const STEPS: [SignedDuration; 3] = [
    SignedDuration::from_mins(5),
    SignedDuration::from_hours(7),
    SignedDuration::from_hours(24 * 120),
];

/// How a wrong clock is put right.
#[derive(Clone, Copy, Debug)]
enum Correction {
    Running,
    Off,
}

fn right() -> Timestamp {
    MORNING.parse().unwrap()
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

/// A world that ran for `minutes_wrong` under a clock that is `step` ahead.
fn wrong_world(tables: &str, step: SignedDuration, minutes_wrong: i64, prepare: impl FnOnce(&mut World)) -> World {
    let mut world = World::with_tables(&format!("feeds = [\"{RSS}\"]\n{tables}"), "daily 07:30");
    world.feed(RSS, [old_story()]);
    prepare(&mut world);
    world.sleep_until(&(right() + step).to_string());
    world.run_until(&(right() + step + minutes(minutes_wrong)).to_string());
    world
}

/// Puts the clock right, half a minute later, and runs until `until` of the right time.
fn correct(world: &mut World, correction: Correction, step: SignedDuration, wrong_minutes: i64, until: Timestamp) {
    let wrong = right() + step + minutes(wrong_minutes);
    match correction {
        Correction::Running => world.set_clock(&(wrong + SignedDuration::from_secs(30)).to_string(), -step),
        Correction::Off => world.sleep_until(&(wrong - step).to_string()),
    }
    world.run_until(&until.to_string());
}

fn check(rule: impl Fn(Correction, SignedDuration)) {
    for step in STEPS {
        for correction in [Correction::Running, Correction::Off] {
            rule(correction, step);
        }
    }
}

#[test]
fn feeds_are_asked_at_once_after_a_clock_was_set_back() {
    check(|correction, step| {
        let mut world = wrong_world("watches = [\"port\"]", step, 2, |_| {});
        let asked = world.requests(RSS);
        correct(&mut world, correction, step, 2, right() + minutes(4));
        assert_eq!(world.requests(RSS), asked + 1, "{correction:?} {step}");
        world.run_until(&(right() + minutes(60 + 10)).to_string());
        assert_eq!(
            world.requests(RSS),
            asked + 2,
            "{correction:?} {step}: and then in its time"
        );
    });
}

#[test]
fn a_digest_comes_at_its_next_slot_after_a_clock_was_set_back() {
    check(|correction, step| {
        let mut world = wrong_world("watches = [\"port\"]", step, 20, |_| {});
        world.feed(RSS, [entry("https://news.example/fire-2026", "Fire in port")]);
        correct(&mut world, correction, step, 20, right() + minutes(91));
        assert_eq!(world.mails().len(), 1, "{correction:?} {step}");
    });
}

#[test]
fn a_slot_that_had_its_mail_under_a_wrong_clock_has_one_more_when_it_comes() {
    check(|correction, step| {
        let tables = "watches = [\"port\"]";
        let mut world = wrong_world(tables, step, 100, |world| {
            let published = (right() + step).to_string();
            world.feed(
                RSS,
                [entry("https://news.example/first-2026", "First ship in port").published(&published)],
            );
        });
        let stories = ["first", "second"].map(|name| {
            entry(
                &format!("https://news.example/{name}-2026"),
                &format!("The {name} ship in port"),
            )
        });
        world.feed(RSS, stories);
        // So that the slot of 07:30 lies ahead again under the right clock, also where that is the same day.
        let behind = step + minutes(40);
        correct(&mut world, correction, behind, 100 - 40, right() + minutes(91));
        let mails = world.mails();
        assert!(
            mails.last().is_some_and(|mail| mail.contains("second ship")),
            "{correction:?} {step}: {mails:?}"
        );
    });
}

#[test]
fn an_alert_goes_out_at_once_after_a_clock_was_set_back() {
    let tables = "[[watches]]\nquery = \"port\"\nsend = \"alert\"";
    check(|correction, step| {
        let mut world = wrong_world(tables, step, 2, |world| {
            let published = (right() + step).to_string();
            world.feed(
                RSS,
                [entry("https://news.example/first-2026", "First ship in port").published(&published)],
            );
        });
        assert_eq!(world.mails().len(), 1);
        let second = entry("https://news.example/second-2026", "Second ship in port");
        world.feed(RSS, [second]);
        correct(&mut world, correction, step, 2, right() + minutes(4));
        assert_eq!(world.mails().len(), 2, "{correction:?} {step}");
    });
}

#[test]
fn a_mail_that_waits_is_tried_at_once_after_a_clock_was_set_back() {
    let tables = "[[watches]]\nquery = \"port\"\nsend = \"alert\"";
    check(|correction, step| {
        let mut world = wrong_world(tables, step, 2, |world| {
            let published = (right() + step).to_string();
            world.feed(
                RSS,
                [entry("https://news.example/first-2026", "First ship in port").published(&published)],
            );
            world.mailer.answer_with([SendOutcome::Deferred("450 busy".to_owned())]);
        });
        assert_eq!(world.mails().len(), 0);
        correct(&mut world, correction, step, 2, right() + minutes(4));
        assert_eq!(world.mails().len(), 1, "{correction:?} {step}");
    });
}

#[test]
fn a_clock_that_is_set_forward_delays_nothing() {
    for step in STEPS {
        let mut world = World::with_tables(&format!("feeds = [\"{RSS}\"]\nwatches = [\"port\"]"), "daily 07:30");
        world.feed(RSS, [old_story()]);
        world.run_until("2026-03-18T06:20:00Z");
        world.feed(RSS, [entry("https://news.example/fire-2026", "Fire in port")]);
        let asked = world.requests(RSS);
        world.set_clock("2026-03-18T06:21:00Z", step);
        let corrected = right() + minutes(21) + step;
        world.run_until(&(corrected + minutes(61)).to_string());
        assert!(world.requests(RSS) > asked, "{step}");
        world.run_until(&(corrected + SignedDuration::from_hours(25)).to_string());
        assert_eq!(world.mails().len(), 1, "{step}");
    }
}

/// Four stories that were mailed, in a world of 06:50.
fn world_with_a_past() -> World {
    let mut world = World::with_tables(&format!("feeds = [\"{RSS}\"]\nwatches = [\"port\"]"), "daily 06:30");
    world.feed(RSS, ships(0..4));
    world.run_until("2026-03-18T06:50:00Z");
    assert_eq!((world.mails().len(), world.store.story_count().unwrap()), (1, 4));
    world
}

fn ships(numbers: std::ops::Range<u32>) -> Vec<Story> {
    let ship = |n: u32| {
        let link = format!("https://news.example/ship-{n}-2026");
        entry(&link, &format!("Ship {n} in port")).published("2026-03-18T05:30:00Z")
    };
    numbers.map(ship).collect()
}

const LEAP: SignedDuration = SignedDuration::from_hours(24 * 500);

/// The feed changes under the right clock, and only what is new in it is mailed.
fn assert_no_flood(world: &mut World) {
    world.feed(RSS, ships(0..5));
    world.run_until("2026-03-19T06:31:00Z");
    assert_eq!(world.store.story_count().unwrap(), 5);
    for n in 0..5 {
        let told = world
            .mails()
            .iter()
            .filter(|mail| mail.contains(&format!("Ship {n}")))
            .count();
        assert_eq!(told, 1, "ship {n}");
    }
}

#[test]
fn a_clock_that_leaps_forward_and_is_put_right_within_the_hour_forgets_nothing() {
    let mut world = world_with_a_past();
    world.set_clock("2026-03-18T06:51:00Z", LEAP);
    let leapt = "2026-03-18T06:51:00Z".parse::<Timestamp>().unwrap() + LEAP;
    world.run_until(&(leapt + minutes(50)).to_string());
    world.sleep_until("2026-03-18T07:45:00Z");
    assert_no_flood(&mut world);
}

#[test]
fn starts_with_a_clock_that_leapt_forget_nothing() {
    let mut world = world_with_a_past();
    for start in 0..3 {
        let leapt = "2026-03-18T07:00:00Z".parse::<Timestamp>().unwrap() + LEAP + minutes(start * 45);
        world.sleep_until(&leapt.to_string());
        world.run_until(&(leapt + minutes(40)).to_string());
    }
    world.sleep_until("2026-03-18T09:15:00Z");
    assert_no_flood(&mut world);
}

#[test]
fn what_is_old_is_forgotten_an_hour_after_a_long_absence() {
    let mut world = world_with_a_past();
    let back = "2026-03-18T07:00:00Z".parse::<Timestamp>().unwrap() + LEAP;
    world.sleep_until(&back.to_string());
    world.run_until(&(back + minutes(59)).to_string());
    assert_eq!(world.store.story_count().unwrap(), 4);
    world.sleep_until(&back.to_string());
    world.run_until(&(back + minutes(61)).to_string());
    assert_eq!(world.store.story_count().unwrap(), 0);
}
