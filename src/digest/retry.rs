//! When a mail is tried again, and when it is given up.
//!
//! The waits of Postfix: 5, 10, 20, 40, then every 66 minutes, for 5 days (RFC 5321 section 4.5.4.1 asks for 4 to 5).

use std::time::Duration;

use jiff::Timestamp;

use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::SendOutcome;
use crate::schedule::is_from_a_wrong_clock;

const WAIT_FIRST: Duration = Duration::from_secs(5 * 60);
const WAIT_MAX: Duration = Duration::from_secs(66 * 60);
/// The longest wait of a mail that may have arrived: eleven copies in all until it is given up.
const WAIT_IN_DOUBT_MAX: Duration = Duration::from_secs(24 * 3600);
/// The doublings after which `WAIT_MAX` is reached.
const DOUBLINGS_MAX: u32 = 4;
const LIFETIME: Duration = Duration::from_secs(5 * 24 * 3600);

/// When the delivery is to be tried; none while it is under way, and when it is over.
pub fn next_attempt_at(delivery: &Delivery) -> Option<Timestamp> {
    match &delivery.state {
        DeliveryState::Waiting { next_attempt, .. } => Some(*next_attempt),
        DeliveryState::Attempting { .. } | DeliveryState::Sent { .. } | DeliveryState::Failed { .. } => None,
    }
}

/// Whether a mail that waits is to be tried at `now`.
///
/// So is one that waits for longer than any wait that we give after so many attempts: the clock was set back since.
pub fn is_due(delivery: &Delivery, now: Timestamp) -> bool {
    match &delivery.state {
        DeliveryState::Waiting {
            attempts, next_attempt, ..
        } => {
            let longest = wait_in_doubt_after(*attempts).max(WAIT_MAX);
            let latest = now.saturating_add(longest).unwrap_or(Timestamp::MAX);
            *next_attempt <= now || is_from_a_wrong_clock(*next_attempt, latest)
        }
        DeliveryState::Attempting { .. } | DeliveryState::Sent { .. } | DeliveryState::Failed { .. } => false,
    }
}

/// Whether an attempt has begun and ended between the two states of a delivery.
pub fn was_tried(before: &Delivery, after: &Delivery) -> bool {
    match (&before.state, &after.state) {
        (_, DeliveryState::Attempting { .. }) => false,
        (DeliveryState::Waiting { attempts: before, .. }, DeliveryState::Waiting { attempts: after, .. }) => {
            before < after
        }
        (_, DeliveryState::Waiting { .. } | DeliveryState::Sent { .. } | DeliveryState::Failed { .. }) => true,
    }
}

/// The delivery whose attempt ended with the process: nobody knows whether it arrived, so it is tried again.
///
/// At once after the first attempt; a mail with which the process ends again and again waits longer each time.
pub fn interrupted(delivery: &Delivery) -> Delivery {
    let DeliveryState::Attempting { attempts, since } = &delivery.state else {
        return delivery.clone();
    };
    let wait = if *attempts <= 1 {
        Duration::ZERO
    } else {
        wait_after(*attempts)
    };
    Delivery {
        state: DeliveryState::Waiting {
            attempts: *attempts,
            next_attempt: since.saturating_add(wait).unwrap_or(Timestamp::MAX),
            last_error: Some("kabar ended during the attempt; it may have arrived".to_owned()),
        },
        ..delivery.clone()
    }
}

/// The delivery due at `now`, because a person wants it tried; none unless it waits.
pub fn hurried(delivery: &Delivery, now: Timestamp) -> Option<Delivery> {
    let DeliveryState::Waiting {
        attempts, last_error, ..
    } = &delivery.state
    else {
        return None;
    };
    Some(Delivery {
        state: DeliveryState::Waiting {
            attempts: *attempts,
            next_attempt: now,
            last_error: last_error.clone(),
        },
        ..delivery.clone()
    })
}

/// The delivery put off until `until`, because nothing can be sent before; none unless it would be due earlier.
pub fn held(delivery: &Delivery, until: Timestamp, reason: &str) -> Option<Delivery> {
    match &delivery.state {
        DeliveryState::Waiting {
            attempts, next_attempt, ..
        } if *next_attempt < until => Some(Delivery {
            state: DeliveryState::Waiting {
                attempts: *attempts,
                next_attempt: until,
                last_error: Some(reason.to_owned()),
            },
            ..delivery.clone()
        }),
        DeliveryState::Waiting { .. }
        | DeliveryState::Attempting { .. }
        | DeliveryState::Sent { .. }
        | DeliveryState::Failed { .. } => None,
    }
}

/// The delivery as it must be on disk before the connection is opened.
pub fn begin_attempt(delivery: &Delivery, now: Timestamp) -> Delivery {
    let attempts = match &delivery.state {
        DeliveryState::Waiting { attempts, .. } | DeliveryState::Attempting { attempts, .. } => attempts + 1,
        DeliveryState::Sent { .. } | DeliveryState::Failed { .. } => return delivery.clone(),
    };
    Delivery {
        state: DeliveryState::Attempting { attempts, since: now },
        ..delivery.clone()
    }
}

