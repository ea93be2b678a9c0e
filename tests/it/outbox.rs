//! Mails under way, on a paused clock: who waits for whom, and for how long.

use kabar::digest::SendOutcome;

use crate::world::World;
use crate::world::entry;

const RSS: &str = "https://lrt.example/rss";
const PUBLISHED: &str = "2026-03-18T05:30:00Z";

/// "me" and a second recipient, "ben", each with a digest at 18:00 and a story that waits for it.
fn two_recipients() -> World {
    let mut world = World::new(
        "feeds = [\"https://lrt.example/rss\"]\nwatches = [\"port\"]\n\
         [[recipients]]\nname = \"ben\"\nmail = \"ben@example.org\"\ndigest = \"daily 18:00\"\n",
    );
    world.feed(
        RSS,
        [entry("https://news.example/fire-2026", "Fire in port").published(PUBLISHED)],
    );
    world
}

fn count_to(world: &World, address: &str) -> usize {
    let to = format!("To: {address}");
    let mails = world.mailer.delivered();
    mails
        .iter()
        .filter(|mail| String::from_utf8_lossy(mail).contains(&to))
        .count()
}

#[test]
fn a_recipient_whose_server_never_answers_delays_nobody() {
    let mut world = two_recipients();
    world.mailer.hang_for("ben@example.org");
    world.run_until("2026-03-18T18:00:05Z");
    assert_eq!(count_to(&world, "me@example.org"), 1, "at once");

    world.feed(
        RSS,
        [entry("https://news.example/fire-2027", "Fire in port again").published("2026-03-19T05:30:00Z")],
    );
    world.run_until("2026-03-19T18:00:05Z");

    assert_eq!(count_to(&world, "me@example.org"), 2, "and so is the next day's");
    assert_eq!(count_to(&world, "ben@example.org"), 0);
}

#[test]
fn a_mail_that_hangs_is_given_up_after_five_days_and_its_story_comes_late() {
    let mut world = two_recipients();
    world.mailer.hang_for("ben@example.org");
    world.run_until("2026-03-24T17:00:00Z");
    let waiting = world.store.outbox().unwrap();
    assert_eq!(waiting.len(), 0, "{waiting:?}");

    world.mailer = kabar::mail::Mailer::memory();
    world.run_until("2026-03-24T18:00:05Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("late:"), "{}", mails[0]);
}

#[test]
fn a_fault_of_the_configuration_holds_everything_and_is_tried_with_one_mail() {
    let mut world = two_recipients();
    let fault = || SendOutcome::Misconfigured("535 wrong password".to_owned());
    world.mailer.answer_with([fault(), fault(), fault()]);

    world.run_until("2026-03-18T18:14:00Z");
    assert_eq!(world.mails().len(), 0);
    let attempts: u32 = world.store.outbox().unwrap().iter().map(attempts_of).sum();
    assert_eq!(attempts, 3, "two at once, then one to see whether it was put right");

    world.run_until("2026-03-18T18:16:00Z");

    assert_eq!(world.mails().len(), 2, "once one mail went through, all do");
}

#[test]
fn mail_that_waits_behind_a_fault_says_why_and_when_it_is_tried() {
    let mut world = two_recipients();
    let fault = || SendOutcome::Misconfigured("535 wrong password".to_owned());
    world.mailer.answer_with([fault(), fault(), fault()]);
    world.run_until("2026-03-18T18:06:00Z");

    let now = "2026-03-18T18:06:00Z".parse().unwrap();
    for mail in world.store.outbox().unwrap() {
        let kabar::digest::DeliveryState::Waiting {
            next_attempt,
            last_error,
            ..
        } = mail.state
        else {
            panic!("{mail:?}");
        };
        assert_eq!(last_error.as_deref(), Some("535 wrong password"));
        assert!(next_attempt > now, "{next_attempt}");
    }
}

fn attempts_of(delivery: &kabar::digest::Delivery) -> u32 {
    match delivery.state {
        kabar::digest::DeliveryState::Waiting { attempts, .. }
        | kabar::digest::DeliveryState::Attempting { attempts, .. } => attempts,
        kabar::digest::DeliveryState::Sent { .. } | kabar::digest::DeliveryState::Failed { .. } => 0,
    }
}

#[test]
fn a_message_that_may_have_arrived_is_sent_again_with_the_same_bytes() {
    let mut world = two_recipients();
    let cut = SendOutcome::Uncertain("the connection broke".to_owned());
    world.mailer.answer_with([cut]);

    world.run_until("2026-03-18T18:06:00Z");

    let mails = world.mailer.delivered();
    let twice = mails.iter().filter(|mail| **mail == mails[0]).count();
    assert_eq!(
        (mails.len(), twice),
        (3, 2),
        "one of two mails came twice, byte for byte"
    );
}

#[test]
fn a_mail_with_a_sender_that_was_wrong_holds_up_no_other_after_the_correction() {
    let mut world = two_recipients();
    let fault = || SendOutcome::Misconfigured("553 not your address".to_owned());
    world.mailer.answer_with([fault(), fault()]);
    world.sender = "wrong@example.org";
    world.run_until("2026-03-18T18:01:00Z");
    assert_eq!(world.mails().len(), 0);

    // The server goes on refusing the two that bear the old sender.
    world.sender = "kabar@example.org";
    world.mailer.answer_with([fault(), fault()]);
    world.run_until("2026-03-18T19:30:00Z");
    assert_eq!(world.store.outbox().unwrap().len(), 0, "nothing holds up what comes");
    world.run_until("2026-03-19T18:01:00Z");

    let mails = world.mailer.delivered();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        let mail = String::from_utf8_lossy(&mail).into_owned();
        assert!(mail.contains("From: kabar@example.org"), "{mail}");
    }
}
