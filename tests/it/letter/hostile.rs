//! Feeds that try to break out of the mail (markup, headers, links, invisible and reordering characters, sheer size).

use std::fmt::Write as _;

use kabar::dedup::StoryId;
use kabar::digest::AlsoIn;
use kabar::digest::Change;
use kabar::digest::DigestEntry;
use kabar::digest::Kind;
use kabar::digest::Recipient;
use kabar::digest::Schedule;
use kabar::digest::Snippet;
use kabar::digest::Templates;
use kabar::digest::Update;
use kabar::digest::render::Content;
use kabar::digest::render::Rendered;
use kabar::digest::render::Slow;
use kabar::digest::render::Trouble;
use kabar::digest::render::Waiting;
use kabar::digest::render::render;
use proptest::prelude::*;

use crate::letter::linter;
use crate::letter::markup;
use crate::world::Story;
use crate::world::World;
use crate::world::entry;

const FEED: &str = "https://hostile.example/rss";
/// Bytes of a title.
const TITLE_BYTES: usize = 10 * 1024;

const TITLES: [&str; 16] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)><svg onload=alert(1)>",
    "</a></p></li></ul></td></tr></table><h1>Forged</h1>",
    "\" onmouseover=\"alert(1)\" x=\"",
    "' style='position:fixed",
    "{{ 7*7 }}{% for x in range(1000000) %}{{ subject }}{% endfor %}{{ self }}",
    "a\r\nBcc: victim@example.org\r\n\r\nforged body",
    "a\nX-Forged: yes\n\n.\n",
    "=?utf-8?Q?=0D=0ABcc:_victim=40example.org?=",
    "\u{202e}gnp.exe\u{202c} \u{2067}isolate\u{2069} \u{200b}hidden\u{feff}\u{ad}",
    "\u{2028}line\u{2029}paragraph\u{85}next\u{b}tab",
    "--kabar-digest boundary --",
    "&lt;script&gt;alert(1)&lt;/script&gt; &amp;#60; &#x3c;b&#x3e;",
    "<!--><style>@import url(https://evil.example/x.css)</style><base href=https://evil.example/>",
    "-- \nYou get this mail because somebody else sends it.",
    "]]></title><meta http-equiv=refresh content=0;url=https://evil.example/>",
];
const LINKS: [&str; 14] = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "https://news.example/\"><b onclick=alert(1)>",
    "https://news.example/a b'c<d>e`f",
    "https://user:secret@news.example/a",
    "https://news.example@evil.example/a",
    "https://xn--pple-43d.example/a",
    "https://аpple.example/a",
    "mailto:victim@example.org?bcc=all@example.org",
    "https://news.example/{{ 7*7 }}",
];

fn hostile(n: usize) -> Story {
    let title = TITLES[n % TITLES.len()];
    let mut long = format!("port {n} {title} ");
    let tower = "\u{334}\u{488}".repeat(40);
    while long.len() < TITLE_BYTES {
        write!(long, "{title} Z{tower} {} ", "W".repeat(n % 97)).unwrap();
    }
    let link = match n % 3 {
        0 => format!("{}-{n}", LINKS[n / 3 % LINKS.len()]),
        1 => format!("https://news.example/story-{n}-about-a-port"),
        _ => format!("https://news.example/{}{n}", "long/".repeat(n % 40 * 100)),
    };
    Story {
        link,
        title: long.clone(),
        body: format!("<p>{title} port {title}</p>"),
        published: Some("2026-03-18T05:30:00Z".to_owned()),
        id: None,
    }
}

/// Stories of one feed: more with such titles would be refused for their size.
const STORIES_OF_FEED: usize = 250;

/// 5,000 stories take a minute without optimisation, mostly in reading the feeds; the mail shows at most 100 of either number.
fn feeds() -> usize {
    if is_thorough() { 20 } else { 2 }
}

fn is_thorough() -> bool {
    std::env::var_os("KABAR_THOROUGH").is_some()
}

