//! The notifier loop: seals digests and alerts when they are due, and sends what is sealed.
//!
//! Decides nothing: `digest` says when a slot is due and when to try again; the store keeps what happened.
//! An attempt is durable before the connection is opened, so a crash never forgets one.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tracing::error;
use tracing::info;
use tracing::warn;

use crate::daemon::Clock;
use crate::daemon::Setup;
use crate::daemon::blocking;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::digest::SendOutcome;
use crate::digest::retry;
use crate::report::letter;
use crate::report::letter::Letter;
use crate::store::RecipientState;
use crate::store::Seal;
use crate::store::Store;
use crate::store::StoreError;

/// Mails under way at a time: a small server takes more connections badly.
const SENDING_MAX: usize = 4;

/// Why the notifier cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A mail cannot be written.
    #[error("{0}")]
    Letter(#[from] letter::LetterError),
}

/// What to seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Digests whose slot has come, alerts that may go out.
    Due,
    /// Whatever waits, now; slots stay where they are.
    Everything,
}

/// What sending brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailTally {
    /// Mails that the server took.
    pub sent: Vec<Delivery>,
    /// Mails that wait for another try.
    pub waiting: usize,
}

/// Seals what is due at `now`. Answers how many mails were sealed.
///
/// # Errors
/// When the store refuses or a template fails; nothing is lost then, the entries wait.
pub async fn seal<F: Send + Sync + 'static>(
    setup: &Arc<Setup<F>>,
    store: &Arc<dyn Store>,
    now: Timestamp,
    which: Which,
) -> Result<usize, NotifierError> {
    let (setup, store) = (Arc::clone(setup), Arc::clone(store));
    blocking(move || {
        let mut sealed = 0;
        for recipient in &setup.config.recipients {
            for kind in [Kind::Alert, Kind::Digest] {
                sealed += usize::from(seal_one(&setup, store.as_ref(), recipient, kind, now, which)?);
            }
        }
        Ok(sealed)
    })
    .await
}

/// When something can become due: a slot, an alert that had to wait, the next attempt of a mail.
///
/// # Errors
/// When the store refuses.
pub async fn wake_at<F: Send + Sync + 'static>(
    setup: &Arc<Setup<F>>,
    store: &Arc<dyn Store>,
    now: Timestamp,
) -> Result<Option<Timestamp>, NotifierError> {
    let (setup, store) = (Arc::clone(setup), Arc::clone(store));
    blocking(move || {
        let mut wakes: Vec<Timestamp> = store.deliveries()?.iter().filter_map(retry::next_attempt_at).collect();
        for recipient in &setup.config.recipients {
            let state = store.recipient_state(&recipient.name)?;
            wakes.extend(
                recipient
                    .digest
                    .next_slot(state.last_slot.unwrap_or(now), &recipient.timezone),
            );
            if !store.pending(&recipient.name, Kind::Alert)?.is_empty() {
                wakes.push(alert_allowed_at(recipient, &state, now));
            }
        }
        Ok(wakes.into_iter().min())
    })
    .await
}

fn seal_one<F>(
    setup: &Setup<F>,
    store: &dyn Store,
    recipient: &Recipient,
    kind: Kind,
    now: Timestamp,
    which: Which,
) -> Result<bool, NotifierError> {
    let state = known_state(store, recipient, now)?;
    let slot = match (which, kind) {
        (Which::Everything, _) => None,
        (Which::Due, Kind::Alert) if alert_allowed_at(recipient, &state, now) > now => return Ok(false),
        (Which::Due, Kind::Alert) => Some(now),
        (Which::Due, Kind::Digest) => {
            let since = state.last_slot.unwrap_or(now);
            match recipient.digest.latest_slot(since, now, &recipient.timezone) {
                None => return Ok(false),
                slot => slot,
            }
        }
    };
    let letter = letter::write(store, &setup.config, recipient, kind, slot.unwrap_or(now), now)?;
    if letter.is_none() && (kind == Kind::Alert || slot.is_none()) {
        return Ok(false);
    }
    let mail = letter.map(Letter::into_mail);
    let seal = Seal {
        recipient: recipient.name.clone(),
        kind,
        slot,
        mail,
    };
    let is_sealed = store.seal(&seal)?;
    if let Some(mail) = seal.mail.filter(|_| is_sealed) {
        let (id, stories) = (&mail.delivery.id, mail.delivery.entries.len());
        info!(delivery.id = %id, story.count = stories, "sealed mail {id} (stories: {stories})");
        return Ok(true);
    }
    Ok(false)
}

