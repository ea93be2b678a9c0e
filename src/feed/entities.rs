//! Character references: the names of XML and HTML, numbers with all their usual damage, and a document's own entities.
//!
//! Never fails: what is no reference stays as it is written.

use std::collections::HashMap;

use crate::feed::references::named_reference;

/// Most bytes that a document's own entities may add to one text: feeds use them for single words.
const EXPANSION_MAX: usize = 64 * 1024;

/// Longest name between `&` and `;`: the longest of HTML has 31 letters, own entities are shorter.
const NAME_MAX: usize = 33;

/// Replaces every reference of `text` once; `own` are the entities that the document declares.
pub(super) fn unescape(text: &str, own: &HashMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut budget = EXPANSION_MAX;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match reference(rest) {
            Some((name, length)) if push_reference(&mut out, name, own, &mut budget) => length,
            Some(_) | None => {
                out.push('&');
                1
            }
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    out
}

/// Whether `text` holds an `&` that starts no reference.
pub(super) fn has_bare_ampersand(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| reference(&text[at..]).is_none())
}

/// The name of the reference at the start of `text`, and how many bytes it takes.
fn reference(text: &str) -> Option<(&str, usize)> {
    let body = &text[1..];
    let end = body
        .bytes()
        .take(NAME_MAX)
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'#' | b'_' | b'-' | b'.')))
        .or_else(|| (body.len() < NAME_MAX).then_some(body.len()))?;
    let closed = body.as_bytes().get(end) == Some(&b';');
    let numeric = body.starts_with('#') && end > 1;
    (end > 0 && (closed || numeric)).then(|| (&body[..end], 1 + end + usize::from(closed)))
}

fn push_reference(out: &mut String, name: &str, own: &HashMap<String, String>, budget: &mut usize) -> bool {
    if let Some(number) = name.strip_prefix('#') {
        return push_number(out, number);
    }
    if let Some(value) = own.get(name) {
        if let Some(left) = budget.checked_sub(value.len()) {
            *budget = left;
            out.push_str(value);
        }
        return true;
    }
    let known = named_reference(name);
    out.extend(known.map(|known| known.text.as_str()));
    known.is_some()
}

/// Appends the character of a number; an impossible one is dropped, `&#128;` to `&#159;` mean windows-1252.
fn push_number(out: &mut String, number: &str) -> bool {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    let Ok(code) = code else {
        return number.chars().all(|c| c.is_ascii_digit());
    };
    if let Ok(byte @ 0x80..=0x9f) = u8::try_from(code) {
        out.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0);
    } else if code >= 0x20 || matches!(code, 9 | 10 | 13) {
        out.extend(char::from_u32(code));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_once_and_damage_stays_readable() {
        let own = HashMap::from([("me".to_owned(), "Jo".to_owned())]);
        let check = |text: &str, expected: &str| assert_eq!(unescape(text, &own), expected);

        check("caf&eacute; &amp;lt; &me;", "caf\u{e9} &lt; Jo");
        check("Re&colon; x", "Re: x");
        check("AT&T &nosuch; &", "AT&T &nosuch; &");
        check("&#x41;&#66 &#150;&#0;&#x1F;&#55357;", "AB \u{2013}");
        check("&#99999999999;x", "x");
    }
}
