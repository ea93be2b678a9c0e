//! Servers with which conditional requests do not work: those that say "not modified" for ever, and those that never say it.
//!
//! Some answer 304 for ever after a move, or compare a date that never changes. Whoever believes them hears nothing and sees no
//! failure. Others do not know their own entity tags again (Apache marks those of packed answers), but would know the date.

use std::time::Duration;

use jiff::Timestamp;

use crate::feed::FeedState;
use crate::feed::Rhythm;
use crate::feed::Validators;

/// The longest time for which "not modified" is believed at first.
const BELIEVED_FIRST: Duration = Duration::from_secs(8 * DAY);
/// The longest time for which a server is believed that was right each time.
const BELIEVED_MAX: Duration = Duration::from_secs(64 * DAY);
/// Nobody is asked for a whole known document twice within this time.
const BELIEVED_MIN: Duration = Duration::from_secs(DAY);
const DAY: u64 = 24 * 3600;
/// Entries to expect in a silence that is doubtful: less than one in 10,000 such silences is true.
const ENTRIES_DOUBTFUL: f64 = 9.2;
/// Whole documents that came in vain before the request is made in another way.
const VAIN_MAX: u8 = 4;
/// Ways to make it: with both validators, with the date, with the entity tag.
const WAYS: u8 = 3;
/// How exactly entries are counted.
const STEP: Duration = Duration::from_secs(3600);

/// The validators to send at `now`: none where the whole document is wanted because the server has said "not modified" for
/// longer than is likely, and one of two where both together bring the same document whole again and again.
pub fn validators_to_send(state: &FeedState, now: Timestamp) -> Validators {
    let known = state.validators.clone();
    if is_doubtful(state, now) {
        return Validators::default();
    }
    match (&known.etag, &known.last_modified, state.in_vain / VAIN_MAX) {
        (Some(_), Some(_), 1) => Validators { etag: None, ..known },
        (Some(_), Some(_), 2) => Validators {
            last_modified: None,
            ..known
        },
        (_, _, _) => known,
    }
}

/// Whether the silence since the last whole document is too long to be believed.
fn is_doubtful(state: &FeedState, now: Timestamp) -> bool {
    let silence = |whole: Timestamp| Duration::try_from(now.duration_since(whole)).unwrap_or_default();
    let Some((since, silence)) = state.whole_at.map(|whole| (whole, silence(whole))) else {
        return false;
    };
    let was_right = !state.believed.is_zero();
    let is_unlikely = || expected(&state.rhythm, since, silence) > ENTRIES_DOUBTFUL;
    silence >= state.believed.max(BELIEVED_FIRST) || (!was_right && silence >= BELIEVED_MIN && is_unlikely())
}

/// Entries to expect in a time, by what was known when it began.
fn expected(rhythm: &Rhythm, since: Timestamp, time: Duration) -> f64 {
    let steps = usize::try_from(time.as_secs() / STEP.as_secs()).unwrap_or(usize::MAX);
    rhythm.expected(since, STEP).take(steps).sum()
}

/// Takes note of a document that came whole at `now` and is the stored one, before its validators are: whoever was doubted and was
/// right is believed for twice as long.
pub(super) fn note_same(state: &mut FeedState, now: Timestamp) {
    if is_doubtful(state, now) {
        state.believed = (state.believed.max(BELIEVED_FIRST) * 2).min(BELIEVED_MAX);
    } else if !state.validators.are_none() {
        state.in_vain = (state.in_vain + 1) % (VAIN_MAX * WAYS);
    }
    state.whole_at = Some(now);
}

/// Takes note of a new document that came at `now`.
pub(super) fn note_new(state: &mut FeedState, now: Timestamp) {
    state.believed = Duration::ZERO;
    keep_way(state);
    state.whole_at = Some(now);
}

/// Takes note of a "not modified" at `now`.
pub(super) fn note_unmodified(state: &mut FeedState, now: Timestamp) {
    // Earlier records do not say when a whole document came.
    let whole = state.whole_at.unwrap_or(now);
    state.whole_at = Some(whole.min(now));
    keep_way(state);
}

/// The way of the last request works, or nothing speaks against it.
fn keep_way(state: &mut FeedState) {
    state.in_vain -= state.in_vain % VAIN_MAX;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::SignedDuration;

    use super::*;

    fn at(hours: i64) -> Timestamp {
        let begin: Timestamp = "2026-03-18T06:00:00Z".parse().unwrap();
        begin + SignedDuration::from_hours(hours)
    }

    /// The state of a feed that had an entry every so many hours for a month, and then a whole document at hour 0.
    fn state(hours: i64) -> FeedState {
        let dates = (1..=28 * 24 / hours).map(|entry| at(-entry * hours)).collect();
        let mut state = FeedState {
            rhythm: Rhythm::of_dates(dates, at(0)),
            ..FeedState::default()
        };
        state.validators.etag = Some("\"1\"".to_owned());
        note_new(&mut state, at(0));
        state
    }

    /// The first hour at which everything is asked for.
    fn doubted_at(state: &FeedState) -> i64 {
        (1..)
            .find(|hour| validators_to_send(state, at(*hour)) == Validators::default())
            .unwrap()
    }

    #[test]
    fn a_silence_is_doubted_when_it_is_unlikely_or_lasts_for_eight_days() {
        assert_eq!(doubted_at(&state(1)), 24, "never within a day");
        let fast = doubted_at(&state(6));
        assert!((48..96).contains(&fast), "{fast}");
        assert_eq!(doubted_at(&state(7 * 24)), 8 * 24);
    }

    #[test]
    fn a_server_that_was_right_is_believed_for_twice_as_long() {
        let mut state = state(1);
        let mut now = 24;
        for days in [16, 32, 64, 64] {
            note_same(&mut state, at(now));
            note_unmodified(&mut state, at(now + 1));
            assert_eq!(doubted_at(&state), now + days * 24);
            now += days * 24;
        }
        note_new(&mut state, at(now));
        assert_eq!(doubted_at(&state), now + 8 * 24, "a quiet feed by now");
    }

    #[test]
    fn a_server_that_does_not_know_its_tag_again_is_asked_with_the_date_alone() {
        let both = Validators {
            etag: Some("\"1-gzip\"".to_owned()),
            last_modified: Some("Tue, 05 Aug 2025 10:00:00 GMT".to_owned()),
            from: None,
        };
        let date = Validators {
            etag: None,
            ..both.clone()
        };
        let tag = Validators {
            last_modified: None,
            ..both.clone()
        };
        let mut state = FeedState {
            validators: both.clone(),
            ..state(6)
        };
        let mut sent = Vec::new();
        for hour in 0..13 {
            sent.push(validators_to_send(&state, at(hour)));
            note_same(&mut state, at(hour));
        }
        let expected = [vec![both.clone(); 4], vec![date.clone(); 4], vec![tag; 4], vec![both]];
        assert_eq!(sent, expected.concat());

        (0..5).for_each(|hour| note_same(&mut state, at(hour)));
        note_unmodified(&mut state, at(5));
        note_new(&mut state, at(6));
        note_same(&mut state, at(7));
        assert_eq!(validators_to_send(&state, at(8)), date, "that way worked");
    }

    #[test]
    fn earlier_records_begin_with_their_next_304() {
        let mut state = FeedState {
            whole_at: None,
            ..state(7 * 24)
        };
        assert_eq!(validators_to_send(&state, at(10_000)), state.validators);
        note_unmodified(&mut state, at(0));
        assert_eq!(doubted_at(&state), 8 * 24);
    }
}
