//! What stands around and inside an address that was copied by hand or escaped once too often.
//!
//! Never invents a scheme for text that does not look like a host.

use std::borrow::Cow;

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
        while text.contains(escaped) {
            text = Cow::Owned(text.replace(escaped, "&"));
        }
    }
    repair_scheme(text)
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c) || "<>\"'“”‘’«»`…".contains(c))
}

/// White space that was escaped with the address: "story%0A", "story%20".
fn trim_escaped(mut text: &str) -> &str {
    loop {
        let end = text.len().saturating_sub(3);
        let is_space = |escape: &str| text.get(end..).is_some_and(|last| last.eq_ignore_ascii_case(escape));
        if !["%20", "%09", "%0A", "%0D"].into_iter().any(is_space) {
            return text;
        }
        text = &text[..end];
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
    // "feed:https://host" and "feed://host" are addresses for feed readers.
    if let Some(inner) = rest.strip_prefix("feed:") {
        rest = inner;
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

fn after_scheme(text: &str) -> Option<&str> {
    ["http://", "https://"]
        .iter()
        .find(|scheme| {
            text.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })
        .and_then(|scheme| text.get(scheme.len()..))
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
