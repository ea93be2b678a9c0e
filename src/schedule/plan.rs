//! What a poll's result makes of the feed's state, and when to look again.
//!
//! `next_state` sets the next poll after every poll: no exit can forget it. Where a document was read, `learn` does it once
//! more, when the store knows which entries were new.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::feed::FailureCause;
use crate::feed::Feed;
use crate::feed::FeedId;
use crate::feed::FeedState;
use crate::feed::FetchFailure;
use crate::feed::Freshness;
use crate::feed::Hints;
use crate::feed::StoredDocument;
use crate::feed::Validators;
use crate::schedule::Pace;
use crate::schedule::PollSettings;
use crate::schedule::doubt;
use crate::schedule::is_from_a_wrong_clock;
use crate::schedule::pace::forget_wrong_times;

/// The interval of a feed of which nothing is known: what publishers' guides call polite for a conditional GET.
pub(super) const INTERVAL_DEFAULT: Duration = Duration::from_secs(3600);
/// The longest wait that a publisher's hint or our own back-off may ask for (a server was seen to ask for 16 years).
const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);
/// A feed that is gone (410, RFC 9110 section 15.5.11) is looked for once a week: active feeds do come back.
const GONE_WAIT: Duration = Duration::from_secs(7 * 24 * 3600);
/// The longest pause that `Retry-After` may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// Failures in a row that are trouble; fewer are noise, unless the feed never worked.
const TROUBLE_FAILURES_MIN: u32 = 3;
/// Doublings of the interval by failures in a row; the next one would pass `WAIT_MAX` from any interval over a minute.
const DOUBLINGS_MAX: u32 = 10;

/// What a poll brought, as far as the schedule is concerned.
#[derive(Clone, Debug)]
pub enum PollResult<'a> {
    /// A document whose items are stored with this state.
    Read {
        /// The feed's own title.
        title: Option<String>,
        /// Validators to send next time; the old ones stay where the document was not read completely.
        validators: Option<Validators>,
        /// What was stored of it.
        document: StoredDocument,
        /// What the publisher asks of pollers.
        hints: Hints,
        /// How long the answer stays fresh.
        freshness: Freshness,
        /// Where permanent redirects led.
        moved_to: Option<Url>,
        /// What was repaired.
        warnings: Vec<String>,
    },
    /// The same document as last time: a 304, or the same bytes.
    Unchanged {
        /// New validators; an absent one keeps its old value after a 304, and is gone after a whole document.
        validators: Validators,
        /// The renewed freshness.
        freshness: Freshness,
        /// Where permanent redirects led.
        moved_to: Option<Url>,
        /// How it is known.
        by: Proof,
    },
    /// Nothing usable.
    Failed(&'a FetchFailure),
}

/// How it is known that a document did not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The server said so (304).
    Word,
    /// The same bytes came.
    Bytes,
}

/// The state of `feed` after a poll that ended at `now`, with its next poll set.
pub fn next_state(
    feed: &Feed,
    state: &FeedState,
    result: PollResult<'_>,
    settings: &PollSettings,
    now: Timestamp,
) -> FeedState {
    let mut next = FeedState {
        url: feed.url.to_string(),
        last_poll: Some(now),
        asked_as: Some(mark_of(feed)),
        ..state.clone()
    };
    forget_wrong_times(&mut next, now);
    let pace = Pace::of(feed, state, settings);
    let wait = match result {
        PollResult::Read {
            title,
            validators,
            document,
            hints,
            freshness,
            moved_to,
            warnings,
        } => {
            next.title = title.or(next.title);
            next.validators = validators.unwrap_or(next.validators);
            next.note_document(document, now);
            next.warnings = warnings;
            next.ttl = hints.ttl;
            doubt::note_new(&mut next, now);
            succeed(&mut next, moved_to, settings, now);
            next.asked = asked(&next, &freshness);
            pace.wait(&next, now)
        }
        PollResult::Unchanged {
            validators,
            freshness,
            moved_to,
            by,
        } => {
            match by {
                Proof::Word => {
                    doubt::note_unmodified(&mut next, now);
                    next.validators = next.validators.renewed(validators);
                }
                Proof::Bytes => {
                    doubt::note_same(&mut next, now);
                    next.validators = validators;
                }
            }
            succeed(&mut next, moved_to, settings, now);
            next.asked = asked(&next, &freshness);
            pace.wait(&next, now)
        }
        PollResult::Failed(failure) => {
            next.failures = next.failures.saturating_add(1);
            next.error = Some(failure.message.clone());
            if next.failures >= TROUBLE_FAILURES_MIN || next.last_success.is_none() {
                next.trouble_since = next.trouble_since.or(Some(now));
            }
            let wait = wait_after(failure, next.failures, pace.own_wait(&next, now), now);
            note_refusal(&mut next, failure, wait, now);
            wait
        }
    };
    set_next_poll(&mut next, feed.id, wait, now);
    next
}

/// Plans the next poll after `wait` and a little more.
pub(super) fn set_next_poll(state: &mut FeedState, feed: FeedId, wait: Duration, now: Timestamp) {
    state.interval = wait;
    state.next_poll = Some(after(wait, feed, now));
}

/// The end of a wait from `now` on, and a little more.
fn after(wait: Duration, feed: FeedId, now: Timestamp) -> Timestamp {
    now.saturating_add(spread(wait, feed, now)).unwrap_or(Timestamp::MAX)
}

