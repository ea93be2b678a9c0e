//! Feeds as they are: every format, every damage.

#![allow(clippy::unwrap_used)]
use super::*;

fn read(text: &str) -> ParsedFeed {
    try_read(text).unwrap()
}

fn try_read(text: &str) -> Result<ParsedFeed, ParseFailure> {
    read_feed(
        text.as_bytes(),
        None,
        &Url::parse("https://news.example/dir/feed.xml").unwrap(),
    )
}

fn titles(text: &str) -> Vec<String> {
    read(text)
        .entries
        .into_iter()
        .map(|entry| entry.title.unwrap_or_default())
        .collect()
}

#[test]
fn every_format_is_read() {
    let check = |text: &str, format: crate::feed::Format| {
        let feed = read(text);
        let entry = &feed.entries[0];
        assert_eq!((feed.format, entry.title.as_deref()), (format, Some("Fire")), "{text}");
        assert_eq!(entry.link.as_deref(), Some("https://news.example/fire"), "{text}");
        assert!(feed.is_complete && feed.warnings.is_empty(), "{:?}", feed.warnings);
    };
    use crate::feed::Format;
    check(
        "<rss version='0.94'><channel><item><title>Fire</title><link>/fire</link></item></channel></rss>",
        Format::Rss,
    );
    check(
        "<rss><Channel><Item><Title>Fire</Title><guid>https://news.example/fire</guid></Item></Channel></rss>",
        Format::Rss,
    );
    check(
        "<rdf:RDF xmlns='http://my.netscape.com/rdf/simple/0.9/'><item rdf:about='/fire'><title>Fire</title></item></rdf:RDF>",
        Format::Rdf,
    );
    check(
        "<Channel xmlns='http://purl.org/net/rss1.1#'><items><item rdf:about='/fire'><title>Fire</title></item></items></Channel>",
        Format::Rss,
    );
    check(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>Fire</title><link rel='alternate' href='../fire'/></entry></feed>",
        Format::Atom,
    );
    check(
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom' xml:base='https://news.example/'><a:entry><a:title>Fire</a:title><a:link href='fire'/></a:entry></a:feed>",
        Format::Atom,
    );
    check(
        r#"{"items":[{"id":7,"title":"Fire","url":"/fire","tags":"a"}]}"#,
        Format::Json,
    );
    check(
        "<html><body><rss><channel><item><title>Fire</title><link>/fire</link></item></channel></rss></body></html>",
        Format::Rss,
    );
}

#[test]
fn damage_costs_no_entry() {
    let feed = |items: &str| titles(&format!("<rss><channel><title>T</title>{items}</channel></rss>"));
    assert_eq!(
        feed("<item><title>A & B</title></item><item><title>1 < 2</title></item>"),
        ["A & B", "1 < 2"]
    );
    assert_eq!(
        feed("<item><title>A<link>/a</link></item><item><title>B</title></item>"),
        ["A", "B"]
    );
    assert_eq!(feed("<item><title>A</title><item><title>B</title></item>"), ["A", "B"]);
    assert_eq!(
        feed("<item><title>A</title><description><p>x<br>y</b></description></item>"),
        ["A"]
    );
    assert_eq!(
        feed(
            "<item><description><![CDATA[x</description><title>A</title></item><item><title><![CDATA[B]]></title></item>"
        ),
        ["A", "B"]
    );
    assert_eq!(feed("<item><title>A</title><x:y><item/></x:y></item>"), ["A"]);
}

#[test]
fn a_repair_is_told_with_its_line() {
    let feed = read("<rss><channel>\n<item>\n<title>A & B</title></item></channel></rss>");
    assert_eq!(feed.warnings, ["line 3: a bare `&` was escaped"]);
}

#[test]
fn a_cut_document_is_not_complete() {
    let feed = read("<rss><channel><item><guid>1</guid><title>A</title></item><item><guid>2</guid><titl");
    assert_eq!(feed.entries.len(), 2);
    assert!(!feed.is_complete);
}

