//! What a fetch brought: a body, "not modified", or a failure. All three are news about the feed, none is an error.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::feed::compact;

/// `ETag` and `Last-Modified` of the last stored document, verbatim (RFC 9110 section 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`, byte for byte, with its quotes.
    pub etag: Option<String>,
    /// `Last-Modified`, byte for byte, even if it is no date.
    pub last_modified: Option<String>,
    /// The address that gave them, where redirects led to another than the feed's own: they are that one's, and go to it
    /// only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Url>,
}

impl Validators {
    /// Whether there is nothing to send at all.
    pub fn are_none(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// Whether there is anything to send to `url`, for a feed whose own address is `feed`.
    pub fn are_of(&self, url: &Url, feed: &Url) -> bool {
        !self.are_none() && self.from.as_ref().unwrap_or(feed) == url
    }

    /// These, renewed by an answer that changed nothing: what it does not name stays, unless it came from elsewhere.
    pub fn renewed(self, by: Self) -> Self {
        if by.from != self.from {
            return by;
        }
        Self {
            etag: by.etag.or(self.etag),
            last_modified: by.last_modified.or(self.last_modified),
            from: self.from,
        }
    }
}

/// How long the answer stays fresh by its own word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    /// `max-age` minus `Age`, or `Expires` minus `Date`; none where the server gives no hint.
    pub fresh_for: Option<Duration>,
}

/// What one fetch brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchOutcome {
    /// A new document.
    Fresh(FetchedBody),
    /// The server says that nothing changed (304).
    NotModified {
        /// Validators that the 304 carried; an absent one keeps its old value.
        validators: Validators,
        /// The renewed freshness (RFC 9111 section 4.3.4).
        freshness: Freshness,
        /// Where permanent redirects led, as in [`FetchedBody::moved_to`].
        moved_to: Option<Url>,
    },
    /// Nothing usable.
    Failed(FetchFailure),
}

impl FetchOutcome {
    /// The body that answers a request without validators.
    ///
    /// # Errors
    /// Why there is none; "not modified" is no answer to a first request.
    pub fn into_first_body(self, url: &Url) -> Result<FetchedBody, FetchFailure> {
        match self {
            Self::Fresh(body) => Ok(body),
            Self::Failed(failure) => Err(failure),
            Self::NotModified { .. } => Err(FetchFailure {
                cause: FailureCause::Status(304),
                message: format!("{url}: the server answered \"not modified\" to a first request"),
                retry_after: None,
            }),
        }
    }
}

/// A document as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedBody {
    /// The bytes, content encodings removed.
    pub bytes: Vec<u8>,
    /// `Content-Type`, verbatim.
    pub content_type: Option<String>,
    /// Where the document came from after redirects: the base of its relative links.
    pub final_url: Url,
    /// The new validators: both replace the old ones.
    pub validators: Validators,
    /// How long the answer stays fresh.
    pub freshness: Freshness,
    /// Where the redirects led that came first and were permanent (301, 308); none where there was none, or where it would
    /// be less safe than the feed's own address.
    pub moved_to: Option<Url>,
}

/// The document of a poll that could not be read, or not wholly: kept so that people can look at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedBody {
    /// When it came.
    pub at: Timestamp,
    /// `Content-Type`, verbatim.
    pub content_type: Option<String>,
    /// Where it came from after redirects.
    pub url: Url,
    /// What is wrong with it, in one line.
    pub reason: String,
    /// Its first bytes, [`FAILED_BODY_BYTES_MAX`] at most.
    #[serde(with = "compact")]
    pub bytes: Vec<u8>,
}

impl FailedBody {
    /// Whether this document is kept instead of `known`. A page that holds the time or a number of its own differs with
    /// each poll, and one a day shows as much as all of them.
    pub fn replaces(&self, known: &Self) -> bool {
        let is_older_by_a_day = self.at.duration_since(known.at).unsigned_abs() >= SAME_FAILURE_KEPT;
        self.bytes != known.bytes && (self.reason != known.reason || is_older_by_a_day)
    }
}

/// How long a document stays that failed for the same reason as those after it.
const SAME_FAILURE_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Bytes that are kept of a document that could not be read: 93 % of the real feeds of the corpus are smaller.
pub const FAILED_BODY_BYTES_MAX: usize = 512 * 1024;

/// Why a fetch or the reading of its body failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchFailure {
    /// The class, which decides what comes next.
    pub cause: FailureCause,
    /// One line for people: what happened, where, and what to do where something can be done.
    pub message: String,
    /// When the server asks to be asked again (`Retry-After`, RFC 9110 section 10.2.3).
    pub retry_after: Option<Timestamp>,
}

/// The classes of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureCause {
    /// The host's name has no address.
    Dns,
    /// No connection: refused, reset, unreachable.
    Connect,
    /// The certificate or the TLS handshake was refused.
    Tls,
    /// The deadline passed.
    Timeout,
    /// An HTTP status other than 2xx and 304.
    Status(u16),
    /// Too many redirects, a loop, or a target that is not http or https.
    Redirect,
    /// The body is larger than `body_limit`.
    TooLarge,
    /// The address is private and the feed may not live there.
    PrivateAddress,
    /// A `file:` feed that cannot be read.
    File,
    /// The connection broke inside the body, or its encoding is damaged.
    Body,
    /// The body is no feed.
    NotAFeed,
}
