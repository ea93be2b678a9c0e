//! What names an entry, and what does not because others have it, too.
#![allow(clippy::unwrap_used)]

use url::Url;

use crate::dedup::Alias;
use crate::dedup::KeyMaker;
use crate::dedup::Lessons;
use crate::dedup::Provenance;
use crate::dedup::identity::Identity;
use crate::dedup::identity::identify;
use crate::feed::Entry;
use crate::feed::Feed;
use crate::feed::ParsedFeed;

fn feed() -> Feed {
    let url = Url::parse("https://copy.example/feed").unwrap();
    Feed::new(url)
}

fn entry(id: &str, title: &str, link: &str) -> Entry {
    Entry {
        id: id.to_owned(),
        title: Some(title.to_owned()),
        link: (!link.is_empty()).then(|| link.to_owned()),
        ..Entry::default()
    }
}

fn document(entries: Vec<Entry>) -> ParsedFeed {
    ParsedFeed {
        entries,
        ..ParsedFeed::default()
    }
}

fn names(entries: Vec<Entry>) -> Vec<Identity> {
    let keys = KeyMaker::new(Lessons::default());
    identify(&keys, &feed(), &document(entries)).identities
}

fn aliases(identity: &Identity) -> Vec<Alias> {
    identity.names.iter().map(|name| name.alias.clone()).collect()
}

/// The keys of documents that come one after the other, each with what those before it taught.
fn keys_in_turn(documents: Vec<Vec<Entry>>) -> Vec<Vec<String>> {
    let mut keys = KeyMaker::new(Lessons::default());
    let mut found = Vec::new();
    for entries in documents {
        let named = identify(&keys, &feed(), &document(entries));
        if let Some(lessons) = named.lessons {
            keys.lessons.learn(feed().id, lessons);
        }
        found.push(
            named
                .identities
                .into_iter()
                .map(|identity| identity.source.key)
                .collect(),
        );
    }
    found
}

fn keys(entries: Vec<Entry>) -> Vec<String> {
    names(entries).into_iter().map(|identity| identity.source.key).collect()
}

#[test]
fn an_entry_is_known_by_source_link_permalink_and_guid() {
    let mut copy = entry(
        "https://copy.example/?p=9",
        "Judul",
        "https://copy.example/judul-berita-hari-ini",
    );
    copy.id_is_permalink = true;
    copy.content =
        Some("<p>Teks.</p>[iklan_2]<br>Sumber: https://thanhnien.vn/bai-viet-185250318185622024.htm".to_owned());

    let identity = names(vec![copy]).remove(0);

    assert_eq!(
        aliases(&identity),
        [
            Alias::url("thanhnien.vn/bai-viet-185250318185622024.htm"),
            Alias::url("copy.example/judul-berita-hari-ini"),
            Alias::url("copy.example?p=9"),
            Alias::guid(feed().id, "https://copy.example/?p=9"),
            Alias::published("https://copy.example/judul-berita-hari-ini"),
        ]
    );
}

#[test]
fn a_link_that_all_entries_share_names_none_of_them() {
    let identities = names(vec![
        entry("1", "Fire", "https://a.example/live"),
        entry("2", "Flood", "https://a.example/live"),
    ]);

    let aliases: Vec<Vec<Alias>> = identities.iter().map(aliases).collect();
    assert_eq!(
        aliases,
        [vec![Alias::guid(feed().id, "1")], vec![Alias::guid(feed().id, "2")]]
    );
}

#[test]
fn a_link_that_stands_for_the_guids_of_many_stories_names_none_of_them() {
    for link in [
        "https://a.example/news",
        "https://a.example/world/latest-news-today.html",
        "https://a.example/",
    ] {
        let of = |titles: &[&str]| titles.iter().map(|title| entry(link, title, link)).collect::<Vec<_>>();
        let found = keys_in_turn(vec![
            of(&[
                "Fire in port",
                "Flood in city",
                "Gold price on 12 March",
                "Gold price on 13 March",
            ]),
            of(&["Storm warning"]),
            of(&["Storm warning", "Fire in port"]),
        ]);
        let mut all = found.concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 5, "{link}: {found:?}");
        assert_eq!(
            (found[1][0] == found[2][0], found[0][0] == found[2][1]),
            (true, true),
            "{link}"
        );
    }
}

#[test]
fn an_edited_title_beside_the_old_one_is_no_other_story() {
    let link = "https://a.example/berita/kebakaran-di-pelabuhan";
    let entries = vec![entry(link, "Fire in port", link), entry(link, "Fire in the port", link)];
    let identities = names(entries);
    assert_eq!(aliases(&identities[0]), aliases(&identities[1]));
    assert_eq!(identities[0].source.key, "a.example/berita/kebakaran-di-pelabuhan");
}

#[test]
fn a_guid_that_all_entries_share_names_none_of_them() {
    let identities = names(vec![
        entry("0", "Fire", "https://a.example/fire"),
        entry("0", "Flood", "https://a.example/flood"),
        entry("0", "Storm", ""),
    ]);

    let url_and_link = |path: &str| {
        let url = format!("a.example/{path}");
        [Alias::url(&url), Alias::published(&format!("https://{url}"))]
    };
    assert_eq!(aliases(&identities[0]), url_and_link("fire"));
    assert_eq!(aliases(&identities[1]), url_and_link("flood"));
    assert_eq!(aliases(&identities[2]).len(), 1);
    assert_ne!(aliases(&identities[2]), [Alias::guid(feed().id, "0")]);
}

