//! When an alert may go out: at once, but not more often than the recipient bears, and never in their quiet hours.

use jiff::Timestamp;

use crate::digest::Recipient;
use crate::schedule::is_from_a_wrong_clock;

/// The first moment at or after `now` at which an alert may go out, when the last one went out at `last`.
///
/// A `last` that lies ahead is of a clock that was set back, and spaces nothing.
/// What comes before that moment is collapsed into the alert that goes out then.
pub fn allowed_at(recipient: &Recipient, last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let spaced = |last: Timestamp| {
        last.saturating_add(recipient.alerts_at_most_every)
            .unwrap_or(Timestamp::MAX)
    };
    let last = last.filter(|last| !is_from_a_wrong_clock(*last, now));
    let allowed = last.map_or(now, spaced).max(now);
    match &recipient.quiet {
        Some(quiet) if quiet.covers(allowed, &recipient.timezone) => quiet.ends_after(allowed, &recipient.timezone),
        Some(_) | None => allowed,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::digest::QuietHours;
    use crate::digest::Schedule;

    fn check(last: Option<&str>, now: &str, expected: &str) {
        let recipient = Recipient {
            name: "ana".to_owned(),
            mailbox: "ana@example.org".to_owned(),
            digest: Schedule::default(),
            alerts_at_most_every: Duration::from_secs(600),
            quiet: Some(QuietHours::parse("22:00-06:30").unwrap()),
            timezone: TimeZone::get("Europe/Berlin").unwrap(),
            language: "en".to_owned(),
        };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(allowed_at(&recipient, last.map(at), at(now)), at(expected), "{now}");
    }

    #[test]
    fn the_first_alert_goes_out_at_once() {
        check(None, "2026-03-18T12:00:00Z", "2026-03-18T12:00:00Z");
    }

    #[test]
    fn the_next_one_waits_for_its_spacing() {
        check(
            Some("2026-03-18T12:00:00Z"),
            "2026-03-18T12:03:00Z",
            "2026-03-18T12:10:00Z",
        );
        check(
            Some("2026-03-18T11:00:00Z"),
            "2026-03-18T12:03:00Z",
            "2026-03-18T12:03:00Z",
        );
    }

    #[test]
    fn one_that_went_out_under_a_clock_since_set_back_is_not_waited_for() {
        check(
            Some("2026-03-18T19:00:00Z"),
            "2026-03-18T12:03:00Z",
            "2026-03-18T12:03:00Z",
        );
    }

    #[test]
    fn at_night_it_waits_for_the_morning() {
        check(None, "2026-03-18T21:00:00Z", "2026-03-19T05:30:00Z");
        check(
            Some("2026-03-18T20:55:00Z"),
            "2026-03-18T20:59:00Z",
            "2026-03-19T05:30:00Z",
        );
    }

    #[test]
    fn the_morning_after_a_clock_change_is_local() {
        check(None, "2026-03-28T23:00:00Z", "2026-03-29T04:30:00Z");
    }
}
