//! What a mail says, and what it never says.
#![allow(clippy::unwrap_used)]

use jiff::tz::TimeZone;

use super::*;
use crate::dedup::StoryId;
use crate::digest::AlsoIn;
use crate::digest::Change;
use crate::digest::Schedule;
use crate::digest::Snippet;
use crate::digest::Update;

fn recipient(language: &str) -> Recipient {
    Recipient {
        name: "ana".to_owned(),
        mailbox: "Ana <ana@example.org>".to_owned(),
        digest: Schedule::default(),
        alerts_at_most_every: std::time::Duration::ZERO,
        quiet: None,
        timezone: TimeZone::get("Asia/Jakarta").unwrap(),
        language: language.to_owned(),
    }
}

fn entry(title: &str, watches: &[&str]) -> DigestEntry {
    let seen: Timestamp = "2026-03-18T05:30:00Z".parse().unwrap();
    DigestEntry {
        recipient: "ana".to_owned(),
        kind: Kind::Digest,
        story: StoryId::new(seen, title),
        watches: watches.iter().map(|watch| (*watch).to_owned()).collect(),
        title: Snippet {
            text: title.to_owned(),
            highlights: Vec::new(),
        },
        link: Some("https://news.example/a".to_owned()),
        outlet: "Antara".to_owned(),
        published: Some(seen),
        seen,
        snippet: Snippet {
            text: "Vladimir Putin berbicara".to_owned(),
            highlights: std::iter::once(9..14).collect(),
        },
        is_update: false,
        is_late: false,
        late_since: None,
        update: None,
        also_in: Vec::new(),
        language: Some("id-ID".to_owned()),
        original: None,
    }
}

fn entry_at(title: &str, watch: &str, seen: &str) -> DigestEntry {
    DigestEntry {
        published: None,
        seen: seen.parse().unwrap(),
        ..entry(title, &[watch])
    }
}

fn content<'a>(recipient: &'a Recipient, entries: Vec<DigestEntry>) -> Content<'a> {
    Content {
        recipient,
        kind: Kind::Digest,
        sealed: "2026-03-18T11:00:00Z".parse().unwrap(),
        entries,
        entries_max: 100,
        feeds: 3,
        troubles: Vec::new(),
        gaps: Vec::new(),
        slow: Vec::new(),
        refused: Vec::new(),
        waiting: Vec::new(),
        unsubscribe: "kabar@example.org".to_owned(),
    }
}

fn rendered(content: &Content<'_>) -> Rendered {
    render(content, &Templates::default()).unwrap()
}

/// The digest of these entries in English.
fn digest(entries: Vec<DigestEntry>) -> Rendered {
    rendered(&content(&recipient("en"), entries))
}

#[test]
fn the_subject_says_what_is_inside() {
    let two = vec![
        entry_at("A", "Putin", "2026-03-18T05:00:00Z"),
        entry_at("B", "Ukraina", "2026-03-18T04:00:00Z"),
    ];
    assert_eq!(digest(two).subject, "2 new: Putin, Ukraina (Wed 18 Mar)");
    let one = vec![entry("Fire in port", &["port"])];
    assert_eq!(digest(one).subject, "port: Fire in port (Wed 18 Mar)");
    assert_eq!(digest(Vec::new()).subject, "Nothing new (Wed 18 Mar)");
}

#[test]
fn a_long_subject_keeps_its_day() {
    let long = digest(vec![entry(&"word ".repeat(60), &["port"])]).subject;
    assert!(
        long.ends_with("word… (Wed 18 Mar)") && long.chars().count() <= 120,
        "{long}"
    );
    let watches: Vec<DigestEntry> = (0..50)
        .map(|n| entry_at("x", &format!("watch number {n}"), &format!("2026-03-18T05:00:{n:02}Z")))
        .collect();
    let many = digest(watches).subject;
    assert!(many.starts_with("50 new: watch number 49, "), "{many}");
    assert!(
        many.ends_with(" +45 (Wed 18 Mar)") && many.chars().count() <= 120,
        "{many}"
    );
}

#[test]
fn a_burst_of_alerts_says_how_many_in_what_time() {
    let ana = recipient("en");
    let entries = (0..41).map(|n| entry_at("x", "Putin", &format!("2026-03-18T10:50:{n:02}Z")));
    let mut burst = content(&ana, entries.collect());
    burst.kind = Kind::Alert;
    assert_eq!(rendered(&burst).subject, "Putin: 41 stories in 10 min");
    burst.entries[40].seen = "2026-03-18T02:10:00Z".parse().unwrap();
    assert_eq!(rendered(&burst).subject, "Putin: 41 stories in 9 h");
    burst.entries.truncate(1);
    assert_eq!(rendered(&burst).subject, "Alert: Putin: x");
}

