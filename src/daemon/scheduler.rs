//! The scheduler loop: polls what is due and records what came.
//!
//! Decides nothing: `schedule` says what is due, `intake` what a poll means, the store keeps it. A fetch may be
//! dropped at any moment: nothing changes before `record`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::info;
use tracing::warn;

use crate::daemon::Clock;
use crate::daemon::Setup;
use crate::daemon::visit::Landed;
use crate::daemon::visit::visit;
use crate::dedup::KeyMaker;
use crate::dedup::Lessons;
use crate::dedup::identity;
use crate::feed::Feed;
use crate::feed::FeedId;
use crate::feed::FeedState;
use crate::fetch::Fetch;
use crate::intake;
use crate::intake::PollRecord;
use crate::intake::Verdict;
use crate::schedule;
use crate::schedule::Agenda;
use crate::schedule::PollSettings;
use crate::schedule::is_from_a_wrong_clock;
use crate::store::PollSummary;
use crate::store::Store;
use crate::store::StoreError;

/// How long finished polls are gathered before they are recorded under one flush (which takes about 2 ms).
const GATHER: Duration = Duration::from_millis(5);
/// Polls recorded at a time: bounds the memory of what is gathered.
const BATCH_MAX: usize = 64;

/// What polls brought, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PollTally {
    /// Feeds that were asked.
    pub polled: usize,
    /// Feeds with a new document.
    pub fresh: usize,
    /// Feeds with nothing new.
    pub not_modified: usize,
    /// Feeds that failed.
    pub failed: usize,
    /// Entries read.
    pub items: usize,
    /// Stories that nobody had carried before.
    pub stories_new: usize,
    /// Known stories seen in one more feed.
    pub sightings: usize,
    /// New (story, watch) pairs.
    pub matches: usize,
}

impl PollTally {
    fn add(&mut self, record: &PollRecord, summary: PollSummary) {
        self.polled += 1;
        match record.verdict {
            Verdict::Fresh => self.fresh += 1,
            Verdict::NotModified => self.not_modified += 1,
            Verdict::Failed => self.failed += 1,
        }
        self.items += record.items.len();
        self.stories_new += summary.stories_new;
        self.sightings += summary.sightings_new;
        self.matches += summary.matches_new;
    }
}

/// Feeds on their way: the agenda, what is known of each feed, and the polls in flight.
pub(super) struct Polling<F> {
    /// The configuration of the moment: polls under way see a new one, too.
    current: watch::Sender<Arc<Setup<F>>>,
    store: Arc<dyn Store>,
    clock: Clock,
    agenda: Agenda,
    feeds: HashMap<FeedId, Arc<Feed>>,
    states: HashMap<FeedId, FeedState>,
    keys: Arc<KeyMaker>,
    flights: JoinSet<Landed>,
    /// When polls were last begun, to see that the clock was set back.
    last_turn: Timestamp,
    pub(super) tally: PollTally,
}

impl<F: Fetch> Polling<F> {
    /// Loads what is known of the feeds and puts each on the agenda when it is due.
    pub(super) async fn new(setup: Arc<Setup<F>>, store: Arc<dyn Store>, clock: Clock) -> Result<Self, StoreError> {
        let reader = Arc::clone(&store);
        let (now, rules) = (clock.now(), setup.rules);
        let (states, keys) = super::blocking(move || {
            let lessons = Lessons::new(reader.lessons()?);
            let keys = KeyMaker { rules, lessons };
            // Before the first poll: under new rules every story must be known by its new keys, too.
            reader.rekey(keys.rules.version(), &|story| identity::names_under(&keys, story), now)?;
            let states: HashMap<FeedId, FeedState> = reader.feed_states()?.into_iter().collect();
            Ok::<_, StoreError>((states, Arc::new(keys)))
        })
        .await?;
        let polling = &setup.config.polling;
        let agenda = Agenda::new(polling.concurrency, polling.host_gap);
        let tally = PollTally::default();
        let (feeds, flights) = (HashMap::new(), JoinSet::new());
        let mut this = Self {
            current: watch::Sender::new(Arc::clone(&setup)),
            store,
            clock,
            agenda,
            feeds,
            states,
            keys,
            flights,
            last_turn: now,
            tally,
        };
        this.adopt(setup);
        this.keep_pauses(now);
        Ok(this)
    }

