//! The whole daemon and servers that want a pause, say "not modified" for ever, or move; and settings that change.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use kabar::feed::FeedId;
use kabar::feed::FeedState;
use kabar::report;
use kabar::report::feeds::FeedRow;
use url::Url;

use crate::world::MORNING;
use crate::world::Manner;
use crate::world::World;
use crate::world::entry;
use crate::world::old_story;

const A: &str = "https://news.example/a";
const B: &str = "https://news.example/b";
const TWO: &str = "feeds = [\"https://news.example/a\", \"https://news.example/b\"]\nwatches = [\"port\"]";
const ONE: &str = "feeds = [\"https://news.example/a\"]\nwatches = [\"port\"]";

fn at(hours: i64) -> Timestamp {
    MORNING.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

fn state(world: &World, url: &str) -> FeedState {
    let id = FeedId::of(&Url::parse(url).unwrap());
    let mut states = world.store.feed_states().unwrap().into_iter();
    states.find(|(feed, _)| *feed == id).unwrap().1
}

#[test]
fn a_pause_that_a_server_asked_for_holds_in_the_next_process() {
    let mut world = World::new(TWO);
    world.feed(A, [old_story()]);
    world.feed(B, [old_story()]);
    world.try_pass(at(0)).unwrap();
    let refuses = Manner::Refuses(503, Some(Duration::from_secs(5 * 3600)));
    world.web.behaves(A, refuses.clone());
    world.web.behaves(B, refuses);
    world.try_pass(at(2)).unwrap();
    let asked = world.requests(A) + world.requests(B);
    assert_eq!(asked, 3, "the first refusal is for both");

    world.web.behaves(A, None);
    world.web.behaves(B, None);
    for hour in 3..7 {
        world.try_pass(at(hour)).unwrap();
    }
    assert_eq!(world.requests(A) + world.requests(B), asked, "each hour by cron");

    world.try_pass(at(8)).unwrap();
    assert_eq!(world.requests(A) + world.requests(B), asked + 2);
}

#[test]
fn a_server_that_says_not_modified_for_ever_is_asked_for_the_whole_within_nine_days() {
    let mut world = World::new(ONE);
    world.feed(A, [old_story()]);
    world.run_until("2026-03-18T07:00:00Z");
    world.web.behaves(A, Manner::Lies);
    world.feed(A, [entry("https://news.example/fire-2026", "Fire in port")]);

    world.run_until("2026-03-25T18:01:00Z");
    let is_told = |world: &World| world.mails().iter().any(|mail| mail.contains("Fire in port"));
    assert!(!is_told(&world));
    world.run_until("2026-03-27T18:01:00Z");

    assert!(is_told(&world));
}

#[test]
fn a_feed_that_moved_for_good_stands_in_the_status_after_days_with_its_new_address() {
    let mut world = World::new(ONE);
    world.feed(A, [old_story()]);
    let to = Url::parse("https://new.example/a").unwrap();
    world.web.behaves(A, Manner::Moved(to.clone()));

    world.run_until("2026-03-20T18:00:00Z");
    assert_eq!(world.status().moved, []);
    world.run_until("2026-03-22T18:00:00Z");

    let status = world.status();
    let addresses: Vec<Option<&str>> = status.moved.iter().map(|row| row.moved_to.as_deref()).collect();
    assert_eq!(addresses, [Some(to.as_str())]);
    assert!(status.is_well, "worth knowing, no trouble");
}

#[test]
fn a_feed_whose_interval_or_request_changes_is_due_by_the_new_settings() {
    let tables = |more: &str| format!("watches = [\"port\"]\n[[feeds]]\nurl = \"{A}\"\n{more}");
    let mut world = World::new(&tables("every = \"12h\""));
    world.feed(A, [old_story()]);
    world.run_until("2026-03-18T06:30:00Z");
    assert_eq!(world.requests(A), 1);

    world.reload("2026-03-18T06:50:00Z", &tables("every = \"30m\""));
    world.run_until("2026-03-18T06:55:00Z");
    assert_eq!(world.requests(A), 2, "by a reload");
    world.reconfigure(&tables("every = \"10m\""));
    world.run_until("2026-03-18T07:02:00Z");
    assert_eq!(world.requests(A), 3, "by a start");

    world.web.behaves(A, Manner::Refuses(401, None));
    world.run_until("2026-03-19T07:00:00Z");
    world.web.behaves(A, None);
    let asked = world.requests(A);
    world.reconfigure(&tables("every = \"10m\"\nheaders = { X-Key = \"new\" }"));
    world.run_until("2026-03-19T07:01:00Z");
    assert_eq!(world.requests(A), asked + 1, "a new key is tried at once");
}

#[test]
fn what_is_listed_is_what_is_planned() {
    let mut world = World::new(TWO);
    let hourly = |count: i64| {
        (0..count).map(|n| entry(&format!("https://news.example/{n}"), "x").published(&at(-n).to_string()))
    };
    world.feed(A, hourly(30));
    world.feed(B, [old_story()]);
    let rows =
        |world: &World| -> Vec<FeedRow> { report::feeds::rows(world.store.as_ref(), &world.config(), at(1)).unwrap() };
    world.run_until("2026-03-18T06:10:00Z");

    let before = rows(&world);
    for row in &before {
        assert_eq!(
            (row.next_poll, row.interval_s),
            (
                state(&world, &row.url).next_poll,
                state(&world, &row.url).interval.as_secs()
            )
        );
    }
    assert!(
        before[0].interval_s < 1800 && before[1].interval_s == 3600,
        "{before:?}"
    );

    world.reconfigure(&format!(
        "{TWO}\n[polling]\ninterval = {{ min = \"2h\", max = \"3h\" }}\n"
    ));
    let after = rows(&world);
    assert_eq!(after[0].interval_s, 7200);
    assert!(after[0].next_poll > before[0].next_poll);
}
