//! The whole daemon on a paused clock: days in milliseconds.

use std::time::Duration;

use kabar::digest::SendOutcome;
use kabar::feed::FeedId;
use url::Url;

use crate::world::World;
use crate::world::entry;
use crate::world::old_story;

const TWO_FEEDS: &str = "feeds = [\"https://lrt.example/rss\", \"https://all.example/rss\"]\nwatches = [\"port\"]";
const LRT: &str = "https://lrt.example/rss";
const ALL: &str = "https://all.example/rss";
const PUBLISHED: &str = "2026-03-18T05:30:00Z";

#[test]
fn a_story_seen_in_two_feeds_is_mailed_once() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(
        LRT,
        [entry("https://news.example/fire-2026", "Fire in port").published(PUBLISHED)],
    );
    world.feed(
        ALL,
        [entry("https://news.example/fire-2026?utm_source=rss", "Port fire").published(PUBLISHED)],
    );

    world.run_until("2026-03-18T18:01:00Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let titles = ["Fire in port", "Port fire"];
    assert_eq!(
        titles.iter().filter(|title| mails[0].contains(*title)).count(),
        1,
        "{}",
        mails[0]
    );
}

#[test]
fn old_stories_of_a_first_document_are_stored_and_not_mailed() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(
        LRT,
        [entry("https://news.example/old-fire", "Old fire in port").published("2026-03-01T00:00:00Z")],
    );
    world.feed(ALL, []);

    world.run_until("2026-03-19T18:01:00Z");

    assert_eq!(world.mails().len(), 0);
    assert_eq!(world.store.story_count().unwrap(), 1);
}

#[test]
fn an_undated_story_of_a_first_document_is_told_when_another_feed_brings_it_as_news() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(LRT, [entry("https://news.example/fire-2026", "Fire in port")]);
    world.feed(ALL, [old_story()]);
    world.run_until("2026-03-18T18:01:00Z");
    assert_eq!(world.mails().len(), 0);

    world.feed(ALL, [entry("https://news.example/fire-2026", "Port fire")]);
    world.run_until("2026-03-19T18:01:00Z");
    world.run_until("2026-03-20T18:01:00Z");

    assert_eq!(world.mails().len(), 1);
}

#[test]
fn a_revised_story_is_no_news_to_the_watch_that_found_it() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(
        LRT,
        [entry("https://news.example/old-fire", "Fire in port").published("2026-03-01T00:00:00Z")],
    );
    world.feed(ALL, []);
    world.run_until("2026-03-18T18:01:00Z");

    world.feed(
        LRT,
        [entry("https://news.example/old-fire", "Fire in the port").published("2026-03-01T00:00:00Z")],
    );
    world.run_until("2026-03-19T18:01:00Z");

    assert_eq!(world.mails().len(), 0);
}

#[test]
fn a_story_that_comes_later_stands_in_the_next_digest() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(LRT, [old_story()]);
    world.feed(ALL, []);
    world.run_until("2026-03-18T18:30:00Z");
    assert_eq!(world.mails().len(), 0, "no matches, no mail");

    world.feed(LRT, [entry("https://news.example/fire-2026", "Fire in port")]);
    world.run_until("2026-03-19T17:59:00Z");
    assert_eq!(world.mails().len(), 0, "before the slot");
    world.run_until("2026-03-19T18:01:00Z");

    assert_eq!(world.mails().len(), 1);
}

#[test]
fn a_digest_missed_while_the_machine_was_off_is_sent_at_start_once() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(
        LRT,
        [entry("https://news.example/fire-2026", "Fire in port").published(PUBLISHED)],
    );
    world.feed(ALL, []);
    world.run_until("2026-03-18T17:00:00Z");

    world.sleep_until("2026-03-21T09:00:00Z");
    world.run_until("2026-03-21T09:05:00Z");
    assert_eq!(world.mails().len(), 1);
    world.run_until("2026-03-23T09:05:00Z");

    assert_eq!(world.mails().len(), 1, "three missed slots are one mail");
}

#[test]
fn a_mail_that_the_server_defers_is_sent_five_minutes_later() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(
        LRT,
        [entry("https://news.example/fire-2026", "Fire in port").published(PUBLISHED)],
    );
    world.feed(ALL, []);
    world
        .mailer
        .answer_with([SendOutcome::Deferred("450 greylisted".to_owned())]);

    world.run_until("2026-03-18T18:04:00Z");
    assert_eq!(world.mails().len(), 0);
    world.run_until("2026-03-18T18:06:00Z");

    assert_eq!(world.mails().len(), 1);
}

#[test]
fn what_was_refused_stands_in_the_next_digest_marked_late() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(
        LRT,
        [entry("https://news.example/fire-2026", "Fire in port").published(PUBLISHED)],
    );
    world.feed(ALL, []);
    world.mailer.answer_with([SendOutcome::Refused("554 no".to_owned())]);
    world.run_until("2026-03-18T18:01:00Z");
    assert_eq!(world.mails().len(), 0);

    world.run_until("2026-03-19T18:01:00Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0].contains("Fire in port") && mails[0].contains("late:"),
        "{}",
        mails[0]
    );
    assert!(
        mails[0].contains("554 no"),
        "the footer names the refused mail: {}",
        mails[0]
    );
}

