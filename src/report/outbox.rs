//! Mails and where they are on their way.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::Kind;
use crate::store::Store;
use crate::store::StoreError;

/// A mail, as `kabar outbox list` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// The delivery's id.
    pub id: String,
    /// Its recipient's name.
    pub recipient: String,
    /// Digest or alert.
    pub kind: Kind,
    /// Where it is.
    pub state: Standing,
    /// Its subject.
    pub subject: String,
    /// How many stories stand in it.
    pub stories: usize,
    /// When it was sealed.
    pub sealed: Timestamp,
    /// Attempts so far; unknown (0) once it is over.
    pub attempts: u32,
    /// When it is tried next.
    pub next_attempt: Option<Timestamp>,
    /// When it was sent or given up.
    pub ended: Option<Timestamp>,
    /// What the last attempt brought, where it brought trouble.
    pub error: Option<String>,
    /// What the server said when it took the mail.
    pub response: Option<String>,
}

/// Where a mail is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It waits for its next attempt.
    Waiting,
    /// It is being handed over.
    Sending,
    /// The server took it.
    Sent,
    /// It was given up; its stories went back to the next digest.
    Failed,
}

/// Which mails to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// Those that were not delivered.
    Undelivered,
    /// Those that were sent, too.
    All,
}

/// The mails, oldest first.
///
/// # Errors
/// When the store refuses.
pub fn rows(store: &dyn Store, listed: Listed) -> Result<Vec<OutboxRow>, StoreError> {
    let is_listed = |row: &OutboxRow| listed == Listed::All || row.state != Standing::Sent;
    Ok(store.deliveries()?.iter().map(row).filter(is_listed).collect())
}

/// One mail.
pub fn row(delivery: &Delivery) -> OutboxRow {
    let row = OutboxRow {
        id: delivery.id.clone(),
        recipient: delivery.recipient.clone(),
        kind: delivery.kind,
        state: Standing::Waiting,
        subject: delivery.subject.clone(),
        stories: delivery.entries.len(),
        sealed: delivery.sealed,
        attempts: 0,
        next_attempt: None,
        ended: None,
        error: None,
        response: None,
    };
    match &delivery.state {
        DeliveryState::Waiting {
            attempts,
            next_attempt,
            last_error,
        } => OutboxRow {
            attempts: *attempts,
            next_attempt: Some(*next_attempt),
            error: last_error.clone(),
            ..row
        },
        DeliveryState::Attempting { attempts, .. } => OutboxRow {
            state: Standing::Sending,
            attempts: *attempts,
            ..row
        },
        DeliveryState::Sent { at, response } => OutboxRow {
            state: Standing::Sent,
            ended: Some(*at),
            response: Some(response.clone()),
            ..row
        },
        DeliveryState::Failed { at, reason } => OutboxRow {
            state: Standing::Failed,
            ended: Some(*at),
            error: Some(reason.clone()),
            ..row
        },
    }
}
