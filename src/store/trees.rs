//! sled's trees and typed access to them, inside and outside of a transaction.
//!
//! The only file besides `sled.rs` and `durable.rs` that names the engine. Keys are big-endian, so they sort by time.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sled::Tree;
use sled::transaction::ConflictableTransactionError;
use sled::transaction::TransactionError;
use sled::transaction::TransactionalTree;
use sled::transaction::UnabortableTransactionError;

use crate::dedup::StoryId;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::store::records;
use crate::store::records::Unreadable;

/// A transaction ends early by one of these.
pub(super) type Abort = ConflictableTransactionError<Unreadable>;

/// The fixed set of trees.
#[derive(Debug)]
pub(super) struct Trees {
    pub(super) meta: Tree,
    /// Feed id → state.
    pub(super) feeds: Tree,
    /// Feed id and piece → document of its last failure.
    pub(super) failed_bodies: Tree,
    /// Feed id → what its documents taught.
    pub(super) lessons: Tree,
    /// Alias hash → story id and when it was last used.
    pub(super) aliases: Tree,
    /// Story id and piece → story.
    pub(super) stories: Tree,
    /// Recipient hash, kind, story id and piece → entry.
    pub(super) pending: Tree,
    /// Recipient hash → state.
    pub(super) recipients: Tree,
    /// Delivery id and piece → delivery.
    pub(super) deliveries: Tree,
    /// Delivery id and piece → message.
    pub(super) messages: Tree,
}

impl Trees {
    pub(super) fn open(db: &sled::Db) -> sled::Result<Self> {
        Ok(Self {
            meta: db.open_tree("meta")?,
            feeds: db.open_tree("feeds")?,
            failed_bodies: db.open_tree("failed_bodies")?,
            lessons: db.open_tree("lessons")?,
            aliases: db.open_tree("aliases")?,
            stories: db.open_tree("stories")?,
            pending: db.open_tree("pending")?,
            recipients: db.open_tree("recipients")?,
            deliveries: db.open_tree("deliveries")?,
            messages: db.open_tree("messages")?,
        })
    }

    /// All but `meta`: empty where nothing was ever polled or mailed.
    pub(super) fn of_records(&self) -> [&Tree; 9] {
        let Self {
            meta: _,
            feeds,
            failed_bodies,
            lessons,
            aliases,
            stories,
            pending,
            recipients,
            deliveries,
            messages,
        } = self;
        [
            feeds,
            failed_bodies,
            lessons,
            aliases,
            stories,
            pending,
            recipients,
            deliveries,
            messages,
        ]
    }
}

/// The value of a moment, to the nanosecond.
pub(super) fn moment_value(moment: jiff::Timestamp) -> [u8; 16] {
    moment.as_nanosecond().to_be_bytes()
}

/// The moment of such a value.
pub(super) fn moment(value: &[u8]) -> Option<jiff::Timestamp> {
    let nanoseconds = i128::from_be_bytes(value.try_into().ok()?);
    jiff::Timestamp::from_nanosecond(nanoseconds).ok()
}

/// Where bytes can be read: a tree, or a tree inside a transaction.
pub(super) trait Bytes {
    /// What refuses.
    type Error: From<Refused>;
    /// The value at `key`.
    fn bytes(&self, key: &[u8]) -> Result<Option<sled::IVec>, Self::Error>;
}

/// A record that cannot be read, on its way into the error of either kind of tree.
#[derive(Debug)]
pub(super) struct Refused(pub(super) Unreadable);

/// What reading a tree outside of a transaction can meet.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The engine.
    Engine(sled::Error),
    /// The record.
    Record(Unreadable),
}

