//! Alerts on a paused clock: at once, but collapsed, quiet at night, and never said twice.

use kabar::digest::Kind;
use kabar::digest::SendOutcome;

use crate::world::Story;
use crate::world::World;
use crate::world::entry;
use crate::world::old_story;

const RSS: &str = "https://lrt.example/rss";

/// One feed polled every two minutes; `watch` says what is sent to "ben", who sleeps from 22:00 to 06:30 UTC.
fn world(send: &str) -> World {
    let mut world = World::new(&format!(
        "[[feeds]]\nurl = \"{RSS}\"\nevery = \"2m\"\n[[watches]]\nname = \"port\"\nquery = \"port OR harbour\"\nto = [\"ben\"]\nsend = \"{send}\"\n\
         [polling]\ninterval = {{ min = \"1m\", max = \"6h\" }}\nhost_gap = \"1s\"\n\
         [[recipients]]\nname = \"ben\"\nmail = \"ben@example.org\"\ndigest = \"daily 18:00\"\nalerts = {{ at_most_every = \"10m\", quiet = \"22:00-06:30\" }}\n"
    ));
    world.feed(RSS, [old_story()]);
    world.run_until("2026-03-18T12:00:00Z");
    world
}

fn stories(numbers: std::ops::Range<u32>) -> Vec<Story> {
    let story = |n: u32| {
        entry(
            &format!("https://news.example/story-{n}"),
            &format!("Port story {n:03}"),
        )
    };
    numbers.map(story).collect()
}

/// How many of the stories stand in the mail.
fn told(mail: &str, numbers: std::ops::Range<u32>) -> usize {
    numbers.filter(|n| mail.contains(&format!("Port story {n:03}"))).count()
}

fn header<'m>(message: &'m str, name: &str) -> Option<&'m str> {
    message
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn the_first_alert_goes_out_at_once_and_the_next_ones_come_together() {
    let mut world = world("alert");
    world.feed(RSS, stories(0..1));
    world.run_until("2026-03-18T12:02:30Z");
    assert_eq!(world.mails().len(), 1);

    for (minute, stories_so_far) in [(4, 2), (6, 3), (8, 5)] {
        world.feed(RSS, stories(0..stories_so_far));
        world.run_until(&format!("2026-03-18T12:{minute:02}:30Z"));
        assert_eq!(world.mails().len(), 1, "minute {minute}");
    }
    world.run_until("2026-03-18T12:12:30Z");
    let mails = world.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(told(&mails[1], 1..5), 4);

    world.run_until("2026-03-18T18:10:00Z");
    assert_eq!(world.mails().len(), 2, "what an alert said stands in no digest");
}

#[test]
fn a_burst_is_one_mail_that_says_how_many() {
    let mut world = world("alert");
    world.feed(RSS, stories(0..41));
    world.run_until("2026-03-18T12:02:30Z");
    let messages = world.mailer.delivered();
    assert_eq!(messages.len(), 1);
    let message = String::from_utf8_lossy(&messages[0]).into_owned();
    let subject = header(&message, "Subject").unwrap();
    assert!(subject.contains("41"), "{subject}");
    assert_eq!(told(&world.mails()[0], 0..41), 41);
}

#[test]
fn at_night_alerts_wait_for_the_morning_and_come_in_one_mail() {
    let mut world = world("alert");
    // When the feed is asked in the minutes around is its own affair: what it brings comes by night.
    world.run_until("2026-03-18T22:01:00Z");
    for (hour, stories_so_far) in [(22, 2), (23, 5)] {
        world.feed(RSS, stories(0..stories_so_far));
        world.run_until(&format!("2026-03-18T{hour}:30:00Z"));
    }
    world.feed(RSS, stories(0..9));
    world.run_until("2026-03-19T06:29:00Z");
    assert_eq!(world.mails().len(), 0);

    world.run_until("2026-03-19T06:30:30Z");
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(told(&mails[0], 0..9), 9);
}

