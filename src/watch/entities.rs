//! Character references of HTML.
//!
//! Owns the table of names and the decoding. Never looks at tags.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The named references of the WHATWG HTML standard.
const TABLE: &str = include_str!("tables/entities.tsv");
/// Bytes of the longest name in the table, `CounterClockwiseContourIntegral`, and some.
const NAME_BYTES_MAX: usize = 34;
/// Digits of the largest code point, with leading zeros that occur.
const NUMBER_BYTES_MAX: usize = 10;
/// Feeds escape once, and careless ones twice; a third time is what the author wanted to show.
const PASSES_MAX: usize = 2;

struct Entity {
    text: String,
    /// Old names are read without a semicolon as well.
    is_legacy: bool,
}

static ENTITIES: LazyLock<HashMap<&'static str, Entity>> = LazyLock::new(|| {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (name, codes) = line.split_once('\t')?;
            let text = codes
                .split(' ')
                .filter_map(|code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32))
                .collect();
            let is_legacy = name.ends_with('!');
            Some((name.trim_end_matches('!'), Entity { text, is_legacy }))
        })
        .collect()
});

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

fn decode_once(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(&rest[1..]) {
            Some((decoded, used)) => {
                out.push_str(&decoded);
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

/// What a reference stands for, and its bytes behind the `&`.
fn reference(rest: &str) -> Option<(String, usize)> {
    if let Some(number) = rest.strip_prefix('#') {
        return numeric(number).map(|(text, used)| (text, used + 1));
    }
    let length = rest
        .bytes()
        .take(NAME_BYTES_MAX)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    let name = &rest[..length];
    let entity = ENTITIES.get(name)?;
    if rest.as_bytes().get(length) == Some(&b';') {
        return Some((entity.text.clone(), length + 1));
    }
    entity.is_legacy.then(|| (entity.text.clone(), length))
}

fn numeric(number: &str) -> Option<(String, usize)> {
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
    Some((char_of(code).to_string(), prefix + length + semicolon))
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
