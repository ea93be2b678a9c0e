//! One poll into sled: its items in transactions of bounded size, the feed's own records with the last.

use jiff::Timestamp;
use sled::Transactional;
use sled::transaction::TransactionalTree;

use crate::dedup::Item;
use crate::feed::FailedBody;
use crate::intake;
use crate::intake::FailedBodyChange;
use crate::intake::PollRecord;
use crate::store::PollSummary;
use crate::store::SledStore;
use crate::store::StoreError;
use crate::store::recording;
use crate::store::trees;
use crate::store::trees::Abort;
use crate::store::trees::Trees;

/// Stories in one transaction, which blocks all readers and is kept in memory until it ends.
pub(super) const STORIES_PER_TRANSACTION: usize = 200;

/// Which of the transactions of one poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Items only.
    Earlier,
    /// Items and the feed's state: validators are never stored without all of the items.
    Last,
}

impl SledStore {
    /// One poll; its feed's state, with the validators, comes with the last of its items.
    pub(super) fn record_poll(&self, poll: &PollRecord, now: Timestamp) -> Result<PollSummary, StoreError> {
        let mut summary = PollSummary::default();
        let mut batches = poll.items.chunks(STORIES_PER_TRANSACTION).peekable();
        loop {
            let batch = batches.next().unwrap_or_default();
            let part = if batches.peek().is_none() {
                Part::Last
            } else {
                Part::Earlier
            };
            summary = self.record_batch(poll, batch, part, summary, now)?;
            if part == Part::Last {
                return Ok(summary);
            }
        }
    }

    fn record_batch(
        &self,
        poll: &PollRecord,
        batch: &[Item],
        part: Part,
        before: PollSummary,
        now: Timestamp,
    ) -> Result<PollSummary, StoreError> {
        let Trees {
            feeds,
            failed_bodies,
            lessons,
            aliases,
            stories,
            pending,
            ..
        } = &self.trees;
        let trees = (feeds, failed_bodies, lessons, aliases, stories, pending);
        let result = trees.transaction(|(feeds, failed_bodies, lessons, aliases, stories, pending)| {
            // The engine may run this closure again: it starts from the same values each time.
            let mut summary = before;
            for item in batch {
                recording::record_item(aliases, stories, pending, item, now, &mut summary)?;
            }
            if part == Part::Last {
                let state = intake::settle(poll, summary.carried(), now);
                trees::write(feeds, poll.feed.as_bytes(), &state)?;
                change_failed_body(failed_bodies, poll)?;
                if let Some(learnt) = &poll.lessons {
                    trees::write(lessons, poll.feed.as_bytes(), learnt)?;
                }
            }
            Ok(summary)
        });
        self.ended("stories", result)
    }
}

/// Keeps, forgets or leaves the document that could not be read; one that is not kept costs no write.
fn change_failed_body(failed_bodies: &TransactionalTree, poll: &PollRecord) -> Result<(), Abort> {
    let key = poll.feed.as_bytes();
    match &poll.failed_body {
        FailedBodyChange::Leave => Ok(()),
        FailedBodyChange::Forget => trees::remove(failed_bodies, key),
        FailedBodyChange::Keep(body) => {
            let known: Option<FailedBody> = trees::read(failed_bodies, key)?;
            if known.is_some_and(|known| !body.replaces(&known)) {
                return Ok(());
            }
            trees::write(failed_bodies, key, body)
        }
    }
}
