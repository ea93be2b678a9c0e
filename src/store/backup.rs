//! A backup: every record of a store as JSON lines, independent of the engine.
//!
//! The first line names the format, the last one counts the records and has the hash of their lines, so that a file that
//! was cut or changed is noticed. Records stand in the order of trees and keys: of equal stores, all lines but the first,
//! which says when it was written, are equal.

mod reader;

use std::collections::BTreeMap;
use std::io;
use std::io::Write;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error;

use crate::dedup::Lesson;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::digest::Delivery;
use crate::digest::DigestEntry;
use crate::feed::FailedBody;
use crate::feed::FeedId;
use crate::feed::FeedState;
use crate::feed::compact;
use crate::hash::bytes_of_hex;
use crate::store::RecipientState;
use crate::store::Store;
use crate::store::StoreError;

pub use reader::Reader;

/// The name of the format, in the first line.
const FORMAT: &str = "kabar-backup";
/// The version of the format that this kabar writes, and the newest that it reads.
const FORMAT_VERSION: u32 = 1;

/// One record of a store: the name of its tree, and all that the tree knows, its key included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "tree", content = "record", rename_all = "snake_case")]
pub enum Record {
    /// What the store knows of itself; the first record.
    Meta {
        /// [`Store::instance`].
        instance: Hash,
        /// The version of the rules of keys under which every story has its keys.
        rules: Option<u32>,
        /// [`Store::aliases_pruned_before`].
        aliases_pruned_before: Option<Timestamp>,
    },
    /// A feed's state.
    Feeds {
        /// Which feed.
        feed: FeedId,
        /// What is known of it.
        state: Box<FeedState>,
    },
    /// The document of a feed's last failure.
    FailedBodies {
        /// Which feed.
        feed: FeedId,
        /// The document.
        body: FailedBody,
    },
    /// What a feed's documents taught about addresses.
    Lessons {
        /// Which feed.
        feed: FeedId,
        /// What they taught.
        lessons: Vec<Lesson>,
    },
    /// A name that was seen.
    Aliases {
        /// The hash of the name.
        alias: Hash,
        /// Whose name it is; that story may be forgotten.
        story: StoryId,
        /// When it was last used, to the millisecond.
        used: Timestamp,
    },
    /// A story.
    Stories(Box<Story>),
    /// What waits for a mail.
    Pending(Box<DigestEntry>),
    /// Where a recipient's mails stand.
    Recipients {
        /// The hash of the recipient's name.
        recipient: Hash,
        /// Where they stand.
        state: RecipientState,
    },
    /// A mail.
    Deliveries(Box<Delivery>),
    /// The bytes of a mail.
    Messages {
        /// Of which delivery.
        delivery: String,
        /// The message: as text where it is text, else in base64.
        #[serde(with = "compact")]
        message: Vec<u8>,
    },
}

impl Record {
    /// The name of its tree.
    pub fn tree(&self) -> &'static str {
        match self {
            Self::Meta { .. } => "meta",
            Self::Feeds { .. } => "feeds",
            Self::FailedBodies { .. } => "failed_bodies",
            Self::Lessons { .. } => "lessons",
            Self::Aliases { .. } => "aliases",
            Self::Stories(_) => "stories",
            Self::Pending(_) => "pending",
            Self::Recipients { .. } => "recipients",
            Self::Deliveries(_) => "deliveries",
            Self::Messages { .. } => "messages",
        }
    }
}

/// 16 bytes of a hash, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(pub [u8; 16]);

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", u128::from_be_bytes(self.0)))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refused = || D::Error::custom(format!("\"{text}\" is no hash of 32 hexadecimal digits"));
        bytes_of_hex(&text).map(Self).ok_or_else(refused)
    }
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    /// The version of the program that wrote it.
    kabar: String,
    written: Timestamp,
}

/// How many records a backup has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// In all.
    pub records: u64,
    /// In each tree that has any.
    pub trees: BTreeMap<String, u64>,
}

impl Tally {
    fn count(&mut self, record: &Record) {
        self.records += 1;
        match self.trees.get_mut(record.tree()) {
            Some(count) => *count += 1,
            None => _ = self.trees.insert(record.tree().to_owned(), 1),
        }
    }

    /// How many records this tree has.
    pub fn of(&self, tree: &str) -> u64 {
        self.trees.get(tree).copied().unwrap_or_default()
    }
}

/// The last line.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Trailer {
    end: End,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct End {
    #[serde(flatten)]
    tally: Tally,
    /// The BLAKE3 hash of all lines between the first and this one, their line ends included, in hexadecimal.
    blake3: String,
}

/// What [`Trailer`] is written as begins with this, and no record is.
const TRAILER_START: &[u8] = br#"{"end":"#;

/// Why a backup was not written, or not read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be written.
    #[error("the backup cannot be written: {0}; free some space, or write it elsewhere")]
    Write(io::Error),
    /// It cannot be read.
    #[error("{file}:{line}: cannot be read: {source}; nothing was imported")]
    Read {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The system's word.
        source: io::Error,
    },
    /// Something else than a backup.
    #[error("{file}:1: this is no backup of kabar: {reason}; name a file that `kabar backup export` wrote")]
    Foreign {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// Of a newer format.
    #[error(
        "{file}:1: a backup of version {found}, written by kabar {kabar}; this kabar reads version {FORMAT_VERSION}; use that one, or a newer one"
    )]
    Version {
        /// The file.
        file: String,
        /// Its version.
        found: u32,
        /// Who wrote it.
        kabar: String,
    },
    /// It ends before its last line.
    #[error(
        "{file}:{line}: the backup is cut off here: its last line, which counts the records, is missing; nothing was imported; copy it again, or take another backup"
    )]
    Cut {
        /// The file.
        file: String,
        /// The last line that is there.
        line: u64,
    },
    /// A line that cannot be read, or that does not fit the others.
    #[error(
        "{file}:{line}: the backup is damaged: {reason}; nothing was imported; copy it again, or take another backup"
    )]
    Damaged {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
}

/// Writes every record of the store, between a first and a last line.
///
/// Memory is bounded by one record, however many there are. Changes of the store wait until it is done.
///
/// # Errors
/// `BackupError::Store` and `Write`; what was written then has no last line.
pub fn export(store: &dyn Store, now: Timestamp, out: &mut dyn Write) -> Result<Tally, BackupError> {
    let mut lines = Lines {
        out,
        hasher: blake3::Hasher::new(),
    };
    let header = Header {
        format: FORMAT.to_owned(),
        version: FORMAT_VERSION,
        kabar: env!("CARGO_PKG_VERSION").to_owned(),
        written: now,
    };
    lines.write(&header).map_err(BackupError::Write)?;
    lines.hasher.reset();
    let mut tally = Tally::default();
    let mut refused = None;
    store.visit_records(&mut |record| {
        tally.count(&record);
        refused = lines.write(&record).err();
        refused.is_none()
    })?;
    if let Some(error) = refused {
        return Err(BackupError::Write(error));
    }
    let blake3 = lines.hasher.finalize().to_hex().to_string();
    let end = End { tally, blake3 };
    let trailer = Trailer { end };
    lines.write(&trailer).map_err(BackupError::Write)?;
    lines.out.flush().map_err(BackupError::Write)?;
    Ok(trailer.end.tally)
}

/// Lines on their way out, and their hash.
struct Lines<'a> {
    out: &'a mut dyn Write,
    hasher: blake3::Hasher,
}

impl Lines<'_> {
    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.hasher.update(&bytes);
        self.out.write_all(&bytes)
    }
}

#[cfg(test)]
mod tests;
