//! Stories, sightings and items: what the deduplicator compares and the store keeps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::feed::FeedId;

/// The identity of a story: milliseconds of its first sighting (6 bytes, big-endian) and 6 bytes of its seed's hash.
/// Ids sort by time. Shown as 24 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct StoryId([u8; 12]);

impl StoryId {
    /// The id of the story that was first seen at `first_seen`; `seed` tells it from the others of that moment.
    pub fn new(first_seen: Timestamp, seed: &str) -> Self {
        let mut id = [0; 12];
        // The first 6 of 8 bytes are zero-padded milliseconds until the year 10889.
        id[..6].copy_from_slice(&first_seen.as_millisecond().max(0).to_be_bytes()[2..]);
        id[6..].copy_from_slice(&crate::dedup::hash128(seed.as_bytes())[..6]);
        Self(id)
    }

    /// The smallest id that a story first seen at `time` can have: the lower bound of a range.
    pub fn floor(time: Timestamp) -> Self {
        let mut id = [0; 12];
        id[..6].copy_from_slice(&time.as_millisecond().max(0).to_be_bytes()[2..]);
        Self(id)
    }

    /// When the story was first seen, to the millisecond.
    pub fn first_seen(&self) -> Timestamp {
        let mut milliseconds = [0; 8];
        milliseconds[2..].copy_from_slice(&self.0[..6]);
        Timestamp::from_millisecond(i64::from_be_bytes(milliseconds)).unwrap_or(Timestamp::MAX)
    }

    /// The id in a store's key.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 12 bytes, as a store's key.
    pub fn as_bytes(&self) -> &[u8; 12] {
        &self.0
    }
}

impl std::fmt::Display for StoryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl From<StoryId> for String {
    fn from(id: StoryId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for StoryId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        crate::dedup::bytes_of_hex(&text)
            .map(Self)
            .ok_or_else(|| format!("\"{text}\" is no story id"))
    }
}

/// Where the source URL of an item was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// The feed's own setting.
    Setting,
    /// An attribution line at the end of the body.
    Attribution,
    /// `feedburner:origLink`.
    OrigLink,
    /// `rel=via`, `dc:source` or JSON Feed `external_url`.
    Via,
    /// The entry's link.
    Link,
    /// A permalink guid.
    Guid,
    /// No URL: feed and guid, or feed and hash of title and date.
    None,
}

impl Provenance {
    /// Whether an address found there stands in the entry as another's.
    pub fn is_citation(self) -> bool {
        match self {
            Self::Attribution | Self::Via => true,
            Self::Setting | Self::OrigLink | Self::Link | Self::Guid | Self::None => false,
        }
    }
}

/// The address of the original story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceUrl {
    /// The address as it was found, for people; empty where there is none.
    pub url: String,
    /// The canonical key.
    pub key: String,
    /// Where it was found.
    pub provenance: Provenance,
}

/// One name under which a story is known: a canonical URL, or "feed id, space, guid".
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Alias(String);

impl Alias {
    /// The alias of a canonical URL key.
    pub fn url(key: &str) -> Self {
        Self(key.to_owned())
    }

    /// The alias of an entry's id inside its feed.
    pub fn guid(feed: FeedId, id: &str) -> Self {
        Self(format!("{feed} {id}"))
    }

    /// The alias of an address exactly as it was published, whatever the rules of the moment make of it.
    pub fn published(url: &str) -> Self {
        Self(format!("= {url}"))
    }

    /// Whether this is an address as it was published.
    pub fn is_published(&self) -> bool {
        self.0.starts_with("= ")
    }

    /// The alias as a store's key: 16 bytes of its hash.
    pub fn hash(&self) -> [u8; 16] {
        crate::dedup::hash128(self.0.as_bytes())
    }

    /// The alias as text, for `kabar why`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name of an item, and where it comes from: what `kabar why` prints, and what new rules make new keys of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The name.
    pub alias: Alias,
    /// The address that it was made of; empty for a guid.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Where that address was found; `None` for a guid.
    pub provenance: Provenance,
    /// Ids of the rules that made the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

/// One entry, read, with everything that the store needs to make or find its story.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Every strong name of the story; never empty.
    pub aliases: Vec<Alias>,
    /// The original story.
    pub source: SourceUrl,
    /// What this feed showed of it.
    pub sighting: Sighting,
    /// The whole body as visible text: spans count in it. The sighting keeps its beginning only.
    pub body: String,
    /// Watches that its text hit.
    pub matches: Vec<Match>,
    /// False for the old entries of a feed's first document: stored, but not mailed.
    pub is_mailable: bool,
    /// Whether no other entry of its document has its date.
    pub is_date_own: bool,
}

/// What one feed showed of a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// Which feed.
    pub feed: FeedId,
    /// The feed's name at that time.
    pub feed_name: String,
    /// The link as published; never rewritten.
    pub link: Option<String>,
    /// The title as visible text, one line.
    pub title: String,
    /// The body as visible text, cut at [`crate::intake::STORED_TEXT_BYTES_MAX`].
    pub text: String,
    /// The declared language.
    pub language: Option<String>,
    /// The author.
    pub author: Option<String>,
    /// When the feed says it was published.
    pub published: Option<Timestamp>,
    /// When we saw it.
    pub seen: Timestamp,
    /// The names that it brought, best first. Records of version 1 have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Name>,
    /// Hash of everything that watches look at, 32 hexadecimal digits: most of it is not kept. Earlier records have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
}

/// What a sighting said before its feed changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Which feed changed it.
    pub feed: FeedId,
    /// When we saw the change.
    pub seen: Timestamp,
    /// The title before.
    pub title: String,
    /// The text before, cut.
    pub text: String,
}

/// A part of an item's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextField {
    /// The title.
    Title,
    /// The body.
    Text,
}

/// Where a watch hit: bytes `start..end` of the visible text of `field`, on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Which text.
    pub field: TextField,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// One watch that an item's text hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The watch's name.
    pub watch: String,
    /// Where, in order.
    pub spans: Vec<Span>,
    /// Who is to hear of it: at once, with the digest, or both.
    pub recipients: Vec<(String, Send)>,
}

/// When a match is mailed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Send {
    /// With the next digest.
    #[default]
    Digest,
    /// At once.
    Alert,
    /// At once, and again in the digest.
    Both,
}

/// A story: what lies behind a source URL, stored once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// Its identity.
    pub id: StoryId,
    /// The original's address.
    pub source: SourceUrl,
    /// Every strong name it is known by.
    pub aliases: Vec<Alias>,
    /// When we first saw it.
    pub first_seen: Timestamp,
    /// Every feed that carried it, in the order of seeing; never empty.
    pub sightings: Vec<Sighting>,
    /// Names of the watches that hit it.
    pub watches: Vec<String>,
    /// Which recipient was told (or will be, by a pending entry) under which watch: (recipient, watch).
    pub told: Vec<(String, String)>,
    /// What sightings said before they were changed, oldest first: what they say now stands in the next revision of the
    /// same feed, or in the sighting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<Revision>,
}

impl Story {
    /// The sighting to show: the first one.
    pub fn first(&self) -> &Sighting {
        self.sightings
            .first()
            .expect("a story is made from its first sighting and loses none")
    }
}
