//! A recipient's next mail: what waits for them, composed, rendered and written as bytes.
//!
//! Used to seal a mail and to preview it, so that the preview is the mail.

use jiff::Timestamp;

use crate::config::Config;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::digest::render;
use crate::digest::render::Content;
use crate::digest::render::Rendered;
use crate::digest::render::Trouble;
use crate::feed::FeedState;
use crate::mail::message;
use crate::mail::message::MessageParts;
use crate::report::feeds;
use crate::report::groups;
use crate::store::PendingEntry;
use crate::store::SealedMail;
use crate::store::Store;
use crate::store::StoreError;

/// Failures in a row before a feed stands in the footer; a single one is noise.
const TROUBLE_FAILURES_MIN: u32 = 3;

/// A mail that is written and not yet sealed.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Subject, text and HTML.
    pub rendered: Rendered,
    mail: SealedMail,
}

impl Letter {
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
        source: render::RenderError,
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
    let pending = store.pending(&recipient.name, kind)?;
    if pending.is_empty() && (kind == Kind::Alert || !config.send_empty) {
        return Ok(None);
    }
    let entries: Vec<DigestEntry> = pending.iter().map(|pending| pending.entry.clone()).collect();
    let content = content(store, config, recipient, kind, pending, now)?;
    let name = &recipient.name;
    let rendered = render::render(&content).map_err(|source| LetterError::Render {
        recipient: name.clone(),
        source,
    })?;
    let id = delivery_id(&store.instance()?, recipient, kind, slot);
    let watches = watch_names(&entries);
    let parts = MessageParts {
        from: &config.mail.from,
        to: &recipient.mailbox,
        id: &id,
        sealed: now,
        kind,
        watches: &watches,
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

fn content<'a>(
    store: &dyn Store,
    config: &Config,
    recipient: &'a Recipient,
    kind: Kind,
    pending: Vec<PendingEntry>,
    now: Timestamp,
) -> Result<Content<'a>, StoreError> {
    let states = feeds::configured(store, config)?;
    let trouble = |(feed, state): &(crate::feed::Feed, FeedState)| {
        let is_standing = state.failures >= TROUBLE_FAILURES_MIN || state.last_success.is_none();
        let reason = state.error.clone().filter(|_| is_standing)?;
        Some(Trouble {
            feed: feed.display_name(Some(state)),
            since: state.last_success,
            reason,
        })
    };
    let gap =
        |(feed, state): &(crate::feed::Feed, FeedState)| state.possible_gap.map(|_| feed.display_name(Some(state)));
    Ok(Content {
        recipient,
        kind,
        sealed: now,
        entries: groups::grouped(store, kind, pending)?,
        entries_max: config.entries_max,
        troubles: states.iter().filter_map(trouble).collect(),
        gaps: states.iter().filter_map(gap).collect(),
        refused: refused(store, recipient)?,
        unsubscribe: config.mail.from.clone(),
    })
}

fn refused(store: &dyn Store, recipient: &Recipient) -> Result<Vec<String>, StoreError> {
    let line = |delivery: Delivery| match delivery.state {
        DeliveryState::Failed { reason, .. } if delivery.recipient == recipient.name => {
            Some(format!("{}: {reason}", delivery.subject))
        }
        DeliveryState::Failed { .. }
        | DeliveryState::Waiting { .. }
        | DeliveryState::Attempting { .. }
        | DeliveryState::Sent { .. } => None,
    };
    Ok(store.deliveries()?.into_iter().filter_map(line).collect())
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