#[test]
fn half_an_address_names_no_entry() {
    let feed = |end: &str| read(&format!("<rss><channel><item><guid>1</guid></item><item>{end}"));
    assert_eq!(feed("<title>A</title><link>https://news.exam").entries.len(), 1);
    let cut = feed("<guid>2</guid><title>Fire in po");
    assert_eq!((cut.entries.len(), cut.entries[1].title.as_deref()), (2, None));
    let cut = feed("<guid>2</guid><title>Fire</title><description>In the po");
    assert_eq!(cut.entries[1].summary.as_deref(), Some("In the po"));
}

#[test]
fn a_cut_json_feed_gives_the_entries_before_the_cut() {
    let text = r#"{"version":"1","authors":[{"name":"a"}],"items":[{"id":"1","tags":["x"],"attachments":[{"url":"/a.mp3"}]},{"id":"2 }]""#;
    for cut in [
        "",
        r#","title":"B","attachments":[{"url":"/b.mp3"}]"#,
        r#","attachments":[{"url":"/b"#,
    ] {
        let feed = read(&format!("{text}{cut}"));
        assert_eq!((feed.entries.len(), feed.is_complete), (1, false), "{cut}");
        assert_eq!(feed.warnings, ["line 1: the document ends inside an entry"]);
    }
}

