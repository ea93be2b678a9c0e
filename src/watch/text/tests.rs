//! What a person sees of markup.
#![allow(clippy::unwrap_used)]

use crate::watch::text::Sink;
use crate::watch::text::decode;
use crate::watch::text::visible_line;
use crate::watch::text::visible_text;

fn check(html: &str, expected: &str) {
    assert_eq!(visible_text(html), expected, "{html:?}");
}

#[test]
fn markup_goes_and_text_stays() {
    check(
        "<p>Fire in <b>port</b></p><p>Two   hurt</p>",
        "Fire in port\n\nTwo hurt",
    );
    check("Pu<wbr>tin", "Putin");
    check("one<br>two<br/>three", "one\ntwo\nthree");
    check("<a href=\"https://x.example/putin\" title='a > b'>link</a>", "link");
    check("<ul><li>a</li><li>b</li></ul>", "a\n\nb");
    check("<table><tr><td>a</td><td>b</td></tr></table>", "a\n\nb");
}

#[test]
fn what_is_not_shown_is_dropped() {
    check("a<script>Putin</script>b<STYLE>x{}</STYLE>c<!-- Putin -->d", "abcd");
    check("<![CDATA[Putin]]> speaks", "Putin speaks");
    check("a\u{202e}b\u{2066}c", "abc");
    check("a<script>never closed", "a");
}

#[test]
fn plain_text_is_no_markup() {
    check("1 < 2 and 3 > 2", "1 < 2 and 3 > 2");
    check("a <3 b", "a <3 b");
    check("ends with <", "ends with <");
    check("open <b", "open <b");
    check("first\n\nsecond\nline", "first\n\nsecond line");
}

#[test]
fn entities_are_decoded_twice_at_most() {
    check("AT&amp;T &eacute;t&eacute; &#8217; &#x2019;", "AT&T été ’ ’");
    check("Putin&amp;#8217;s", "Putin’s");
    check("&amp;amp;amp;lt;", "&amp;lt;");
    check("&nosuch; & &;", "&nosuch; & &;");
    check("&copy 2026", "© 2026");
}

#[test]
fn a_title_is_one_line() {
    assert_eq!(visible_line(" <p>a</p>\n<p>b</p> "), "a b");
}

#[test]
fn hostile_markup_costs_no_square() {
    for (piece, end) in ["<a '", "<a x=\"", "<b ", "<svg>"].map(|piece| (piece, ">")) {
        visible_text(&(piece.repeat(250_000) + end));
    }
    for piece in [
        "<",
        "<!--",
        "<a ",
        "<a href=\"",
        "<![CDATA[",
        "<script>",
        "&",
        "&#",
        "<p>",
        "</",
        "<svg>",
        "<a '",
        "<b>>",
    ] {
        let text = visible_text(&piece.repeat(1_000_000 / piece.len()));
        assert!(text.len() <= 1_000_000);
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(html in "[<>/!a-z&#;\"'= \\-\\[\\]é\u{202e}]{0,200}") {
        let text = visible_text(&html);
        proptest::prop_assert!(!text.contains(char::from_u32(0x202e).unwrap_or(' ')), "bidi control");
    }
}

#[test]
fn blanks_of_every_width_collapse_and_letters_of_every_width_stay() {
    check("a\u{a0}\u{2003}\u{3000}b\u{85}c", "a b c");
    check("a \u{3000}b", "a b");
    check(
        "<p>é 普京\u{3000}푸틴 Ünïcode 😀 ＡＢ ۱۲</p>",
        "é 普京 푸틴 Ünïcode 😀 ＡＢ ۱۲",
    );
}

#[test]
fn references_that_take_one_look_are_read_as_all_are() {
    const PIECES: [&str; 12] = [
        "&amp;", "&lt;", "&#38;", "lt;", "&am", "p;", "&#112;", "&ldquo;", "&nbsp;", "&", "\n\n", "x ",
    ];
    for number in 0..PIECES.len().pow(4) {
        let digits = (0..4).map(|place| number / PIECES.len().pow(place) % PIECES.len());
        let text: String = digits.map(|digit| PIECES[digit]).collect();
        let mut all = Sink::default();
        all.plain(&decode(&text));
        assert_eq!(visible_text(&text), all.finish(), "{text:?}");
    }
}
