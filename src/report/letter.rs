//! A recipient's next mail: what waits for them, composed, rendered and written as bytes.
//!
//! Used to seal a mail and to preview it, so that the preview is the mail.

mod content;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::config::Config;
use crate::config::SendEmpty;
use crate::dedup::StoryId;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::digest::render;
use crate::digest::render::Rendered;
use crate::digest::templates::TemplateError;
use crate::mail::message;
use crate::mail::message::MessageParts;
use crate::store::SealedMail;
use crate::store::Store;
use crate::store::StoreError;

/// A week of silence, less what a change of clocks and a late seal may take.
const SILENCE: SignedDuration = SignedDuration::from_hours(7 * 24 - 12);

/// Earlier mails that one refers to: a thread in a mail program needs the nearest ones.
const REFERENCES_MAX: usize = 10;

/// A mail that is written and not yet sealed.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Subject, text and HTML.
    pub rendered: Rendered,
    mail: SealedMail,
}

impl Letter {
    /// The mail's id.
    pub fn id(&self) -> &str {
        &self.mail.delivery.id
    }

    /// The mail, ready to be sealed.
    pub fn into_mail(self) -> SealedMail {
        self.mail
    }
}

/// Why a mail could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A template failed.
    #[error("the mail for {recipient} cannot be rendered: {source}")]
    Render {
        /// The recipient's name.
        recipient: String,
        /// The template's word.
        source: TemplateError,
    },
    /// The message could not be built.
    #[error(
        "the mail for {recipient} cannot be written: {source}; correct `from` in [mail] and `mail` of the recipient"
    )]
    Message {
        /// The recipient's name.
        recipient: String,
        /// The mail library's word.
        source: crate::mail::MailError,
    },
}

/// Writes what waits for `recipient`; none when nothing waits (and empty digests are not wanted).
///
/// # Errors
/// When the store, a template or an address refuses.
pub fn write(
    store: &dyn Store,
    config: &Config,
    recipient: &Recipient,
    kind: Kind,
    slot: Timestamp,
    now: Timestamp,
) -> Result<Option<Letter>, LetterError> {
    let mut entries = store.pending(&recipient.name, kind)?;
    if kind == Kind::Alert && !entries.is_empty() && recipient.digest.is_never() {
        // What was given up returns to the next digest; where none ever comes, the next alert tells of it.
        entries.extend(store.pending(&recipient.name, Kind::Digest)?);
    }
    if entries.is_empty() && (kind == Kind::Alert || !is_silence_broken(store, config, recipient, slot)?) {
        return Ok(None);
    }
    let content = content::content(store, config, recipient, kind, &entries, now)?;
    let name = &recipient.name;
    let rendered = render::render(&content, &config.templates).map_err(|source| LetterError::Render {
        recipient: name.clone(),
        source,
    })?;
    let id = delivery_id(&store.instance()?, recipient, kind, slot);
    let (watches, references) = (watch_names(&entries), references(store, recipient, &entries)?);
    let parts = MessageParts {
        from: &config.mail.from,
        to: &recipient.mailbox,
        recipient: name,
        id: &id,
        sealed: now,
        kind,
        watches: &watches,
        references: &references,
        rendered: &rendered,
    };
    let (message, envelope) = message::build(&parts).map_err(|source| LetterError::Message {
        recipient: name.clone(),
        source,
    })?;
    let delivery = Delivery {
        id,
        recipient: name.clone(),
        kind,
        envelope,
        subject: rendered.subject.clone(),
        slot,
        sealed: now,
        entries,
        state: DeliveryState::Waiting {
            attempts: 0,
            next_attempt: now,
            last_error: None,
        },
    };
    Ok(Some(Letter {
        rendered,
        mail: SealedMail { delivery, message },
    }))
}

/// The same for the same installation, recipient, kind and slot: a mail that arrives twice is recognised.
fn delivery_id(instance: &[u8; 16], recipient: &Recipient, kind: Kind, slot: Timestamp) -> String {
    let seed = format!("{instance:?} {} {kind:?} {slot}", recipient.name);
    let hash: String = crate::dedup::hash128(seed.as_bytes())[..5]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let local = slot.to_zoned_datetime(recipient.timezone.clone());
    format!("{}-{hash}", local.strftime("%Y%m%dT%H%M%S"))
}

/// Whether a digest without stories is due at `slot`.
fn is_silence_broken(
    store: &dyn Store,
    config: &Config,
    recipient: &Recipient,
    slot: Timestamp,
) -> Result<bool, StoreError> {
    Ok(match config.send_empty {
        SendEmpty::Never => false,
        SendEmpty::Always => true,
        SendEmpty::Weekly => {
            let quiet_since = store.recipient_state(&recipient.name)?.quiet_since;
            quiet_since.is_some_and(|since| slot.duration_since(since) >= SILENCE)
        }
    })
}

/// The mails that told of the stories first of which this one brings updates, oldest first.
fn references(store: &dyn Store, recipient: &Recipient, entries: &[DigestEntry]) -> Result<Vec<String>, StoreError> {
    let updated: Vec<StoryId> = entries
        .iter()
        .filter(|entry| entry.is_update)
        .map(|entry| entry.story)
        .collect();
    if updated.is_empty() {
        return Ok(Vec::new());
    }
    let tells = |mail: &&Delivery| {
        let is_failed = matches!(mail.state, DeliveryState::Failed { .. });
        mail.recipient == recipient.name
            && !is_failed
            && mail.entries.iter().any(|entry| updated.contains(&entry.story))
    };
    let told: Vec<String> = store
        .deliveries()?
        .iter()
        .filter(tells)
        .map(Delivery::message_id)
        .collect();
    Ok(told[told.len().saturating_sub(REFERENCES_MAX)..].to_vec())
}

fn watch_names(entries: &[DigestEntry]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in entries.iter().flat_map(|entry| &entry.watches) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}
