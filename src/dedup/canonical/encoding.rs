//! Percent-encoding in one form: RFC 3986 section 6.2.2, and NFC for text beyond ASCII.
//!
//! Never decodes a reserved character: `%2F` stays apart from `/`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::is_nfc;

/// `text` with each escape in capitals, unreserved characters decoded, others that a URL may not hold encoded.
pub(super) fn normalise(text: &str) -> String {
    let bytes = text.as_bytes();
    if bytes.iter().all(|&b| is_unreserved(b) || is_reserved(b)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut beyond_ascii = Vec::new();
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        let escaped = (byte == b'%').then(|| escape_at(bytes, i)).flatten();
        i += if escaped.is_some() { 3 } else { 1 };
        let byte = escaped.unwrap_or(byte);
        if byte >= 0x80 {
            beyond_ascii.push(byte);
            continue;
        }
        flush(&mut out, &mut beyond_ascii);
        // A letter may take a combining mark that follows it.
        if byte.is_ascii_alphabetic() && next_is_beyond_ascii(bytes, i) {
            beyond_ascii.push(byte);
        } else if is_unreserved(byte) || (escaped.is_none() && is_reserved(byte)) {
            out.push(char::from(byte));
        } else {
            push_escape(&mut out, byte);
        }
    }
    flush(&mut out, &mut beyond_ascii);
    out
}

/// `text` with every escape decoded, where the result is UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        let escaped = (byte == b'%').then(|| escape_at(bytes, i)).flatten();
        i += if escaped.is_some() { 3 } else { 1 };
        out.push(escaped.unwrap_or(byte));
    }
    String::from_utf8(out).ok()
}

fn next_is_beyond_ascii(bytes: &[u8], i: usize) -> bool {
    bytes.get(i) == Some(&b'%') && escape_at(bytes, i).is_some_and(|byte| byte >= 0x80)
}

fn escape_at(bytes: &[u8], i: usize) -> Option<u8> {
    let high = char::from(*bytes.get(i + 1)?).to_digit(16)?;
    let low = char::from(*bytes.get(i + 2)?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

fn flush(out: &mut String, beyond_ascii: &mut Vec<u8>) {
    if beyond_ascii.is_empty() {
        return;
    }
    match std::str::from_utf8(beyond_ascii) {
        Ok(text) if !is_nfc(text) => text.nfc().collect::<String>().bytes().for_each(|b| push(out, b)),
        _ => beyond_ascii.iter().for_each(|&b| push(out, b)),
    }
    beyond_ascii.clear();
}

/// NFC may bring ASCII (U+037E becomes a semicolon), which stays escaped: it was not written as a delimiter.
fn push(out: &mut String, byte: u8) {
    if is_unreserved(byte) {
        out.push(char::from(byte))
    } else {
        push_escape(out, byte)
    }
}

fn push_escape(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_reserved(byte: u8) -> bool {
    b":/?#[]@!$&'()*+,;=".contains(&byte)
}