impl From<sled::Error> for ReadError {
    fn from(error: sled::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<Refused> for ReadError {
    fn from(refused: Refused) -> Self {
        Self::Record(refused.0)
    }
}

impl From<Refused> for Abort {
    fn from(refused: Refused) -> Self {
        Self::Abort(refused.0)
    }
}

impl Bytes for Tree {
    type Error = ReadError;

    fn bytes(&self, key: &[u8]) -> Result<Option<sled::IVec>, ReadError> {
        Ok(self.get(key)?)
    }
}

impl Bytes for TransactionalTree {
    type Error = Abort;

    fn bytes(&self, key: &[u8]) -> Result<Option<sled::IVec>, Abort> {
        Ok(self.get(key)?)
    }
}

/// The whole bytes of the record at `key`.
pub(super) fn whole<B: Bytes>(tree: &B, key: &[u8]) -> Result<Option<Vec<u8>>, B::Error> {
    let Some(first) = tree.bytes(&records::piece_key(key, 0))? else {
        return Ok(None);
    };
    let (count, content) = records::first_piece(&first).map_err(Refused)?;
    let mut bytes = content.to_vec();
    for index in 1..count {
        let lost = || Refused(Unreadable::Damaged(format!("piece {index} of {count} is missing")));
        bytes.extend_from_slice(&tree.bytes(&records::piece_key(key, index))?.ok_or_else(lost)?);
    }
    Ok(Some(bytes))
}

/// The record at `key`.
pub(super) fn read<T: DeserializeOwned, B: Bytes>(tree: &B, key: &[u8]) -> Result<Option<T>, B::Error> {
    let Some(bytes) = whole(tree, key)? else {
        return Ok(None);
    };
    Ok(Some(records::decode(&bytes).map_err(Refused)?))
}

/// The whole bytes of the record at `key`, outside of a transaction.
///
/// The pieces of a longer record are read in one transaction: a writer may replace them between two reads.
pub(super) fn whole_now(tree: &Tree, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
    let Some(first) = tree.bytes(&records::piece_key(key, 0))? else {
        return Ok(None);
    };
    let (count, content) = records::first_piece(&first).map_err(Refused)?;
    if count == 1 {
        return Ok(Some(content.to_vec()));
    }
    tree.transaction(|tree| whole(tree, key)).map_err(|error| match error {
        TransactionError::Abort(unreadable) => ReadError::Record(unreadable),
        TransactionError::Storage(error) => ReadError::Engine(error),
    })
}

/// The record at `key`, outside of a transaction.
pub(super) fn read_now<T: DeserializeOwned>(tree: &Tree, key: &[u8]) -> Result<Option<T>, ReadError> {
    let Some(bytes) = whole_now(tree, key)? else {
        return Ok(None);
    };
    Ok(Some(records::decode(&bytes).map_err(Refused)?))
}

/// Writes a record, and takes away the pieces that the old one had more.
pub(super) fn write(tree: &TransactionalTree, key: &[u8], record: &impl Serialize) -> Result<(), Abort> {
    write_bytes(tree, key, &records::encode(record))
}

/// Writes bytes as they are.
pub(super) fn write_bytes(tree: &TransactionalTree, key: &[u8], bytes: &[u8]) -> Result<(), Abort> {
    let old = piece_count(tree, key)?;
    let pieces = records::pieces(bytes);
    for index in u16::try_from(pieces.len()).unwrap_or(u16::MAX)..old {
        tree.remove(records::piece_key(key, index))?;
    }
    for (index, piece) in pieces {
        tree.insert(records::piece_key(key, index), piece)?;
    }
    Ok(())
}

/// Takes a record away.
pub(super) fn remove(tree: &TransactionalTree, key: &[u8]) -> Result<(), Abort> {
    for index in 0..piece_count(tree, key)? {
        tree.remove(records::piece_key(key, index))?;
    }
    Ok(())
}

fn piece_count(tree: &TransactionalTree, key: &[u8]) -> Result<u16, Abort> {
    let first: Result<_, UnabortableTransactionError> = tree.get(records::piece_key(key, 0));
    match first? {
        Some(first) => Ok(records::first_piece(&first).map_err(Refused)?.0),
        None => Ok(0),
    }
}

/// The key of a recipient.
pub(super) fn recipient_key(recipient: &str) -> [u8; 16] {
    crate::dedup::hash128(recipient.as_bytes())
}

/// What all pending entries of one recipient and kind begin with.
pub(super) fn pending_prefix(recipient: &str, kind: Kind) -> Vec<u8> {
    let mut key = recipient_key(recipient).to_vec();
    key.push(match kind {
        Kind::Digest => b'd',
        Kind::Alert => b'a',
    });
    key
}

/// The key of a pending entry.
pub(super) fn pending_key(entry: &DigestEntry) -> Vec<u8> {
    let mut key = pending_prefix(&entry.recipient, entry.kind);
    key.extend_from_slice(entry.story.as_bytes());
    key
}

/// The value of an alias: story and last use.
pub(super) fn alias_value(story: StoryId, used: jiff::Timestamp) -> Vec<u8> {
    let mut value = story.as_bytes().to_vec();
    value.extend_from_slice(&used.as_millisecond().to_be_bytes());
    value
}

/// The story of an alias and when it was last used, in milliseconds.
pub(super) fn alias_parts(value: &[u8]) -> Result<(StoryId, i64), Refused> {
    let parts = value
        .split_at_checked(12)
        .and_then(|(story, used)| Some((StoryId::from_bytes(story)?, i64::from_be_bytes(used.try_into().ok()?))));
    parts.ok_or_else(|| Refused(Unreadable::Damaged(format!("an alias has {} bytes", value.len()))))
}
