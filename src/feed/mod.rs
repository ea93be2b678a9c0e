//! What we poll and what we know of it: feeds, their state, and the documents they send.
//!
//! Never fetches and never stores; it must not know stories, watches or mail.

mod canonical;
mod capture;
pub(crate) mod compact;
mod dates;
mod document;
mod draft;
mod drafts;
mod encoding;
mod entities;
mod entry;
mod html;
mod json;
pub mod opml;
mod outcome;
pub mod parse;
mod references;
mod rhythm;
mod scope;
mod state;
mod tokens;
mod vocabulary;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

pub use entry::{Entry, Format, Hints, LINK_BYTES_MAX, Link, ParseFailure, ParsedFeed};
pub use outcome::{
    FAILED_BODY_BYTES_MAX, FailedBody, FailureCause, FetchFailure, FetchOutcome, FetchedBody, Freshness, Validators,
};
pub(crate) use references::named_reference;
pub use rhythm::Rhythm;
pub use state::{FeedState, Moved, StoredDocument};

/// The identity of a feed: the first 16 bytes of the BLAKE3 hash of its configured URL.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FeedId([u8; 16]);

impl FeedId {
    /// The id of the feed at `url`.
    pub fn of(url: &Url) -> Self {
        Self(crate::hash::hash128(url.as_str().as_bytes()))
    }

    /// The id in a store's key.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes, as a store's key.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Display for FeedId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl From<FeedId> for String {
    fn from(id: FeedId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for FeedId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        crate::hash::bytes_of_hex(&text)
            .map(Self)
            .ok_or_else(|| format!("\"{text}\" is no feed id"))
    }
}

/// One feed as the configuration names it. A value that exists is valid: its URL is http, https or file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Identity, made from `url`.
    pub id: FeedId,
    /// The address to ask, without user and password.
    pub url: Url,
    /// The name that the configuration gives; else the feed's own title is shown.
    pub name: Option<String>,
    /// Labels for `feeds = ["tag:..."]` in a watch.
    pub tags: Vec<String>,
    /// A fixed interval between two polls.
    pub every: Option<Duration>,
    /// Extra request headers, as written.
    pub headers: Vec<(String, String)>,
    /// User and password for HTTP Basic authentication.
    pub credentials: Option<Credentials>,
    /// Which URL of an entry names the story.
    pub source: SourceSetting,
    /// Whether this feed may live on a loopback or private address.
    pub allow_private_addresses: bool,
}

impl Feed {
    /// The feed at `url` with nothing else said about it.
    pub fn new(url: Url) -> Self {
        Self {
            id: FeedId::of(&url),
            url,
            name: None,
            tags: Vec::new(),
            every: None,
            headers: Vec::new(),
            credentials: None,
            source: SourceSetting::Auto,
            allow_private_addresses: false,
        }
    }

    /// The name to show: the configured one, else the feed's own title, else its host and path (or file name).
    pub fn display_name(&self, state: Option<&FeedState>) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        if let Some(title) = state
            .and_then(|state| state.title.as_deref())
            .filter(|title| !title.is_empty())
        {
            return title.to_owned();
        }
        let last_segment = || {
            self.url
                .path_segments()
                .and_then(|mut s| s.next_back())
                .unwrap_or_default()
        };
        // A host has many feeds; the query may hold a token.
        match self.url.host_str() {
            Some(host) => format!("{host}{}", self.url.path().trim_end_matches('/')),
            None => last_segment().to_owned(),
        }
    }
}

/// User and password of a feed. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password; never logged, never shown.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(hidden)")
    }
}

/// Which URL of an entry names its story.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceSetting {
    /// The ladder: attribution line, original link, link, guid.
    #[default]
    Auto,
    /// Always the entry's link.
    Link,
    /// Always the entry's guid.
    Guid,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn feeds_of_one_host_without_titles_have_names_of_their_own() {
        let check = |url: &str, expected: &str| {
            assert_eq!(Feed::new(Url::parse(url).unwrap()).display_name(None), expected);
        };
        check("https://a.example/world/rss.xml?token=1", "a.example/world/rss.xml");
        check("https://a.example/sport/", "a.example/sport");
        check("https://a.example", "a.example");
        check("file:///var/feeds/own.xml", "own.xml");
    }
}
