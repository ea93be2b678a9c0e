//! The kinds of damage that servers, editors and networks do to feeds, each as one function of a text and a place.
//!
//! Written from what publishers do, not from what our reader can repair.

use crate::dice::Dice;

/// The damaged document; none where the text offers no place for this damage.
pub type Damage = fn(&str, &mut Dice) -> Option<Vec<u8>>;

/// Every kind, by what happened.
pub const KINDS: [(&str, Damage); 54] = [
    ("bare & in a title", |t, d| in_title(t, d, " Bed & Breakfast &co ")),
    ("bare < in a title", |t, d| in_title(t, d, " 1 < 2 <3 ")),
    ("unknown entity", |t, d| in_title(t, d, " caf&eacute; &nosuch; ")),
    ("impossible references", |t, d| {
        in_title(t, d, "&#x1F;&#0;&#55357;&#99999999;")
    }),
    ("control characters", |t, d| in_title(t, d, "\u{1}\u{b}\u{1f}")),
    ("NUL bytes", |t, d| in_title(t, d, "\0\0")),
    ("unclosed br in a title", |t, d| in_title(t, d, "<br>x<img src=y>")),
    ("title's end lost", |t, d| swap(t, d, &["</title>"], "")),
    ("body's end lost", |t, d| swap(t, d, &BODY_ENDS, "")),
    ("link's end lost", |t, d| swap(t, d, &["</link>"], "")),
    ("date's end lost", |t, d| swap(t, d, &DATE_ENDS, "")),
    ("date's start lost", |t, d| {
        swap(t, d, &["<pubDate>", "<updated>", "<published>"], "")
    }),
    ("end tag misspelt", |t, d| swap(t, d, &["</title>"], "</tilte>")),
    ("entry's end lost", |t, d| swap(t, d, &ENTRY_ENDS, "")),
    ("all ends of entries lost", |t, _| {
        Some(t.replace("</item>", "").replace("</entry>", "").into_bytes())
    }),
    ("root's end lost", |t, _| {
        Some(
            ["</rss>", "</feed>", "</channel>", "</rdf:RDF>"]
                .iter()
                .fold(t.to_owned(), |t, end| t.replace(end, ""))
                .into_bytes(),
        )
    }),
    ("raw HTML in a body", |t, d| {
        let html =
            "<p class=x>one<br>two <b>three</p><img src=\"a.png\" alt=\"5 < 6\"><script>if (a && b < c) {}</script>";
        swap_with(t, d, &BODY_STARTS, |start| format!("{start}{html}"))
    }),
    ("HTML page's parts in a body", |t, d| {
        let html = "<html><head><title>x</title><link rel=\"stylesheet\" href=\"/s.css\"></head><body>y</body></html>";
        swap_with(t, d, &BODY_STARTS, |start| format!("{start}<div>{html}</div>"))
    }),
    ("CDATA's end lost", |t, d| swap(t, d, &["]]>"], "")),
    ("CDATA's end broken", |t, d| swap(t, d, &["]]>"], "]] >")),
    ("CDATA's start lost", |t, d| swap(t, d, &["<![CDATA["], "")),
    ("comment without end", |t, d| {
        swap(t, d, &ENTRY_ENDS, "</item><!-- advert").filter(|_| t.contains("</item>"))
    }),
    ("attribute without quotes", |t, _| {
        replace_first(t, "version=\"2.0\"", "version=2.0")
    }),
    ("no version", |t, _| replace_first(t, " version=\"2.0\"", "")),
    ("names in other case", |t, _| {
        let t = t.replace("item>", "Item>").replace("channel>", "CHANNEL>");
        Some(t.replace("entry>", "Entry>").replace("title>", "Title>").into_bytes())
    }),
    ("namespaces dropped", |t, _| {
        let mut parts = t.split(" xmlns:");
        let first = parts.next()?.to_owned();
        let rest = |part: &str| {
            let quote = part.chars().find(|c| matches!(c, '"' | '\''));
            part.splitn(3, quote.unwrap_or('"'))
                .nth(2)
                .unwrap_or_default()
                .to_owned()
        };
        Some(parts.fold(first, |text, part| text + &rest(part)).into_bytes())
    }),
    ("namespaces by https", |t, _| {
        Some(t.replace("=\"http://", "=\"https://").into_bytes())
    }),
    ("namespaces by another address", |t, _| {
        Some(
            t.replace("http://purl.org/", "http://www.purl.org/")
                .replace("2005/Atom\"", "2005/atom/\"")
                .into_bytes(),
        )
    }),
    ("warning before", |t, _| {
        Some(format!("<br />\n<b>Warning</b>: include(x) [<a href='f'>f</a>]: failed in <b>/y.php</b> on line <b>3</b><br />\n{t}").into_bytes())
    }),
    ("blanks and a comment before", |t, _| {
        Some(format!("\n\n  <!-- cached -->\n{t}").into_bytes())
    }),
    ("two declarations", |t, _| {
        Some(format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{t}").into_bytes())
    }),
    ("two byte order marks", |t, _| {
        Some(format!("\u{feff}\u{feff}{t}").into_bytes())
    }),
    ("a page's end after", |t, _| {
        Some(format!("{t}</body></html><!-- 0.3 s --><script>x()</script>").into_bytes())
    }),
    ("half of another copy after", |t, _| {
        let root = t.rfind("</rss>").or_else(|| t.rfind("</feed>"))?;
        Some(format!("{t}\n{}", &t[root..]).into_bytes())
    }),
    ("stray bytes", |t, d| {
        let at = one_of(d, &ends(t, &["</title>"]))?;
        Some([&t.as_bytes()[..at], b"caf\xe9 \x96 \xff", &t.as_bytes()[at..]].concat())
    }),
    ("windows-1252 said to be UTF-8", |t, _| western(t)),
    ("UTF-8 said to be latin 1", |t, _| {
        Some(
            t.replacen("UTF-8", "ISO-8859-1", 1)
                .replacen("utf-8", "iso-8859-1", 1)
                .into_bytes(),
        )
    }),
    ("UTF-16 said to be UTF-8", |t, _| {
        Some(
            [0xfeff]
                .into_iter()
                .chain(t.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect(),
        )
    }),
    ("old line ends", |t, _| {
        Some(t.replace("\r\n", "\n").replace('\n', "\r").into_bytes())
    }),
    ("empty elements of modules", |t, d| {
        swap_with(t, d, &ENTRY_ENDS, |end| {
            format!("<media:description/><itunes:image/><media:title></media:title>{end}")
        })
    }),
    ("slash of an end lost", |t, d| swap(t, d, &["</title>"], "<title>")),
    ("bracket of an end lost", |t, d| swap(t, d, &["</title>"], "</title")),
    ("first bracket of an end lost", |t, d| {
        swap(t, d, &["</title>"], "/title>")
    }),
    ("bracket of a start lost", |t, d| swap(t, d, &["<title>"], "<title")),
    ("first bracket of a start lost", |t, d| {
        swap(t, d, &["<title>", "<link>"], "title>")
    }),
    ("blanks in an end", |t, d| swap(t, d, &["</title>"], "</title\n >")),
    ("blanks before a name", |t, d| swap(t, d, &["</title>"], "< / title>")),
    ("start written twice", |t, d| {
        swap_with(t, d, &["<title>", "<link>"], |tag| tag.repeat(2))
    }),
    ("end written twice", |t, d| {
        swap_with(t, d, &["</title>", "</link>", "</item>", "</entry>"], |tag| {
            tag.repeat(2)
        })
    }),
    ("quote of an attribute lost", |t, d| {
        swap_with(t, d, &ENTRY_ENDS, |end| {
            format!("<category domain=\"https://x.example/a>News</category>{end}")
        })
    }),
    ("attribute written twice", |t, d| {
        swap_with(t, d, &ENTRY_ENDS, |end| {
            format!("<category a=1 a='2' b>News</category>{end}")
        })
    }),
    ("elements closed crosswise", |t, d| {
        swap_with(t, d, &BODY_STARTS, |start| format!("{start}<b><i>x</b></i></p>"))
    }),
    ("a warning between entries", |t, d| {
        let warning = "\n<br />\n<b>Notice</b>: Undefined index: a in <b>/x.php</b> on line <b>7</b><br />\n";
        swap_with(t, d, &ENTRY_ENDS, |end| format!("{end}{warning}"))
    }),
    ("unknown encoding declared", |t, _| {
        Some(
            t.replacen("UTF-8", "utf8mb4", 1)
                .replacen("utf-8", "utf8mb4", 1)
                .into_bytes(),
        )
    }),
];

const BODY_STARTS: [&str; 3] = ["<description>", "<summary>", "<content:encoded>"];
const BODY_ENDS: [&str; 4] = ["</description>", "</summary>", "</content:encoded>", "</content>"];
const DATE_ENDS: [&str; 4] = ["</pubDate>", "</updated>", "</published>", "</dc:date>"];
const ENTRY_ENDS: [&str; 2] = ["</item>", "</entry>"];

/// One of `places`.
fn one_of<T: Copy>(dice: &mut Dice, places: &[T]) -> Option<T> {
    (!places.is_empty()).then(|| places[dice.below_len(places.len())])
}

/// Where the entries begin: damage is done to them, not to the feed's own fields.
fn entries_start(text: &str) -> usize {
    ["<item", "<entry"]
        .iter()
        .filter_map(|start| text.find(start))
        .min()
        .unwrap_or(0)
}

/// Where one of `marks` stands inside entries, outside CDATA sections and comments (a mark there is text).
fn places<'m>(text: &str, marks: &[&'m str]) -> Vec<(usize, &'m str)> {
    let from = entries_start(text);
    let found = marks
        .iter()
        .flat_map(|mark| text.match_indices(mark).map(|(at, _)| (at, *mark)));
    let is_text = |at: usize, mark: &str| {
        let before = &text[..at];
        let is_open = |open: &str, close: &str| before.rfind(open) > before.rfind(close).or(Some(0));
        mark != "]]>" && is_open("<![CDATA[", "]]>") || is_open("<!--", "-->")
    };
    let mut found: Vec<_> = found.filter(|(at, _)| *at >= from).collect();
    // A feed of a thousand entries does not need a thousand places.
    let step = 1 + found.len() / 64;
    found = found
        .into_iter()
        .step_by(step)
        .filter(|(at, mark)| !is_text(*at, mark))
        .collect();
    found
}

