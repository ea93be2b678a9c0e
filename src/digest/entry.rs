//! One line of a digest: it carries its own text, so that retention cannot empty a mail.

use std::ops::Range;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::dedup::StoryId;
use crate::digest::Change;
use crate::digest::Kind;

/// How long a story goes from one refused mail into the next: long enough to notice, and to mend a mailbox.
const LATE_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What one recipient is to hear of one story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestEntry {
    /// Who is to hear.
    pub recipient: String,
    /// At once or with the digest.
    pub kind: Kind,
    /// Which story.
    pub story: StoryId,
    /// The watches that found it, in the order of finding; never empty.
    pub watches: Vec<String>,
    /// The title that matched, visible text, one line, with its highlights.
    pub title: Snippet,
    /// The link as published.
    pub link: Option<String>,
    /// The feed that carried it.
    pub outlet: String,
    /// When it was published, as the feed says.
    pub published: Option<Timestamp>,
    /// When we saw it.
    pub seen: Timestamp,
    /// The words around the match in the body; empty where the body says nothing.
    pub snippet: Snippet,
    /// The recipient heard of this story before, under another watch.
    pub is_update: bool,
    /// It stood in a mail that was given up.
    pub is_late: bool,
    /// When the first such mail was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_since: Option<Timestamp>,
    /// Why a watch finds a story now that we knew before; none where it is new, or one more watch found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<Update>,
    /// Where else the news stands: other feeds that carried the story, stories that say the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_in: Vec<AlsoIn>,
    /// The language of title and snippet, as the feed names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The original, where this is a copy and no feed of ours carried the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<AlsoIn>,
}

/// What is new in a story that we knew before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Update {
    /// Its feed tells it in other words.
    Revision(Change),
    /// One more feed carries it.
    Sighting,
}

/// Visible text with highlighted byte ranges (on character boundaries, in order, apart).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// The text.
    pub text: String,
    /// What matched.
    pub highlights: Vec<Range<usize>>,
}

/// Another place where the news stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AlsoIn {
    /// The outlet's name.
    pub outlet: String,
    /// Its link to the story.
    pub link: Option<String>,
}

impl DigestEntry {
    /// The pending entry and a newer one about the same story become one, with the watches of both.
    pub fn absorb(&mut self, newer: Self) {
        for watch in newer.watches {
            if !self.watches.contains(&watch) {
                self.watches.push(watch);
            }
        }
        self.is_late |= newer.is_late;
        self.late_since = self.late_since.or(newer.late_since);
        for also in newer.also_in {
            if !self.also_in.contains(&also) {
                self.also_in.push(also);
            }
        }
    }

    /// When the news was: what feeds date into the future counts from when we saw it.
    pub fn newness(&self) -> Timestamp {
        self.published.unwrap_or(self.seen).min(self.seen)
    }

    /// The entry of a mail that was given up at `at`: it goes into the next digest, marked late.
    ///
    /// None where it has gone round for 30 days: a mailbox that refuses all mail would gather its stories for ever.
    pub fn returned(self, at: Timestamp) -> Option<Self> {
        let late_since = self.late_since.unwrap_or(at);
        (at.duration_since(late_since) < LATE_KEPT).then_some(Self {
            kind: Kind::Digest,
            is_late: true,
            late_since: Some(late_since),
            ..self
        })
    }

    /// Whether this pending entry still holds all that `sealed` tells of it: another mail may have taken it in the meantime.
    pub fn holds(&self, sealed: &Self) -> bool {
        sealed.watches.iter().all(|watch| self.watches.contains(watch))
    }

    /// What is left of a pending entry after a mail took `sealed` of it: watches that joined while the mail was written.
    pub fn left_after(mut self, sealed: &Self) -> Option<Self> {
        self.watches.retain(|watch| !sealed.watches.contains(watch));
        self.is_update = true;
        self.update = None;
        (!self.watches.is_empty()).then_some(self)
    }
}
