//! What stands around and inside an address that was copied by hand or escaped once too often.
//!
//! Never invents a scheme for text that does not look like a host.

use std::borrow::Cow;

use crate::dedup::canonical::encoding::decode;

/// `text` without white space, invisible characters, brackets and quotes around it, and with its scheme repaired.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let text = trim(text);
    // "(https://...)": both belong to the sentence.
    let text = text
        .strip_prefix(['(', '['])
        .map_or(text, |inner| inner.strip_suffix([')', ']']).unwrap_or(inner));
    let mut text = Cow::Borrowed(trim_escaped(text));
    if text.chars().any(is_invisible) {
        text = Cow::Owned(text.chars().filter(|&c| !is_invisible(c)).collect());
    }
    for escaped in ["&amp;", "&#38;", "&#038;", "&#x26;"] {
        // Every round shortens the text, and an escape inside an escape needs another round.
        while text.contains('&') && text.contains(escaped) {
            text = Cow::Owned(text.replace(escaped, "&"));
        }
    }
    repair_scheme(text)
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || c.is_control() || is_invisible(c) || "<>\"'“”‘’«»`…|。，、；：！？）」』】》".contains(c)
    })
}

/// White space, quotes, brackets, a no-break and a zero-width space, an ellipsis, a byte order mark.
const ESCAPED_DIRT: &[&str] = &[
    "%20",
    "%09",
    "%0A",
    "%0D",
    "%22",
    "%3C",
    "%3E",
    "%C2%A0",
    "%E2%80%8B",
    "%E2%80%9C",
    "%E2%80%9D",
    "%E2%80%99",
    "%E2%80%A6",
    "%EF%BB%BF",
];

/// What was escaped with the address: "story%0A", "story%20", "story%22".
fn trim_escaped(mut text: &str) -> &str {
    loop {
        let ends_with = |escape: &&&str| {
            let start = text.len().checked_sub(escape.len());
            start
                .and_then(|start| text.get(start..))
                .is_some_and(|last| last.eq_ignore_ascii_case(escape))
        };
        let Some(escape) = ESCAPED_DIRT.iter().find(ends_with) else {
            return text;
        };
        text = &text[..text.len() - escape.len()];
    }
}

/// Zero-width joiners (U+200C, U+200D) are spelling in some languages and stay.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}'
    ) || (c.is_control() && c != '\t')
}

fn repair_scheme(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut rest: &str = &text;
    // "feed:https://host" and "feed://host" are addresses for feed readers, "URL:" is RFC 3986's Appendix C.
    while let Some(inner) = WORDS_BEFORE.iter().find_map(|word| without_start(rest, word)) {
        rest = inner.trim_start();
    }
    if let Some(repaired) = respelt(rest) {
        return repair_scheme(Cow::Owned(repaired));
    }
    // "http://https://host": the inner one is meant.
    while let Some(inner) = after_scheme(rest).filter(|inner| after_scheme(inner).is_some()) {
        rest = inner;
    }
    if let Some(host) = rest.strip_prefix("//") {
        return Cow::Owned(format!("https://{host}"));
    }
    if looks_like_host(rest) {
        return Cow::Owned(format!("https://{rest}"));
    }
    if rest.len() == text.len() {
        text
    } else {
        Cow::Owned(rest.to_owned())
    }
}

/// What programs and people write before an address.
const WORDS_BEFORE: &[&str] = &["feed:", "url:", "url=", "view-source:"];
/// Schemes as they are mistyped, or made harmless; and an address that was escaped as a whole.
const MISSPELT: &[(&str, &str)] = &[
    ("hxxps://", "https://"),
    ("hxxp://", "http://"),
    ("ttps://", "https://"),
    ("ttp://", "http://"),
    ("htps://", "https://"),
    ("htp://", "http://"),
    ("httpss://", "https://"),
    ("htttps://", "https://"),
    ("htttp://", "http://"),
    ("hhttps://", "https://"),
    ("hhttp://", "http://"),
    ("https//", "https://"),
    ("http//", "http://"),
    ("https://https//", "https://"),
    ("https://http//", "http://"),
    ("http://https//", "https://"),
    ("http://http//", "http://"),
];

/// `text` with its scheme as it was meant, where it is misspelt.
fn respelt(text: &str) -> Option<String> {
    if without_start(text, "https%3A%2F%2F").is_some() || without_start(text, "http%3A%2F%2F").is_some() {
        return decode(text);
    }
    let misspelt = MISSPELT
        .iter()
        .find_map(|(wrong, right)| Some(format!("{right}{}", without_start(text, wrong)?)));
    let text = misspelt.as_deref().unwrap_or(text);
    // "news[.]example" is how reports of attacks write a host.
    match text.split_once("[.]") {
        Some((start, _)) if !start.contains(['?', '#']) => Some(text.replace("[.]", ".")),
        _ => misspelt,
    }
}

fn after_scheme(text: &str) -> Option<&str> {
    without_start(text, "http://").or_else(|| without_start(text, "https://"))
}

/// `text` behind `start`, letters compared without case.
fn without_start<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let own = text.get(..start.len())?;
    own.eq_ignore_ascii_case(start).then(|| &text[start.len()..])
}

/// "www.example.org/a" and "example.org:8080/a", but not "tag:example.org,2005:1" and not "file.pdf".
fn looks_like_host(text: &str) -> bool {
    let end = text.find(['/', '?', '#', '\\']).unwrap_or(text.len());
    let (host, port) = text[..end].split_once(':').unwrap_or((&text[..end], ""));
    let is_www = host.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
    host.contains('.')
        && port.bytes().all(|b| b.is_ascii_digit())
        && host.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-')
        && (is_www || psl::suffix(host.to_lowercase().as_bytes()).is_some_and(|suffix| suffix.is_known()))
}
