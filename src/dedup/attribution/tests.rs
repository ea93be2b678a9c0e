//! Forms of the line that names the original, and what only looks like one.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use crate::dedup::attribution::find_attribution;

const ORIGINAL: &str = "https://thanhnien.vn/hai-tong-thong-185250318185622024.htm";

fn check(body: &str, expected: Option<&str>) {
    assert_eq!(
        find_attribution(body, Some("copy.example")).as_deref(),
        expected,
        "{body}"
    );
}

#[test]
fn the_seed_is_found_behind_its_ad_marker_and_before_trailing_noise() {
    check(
        &format!("Presiden AS bertemu.\n[iklan_2]\nSumber: {ORIGINAL}\n\n\n\n\n\n\nKomentar (0)"),
        Some(ORIGINAL),
    );
    check(
        &format!("<p>Teks.</p>[iklan_2]<br><a href=\"{ORIGINAL}\">Sumber</a><p> </p><p>Komentar (0)</p>"),
        Some(ORIGINAL),
    );
    check(
        &format!("<p>Teks.</p> [ad_2] <a href='{ORIGINAL}'>Source link </a>"),
        Some(ORIGINAL),
    );
    check(
        &format!("Teks panjang. Sumber: {ORIGINAL}. Komentar (0)"),
        Some(ORIGINAL),
    );
}

#[test]
fn labels_are_known_in_many_languages() {
    for label in [
        "Sumber",
        "Nguồn",
        "Source",
        "Quelle",
        "Fuente",
        "Fonte",
        "Источник",
        "Джерело",
        "Źródło",
        "Kaynak",
        "Bron",
        "Kilde",
        "Källa",
        "Lähde",
        "Zdroj",
        "Forrás",
        "Sursa",
        "Πηγή",
        "المصدر",
        "منبع",
        "מקור",
        "स्रोत",
        "ที่มา",
        "来源",
        "來源",
        "原文",
        "出典",
        "ソース",
        "출처",
        "원문",
        "Via",
        "Read more at",
    ] {
        check(
            &format!("<p>Text.</p><p><strong>{label}:</strong> {ORIGINAL}</p>"),
            Some(ORIGINAL),
        );
        check(
            &format!("<p>Text.</p><p>📌 {label}： <a href=\"{ORIGINAL}\">Thanh Niên</a></p>"),
            Some(ORIGINAL),
        );
    }
}

#[test]
fn the_first_link_of_an_appeared_first_footer_is_the_story() {
    check(
        &format!(
            "<p>T.</p><p>The post <a href=\"{ORIGINAL}\">Title</a> appeared first on <a href=\"https://thanhnien.vn\">Thanh Niên</a>.</p>"
        ),
        Some(ORIGINAL),
    );
    check(
        "<p>The post <a href=\"https://copy.example/own-story-of-today\">T</a> appeared first on <a href=\"https://copy.example\">C</a>.</p>",
        None,
    );
}

#[test]
fn decoys_are_refused() {
    for line in [
        "Mã nguồn: https://other.example/du-an-nguon-mo-2025",
        "Sumber foto: https://other.example/foto-presiden-185250318",
        "Source: Photo by AFP https://other.example/photo-of-the-day-1",
        "Source code: https://github.com/a/b-c-d-e",
        "Source: https://github.com/a/b-c-d-e",
        "Source: https://www.facebook.com/page/posts/185250318185622024",
        "Source: https://thanhnien.vn/",
        "Source: https://news.copy.example/own-story-of-today-12345",
        "Sources: https://a.example/one-story-of-today https://b.example/another-story-of-today",
        "\"Source: https://a.example/one-story-of-today\"",
        "He quoted a source https://a.example/one-story-of-today",
    ] {
        check(&format!("<p>Text.</p><p>{line}</p>"), None);
    }
    check(
        "<p>T.</p><figure><figcaption>Source: https://a.example/one-story-of-today</figcaption></figure>",
        None,
    );
    check(
        "<h3>References</h3><p>Source: https://a.example/one-story-of-today</p>",
        None,
    );
}

#[test]
fn a_label_alone_on_its_line_belongs_to_the_address_below() {
    check(
        &format!("<p>Teks.</p><p><b>Sumber:</b></p><p>{ORIGINAL}</p>"),
        Some(ORIGINAL),
    );
    check(
        &format!("<p>Teks.</p><p>Sumber:<br/><a href=\"{ORIGINAL}\">Thanh Niên</a></p>"),
        Some(ORIGINAL),
    );
    check(&format!("<p>Teks.</p><p>Foto:</p><p>{ORIGINAL}</p>"), None);
}

#[test]
fn related_stories_below_the_line_do_not_hide_it() {
    let related =
        "<li><a href=\"https://copy.example/another-story-12345\">Another story of this site</a></li>".repeat(8);
    check(
        &format!("<p>Teks.</p><p>Sumber: {ORIGINAL}</p><ul>{related}</ul>"),
        Some(ORIGINAL),
    );
}

