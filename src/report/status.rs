//! Is all well?

use jiff::SignedDuration;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::config::Config;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::report::feeds;
use crate::report::feeds::FeedRow;
use crate::report::outbox;
use crate::report::outbox::Listed;
use crate::report::outbox::OutboxRow;
use crate::report::outbox::Standing;
use crate::report::strangers;
use crate::report::strangers::Stranger;
use crate::store::Store;
use crate::store::StoreError;

/// How late a poll may be while a daemon runs: hundreds of feeds of one host wait for each other for minutes.
pub const OVERDUE_HOURS: i64 = 1;
/// How late a poll may be where none runs: some type `kabar once` every night, at about the same time.
const UNATTENDED_HOURS: i64 = 26;

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
    pub gaps: Vec<FeedRow>,
    /// Feeds that usually take more than half of the time that a poll is given.
    pub slow: Vec<FeedRow>,
    /// Feeds that have moved for good.
    #[serde(default)]
    pub moved: Vec<FeedRow>,
    /// Stories stored.
    pub stories: u64,
    /// Mails not yet accepted, with the last word about each.
    pub outbox: Vec<OutboxRow>,
    /// Mails that were given up.
    pub refused: Vec<OutboxRow>,
    /// What waits for whom.
    pub recipients: Vec<RecipientRow>,
    /// For whom something waits though they are not configured.
    #[serde(default)]
    pub strangers: Vec<Stranger>,
    /// Feeds whose next poll lies more than [`OVERDUE_HOURS`] in the past.
    #[serde(default)]
    pub overdue: Vec<FeedRow>,
    /// When a poll was due that nobody made for more than a day: no kabar runs.
    #[serde(default)]
    pub unattended_since: Option<Timestamp>,
    /// Whether this is the word of a daemon that runs.
    #[serde(default)]
    pub is_running: bool,
}

impl Status {
    /// The same as a running daemon says it: feeds that it should have polled long ago need a person.
    #[must_use]
    pub fn while_running(self) -> Self {
        Self {
            is_well: self.is_well && self.overdue.is_empty(),
            is_running: true,
            ..self
        }
    }
}

/// A recipient's next mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientRow {
    /// The name.
    pub name: String,
    /// Stories that wait for the digest.
    pub pending: usize,
    /// Stories that wait for an alert: in quiet hours, or until the last one is long enough ago.
    #[serde(default)]
    pub alerts: usize,
    /// When the next digest is sealed.
    pub next_digest: Option<Timestamp>,
}

/// Looks at everything.
///
/// # Errors
/// When the store refuses.
pub fn status(store: &dyn Store, config: &Config, now: Timestamp) -> Result<Status, StoreError> {
    let rows = feeds::rows(store, config, now)?;
    let feeds_new = rows.iter().filter(|row| row.last_poll.is_none()).count();
    let before = |hours| {
        now.saturating_sub(SignedDuration::from_hours(hours))
            .unwrap_or(Timestamp::MIN)
    };
    let is_overdue = |row: &&FeedRow| row.next_poll.is_some_and(|next| next < before(OVERDUE_HOURS));
    let overdue = rows.iter().filter(is_overdue).cloned().collect();
    let first_due = rows.iter().filter_map(|row| row.next_poll).min();
    let unattended_since = first_due.filter(|due| *due < before(UNATTENDED_HOURS));
    let gaps = rows.iter().filter(|row| row.possible_gap).cloned().collect();
    let slow = rows.iter().filter(|row| row.is_slow).cloned().collect();
    let moved = rows.iter().filter(|row| row.moved_to.is_some()).cloned().collect();
    let (feeds, failing): (usize, Vec<FeedRow>) =
        (rows.len(), rows.into_iter().filter(|row| row.failures > 0).collect());
    let undelivered = outbox::rows(store, Listed::Undelivered)?;
    let is_refused = |row: &OutboxRow| row.state == Standing::Failed;
    let (refused, outbox): (Vec<OutboxRow>, Vec<OutboxRow>) = undelivered.into_iter().partition(is_refused);
    Ok(Status {
        is_well: failing.is_empty()
            && refused.is_empty()
            && outbox.iter().all(|row| row.error.is_none())
            && unattended_since.is_none(),
        feeds,
        feeds_new,
        failing,
        gaps,
        slow,
        moved,
        stories: store.story_count()?,
        outbox,
        refused,
        recipients: recipient_rows(store, config, now)?,
        strangers: strangers::strangers(store, config)?,
        overdue,
        unattended_since,
        is_running: false,
    })
}

/// What waits for each recipient.
///
/// # Errors
/// When the store refuses.
pub fn recipient_rows(store: &dyn Store, config: &Config, now: Timestamp) -> Result<Vec<RecipientRow>, StoreError> {
    let rows = config.recipients.iter();
    rows.map(|recipient| recipient_row(store, recipient, now)).collect()
}

fn recipient_row(store: &dyn Store, recipient: &Recipient, now: Timestamp) -> Result<RecipientRow, StoreError> {
    Ok(RecipientRow {
        name: recipient.name.clone(),
        pending: store.pending(&recipient.name, Kind::Digest)?.len(),
        alerts: store.pending(&recipient.name, Kind::Alert)?.len(),
        next_digest: recipient.digest.next_slot(now, &recipient.timezone),
    })
}
