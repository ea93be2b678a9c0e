//! Bodies that came compressed: gzip with any number of members, and deflate in both of its wild forms.
//!
//! The HTTP client knows one spelling of "gzip", stops after the first member, and refuses deflate without its wrapping.
//! Pure; never writes more than it is allowed to.

use std::io;
use std::io::Read;

use flate2::bufread::DeflateDecoder;
use flate2::bufread::GzDecoder;
use flate2::bufread::ZlibDecoder;

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
    let mut rest = packed;
    loop {
        let mut member = GzDecoder::new(rest);
        unpack(&mut member, &mut out, bytes_max)?;
        rest = member.into_inner();
        if !is_gzip(rest) {
            return Ok(out);
        }
    }
}

/// The bytes in `packed`: deflate as RFC 9110 section 8.4.1.2 wants it, in a zlib wrapping, or without (RFC 1951).
pub(super) fn undeflate(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, Damage> {
    let mut out = Vec::new();
    match unpack(&mut ZlibDecoder::new(packed), &mut out, bytes_max) {
        Err(Damage::Wrong) => {
            out.clear();
            unpack(&mut DeflateDecoder::new(packed), &mut out, bytes_max)?;
        }
        ended => ended?,
    }
    Ok(out)
}

/// Whether `bytes` begin like a gzip member.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// Adds all that `packed` gives to `out`, which is never longer than `bytes_max` by more than a byte.
fn unpack(packed: &mut impl Read, out: &mut Vec<u8>, bytes_max: usize) -> Result<(), Damage> {
    let room = bytes_max.saturating_sub(out.len()).saturating_add(1);
    let room = u64::try_from(room).unwrap_or(u64::MAX);
    packed.take(room).read_to_end(out).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Damage::Cut,
        _ => Damage::Wrong,
    })?;
    if out.len() > bytes_max {
        return Err(Damage::TooLarge);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flate2::Compression;
    use flate2::bufread::DeflateEncoder;
    use flate2::bufread::GzEncoder;
    use flate2::bufread::ZlibEncoder;

    use super::*;

    fn text() -> Vec<u8> {
        (0..1000)
            .flat_map(|n: u32| format!("{} kabar {}\n", n * n % 17, n % 7).into_bytes())
            .collect()
    }

    fn all(mut packed: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        packed.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn both_forms_of_deflate_are_read() {
        let wrapped = all(ZlibEncoder::new(text().as_slice(), Compression::best()));
        let raw = all(DeflateEncoder::new(text().as_slice(), Compression::best()));

        assert_eq!(undeflate(&wrapped, 1 << 20), Ok(text()));
        assert_eq!(undeflate(&raw, 1 << 20), Ok(text()));
        assert_eq!(undeflate(&raw, 1000), Err(Damage::TooLarge));
    }

    #[test]
    fn every_member_is_read_and_what_follows_the_last_is_passed_over() {
        let member = all(GzEncoder::new(text().as_slice(), Compression::best()));
        let twice = [text(), text()].concat();

        assert_eq!(gunzip(&[&member[..], &member, b"junk"].concat(), 1 << 20), Ok(twice));
        assert_eq!(gunzip(&[&member[..], &member].concat(), 15_000), Err(Damage::TooLarge));
    }

    #[test]
    fn every_cut_is_told_and_every_wrong_byte_is_survived() {
        let member = all(GzEncoder::new(text().as_slice(), Compression::best()));

        for at in 0..member.len() {
            assert_eq!(gunzip(&member[..at], 1 << 20), Err(Damage::Cut), "{at}");
            let mut wrong = member.clone();
            wrong[at] ^= 0x55;
            let _ = gunzip(&wrong, 1 << 16);
        }
    }
}
