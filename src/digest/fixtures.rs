//! A mail for the unit tests.
#![allow(clippy::unwrap_used)]

use jiff::Timestamp;

use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::Envelope;
use crate::digest::Kind;

/// A digest for "me", sealed then and not tried yet.
pub(crate) fn sealed(at: &str) -> Delivery {
    let at: Timestamp = at.parse().unwrap();
    Delivery {
        id: "20261125T0700-3f9a".to_owned(),
        recipient: "me".to_owned(),
        kind: Kind::Digest,
        envelope: Envelope {
            from: "kabar@example.org".to_owned(),
            to: "me@example.org".to_owned(),
        },
        subject: "3 new".to_owned(),
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
