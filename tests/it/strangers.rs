//! Recipients who are removed or renamed: nothing more is sent to them, and what waits for them is told of, not lost.

use kabar::digest::SendOutcome;
use kabar::report::strangers::Stranger;

use crate::world::World;
use crate::world::entry;
use crate::world::old_story;

const RSS: &str = "https://lrt.example/rss";

/// One watch for one recipient besides "me".
fn watched_by(name: &str) -> String {
    format!(
        "feeds = [\"{RSS}\"]\n[[watches]]\nquery = \"port\"\nto = [\"{name}\"]\n\
         [[recipients]]\nname = \"{name}\"\nmail = \"ana@example.org\"\ndigest = \"daily 18:00\"\n[retention]\nstories = \"10d\"\n"
    )
}

/// A story that waits for ana at noon.
fn world() -> World {
    let mut world = World::new(&watched_by("ana"));
    world.feed(RSS, [old_story()]);
    world.run_until("2026-03-18T06:30:00Z");
    world.feed(RSS, [entry("https://news.example/fire-2026", "Fire in port")]);
    world.run_until("2026-03-18T12:00:00Z");
    world
}

fn ana(stories: usize, mails: usize) -> [Stranger; 1] {
    let name = "ana".to_owned();
    [Stranger { name, stories, mails }]
}

#[test]
fn what_waits_for_a_renamed_recipient_is_told_of_and_comes_when_the_name_does() {
    let mut world = world();
    assert_eq!(world.status().strangers, []);
    world.reconfigure(&watched_by("anna"));
    world.run_until("2026-03-19T12:00:00Z");
    assert_eq!(world.status().strangers, ana(1, 0));
    assert_eq!(world.mails().len(), 0);

    world.reconfigure(&watched_by("ana"));
    world.run_until("2026-03-19T18:01:00Z");

    assert_eq!(world.status().strangers, []);
    assert_eq!(world.mails().len(), 1);
}

#[test]
fn a_mail_that_waits_is_not_sent_to_somebody_who_was_removed() {
    let mut world = world();
    world.mailer.answer_with([SendOutcome::Deferred("450 busy".to_owned())]);
    world.run_until("2026-03-18T18:01:00Z");
    world.reconfigure(&watched_by("ben"));
    world.run_until("2026-03-19T12:00:00Z");
    assert_eq!(world.mails().len(), 0);
    assert_eq!(world.status().strangers, ana(0, 1));

    world.reconfigure(&watched_by("ana"));
    world.run_until("2026-03-19T12:01:00Z");

    assert_eq!(world.mails().len(), 1);
}

#[test]
fn what_waits_for_nobody_is_forgotten_with_the_retention() {
    let mut world = world();
    let busy = || SendOutcome::Deferred("450 busy".to_owned());
    world.mailer.answer_with([busy(), busy(), busy(), busy(), busy()]);
    world.run_until("2026-03-18T18:01:00Z");
    world.feed(RSS, [entry("https://news.example/ship-2026", "Ship in port")]);
    world.run_until("2026-03-18T20:00:00Z");
    world.reconfigure(&watched_by("ben"));
    world.run_until("2026-03-28T10:00:00Z");
    assert_eq!(world.status().strangers, ana(1, 1));

    world.run_until("2026-03-29T06:00:00Z");

    assert_eq!(world.status().strangers, []);
}
