//! The text part of a message of ours, as its reader sees it.
//!
//! Knows only what [`crate::mail::message`] writes: one alternative, its text first.

use crate::base64;

/// The text part of a message that [`crate::mail::message::build`] made, decoded.
pub fn text_part(message: &[u8]) -> Option<String> {
    let message = std::str::from_utf8(message).ok()?;
    let (_, rest) = message.split_once("boundary=\"")?;
    let (boundary, rest) = rest.split_once('"')?;
    let delimiter = format!("--{boundary}");
    let (head, body) = rest.split(&delimiter).nth(1)?.trim_start().split_once("\r\n\r\n")?;
    let body = body.strip_suffix("\r\n").unwrap_or(body);
    let head = head.to_ascii_lowercase();
    if head.contains("quoted-printable") {
        Some(unquoted(body))
    } else if head.contains("base64") {
        Some(unpacked(body))
    } else {
        Some(body.replace("\r\n", "\n"))
    }
}

/// Quoted-printable decoded (RFC 2045 section 6.7).
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.replace("=\r\n", "").replace("\r\n", "\n").into_bytes().into_iter();
    while let Some(byte) = rest.next() {
        if byte != b'=' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next(), rest.next()].into_iter().flatten().collect();
        let digits = String::from_utf8(digits).unwrap_or_default();
        bytes.extend(u8::from_str_radix(&digits, 16).ok());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Base64 decoded (RFC 2045 section 6.8); lettre uses it where most of a text is not ASCII.
fn unpacked(text: &str) -> String {
    let digits: String = text.split_ascii_whitespace().collect();
    let (bytes, _) = base64::decode_start(&digits);
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
}
