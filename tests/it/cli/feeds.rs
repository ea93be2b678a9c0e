//! `kabar feeds`: looking into feeds, and the list of them in the configuration file.

use crate::cli::FEED;
use crate::cli::Home;
use crate::cli::stderr;
use crate::cli::stdout;

const PAGE: &str =
    "<!doctype html><html><head><link rel='alternate' type='application/rss+xml' href='feed.xml'></head></html>";

#[test]
fn a_document_that_could_not_be_read_is_kept_and_shown() {
    let home = Home::with_feed();
    let broken = FEED.replace("</channel></rss>", "<item><title>Cut");
    std::fs::write(home.path().join("feed.xml"), &broken).unwrap();
    home.kabar(&["once", "--all"]);
    std::fs::write(home.path().join("feed.xml"), "").unwrap();
    let feed = format!(
        "file://{}",
        home.path().join("feed.xml").canonicalize().unwrap().display()
    );

    let raw = home.kabar(&["feeds", "inspect", &feed, "--last-failure", "--raw"]);
    assert_eq!(stdout(&raw), broken, "{}", stderr(&raw));
    let words = home.kabar(&["feeds", "inspect", &feed, "--last-failure"]);
    assert!(
        stdout(&words).contains("note: line 3: the document ends inside this entry"),
        "{}",
        stdout(&words)
    );

    std::fs::write(home.path().join("feed.xml"), FEED).unwrap();
    home.kabar(&["once", "--all"]);
    let none = home.kabar(&["feeds", "inspect", &feed, "--last-failure"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(stderr(&none).contains("nothing is kept"), "{}", stderr(&none));
}

#[test]
fn the_address_of_a_site_finds_the_feed_that_its_page_names() {
    let home = Home::with_feed();
    std::fs::write(home.path().join("index.html"), PAGE).unwrap();

    let inspected = home.kabar(&["feeds", "inspect", "index.html", "--json"]);

    let lines = stdout(&inspected);
    let mut lines = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let head = lines.next().unwrap();
    assert_eq!(head["feed"]["title"], "Kabar Pagi");
    let note = head["feed"]["warnings"][0].as_str().unwrap();
    assert!(
        note.contains("index.html is a web page; this is the feed that it names, file:///"),
        "{note}"
    );
    assert_eq!(lines.next().unwrap()["title"], "Putin menelepon");
}

#[test]
fn the_feed_of_a_site_is_added_to_the_file_and_removed_again_and_the_file_is_as_before() {
    let before = "# mine\nfeeds = []\nwatches = [\"Putin\"] # one\n[mail]\nto = \"me@example.org\"\n";
    let home = Home::new(before);
    std::fs::write(home.path().join("index.html"), PAGE).unwrap();
    let file = || std::fs::read_to_string(home.path().join("kabar.toml")).unwrap();

    let added = home.kabar(&["feeds", "add", "--name", "pagi", "--tag", "id", "index.html"]);
    assert!(added.status.success(), "{}", stderr(&added));
    let said = stdout(&added);
    assert!(
        said.contains("Kabar Pagi, RSS, 1 entry") && said.contains("is a web page"),
        "{said}"
    );
    assert!(said.ends_with("kabar uses it from its next start\n"), "{said}");
    assert!(
        file().contains("/feed.xml\", name = \"pagi\", tags = [\"id\"] }]\n"),
        "{}",
        file()
    );

    let twice = home.kabar(&["feeds", "add", "index.html"]);
    assert_eq!(twice.status.code(), Some(64), "{}", stderr(&twice));
    assert!(stderr(&twice).contains("is a feed already"), "{}", stderr(&twice));

    let removed = home.kabar(&["feeds", "remove", "pagi"]);
    assert!(removed.status.success(), "{}", stderr(&removed));
    assert_eq!(file(), before);
}

#[test]
fn what_is_no_feed_is_not_added_unless_it_shall_not_be_read() {
    let home = Home::new("watches = [\"Putin\"]\n[mail]\nto = \"me@example.org\"\n");
    std::fs::write(home.path().join("page.html"), "<html><body>Hello</body></html>").unwrap();

    let refused = home.kabar(&["feeds", "add", "page.html"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("an HTML page, not a feed"),
        "{}",
        stderr(&refused)
    );

    let added = home.kabar(&["feeds", "add", "--unread", "https://news.example/rss"]);
    assert!(added.status.success(), "{}", stderr(&added));
    let feeds = std::fs::read_to_string(home.path().join("kabar.toml")).unwrap();
    assert!(feeds.contains("\nfeeds = [\"https://news.example/rss\"]\n"), "{feeds}");
}

#[test]
fn a_list_of_feeds_is_imported_once_and_exported_as_it_came() {
    let home = Home::with_feed();
    let list = r#"<opml version="2.0"><body><outline text="World"><outline text="A &amp; B" xmlUrl="https://a.example/rss?x=1&amp;y=2"/></outline>
        <outline title="C" xmlUrl="https://c.example/feed" category="x,y"/></body></opml>"#;
    std::fs::write(home.path().join("list.opml"), list).unwrap();

    let imported = home.kabar(&["feeds", "import", "list.opml"]);
    assert!(
        stdout(&imported).starts_with("added 2 feeds of 2 to "),
        "{}",
        stderr(&imported)
    );
    let again = home.kabar(&["feeds", "import", "list.opml"]);
    assert!(
        stdout(&again).contains("its 2 feeds are configured already"),
        "{}",
        stdout(&again)
    );

    let exported = stdout(&home.kabar(&["feeds", "export"]));
    for outline in [
        r#"title="A &amp; B" xmlUrl="https://a.example/rss?x=1&amp;y=2" category="World"/>"#,
        r#"title="C" xmlUrl="https://c.example/feed" category="x,y"/>"#,
    ] {
        assert!(exported.contains(outline), "{exported}");
    }
    std::fs::write(home.path().join("list.opml"), exported).unwrap();
    let back = home.kabar(&["feeds", "import", "list.opml"]);
    assert!(
        stdout(&back).contains("its 3 feeds are configured already"),
        "{}",
        stdout(&back)
    );
}

#[test]
fn a_feed_is_known_by_the_name_under_which_it_is_shown() {
    let home = Home::with_feed();
    home.kabar(&["once", "--all"]);
    assert!(stdout(&home.kabar(&["feeds", "list"])).starts_with("Kabar Pagi\n"));

    assert!(stdout(&home.kabar(&["feeds", "inspect", "Kabar Pagi"])).starts_with("Kabar Pagi\nRSS"));
    let removed = home.kabar(&["feeds", "remove", "Kabar Pagi"]);
    assert!(removed.status.success(), "{}", stderr(&removed));
    assert_eq!(stdout(&home.kabar(&["feeds", "list"])), "");
    let unknown = home.kabar(&["feeds", "remove", "Kabar Pagi"]);
    assert_eq!(unknown.status.code(), Some(64), "{}", stderr(&unknown));
}

#[test]
fn what_names_no_feed_says_what_to_write() {
    let home = Home::with_feed();
    std::fs::write(home.path().join("list.opml"), "<opml/>").unwrap();
    let check = |arguments: &[&str], code: i32, part: &str| {
        let output = home.kabar(arguments);
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    };
    check(
        &["feeds", "add", "ftp://news.example/rss"],
        64,
        "no scheme that kabar polls; write http, https or file",
    );
    check(&["feeds", "add", "news.example"], 64, "https://news.example");
    std::fs::write(
        home.path().join("more.opml"),
        "<opml><outline xmlUrl='https://b.example/rss'/></opml>",
    )
    .unwrap();
    let text = std::fs::read_to_string(home.path().join("kabar.toml")).unwrap();
    std::fs::write(
        home.path().join("kabar.toml"),
        format!("opml = [\"more.opml\"]\n{text}"),
    )
    .unwrap();
    check(
        &["feeds", "remove", "https://b.example/rss"],
        64,
        "stands in a list that `opml` names",
    );
    check(&["feeds", "import", "list.opml"], 1, "is it a list in OPML?");
}
