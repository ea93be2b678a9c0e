//! The notifier: seals digests and alerts when they are due, and keeps the mails that are sealed on their way.
//!
//! Never waits for a mail: an attempt that ends is one more thing that can happen to the loop.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use tracing::error;
use tracing::warn;

use crate::config::Config;
use crate::daemon::Clock;
use crate::daemon::blocking;
use crate::daemon::outbox::Outbox;
use crate::daemon::sealing;
use crate::daemon::sealing::Sealed;
use crate::daemon::sealing::Which;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::mail::Mailer;
use crate::report::feeds;
use crate::report::letter::LetterError;
use crate::report::strangers;
use crate::schedule::is_from_a_wrong_clock;
use crate::store::Store;
use crate::store::StoreError;

/// Why the notifier cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A mail cannot be written.
    #[error("{0}")]
    Letter(#[from] LetterError),
}

/// What sending brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailTally {
    /// Mails that the server took.
    pub sent: Vec<Delivery>,
    /// Mails that were refused; their entries wait for the next digest.
    pub refused: Vec<Delivery>,
    /// Mails that wait for another try.
    pub waiting: usize,
}

/// Whether the clock was set back since the last process: a feed seems to have been polled in times to come.
///
/// To be asked before the first poll, which puts this right.
pub(super) async fn was_set_back(
    store: &Arc<dyn Store>,
    config: &Arc<Config>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (config, store) = (Arc::clone(config), Arc::clone(store));
    let known = blocking(move || feeds::configured(store.as_ref(), &config)).await?;
    let mut polls = known.iter().filter_map(|(_, state)| state.last_poll);
    Ok(polls.any(|at| is_from_a_wrong_clock(at, now)))
}

/// The loop's state between two turns.
pub(super) struct Notifier {
    store: Arc<dyn Store>,
    clock: Clock,
    outbox: Outbox,
    /// When the last turn was, to see that the clock was set back.
    last_turn: Timestamp,
    /// What was complained of at the last turn, so that each trouble is logged once.
    complaints: HashSet<String>,
}

impl Notifier {
    /// Takes over the outbox from the last process.
    pub(super) async fn new(store: &Arc<dyn Store>, clock: &Clock) -> Result<Self, StoreError> {
        Ok(Self {
            store: Arc::clone(store),
            clock: clock.clone(),
            outbox: Outbox::open(store, clock).await?,
            last_turn: clock.now(),
            complaints: HashSet::new(),
        })
    }

    /// Seals what is due, begins what may begin. Answers when to look again.
    pub(super) async fn turn(
        &mut self,
        config: &Arc<Config>,
        mailer: &Arc<Mailer>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let now = self.clock.now();
        if is_from_a_wrong_clock(self.last_turn, now) {
            self.outbox.start_anew();
        }
        self.last_turn = now;
        let (its_config, store) = (Arc::clone(config), Arc::clone(&self.store));
        let (sealed, next) = blocking(move || {
            let sealed = sealing::seal(&its_config, store.as_ref(), now, &Which::Due)?;
            Ok((sealed, sealing::wake_at(&its_config, store.as_ref(), now)?))
        })
        .await?;
        self.complain(&sealed.failures);
        let more = self.outbox.start(config, mailer, now).await?;
        Ok(next.into_iter().chain(more).min())
    }

    /// The next mail whose attempt ends, as it is then. Loses nothing when it is dropped.
    pub(super) async fn landing(&mut self) -> Result<Option<Delivery>, StoreError> {
        let landed = self.outbox.landing().await?;
        Ok(self.outbox.settle(landed))
    }

    /// The clock was set back since the last process: see [`was_set_back`].
    pub(super) fn start_anew(&mut self) {
        self.outbox.start_anew();
    }

    /// The configuration has changed.
    pub(super) fn forgive(&mut self) {
        self.outbox.forgive();
    }

    /// Says for whom something waits though they are not in the configuration, which is new.
    pub(super) async fn name_strangers(&self, config: &Arc<Config>) -> Result<(), StoreError> {
        let (config, store) = (Arc::clone(config), Arc::clone(&self.store));
        let found = blocking(move || strangers::strangers(store.as_ref(), &config)).await?;
        found.iter().for_each(|stranger| warn!("{stranger}"));
        Ok(())
    }

    /// Waits for the mails under way; begins nothing.
    pub(super) async fn finish(mut self) -> Result<(), StoreError> {
        while !self.outbox.is_idle() {
            self.landing().await?;
        }
        Ok(())
    }

    /// Seals `which` now, whatever the time.
    pub(super) async fn seal(&mut self, config: &Arc<Config>, which: Which) -> Result<Sealed, StoreError> {
        let (config, store, now) = (Arc::clone(config), Arc::clone(&self.store), self.clock.now());
        let sealed = blocking(move || sealing::seal(&config, store.as_ref(), now, &which)).await?;
        self.complain(&sealed.failures);
        Ok(sealed)
    }

    /// Tries every mail once that is due, and waits for all of them.
    pub(super) async fn send_due(
        &mut self,
        config: &Arc<Config>,
        mailer: &Arc<Mailer>,
    ) -> Result<MailTally, StoreError> {
        let due = self.clock.now();
        let mut tally = MailTally::default();
        loop {
            let more = self.outbox.start(config, mailer, due).await?;
            if self.outbox.is_idle() {
                return Ok(tally);
            }
            tokio::select! {
                landed = self.outbox.landing() => {
                    if let Some(delivery) = self.outbox.settle(landed?) {
                        match delivery.state {
                            DeliveryState::Sent { .. } => tally.sent.push(delivery),
                            DeliveryState::Waiting { .. } | DeliveryState::Attempting { .. } => tally.waiting += 1,
                            DeliveryState::Failed { .. } => tally.refused.push(delivery),
                        }
                    }
                }
                () = self.clock.sleep_towards(more) => {}
            }
        }
    }

    fn complain(&mut self, failures: &[LetterError]) {
        let complaints: HashSet<String> = failures.iter().map(ToString::to_string).collect();
        for complaint in complaints.difference(&self.complaints) {
            error!("{complaint}");
        }
        self.complaints = complaints;
    }
}
