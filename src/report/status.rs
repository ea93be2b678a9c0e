//! Is all well?

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::config::Config;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::report::feeds;
use crate::report::feeds::FeedRow;
use crate::store::Store;
use crate::store::StoreError;

/// The whole state in one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether nothing needs a person.
    pub is_well: bool,
    /// Configured feeds.
    pub feeds: usize,
    /// Feeds never polled yet.
    pub feeds_new: usize,
    /// Feeds whose last poll failed.
    pub failing: Vec<FeedRow>,
    /// Feeds that may have brought more than we saw.
    pub gaps: Vec<String>,
    /// Stories stored.
    pub stories: u64,
    /// Mails not yet accepted, with the last word about each.
    pub outbox: Vec<OutboxRow>,
    /// Mails that were given up.
    pub refused: Vec<OutboxRow>,
    /// What waits for whom.
    pub recipients: Vec<RecipientRow>,
}

/// A mail that is not delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// The delivery's id.
    pub id: String,
    /// Its recipient's name.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// Attempts so far.
    pub attempts: u32,
    /// When it is tried next.
    pub next_attempt: Option<Timestamp>,
    /// What the last attempt brought.
    pub error: Option<String>,
}

/// A recipient's next mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientRow {
    /// The name.
    pub name: String,
    /// Stories that wait for the digest.
    pub pending: usize,
    /// When the next digest is sealed.
    pub next_digest: Option<Timestamp>,
}

/// Looks at everything.
///
/// # Errors
/// When the store refuses.
pub fn status(store: &dyn Store, config: &Config, now: Timestamp) -> Result<Status, StoreError> {
    let rows = feeds::rows(store, config)?;
    let feeds_new = rows.iter().filter(|row| row.last_poll.is_none()).count();
    let gaps = rows
        .iter()
        .filter(|row| row.possible_gap)
        .map(|row| row.name.clone())
        .collect();
    let (feeds, failing): (usize, Vec<FeedRow>) =
        (rows.len(), rows.into_iter().filter(|row| row.failures > 0).collect());
    let deliveries = store.deliveries()?;
    let outbox: Vec<OutboxRow> = deliveries.iter().filter_map(waiting_row).collect();
    let refused: Vec<OutboxRow> = deliveries.iter().filter_map(refused_row).collect();
    let recipients = config
        .recipients
        .iter()
        .map(|recipient| recipient_row(store, recipient, now));
    Ok(Status {
        is_well: failing.is_empty() && refused.is_empty() && outbox.iter().all(|row| row.error.is_none()),
        feeds,
        feeds_new,
        failing,
        gaps,
        stories: store.story_count()?,
        outbox,
        refused,
        recipients: recipients.collect::<Result<_, _>>()?,
    })
}

fn waiting_row(delivery: &Delivery) -> Option<OutboxRow> {
    match &delivery.state {
        DeliveryState::Waiting {
            attempts,
            next_attempt,
            last_error,
        } => Some(outbox_row(delivery, *attempts, Some(*next_attempt), last_error.clone())),
        DeliveryState::Attempting { attempts, .. } => Some(outbox_row(delivery, *attempts, None, None)),
        DeliveryState::Sent { .. } | DeliveryState::Failed { .. } => None,
    }
}

fn refused_row(delivery: &Delivery) -> Option<OutboxRow> {
    match &delivery.state {
        DeliveryState::Failed { reason, .. } => Some(outbox_row(delivery, 0, None, Some(reason.clone()))),
        DeliveryState::Waiting { .. } | DeliveryState::Attempting { .. } | DeliveryState::Sent { .. } => None,
    }
}

fn outbox_row(delivery: &Delivery, attempts: u32, next_attempt: Option<Timestamp>, error: Option<String>) -> OutboxRow {
    OutboxRow {
        id: delivery.id.clone(),
        recipient: delivery.recipient.clone(),
        subject: delivery.subject.clone(),
        attempts,
        next_attempt,
        error,
    }
}

fn recipient_row(store: &dyn Store, recipient: &Recipient, now: Timestamp) -> Result<RecipientRow, StoreError> {
    Ok(RecipientRow {
        name: recipient.name.clone(),
        pending: store.pending(&recipient.name, Kind::Digest)?.len(),
        next_digest: recipient.digest.next_slot(now, &recipient.timezone),
    })
}
