//! Character references: the names of XML and HTML, numbers with all their usual damage, and a document's own entities.
//!
//! Never fails: what is no reference stays as it is written.

use std::cell::Cell;
use std::collections::HashMap;

use crate::feed::references::named_reference;

/// Most bytes that a document's own entities may add to it: feeds use them for single words.
const EXPANSION_MAX: usize = 1024 * 1024;

/// Longest name between `&` and `;`: the longest of HTML has 31 letters, own entities are shorter.
const NAME_MAX: usize = 33;

/// The entities that a document declares itself, and how much they may still add to it.
#[derive(Debug)]
pub(super) struct Entities {
    values: HashMap<String, String>,
    /// Bytes that are left of `EXPANSION_MAX`.
    left: Cell<usize>,
}

impl Default for Entities {
    fn default() -> Self {
        Self {
            values: HashMap::new(),
            left: Cell::new(EXPANSION_MAX),
        }
    }
}

impl Entities {
    /// Adds a declaration; the first one of a name counts (XML 1.0 section 4.2).
    pub(super) fn declare(&mut self, name: &str, value: String) {
        self.values.entry(name.to_owned()).or_insert(value);
    }

    /// Appends what `name` stands for, or nothing where the document used up its share; false where it is not declared.
    fn push(&self, out: &mut String, name: &str) -> bool {
        let Some(value) = self.values.get(name) else {
            return false;
        };
        if let Some(left) = self.left.get().checked_sub(value.len()) {
            self.left.set(left);
            out.push_str(value);
        }
        true
    }
}

/// Replaces every reference of `text` once; `own` are the entities that the document declares.
pub(super) fn unescape(text: &str, own: &Entities) -> String {
    replace(text, |out, name| push_reference(out, name, own))
}

/// Replaces the references that the document declares itself, once; those of HTML stay for the reader of HTML.
pub(super) fn unescape_own(text: &str, own: &Entities) -> String {
    replace(text, |out, name| own.push(out, name))
}

/// Copies `text` with what `push` puts in the place of each reference; one that it refuses stays as it is written.
fn replace(text: &str, push: impl Fn(&mut String, &str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match reference(rest) {
            Some((name, length)) if push(&mut out, name) => length,
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

fn push_reference(out: &mut String, name: &str, own: &Entities) -> bool {
    if let Some(number) = name.strip_prefix('#') {
        return push_number(out, number);
    }
    if own.push(out, name) {
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
        let mut own = Entities::default();
        own.declare("me", "Jo".to_owned());
        let check = |text: &str, expected: &str| assert_eq!(unescape(text, &own), expected);

        check("caf&eacute; &amp;lt; &me;", "caf\u{e9} &lt; Jo");
        check("Re&colon; x", "Re: x");
        check("AT&T &nosuch; &", "AT&T &nosuch; &");
        check("&#x41;&#66 &#150;&#0;&#x1F;&#55357;", "AB \u{2013}");
        check("&#99999999999;x", "x");
    }

    #[test]
    fn own_entities_are_replaced_once_and_add_up_to_a_limit_only() {
        let mut own = Entities::default();
        own.declare("a", "&b;".to_owned());
        own.declare("b", "&a;".to_owned());
        assert_eq!(unescape_own("&a;&b; &eacute;<b>&#65;", &own), "&b;&a; &eacute;<b>&#65;");
        own.declare("v", "v".repeat(1000));
        let added: usize = (0..10_000).map(|_| unescape_own("&v;", &own).len()).sum();
        assert!(added <= EXPANSION_MAX, "{added}");
    }
}
