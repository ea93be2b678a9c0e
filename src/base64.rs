//! Base64 (RFC 4648). Knows nothing of what is spelled so.

/// The alphabet of section 4.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `bytes` in base64, filled with `=`.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0_usize;
        (0..3).for_each(|index| bits = bits << 8 | usize::from(group.get(index).copied().unwrap_or_default()));
        // One digit more than the group has bytes says something; "=" fills the rest.
        for index in 0..4 {
            let digit = char::from(DIGITS[bits >> (18 - 6 * index) & 63]);
            text.push(if index <= group.len() { digit } else { '=' });
        }
    }
    text
}

/// The bytes that `text` spells, where it is what [`encode`] makes of them.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let (bytes, _) = decode_start(text);
    (encode(&bytes) == text).then_some(bytes)
}

/// The bytes that the digits at the start of `text` spell, also in the alphabet of section 5, and what follows them.
pub fn decode_start(text: &str) -> (Vec<u8>, &str) {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for (at, byte) in text.bytes().enumerate() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return (bytes, &text[at..]),
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    (bytes, "")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vectors_of_the_rfc_hold() {
        for (bytes, base64) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), base64);
            assert_eq!(decode(base64).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn damage_is_refused_and_the_start_of_it_is_read() {
        for damaged in ["Zg", "Z===", "Z!==", "Zg=g", "====", "Zm9v!"] {
            assert_eq!(decode(damaged), None, "{damaged}");
        }
        assert_eq!(decode_start("Zm9v!x"), (b"foo".to_vec(), "!x"));
        assert_eq!(decode_start("_-8="), (vec![0xff, 0xef], "="));
    }

    proptest! {
        #[test]
        fn all_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
