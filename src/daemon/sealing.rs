//! Sealing: what is due becomes a mail whose bytes never change again.
//!
//! Decides nothing: `digest` says when a slot is due and when an alert may go out; the store freezes. A recipient whose mail
//! cannot be written delays nobody else.

use jiff::Timestamp;
use tracing::info;

use crate::config::Config;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::digest::alerts;
use crate::report::letter;
use crate::report::letter::Letter;
use crate::report::letter::LetterError;
use crate::schedule::is_from_a_wrong_clock;
use crate::store::RecipientState;
use crate::store::Seal;
use crate::store::Store;
use crate::store::StoreError;

/// What to seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Digests whose slot has come, alerts that may go out.
    Due,
    /// Whatever waits, now; slots stay where they are.
    Everything,
    /// What waits for the next digest of this recipient, now; its slot stays where it is.
    DigestOf(String),
}

/// What sealing brought.
#[derive(Debug, Default)]
pub struct Sealed {
    /// The ids of the mails.
    pub ids: Vec<String>,
    /// Mails that could not be written; their entries wait.
    pub failures: Vec<LetterError>,
}

/// Seals what is due at `now`.
///
/// # Errors
/// When the store refuses; what could not be sealed waits.
pub fn seal(config: &Config, store: &dyn Store, now: Timestamp, which: &Which) -> Result<Sealed, StoreError> {
    let mut sealed = Sealed::default();
    for recipient in &config.recipients {
        let kinds: &[Kind] = match which {
            Which::Due | Which::Everything => &[Kind::Alert, Kind::Digest],
            Which::DigestOf(name) if *name == recipient.name => &[Kind::Digest],
            Which::DigestOf(_) => &[],
        };
        for kind in kinds {
            match seal_one(config, store, recipient, *kind, now, which) {
                Ok(id) => sealed.ids.extend(id),
                Err(LetterError::Store(refused)) => return Err(refused),
                Err(failed) => sealed.failures.push(failed),
            }
        }
    }
    Ok(sealed)
}

/// The first moment after `now` at which something can become due: a slot, an alert that had to wait.
///
/// # Errors
/// When the store refuses.
pub fn wake_at(config: &Config, store: &dyn Store, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let mut wakes = Vec::new();
    for recipient in &config.recipients {
        let state = store.recipient_state(&recipient.name)?;
        wakes.extend(recipient.digest.next_slot(now, &recipient.timezone));
        if !store.pending(&recipient.name, Kind::Alert)?.is_empty() {
            wakes.push(alerts::allowed_at(recipient, state.last_alert, now));
        }
    }
    Ok(wakes.into_iter().filter(|wake| *wake > now).min())
}

fn seal_one(
    config: &Config,
    store: &dyn Store,
    recipient: &Recipient,
    kind: Kind,
    now: Timestamp,
    which: &Which,
) -> Result<Option<String>, LetterError> {
    let state = known_state(store, recipient, now)?;
    let slot = match (which, kind) {
        (Which::Everything | Which::DigestOf(_), _) => None,
        (Which::Due, Kind::Alert) if alerts::allowed_at(recipient, state.last_alert, now) > now => return Ok(None),
        (Which::Due, Kind::Alert) => Some(now),
        (Which::Due, Kind::Digest) => {
            let since = state.last_slot.unwrap_or(now);
            match recipient.digest.latest_slot(since, now, &recipient.timezone) {
                None => return Ok(None),
                slot => slot,
            }
        }
    };
    // Digests that were sealed while the mail server was away stay apart, one mail for each slot: what was frozen may have
    // arrived although no answer came, so its stories must not stand in another mail until it is given up, and each keeps
    // the day that its reader would have had it. Slots missed while kabar was off were never sealed, and are one mail.
    let letter = unsealed(store, config, recipient, kind, slot.unwrap_or(now), now)?;
    if letter.is_none() && (kind == Kind::Alert || slot.is_none()) {
        return Ok(None);
    }
    let mail = letter.map(Letter::into_mail);
    let seal = Seal {
        recipient: recipient.name.clone(),
        kind,
        slot,
        mail,
    };
    let is_sealed = store.seal(&seal)?;
    let Some(mail) = seal.mail.filter(|_| is_sealed) else {
        return Ok(None);
    };
    let (id, stories) = (mail.delivery.id, mail.delivery.entries.len());
    info!(delivery.id = %id, story.count = stories, "sealed mail {id} (stories: {stories})");
    Ok(Some(id))
}

/// Writes the mail of `slot`. Where the slot had its mail before the clock was set back, this one is named after `now`.
fn unsealed(
    store: &dyn Store,
    config: &Config,
    recipient: &Recipient,
    kind: Kind,
    slot: Timestamp,
    now: Timestamp,
) -> Result<Option<Letter>, LetterError> {
    let letter = letter::write(store, config, recipient, kind, slot, now)?;
    match &letter {
        Some(written) if store.delivery(written.id())?.is_some() => {
            letter::write(store, config, recipient, kind, now, now)
        }
        Some(_) | None => Ok(letter),
    }
}

/// The recipient's state; a recipient that is new gets the digests from now on, and so does one whose last mails seem to lie
/// ahead of us.
fn known_state(store: &dyn Store, recipient: &Recipient, now: Timestamp) -> Result<RecipientState, StoreError> {
    let known = store.recipient_state(&recipient.name)?;
    let is_past = |at: &Timestamp| !is_from_a_wrong_clock(*at, now);
    let state = RecipientState {
        last_slot: known.last_slot.filter(is_past).or(Some(now)),
        last_alert: known.last_alert.filter(is_past),
        quiet_since: known.quiet_since.filter(is_past).or(known.quiet_since.and(Some(now))),
    };
    if state != known {
        store.set_recipient_state(&recipient.name, &state)?;
    }
    Ok(state)
}
