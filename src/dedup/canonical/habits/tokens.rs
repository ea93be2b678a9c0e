//! Values that name a reader, a click or a sending: nobody writes such a one to name a story.
//!
//! Judges by shape alone.

use crate::dedup::canonical::encoding::decode;

/// MD5, in hexadecimal; SHA-1 and SHA-256 are longer.
const HASH_LENGTH_MIN: usize = 32;
/// Hexadecimal digits from which on a mixture of figures and letters is no word and no number.
const HASH_PART_LENGTH_MIN: usize = 12;
/// RFC 9562.
const UUID_LENGTH: usize = 36;
/// Shorter mixtures of letters and digits may be names of videos and models.
const MIXED_LENGTH_MIN: usize = 20;
/// Shorter ones hold no header.
const JSON_LENGTH_MIN: usize = 10;

/// A hash, a UUID, a JSON web token (RFC 7519), or a long mixture of small and capital letters and digits.
pub(super) fn is_token(value: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let has = |is_kind: fn(&u8) -> bool| value.bytes().any(|b| is_kind(&b));
    let is_part_of_hash = value.len() >= HASH_PART_LENGTH_MIN && has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase);
    let is_hash = (value.len() >= HASH_LENGTH_MIN || is_part_of_hash) && is_hex(value);
    let is_uuid = value.len() == UUID_LENGTH
        && value.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && value.split('-').all(is_hex);
    let is_plain = value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_.=%".contains(&b));
    let is_mixed = value.len() >= MIXED_LENGTH_MIN
        && is_plain
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
        && !value.contains("--")
        && value.matches(['-', '.']).count() <= 2;
    is_hash || is_uuid || is_mixed || value.starts_with("eyJ") && value.len() >= JSON_LENGTH_MIN
}

/// "ann@mail.example": the address to which the link was sent.
pub(super) fn names_a_reader(value: &str) -> bool {
    if !value.contains('@') && !value.contains("%40") {
        return false;
    }
    let decoded = decode(value).unwrap_or_default();
    decoded.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !decoded.contains([' ', '/'])
            && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b))
    })
}
