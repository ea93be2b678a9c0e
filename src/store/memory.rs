//! The reference engine: everything in memory, one lock. For tests, and to say in plain code what a store does.

mod records;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use jiff::Timestamp;

use crate::dedup::Alias;
use crate::dedup::Item;
use crate::dedup::Lesson;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::feed::FailedBody;
use crate::feed::FeedId;
use crate::feed::FeedState;
use crate::intake;
use crate::intake::FailedBodyChange;
use crate::intake::Known;
use crate::intake::PollRecord;
use crate::store::PollSummary;
use crate::store::RecipientState;
use crate::store::Seal;
use crate::store::SealedMail;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoryFilter;
use crate::store::backup::Record;

type PendingKey = (String, Kind, StoryId);

#[derive(Debug, Default)]
struct Data {
    rules_version: Option<u32>,
    aliases_pruned_before: Option<Timestamp>,
    feeds: BTreeMap<FeedId, FeedState>,
    failed_bodies: BTreeMap<FeedId, FailedBody>,
    lessons: BTreeMap<FeedId, Vec<Lesson>>,
    aliases: BTreeMap<[u8; 16], (StoryId, Timestamp)>,
    stories: BTreeMap<StoryId, Story>,
    pending: BTreeMap<PendingKey, DigestEntry>,
    recipients: BTreeMap<String, RecipientState>,
    deliveries: BTreeMap<String, Delivery>,
    messages: BTreeMap<String, Vec<u8>>,
}

/// A store that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    data: Mutex<Data>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Data> {
        // A panic between two changes leaves a poll stored in part, as a crash of the engine on disk may.
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Data {
    fn record_item(&mut self, item: &Item, now: Timestamp, summary: &mut PollSummary) {
        let Ok(joined) = intake::join(item, now, |alias| Ok::<_, Infallible>(self.known(alias)));
        if let Some(merge) = joined.merge {
            summary.count(&merge);
            self.stories.insert(joined.id, merge.story);
            merge.entries.into_iter().for_each(|entry| self.add_pending(entry));
        }
        for alias in joined.aliases {
            self.aliases.insert(alias.hash(), (joined.id, now));
        }
    }

    fn known(&self, alias: &Alias) -> Known {
        let Some((id, _)) = self.aliases.get(&alias.hash()) else {
            return Known::Nobody;
        };
        let story = self.stories.get(id).cloned();
        story.map_or(Known::Forgotten(*id), |story| Known::Story(Box::new(story)))
    }

    fn add_pending(&mut self, entry: DigestEntry) {
        match self.pending.get_mut(&key(&entry)) {
            Some(known) => known.absorb(entry),
            None => {
                self.pending.insert(key(&entry), entry);
            }
        }
    }
}

fn key(entry: &DigestEntry) -> PendingKey {
    (entry.recipient.clone(), entry.kind, entry.story)
}

impl Store for MemoryStore {
    fn feed_states(&self) -> Result<Vec<(FeedId, FeedState)>, StoreError> {
        Ok(self
            .lock()
            .feeds
            .iter()
            .map(|(id, state)| (*id, state.clone()))
            .collect())
    }

    fn lessons(&self) -> Result<Vec<(FeedId, Vec<Lesson>)>, StoreError> {
        let data = self.lock();
        let lessons = data.lessons.iter();
        Ok(lessons.map(|(id, lessons)| (*id, lessons.clone())).collect())
    }

    fn rekey(&self, version: u32, names: &dyn Fn(&Story) -> Vec<Alias>, now: Timestamp) -> Result<u64, StoreError> {
        let mut data = self.lock();
        if data.rules_version == Some(version) {
            return Ok(0);
        }
        let Data { stories, aliases, .. } = &mut *data;
        for story in stories.values_mut() {
            let new = names(story);
            for hash in new.iter().map(Alias::hash) {
                aliases.entry(hash).or_insert((story.id, now));
            }
            intake::add_names(story, &new);
        }
        data.rules_version = Some(version);
        Ok(u64::try_from(data.stories.len()).unwrap_or(u64::MAX))
    }

