//! Bodies that came compressed: gzip with any number of members, and deflate in both of its wild forms.
//!
//! Our own, because the HTTP client knows one spelling of "gzip", stops after the first member, and refuses deflate
//! without its wrapping. Pure; never writes more than it is allowed to.

/// Why a body cannot be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// It ends too early.
    Cut,
    /// It is something else, or its checksum is wrong.
    Wrong,
    /// What it holds is larger than was allowed.
    TooLarge,
}

/// The bytes in the gzip members of `packed` (RFC 1952), `bytes_max` at most; what follows the last member is passed over.
pub(super) fn gunzip(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, Damage> {
    let mut out = Vec::new();
    let mut bits = Bits::new(packed);
    skip_header(&mut bits)?;
    loop {
        let from = out.len();
        inflate(&mut bits, &mut out, from, bytes_max)?;
        bits.skip_to_byte();
        let checksum = bits.take(16)? | bits.take(16)? << 16;
        if checksum != crc32(&out[from..]) {
            return Err(Damage::Wrong);
        }
        // The length says nothing that the checksum does not; some writers leave it out at the end.
        let _ = bits.take(16).and_then(|_| bits.take(16));
        if skip_header(&mut bits).is_err() {
            return Ok(out);
        }
    }
}

/// The bytes in `packed`: deflate as RFC 9110 section 8.4.1.2 wants it, in a zlib wrapping, or without (RFC 1951).
pub(super) fn undeflate(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, Damage> {
    let plain = |bytes: &[u8]| {
        let mut out = Vec::new();
        inflate(&mut Bits::new(bytes), &mut out, 0, bytes_max).map(|()| out)
    };
    match packed {
        [first, second, rest @ ..] if first & 15 == 8 && (u32::from(*first) << 8 | u32::from(*second)) % 31 == 0 => {
            plain(rest).or_else(|_| plain(packed))
        }
        packed => plain(packed),
    }
}

/// Whether `bytes` begin like a gzip member.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

fn skip_header(bits: &mut Bits<'_>) -> Result<(), Damage> {
    if !is_gzip(bits.rest()) {
        return Err(if bits.rest().len() < 3 {
            Damage::Cut
        } else {
            Damage::Wrong
        });
    }
    let flags = bits.rest().get(3).copied().ok_or(Damage::Cut)?;
    bits.skip(10)?;
    if flags & 4 != 0 {
        let length = bits.take(16)?;
        bits.skip(length as usize)?;
    }
    // A name and a comment end in zero.
    for _ in 0..(flags >> 3 & 1) + (flags >> 4 & 1) {
        let end = bits.rest().iter().position(|byte| *byte == 0).ok_or(Damage::Cut)?;
        bits.skip(end + 1)?;
    }
    bits.skip(usize::from(flags & 2))
}

/// Bits of bytes, lowest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u32,
    count: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            held: 0,
            count: 0,
        }
    }

    /// The next `count` bits, 16 at most.
    fn take(&mut self, count: u32) -> Result<u32, Damage> {
        while self.count < count {
            let byte = self.bytes.get(self.at).ok_or(Damage::Cut)?;
            self.held |= u32::from(*byte) << self.count;
            self.at += 1;
            self.count += 8;
        }
        let taken = self.held & ((1 << count) - 1);
        self.held >>= count;
        self.count -= count;
        Ok(taken)
    }

    /// Drops the rest of a byte that was begun.
    fn skip_to_byte(&mut self) {
        (self.held, self.count) = (0, 0);
    }

    /// The whole bytes that are left; only between bytes.
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, count: usize) -> Result<(), Damage> {
        self.at += count;
        (self.at <= self.bytes.len()).then_some(()).ok_or(Damage::Cut)
    }
}

/// Longest code of a symbol (RFC 1951 section 3.2.7).
const CODE_BITS_MAX: usize = 15;

