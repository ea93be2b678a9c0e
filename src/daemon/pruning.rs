//! Forgetting what is old: never because a clock leapt forward, and in pieces of time that no wall clock counts.
//!
//! Decides nothing: `schedule` says which passing of time is believed, the store forgets.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tracing::info;
use tracing::warn;

use crate::config::Config;
use crate::daemon::Clock;
use crate::daemon::blocking;
use crate::intake::NAMES_KEPT;
use crate::report::strangers;
use crate::schedule;
use crate::store::Store;
use crate::store::StoreError;

/// How often old stories are forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(6 * 3600);
/// How long a clock that leapt must go on before it is believed: NTP corrects a wrong one within minutes of a start.
const SECOND_LOOK: Duration = Duration::from_secs(3600);

/// What is old is forgotten from here.
pub(super) struct Pruning {
    store: Arc<dyn Store>,
    clock: Clock,
    /// The last moment that we believe; none where the store is new.
    believed: Option<Timestamp>,
}

impl Pruning {
    /// Begins with what the store knows of the time: its last pruning, else its last poll.
    pub(super) async fn new(store: &Arc<dyn Store>, clock: &Clock) -> Result<Self, StoreError> {
        let reader = Arc::clone(store);
        let believed = blocking(move || {
            if let Some(before) = reader.aliases_pruned_before()? {
                return Ok(before.saturating_add(NAMES_KEPT).ok());
            }
            let states = reader.feed_states()?;
            Ok::<_, StoreError>(states.into_iter().filter_map(|(_, state)| state.last_poll).max())
        })
        .await?;
        Ok(Self {
            store: Arc::clone(store),
            clock: clock.clone(),
            believed,
        })
    }

    /// Forgets what is older than the retention, unless the clock has just leapt. Answers how long to wait for the next turn.
    pub(super) async fn turn(&mut self, config: Arc<Config>) -> Result<Duration, StoreError> {
        let now = self.clock.now();
        let before = self.believed.replace(now);
        if let Some(before) = before.filter(|before| schedule::is_a_leap(*before, now)) {
            warn!("the clock leapt from {before} to {now}: nothing old is forgotten before it has gone on for an hour");
            return Ok(SECOND_LOOK);
        }
        let old = |kept: Duration| now.saturating_sub(kept).unwrap_or(Timestamp::MIN);
        let (stories, aliases) = (old(config.retention_stories), old(NAMES_KEPT));
        let store = Arc::clone(&self.store);
        let (gone, unsent) = blocking(move || {
            let unsent = forget_strangers(store.as_ref(), &config, stories)?;
            Ok::<_, StoreError>((store.prune(stories, aliases)?, unsent))
        })
        .await?;
        if unsent > 0 {
            warn!("forgot {unsent} stories and mails for recipients who are not configured, older than the retention");
        }
        if gone > 0 {
            info!(
                story.pruned = gone,
                "forgot the text of {gone} stories older than the retention"
            );
        }
        Ok(PRUNE_EVERY)
    }
}

/// Forgets what waits since before `before` for people who are not configured. Answers how much that was.
fn forget_strangers(store: &dyn Store, config: &Config, before: Timestamp) -> Result<usize, StoreError> {
    let mut gone = 0;
    let strangers = strangers::strangers(store, config)?;
    for stranger in &strangers {
        gone += store.forget_pending(&stranger.name, before)?;
    }
    for mail in store.outbox()? {
        let is_strange = strangers.iter().any(|stranger| stranger.name == mail.recipient);
        if is_strange && mail.sealed < before {
            gone += usize::from(store.drop_delivery(&mail)?);
        }
    }
    Ok(gone)
}