fn ends(text: &str, marks: &[&str]) -> Vec<usize> {
    places(text, marks).into_iter().map(|(at, _)| at).collect()
}

/// Puts `junk` before the end of one title, outside a CDATA section that it may hold.
fn in_title(text: &str, dice: &mut Dice, junk: &str) -> Option<Vec<u8>> {
    let places = ends(text, &["</title>"]);
    let plain: Vec<usize> = places.into_iter().filter(|at| !text[..*at].ends_with("]]>")).collect();
    let at = one_of(dice, &plain)?;
    Some([&text[..at], junk, &text[at..]].concat().into_bytes())
}

fn swap(text: &str, dice: &mut Dice, marks: &[&str], with: &str) -> Option<Vec<u8>> {
    swap_with(text, dice, marks, |_| with.to_owned())
}

/// Replaces one of `marks`.
fn swap_with(text: &str, dice: &mut Dice, marks: &[&str], with: impl Fn(&str) -> String) -> Option<Vec<u8>> {
    let (at, mark) = one_of(dice, &places(text, marks))?;
    Some(
        [&text[..at], &with(mark), &text[at + mark.len()..]]
            .concat()
            .into_bytes(),
    )
}

fn replace_first(text: &str, from: &str, to: &str) -> Option<Vec<u8>> {
    text.contains(from).then(|| text.replacen(from, to, 1).into_bytes())
}

/// The text in windows-1252, its declaration unchanged; none where it has nothing that would differ.
fn western(text: &str) -> Option<Vec<u8>> {
    let is_western = |c: char| ('\u{a0}'..='\u{ff}').contains(&c);
    let bytes = text.chars().map(|c| match c {
        c if c.is_ascii() || is_western(c) => u8::try_from(u32::from(c)).unwrap(),
        _ => b'?',
    });
    text.contains(is_western).then(|| bytes.collect())
}