/// A Huffman code: how many symbols have codes of each length, and the symbols in the order of their codes.
struct Code {
    counts: [u16; CODE_BITS_MAX + 1],
    symbols: Vec<u16>,
}

impl Code {
    fn new(lengths: &[u8]) -> Self {
        let mut counts = [0; CODE_BITS_MAX + 1];
        for length in lengths {
            counts[usize::from(*length)] += 1;
        }
        counts[0] = 0;
        // Where the symbols with codes of each length begin.
        let mut next = [0_usize; CODE_BITS_MAX + 2];
        for (length, count) in counts.iter().enumerate() {
            next[length + 1] = next[length] + usize::from(*count);
        }
        let mut symbols = vec![0; next[CODE_BITS_MAX + 1]];
        for (length, symbol) in lengths.iter().zip(0..).filter(|(length, _)| **length > 0) {
            let place = &mut next[usize::from(*length)];
            symbols[*place] = symbol;
            *place += 1;
        }
        Self { counts, symbols }
    }

    /// The next symbol; a code that no symbol has is damage.
    fn next(&self, bits: &mut Bits<'_>) -> Result<usize, Damage> {
        let (mut code, mut first, mut index) = (0_u32, 0_u32, 0_u32);
        for count in &self.counts[1..] {
            code |= bits.take(1)?;
            let count = u32::from(*count);
            if code < first + count {
                let symbol = self.symbols.get((index + code - first) as usize);
                return symbol.map(|symbol| usize::from(*symbol)).ok_or(Damage::Wrong);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(Damage::Wrong)
    }
}

/// Shortest lengths and distances of their codes, and how many bits are added (RFC 1951 section 3.2.5).
const LENGTHS: [u16; 29] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_BITS: [u32; 29] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const DISTANCES: [u16; 30] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
    8193, 12289, 16385, 24577,
];
const DISTANCE_BITS: [u32; 30] = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
/// The order in which the lengths of the code of code lengths stand (RFC 1951 section 3.2.7).
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Appends what the blocks up to the last one hold; references reach back to `from`.
fn inflate(bits: &mut Bits<'_>, out: &mut Vec<u8>, from: usize, bytes_max: usize) -> Result<(), Damage> {
    loop {
        let is_last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => {
                bits.skip_to_byte();
                let (length, check) = (bits.take(16)?, bits.take(16)?);
                if length != check ^ 0xffff {
                    return Err(Damage::Wrong);
                }
                let stored = bits.rest().get(..length as usize).ok_or(Damage::Cut)?;
                if out.len() + stored.len() > bytes_max {
                    return Err(Damage::TooLarge);
                }
                out.extend_from_slice(stored);
                bits.skip(stored.len())?;
            }
            1 => {
                let mut lengths = [8; 288];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                block(bits, out, from, bytes_max, &[Code::new(&lengths), Code::new(&[5; 30])])?;
            }
            2 => {
                let codes = codes(bits)?;
                block(bits, out, from, bytes_max, &codes)?;
            }
            _ => return Err(Damage::Wrong),
        }
        if is_last {
            return Ok(());
        }
    }
}

