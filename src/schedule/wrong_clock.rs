//! Clocks that were wrong: machines start with the clock of another zone or of an empty battery until the network corrects it.

use jiff::SignedDuration;
use jiff::Timestamp;

/// What a clock is set back by without being noticed: corrections of a few seconds are daily life (NTP steps from 0.128 s on),
/// and delay nothing for longer than this.
const SET_BACK_MIN: SignedDuration = SignedDuration::from_secs(60);

/// Whether a moment that we wrote as past or present was written under a wrong clock, because it lies ahead of `now`.
///
/// What follows from such a moment (a wait, a spacing) says nothing: the right clock may be hours or years behind it.
pub fn is_from_a_wrong_clock(written: Timestamp, now: Timestamp) -> bool {
    written.duration_since(now) > SET_BACK_MIN
}

/// The longest time that may pass between two looks at the clock and be believed at once: holidays, and a repair.
const PASSED_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Whether more time seems to have passed from `before` to `now` than is likely. What cannot be undone waits then, until
/// the clock has gone on from there.
pub fn is_a_leap(before: Timestamp, now: Timestamp) -> bool {
    now.duration_since(before) > PASSED_MAX
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_what_lies_more_than_a_minute_ahead_is_from_a_wrong_clock() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        for (seconds, expected) in [
            (-86_400, false),
            (0, false),
            (60, false),
            (61, true),
            (10_000_000, true),
        ] {
            let written = now + SignedDuration::from_secs(seconds);
            assert_eq!(is_from_a_wrong_clock(written, now), expected, "{seconds} s ahead");
        }
    }

    #[test]
    fn more_than_a_month_is_a_leap_and_a_step_back_is_none() {
        let before = Timestamp::from_second(1_800_000_000).unwrap();
        for (days, expected) in [(-500, false), (0, false), (30, false), (31, true), (500, true)] {
            assert_eq!(
                is_a_leap(before, before + SignedDuration::from_hours(24 * days)),
                expected,
                "{days} days"
            );
        }
    }
}