/// A world in which everything is hostile, before its first digest.
fn hostile_world() -> World {
    let urls: Vec<String> = (0..feeds())
        .map(|n| format!("https://hostile-{n}.example/rss"))
        .collect();
    let mut world = World::new(&format!("feeds = {urls:?}\nwatches = [\"port\"]"));
    for (index, url) in urls.iter().enumerate() {
        let first = index * STORIES_OF_FEED;
        world.feed(url, (first..first + STORIES_OF_FEED).map(hostile));
    }
    world.run_until("2026-03-18T17:59:00Z");
    let stored = world.store.story_count().unwrap();
    assert!(
        stored > feeds() as u64 * 240,
        "{stored}: stories with a link of their own are kept apart"
    );
    world
}

#[test]
fn a_flood_of_hostile_stories_is_one_small_mail_in_which_nothing_is_forged() {
    let mut world = hostile_world();
    let preview = world.preview();
    if let Some(folder) = std::env::var_os("KABAR_KEEP_MAIL") {
        std::fs::write(std::path::Path::new(&folder).join("hostile.html"), &preview.html).unwrap();
        std::fs::write(std::path::Path::new(&folder).join("hostile.txt"), &preview.text).unwrap();
    }

    assert!(preview.html.len() <= 80_000, "{}", preview.html.len());
    nothing_is_forged_in(&preview.html);
    assert_eq!(linter::findings(&preview.html), [""; 0]);
    assert!(preview.subject.chars().all(|c| !c.is_control()) && preview.subject.chars().count() <= 120);
    assert!(!preview.text.contains("(updated"), "nothing was revised");
    assert_eq!(preview.text.matches("\n-- \n").count(), 1, "one signature mark");

    world.run_until("2026-03-18T18:01:00Z");
    let mails = world.mailer.delivered();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].len() < 100_000, "{}", mails[0].len());
    no_header_is_forged_in(&String::from_utf8(mails[0].clone()).unwrap());
}

/// The elements and their number are what the template makes; every address is one that may be clicked.
fn nothing_is_forged_in(html: &str) {
    let document = markup::read(html).unwrap_or_else(|reason| panic!("{reason}"));
    let count = |name: &str| document.elements.iter().filter(|element| element.name == name).count();
    assert_eq!(
        [count("table"), count("tr"), count("h1"), count("h2"), count("ul")],
        [1, 3, 1, 1, 1]
    );
    assert!((50..=100).contains(&count("li")), "{}", count("li"));
    let known = [
        "href",
        "style",
        "dir",
        "lang",
        "role",
        "align",
        "width",
        "cellpadding",
        "cellspacing",
        "border",
        "charset",
        "name",
        "content",
    ];
    for element in &document.elements {
        for (name, value) in &element.attributes {
            assert!(known.contains(&name.as_str()), "{name}={value}");
            let is_web = ["https://", "http://"].iter().any(|scheme| value.starts_with(scheme));
            if name == "href" && !is_web {
                assert_eq!(value, "mailto:kabar@example.org?subject=unsubscribe");
            }
            if name == "href" {
                let host = value.split('/').nth(2).unwrap_or_default();
                assert!(
                    !host.contains('@') && value.is_ascii() && value.len() <= 2048,
                    "{value}"
                );
            }
        }
    }
    let hidden = document.text.chars().find(|c| {
        matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
            || (c.is_control() && *c != '\n')
    });
    assert_eq!(hidden, None);
    assert!(document.text.contains("<script>alert(1)</script>") && document.text.contains("{{ 7*7 }}"));
}

fn no_header_is_forged_in(mail: &str) {
    let (head, _) = mail.split_once("\r\n\r\n").unwrap();
    let names: Vec<String> = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| {
            line.split_once(':')
                .unwrap_or_else(|| panic!("no header: {line}"))
                .0
                .to_ascii_lowercase()
        })
        .collect();
    for name in [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
    ] {
        assert_eq!(names.iter().filter(|known| *known == name).count(), 1, "{name}");
    }
    for forged in ["bcc", "x-forged", "cc", "reply-to"] {
        assert!(!names.iter().any(|name| name == forged), "{forged}");
    }
    let long = mail
        .split("\r\n")
        .find(|line| line.len() > 998 || line.contains(['\r', '\n']));
    assert_eq!(long, None, "RFC 5322 section 2.1.1");
    // A title may begin a line with "--kabar-": the rest of the boundary is the delivery's id.
    let boundary = head.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next());
    let boundary = boundary.filter(|boundary| boundary.starts_with("kabar-")).unwrap();
    let parts = mail.matches(&format!("\r\n--{boundary}")).count();
    assert_eq!(parts, 3, "two parts and the end");
}

