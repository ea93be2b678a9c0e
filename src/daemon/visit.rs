//! One visit to a feed: fetched, read and understood, not yet recorded.
//!
//! Changes nothing, so it may be dropped at any moment.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::daemon::Clock;
use crate::daemon::Setup;
use crate::dedup::KeyMaker;
use crate::feed::FailureCause;
use crate::feed::Feed;
use crate::feed::FeedState;
use crate::feed::FetchFailure;
use crate::feed::FetchOutcome;
use crate::fetch::Fetch;
use crate::intake;
use crate::intake::PollRecord;
use crate::intake::Visit;
use crate::intake::Watching;
use crate::schedule;

/// Reading one document: the largest allowed takes seconds, also where 64 of them share one slow core.
const READ_MAX: Duration = Duration::from_secs(5 * 60);

/// A feed's poll, understood but not yet recorded.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) feed: Arc<Feed>,
    pub(super) record: PollRecord,
    pub(super) pause_host_until: Option<Timestamp>,
    pub(super) elapsed: Duration,
    /// The watches that its items were held against.
    watching: Arc<Watching>,
}

impl Landed {
    /// Whether it has items that were not held against the watches of the moment. Recorded, they would never be: the same text
    /// is matched once. Asked again, the feed brings them again.
    pub(super) fn misses(&self, watching: &Arc<Watching>) -> bool {
        !self.record.items.is_empty() && !Arc::ptr_eq(&self.watching, watching)
    }
}

/// Fetches one feed and understands what came, by the configuration of the moment at which it came.
pub(super) async fn visit<F: Fetch>(
    current: watch::Receiver<Arc<Setup<F>>>,
    keys: Arc<KeyMaker>,
    feed: Arc<Feed>,
    state: FeedState,
    clock: Clock,
) -> Landed {
    let begun = Instant::now();
    let setup = Arc::clone(&current.borrow());
    let asked_at = clock.now();
    let validators = schedule::validators_to_send(&state, asked_at);
    let outcome = setup.fetch.fetch(&feed, &validators, asked_at).await;
    let now = clock.now();
    // A reload in the meantime may have added a watch, or renamed a recipient.
    let setup = Arc::clone(&current.borrow());
    let renewed = setup.config.feeds.iter().find(|known| known.id == feed.id);
    let feed = renewed.map_or(feed, |renewed| Arc::new(renewed.clone()));
    let answer = (outcome, begun.elapsed());
    let (reader, its_keys, its_feed, its_state) =
        (Arc::clone(&setup), Arc::clone(&keys), Arc::clone(&feed), state.clone());
    let read = read_within(READ_MAX, move || {
        take_in(&reader, &its_keys, &its_feed, &its_state, answer, now)
    });
    let record = read.await.unwrap_or_else(|what| {
        let message = format!("{}: kabar {what}; please report this feed", feed.url);
        let failure = FetchFailure {
            cause: FailureCause::NotAFeed,
            message,
            retry_after: None,
        };
        let answer = (FetchOutcome::Failed(failure), begun.elapsed());
        take_in(&setup, &keys, &feed, &state, answer, now)
    });
    Landed {
        feed,
        pause_host_until: record.state.paused_until,
        record,
        elapsed: begun.elapsed(),
        watching: Arc::clone(&setup.watching),
    }
}

/// Reads a document on a thread of its own. A panic there, or no end in time, is a failure of this poll, and its host is free
/// again; a thread that does not end is left behind, at most one for each poll of a feed that backs off.
async fn read_within<T: Send + 'static>(
    limit: Duration,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, &'static str> {
    match tokio::time::timeout(limit, tokio::task::spawn_blocking(read)).await {
        Ok(Ok(record)) => Ok(record),
        Ok(Err(_)) => Err("failed while reading it"),
        Err(_) => Err("did not come to an end of reading it"),
    }
}

fn take_in<F>(
    setup: &Setup<F>,
    keys: &KeyMaker,
    feed: &Feed,
    state: &FeedState,
    (outcome, answer_time): (FetchOutcome, Duration),
    now: Timestamp,
) -> PollRecord {
    let (watching, settings) = (&setup.watching, &setup.config.polling);
    intake::take_in(
        Visit {
            feed,
            state,
            outcome,
            answer_time,
            keys,
            watching,
            settings,
        },
        now,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_document_that_cannot_be_read_to_its_end_is_a_failure_of_its_poll() {
        let (holds, held) = std::sync::mpsc::channel::<()>();
        let read = read_within(Duration::ZERO, move || held.recv().is_ok()).await;
        assert_eq!(read, Err("did not come to an end of reading it"));
        drop(holds);

        assert_eq!(read_within(READ_MAX, || 7).await, Ok(7));
    }

    #[tokio::test]
    async fn a_document_that_makes_us_panic_is_a_failure_of_its_poll() {
        let read: Result<(), _> = read_within(READ_MAX, || std::panic::resume_unwind(Box::new("no"))).await;
        assert_eq!(read, Err("failed while reading it"));
    }
}
