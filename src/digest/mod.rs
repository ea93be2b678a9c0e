//! The notifier's decisions: what stands in a mail, when it is due, how it reads, when to try again.
//!
//! Never sends and never stores; all that comes from a feed is data here: escaped, one line, bounded.

pub mod alerts;
pub mod change;
pub mod entry;
#[cfg(test)]
mod fixtures;
mod glyphs;
pub mod lanes;
pub mod render;
mod restate;
pub mod retry;
pub mod slots;
pub mod snippet;
pub mod templates;
mod words;

use std::time::Duration;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use change::Change;
pub use entry::{AlsoIn, DigestEntry, Snippet, Update};
pub use restate::restated;
pub use slots::{QuietHours, Schedule};
pub use templates::Templates;

#[cfg(test)]
pub(crate) use fixtures::sealed;

/// Who gets mail. A value that exists is valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipient {
    /// The name that watches use in `to`.
    pub name: String,
    /// The mailbox, as written: `Ana <ana@example.org>`.
    pub mailbox: String,
    /// When digests are sealed.
    pub digest: Schedule,
    /// The least time between two alert mails.
    pub alerts_at_most_every: Duration,
    /// When no alert is sent.
    pub quiet: Option<QuietHours>,
    /// The zone of the schedule and of the times in the mail.
    pub timezone: TimeZone,
    /// Language of the mail's own words: one of [`Templates::languages`].
    pub language: String,
}

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// All that came since the last one.
    Digest,
    /// Stories sent at once.
    Alert,
}

impl Kind {
    /// "digest" or "alert".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Alert => "alert",
        }
    }
}

/// One mail to one recipient, sealed: its bytes never change again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its identity, also the left side of its Message-ID: `20261125T0700-3f9a...`, sorts by time.
    pub id: String,
    /// The recipient's name.
    pub recipient: String,
    /// Digest or alert.
    pub kind: Kind,
    /// The envelope's sender and recipient addresses.
    pub envelope: Envelope,
    /// The subject, for lists and logs.
    pub subject: String,
    /// When its slot was.
    pub slot: jiff::Timestamp,
    /// When it was sealed.
    pub sealed: jiff::Timestamp,
    /// What stands in it; returns to the next digest when the mail is given up.
    pub entries: Vec<DigestEntry>,
    /// Where it is on its way.
    pub state: DeliveryState,
}

impl Delivery {
    /// Whether this state, after `before`, gives the mail up: its entries return once, however often it is written.
    pub fn gives_up(&self, before: Option<&Self>) -> bool {
        let is_failed = |delivery: &Self| matches!(delivery.state, DeliveryState::Failed { .. });
        is_failed(self) && !before.is_some_and(is_failed)
    }

    /// What returns to the next digest where the mail is given up: all but what was late for too long.
    pub fn returning(&self) -> Vec<DigestEntry> {
        let DeliveryState::Failed { at, .. } = &self.state else {
            return Vec::new();
        };
        let entries = self.entries.iter().cloned();
        entries.filter_map(|entry| entry.returned(*at)).collect()
    }

    /// The header by which mail programs know the mail: the same for every attempt.
    pub fn message_id(&self) -> String {
        let domain = self
            .envelope
            .from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        format!("<{}@{domain}>", self.id)
    }

    /// Whether it needs a further try.
    pub fn is_open(&self) -> bool {
        match self.state {
            DeliveryState::Waiting { .. } | DeliveryState::Attempting { .. } => true,
            DeliveryState::Sent { .. } | DeliveryState::Failed { .. } => false,
        }
    }

    /// Whether it was sealed before `before` and needs no further try, so that it may be forgotten.
    pub fn is_over(&self, before: jiff::Timestamp) -> bool {
        !self.is_open() && self.sealed < before
    }
}

/// Addresses for the mail server, without names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// `MAIL FROM`.
    pub from: String,
    /// `RCPT TO`.
    pub to: String,
}

/// Where a delivery is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeliveryState {
    /// To be tried at `next_attempt`.
    Waiting {
        /// Attempts so far.
        attempts: u32,
        /// When to try (again).
        next_attempt: jiff::Timestamp,
        /// What the last attempt brought.
        last_error: Option<String>,
    },
    /// An attempt is under way. Found at a start, it was interrupted: [`retry::interrupted`] says what then.
    Attempting {
        /// Attempts including this one.
        attempts: u32,
        /// When it began.
        since: jiff::Timestamp,
    },
    /// The server took it.
    Sent {
        /// When.
        at: jiff::Timestamp,
        /// What the server said.
        response: String,
    },
    /// Given up; its entries went back to the next digest.
    Failed {
        /// When.
        at: jiff::Timestamp,
        /// Why, in one line.
        reason: String,
    },
}

/// What one attempt to send brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// Accepted; the server's words.
    Sent(String),
    /// 4xx or network trouble before the end of the data: try again later.
    Deferred(String),
    /// No answer after the end of the data: it may have arrived. Try again with the same bytes.
    Uncertain(String),
    /// 5xx for this recipient or this message: dead.
    Refused(String),
    /// 5xx at connecting, logging in or MAIL, or a TLS fault: our settings are wrong, the mail waits.
    Misconfigured(String),
}

impl SendOutcome {
    /// One word for scripts and tests.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sent(_) => "sent",
            Self::Deferred(_) => "deferred",
            Self::Uncertain(_) => "uncertain",
            Self::Refused(_) => "refused",
            Self::Misconfigured(_) => "misconfigured",
        }
    }

    /// The server's words, or what went wrong.
    pub fn response(&self) -> &str {
        match self {
            Self::Sent(response)
            | Self::Deferred(response)
            | Self::Uncertain(response)
            | Self::Refused(response)
            | Self::Misconfigured(response) => response,
        }
    }
}
