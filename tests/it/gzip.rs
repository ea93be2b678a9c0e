//! Gzip by hand: honest, and a bomb that is 150 times smaller than what it holds (RFC 1951, RFC 1952).

const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// One gzip member that stores `bytes` as they are.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut out = HEADER.to_vec();
    out.push(1);
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(bytes);
    out.extend(crc32(bytes).to_le_bytes());
    out.extend(u32::from(length).to_le_bytes());
    out
}

/// The beginning of a gzip member that holds `size` zeros: one block of fixed codes, each for 258 bytes in 13 bits.
pub fn gzip_bomb(size: usize) -> Vec<u8> {
    let mut bits = vec![true, true, false];
    // A zero, then "the last byte, 258 times" again and again.
    push_code(&mut bits, 0b0011_0000, 8);
    for _ in 0..size / 258 {
        push_code(&mut bits, 0b1100_0101, 8);
        push_code(&mut bits, 0, 5);
    }
    let packed = bits
        .chunks(8)
        .map(|chunk| chunk.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit)));
    HEADER.into_iter().chain(packed).collect()
}

fn push_code(bits: &mut Vec<bool>, code: u16, length: u32) {
    bits.extend((0..length).rev().map(|bit| code >> bit & 1 == 1));
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}
