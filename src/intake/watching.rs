//! The watches of the moment, ready to match.

use std::fmt;

use crate::dedup::Match;
use crate::feed::Feed;
use crate::watch::Document;
use crate::watch::Matcher;
use crate::watch::Watch;

/// The watches of the moment with their matcher.
pub struct Watching {
    watches: Vec<Watch>,
    matcher: Matcher,
}

impl Watching {
    /// Makes the matcher for `watches`.
    pub fn new(watches: Vec<Watch>) -> Self {
        let matcher = Matcher::new(watches.iter().map(|watch| watch.query.clone()));
        Self { watches, matcher }
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
                recipients: watch.to.clone(),
                send: watch.send,
            })
        })
        .collect()
    }
}

impl fmt::Debug for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watching({} watches)", self.watches.len())
    }
}
