//! Hashes for keys, and their spelling. Knows nothing of what is hashed.

/// The first 16 bytes of the BLAKE3 hash of `bytes`: 128 bits, cryptographic, for keys.
pub fn hash128(bytes: &[u8]) -> [u8; 16] {
    let hash = blake3::hash(bytes);
    let mut out = [0; 16];
    out.copy_from_slice(&hash.as_bytes()[..16]);
    out
}

/// The bytes that `text` spells in hexadecimal, where it has exactly `N` of them.
pub fn bytes_of_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, digits) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hexadecimal_digits_of_the_right_number_spell_bytes() {
        assert_eq!(bytes_of_hex("00fF"), Some([0, 255]));
        for wrong in ["", "00f", "00ff00", "+0ff", "0é", "zz00"] {
            assert_eq!(bytes_of_hex::<2>(wrong), None, "{wrong}");
        }
    }
}