    /// Leaves servers alone that asked for it before this process began.
    fn keep_pauses(&mut self, now: Timestamp) {
        for (id, feed) in &self.feeds {
            let paused_until = self.states.get(id).and_then(|state| schedule::paused_until(state, now));
            if let Some(until) = paused_until {
                self.agenda.pause(feed, until);
            }
        }
    }

    /// Takes a new configuration: new feeds are due now, feeds that are gone are polled no more, and those whose settings changed
    /// are due by the new ones.
    pub(super) fn adopt(&mut self, setup: Arc<Setup<F>>) {
        let now = self.clock.now();
        let wanted: HashMap<FeedId, Arc<Feed>> = setup
            .config
            .feeds
            .iter()
            .map(|feed| (feed.id, Arc::new(feed.clone())))
            .collect();
        for gone in self.feeds.keys().filter(|id| !wanted.contains_key(id)) {
            self.agenda.remove(*gone);
        }
        let polling = &setup.config.polling;
        let has_new_settings = self.current.borrow().config.polling != *polling;
        for (id, feed) in &wanted {
            if has_new_settings || self.feeds.get(id) != Some(feed) {
                self.agenda.put(feed, self.due_at(feed, polling, now));
            }
        }
        self.agenda.limit(polling.concurrency, polling.host_gap);
        self.feeds = wanted;
        self.current.send_replace(setup);
    }

    /// When a feed is due by these settings.
    fn due_at(&self, feed: &Feed, polling: &PollSettings, now: Timestamp) -> Timestamp {
        let state = self.states.get(&feed.id);
        state.map_or(now, |state| schedule::planned(feed, state, polling, now).0)
    }

    /// Makes every feed due at `now`.
    pub(super) fn make_all_due(&mut self, now: Timestamp) {
        for feed in self.feeds.values() {
            self.agenda.put(feed, now);
        }
    }

    /// Makes feeds due at `now` that a single pass is not to leave for the next one.
    pub(super) fn make_due_in_passing(&mut self, now: Timestamp) {
        let polling = &self.current.borrow().config.polling;
        for (id, feed) in &self.feeds {
            let state = self.states.get(id);
            if state.is_some_and(|state| schedule::is_due_in_passing(feed, state, polling, now)) {
                self.agenda.put(feed, now);
            }
        }
    }

    /// Whether a feed that was due at `moment` is still to be polled or in flight.
    pub(super) fn has_due(&self, moment: Timestamp) -> bool {
        self.agenda.has_due(moment)
    }

