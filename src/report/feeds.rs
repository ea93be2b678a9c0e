//! How the feeds do.

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::config::Config;
use crate::feed::Feed;
use crate::feed::FeedId;
use crate::feed::FeedState;
use crate::schedule;
use crate::store::Store;
use crate::store::StoreError;

/// How long a possible gap is shown: who looks once a week sees each.
pub const GAP_SHOWN_HOURS: i64 = 7 * 24;

/// One feed, as `kabar feeds list --json` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedRow {
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The last poll.
    pub last_poll: Option<Timestamp>,
    /// The last poll that brought a feed or "not modified".
    pub last_success: Option<Timestamp>,
    /// The next one.
    pub next_poll: Option<Timestamp>,
    /// Seconds between polls.
    pub interval_s: u64,
    /// Failures in a row.
    pub failures: u32,
    /// The last failure.
    pub error: Option<String>,
    /// Stories that it carried.
    pub stories: u64,
    /// Whether stories may have been missed within the last [`GAP_SHOWN_HOURS`].
    pub possible_gap: bool,
    /// When that was seen, the last time.
    pub last_gap: Option<Timestamp>,
    /// How long its answers usually take, in milliseconds; none before there are three.
    #[serde(default)]
    pub answer_ms: Option<u64>,
    /// Whether that is more than half of the time that a poll is given.
    #[serde(default)]
    pub is_slow: bool,
    /// The address to write instead of its own: permanent redirects have led there for days.
    #[serde(default)]
    pub moved_to: Option<String>,
    /// What was repaired in the last document.
    pub warnings: Vec<String>,
}

/// The configured feeds with what is known of them.
///
/// # Errors
/// When the store refuses.
pub fn configured(store: &dyn Store, config: &Config) -> Result<Vec<(Feed, FeedState)>, StoreError> {
    let mut states: HashMap<FeedId, FeedState> = store.feed_states()?.into_iter().collect();
    Ok(config
        .feeds
        .iter()
        .map(|feed| (feed.clone(), states.remove(&feed.id).unwrap_or_default()))
        .collect())
}

/// One row for every configured feed, in the order of the configuration.
///
/// # Errors
/// When the store refuses.
pub fn rows(store: &dyn Store, config: &Config, now: Timestamp) -> Result<Vec<FeedRow>, StoreError> {
    Ok(configured(store, config)?
        .iter()
        .map(|(feed, state)| row(feed, state, config, now))
        .collect())
}

fn row(feed: &Feed, state: &FeedState, config: &Config, now: Timestamp) -> FeedRow {
    let gaps_since = now
        .saturating_sub(SignedDuration::from_hours(GAP_SHOWN_HOURS))
        .unwrap_or(Timestamp::MIN);
    let answer_time = state.usual_answer_time();
    let (due, interval) = schedule::planned(feed, state, &config.polling, now);
    FeedRow {
        name: feed.display_name(Some(state)),
        url: feed.url.to_string(),
        tags: feed.tags.clone(),
        last_poll: state.last_poll,
        last_success: state.last_success,
        next_poll: state.next_poll.and(Some(due)),
        interval_s: interval.as_secs(),
        failures: state.failures,
        error: state.error.clone(),
        stories: state.stories,
        possible_gap: state.possible_gap.is_some_and(|at| at > gaps_since),
        last_gap: state.possible_gap,
        answer_ms: answer_time.map(|usual| u64::try_from(usual.as_millis()).unwrap_or(u64::MAX)),
        is_slow: state.slowness(config.fetch.timeout).is_some(),
        moved_to: state.new_address().map(ToString::to_string),
        warnings: state.warnings.clone(),
    }
}
