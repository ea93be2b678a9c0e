//! The footer: what does not work, told once in full and then in a line.

use std::time::Duration;

use crate::world::World;
use crate::world::entry;

const RSS: &str = "https://lrt.example/rss";
const GONE: &str = "https://gone.example/rss";

/// A feed with a new story every day and a feed that is gone, until the digest of that day.
fn digests(world: &mut World, days: std::ops::RangeInclusive<u32>) -> Vec<String> {
    for day in days {
        let link = format!("https://news.example/fire-{day}");
        let published = format!("2026-03-{day}T05:30:00Z");
        world.feed(RSS, [entry(&link, "Fire in port").published(&published)]);
        world.run_until(&format!("2026-03-{day}T18:01:00Z"));
    }
    world.mails()
}

fn footer(mail: &str) -> &str {
    mail.split_once("\n-- \n").unwrap().1
}

#[test]
fn a_feed_in_trouble_is_told_of_in_full_once_and_then_by_its_name() {
    let mut world = World::new(&format!("feeds = [\"{RSS}\", \"{GONE}\"]\nwatches = [\"port\"]"));
    world.feed(GONE, []);
    let mails = digests(&mut world, 18..=18);
    assert!(!footer(&mails[0]).contains("gone"), "{}", mails[0]);

    world.web.forget(GONE);
    let mails = digests(&mut world, 19..=21);
    assert!(
        footer(&mails[1]).starts_with("Feeds in trouble:\n* A feed (last worked Wed 18 Mar ")
            && footer(&mails[1]).contains("404"),
        "{}",
        mails[1]
    );
    for later in &mails[2..] {
        assert!(footer(later).starts_with("Still in trouble:\n* A feed\n\n"), "{later}");
        assert!(!footer(later).contains("404"), "{later}");
    }

    // It works, and breaks again: that is news.
    world.feed(GONE, []);
    digests(&mut world, 22..=24);
    world.web.forget(GONE);
    let mails = digests(&mut world, 25..=26);
    assert!(!footer(&mails[6]).contains("rouble"), "{}", mails[6]);
    assert!(footer(&mails[8]).contains("trouble:\n"), "{}", mails[8]);
    assert!(mails[7..].iter().any(|mail| footer(mail).contains("404")));
}

#[test]
fn a_feed_that_is_slow_to_answer_is_named() {
    let mut world = World::new(&format!(
        "feeds = [\"{RSS}\"]\nwatches = [\"port\"]\n[polling]\ntimeout = \"20s\"\n"
    ));
    world.answers_in(RSS, Duration::from_secs(12));
    let mails = digests(&mut world, 18..=18);
    assert!(
        footer(&mails[0]).starts_with("Slow to answer:\n* A feed (12 s)\n\n"),
        "{}",
        mails[0]
    );
    let status = world.status();
    assert_eq!(status.slow.len(), 1);
    assert_eq!(status.slow[0].answer_ms, Some(12_000));
    assert!(status.is_well, "it works");

    world.answers_in(RSS, Duration::from_secs(2));
    let mails = digests(&mut world, 19..=19);
    assert!(!footer(&mails[1]).contains("Slow"), "{}", mails[1]);
    assert_eq!(world.status().slow, []);
}
