//! Stories that say nearly the same on other sites stand behind "also in": grouped, never dropped and never joined.

use crate::world::World;
use crate::world::entry;

const CONFIGURATION: &str =
    "feeds = [\"https://gazette.example/rss\", \"https://courier.example/rss\"]\nwatches = [\"harbour\"]";
const GAZETTE: &str = "https://gazette.example/rss";
const COURIER: &str = "https://courier.example/rss";
const PUBLISHED: &str = "2026-03-18T05:30:00Z";
const TEXT: &str = "The old harbour bridge at Tarrow opened again to traffic on Monday morning after two years of repairs that cost \
    far more than the city had planned. Cars, buses and bicycles crossed from both sides shortly after six, while a brass \
    band from the shipyard played on the northern pier. Engineers had found cracks in eleven of the main girders during a \
    routine inspection, and the council closed the crossing the same evening.";

/// What both papers say.
fn world(gazette: &str, courier: &str) -> World {
    let mut world = World::new(CONFIGURATION);
    let told = |link: &str, title: &str, body: &str| entry(link, title).body(body).published(PUBLISHED);
    world.feed(
        GAZETTE,
        [told(
            "https://gazette.example/2026/harbour-bridge-opens",
            "Bridge opens",
            gazette,
        )],
    );
    world.feed(
        COURIER,
        [told(
            "https://courier.example/news/tarrow-celebrates-its-bridge",
            "Tarrow celebrates",
            courier,
        )],
    );
    world
}

fn times(mail: &str, words: &str) -> usize {
    mail.matches(words).count()
}

#[test]
fn an_excerpt_on_another_site_stands_behind_also_in() {
    let excerpt: String = TEXT.split_whitespace().take(40).collect::<Vec<_>>().join(" ");
    let mut world = world(TEXT, &excerpt);

    world.run_until("2026-03-18T18:01:00Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    let titles = times(&mails[0], "Bridge opens") + times(&mails[0], "Tarrow celebrates");
    assert_eq!((titles, times(&mails[0], "also in")), (1, 1), "{}", mails[0]);
    assert_eq!(world.store.story_count().unwrap(), 2, "grouped, not joined");
    world.run_until("2026-03-20T18:01:00Z");
    assert_eq!(world.mails().len(), 1, "what was grouped is told");
}

#[test]
fn a_site_that_no_watch_found_stands_behind_also_in() {
    let mut world = world(TEXT, &TEXT.replace("harbour ", ""));

    world.run_until("2026-03-18T18:01:00Z");

    let mails = world.mails();
    assert_eq!(times(&mails[0], "also in"), 1, "{}", mails[0]);
}

#[test]
fn reports_of_two_days_stand_for_themselves() {
    let report = |day: u32, level: u32| {
        format!(
            "The water in the harbour of Tarrow stood {level} centimetres above the mark on day {day} of the measurements. {TEXT}"
        )
    };
    let mut world = world(&report(12, 340), &report(13, 355));

    world.run_until("2026-03-18T18:01:00Z");

    let mails = world.mails();
    let titles = [times(&mails[0], "Bridge opens"), times(&mails[0], "Tarrow celebrates")];
    assert_eq!((titles, times(&mails[0], "also in")), ([1, 1], 0), "{}", mails[0]);
}
