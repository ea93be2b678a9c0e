//! What names an entry, and what does not because others have it, too.
#![allow(clippy::unwrap_used)]

use url::Url;

use crate::dedup::Alias;
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

fn names(entries: Vec<Entry>) -> Vec<Identity> {
    identify(
        &feed(),
        &ParsedFeed {
            entries,
            ..ParsedFeed::default()
        },
    )
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
        identity.aliases,
        [
            Alias::url("thanhnien.vn/bai-viet-185250318185622024.htm"),
            Alias::url("copy.example/judul-berita-hari-ini"),
            Alias::url("copy.example?p=9"),
            Alias::guid(feed().id, "https://copy.example/?p=9"),
        ]
    );
}

#[test]
fn a_link_that_all_entries_share_names_none_of_them() {
    let identities = names(vec![
        entry("1", "Fire", "https://a.example/live"),
        entry("2", "Flood", "https://a.example/live"),
    ]);

    let aliases: Vec<Vec<Alias>> = identities.into_iter().map(|identity| identity.aliases).collect();
    assert_eq!(
        aliases,
        [vec![Alias::guid(feed().id, "1")], vec![Alias::guid(feed().id, "2")]]
    );
}

#[test]
fn a_guid_that_all_entries_share_names_none_of_them() {
    let identities = names(vec![
        entry("0", "Fire", "https://a.example/fire"),
        entry("0", "Flood", "https://a.example/flood"),
        entry("0", "Storm", ""),
    ]);

    assert_eq!(identities[0].aliases, [Alias::url("a.example/fire")]);
    assert_eq!(identities[1].aliases, [Alias::url("a.example/flood")]);
    assert_eq!(identities[2].aliases.len(), 1);
    assert_ne!(identities[2].aliases, [Alias::guid(feed().id, "0")]);
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
            .map(|i| i.aliases.len())
            .collect::<Vec<_>>(),
        [1, 1]
    );
}