/// The mail that one story makes, whatever is in it.
fn mail_of(texts: &[String; 5], at: (usize, usize)) -> Rendered {
    let [title, body, outlet, link, watch] = texts.clone();
    let highlighted = |text: String| {
        let (a, b) = (at.0.min(at.1), at.0.max(at.1));
        let highlight = text.floor_char_boundary(a)..text.floor_char_boundary(b);
        Snippet {
            text,
            highlights: vec![highlight],
        }
    };
    let seen = jiff::Timestamp::UNIX_EPOCH;
    let place = AlsoIn {
        outlet: outlet.clone(),
        link: Some(link.clone()),
    };
    let told = DigestEntry {
        recipient: "me".to_owned(),
        kind: Kind::Digest,
        story: StoryId::new(seen, "a"),
        watches: vec![watch, title.clone()],
        title: highlighted(title.clone()),
        link: Some(link),
        outlet,
        published: None,
        seen,
        snippet: highlighted(body.clone()),
        is_update: true,
        is_late: true,
        late_since: None,
        update: Some(Update::Revision(Change::between((&title, ""), ("", "")))),
        also_in: vec![place.clone()],
        language: Some(body.clone()),
        original: Some(place),
    };
    let changed = DigestEntry {
        update: Some(Update::Revision(Change::between(("", &title), ("", &body)))),
        ..told.clone()
    };
    let recipient = me();
    let content = Content {
        recipient: &recipient,
        kind: Kind::Digest,
        sealed: seen,
        entries: vec![told, changed],
        entries_max: 100,
        feeds: 1,
        troubles: vec![Trouble {
            feed: body.clone(),
            since: None,
            reason: body.clone(),
            is_told: title.len().is_multiple_of(2),
        }],
        gaps: vec![body.clone()],
        slow: vec![Slow {
            feed: body.clone(),
            answer_time: std::time::Duration::MAX,
        }],
        refused: vec![body.clone()],
        waiting: vec![Waiting {
            sealed: seen,
            reason: body,
        }],
        unsubscribe: "kabar@example.org".to_owned(),
    };
    render(&content, &Templates::default()).unwrap()
}

fn me() -> Recipient {
    Recipient {
        name: "me".to_owned(),
        mailbox: "me@example.org".to_owned(),
        digest: Schedule::default(),
        alerts_at_most_every: std::time::Duration::ZERO,
        quiet: None,
        timezone: jiff::tz::TimeZone::UTC,
        language: "en".to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if is_thorough() { 10_000 } else { 128 }))]

    #[test]
    fn whatever_a_story_holds_its_mail_is_clear(texts: [String; 5], prefix in "(https://[a-z]{1,9}[./]|[<&\"'a-z ]{0,9})", a in 0usize..50, b in 0usize..50) {
        let texts = texts.map(|text| format!("{prefix}{text}"));
        let Rendered { subject, text, html } = mail_of(&texts, (a, b));
        prop_assert_eq!(linter::findings(&html), [""; 0]);
        prop_assert!(subject.chars().count() <= 120 && !subject.chars().any(char::is_control), "{}", subject);
        for line in text.lines() {
            prop_assert!(line.contains("://") || line.chars().filter(|c| !is_mark(*c)).count() <= 72, "{}", line);
            prop_assert!(!line.chars().any(char::is_control), "{:?}", line);
        }
    }
}

/// Takes no column: marks, joiners and isolates.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{2066}'..='\u{2069}') || unicode_normalization::char::is_combining_mark(c)
}

#[test]
fn a_host_that_only_looks_like_another_is_spelled_out() {
    let mut world = World::new(&format!("feeds = [\"{FEED}\"]\nwatches = [\"port\"]"));
    world.feed(
        FEED,
        [entry("https://аpple.example/a-port", "port").published("2026-03-18T05:30:00Z")],
    );
    world.run_until("2026-03-18T17:59:00Z");
    assert!(
        world.preview().text.contains("xn--pple-43d.example"),
        "{}",
        world.preview().text
    );
}