#[test]
fn a_story_under_two_watches_stands_once_with_the_other_named() {
    let rendered = rendered(&content(
        &recipient("id"),
        vec![entry("Dua presiden", &["Putin", "Ukraina"])],
    ));
    assert_eq!(rendered.text.matches("Dua presiden").count(), 1);
    assert_eq!(rendered.html.matches("Dua presiden</a>").count(), 1);
    assert!(
        rendered.text.contains("juga ditemukan oleh Ukraina"),
        "{}",
        rendered.text
    );
    assert!(rendered.html.contains("<b>Putin</b>"), "{}", rendered.html);
    assert!(
        rendered.text.contains("Rab 18 Mar 12:30"),
        "local time: {}",
        rendered.text
    );
}

#[test]
fn stories_stand_newest_first_whatever_a_feed_dates_into_the_future() {
    let future = DigestEntry {
        published: Some("9999-01-01T00:00:00Z".parse().unwrap()),
        ..entry_at("Third", "port", "2026-03-18T03:00:00Z")
    };
    let text = digest(vec![
        entry_at("Second", "port", "2026-03-18T04:00:00Z"),
        future,
        entry_at("First", "port", "2026-03-18T05:00:00Z"),
    ])
    .text;
    let places: Vec<usize> = ["First", "Second", "Third"]
        .map(|title| text.find(title).unwrap())
        .into();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn other_places_are_linked_in_both_parts() {
    let place = |outlet: &str, link: Option<&str>| AlsoIn {
        outlet: outlet.to_owned(),
        link: link.map(str::to_owned),
    };
    let told = DigestEntry {
        also_in: vec![
            place("Kompas", Some("https://kompas.example/b")),
            place("Tempo", None),
            place("Evil", Some("javascript:alert(1)")),
        ],
        original: Some(place("vnexpress.example", Some("https://vnexpress.example/c"))),
        ..entry("Fire", &["port"])
    };
    let Rendered { text, html, .. } = digest(vec![told]);
    assert!(
        text.contains("  also in Kompas, Tempo, Evil\n    https://kompas.example/b\n"),
        "{text}"
    );
    assert!(
        text.contains("  original: vnexpress.example\n    https://vnexpress.example/c\n"),
        "{text}"
    );
    assert!(
        html.contains("href=\"https://kompas.example/b\"") && html.contains(">Kompas</a>"),
        "{html}"
    );
    assert!(html.contains("href=\"https://vnexpress.example/c\""), "{html}");
    assert!(!html.contains("javascript:") && !text.contains("javascript:"));
}

#[test]
fn the_text_part_is_a_page_to_read() {
    let told = DigestEntry {
        outlet: "الجزيرة".to_owned(),
        is_late: true,
        also_in: vec![AlsoIn {
            outlet: "Kompas".to_owned(),
            link: Some("https://kompas.example/b".to_owned()),
        }],
        ..entry(
            "Putin dan Zelenskyy sepakat bertemu di Jakarta pada bulan depan, kata Kremlin",
            &["Putin"],
        )
    };
    assert_eq!(
        digest(vec![told]).text,
        "Wed 18 Mar 2026, 18:00\n\
         1 new · Putin 1\n\
         \n\
         Putin\n\
         =====\n\
         \n\
         * Putin dan Zelenskyy sepakat bertemu di Jakarta pada bulan depan, kata\n  \
           Kremlin\n  \
           \u{2068}الجزيرة\u{2069} · news.example · Wed 18 Mar 12:30\n  \
           Vladimir *Putin* berbicara\n  \
           (late: an earlier mail could not be delivered)\n  \
           https://news.example/a\n  \
           also in Kompas\n    \
             https://kompas.example/b\n\
         \n\
         -- \n\
         You get this mail because kabar watches the news for you. To stop it,\n\
         write to kabar@example.org or ask whoever runs kabar.\n"
    );
}

#[test]
fn a_story_in_another_language_says_so_to_screen_readers() {
    let html = |language: &str| {
        digest(vec![DigestEntry {
            language: Some(language.to_owned()),
            ..entry("Fire", &["port"])
        }])
        .html
    };
    assert!(html("id-ID").contains("<li lang=\"id-ID\" "));
    for same_or_none in ["en-GB", "EN", "", "\"><script>", "en us"] {
        assert!(!html(same_or_none).contains("<li lang"), "{same_or_none}");
    }
}

#[test]
fn an_update_says_what_changed_and_late_mail_that_it_is_late() {
    let told = |update: Option<Update>| {
        digest(vec![DigestEntry {
            is_update: true,
            is_late: true,
            update,
            ..entry("Fire in port", &["port"])
        }])
        .text
    };
    let revised = |title: &str, before: &str, after: &str| {
        let change = Change::between((title, before), ("Fire in port", after));
        told(Some(Update::Revision(change)))
    };
    let same = "Fire in port";
    for (text, said) in [
        (
            revised("Smoke in port", "a", "b"),
            "(updated; the title was: Smoke in port)",
        ),
        (revised(same, "", ""), "(updated: its text has changed)"),
        (revised(same, "", "Two hurt."), "(updated; new in it: Two hurt.)"),
        (revised(same, "Two hurt.", ""), "(updated; no longer in it: Two hurt.)"),
        (
            revised(same, "Two {after} hurt.", "Six hurt."),
            "(updated; it said: Two {after} - and now: Six)",
        ),
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(told(Some(Update::Sighting)).contains("(seen before, now in Antara)"));
    assert!(told(None).contains("(seen before, now also found by this watch)"));
    assert!(told(None).contains("(late: an earlier mail could not be delivered)"));
}

#[test]
fn what_does_not_fit_is_counted_per_watch() {
    let ana = recipient("en");
    let entries = (0..12).map(|n| entry_at("x", ["a", "b"][n % 2], &format!("2026-03-18T05:00:{n:02}Z")));
    let mut many = content(&ana, entries.collect());
    many.entries_max = 3;
    let Rendered { text, html, .. } = rendered(&many);
    assert!(text.contains("12 new · b 6 · a 6"), "{text}");
    assert!(
        text.contains("and 9 more: a 5, b 4") && html.contains("and 9 more: a 5, b 4"),
        "{text}"
    );
}

#[test]
fn the_footer_names_what_does_not_work() {
    let ana = recipient("en");
    let mut troubled = content(&ana, Vec::new());
    troubled.troubles = vec![Trouble {
        feed: "news.example".to_owned(),
        since: Some("2026-03-17T05:30:00Z".parse().unwrap()),
        reason: "404 Not Found; check the address".to_owned(),
        is_told: false,
    }];
    troubled.slow = vec![Slow {
        feed: "Antara".to_owned(),
        answer_time: Duration::from_millis(22_400),
    }];
    troubled.gaps = vec!["Kompas".to_owned()];
    troubled.refused = vec!["3 new: port: 550 no such user".to_owned()];
    troubled.waiting = vec![Waiting {
        sealed: "2026-03-17T05:30:00Z".parse().unwrap(),
        reason: "451 try again later".to_owned(),
    }];
    let Rendered { text, html, .. } = rendered(&troubled);
    for part in [&text, &html] {
        for said in [
            "Nothing matched your watches. kabar keeps watching: 3 feeds, 1 in trouble.",
            "404 Not Found; check the address",
            "last worked Tue 17 Mar 12:30",
            "Kompas",
            "Antara (22 s)",
            "550 no such user",
            "Tue 17 Mar 12:30: 451 try again later",
            "kabar@example.org",
        ] {
            let part = part.replace('\n', " ").replace("   ", " ").replace("  ", " ");
            assert!(part.contains(said), "{said}: {part}");
        }
    }
    assert!(text.contains("\n-- \n"), "a signature mark before the footer: {text}");
}

#[test]
fn trouble_that_an_earlier_mail_told_of_is_one_line() {
    let ana = recipient("en");
    let mut troubled = content(&ana, Vec::new());
    let told = |n: usize| Trouble {
        feed: format!("Feed {n}"),
        since: None,
        reason: "404 Not Found".to_owned(),
        is_told: true,
    };
    troubled.troubles = (1..=30).map(told).collect();
    let Rendered { text, html, .. } = rendered(&troubled);
    assert_eq!(
        text.split_once("\n-- \n").unwrap().1,
        "Still in trouble:\n\
         * Feed 1, Feed 2, Feed 3, Feed 4, Feed 5 and 25 more\n\
         \n\
         You get this mail because kabar watches the news for you. To stop it,\n\
         write to kabar@example.org or ask whoever runs kabar.\n"
    );
    assert!(!html.contains("404"), "{html}");
}

#[test]
fn lines_of_text_are_at_most_72_columns_but_for_addresses() {
    let long = entry(&"word ".repeat(40), &["Putin"]);
    let chinese = entry(&"俄罗斯总统普京".repeat(20), &["Putin"]);
    let rendered = digest(vec![long, chinese]);
    let wide = rendered
        .text
        .lines()
        .find(|line| crate::digest::glyphs::width(line) > 72 && !line.contains("https://"));
    assert_eq!(wide, None);
}

#[test]
fn a_hundred_stories_are_all_shown_and_the_mail_stays_small() {
    let body = "Presiden Vladimir Putin berbicara di depan parlemen tentang gencatan senjata. ".repeat(4);
    let entries = (0..100).map(|n| DigestEntry {
        snippet: snippet::cut(&body, &[], 280),
        link: Some(format!(
            "https://www.news.example/world/europe/a-headline-of-usual-length-{n}-2026-03-18/"
        )),
        ..entry_at(
            &format!("A headline of usual length about what happened, number {n}"),
            "Putin",
            "2026-03-18T05:00:00Z",
        )
    });
    let Rendered { text, html, .. } = digest(entries.collect());
    assert_eq!(html.matches("<li ").count(), 100);
    assert_eq!(text.matches("\n* ").count(), 100);
    assert!(html.len() <= 80_000, "{}", html.len());
    assert!(html.contains("Presiden Vladimir"), "snippets shrink, and are not gone");
}
