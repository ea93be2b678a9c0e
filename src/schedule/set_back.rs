//! A clock that was set back: machines start with the clock of another zone or of an empty battery until the network corrects it.

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
}
