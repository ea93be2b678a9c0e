//! The story that kabar grew from, told by feeds of our own: a copy with an attribution line, the original with
//! tracking parameters, and the original on its mobile host are one story with three sightings.

use kabar::store::StoryFilter;

use crate::world::World;
use crate::world::entry;

const CONFIGURATION: &str = "feeds = [\"https://salinan.example/rss\", \"https://baomoi.example/rss\", \"https://baomoi.example/m/rss\"]\n\
    watches = [\"Putin\", \"Ukraina\"]";
const COPY: &str = "https://salinan.example/rss";
const ORIGINAL: &str = "https://baomoi.example/rss";
const MOBILE: &str = "https://baomoi.example/m/rss";
const STORY: &str = "baomoi.example/hai-tong-thong-dien-dam-quan-trong-1852503181.htm";
const PUBLISHED: &str = "2026-03-18T05:30:00Z";

fn seed() -> World {
    let mut world = World::new(CONFIGURATION);
    let copy = entry("https://salinan.example/berita/dua-presiden-menelepon", "Dua presiden menelepon")
        .body(&format!(
            "<p>Presiden Rusia Vladimir Putin berbicara tentang situasi di Ukraina.</p><p>[iklan_2]<br>Sumber: https://{STORY}</p><p>Komentar (0)</p>"
        ))
        .published(PUBLISHED);
    let original = |link: String| {
        entry(&link, "Hai tổng thống điện đàm quan trọng")
            .body("<p>Tổng thống Nga Vladimir Putin nói về tình hình Ukraine.</p>")
            .published(PUBLISHED)
    };
    world.feed(COPY, [copy]);
    world.feed(
        ORIGINAL,
        [original(format!("https://{STORY}?utm_source=rss&utm_medium=feed"))],
    );
    world.feed(MOBILE, [original(format!("https://m.{STORY}"))]);
    world
}

#[test]
fn copy_original_and_mobile_page_are_one_story_with_three_sightings() {
    let mut world = seed();
    world.run_until("2026-03-18T07:00:00Z");

    let mut stories = Vec::new();
    let all = &mut |story| {
        stories.push(story);
        true
    };
    world.store.visit_stories(&StoryFilter::default(), all).unwrap();

    assert_eq!(stories.len(), 1);
    assert_eq!(stories[0].source.key, STORY);
    assert_eq!(stories[0].sightings.len(), 3);
}

#[test]
fn both_watches_find_it_and_one_mail_mentions_it_once() {
    let mut world = seed();
    world.run_until("2026-03-18T18:01:00Z");

    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0].contains("Putin") && mails[0].contains("Ukraina"),
        "{}",
        mails[0]
    );
    let titles = ["Dua presiden menelepon", "Hai tổng thống điện đàm quan trọng"];
    let mentions: usize = titles.iter().map(|title| mails[0].matches(title).count()).sum();
    assert_eq!(mentions, 1, "{}", mails[0]);
}
