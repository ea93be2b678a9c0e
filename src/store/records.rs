//! How records look on disk: one version byte, then JSON, in pieces of at most 8 KiB.
//!
//! The first piece begins with the number of pieces, so that a record is read without a scan (a transaction has none).

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;

/// The version of the records written by this kabar.
pub(super) const VERSION: u8 = 1;
/// Bytes of one piece. sled moves leaves of over a quarter of a segment into files that it never syncs.
const PIECE_BYTES_MAX: usize = 8 * 1024;
/// Bytes before the content of the first piece: version and number of pieces.
const HEAD_BYTES: usize = 3;

/// What a record's bytes cannot be.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// Of a newer version.
    Version(u8),
    /// Damaged, and how.
    Damaged(String),
}

impl Unreadable {
    pub(super) fn in_tree(self, path: &str, tree: &'static str) -> StoreError {
        let path = path.to_owned();
        match self {
            Self::Version(found) => StoreError::Version {
                path,
                tree,
                found,
                known: VERSION,
            },
            Self::Damaged(reason) => StoreError::Damaged { path, tree, reason },
        }
    }
}

/// The record as bytes, without the head.
pub(super) fn encode(record: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(record).expect("our records have string keys and no failing serializers")
}

/// The record that `bytes` hold.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(bytes).map_err(|error| Unreadable::Damaged(error.to_string()))
}

/// The key of piece `index` of the record at `key`.
pub(super) fn piece_key(key: &[u8], index: u16) -> Vec<u8> {
    let mut piece = key.to_vec();
    piece.extend_from_slice(&index.to_be_bytes());
    piece
}

/// The pieces of a record, each with its index.
pub(super) fn pieces(bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let chunks: Vec<&[u8]> = if bytes.is_empty() {
        vec![bytes]
    } else {
        bytes.chunks(PIECE_BYTES_MAX).collect()
    };
    let count =
        u16::try_from(chunks.len()).expect("no record has 65,536 pieces of 8 KiB: mails and stories are bounded");
    let piece = |(index, chunk): (u16, &[u8])| {
        let mut piece = Vec::with_capacity(chunk.len() + HEAD_BYTES);
        if index == 0 {
            piece.push(VERSION);
            piece.extend_from_slice(&count.to_be_bytes());
        }
        piece.extend_from_slice(chunk);
        (index, piece)
    };
    (0..count).zip(chunks).map(piece).collect()
}

/// How many pieces the record has whose first piece this is, and the content of that piece.
pub(super) fn first_piece(piece: &[u8]) -> Result<(u16, &[u8]), Unreadable> {
    match piece {
        [VERSION, 0, 0, ..] => Err(Unreadable::Damaged("the first piece counts no pieces".to_owned())),
        [VERSION, high, low, content @ ..] => Ok((u16::from_be_bytes([*high, *low]), content)),
        [version, ..] if *version > VERSION => Err(Unreadable::Version(*version)),
        _ => Err(Unreadable::Damaged("the first piece is too short".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_record_comes_back_from_its_pieces(bytes in prop::collection::vec(any::<u8>(), 0..40_000)) {
            let pieces = pieces(&bytes);
            prop_assert!(pieces.iter().all(|(_, piece)| piece.len() <= PIECE_BYTES_MAX + HEAD_BYTES));
            let (count, first) = first_piece(&pieces[0].1).unwrap();
            prop_assert_eq!(usize::from(count), pieces.len());
            let mut whole = first.to_vec();
            pieces[1..].iter().for_each(|(_, piece)| whole.extend_from_slice(piece));
            prop_assert_eq!(whole, bytes);
        }
    }

    #[test]
    fn a_newer_record_is_refused_by_its_version() {
        assert!(matches!(
            first_piece(&[VERSION + 1, 0, 1, b'x']),
            Err(Unreadable::Version(2))
        ));
    }
}
