//! Character references of HTML.
//!
//! Owns the decoding in texts for people. Never looks at tags.

use std::borrow::Cow;

use crate::feed::named_reference;

/// Bytes of the longest name in the table, `CounterClockwiseContourIntegral`, and some.
const NAME_BYTES_MAX: usize = 34;
/// Digits of the largest code point, with leading zeros that occur.
const NUMBER_BYTES_MAX: usize = 10;
/// Feeds escape once, and careless ones twice; a third time is what the author wanted to show.
const PASSES_MAX: usize = 2;

/// `text` with its references decoded, twice at most.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    for _ in 0..PASSES_MAX {
        if !out.contains('&') {
            break;
        }
        out = Cow::Owned(decode_once(&out));
    }
    out
}

/// What the reference at the start of `text` stands for, where no other reference can come of it, and its bytes: then
/// nothing has to be decoded again.
pub(crate) fn plain_reference(text: &str) -> Option<(Shown, usize)> {
    let rest = text.strip_prefix('&')?;
    let (shown, used) = reference(rest)?;
    let is_plain = !shown.text(&mut [0; 4]).contains('&');
    is_plain.then_some((shown, 1 + used))
}

/// What a reference stands for.
pub(crate) enum Shown {
    One(char),
    Named(&'static str),
}

impl Shown {
    /// As text; `room` is for one that is no text yet.
    pub(crate) fn text<'a>(&self, room: &'a mut [u8; 4]) -> &'a str {
        match self {
            Self::One(c) => c.encode_utf8(room),
            Self::Named(text) => text,
        }
    }
}

fn decode_once(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(&rest[1..]) {
            Some((shown, used)) => {
                out.push_str(shown.text(&mut [0; 4]));
                rest = &rest[1 + used..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// What the reference stands for whose `&` is before `rest`; its bytes in `rest`.
fn reference(rest: &str) -> Option<(Shown, usize)> {
    if let Some(number) = rest.strip_prefix('#') {
        let (c, used) = numeric(number)?;
        return Some((Shown::One(c), used + 1));
    }
    let length = rest
        .bytes()
        .take(NAME_BYTES_MAX)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    let entity = named_reference(&rest[..length])?;
    let is_closed = rest.as_bytes().get(length) == Some(&b';');
    (is_closed || entity.is_legacy).then(|| (Shown::Named(&entity.text), length + usize::from(is_closed)))
}

fn numeric(number: &str) -> Option<(char, usize)> {
    let (digits, radix, prefix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 1),
        None => (number, 10, 0),
    };
    let length = digits
        .bytes()
        .take(NUMBER_BYTES_MAX)
        .take_while(|byte| char::from(*byte).is_digit(radix))
        .count();
    let code = u32::from_str_radix(&digits[..length], radix).ok()?;
    let semicolon = usize::from(digits.as_bytes().get(length) == Some(&b';'));
    Some((char_of(code), prefix + length + semicolon))
}

/// The standard reads 80 to 9F as Windows-1252; only the marks that occur in news are listed.
fn char_of(code: u32) -> char {
    match code {
        0x80 => '€',
        0x85 => '…',
        0x91 => '‘',
        0x92 => '’',
        0x93 => '“',
        0x94 => '”',
        0x95 => '•',
        0x96 => '–',
        0x97 => '—',
        0x99 => '™',
        0 => '\u{fffd}',
        _ => char::from_u32(code).unwrap_or('\u{fffd}'),
    }
}
