//! The ladder, rung by rung.
#![allow(clippy::unwrap_used)]

use url::Url;

use crate::dedup::KeyMaker;
use crate::dedup::Lessons;
use crate::dedup::Provenance;
use crate::dedup::source_url::find_source;
use crate::feed::Entry;
use crate::feed::Feed;
use crate::feed::Link;
use crate::feed::SourceSetting;

fn keys() -> KeyMaker {
    KeyMaker::new(Lessons::default())
}

fn feed(source: SourceSetting) -> Feed {
    let url = Url::parse("https://copy.example/feed").unwrap();
    Feed {
        source,
        ..Feed::new(url)
    }
}

fn full_entry() -> Entry {
    let link = |rel: &str, href: &str| Link {
        rel: rel.to_owned(),
        href: href.to_owned(),
    };
    Entry {
        id: "https://copy.example/?p=12".to_owned(),
        id_is_permalink: true,
        link: Some("https://copy.example/copied-story-of-today".to_owned()),
        links: vec![
            link(
                "feedburner:origLink",
                "https://copy.example/original-link-of-it?utm_source=rss",
            ),
            link("via", "https://other.example/2025/a-story-seen-there"),
        ],
        content: Some(
            "<p>Text.</p><p>Sumber: https://thanhnien.vn/hai-tong-thong-185250318185622024.htm</p>".to_owned(),
        ),
        ..Entry::default()
    }
}

fn check(entry: &Entry, expected_key: &str, provenance: Provenance) {
    let source = find_source(&keys(), &feed(SourceSetting::Auto), None, entry);
    assert_eq!((source.key.as_str(), source.provenance), (expected_key, provenance));
}

#[test]
fn the_ladder_goes_from_attribution_down_to_the_guid() {
    let mut entry = full_entry();
    check(
        &entry,
        "thanhnien.vn/hai-tong-thong-185250318185622024.htm",
        Provenance::Attribution,
    );
    entry.content = None;
    check(&entry, "copy.example/original-link-of-it", Provenance::OrigLink);
    entry.links.remove(0);
    check(&entry, "other.example/2025/a-story-seen-there", Provenance::Via);
    entry.links.clear();
    check(&entry, "copy.example/copied-story-of-today", Provenance::Link);
    entry.link = None;
    check(&entry, "copy.example?p=12", Provenance::Guid);
}

#[test]
fn without_an_address_the_feed_and_the_guid_name_the_story() {
    let feed = feed(SourceSetting::Auto);
    let entry = Entry {
        id: "7".to_owned(),
        ..Entry::default()
    };

    let source = find_source(&keys(), &feed, None, &entry);

    assert_eq!(
        (source.url.as_str(), source.key, source.provenance),
        ("", format!("{} 7", feed.id), Provenance::None)
    );
}

#[test]
fn the_setting_of_the_feed_wins() {
    let link = find_source(&keys(), &feed(SourceSetting::Link), None, &full_entry());
    let guid = find_source(&keys(), &feed(SourceSetting::Guid), None, &full_entry());

    assert_eq!(
        (link.key.as_str(), link.provenance),
        ("copy.example/copied-story-of-today", Provenance::Setting)
    );
    assert_eq!(
        (guid.key.as_str(), guid.provenance),
        ("copy.example?p=12", Provenance::Setting)
    );
}

#[test]
fn home_pages_pictures_and_share_buttons_name_no_story() {
    for link in [
        "https://copy.example/",
        "https://copy.example/a/picture.jpg",
        "https://www.facebook.com/sharer/sharer.php?x=1",
        "mailto:desk@copy.example",
    ] {
        let entry = Entry {
            id: "7".to_owned(),
            link: Some(link.to_owned()),
            ..Entry::default()
        };
        assert_eq!(
            find_source(&keys(), &feed(SourceSetting::Auto), None, &entry).provenance,
            Provenance::None,
            "{link}"
        );
    }
}

#[test]
fn the_shown_address_is_unwrapped_but_keeps_its_parameters() {
    let link = "https://www.google.com/url?q=https://a.example/story-of-the-day?utm_source%3Drss";
    let entry = Entry {
        link: Some(link.to_owned()),
        ..Entry::default()
    };

    let source = find_source(&keys(), &feed(SourceSetting::Auto), None, &entry);

    assert_eq!(
        (source.url.as_str(), source.key.as_str()),
        (
            "https://a.example/story-of-the-day?utm_source=rss",
            "a.example/story-of-the-day"
        )
    );
}
