//! Where snippets begin and end.
#![allow(clippy::single_range_in_vec_init)]

use proptest::prelude::*;

use super::*;

fn spans(text: &str, words: &[&str]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = words
        .iter()
        .flat_map(|word| text.match_indices(word).map(|(at, found)| at..at + found.len()))
        .collect();
    spans.sort_by_key(|span| span.start);
    spans
}

/// The snippet of `body`, matched words in brackets.
fn shown(body: &str, title: &str, words: &[&str], chars_max: usize) -> String {
    let snippet = of_body(body, title, &spans(body, words), chars_max);
    let mut text = snippet.text;
    for range in snippet.highlights.iter().rev() {
        text.insert(range.end, ']');
        text.insert(range.start, '[');
    }
    text
}

#[test]
fn a_short_text_stays_whole_on_one_line() {
    let snippet = cut("Putin  said\n\nno", &[0..5], 100);
    assert_eq!(
        snippet,
        Snippet {
            text: "Putin said no".to_owned(),
            highlights: vec![0..5]
        }
    );
}

#[test]
fn a_long_text_is_cut_around_the_match_at_word_edges() {
    let text = format!("{}and then Putin spoke {}", "word ".repeat(50), "word ".repeat(50));
    let at = text.find("Putin").unwrap_or_default();
    let snippet = cut(&text, &[at..at + 5], 40);
    assert!(
        snippet.text.starts_with("…and") && snippet.text.ends_with("word…"),
        "{}",
        snippet.text
    );
    assert_eq!(&snippet.text[snippet.highlights[0].clone()], "Putin");
}

#[test]
fn a_snippet_begins_with_the_sentence_where_that_is_near() {
    let text = format!(
        "{} End of it. Today Putin spoke in Kazan. {}",
        "word ".repeat(50),
        "more ".repeat(50)
    );
    let snippet = shown(&text, "", &["Putin"], 60);
    assert!(snippet.starts_with("Today [Putin] spoke in Kazan."), "{snippet}");
    let quoted = text.replace("End of it.", "\"End of it.\"");
    let snippet = shown(&quoted, "", &["Putin"], 60);
    assert!(snippet.starts_with("Today [Putin]"), "{snippet}");
    let chinese = format!("{}会谈结束。普京今天发表讲话。{}", "词".repeat(200), "语".repeat(200));
    let snippet = shown(&chinese, "", &["普京"], 60);
    assert!(snippet.starts_with("[普京]今天发表讲话。"), "{snippet}");
}

#[test]
fn a_match_at_the_end_of_a_text_has_its_sentence_before_it() {
    let text = format!("{}and so there is hope for an end to the war.", "word ".repeat(50));
    let snippet = shown(&text, "", &["war"], 60);
    assert!(snippet.ends_with("there is hope for an end to the [war]."), "{snippet}");
    let torn = cut("one two — three four", &[], 12);
    assert_eq!(torn.text, "one two…");
}

#[test]
fn lines_that_name_the_origin_are_passed_over() {
    for line in [
        "[iklan_2] Sumber: https://news.example/a-long-story-1",
        "Sumber: https://news.example/a-long-story-1",
        "Nguồn: https://news.example/a-long-story-1",
        "[ad_1]",
        "Источник: https://news.example/a-long-story-1",
    ] {
        let body = format!("{line}\nPresiden Putin tiba di Jakarta.\n{line}");
        assert_eq!(
            shown(&body, "", &["Putin"], 280),
            "Presiden [Putin] tiba di Jakarta.",
            "{line}"
        );
    }
}

#[test]
fn an_ad_marker_goes_and_the_text_behind_it_stays() {
    assert_eq!(
        shown("[iklan_1] Presiden Putin tiba.", "", &["Putin"], 280),
        "Presiden [Putin] tiba."
    );
    assert_eq!(shown("[Foto] Putin tiba.", "", &["Putin"], 280), "[Foto] [Putin] tiba.");
}

#[test]
fn a_sentence_that_begins_as_the_title_does_stays_whole() {
    let title = "Ukraina menukar 205 tawanan";
    for goes_on in [", kata Zelenskyy.", " di perbatasan Belarus.", "; Rusia juga."] {
        let body = format!("{title}{goes_on} Ukraina menang.");
        let said = shown(&body, title, &["Ukraina"], 200);
        assert_eq!(said.replace(['[', ']'], ""), body, "{said}");
    }
}

#[test]
fn a_title_that_the_body_repeats_is_not_said_twice() {
    assert_eq!(
        shown(
            "Putin tiba - Presiden Putin mendarat pagi ini.",
            "Putin tiba",
            &["Putin"],
            280
        ),
        "Presiden [Putin] mendarat pagi ini."
    );
    assert_eq!(shown("Putin tiba", "Putin tiba", &["Putin"], 280), "");
    assert_eq!(
        shown("Putin tibanya pagi", "Putin tiba", &["Putin"], 280),
        "[Putin] tibanya pagi"
    );
}

#[test]
fn the_place_with_the_most_different_words_is_shown() {
    let body = format!(
        "Putin here. {} Then Putin met Trump again. {}",
        "filler ".repeat(60),
        "filler ".repeat(60)
    );
    let snippet = shown(&body, "", &["Putin", "Trump"], 80);
    assert!(snippet.contains("Then [Putin] met [Trump] again."), "{snippet}");
}

#[test]
fn a_cut_never_tears_what_readers_see_as_one_character() {
    let family = "👩\u{200d}👩\u{200d}👧".repeat(20);
    for max in 1..40 {
        let snippet = cut(&family, &[], max);
        assert!(!snippet.text.trim_end_matches('…').ends_with('\u{200d}'), "{max}");
        let thai = cut("กำลังประชุมกันที่กรุงเทพมหานครน้ำท่วมสูง", &[], max);
        assert!(!thai.text.ends_with("\u{e33}") || thai.text.chars().count() > 1);
    }
    assert_eq!(cut("e\u{301}e\u{301}e\u{301}", &[], 3).text, "e\u{301}e\u{301}…");
}

#[test]
fn what_never_ends_a_picture_is_cut_all_the_same() {
    for joined in ["\u{1f1ee}", "\u{1100}", "\u{1f469}\u{200d}"] {
        let chars = cut(&joined.repeat(10_000), &[], 80).text.chars().count();
        assert!(chars <= 80 + JOINED_CHARS_MAX + 1, "{chars}");
    }
}

proptest! {
    #[test]
    fn highlights_stay_inside_and_between_characters(text in "\\PC{0,200}", a in 0usize..200, b in 0usize..200, max in 1usize..80) {
        let (a, b) = (text.floor_char_boundary(a.min(b)), text.floor_char_boundary(a.max(b)));
        for snippet in [cut(&text, &[a..b], max), of_body(&text, "", &[a..b], max)] {
            for range in &snippet.highlights {
                prop_assert!(snippet.text.get(range.clone()).is_some_and(|part| !part.is_empty()));
            }
            prop_assert!(snippet.text.chars().count() <= max + JOINED_CHARS_MAX + 2, "{}", snippet.text);
            prop_assert!(!snippet.text.contains('\n'));
        }
    }

    #[test]
    fn what_is_cut_once_more_stays_as_it_is(text in "[a-zé普\\u{301} .\\n]{0,200}", max in 1usize..80) {
        let once = cut(&text, &[], max);
        prop_assert_eq!(cut(&once.text, &once.highlights, once.text.chars().count().max(1)), once);
    }
}