/// The two codes of a block that brings its own: literals and lengths, distances.
fn codes(bits: &mut Bits<'_>) -> Result<[Code; 2], Damage> {
    let (literals, distances) = (bits.take(5)? as usize + 257, bits.take(5)? as usize + 1);
    let mut lengths = [0; 19];
    for place in ORDER.iter().take(bits.take(4)? as usize + 4) {
        lengths[*place] = bits.take(3)? as u8;
    }
    let code = Code::new(&lengths);
    let mut lengths: Vec<u8> = Vec::with_capacity(literals + distances);
    while lengths.len() < literals + distances {
        let (length, times) = match code.next(bits)? {
            16 => (*lengths.last().ok_or(Damage::Wrong)?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (length as u8, 1),
        };
        lengths.extend(std::iter::repeat_n(length, times as usize));
    }
    if lengths.len() > literals + distances {
        return Err(Damage::Wrong);
    }
    let (literals, distances) = lengths.split_at(literals);
    Ok([Code::new(literals), Code::new(distances)])
}

fn block(
    bits: &mut Bits<'_>,
    out: &mut Vec<u8>,
    from: usize,
    bytes_max: usize,
    [literals, distances]: &[Code; 2],
) -> Result<(), Damage> {
    loop {
        let symbol = literals.next(bits)?;
        if symbol == 256 {
            return Ok(());
        }
        if let Ok(byte) = u8::try_from(symbol) {
            out.push(byte);
        } else {
            let length = number(bits, symbol - 257, &LENGTHS, &LENGTH_BITS)?;
            let symbol = distances.next(bits)?;
            let distance = number(bits, symbol, &DISTANCES, &DISTANCE_BITS)?;
            let start = out
                .len()
                .checked_sub(distance)
                .filter(|start| *start >= from)
                .ok_or(Damage::Wrong)?;
            // One after the other: the copy may reach into itself.
            for place in start..start + length {
                out.push(out[place]);
            }
        }
        if out.len() > bytes_max {
            return Err(Damage::TooLarge);
        }
    }
}

/// The number that a symbol and the bits behind it make.
fn number(bits: &mut Bits<'_>, symbol: usize, least: &[u16], more: &[u32]) -> Result<usize, Damage> {
    let (least, more) = least.get(symbol).zip(more.get(symbol)).ok_or(Damage::Wrong)?;
    Ok(usize::from(*least) + bits.take(*more)? as usize)
}

fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes
        .iter()
        .fold(!0, |crc, byte| crc >> 8 ^ TABLE[(crc as u8 ^ byte) as usize])
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let (mut crc, mut bit) = (byte as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// zlib's work at its best compression: codes of its own, and repeats.
    const ZLIB: &[u8] = &[
        0x78, 0xda, 0xed, 0x94, 0x2b, 0x0e, 0x03, 0x31, 0x0c, 0x44, 0x79, 0x4e, 0xb1, 0x47, 0x70, 0xbc, 0x49, 0xe4,
        0x1c, 0xa7, 0xa5, 0x65, 0xbd, 0x3f, 0x28, 0x89, 0xc6, 0x5e, 0x69, 0x68, 0xd9, 0x30, 0x83, 0xed, 0xeb, 0xc4,
        0x9f, 0x67, 0xd7, 0xe7, 0xf5, 0x7e, 0x7d, 0x2f, 0x6b, 0xfd, 0x54, 0xbd, 0x8d, 0x53, 0x79, 0xdb, 0xa7, 0xba,
        0x5b, 0x5f, 0xa7, 0x1c, 0x2d, 0x4e, 0x35, 0x9b, 0x9f, 0x6a, 0xb5, 0x3e, 0x93, 0x73, 0x03, 0x84, 0xd2, 0xf3,
        0x83, 0x1b, 0xbf, 0xaa, 0x24, 0xe0, 0x17, 0xfe, 0xd3, 0x90, 0xa3, 0x23, 0x9b, 0x37, 0xcb, 0x44, 0xc0, 0x0c,
        0x60, 0x76, 0x06, 0x5a, 0xc0, 0x04, 0x30, 0xce, 0xe2, 0x20, 0xe4, 0xc8, 0x72, 0xe6, 0x07, 0x0b, 0xbf, 0xaa,
        0x24, 0xe0, 0x6b, 0x8f, 0x46, 0x82, 0xc0, 0xb1, 0x4c, 0x44, 0xde, 0xb5, 0x33, 0xd0, 0x02, 0x26, 0x80, 0x71,
        0x16, 0x07, 0x21, 0x9f, 0xad, 0x9e, 0x40, 0x39, 0x21, 0x01, 0x5f, 0x7b, 0x34, 0xc8, 0xec, 0x2d, 0x13, 0x91,
        0x77, 0x6d, 0x36, 0xb0, 0x00, 0xc6, 0x59, 0x1c, 0x84, 0x7c, 0xb6, 0x7a, 0x92, 0x2d, 0x4a, 0x12, 0xf0, 0xb5,
        0x47, 0x83, 0xcc, 0xde, 0x32, 0x11, 0x79, 0xd7, 0x66, 0x03, 0x0b, 0xb2, 0x89, 0x25, 0x0e, 0x42, 0x3e, 0x5b,
        0x3d, 0xc9, 0x16, 0x05, 0x3b, 0x8f, 0xec, 0xd1, 0x20, 0xb3, 0x37, 0xb2, 0xd3, 0xf9, 0xae, 0xcd, 0x06, 0x16,
        0x64, 0x13, 0x4b, 0x9c, 0x7a, 0x64, 0xa5, 0xd5, 0x93, 0x6c, 0x51, 0xb0, 0xf3, 0xd8, 0xe4, 0xee, 0x73, 0xf6,
        0x46, 0x76, 0x7a, 0x90, 0x5b, 0x2d, 0x03, 0x0b, 0xb2, 0x89, 0x25, 0x4e, 0x3d, 0xb2, 0x9b, 0x09, 0xc4, 0x09,
        0xa9, 0x9c, 0xc7, 0x26, 0x77, 0x9f, 0xb3, 0x37, 0xf9, 0x4c, 0x3e, 0x93, 0xcf, 0xe4, 0x33, 0xf9, 0x4c, 0x3e,
        0x93, 0xcf, 0xe4, 0x33, 0xf9, 0x4c, 0x3e, 0x93, 0xcf, 0xe4, 0x33, 0xf9, 0x4c, 0x3e, 0x93, 0xcf, 0xe4, 0x33,
        0xf9, 0x4c, 0x3e, 0x93, 0xcf, 0xe4, 0x33, 0xf9, 0x4c, 0x3e, 0x93, 0xcf, 0xe4, 0x33, 0xf9, 0x4c, 0x3e, 0x93,
        0xcf, 0xe4, 0x33, 0xf9, 0x4c, 0x3e, 0x93, 0xcf, 0xe4, 0x33, 0xf9, 0x4c, 0x3e, 0x93, 0xcf, 0xfe, 0xe8, 0xb3,
        0x1f, 0x2c, 0x74, 0xcd, 0x7c,
    ];

    fn text() -> Vec<u8> {
        (0..1000)
            .flat_map(|n: u32| format!("{} kabar {}\n", n * n % 17, n % 7).into_bytes())
            .collect()
    }

    #[test]
    fn both_forms_of_deflate_are_read() {
        let raw = &ZLIB[2..ZLIB.len() - 4];
        assert_eq!(undeflate(ZLIB, 1 << 20), Ok(text()));
        assert_eq!(undeflate(raw, 1 << 20), Ok(text()));
        assert_eq!(undeflate(raw, 1000), Err(Damage::TooLarge));
    }

    #[test]
    fn every_cut_and_every_wrong_byte_is_survived() {
        let raw = &ZLIB[2..ZLIB.len() - 4];
        let member = [
            &[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255, b'n', 0],
            raw,
            &crc32(&text()).to_le_bytes(),
            &[0; 4],
        ];
        let member = member.concat();
        assert_eq!(gunzip(&member, 1 << 20), Ok(text()));
        let twice = [text(), text()].concat();
        assert_eq!(gunzip(&[&member[..], &member, b"junk"].concat(), 1 << 20), Ok(twice));
        for at in 0..member.len() - 8 {
            assert!(gunzip(&member[..at], 1 << 20).is_err(), "{at}");
            let mut wrong = member.clone();
            wrong[at] ^= 0x55;
            let _ = gunzip(&wrong, 1 << 16);
        }
    }
}
