//! A feed's document, read: the feed and its entries, as plain values.

use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;
use url::Url;

/// What one document said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedFeed {
    /// The feed's own title as visible text, one line.
    pub title: Option<String>,
    /// The format found.
    pub format: Format,
    /// The character encoding that the bytes were read as, as its WHATWG name in lower case ("utf-8").
    pub encoding: String,
    /// The language of the feed (BCP 47), as declared.
    pub language: Option<String>,
    /// The site that the feed belongs to.
    pub site: Option<Url>,
    /// What the publisher asks of pollers.
    pub hints: Hints,
    /// The entries, in document order.
    pub entries: Vec<Entry>,
    /// What was repaired or looked wrong, one sentence each, for people.
    pub warnings: Vec<String>,
    /// False when the document seems to hold more items than were read: its validators must not be stored.
    pub is_complete: bool,
}

/// The format of a feed's document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RSS 0.9x or 2.0.
    #[default]
    Rss,
    /// RSS 0.90, 1.0 or 1.1 (RDF).
    Rdf,
    /// Atom 0.3 or 1.0.
    Atom,
    /// JSON Feed 1.0 or 1.1.
    Json,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Rss => "RSS",
            Self::Rdf => "RSS 1.0 (RDF)",
            Self::Atom => "Atom",
            Self::Json => "JSON Feed",
        })
    }
}

/// What the publisher asks of pollers inside the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// RSS `ttl`: the least time between two polls.
    pub ttl: Option<Duration>,
}

/// One entry of a document. Texts are as published: title and bodies may hold HTML.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// guid, atom:id or JSON Feed id, verbatim; ours where the document gives none (stable between polls).
    pub id: String,
    /// Whether `id` is a URL that may name the story (RSS `isPermaLink` is not "false" and it is http or https).
    pub id_is_permalink: bool,
    /// The title, as published (may hold HTML).
    pub title: Option<String>,
    /// The link to the story, absolute.
    pub link: Option<String>,
    /// Every link, absolute, with its relation ("alternate", "via", "enclosure", "feedburner:origLink", "external", ...).
    pub links: Vec<Link>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Its author's name.
    pub author: Option<String>,
    /// A short body, as published (may hold HTML).
    pub summary: Option<String>,
    /// The full body, as published (may hold HTML).
    pub content: Option<String>,
    /// The language of the entry, where it differs from the feed's.
    pub language: Option<String>,
    /// Categories.
    pub tags: Vec<String>,
}

/// Longest link of an entry that is kept, in bytes: servers and browsers take no more, so a longer one leads nowhere.
pub const LINK_BYTES_MAX: usize = 8 * 1024;

/// One link of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Absolute address.
    pub href: String,
    /// Relation; "alternate" where none was given.
    pub rel: String,
}

/// Why a document could not be read as a feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseFailure {
    /// Nothing but white space.
    #[error("the body is empty")]
    Empty,
    /// A web page, not a feed.
    #[error("an HTML page, not a feed{}", alternates(.feeds))]
    Html {
        /// The feeds that the page names by `<link rel=alternate>`, absolute.
        feeds: Vec<String>,
    },
    /// Neither XML nor JSON that we know.
    #[error("not a feed: {reason}")]
    NotAFeed {
        /// What was found instead.
        reason: String,
    },
    /// A feed over one of the named limits.
    #[error("refused: {reason}")]
    OverLimit {
        /// Which limit, with its number.
        reason: String,
    },
    /// A feed that is damaged beyond repair.
    #[error("the feed is damaged: {reason}")]
    Damaged {
        /// Where and how.
        reason: String,
    },
}

fn alternates(feeds: &[String]) -> String {
    match feeds {
        [] => String::new(),
        [feed] => format!("; the page names the feed {feed}: write that address instead"),
        feeds => format!(
            "; the page names the feeds {}: write one of them instead",
            feeds.join(" and ")
        ),
    }
}