#[test]
fn a_watch_that_wants_both_is_told_at_once_and_in_the_digest() {
    let mut world = world("both");
    world.feed(RSS, stories(0..1));
    world.run_until("2026-03-18T12:02:30Z");
    assert_eq!(world.mails().len(), 1);
    world.run_until("2026-03-18T18:00:30Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|mail| told(mail, 0..1) == 1));
    world.run_until("2026-03-19T18:00:30Z");
    assert_eq!(world.mails().len(), 2);
}

/// The same with a second recipient, "cil", who gets no digests.
fn world_of_cil(send: &str) -> World {
    let mut world = World::new(&format!(
        "[[feeds]]\nurl = \"{RSS}\"\nevery = \"2m\"\n[[watches]]\nname = \"port\"\nquery = \"port\"\nto = [\"cil\"]\nsend = \"{send}\"\n\
         [polling]\ninterval = {{ min = \"1m\", max = \"6h\" }}\nhost_gap = \"1s\"\n\
         [[recipients]]\nname = \"cil\"\nmail = \"cil@example.org\"\ndigest = \"never\"\nalerts = {{ at_most_every = \"10m\" }}\n"
    ));
    world.feed(RSS, [old_story()]);
    world.run_until("2026-03-18T12:00:00Z");
    world
}

#[test]
fn nothing_is_kept_for_a_digest_that_never_comes() {
    for (send, mails) in [("digest", 0), ("both", 1), ("alert", 1)] {
        let mut world = world_of_cil(send);
        world.feed(RSS, stories(0..5));
        world.run_until("2026-03-18T12:04:00Z");
        assert_eq!(world.mails().len(), mails, "{send}");
        assert_eq!(world.store.pending("cil", Kind::Digest).unwrap(), [], "{send}");
    }
}

#[test]
fn without_digests_the_next_alert_tells_what_an_alert_could_not_deliver() {
    let mut world = world_of_cil("alert");
    let refused = SendOutcome::Refused("550 no such user".to_owned());
    world.mailer.answer_with([refused]);
    world.feed(RSS, stories(0..1));
    world.run_until("2026-03-18T12:30:00Z");
    assert_eq!(world.mails().len(), 0);
    world.feed(RSS, stories(0..2));
    world.run_until("2026-03-18T12:34:00Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(told(&mails[0], 0..2), 2);
    assert!(
        mails[0].contains("late:") && mails[0].contains("550 no such user"),
        "{}",
        mails[0]
    );
    assert_eq!(world.store.pending("cil", Kind::Digest).unwrap(), []);
}

#[test]
fn an_alert_says_nothing_of_feeds_that_the_digest_tells_of() {
    let mut world = world("alert");
    world.feed("https://lrt.example/rss", stories(0..1));
    world.configure("[[feeds]]\nurl = \"https://gone.example/rss\"\n");
    world.run_until("2026-03-18T12:02:30Z");
    assert_eq!(world.mails().len(), 1);
    assert!(!world.mails()[0].contains("gone.example"), "{}", world.mails()[0]);
    assert_eq!(world.status().failing.len(), 1);
}

#[test]
fn an_update_of_a_story_refers_to_the_mail_that_told_of_it() {
    let mut world = World::new(
        "feeds = [\"https://lrt.example/rss\", \"https://all.example/rss\"]\nwatches = [\"port\", \"harbour\"]",
    );
    world.feed(RSS, [old_story()]);
    world.feed("https://all.example/rss", [old_story()]);
    world.run_until("2026-03-18T12:00:00Z");
    world.feed(RSS, [entry("https://news.example/fire-2026", "Fire in port")]);
    world.run_until("2026-03-18T18:01:00Z");
    world.feed(
        "https://all.example/rss",
        [entry("https://news.example/fire-2026", "Fire in the harbour")],
    );
    world.run_until("2026-03-19T18:01:00Z");

    let messages: Vec<String> = world
        .mailer
        .delivered()
        .iter()
        .map(|mail| String::from_utf8_lossy(mail).into_owned())
        .collect();
    assert_eq!(messages.len(), 2);
    assert_eq!(header(&messages[0], "References"), None);
    assert_eq!(header(&messages[1], "References"), header(&messages[0], "Message-ID"));
}
