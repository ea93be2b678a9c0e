//! Real feeds of the corpus, damaged in the ways that servers damage them: no entry may be lost.
//!
//! Skipped where the corpus is not there.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::Path;

use kabar::feed::parse::read_feed;
use url::Url;

/// Share of damaged feeds in percent that must be read with every entry.
const FLOOR_EXACT: f64 = 98.0;

/// How many real feeds are damaged: more take too long in a debug build.
const FEEDS: usize = 60;

type Damage = (&'static str, fn(&str) -> Vec<u8>);

/// The damage, by name; most of it strikes the second half of the feed.
const DAMAGE: [Damage; 18] = [
    ("ampersand", |text| once(text, "</title>", " a & b</title>")),
    ("less than", |text| once(text, "</title>", " 1 < 2</title>")),
    ("title not closed", |text| once(text, "</title>", "")),
    ("description not closed", |text| once(text, "</description>", "")),
    ("link not closed", |text| once(text, "</link>", "")),
    ("raw html", |text| {
        once(text, "<description>", "<description><p>x<br><b>y</p>")
    }),
    ("warning before", |text| {
        format!("<br />\n<b>Warning</b>: x in <b>y</b><br />\n{text}").into_bytes()
    }),
    ("blank before", |text| format!("\n \n{text}").into_bytes()),
    ("page after", |text| format!("{text}<script>x</script>").into_bytes()),
    ("windows-1252", |text| [text.as_bytes(), b"<!-- caf\xe9 -->"].concat()),
    ("bad references", |text| {
        once(text, "</title>", "&#x1F;&#0;&#55357;&eacute;</title>")
    }),
    ("control characters", |text| {
        once(text, "</title>", "\u{1}\u{b}</title>")
    }),
    ("no version", |text| text.replace("version=\"2.0\"", "").into_bytes()),
    ("version unquoted", |text| {
        text.replace("version=\"2.0\"", "version=2.0").into_bytes()
    }),
    ("case", |text| {
        text.replace("item>", "Item>")
            .replace("channel>", "Channel>")
            .into_bytes()
    }),
    ("https namespaces", |text| {
        text.replace("=\"http://", "=\"https://").into_bytes()
    }),
    ("utf-16", |text| {
        [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect()
    }),
    ("cdata not closed", |text| once(text, "]]>", "")),
];

#[test]
fn damage_loses_no_entry_of_real_feeds() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/feeds");
    let root = [
        beside,
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/feeds"),
    ];
    let Some(root) = root.into_iter().find(|root| root.join("MANIFEST.tsv").exists()) else {
        return println!("skipped: no corpus of feeds beside the project");
    };
    let manifest = std::fs::read_to_string(root.join("MANIFEST.tsv")).unwrap();
    let rows = manifest.lines().map(|row| row.split('\t').collect::<Vec<_>>());
    let files = rows.filter(|c| c[2].starts_with("real-") && c[2].ends_with("-wf") && c[0].ends_with(".xml"));
    let (mut exact, mut all) = (0, 0);
    for columns in files.take(FEEDS) {
        let Ok(text) = std::fs::read_to_string(root.join(columns[0])) else {
            continue;
        };
        let wanted = count(text.as_bytes());
        for (name, damage) in DAMAGE {
            let found = count(&damage(&text));
            if found != wanted {
                println!("{name}: {found} instead of {wanted}: {}", columns[0]);
            }
            exact += usize::from(found == wanted);
            all += 1;
        }
    }
    let percent = 100.0 * exact as f64 / all as f64;
    println!("damage: {percent:.2} % of {all} read with every entry");
    assert!(percent >= FLOOR_EXACT);
}

fn count(bytes: &[u8]) -> usize {
    let url = Url::parse("https://feed.example/").unwrap();
    read_feed(bytes, None, &url).map_or(0, |feed| feed.entries.len())
}

/// Replaces the first `from` in the second half of `text`.
fn once(text: &str, from: &str, to: &str) -> Vec<u8> {
    let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
    let Some(at) = places.get(places.len() / 2) else {
        return text.as_bytes().to_vec();
    };
    [&text[..*at], to, &text[at + from.len()..]].concat().into_bytes()
}