#[test]
fn an_alert_goes_out_at_once_and_does_not_stand_in_the_digest() {
    let mut world =
        World::new("feeds = [\"https://lrt.example/rss\"]\n[[watches]]\nquery = \"port\"\nsend = \"alert\"");
    world.feed(
        LRT,
        [entry("https://news.example/fire-2026", "Fire in port").published(PUBLISHED)],
    );

    world.run_until("2026-03-18T06:05:00Z");
    assert_eq!(world.mails().len(), 1);
    world.run_until("2026-03-18T18:05:00Z");

    assert_eq!(world.mails().len(), 1);
}

#[test]
fn a_restart_repeats_no_mail_and_asks_no_feed_before_its_time() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(
        LRT,
        [entry("https://news.example/fire-2026", "Fire in port").published(PUBLISHED)],
    );
    world.feed(ALL, []);
    world.run_until("2026-03-18T18:01:00Z");
    let asked = world.requests(LRT);

    for minute in 2..12 {
        world.run_until(&format!("2026-03-18T18:{minute:02}:00Z"));
    }

    assert_eq!(world.mails().len(), 1);
    assert!(
        world.requests(LRT) <= asked + 1,
        "ten restarts in ten minutes make no ten polls"
    );
}

#[test]
fn a_feed_that_fails_does_not_stop_the_others_and_stands_in_the_footer() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(
        LRT,
        [entry("https://news.example/fire-2026", "Fire in port").published(PUBLISHED)],
    );

    world.run_until("2026-03-18T18:01:00Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("404"), "{}", mails[0]);
}

#[test]
fn a_later_sighting_that_adds_a_watch_is_told_once() {
    let mut world = World::new(
        "feeds = [\"https://lrt.example/rss\", \"https://all.example/rss\"]\nwatches = [\"port\", \"harbour\"]",
    );
    world.feed(
        LRT,
        [entry("https://news.example/fire-2026", "Fire in port").published(PUBLISHED)],
    );
    world.feed(ALL, []);
    world.run_until("2026-03-18T18:01:00Z");
    world.feed(
        ALL,
        [entry("https://news.example/fire-2026", "Fire in the harbour").published(PUBLISHED)],
    );
    world.run_until("2026-03-19T18:01:00Z");
    world.run_until("2026-03-21T18:01:00Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(mails[1].contains("harbour"));
}

#[test]
fn a_gap_stands_in_the_next_digest_even_if_later_documents_overlap_and_in_no_other() {
    let numbered = |numbers: std::ops::Range<u32>| {
        numbers.map(|n| entry(&format!("https://news.example/port-{n}"), &format!("Port {n}")).published(PUBLISHED))
    };
    let gap = "May have brought more than kabar saw";
    let mut world = World::new(TWO_FEEDS);
    world.feed(LRT, numbered(0..5));
    world.feed(ALL, []);
    world.run_until("2026-03-18T07:00:00Z");

    world.feed(LRT, numbered(10..15));
    world.run_until("2026-03-18T12:00:00Z");
    world.feed(LRT, numbered(11..16));
    world.run_until("2026-03-18T18:01:00Z");
    world.feed(LRT, numbered(12..17));
    world.run_until("2026-03-19T18:01:00Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails[0].contains(gap), "{}", mails[0]);
    assert!(!mails[1].contains(gap), "{}", mails[1]);
}

#[test]
fn a_feed_whose_entries_all_are_copies_has_stories_and_gaps_of_its_own() {
    let copies = |numbers: std::ops::Range<u32>| {
        numbers.map(|n| {
            entry(
                &format!("https://news.example/port-{n}?utm_source=all"),
                &format!("Port {n}"),
            )
        })
    };
    let mut world = World::new(TWO_FEEDS);
    world.feed(
        LRT,
        (0..20).map(|n| entry(&format!("https://news.example/port-{n}"), &format!("Port {n}"))),
    );
    world.feed(ALL, copies(0..6));
    world.run_until("2026-03-18T12:00:00Z");
    world.feed(ALL, copies(10..16));
    world.run_until("2026-03-18T18:01:00Z");

    let states = world.store.feed_states().unwrap();
    let all = FeedId::of(&Url::parse(ALL).unwrap());
    let (_, state) = states.into_iter().find(|(feed, _)| *feed == all).unwrap();
    assert_eq!(state.stories, 12);
    assert!(state.possible_gap.is_some());
}

#[test]
fn a_watch_that_is_added_while_a_feed_answers_sees_what_it_brings() {
    let one_watch = "feeds = [\"https://lrt.example/rss\"]\nwatches = [\"port\"]";
    let mut world = World::new(one_watch);
    world.feed(LRT, [old_story()]);
    world.run_until("2026-03-18T06:30:00Z");
    world.feed(LRT, [entry("https://news.example/fire-2026", "Fire in the harbour")]);
    world.answers_in(LRT, Duration::from_secs(20 * 60));
    world.reload(
        "2026-03-18T07:10:00Z",
        &one_watch.replace("\"port\"", "\"port\", \"harbour\""),
    );

    world.run_until("2026-03-18T18:01:00Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("Fire in the harbour"), "{}", mails[0]);
}

#[test]
fn a_kabar_that_does_not_run_is_not_well_after_a_day() {
    let mut world = World::new(TWO_FEEDS);
    world.feed(LRT, [old_story()]);
    world.feed(ALL, [old_story()]);
    world.run_until("2026-03-18T07:00:00Z");

    world.sleep_until("2026-03-19T07:00:00Z");
    assert!(world.status().is_well, "as between two nights of `kabar once`");
    world.sleep_until("2026-03-20T07:00:00Z");

    let status = world.status();
    assert!(!status.is_well && status.unattended_since.is_some());
}
