//! The headers and the bytes of a message.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::mail::text_part;

fn rendered(subject: &str, text: &str) -> Rendered {
    Rendered {
        subject: subject.to_owned(),
        text: text.to_owned(),
        html: "<p>Hé</p>".to_owned(),
    }
}

fn parts<'a>(rendered: &'a Rendered, watches: &'a [String], references: &'a [String]) -> MessageParts<'a> {
    MessageParts {
        from: "kabar <kabar@example.org>",
        to: "Ana <ana@example.net>",
        recipient: "ana maria",
        id: "20260318T180000-abc",
        sealed: "2026-03-18T17:00:00Z".parse().unwrap(),
        kind: Kind::Digest,
        watches,
        references,
        rendered,
    }
}

fn built(parts: &MessageParts<'_>) -> String {
    let (first, envelope) = build(parts).unwrap();
    assert_eq!(first, build(parts).unwrap().0, "the same parts give the same bytes");
    assert_eq!(
        envelope,
        Envelope {
            from: "kabar@example.org".to_owned(),
            to: "ana@example.net".to_owned()
        }
    );
    String::from_utf8(first).unwrap()
}

/// The headers, unfolded (RFC 5322 section 2.2.3).
fn headers(message: &str) -> Vec<String> {
    let head = message.split("\r\n\r\n").next().unwrap();
    head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
}

#[test]
fn every_header_stands_once() {
    let watches = ["Putin".to_owned(), "Ukraina".to_owned()];
    let references = ["<a@example.org>".to_owned(), "<b@example.org>".to_owned()];
    let message = built(&parts(&rendered("1 new: Putin", "Hello"), &watches, &references));
    let mut found = headers(&message);
    found.sort();
    let mut expected = [
        "From: \"kabar\" <kabar@example.org>",
        "To: \"Ana\" <ana@example.net>",
        "Subject: 1 new: Putin",
        "Date: Wed, 18 Mar 2026 17:00:00 +0000",
        "Message-ID: <20260318T180000-abc@example.org>",
        "References: <a@example.org> <b@example.org>",
        "MIME-Version: 1.0",
        "List-Id: kabar digest <digest.kabar.example.org>",
        "List-Unsubscribe: <mailto:kabar@example.org?subject=unsubscribe%20ana%20maria>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "Precedence: bulk",
        "X-Kabar-Watch: Putin, Ukraina",
        "Content-Type: multipart/alternative; boundary=\"kabar-20260318T180000-abc\"",
    ];
    expected.sort_unstable();
    let quotes_gone = |line: &String| line.replace('"', "");
    let found: Vec<String> = found.iter().map(quotes_gone).collect();
    let expected: Vec<String> = expected.iter().map(|line| line.replace('"', "")).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_mail_about_one_watch_is_of_that_watchs_list() {
    for (watch, id) in [
        ("Putin", "<putin.watch.kabar.example.org>"),
        ("Ukraine war", "<ukraine-war.watch.kabar.example.org>"),
    ] {
        assert_eq!(list_of(watch), format!("kabar {watch} {id}"));
    }
    // What a label cannot hold is told apart by a hash.
    for (one, other) in [("Путин", "Путін"), ("C++", "C"), ("a b", "a-b")] {
        let (one, other) = (list_of(one), list_of(other));
        assert!(one.is_ascii() || one.contains("watch.kabar.example.org>"), "{one}");
        assert_ne!(one.split('<').nth(1), other.split('<').nth(1));
    }
    let long = list_of(&"long ".repeat(50));
    let label = long.split('<').nth(1).unwrap().split('.').next().unwrap();
    assert!(label.len() <= 63, "{long}");
}

fn list_of(watch: &str) -> String {
    let (rendered, watches) = (rendered("x", "Hello"), [watch.to_owned()]);
    list_id(&parts(&rendered, &watches, &[]), "example.org")
}

#[test]
fn a_list_in_another_script_is_a_phrase_of_encoded_words() {
    let watches = ["Путин \"и\" (Трамп), 普京".to_owned()];
    let message = built(&parts(&rendered("x", "Hello"), &watches, &[]));
    let list = headers(&message)
        .into_iter()
        .find(|line| line.starts_with("List-Id"))
        .unwrap();
    assert!(list.is_ascii() && list.contains("=?utf-8?b?"), "{list}");
    assert!(!list.contains(['"', '(', ',']), "{list}");
}

#[test]
fn a_line_break_makes_no_header() {
    let watches = ["a\r\nBcc: x@example.org".to_owned()];
    let message = built(&parts(&rendered("a\r\nBcc: x@example.org", "Hello"), &watches, &[]));
    assert!(!message.lines().any(|line| line.starts_with("Bcc")), "{message}");
}

#[test]
fn the_text_part_comes_back_however_it_is_encoded() {
    for text in [
        "Nguồn: Путин\n. a dot\nhttps://news.example/?a=1\n",
        "plain words\n.\nand a dot\n",
        "Путин сказал, что всё хорошо\n.\nПутин\n",
        "普京说\n",
        "ab\n",
        "普\n",
        "Путину 70\n",
    ] {
        let message = built(&parts(&rendered("x", text), &[], &[]));
        assert_eq!(text_part(message.as_bytes()).unwrap().trim_end(), text.trim_end());
    }
}

#[test]
fn a_mailbox_that_is_none_says_what_to_write() {
    assert!(check_mailbox("nobody").unwrap_err().contains("ana@example.org"));
    assert!(check_mailbox("a@b\r\nRCPT TO:<x@y>").is_err());
    assert_eq!(check_mailbox("Ana <ana@example.org>").unwrap(), "ana@example.org");
}
