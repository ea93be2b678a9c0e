//! A store whose process dies: before, in the middle of, or after its n-th change.

use std::sync::Arc;
use std::sync::Mutex;

use jiff::Timestamp;
use kabar::dedup::Alias;
use kabar::dedup::Lesson;
use kabar::dedup::Story;
use kabar::dedup::StoryId;
use kabar::digest::Delivery;
use kabar::digest::DeliveryState;
use kabar::digest::DigestEntry;
use kabar::digest::Kind;
use kabar::feed::FailedBody;
use kabar::feed::FeedId;
use kabar::feed::FeedState;
use kabar::intake::PollRecord;
use kabar::store::PollSummary;
use kabar::store::RecipientState;
use kabar::store::Seal;
use kabar::store::Store;
use kabar::store::StoreError;
use kabar::store::StoryFilter;
use kabar::store::backup::Record;

/// Where in a change the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Before,
    /// Half of the polls of a batch are stored.
    Within,
    After,
}

/// Wraps the store that survives. After its death every change is refused, as an engine's would be.
pub struct CrashingStore {
    inner: Arc<dyn Store>,
    /// Changes until the death; none when it lives on.
    left: Mutex<Option<(usize, Moment)>>,
}

impl CrashingStore {
    pub fn new(inner: Arc<dyn Store>, changes: Option<(usize, Moment)>) -> Self {
        let left = Mutex::new(changes);
        Self { inner, left }
    }

    /// Lets the process of now die at that change from now on, or live.
    pub fn die_at(&self, changes: Option<(usize, Moment)>) {
        *self.left.lock().unwrap() = changes;
    }

    /// Whether it died.
    pub fn is_dead(&self) -> bool {
        matches!(*self.left.lock().unwrap(), Some((0, _)))
    }

    fn change<T>(
        &self,
        whole: impl FnOnce(&dyn Store) -> Result<T, StoreError>,
        half: impl FnOnce(&dyn Store) -> Result<(), StoreError>,
    ) -> Result<T, StoreError> {
        let mut left = self.left.lock().unwrap();
        let inner = self.inner.as_ref();
        match left.as_mut() {
            None => whole(inner),
            Some((0, _)) => Err(died()),
            Some((count, moment)) => {
                *count -= 1;
                if *count > 0 {
                    return whole(inner);
                }
                match moment {
                    Moment::Before => {}
                    Moment::Within => half(inner)?,
                    Moment::After => _ = whole(inner)?,
                }
                Err(died())
            }
        }
    }
}

fn died() -> StoreError {
    StoreError::Engine {
        path: "memory".to_owned(),
        what: "written",
        reason: "the process died".to_owned(),
        remedy: "start it again",
    }
}

fn nothing(_: &dyn Store) -> Result<(), StoreError> {
    Ok(())
}

impl Store for CrashingStore {
    fn feed_states(&self) -> Result<Vec<(FeedId, FeedState)>, StoreError> {
        self.inner.feed_states()
    }

    fn lessons(&self) -> Result<Vec<(FeedId, Vec<Lesson>)>, StoreError> {
        self.inner.lessons()
    }

    fn rekey(&self, version: u32, names: &dyn Fn(&Story) -> Vec<Alias>, now: Timestamp) -> Result<u64, StoreError> {
        self.inner.rekey(version, names, now)
    }

    fn record_polls(&self, polls: &[PollRecord], now: Timestamp) -> Result<Vec<PollSummary>, StoreError> {
        let half = |store: &dyn Store| store.record_polls(&polls[..polls.len() / 2], now).map(|_| ());
        self.change(|store| store.record_polls(polls, now), half)
    }

    fn failed_body(&self, feed: FeedId) -> Result<Option<FailedBody>, StoreError> {
        self.inner.failed_body(feed)
    }

    fn visit_stories(&self, filter: &StoryFilter, visit: &mut dyn FnMut(Story) -> bool) -> Result<(), StoreError> {
        self.inner.visit_stories(filter, visit)
    }

    fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        self.inner.story(id)
    }

    fn story_by_alias(&self, alias: &Alias) -> Result<Option<Story>, StoreError> {
        self.inner.story_by_alias(alias)
    }

    fn story_count(&self) -> Result<u64, StoreError> {
        self.inner.story_count()
    }

    fn pending(&self, recipient: &str, kind: Kind) -> Result<Vec<DigestEntry>, StoreError> {
        self.inner.pending(recipient, kind)
    }

    fn waited_for(&self) -> Result<Vec<(String, usize)>, StoreError> {
        self.inner.waited_for()
    }

    fn forget_pending(&self, recipient: &str, seen_before: Timestamp) -> Result<usize, StoreError> {
        self.change(|store| store.forget_pending(recipient, seen_before), nothing)
    }

    fn recipient_state(&self, recipient: &str) -> Result<RecipientState, StoreError> {
        self.inner.recipient_state(recipient)
    }

    fn set_recipient_state(&self, recipient: &str, state: &RecipientState) -> Result<(), StoreError> {
        self.change(|store| store.set_recipient_state(recipient, state), nothing)
    }

    fn seal(&self, seal: &Seal) -> Result<bool, StoreError> {
        self.change(|store| store.seal(seal), nothing)
    }

    fn deliveries(&self) -> Result<Vec<Delivery>, StoreError> {
        self.inner.deliveries()
    }

    fn message(&self, delivery_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.message(delivery_id)
    }

    fn outbox(&self) -> Result<Vec<Delivery>, StoreError> {
        self.inner.outbox()
    }

    fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        self.inner.delivery(id)
    }

    fn set_delivery(&self, before: &DeliveryState, delivery: &Delivery) -> Result<bool, StoreError> {
        self.change(|store| store.set_delivery(before, delivery), nothing)
    }

    fn drop_delivery(&self, delivery: &Delivery) -> Result<bool, StoreError> {
        self.change(|store| store.drop_delivery(delivery), nothing)
    }

    fn prune(&self, stories_before: Timestamp, aliases_before: Timestamp) -> Result<u64, StoreError> {
        self.change(|store| store.prune(stories_before, aliases_before), nothing)
    }

    fn aliases_pruned_before(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.aliases_pruned_before()
    }

    fn instance(&self) -> Result<[u8; 16], StoreError> {
        self.inner.instance()
    }

    fn visit_records(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<(), StoreError> {
        self.inner.visit_records(visit)
    }

    fn close(&self) -> Result<(), StoreError> {
        self.inner.close()
    }
}
