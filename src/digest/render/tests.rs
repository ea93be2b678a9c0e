//! What a mail says, and what it never says.
#![allow(clippy::unwrap_used)]

use jiff::tz::TimeZone;

use super::*;
use crate::dedup::StoryId;
use crate::digest::Schedule;
use crate::digest::Snippet;

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
        change: None,
        is_late: false,
    }
}

fn content<'a>(recipient: &'a Recipient, entries: Vec<DigestEntry>) -> Content<'a> {
    Content {
        recipient,
        kind: Kind::Digest,
        sealed: "2026-03-18T11:00:00Z".parse().unwrap(),
        entries: entries.into_iter().map(|entry| (entry, Vec::new())).collect(),
        entries_max: 100,
        troubles: Vec::new(),
        gaps: Vec::new(),
        refused: Vec::new(),
        unsubscribe: "kabar@example.org".to_owned(),
    }
}

#[test]
fn the_subject_says_what_is_inside() {
    let ana = recipient("en");
    let two = content(&ana, vec![entry("A", &["Putin"]), entry("B", &["Ukraina"])]);
    assert_eq!(
        render(&two).unwrap().subject,
        "2 new: Ukraina, Putin (Wed 18 Mar)".replace("Ukraina, Putin", &names(&two))
    );
    let one = content(&ana, vec![entry("Fire in port", &["port"])]);
    assert_eq!(render(&one).unwrap().subject, "port: Fire in port (Wed 18 Mar)");
}

fn names(content: &Content<'_>) -> String {
    layout::watch_names(content.entries.iter().map(|(entry, _)| entry)).join(", ")
}

#[test]
fn a_story_under_two_watches_stands_once_with_the_other_named() {
    let ana = recipient("id");
    let rendered = render(&content(&ana, vec![entry("Dua presiden", &["Putin", "Ukraina"])])).unwrap();
    assert_eq!(rendered.text.matches("Dua presiden").count(), 1);
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
fn what_comes_from_a_feed_is_text_and_one_line() {
    let ana = recipient("en");
    let mut hostile = entry(
        "<script>alert(1)</script></td></table>{{ 7*7 }}\r\nBcc: x@example.org\u{202e}",
        &["Putin"],
    );
    hostile.link = Some("javascript:alert(1)".to_owned());
    hostile.outlet = "\"><img src=x onerror=alert(1)>".to_owned();
    let rendered = render(&content(&ana, vec![hostile])).unwrap();
    assert!(
        !rendered.html.contains("<script") && !rendered.html.contains("<img") && !rendered.html.contains("javascript:")
    );
    assert!(rendered.html.contains("{{ 7*7 }}") && !rendered.html.contains('\u{202e}'));
    assert!(!rendered.subject.contains(['\r', '\n']) && rendered.subject.chars().count() <= 122);
}

#[test]
fn five_thousand_stories_with_long_titles_are_one_small_mail() {
    let ana = recipient("en");
    let entries = (0..5000)
        .map(|n| entry(&format!("{n} {}", "& long ".repeat(1500)), &["Putin"]))
        .collect();
    let mut many = content(&ana, entries);
    for (entry, _) in &mut many.entries {
        entry.title.text.truncate(240);
    }
    let rendered = render(&many).unwrap();
    assert!(rendered.html.len() <= 80 * 1024, "{}", rendered.html.len());
    assert!(rendered.text.contains("more"), "the rest is counted");
}

#[test]
fn lines_of_text_are_at_most_72_columns_but_for_addresses() {
    let ana = recipient("en");
    let rendered = render(&content(&ana, vec![entry(&"word ".repeat(40), &["Putin"])])).unwrap();
    let long = rendered
        .text
        .lines()
        .find(|line| line.chars().count() > 72 && !line.contains("https://"));
    assert_eq!(long, None);
}
