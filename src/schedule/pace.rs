//! How long to wait until a feed is looked at again, from what is known of its entries' times.
//!
//! The mean time that entries wait for us is least, for a given number of polls, where feeds and hours are polled in
//! proportion to the square root of their rates (Sia, Cho and Cho 2007). So a feed with four times the entries is asked
//! twice as often, and a feed with habits mostly in its own hours.

use std::time::Duration;

use jiff::Timestamp;

use crate::feed::Feed;
use crate::feed::FeedId;
use crate::feed::FeedState;
use crate::feed::Rhythm;
use crate::schedule::PollSettings;
use crate::schedule::is_from_a_wrong_clock;
use crate::schedule::plan::INTERVAL_DEFAULT;
use crate::schedule::plan::SPREAD_SHARE;
use crate::schedule::plan::set_next_poll;

/// Entries per second of a feed that is polled every [`INTERVAL_DEFAULT`]: 3 a day. Over simulated feeds with the 5.45 a day
/// that real ones have on average (8,155 of them over 8 months, the ROSES project) that makes two thirds of the requests of a
/// fixed hour, and two thirds of its delay.
const RATE_DEFAULT: f64 = 3.0 / 86_400.0;
/// How far apart the looks into the coming hours are.
const STEP: Duration = Duration::from_secs(10 * 60);
/// For so long a new feed is asked every [`INTERVAL_DEFAULT`] at least: dates of first documents may say anything.
const NEW_FOR: Duration = Duration::from_secs(24 * 3600);
/// So many entries say how often a feed is to be asked, though it is new.
const ENTRIES_MIN: u32 = 8;

/// A longer document that comes whole each time, because its server gives no validators, is asked for every [`INTERVAL_DEFAULT`] at
/// most.
const HEAVY_BYTES_MIN: u64 = 64 * 1024;

/// What decides the next poll besides the feed's own state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// The user's fixed interval.
    pub every: Option<Duration>,
    /// The shortest interval.
    pub interval_min: Duration,
    /// The longest one.
    pub interval_max: Duration,
    /// The poll before this one.
    pub last_poll: Option<Timestamp>,
}

impl Pace {
    /// That of a feed with this state before a poll.
    pub fn of(feed: &Feed, state: &FeedState, settings: &PollSettings) -> Self {
        Self {
            every: feed.every,
            interval_min: settings.interval_min,
            interval_max: settings.interval_max,
            last_poll: state.last_poll,
        }
    }

    /// The wait after a poll at `now` that went well: what suits the feed, or what its publisher asks for or has refused to bear
    /// where that is longer. An interval that the user fixed is that interval.
    pub(super) fn wait(&self, state: &FeedState, now: Timestamp) -> Duration {
        let is_heavy = state.bytes > HEAVY_BYTES_MIN && state.validators.are_none();
        let price = if is_heavy { INTERVAL_DEFAULT } else { Duration::ZERO };
        // A wish under which stories are lost is not meant so: some write seconds where minutes are read.
        let asked = match state.turnover {
            Some(turnover) => state.asked.min(turnover.max(INTERVAL_DEFAULT)),
            None => state.asked,
        };
        let least = asked.max(state.spared.unwrap_or_default()).max(price);
        self.every.unwrap_or_else(|| self.own_wait(state, now).max(least))
    }

    /// The wait that suits the feed itself: between the shortest and the longest interval.
    pub(super) fn own_wait(&self, state: &FeedState, now: Timestamp) -> Duration {
        self.every.unwrap_or_else(|| {
            let wait = learned_wait(state, self.interval_max, now);
            let wait = wait.min(state.turnover.unwrap_or(wait));
            // The spread comes on top.
            wait.min(self.interval_max / SPREAD_SHARE * (SPREAD_SHARE - 1))
                .max(self.interval_min)
        })
    }
}

/// The wait at the end of which one poll is worth its price, `most` at most.
fn learned_wait(state: &FeedState, most: Duration, now: Timestamp) -> Duration {
    if state.rhythm.since().is_none() {
        return INTERVAL_DEFAULT;
    }
    let is_young = |since: Timestamp| Duration::try_from(now.duration_since(since)).is_ok_and(|age| age < NEW_FOR);
    let is_new = state.read_since.is_none_or(is_young);
    if is_new && state.rhythm.entries() < ENTRIES_MIN {
        return INTERVAL_DEFAULT;
    }
    let wait = worthwhile(&state.rhythm, most, now);
    if is_new { wait.min(INTERVAL_DEFAULT) } else { wait }
}

/// Goes through the coming hours until the square roots of what is expected add up to a poll.
fn worthwhile(rhythm: &Rhythm, most: Duration, now: Timestamp) -> Duration {
    let (step, mut wait, mut gathered) = (STEP.as_secs_f64(), 0.0, 0.0);
    for entries in rhythm.expected(now, STEP) {
        let polls = (entries / step / RATE_DEFAULT).sqrt() * step / INTERVAL_DEFAULT.as_secs_f64();
        if gathered + polls >= 1.0 {
            wait += step * (1.0 - gathered) / polls;
            break;
        }
        gathered += polls;
        wait += step;
        if wait >= most.as_secs_f64() {
            return most;
        }
    }
    Duration::from_secs_f64(wait).min(most)
}

/// The entries of a document that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// The dates of its entries, where they have one.
    pub dates: Vec<Timestamp>,
    /// How many were never seen in this feed.
    pub new: usize,
    /// Whether it is the feed's first.
    pub is_first: bool,
    /// Whether its entries were all new, so that some may have come and gone.
    pub has_gap: bool,
}

/// Takes the times of the entries that a poll read into the feed's state after it, and plans the next poll anew.
///
/// An entry appeared at its date, where that lies between this poll and the one before; else somewhere between the two.
pub fn learn(state: &mut FeedState, feed: FeedId, pace: &Pace, arrivals: Arrivals) {
    let Some(now) = state.last_poll else { return };
    let last_poll = pace.last_poll.filter(|last| *last <= now).unwrap_or(now);
    let since_then = now.duration_since(last_poll);
    if arrivals.is_first || state.rhythm.since().is_none() {
        state.rhythm = Rhythm::of_dates(arrivals.dates, now);
    } else {
        let between = last_poll.saturating_add(since_then / 2).unwrap_or(now);
        let mut dates = arrivals.dates;
        dates.retain(|date| *date > last_poll && *date <= now);
        dates.sort_unstable_by(|a, b| b.cmp(a));
        dates.resize(arrivals.new, between);
        dates.sort_unstable();
        dates.into_iter().for_each(|date| state.rhythm.count(date));
    }
    if arrivals.has_gap {
        state.turnover = Some(since_then.unsigned_abs() / 2);
    }
    set_next_poll(state, feed, pace.wait(state, now), now);
}

/// Forgets times that a wrong clock wrote: what follows from them would last until they come.
pub(super) fn forget_wrong_times(state: &mut FeedState, now: Timestamp) {
    if state
        .rhythm
        .known_until()
        .is_some_and(|at| is_from_a_wrong_clock(at, now))
    {
        state.rhythm = Rhythm::of_dates(Vec::new(), now);
        state.read_since = state.read_since.min(Some(now));
    }
}

#[cfg(test)]
mod tests;
