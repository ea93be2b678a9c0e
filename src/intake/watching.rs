//! The watches of the moment, ready to match.

use std::collections::HashSet;
use std::fmt;

use crate::dedup::Match;
use crate::feed::Feed;
use crate::watch::Document;
use crate::watch::Matcher;
use crate::watch::Send;
use crate::watch::Watch;

/// The watches of the moment with their matcher.
pub struct Watching {
    watches: Vec<Watch>,
    matcher: Matcher,
    without_digests: HashSet<String>,
}

impl Watching {
    /// Makes the matcher for `watches`.
    pub fn new(watches: Vec<Watch>) -> Self {
        let matcher = Matcher::new(watches.iter().map(|watch| watch.query.clone()));
        Self {
            watches,
            matcher,
            without_digests: HashSet::new(),
        }
    }

    /// The same where these recipients get no digests: nothing is kept for one that never comes.
    #[must_use]
    pub fn without_digests_for(self, recipients: impl IntoIterator<Item = String>) -> Self {
        Self {
            without_digests: recipients.into_iter().collect(),
            ..self
        }
    }

    /// The watches.
    pub fn watches(&self) -> &[Watch] {
        &self.watches
    }

    /// Every watch that looks at `feed` and hits `document`.
    pub fn matches(&self, feed: &Feed, document: &Document<'_>) -> Vec<Match> {
        let hits = self.matcher.find(document).into_iter();
        hits.filter_map(|hit| {
            let watch = self.watches.get(hit.watch)?;
            watch.feeds.covers(feed, document.feed).then(|| Match {
                watch: watch.name.clone(),
                spans: hit.spans,
                recipients: watch
                    .to
                    .iter()
                    .filter_map(|name| Some((name.clone(), self.reaches(name, watch.send)?)))
                    .collect(),
            })
        })
        .collect()
    }

    /// What of `send` reaches the recipient; none where nothing does.
    fn reaches(&self, recipient: &str, send: Send) -> Option<Send> {
        match send {
            Send::Digest if self.without_digests.contains(recipient) => None,
            Send::Both if self.without_digests.contains(recipient) => Some(Send::Alert),
            send => Some(send),
        }
    }
}

impl fmt::Debug for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watching({} watches)", self.watches.len())
    }
}