#[test]
fn members_of_a_json_feed_stand_in_for_each_other() {
    let titles =
        |text: &str| -> Vec<String> { read(text).entries.into_iter().filter_map(|entry| entry.title).collect() };
    assert_eq!(
        titles(r##"{"rss":{"channel":{"item":{"title":{"#value":" Fire "},"pubDate":1}}}}"##),
        ["Fire"]
    );
    assert_eq!(
        titles(r#"{"item":[{"title":"A"}],"entries":[],"items":[7,{"title":1.0}]}"#),
        ["1.0"]
    );
    assert_eq!(titles(r#"{"channel":"news","entries":[{"title":"A"}]}"#), ["A"]);
    let tags = read(r#"{"items":[{"id":1,"tags":["a",["b"],{"name":"c"},2],"author":{"name":"Jo"}}]}"#);
    let entry = &tags.entries[0];
    assert_eq!(
        (entry.tags.as_slice(), entry.author.as_deref()),
        (["a", "2"].map(str::to_owned).as_slice(), Some("Jo"))
    );
    for no_feed in [r#"[{"title":"A"}]"#, r#"{"rss":[]}"#, r#"{"items":7}"#] {
        assert!(try_read(no_feed).is_err(), "{no_feed}");
    }
    assert_eq!(read(r#"{"version":"1","items":7}"#).entries, []);
}

#[test]
fn a_page_names_its_feeds() {
    let page = "<!doctype html><html><head><link rel=alternate type='application/rss+xml' href='/rss'></head></html>";
    let feeds = vec!["https://news.example/rss".to_owned()];
    assert_eq!(try_read(page), Err(ParseFailure::Html { feeds }));
    assert_eq!(try_read(" \n"), Err(ParseFailure::Empty));
    assert!(matches!(try_read("hello"), Err(ParseFailure::NotAFeed { .. })));
}

#[test]
fn links_carry_their_relation() {
    let feed = read(
        "<rss><channel><item><link>/a</link><guid isPermaLink='false'>x</guid><source url='https://f.example/'>F</source>\
         <dc:source>https://s.example/1</dc:source><feedburner:origLink>https://o.example/1</feedburner:origLink>\
         <enclosure url='/e.mp3'/></item></channel></rss>",
    );
    let entry = &feed.entries[0];
    let links: Vec<_> = entry.links.iter().map(|l| (l.rel.as_str(), l.href.as_str())).collect();
    assert_eq!(
        links,
        [
            ("alternate", "https://news.example/a"),
            ("via", "https://s.example/1"),
            ("feedburner:origLink", "https://o.example/1"),
            ("enclosure", "https://news.example/e.mp3"),
        ]
    );
    assert_eq!((entry.id.as_str(), entry.id_is_permalink), ("x", false));
}

#[test]
fn deep_nesting_of_anything_is_read() {
    for name in [
        "media:content",
        "media:group",
        "itunes:category",
        "item",
        "entry",
        "div",
        "title",
        "description",
        "x:y",
        "channel",
        "content",
    ] {
        let text = format!(
            "<rss><channel><item><guid>1</guid><title>A</title>{}",
            format!("<{name}>").repeat(100_000)
        );
        let feed = read(&text);
        assert_eq!(feed.entries[0].title.as_deref(), Some("A"), "{name}");
    }
    let json = "[".repeat(100_000);
    assert!(try_read(&json).is_err());
}

#[test]
fn every_cut_of_a_document_is_survived() {
    let text = "\u{feff}<?xml version='1.0'?><!DOCTYPE r [<!ENTITY e 'é'>]><rss xmlns:a='x'><channel><item a='b'><title>«é» &e;\
                <![CDATA[ü]]></title><!-- ö --><pubDate>17 mai 2019</pubDate></item></channel></rss>";
    for from in 0..text.len() {
        for to in [from, from + 9, text.len()] {
            let bytes = text.as_bytes();
            let cut = [&bytes[..from], &bytes[to.min(bytes.len())..]].concat();
            let _ = read_feed(&cut, None, &Url::parse("https://news.example/").unwrap());
        }
    }
}

#[test]
fn hostile_repetition_is_read_in_one_pass() {
    for piece in [
        "<!--",
        "<![CDATA[",
        "<![CDATA[</item>",
        "<![CDATA[</x",
        "<x:y><item>",
        "<a b='",
        "&",
        "<!DOCTYPE [",
    ] {
        let text = format!("<rss><channel>{}", piece.repeat(50_000));
        let feed = read(&text);
        assert!(feed.entries.len() <= ENTRIES_MAX, "{piece}");
    }
    let open_ends = "</x".repeat(500_000);
    let feed = read(&format!(
        "<rss><channel><item><guid>1</guid><description><![CDATA[{open_ends}"
    ));
    assert_eq!(feed.entries.len(), 1);
    let entities: String = (0..512).map(|n| format!("<!ENTITY e{n} '&e{};'>", n + 1)).collect();
    let bodies = "&e0;<b/>".repeat(50_000);
    let feed = read(&format!(
        "<!DOCTYPE r [{entities}]><rss><channel><item><guid>1</guid><description>{bodies}"
    ));
    let body = feed.entries[0].summary.as_deref().unwrap();
    assert!(body.starts_with("&e1;<b/>&e1;<b/>"), "replaced once: {body:.40}");
}

#[test]
fn a_short_link_cannot_grow_into_much() {
    let links = |base: &str, count: usize| {
        let links: String = (0..count).map(|n| format!("<enclosure url='{n}'/>")).collect();
        let items = format!("<item>{links}</item>").repeat(200);
        let feed = read(&format!("<rss xml:base='http://a.example/{base}/'><channel>{items}"));
        let links = feed.entries.iter().flat_map(|entry| &entry.links);
        links.map(|link| link.href.len()).sum::<usize>()
    };
    assert_eq!(links(&"b".repeat(60_000), 1), 200, "so long an address is no base");
    let bytes = links(&"b".repeat(2_000), 60);
    assert!(bytes < 11 * 1024 * 1024, "{bytes}");
}

#[test]
fn of_too_many_entries_the_newest_are_read_where_dates_ascend() {
    let read_guids = |years: &mut dyn Iterator<Item = usize>| {
        let item = |year: usize| format!("<item><guid>{year}</guid><pubDate>{year}-01-01</pubDate></item>");
        let items: String = years.map(item).collect();
        let entries = read(&format!("<rss><channel>{items}</channel></rss>")).entries;
        (
            entries.len(),
            entries[0].id.clone(),
            entries[ENTRIES_MAX - 1].id.clone(),
        )
    };
    let (first, last) = (1000, 1000 + ENTRIES_MAX + 6);
    let of = |from: usize, to: usize| (ENTRIES_MAX, from.to_string(), to.to_string());
    assert_eq!(read_guids(&mut (first..=last)), of(first + 7, last));
    assert_eq!(read_guids(&mut (first..=last).rev()), of(last, first + 7));
}
