//! The deduplicator: which URL names a story, and which sightings are the same story.
//!
//! Never compares feeds' texts to decide identity and never rewrites a link that people see.
//! When unsure, it keeps apart: losing a story is worse than showing one twice.

pub mod attribution;
pub mod canonical;
mod gate;
pub mod identity;
pub mod source_url;
mod story;

pub use story::{Alias, Item, Match, Provenance, Sighting, SourceUrl, Span, Story, StoryId, TextField};

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
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(out)
}