#[test]
fn a_guid_of_a_series_without_addresses_names_none_of_its_days() {
    let bulletin = |date: &str| Entry {
        published: Some(date.parse().unwrap()),
        ..entry("bulletin", "Daily bulletin", "")
    };
    let days = || vec![bulletin("2026-03-17T07:00:00Z"), bulletin("2026-03-18T07:00:00Z")];

    let identities = names(days());

    assert_ne!(aliases(&identities[0]), aliases(&identities[1]));
    assert_eq!(identities, names(days()), "the same names with each poll");
}

#[test]
fn fragments_tell_release_notes_apart() {
    let entries = vec![
        entry("1", "Version 1", "https://a.example/notes#v1"),
        entry("2", "Version 2", "https://a.example/notes#v2"),
    ];
    assert_eq!(keys(entries), ["a.example/notes#v1", "a.example/notes#v2"]);
}

#[test]
fn what_tells_entries_apart_is_remembered_for_documents_that_hold_one() {
    let note = |n: u32| {
        entry(
            &n.to_string(),
            &format!("Version {n}"),
            &format!("https://a.example/notes#v{n}"),
        )
    };
    assert_eq!(
        keys_in_turn(vec![vec![note(1), note(2)], vec![note(3)], vec![note(4)]]),
        [
            vec!["a.example/notes#v1", "a.example/notes#v2"],
            vec!["a.example/notes#v3"],
            vec!["a.example/notes#v4"]
        ]
    );
    let story = |n: u32| {
        entry(
            &n.to_string(),
            &format!("Story {n}"),
            &format!("https://a.example/s?from=rss&ref=www.s{n}.com"),
        )
    };
    assert_eq!(
        keys_in_turn(vec![vec![story(1), story(2)], vec![story(3)]]),
        [
            vec!["a.example/s?ref=www.s1.com", "a.example/s?ref=www.s2.com"],
            vec!["a.example/s?ref=www.s3.com"]
        ]
    );
}

#[test]
fn an_address_that_named_no_story_once_names_none_later() {
    let quote = |n: u32| {
        entry(
            &n.to_string(),
            &format!("Gold price on {n} March"),
            "https://a.example/live-prices",
        )
    };

    let found = keys_in_turn(vec![vec![quote(1), quote(2)], vec![quote(3)]]);

    assert_eq!(found[1], [format!("{} 3", feed().id)]);
}

#[test]
fn a_document_without_contradictions_teaches_nothing() {
    let keys = KeyMaker::new(Lessons::default());
    let entries = vec![
        entry("1", "Fire", "https://a.example/fire#comments"),
        entry("2", "Flood", "https://a.example/flood#comments"),
    ];
    assert_eq!(identify(&keys, &feed(), &document(entries)).lessons, None);
}

#[test]
fn a_churning_guid_of_one_story_stays_one_story() {
    let entries = vec![
        entry("x#0", "Fire", "https://a.example/fire#0"),
        entry("x#1", "Fire", "https://a.example/fire#1"),
    ];
    assert_eq!(keys(entries), ["a.example/fire", "a.example/fire"]);
}

#[test]
fn odd_parameters_are_kept_where_they_tell_entries_apart() {
    let entries = vec![
        entry("1", "Fire", "https://a.example/s?ref=rss&utm_source=x"),
        entry("2", "Flood", "https://a.example/s?ref=feed"),
    ];
    assert_eq!(keys(entries), ["a.example/s?ref=rss", "a.example/s?ref=feed"]);
}

#[test]
fn an_original_that_unlike_texts_cite_is_no_identity() {
    let mut first = entry("1", "Harga emas naik", "https://copy.example/harga-emas-naik-hari-ini");
    let mut second = entry("2", "Banjir di kota", "https://copy.example/banjir-di-kota-besar");
    for entry in [&mut first, &mut second] {
        entry.content = Some("<p>Teks.</p><p>Sumber: https://other.example/laporan-resmi-tahun-ini</p>".to_owned());
    }

    let identities = names(vec![first, second]);

    assert_eq!(identities[0].source.key, "copy.example/harga-emas-naik-hari-ini");
    assert_eq!(identities[1].source.provenance, Provenance::Link);
}

#[test]
fn a_copy_and_its_original_in_one_document_share_their_name() {
    let original = entry(
        "1",
        "Hai tổng thống điện đàm",
        "https://m.thanhnien.vn/hai-tong-thong-185250318185622024.htm",
    );
    let mut copy = entry(
        "2",
        "Dua presiden menelepon",
        "https://copy.example/dua-presiden-menelepon-malam",
    );
    copy.content =
        Some("<p>Teks.</p><p>Sumber: https://thanhnien.vn/hai-tong-thong-185250318185622024.htm</p>".to_owned());
    assert_eq!(
        keys(vec![original, copy]),
        [
            "thanhnien.vn/hai-tong-thong-185250318185622024.htm",
            "thanhnien.vn/hai-tong-thong-185250318185622024.htm"
        ]
    );
}

#[test]
fn no_entry_is_nameless() {
    assert_eq!(
        names(vec![Entry::default(), Entry::default()])
            .iter()
            .map(|i| i.names.len())
            .collect::<Vec<_>>(),
        [1, 1]
    );
}