/// The delivery after the attempt that [`begin_attempt`] began.
pub fn after_attempt(delivery: &Delivery, outcome: &SendOutcome, now: Timestamp) -> Delivery {
    let DeliveryState::Attempting { attempts, .. } = &delivery.state else {
        return delivery.clone();
    };
    let state = match outcome {
        SendOutcome::Sent(response) => DeliveryState::Sent {
            at: now,
            response: response.clone(),
        },
        SendOutcome::Refused(reason) => DeliveryState::Failed {
            at: now,
            reason: reason.clone(),
        },
        SendOutcome::Deferred(reason) | SendOutcome::Misconfigured(reason) => {
            wait(delivery, *attempts, wait_after(*attempts), reason, now)
        }
        SendOutcome::Uncertain(reason) => wait(delivery, *attempts, wait_in_doubt_after(*attempts), reason, now),
    };
    Delivery {
        state,
        ..delivery.clone()
    }
}

fn wait(delivery: &Delivery, attempts: u32, wait: Duration, reason: &str, now: Timestamp) -> DeliveryState {
    if now >= delivery.sealed.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX) {
        return DeliveryState::Failed {
            at: now,
            reason: format!("given up after 5 days: {reason}"),
        };
    }
    DeliveryState::Waiting {
        attempts,
        next_attempt: now.saturating_add(wait).unwrap_or(Timestamp::MAX),
        last_error: Some(reason.to_owned()),
    }
}

fn wait_after(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(DOUBLINGS_MAX);
    WAIT_FIRST.saturating_mul(1 << doublings).min(WAIT_MAX)
}

/// A mail that may have arrived is tried again soon once, then ever more rarely: each try may be one more copy.
fn wait_in_doubt_after(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(DOUBLINGS_MAX) * 2;
    WAIT_FIRST.saturating_mul(1 << doublings).min(WAIT_IN_DOUBT_MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::digest::sealed;

    #[test]
    fn waits_are_5_10_20_40_and_then_66_minutes() {
        let mut delivery = sealed("2026-03-18T07:00:00Z");
        let mut now = delivery.sealed;
        for minutes in [5, 10, 20, 40, 66, 66] {
            delivery = after_attempt(
                &begin_attempt(&delivery, now),
                &SendOutcome::Deferred("450".to_owned()),
                now,
            );
            let next = next_attempt_at(&delivery).unwrap();
            assert_eq!(next.duration_since(now).as_mins(), minutes);
            now = next;
        }
    }

    #[test]
    fn a_mail_that_waits_longer_than_any_wait_is_due() {
        let delivery = sealed("2026-03-18T19:00:00Z");
        let deferred = SendOutcome::Deferred("450".to_owned());
        let waiting = after_attempt(&begin_attempt(&delivery, delivery.sealed), &deferred, delivery.sealed);
        let due = |now: &str| is_due(&waiting, now.parse().unwrap());
        assert!(due("2026-03-18T12:00:00Z"), "the clock was set back by seven hours");
        assert!(!due("2026-03-18T19:04:59Z"));
        assert!(due("2026-03-18T19:05:00Z"));
        let mut doubtful = delivery.clone();
        for _attempt in 0..5 {
            let uncertain = SendOutcome::Uncertain("cut".to_owned());
            doubtful = after_attempt(&begin_attempt(&doubtful, delivery.sealed), &uncertain, delivery.sealed);
        }
        assert!(!is_due(&doubtful, delivery.sealed), "it waits for 21 hours, rightly");
    }

    #[test]
    fn a_mail_that_waited_five_days_is_given_up() {
        let delivery = sealed("2026-03-18T07:00:00Z");
        let now = "2026-03-23T07:00:00Z".parse().unwrap();
        let ended = after_attempt(
            &begin_attempt(&delivery, now),
            &SendOutcome::Deferred("450".to_owned()),
            now,
        );
        assert!(matches!(ended.state, DeliveryState::Failed { .. }));
    }

    #[test]
    fn an_interrupted_attempt_is_due_at_once_and_later_ones_wait() {
        let delivery = sealed("2026-03-18T07:00:00Z");
        let begun = begin_attempt(&delivery, delivery.sealed);
        assert_eq!(next_attempt_at(&begun), None, "it is under way");
        let again = interrupted(&begun);
        assert_eq!(next_attempt_at(&again), Some(delivery.sealed));
        let third = interrupted(&begin_attempt(&again, delivery.sealed));
        assert_eq!(
            next_attempt_at(&third)
                .unwrap()
                .duration_since(delivery.sealed)
                .as_mins(),
            10
        );
    }

    #[test]
    fn a_mail_that_may_have_arrived_is_repeated_rarely() {
        let mut delivery = sealed("2026-03-18T07:00:00Z");
        let mut now = delivery.sealed;
        let mut copies = 0;
        while let Some(next) = next_attempt_at(&delivery) {
            now = next;
            copies += 1;
            let begun = begin_attempt(&delivery, now);
            delivery = after_attempt(&begun, &SendOutcome::Uncertain("cut".to_owned()), now);
        }
        assert_eq!(copies, 11);
        assert!(now.duration_since(delivery.sealed).as_hours() >= 5 * 24);
    }
}
