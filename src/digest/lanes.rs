//! Which sealed mails may be tried now, so that one recipient's trouble never delays another's.
//!
//! Each recipient has one mail under way at a time. Few conversations run beside each other as long as they go well; one
//! that takes long is in trouble, counts no longer, and the others go past it.

use std::time::Duration;

use jiff::Timestamp;

use crate::digest::Delivery;

/// Conversations that go well at a time: mail providers refuse more than a handful from one client.
const SWIFT_MAX: usize = 4;
/// A mail is taken within seconds; what takes longer hangs, or is held up on purpose (a tarpit).
const SLOW_AFTER: Duration = Duration::from_secs(20);
/// All conversations: bounds sockets and the messages in memory.
const FLIGHTS_MAX: usize = 64;

/// A mail under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// Whose.
    pub recipient: String,
    /// When the attempt began.
    pub begun: Timestamp,
}

impl Flight {
    fn slow_at(&self) -> Timestamp {
        self.begun.saturating_add(SLOW_AFTER).unwrap_or(Timestamp::MAX)
    }
}

/// How many mails may be tried beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// As many as the limits allow.
    Full,
    /// One, to see whether the server has been put right.
    Probe,
}

/// The mails among `due` (oldest first) that may be tried now, beside those in `flights`.
pub fn may_begin(due: Vec<Delivery>, flights: &[Flight], width: Width, now: Timestamp) -> Vec<Delivery> {
    let swift = flights.iter().filter(|flight| flight.slow_at() > now).count();
    let room = match width {
        Width::Full => SWIFT_MAX
            .saturating_sub(swift)
            .min(FLIGHTS_MAX.saturating_sub(flights.len())),
        Width::Probe => 1_usize.saturating_sub(flights.len()),
    };
    let mut busy: Vec<String> = flights.iter().map(|flight| flight.recipient.clone()).collect();
    let mut chosen = Vec::new();
    for delivery in due {
        if chosen.len() < room && !busy.contains(&delivery.recipient) {
            busy.push(delivery.recipient.clone());
            chosen.push(delivery);
        }
    }
    chosen
}

/// When a conversation that goes well so far will count as slow and make room.
pub fn room_at(flights: &[Flight], now: Timestamp) -> Option<Timestamp> {
    flights.iter().map(Flight::slow_at).filter(|at| *at > now).min()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::digest::sealed;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn mail(recipient: &str) -> Delivery {
        Delivery {
            recipient: recipient.to_owned(),
            ..sealed("2026-03-18T07:00:00Z")
        }
    }

    fn flight(recipient: &str, second: i64) -> Flight {
        Flight {
            recipient: recipient.to_owned(),
            begun: at(second),
        }
    }

    fn begin(due: &[&str], flights: &[Flight], width: Width, second: i64) -> Vec<String> {
        let due = due.iter().map(|name| mail(name)).collect();
        let begun = may_begin(due, flights, width, at(second));
        begun.into_iter().map(|delivery| delivery.recipient).collect()
    }

    #[test]
    fn a_recipient_has_one_mail_under_way() {
        let flights = [flight("ana", 0)];
        assert_eq!(begin(&["ana", "ben", "ben"], &flights, Width::Full, 1), ["ben"]);
    }

    #[test]
    fn a_few_swift_conversations_run_beside_each_other() {
        let due = ["a", "b", "c", "d", "e", "f"];
        assert_eq!(begin(&due, &[], Width::Full, 0), ["a", "b", "c", "d"]);
    }

    #[test]
    fn conversations_that_hang_make_room_for_others() {
        let hanging: Vec<Flight> = ["a", "b", "c", "d"].iter().map(|name| flight(name, 0)).collect();
        assert_eq!(begin(&["e"], &hanging, Width::Full, 19), [""; 0]);
        assert_eq!(room_at(&hanging, at(19)), Some(at(20)));
        assert_eq!(begin(&["e"], &hanging, Width::Full, 20), ["e"]);
        assert_eq!(room_at(&hanging, at(20)), None);
    }

    #[test]
    fn there_is_an_end_to_hanging_conversations_too() {
        let hanging: Vec<Flight> = (0..64).map(|n| flight(&format!("r{n}"), 0)).collect();
        assert_eq!(begin(&["e"], &hanging, Width::Full, 100), [""; 0]);
    }

    #[test]
    fn a_server_in_doubt_gets_one_mail() {
        assert_eq!(begin(&["a", "b"], &[], Width::Probe, 0), ["a"]);
        assert_eq!(begin(&["a", "b"], &[flight("c", 0)], Width::Probe, 60), [""; 0]);
    }
}
