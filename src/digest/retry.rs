//! When a mail is tried again, and when it is given up.
//!
//! The waits of Postfix: 5, 10, 20, 40, then every 66 minutes, for 5 days (RFC 5321 section 4.5.4.1 asks for 4 to 5).

use std::time::Duration;

use jiff::Timestamp;

use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::SendOutcome;

const WAIT_FIRST: Duration = Duration::from_secs(5 * 60);
const WAIT_MAX: Duration = Duration::from_secs(66 * 60);
/// The doublings after which `WAIT_MAX` is reached.
const DOUBLINGS_MAX: u32 = 4;
const LIFETIME: Duration = Duration::from_secs(5 * 24 * 3600);

/// When the delivery is to be tried; none when it is over. An interrupted attempt is due at once.
pub fn next_attempt_at(delivery: &Delivery) -> Option<Timestamp> {
    match &delivery.state {
        DeliveryState::Waiting { next_attempt, .. } => Some(*next_attempt),
        DeliveryState::Attempting { since, .. } => Some(*since),
        DeliveryState::Sent { .. } | DeliveryState::Failed { .. } => None,
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
        SendOutcome::Deferred(reason) | SendOutcome::Uncertain(reason) | SendOutcome::Misconfigured(reason) => {
            wait(delivery, *attempts, reason, now)
        }
    };
    Delivery {
        state,
        ..delivery.clone()
    }
}

fn wait(delivery: &Delivery, attempts: u32, reason: &str, now: Timestamp) -> DeliveryState {
    if now >= delivery.sealed.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX) {
        return DeliveryState::Failed {
            at: now,
            reason: format!("given up after 5 days: {reason}"),
        };
    }
    let doublings = attempts.saturating_sub(1).min(DOUBLINGS_MAX);
    let wait = WAIT_FIRST.saturating_mul(1 << doublings).min(WAIT_MAX);
    let next_attempt = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
    DeliveryState::Waiting {
        attempts,
        next_attempt,
        last_error: Some(reason.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::digest::Envelope;
    use crate::digest::Kind;

    fn sealed(at: &str) -> Delivery {
        let at: Timestamp = at.parse().unwrap();
        Delivery {
            id: "d".to_owned(),
            recipient: "me".to_owned(),
            kind: Kind::Digest,
            envelope: Envelope {
                from: String::new(),
                to: String::new(),
            },
            subject: String::new(),
            slot: at,
            sealed: at,
            entries: Vec::new(),
            state: DeliveryState::Waiting {
                attempts: 0,
                next_attempt: at,
                last_error: None,
            },
        }
    }

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
    fn an_interrupted_attempt_is_due_at_once() {
        let delivery = sealed("2026-03-18T07:00:00Z");
        let begun = begin_attempt(&delivery, delivery.sealed);
        assert_eq!(next_attempt_at(&begun), Some(delivery.sealed));
    }
}
