//! `kabar why`: what made sightings one story.

use crate::cli::Home;
use crate::cli::stderr;
use crate::cli::stdout;

const COPY: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Salinan</title><link>https://salinan.example/</link>
<item><title>Putin phones</title><link>https://salinan.example/2026/putin-phones-again</link><guid isPermaLink="false">7</guid>
<description>&lt;p&gt;A call from Moscow by Putin.&lt;/p&gt;&lt;p&gt;[ad_2] Source: http://www.pagi.example/berita/putin-menelepon?utm_source=x&lt;/p&gt;</description></item></channel></rss>"#;

fn home_with_a_copy() -> Home {
    let home = Home::new(
        "state = \"state\"\nfeeds = [\"file:feed.xml\", \"file:copy.xml\"]\nwatches = [\"Putin\"]\n[polling]\nbackfill = \"36500d\"\n[mail]\nto = \"me@example.org\"\n",
    );
    std::fs::write(home.path().join("copy.xml"), COPY).unwrap();
    assert!(home.kabar(&["once", "--no-send"]).status.success());
    home
}

#[test]
fn why_prints_names_rules_joins_and_watches_of_a_story() {
    let home = home_with_a_copy();

    let output = home.kabar(&["why", "https://m.pagi.example/berita/putin-menelepon", "--json"]);

    assert!(output.status.success(), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let key = "pagi.example/berita/putin-menelepon";
    assert_eq!(report["source"]["key"], key);
    let attributed = report["names"]
        .as_array()
        .unwrap()
        .iter()
        .find(|name| name["name"] == key)
        .unwrap();
    let provenance = |row: &serde_json::Value| row["provenance"].as_str().unwrap().to_owned();
    let brought = attributed["brought"].as_array().unwrap();
    let mut brought: Vec<String> = brought.iter().map(provenance).collect();
    brought.sort();
    assert_eq!(brought, ["attribution", "link"]);
    let sightings = report["sightings"].as_array().unwrap();
    assert_eq!(
        (&sightings[0]["joined_by"], &sightings[1]["joined_by"]),
        (&serde_json::json!([]), &serde_json::json!([key]))
    );
    assert_eq!(report["watches"][0]["watch"], "Putin");
    assert_eq!(report["watches"][0]["places"][0]["spans"][0]["text"], "Putin");
    let by_id = home.kabar(&["why", report["id"].as_str().unwrap()]);
    let words = stdout(&by_id);
    for part in [
        "Known by",
        "attribution line",
        "by www, tracking-parameter",
        "the same story by pagi.example/",
        "Wanted by",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn why_says_where_to_look_when_nothing_is_known_by_that_name() {
    let output = home_with_a_copy().kabar(&["why", "https://unknown.example/story"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("kabar stories"), "{}", stderr(&output));
}