    /// When the next poll can begin.
    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        self.agenda.wake_at()
    }

    /// Begins every poll that may begin now.
    pub(super) fn start_due(&mut self) {
        let now = self.clock.now();
        if is_from_a_wrong_clock(self.last_turn, now) {
            warn!(
                "the clock was set back, from {} to {now}: every feed is asked, every mail that waits is tried",
                self.last_turn
            );
            self.agenda.forget_pauses(now);
            self.make_all_due(now);
        }
        self.last_turn = now;
        while let Some(id) = self.agenda.take(self.clock.now()) {
            let Some(feed) = self.feeds.get(&id).map(Arc::clone) else {
                continue;
            };
            let state = self.states.get(&id).cloned().unwrap_or_default();
            self.flights.spawn(visit(
                self.current.subscribe(),
                Arc::clone(&self.keys),
                feed,
                state,
                self.clock.clone(),
            ));
        }
    }

    /// The next poll that ends; waits for ever where none is in flight. Loses nothing when it is dropped.
    pub(super) async fn landing(&mut self) -> Landed {
        match self.flights.join_next().await {
            Some(flight) => arrived(flight),
            None => std::future::pending().await,
        }
    }

    /// `first` and the polls that end within a few milliseconds. Must not be dropped half-way: it holds what came.
    async fn gather(&mut self, first: Landed) -> Vec<Landed> {
        let mut landed = vec![first];
        let gathered_until = Instant::now() + GATHER;
        while landed.len() < BATCH_MAX && !self.flights.is_empty() {
            match tokio::time::timeout_at(gathered_until, self.flights.join_next()).await {
                Ok(Some(flight)) => landed.push(arrived(flight)),
                Ok(None) | Err(_) => break,
            }
        }
        landed
    }

    /// Records `first` and what lands with it in one store call, and plans the next polls. Answers the new matches.
    pub(super) async fn record(&mut self, first: Landed) -> Result<usize, StoreError> {
        let mut landed = self.gather(first).await;
        let now = self.clock.now();
        let watching = Arc::clone(&self.current.borrow().watching);
        for stale in landed.extract_if(.., |landed| landed.misses(&watching)) {
            self.agenda.finish(&stale.feed, now, stale.pause_host_until);
            if self.feeds.contains_key(&stale.feed.id) {
                self.agenda.put(&stale.feed, now);
            }
        }
        let store = Arc::clone(&self.store);
        let (landed, records): (Vec<_>, Vec<_>) = landed
            .into_iter()
            .map(|l| ((l.feed, l.pause_host_until, l.elapsed), l.record))
            .unzip();
        let (records, summaries) = super::blocking(move || {
            let summaries = store.record_polls(&records, now)?;
            Ok((records, summaries))
        })
        .await?;
        let mut matches = 0;
        for (((feed, pause_until, elapsed), record), summary) in landed.into_iter().zip(records).zip(summaries) {
            let state = intake::settle(&record, summary.carried(), now);
            log(&feed, &record, &state, summary, elapsed, now);
            self.tally.add(&record, summary);
            matches += summary.matches_new;
            self.agenda.finish(&feed, now, pause_until);
            self.states.insert(feed.id, state);
            // A reload in the meantime may have changed how it is polled.
            if let Some(feed) = self.feeds.get(&feed.id) {
                let due = self.due_at(feed, &self.current.borrow().config.polling, now);
                self.agenda.put(feed, due);
            }
            if let Some(lessons) = &record.lessons {
                Arc::make_mut(&mut self.keys).lessons.learn(feed.id, lessons.clone());
            }
        }
        Ok(matches)
    }
}

/// A poll that ended. A panic in one is ours to mend: the process ends loudly and is started again.
fn arrived(flight: Result<Landed, tokio::task::JoinError>) -> Landed {
    flight.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))
}

/// One line for each poll.
fn log(feed: &Feed, record: &PollRecord, state: &FeedState, summary: PollSummary, elapsed: Duration, now: Timestamp) {
    let name = feed.display_name(Some(state));
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let next = state.next_poll.map(|next| next.to_string()).unwrap_or_default();
    match record.verdict {
        Verdict::Failed => {
            let error = state.error.as_deref().unwrap_or_default();
            warn!(feed.name = %name, feed.failures = state.failures, elapsed_ms, feed.next_poll = %next, "{error}");
        }
        Verdict::NotModified => {
            info!(feed.name = %name, elapsed_ms, feed.next_poll = %next, "polled {name}: nothing new");
        }
        Verdict::Fresh => {
            let (items, new, matches) = (record.items.len(), summary.stories_new, summary.matches_new);
            let counts = format!("{new} new of {items}, {matches} matched");
            if state.possible_gap == Some(now) {
                warn!(feed.name = %name, feed.items = items, story.new = new, story.matches = matches, elapsed_ms, feed.next_poll = %next,
                    "polled {name}: {counts}; every entry was new, so some may have come and gone unseen: kabar asks it sooner; where that is not enough, give it a shorter `every`");
            } else {
                info!(feed.name = %name, feed.items = items, story.new = new, story.matches = matches, elapsed_ms, feed.next_poll = %next,
                    "polled {name}: {counts}");
            }
        }
    }
}
