//! What people order: try a mail now, forget one, send a digest at once.
//!
//! Carried out in the store, by the daemon or by the command itself where none runs. A mail that is being handed over is
//! nobody's to change.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::config::Config;
use crate::daemon::Clock;
use crate::daemon::blocking;
use crate::daemon::outbox::Outbox;
use crate::daemon::sealing;
use crate::daemon::sealing::Which;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::retry;
use crate::mail::Mailer;
use crate::report;
use crate::report::ReportError;
use crate::report::outbox;
use crate::report::outbox::OutboxRow;
use crate::store::Store;
use crate::store::StoreError;

/// What can be ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Try these mails now.
    Retry(Vec<String>),
    /// Try every mail now that waits.
    RetryAll,
    /// Forget these mails; their stories are not mailed again.
    Drop(Vec<String>),
    /// Seal what waits for this recipient's next digest, and send it.
    Send(String),
}

/// Why an order was not carried out. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A name is unknown, or the mail cannot be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// No such mail.
    #[error("there is no mail {0}; `kabar outbox list --all` shows those that there are")]
    Unknown(String),
    /// It is being sent.
    #[error("mail {0} is being handed over right now; look again in a minute")]
    UnderWay(String),
    /// Its recipient is not configured.
    #[error(
        "mail {id} is for \"{recipient}\", who is not configured: call a recipient \"{recipient}\", or `kabar outbox drop {id}`"
    )]
    Stranger {
        /// Which.
        id: String,
        /// Whose.
        recipient: String,
    },
    /// It is over.
    #[error("mail {id} was sent at {at}; there is nothing to try again")]
    Sent {
        /// Which.
        id: String,
        /// When.
        at: Timestamp,
    },
    /// It was given up.
    #[error(
        "mail {id} was given up at {at} and its stories wait for the next digest; `kabar digest send {recipient}` sends that now"
    )]
    GivenUp {
        /// Which.
        id: String,
        /// When.
        at: Timestamp,
        /// Whose.
        recipient: String,
    },
}

impl OrderError {
    /// What the store said, where it refused.
    pub fn into_store_error(self) -> Option<StoreError> {
        match self {
            Self::Store(refused) => Some(refused),
            Self::Report(error) => error.into_store_error(),
            Self::Unknown(_) | Self::UnderWay(_) | Self::Stranger { .. } | Self::Sent { .. } | Self::GivenUp { .. } => {
                None
            }
        }
    }
}

/// What an order did.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// The mails that are to be tried now.
    pub(super) tried: Vec<Delivery>,
    /// The mails that are gone.
    dropped: Vec<Delivery>,
}

impl Carried {
    pub(super) fn dropped_rows(&self) -> Vec<OutboxRow> {
        self.dropped.iter().map(outbox::row).collect()
    }
}

/// Carries an order out in the store; trying the mails is the caller's.
pub(super) fn carry_out(
    order: &Order,
    store: &dyn Store,
    config: &Config,
    now: Timestamp,
) -> Result<Carried, OrderError> {
    let mut carried = Carried::default();
    match order {
        Order::Retry(ids) => {
            let mails = found(store, ids)?;
            mails.iter().try_for_each(can_be_tried)?;
            mails.iter().try_for_each(|mail| is_for_somebody(mail, config))?;
            carried.tried = hurry(store, mails, now)?;
        }
        Order::RetryAll => {
            let mut mails = store.outbox()?;
            mails.retain(|mail| is_for_somebody(mail, config).is_ok());
            carried.tried = hurry(store, mails, now)?;
        }
        Order::Drop(ids) => {
            let mails = found(store, ids)?;
            mails.iter().try_for_each(is_at_rest)?;
            for mail in mails {
                if !store.drop_delivery(&mail)? {
                    return Err(OrderError::UnderWay(mail.id));
                }
                carried.dropped.push(mail);
            }
        }
        Order::Send(recipient) => {
            let name = report::recipient_of(config, Some(recipient))?.name.clone();
            let sealed = sealing::seal(config, store, now, &Which::DigestOf(name))?;
            if let Some(failed) = sealed.failures.into_iter().next() {
                return Err(ReportError::Letter(failed).into());
            }
            carried.tried = found(store, &sealed.ids)?;
        }
    }
    Ok(carried)
}

/// Carries an order out where no daemon runs, and waits for the mails. Answers them as they are then.
///
/// # Errors
/// Why nothing was done; or the store refused.
pub async fn carry_out_here(
    order: Order,
    config: &Arc<Config>,
    mailer: &Arc<Mailer>,
    store: &Arc<dyn Store>,
    clock: &Clock,
) -> Result<Vec<OutboxRow>, OrderError> {
    let mut outbox = Outbox::open(store, clock).await?;
    let (writer, its_config, now) = (Arc::clone(store), Arc::clone(config), clock.now());
    let carried = blocking(move || carry_out(&order, writer.as_ref(), &its_config, now)).await?;
    let mut rows = carried.dropped_rows();
    for mail in carried.tried {
        let tried = outbox.try_one(config, mailer, mail).await?;
        rows.extend(tried.as_ref().map(outbox::row));
    }
    Ok(rows)
}

fn found(store: &dyn Store, ids: &[String]) -> Result<Vec<Delivery>, OrderError> {
    let find = |id: &String| store.delivery(id)?.ok_or_else(|| OrderError::Unknown(id.clone()));
    ids.iter().map(find).collect()
}

fn hurry(store: &dyn Store, mails: Vec<Delivery>, now: Timestamp) -> Result<Vec<Delivery>, OrderError> {
    let mut hurried = Vec::new();
    for mail in mails {
        if let Some(due) = retry::hurried(&mail, now)
            && store.set_delivery(&mail.state, &due)?
        {
            hurried.push(due);
        }
    }
    Ok(hurried)
}

fn is_at_rest(mail: &Delivery) -> Result<(), OrderError> {
    match mail.state {
        DeliveryState::Attempting { .. } => Err(OrderError::UnderWay(mail.id.clone())),
        DeliveryState::Waiting { .. } | DeliveryState::Sent { .. } | DeliveryState::Failed { .. } => Ok(()),
    }
}

fn is_for_somebody(mail: &Delivery, config: &Config) -> Result<(), OrderError> {
    if config.recipients.iter().any(|known| known.name == mail.recipient) {
        return Ok(());
    }
    let (id, recipient) = (mail.id.clone(), mail.recipient.clone());
    Err(OrderError::Stranger { id, recipient })
}

fn can_be_tried(mail: &Delivery) -> Result<(), OrderError> {
    let id = mail.id.clone();
    match &mail.state {
        DeliveryState::Waiting { .. } => Ok(()),
        DeliveryState::Attempting { .. } => Err(OrderError::UnderWay(id)),
        DeliveryState::Sent { at, .. } => Err(OrderError::Sent { id, at: *at }),
        DeliveryState::Failed { at, .. } => Err(OrderError::GivenUp {
            id,
            at: *at,
            recipient: mail.recipient.clone(),
        }),
    }
}