#[test]
fn a_post_of_one_word_is_a_story_beside_the_home_page_of_its_site() {
    let home = "<a href=\"https://origin.example\">Origin</a>";
    let post = "<a href=\"https://origin.example/hadiqa\">T</a>";
    for footer in [
        format!("The post {post} appeared first on {home}."),
        format!("ظهرت المقالة {post} أولاً على {home}."),
        format!("Запис {post} спершу зʼявився на {home}."),
        format!("Запис {post} спершу з’явився на {home}."),
    ] {
        check(
            &format!("<p>T.</p><p>{footer}</p>"),
            Some("https://origin.example/hadiqa"),
        );
    }
    for line in [
        format!("Read also {post} on {home}."),
        format!("The photo {post} appeared first on {home}."),
        format!("The post appeared first on {post}."),
        "The novel was first published in <a href=\"https://origin.example/2025/03/18/a-story\">Origin</a>.".to_owned(),
    ] {
        check(&format!("<p>T.</p><p>{line}</p>"), None);
    }
}

#[test]
fn a_line_may_fill_a_row_of_cells_and_where_it_names_the_text_a_quotation_or_a_list() {
    let link = format!("<a href=\"{ORIGINAL}\">Thanh Niên</a>");
    for end in [
        format!("<table><tr><th>出典</th><td>{link}</td></tr></table>"),
        format!("<dl><dt>Kilde</dt><dd>{link}</dd></dl>"),
        format!("<blockquote><p>Original article: {link}</p></blockquote>"),
        format!("<ul><li>Převzato z: {link}</ul>"),
    ] {
        check(&format!("<p>T.</p>{end}"), Some(ORIGINAL));
    }
    for end in [
        format!("<table><tr><td>2024</td><td>7</td></tr><tr><td>Source</td><td>{link}</td></tr></table>"),
        format!("<table><tr><td>Source: {link}</td></tr></table>"),
        format!("<blockquote>Source: {link}</blockquote>"),
        format!("<blockquote><p>Words.</p><p>Original article: {link}</p></blockquote>"),
        format!("<blockquote><cite>Original article: {link}</cite></blockquote>"),
    ] {
        check(&format!("<p>T.</p>{end}"), None);
    }
    // An item without an end does not enclose what follows its list.
    check(&format!("<ul><li>One<li>Two</ul><p>Sumber: {link}</p>"), Some(ORIGINAL));
}

#[test]
fn a_sentence_of_first_publication_speaks_of_a_text() {
    check(
        &format!("<p>T.</p><p>(This piece first appeared on the Thanh Niên blog ( {ORIGINAL} ) some years ago.)</p>"),
        Some(ORIGINAL),
    );
    check(
        &format!("<p>T.</p><p>Ships first appeared on this coast in <a href=\"{ORIGINAL}\">the archive</a>.</p>"),
        None,
    );
}

#[test]
fn reading_on_needs_a_place() {
    check(
        &format!("<p>T.</p><p><a href=\"{ORIGINAL}\">Continue reading on Thanh Niên</a></p>"),
        Some(ORIGINAL),
    );
    check(
        &format!("<p>T.</p><p>Weiterlesen auf thanhnien.vn: {ORIGINAL}</p>"),
        Some(ORIGINAL),
    );
    check(
        &format!("<p>T.</p><p><a href=\"{ORIGINAL}\">Continue reading: five presidents</a></p>"),
        None,
    );
}

#[test]
fn words_that_name_the_text_allow_a_short_address_but_no_section() {
    check(
        "<p>T.</p><p>Artikel asli: https://origin.example/pasar-baru</p>",
        Some("https://origin.example/pasar-baru"),
    );
    for section in ["olahraga", "berita-terkini", "tin-tuc/the-gioi", "uk", "tag/port"] {
        check(
            &format!("<p>T.</p><p>Artikel asli: https://origin.example/{section}</p>"),
            None,
        );
    }
    check("<p>T.</p><p>Sumber: https://origin.example/tin-tuc/the-gioi</p>", None);
}

proptest! {
    #[test]
    fn no_body_panics(pieces in proptest::collection::vec(prop_oneof![
        Just("<a href=\"https://a.example/story-1-2-3\">".to_owned()), Just("</a>".to_owned()), Just("Sumber:".to_owned()), Just("来源：".to_owned()),
        Just("<p>".to_owned()), Just("[ad_2]".to_owned()), Just("https://a.example/".to_owned()), Just("&#x1;".to_owned()), Just("<".to_owned()),
        Just("<a href=".to_owned()), Just("\u{1}\u{2}".to_owned()), Just("%3A%2F%2F".to_owned()), "\\PC{0,8}",
    ], 0..20)) {
        _ = find_attribution(&pieces.concat(), Some("copy.example"));
        _ = find_attribution(&pieces.concat(), None);
    }
}

#[test]
fn a_line_far_above_the_end_is_no_attribution() {
    let paragraphs = "<p>A paragraph of running text that goes on for more than forty characters.</p>".repeat(4);
    check(&format!("<p>Source: {ORIGINAL}</p>{paragraphs}"), None);
}

#[test]
fn a_megabyte_of_markup_is_bounded() {
    check(&"<a href=".repeat(131_072), None);
    check(
        &format!("{}<p>Sumber: {ORIGINAL}", "<div>".repeat(200_000)),
        Some(ORIGINAL),
    );
}
