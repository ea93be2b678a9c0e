//! The HTML part in mail programs.

use crate::letter::linter;
use crate::letter::markup;
use crate::world::World;
use crate::world::entry;

const TWO_FEEDS: &str = "feeds = [\"https://lrt.example/rss\", \"https://all.example/rss\", \"https://gone.example/rss\"]\n\
    watches = [\"port\", \"fire\", \"מרפא\"]";

/// A world whose next digest holds everything that a digest can hold.
fn full_world(language: &str) -> World {
    let mut world = World::new(&format!("language = \"{language}\"\n{TWO_FEEDS}"));
    let seen = "2026-03-18T05:30:00Z";
    let long = format!("<p>Port {}</p>", "workers ".repeat(80));
    world.feed(
        "https://lrt.example/rss",
        [
            entry("https://news.example/fire-2026", "Fire in port")
                .published(seen)
                .body(&long),
            entry("https://news.example/rtl", "מרפא בנמל")
                .published(seen)
                .body("<p>טקסט מרפא עברית</p>"),
            entry("https://news.example/bare-2026", "port").published(seen),
        ],
    );
    world.feed(
        "https://all.example/rss",
        [
            entry("https://news.example/fire-2026?utm_source=rss", "Port fire").published(seen),
            entry("https://copy.example/ship-2026", "Ship in port")
                .published(seen)
                .body("<p>A port text.</p><p>Sumber: <a href=\"https://first.example/ship-2026\">https://first.example/ship-2026</a></p>"),
        ],
    );
    world.run_until("2026-03-18T17:59:00Z");
    world
}

#[test]
fn the_html_part_uses_only_what_mail_programs_support() {
    for language in ["en", "id"] {
        let preview = full_world(language).preview();
        assert_eq!(linter::findings(&preview.html), [""; 0], "{}", preview.html);
        let said = [
            "original:",
            "aslinya:",
            "also in",
            "juga di",
            "also found by",
            "juga ditemukan",
            "404",
        ];
        assert!(
            said.iter().filter(|words| preview.html.contains(*words)).count() >= 4,
            "{}",
            preview.html
        );
    }
}

#[test]
fn a_number_stays_behind_a_name_that_is_written_from_right_to_left() {
    let text = full_world("en").preview().text;
    assert!(text.contains("· \u{2068}מרפא\u{2069} 1"), "{text}");
}

#[test]
fn links_read_on_dark_surfaces_too() {
    let document = markup::read(&full_world("en").preview().html).unwrap();
    assert!(
        document.styles.contains("prefers-color-scheme:dark"),
        "{}",
        document.styles
    );
    let colored = document.elements.iter().filter(|element| {
        let style = element.attribute("style").unwrap_or_default();
        style.split(';').any(|declaration| declaration.starts_with("color:"))
    });
    assert!(colored.count() > 3);
}