/// The recipient's state; a recipient that is new gets the digests from now on.
fn known_state(store: &dyn Store, recipient: &Recipient, now: Timestamp) -> Result<RecipientState, StoreError> {
    let mut state = store.recipient_state(&recipient.name)?;
    if state.last_slot.is_none() {
        state.last_slot = Some(now);
        store.set_recipient_state(&recipient.name, &state)?;
    }
    Ok(state)
}

/// The first moment at which an alert may go out, at or after `now`.
fn alert_allowed_at(recipient: &Recipient, state: &RecipientState, now: Timestamp) -> Timestamp {
    let spaced = |last: Timestamp| {
        last.saturating_add(recipient.alerts_at_most_every)
            .unwrap_or(Timestamp::MAX)
    };
    let allowed = state.last_alert.map_or(now, spaced).max(now);
    match &recipient.quiet {
        Some(quiet) if quiet.covers(allowed, &recipient.timezone) => quiet.ends_after(allowed, &recipient.timezone),
        Some(_) | None => allowed,
    }
}

/// Tries every mail that is due, a few at a time, each with its own fate.
///
/// # Errors
/// When the store refuses.
pub async fn send<F: Send + Sync + 'static>(
    setup: &Arc<Setup<F>>,
    store: &Arc<dyn Store>,
    clock: &Clock,
) -> Result<MailTally, NotifierError> {
    let mut tally = MailTally::default();
    let mut due = due_deliveries(store, clock.now()).await?.into_iter();
    let mut attempts = JoinSet::new();
    loop {
        while attempts.len() < SENDING_MAX
            && let Some(delivery) = due.next()
        {
            attempts.spawn(attempt(Arc::clone(setup), Arc::clone(store), clock.clone(), delivery));
        }
        let Some(ended) = attempts.join_next().await else {
            return Ok(tally);
        };
        let delivery = ended.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))?;
        match delivery.state {
            DeliveryState::Sent { .. } => tally.sent.push(delivery),
            DeliveryState::Waiting { .. } | DeliveryState::Attempting { .. } => tally.waiting += 1,
            DeliveryState::Failed { .. } => {}
        }
    }
}

async fn due_deliveries(store: &Arc<dyn Store>, now: Timestamp) -> Result<Vec<Delivery>, NotifierError> {
    let store = Arc::clone(store);
    let is_due = move |delivery: &Delivery| retry::next_attempt_at(delivery).is_some_and(|at| at <= now);
    blocking(move || Ok(store.deliveries()?.into_iter().filter(is_due).collect())).await
}

/// One attempt: durable before the connection, and after it.
async fn attempt<F>(
    setup: Arc<Setup<F>>,
    store: Arc<dyn Store>,
    clock: Clock,
    delivery: Delivery,
) -> Result<Delivery, NotifierError> {
    let begun = retry::begin_attempt(&delivery, clock.now());
    let (writer, id, record) = (Arc::clone(&store), begun.id.clone(), begun.clone());
    let message = blocking(move || {
        writer.set_delivery(&record)?;
        writer.message(&id)
    })
    .await
    .map_err(NotifierError::Store)?;
    let outcome = match message {
        Some(message) => setup.mailer.send(&begun, &message).await,
        None => SendOutcome::Refused("its bytes are gone from the store".to_owned()),
    };
    let ended = retry::after_attempt(&begun, &outcome, clock.now());
    log(&ended, &outcome);
    let record = ended.clone();
    blocking(move || store.set_delivery(&record))
        .await
        .map_err(NotifierError::Store)?;
    Ok(ended)
}

fn log(delivery: &Delivery, outcome: &SendOutcome) {
    let id = &delivery.id;
    let next = retry::next_attempt_at(delivery)
        .map(|next| next.to_string())
        .unwrap_or_default();
    match outcome {
        SendOutcome::Sent(response) => info!(delivery.id = %id, "mailed {id}: {response}"),
        SendOutcome::Deferred(reason) | SendOutcome::Uncertain(reason) => {
            warn!(delivery.id = %id, delivery.next_attempt = %next, "mail {id} waits: {reason}");
        }
        SendOutcome::Refused(reason) => error!(delivery.id = %id, "mail {id} was refused: {reason}"),
        SendOutcome::Misconfigured(reason) => {
            error!(delivery.id = %id, delivery.next_attempt = %next,
                "mail {id} waits for a correct [mail] section: {reason}");
        }
    }
}