/// When a feed is to be polled by the settings of the moment, and the interval that leads there.
///
/// At once where it never was, where its request changed (a new password), and where its last poll seems to lie ahead, because the
/// next one was counted from there. A feed that fails waits as planned.
pub fn planned(feed: &Feed, state: &FeedState, settings: &PollSettings, now: Timestamp) -> (Timestamp, Duration) {
    let (Some(last), Some(next)) = (state.last_poll, state.next_poll) else {
        return (now, Duration::ZERO);
    };
    if is_from_a_wrong_clock(last, now) || state.asked_as.is_some_and(|mark| mark != mark_of(feed)) {
        return (now, state.interval);
    }
    if state.failures > 0 {
        return (next, state.interval);
    }
    let wait = Pace::of(feed, state, settings).wait(state, last);
    (after(wait, feed.id, last), wait)
}

/// Whether a pass at `now` is to poll the feed although it is due a little later: who runs one pass an hour has no moment for a feed
/// that is due after an hour and some seconds. Never before the publisher's own wish is over.
pub fn is_due_in_passing(feed: &Feed, state: &FeedState, settings: &PollSettings, now: Timestamp) -> bool {
    let (due, wait) = planned(feed, state, settings, now);
    let soon = now.saturating_add(wait / SPREAD_SHARE * PASSING_SPREADS).unwrap_or(now);
    let wish_ends = state.last_poll.and_then(|last| last.checked_add(state.asked).ok());
    due <= now || state.failures == 0 && due <= soon && wish_ends.is_none_or(|end| end <= now)
}

/// Of what a request to the feed is made of, as much as shows that it changed: 16 bits tell nothing of a password.
fn mark_of(feed: &Feed) -> u16 {
    let credentials = feed.credentials.as_ref();
    let parts = (
        &feed.headers,
        credentials.map(|own| (&own.user, &own.password)),
        feed.allow_private_addresses,
    );
    let [high, low, ..] = crate::hash::hash128(format!("{parts:?}").as_bytes());
    u16::from_be_bytes([high, low])
}

fn succeed(state: &mut FeedState, moved_to: Option<Url>, settings: &PollSettings, now: Timestamp) {
    state.last_success = Some(now);
    state.failures = 0;
    state.error = None;
    state.trouble_since = None;
    state.paused_until = None;
    state.note_move(moved_to, now);
    state.turnover = state
        .turnover
        .map(|turnover| turnover / 4 * 5)
        .filter(|turnover| *turnover < settings.interval_max);
    state.spared = state
        .spared
        .map(|spared| spared / 5 * 4)
        .filter(|spared| *spared > settings.interval_min);
}

/// What the publisher asks for in the answer and in the last document.
fn asked(state: &FeedState, freshness: &Freshness) -> Duration {
    freshness.fresh_for.max(state.ttl).unwrap_or_default().min(WAIT_MAX)
}

/// Exponential back-off, at least as long as the server asks. Whoever wants fewer requests and does not say when gets an hour.
fn wait_after(failure: &FetchFailure, failures: u32, base: Duration, now: Timestamp) -> Duration {
    if failure.cause == FailureCause::Status(410) {
        return GONE_WAIT;
    }
    let is_bare = failure.cause == FailureCause::Status(429) && failure.retry_after.is_none();
    let base = if is_bare { base.max(INTERVAL_DEFAULT) } else { base };
    let doublings = failures.saturating_sub(1).min(DOUBLINGS_MAX);
    let backed_off = base.saturating_mul(1 << doublings).min(WAIT_MAX.max(base));
    let asked = failure
        .retry_after
        .and_then(|until| Duration::try_from(until.duration_since(now)).ok());
    backed_off.max(asked.unwrap_or_default().min(RETRY_AFTER_MAX))
}

/// Takes note of a server that has too much to do: all its feeds leave it alone for as long as it asks, and one that was asked too
/// often is asked less often afterwards (RFC 6585 section 4, RFC 9110 section 15.6.4).
fn note_refusal(state: &mut FeedState, failure: &FetchFailure, wait: Duration, now: Timestamp) {
    let after = |wait: Duration| now.saturating_add(wait).ok();
    let asked = failure
        .retry_after
        .and_then(|until| Some(until.min(after(RETRY_AFTER_MAX)?)));
    let is_too_often = failure.cause == FailureCause::Status(429);
    let is_overloaded = failure.cause == FailureCause::Status(503);
    state.paused_until = asked
        .filter(|_| is_too_often || is_overloaded)
        .or_else(|| after(wait).filter(|_| is_too_often));
    if is_too_often {
        state.spared = Some((state.interval * 2).clamp(INTERVAL_DEFAULT, WAIT_MAX));
    }
}

/// Until when the server of a feed with this state wants to be left alone; none where that time is over, or was written by a wrong
/// clock.
pub fn paused_until(state: &FeedState, now: Timestamp) -> Option<Timestamp> {
    let is_wrong = state.last_poll.is_some_and(|last| is_from_a_wrong_clock(last, now));
    state.paused_until.filter(|until| *until > now && !is_wrong)
}

/// What a pass polls ahead of time, in spreads: one that was added, and as much again for a pass that began late.
const PASSING_SPREADS: u32 = 2;
/// The spread is up to one part in so many of the wait.
pub(super) const SPREAD_SHARE: u32 = 20;

/// Up to 5 % more, different for each feed and poll, so that feeds polled together drift apart.
fn spread(wait: Duration, feed: FeedId, now: Timestamp) -> Duration {
    let seed = format!("{feed}{}", now.as_second());
    let [high, low, ..] = crate::hash::hash128(seed.as_bytes());
    let share = u32::from(u16::from_be_bytes([high, low]));
    let spread = (wait / SPREAD_SHARE).mul_f64(f64::from(share) / f64::from(u16::MAX));
    wait.saturating_add(spread)
}

#[cfg(test)]
mod tests;