#[test]
fn both_parts_say_the_same() {
    let preview = full_world("en").preview();
    let document = markup::read(&preview.html).unwrap();
    let squeezed = |text: &str| -> String {
        let shown = text
            .replace(['*', '\u{2068}', '\u{2069}', '\u{200b}'], "")
            .replace('\u{a0}', " ");
        shown.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (html, text) = (
        squeezed(&document.text.replacen(&preview.subject, "", 1)),
        squeezed(&preview.text),
    );
    for word in html.split(' ') {
        assert!(text.contains(word), "the text part lacks {word:?}: {text}");
    }
    for link in document.elements.iter().filter_map(|element| element.attribute("href")) {
        let link = link
            .strip_prefix("mailto:")
            .map_or(link, |address| address.split('?').next().unwrap());
        assert!(
            preview.text.contains(link),
            "the text part lacks {link}: {}",
            preview.text
        );
    }
}

#[test]
fn the_original_is_shown_and_not_the_copy_that_matched_first() {
    let mut world = World::new(TWO_FEEDS);
    let seen = "2026-03-18T05:30:00Z";
    let copy = entry("https://copy.example/ship-2026", "A ship, copied")
        .published(seen)
        .body("<p>A port text.</p><p>Source: <a href=\"https://first.example/ship-2026\">https://first.example/ship-2026</a></p>");
    world.feed("https://lrt.example/rss", [copy]);
    world.feed("https://all.example/rss", []);
    world.run_until("2026-03-18T12:00:00Z");
    world.feed(
        "https://all.example/rss",
        [entry("https://first.example/ship-2026", "A ship, first hand")
            .published(seen)
            .body("<p>In port.</p>")],
    );
    world.run_until("2026-03-18T17:59:00Z");

    let text = world.preview().text;
    assert!(text.contains("* A ship, first hand\n"), "{text}");
    assert!(
        text.contains("  https://first.example/ship-2026\n  also in A feed\n    https://copy.example/ship-2026\n"),
        "{text}"
    );
    assert!(!text.contains("Source:"), "{text}");
}

#[test]
fn a_translation_that_matched_stays_and_names_the_original() {
    let mut world = World::new(TWO_FEEDS);
    let seen = "2026-03-18T05:30:00Z";
    let translation = entry("https://copy.example/ship-2026", "A ship in port")
        .published(seen)
        .body("<p>Nguồn: <a href=\"https://first.example/tau-2026\">https://first.example/tau-2026</a></p>");
    let original = entry("https://first.example/tau-2026", "Tàu cập cảng").published(seen);
    world.feed("https://lrt.example/rss", [translation]);
    world.feed("https://all.example/rss", [original]);
    world.run_until("2026-03-18T17:59:00Z");

    let text = world.preview().text;
    assert!(text.contains("* A ship in port\n"), "{text}");
    assert!(
        text.contains("  original: A feed\n    https://first.example/tau-2026\n"),
        "{text}"
    );
    assert!(!text.contains("also in"), "{text}");
}

#[test]
fn a_story_revised_before_its_mail_is_told_as_it_is_now() {
    let mut world = World::new(TWO_FEEDS);
    let seen = "2026-03-18T05:30:00Z";
    let told = |title: &str| [entry("https://news.example/fire-2026", title).published(seen)];
    world.feed("https://lrt.example/rss", told("Smoke in port"));
    world.run_until("2026-03-18T12:00:00Z");
    world.feed("https://lrt.example/rss", told("Fire in port, two hurt"));
    world.run_until("2026-03-18T17:59:00Z");

    let text = world.preview().text;
    assert!(text.contains("* Fire in port, two hurt\n"), "{text}");
    assert!(text.contains("(updated; the title was: Smoke in port)"), "{text}");
}

const ONE_FEED: &str = "feeds = [\"https://lrt.example/rss\"]\nwatches = [\"port\"]";

/// Runs the daemon around the slots of these days of March, and not between.
fn run_through(world: &mut World, days: std::ops::RangeInclusive<u32>) {
    for day in days {
        world.sleep_until(&format!("2026-03-{day:02}T17:55:00Z"));
        world.run_until(&format!("2026-03-{day:02}T18:01:00Z"));
    }
}

#[test]
fn a_week_of_silence_is_broken_by_a_sign_of_life() {
    for (setting, mails) in [
        ("", 1),
        ("send_empty = \"weekly\"", 1),
        ("send_empty = false", 0),
        ("send_empty = true", 13),
    ] {
        let mut world = World::new(ONE_FEED);
        world.mail_settings(setting);
        world.feed("https://lrt.example/rss", []);
        run_through(&mut world, 19..=31);
        assert_eq!(world.mails().len(), mails, "{setting}");
        let is_empty = |mail: &String| mail.contains("Nothing matched your watches.");
        assert!(world.mails().iter().all(is_empty), "{:?}", world.mails());
    }
}

#[test]
fn a_mail_with_news_is_a_sign_of_life_too() {
    let mut world = World::new(ONE_FEED);
    world.feed("https://lrt.example/rss", []);
    run_through(&mut world, 18..=22);
    world.feed(
        "https://lrt.example/rss",
        [entry("https://news.example/fire-2026", "Fire in port")],
    );
    run_through(&mut world, 23..=29);
    assert_eq!(world.mails().len(), 1, "{:?}", world.mails());
    run_through(&mut world, 30..=30);
    assert_eq!(world.mails().len(), 2, "a week after the news");
}