    fn record_polls(&self, polls: &[PollRecord], now: Timestamp) -> Result<Vec<PollSummary>, StoreError> {
        let mut data = self.lock();
        let mut summaries = Vec::new();
        for poll in polls {
            let mut summary = PollSummary::default();
            poll.items
                .iter()
                .for_each(|item| data.record_item(item, now, &mut summary));
            data.feeds
                .insert(poll.feed, intake::settle(poll, summary.carried(), now));
            match &poll.failed_body {
                FailedBodyChange::Leave => {}
                FailedBodyChange::Forget => {
                    data.failed_bodies.remove(&poll.feed);
                }
                FailedBodyChange::Keep(body) => {
                    let known = data.failed_bodies.get(&poll.feed);
                    if known.is_none_or(|known| body.replaces(known)) {
                        data.failed_bodies.insert(poll.feed, body.clone());
                    }
                }
            }
            if let Some(lessons) = &poll.lessons {
                data.lessons.insert(poll.feed, lessons.clone());
            }
            summaries.push(summary);
        }
        Ok(summaries)
    }

    fn failed_body(&self, feed: FeedId) -> Result<Option<FailedBody>, StoreError> {
        Ok(self.lock().failed_bodies.get(&feed).cloned())
    }

    fn visit_stories(&self, filter: &StoryFilter, visit: &mut dyn FnMut(Story) -> bool) -> Result<(), StoreError> {
        let data = self.lock();
        let mut admitted = data.stories.values().rev().filter(|story| filter.admits(story));
        let _ = admitted.all(|story| visit(story.clone()));
        Ok(())
    }

    fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        Ok(self.lock().stories.get(&id).cloned())
    }

    fn story_by_alias(&self, alias: &Alias) -> Result<Option<Story>, StoreError> {
        let data = self.lock();
        Ok(data
            .aliases
            .get(&alias.hash())
            .and_then(|(id, _)| data.stories.get(id))
            .cloned())
    }

    fn story_count(&self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.lock().stories.len()).unwrap_or(u64::MAX))
    }

    fn pending(&self, recipient: &str, kind: Kind) -> Result<Vec<DigestEntry>, StoreError> {
        let data = self.lock();
        let wanted = data
            .pending
            .values()
            .filter(|entry| entry.recipient == recipient && entry.kind == kind);
        Ok(wanted.cloned().collect())
    }

    fn waited_for(&self) -> Result<Vec<(String, usize)>, StoreError> {
        let data = self.lock();
        let mut stories: BTreeMap<String, BTreeSet<StoryId>> = BTreeMap::new();
        for (recipient, _, story) in data.pending.keys() {
            stories.entry(recipient.clone()).or_default().insert(*story);
        }
        Ok(stories
            .into_iter()
            .map(|(name, stories)| (name, stories.len()))
            .collect())
    }

    fn forget_pending(&self, recipient: &str, seen_before: Timestamp) -> Result<usize, StoreError> {
        let mut data = self.lock();
        let before = data.pending.len();
        data.pending
            .retain(|_, entry| entry.recipient != recipient || entry.seen >= seen_before);
        Ok(before - data.pending.len())
    }

    fn recipient_state(&self, recipient: &str) -> Result<RecipientState, StoreError> {
        Ok(self.lock().recipients.get(recipient).cloned().unwrap_or_default())
    }

    fn set_recipient_state(&self, recipient: &str, state: &RecipientState) -> Result<(), StoreError> {
        self.lock().recipients.insert(recipient.to_owned(), state.clone());
        Ok(())
    }

    fn seal(&self, seal: &Seal) -> Result<bool, StoreError> {
        let mut data = self.lock();
        let mut state = data.recipients.get(&seal.recipient).cloned().unwrap_or_default();
        let is_taken = |mail: &SealedMail| data.deliveries.contains_key(&mail.delivery.id);
        if !state.advance(seal) || seal.mail.as_ref().is_some_and(is_taken) {
            return Ok(false);
        }
        let is_pending = |entry: &DigestEntry| data.pending.get(&key(entry)).is_some_and(|known| known.holds(entry));
        if !seal.mail.iter().flat_map(|mail| &mail.delivery.entries).all(is_pending) {
            return Ok(false);
        }
        data.recipients.insert(seal.recipient.clone(), state);
        if let Some(mail) = &seal.mail {
            for entry in &mail.delivery.entries {
                let left = data
                    .pending
                    .remove(&key(entry))
                    .and_then(|pending| pending.left_after(entry));
                data.pending.extend(left.map(|left| (key(&left), left)));
            }
            data.deliveries.insert(mail.delivery.id.clone(), mail.delivery.clone());
            data.messages.insert(mail.delivery.id.clone(), mail.message.clone());
        }
        Ok(true)
    }

    fn deliveries(&self) -> Result<Vec<Delivery>, StoreError> {
        Ok(self.lock().deliveries.values().cloned().collect())
    }

    fn outbox(&self) -> Result<Vec<Delivery>, StoreError> {
        let data = self.lock();
        Ok(data.deliveries.values().filter(|d| d.is_open()).cloned().collect())
    }

    fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        Ok(self.lock().deliveries.get(id).cloned())
    }

    fn message(&self, delivery_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.lock().messages.get(delivery_id).cloned())
    }

    fn set_delivery(&self, before: &DeliveryState, delivery: &Delivery) -> Result<bool, StoreError> {
        let mut data = self.lock();
        let stored = data.deliveries.get(&delivery.id);
        if stored.is_none_or(|stored| &stored.state != before) {
            return Ok(false);
        }
        if delivery.gives_up(stored) {
            for entry in delivery.returning() {
                data.add_pending(entry);
            }
        }
        data.deliveries.insert(delivery.id.clone(), delivery.clone());
        Ok(true)
    }

    fn drop_delivery(&self, delivery: &Delivery) -> Result<bool, StoreError> {
        let mut data = self.lock();
        let stored = data.deliveries.get(&delivery.id);
        if stored.is_none_or(|stored| stored.state != delivery.state) {
            return Ok(false);
        }
        data.deliveries.remove(&delivery.id);
        data.messages.remove(&delivery.id);
        Ok(true)
    }

    fn prune(&self, stories_before: Timestamp, aliases_before: Timestamp) -> Result<u64, StoreError> {
        let mut data = self.lock();
        data.aliases_pruned_before = Some(aliases_before);
        let kept = data.stories.split_off(&StoryId::floor(stories_before));
        let gone = std::mem::replace(&mut data.stories, kept);
        data.aliases
            .retain(|_, (_, used)| used.as_millisecond() >= aliases_before.as_millisecond());
        let abandoned = data.feeds.extract_if(.., |_, state| state.is_abandoned(aliases_before));
        for feed in abandoned.map(|(feed, _)| feed).collect::<Vec<_>>() {
            data.lessons.remove(&feed);
            data.failed_bodies.remove(&feed);
        }
        let old: Vec<String> = data
            .deliveries
            .values()
            .filter(|d| d.is_over(stories_before))
            .map(|d| d.id.clone())
            .collect();
        for id in old {
            data.deliveries.remove(&id);
            data.messages.remove(&id);
        }
        Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
    }

    fn aliases_pruned_before(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.lock().aliases_pruned_before)
    }

    fn instance(&self) -> Result<[u8; 16], StoreError> {
        Ok([7; 16])
    }

    fn visit_records(&self, visit: &mut dyn FnMut(Record) -> bool) -> Result<(), StoreError> {
        let records = self.lock().records(self.instance()?);
        let _visited = records.into_iter().all(visit);
        Ok(())
    }

    fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
