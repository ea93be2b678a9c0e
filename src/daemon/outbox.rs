//! Mails under way: attempts run beside the notifier loop, each with its own fate and its own deadline.
//!
//! Decides nothing: `digest::lanes` says which mails may begin, `digest::retry` when to try again, the store keeps what
//! happened. An attempt is durable before the connection is opened, so a crash never forgets one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tracing::debug;
use tracing::error;
use tracing::info;
use tracing::warn;

use crate::config::Config;
use crate::daemon::Clock;
use crate::daemon::blocking;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::SendOutcome;
use crate::digest::lanes;
use crate::digest::lanes::Flight;
use crate::digest::lanes::Width;
use crate::digest::retry;
use crate::mail::Mailer;
use crate::mail::message;
use crate::store::Store;
use crate::store::StoreError;

/// The end of any attempt: a mailer has its own deadlines (12 minutes), this one is for what they do not see.
const ATTEMPT_DEADLINE: Duration = Duration::from_secs(15 * 60);

/// The mails under way, and whether the server may be asked at all.
pub(super) struct Outbox {
    store: Arc<dyn Store>,
    clock: Clock,
    attempts: JoinSet<Result<Landed, StoreError>>,
    flights: HashMap<String, Flight>,
    fault: Fault,
    /// Whether the alarm was raised since a mail went through: once, however often the configuration is read again.
    is_alarmed: bool,
}

/// Whether the server refuses us altogether.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    /// It does not.
    None,
    /// The alarm was raised; all mail waits until then, and then one goes first.
    Standing { until: Timestamp, reason: String },
    /// The configuration or the clock was changed since: everything is worth a try.
    Forgiven,
}

/// Whether a fault of the configuration was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reported {
    /// It is new.
    Not,
    /// It was, and the configuration was read again since: it is still the same.
    Before,
    /// It was, and all mail waits for it.
    Stands,
}

/// An attempt that ended.
#[derive(Debug)]
pub(super) struct Landed {
    id: String,
    /// The delivery as it is now; none where somebody else had changed it before the attempt began.
    ended: Option<(Delivery, SendOutcome)>,
}

impl Outbox {
    /// Takes over from the last process: attempts that ended with it wait for another try.
    pub(super) async fn open(store: &Arc<dyn Store>, clock: &Clock) -> Result<Self, StoreError> {
        let (mine, writer) = (Arc::clone(store), Arc::clone(store));
        blocking(move || {
            for delivery in writer.outbox()? {
                let again = retry::interrupted(&delivery);
                if again != delivery {
                    writer.set_delivery(&delivery.state, &again)?;
                }
            }
            Ok(())
        })
        .await?;
        Ok(Self {
            store: mine,
            clock: clock.clone(),
            attempts: JoinSet::new(),
            flights: HashMap::new(),
            fault: Fault::None,
            is_alarmed: false,
        })
    }

    /// Begins what may begin of the mails that were due at `due`. Answers the next moment at which more may.
    pub(super) async fn start(
        &mut self,
        config: &Config,
        mailer: &Arc<Mailer>,
        due: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let now = self.clock.now();
        let width = match self.fault.clone() {
            Fault::None => Width::Full,
            Fault::Standing { until, reason } if until > now => {
                self.hold(until, reason).await?;
                return Ok(Some(until));
            }
            Fault::Standing { .. } => Width::Probe,
            Fault::Forgiven => {
                self.hurry(due).await?;
                self.fault = Fault::None;
                Width::Full
            }
        };
        let store = Arc::clone(&self.store);
        let mut waiting = blocking(move || store.outbox()).await?;
        // Nothing is sent to a person who is not configured any more.
        let is_known = |delivery: &Delivery| config.recipients.iter().any(|known| known.name == delivery.recipient);
        waiting.retain(|delivery| retry::next_attempt_at(delivery).is_some() && is_known(delivery));
        let is_due = |delivery: &Delivery| retry::is_due(delivery, due);
        let (due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_due);
        let flights: Vec<Flight> = self.flights.values().cloned().collect();
        for delivery in lanes::may_begin(due, &flights, width, now) {
            let (recipient, begun) = (delivery.recipient.clone(), now);
            self.flights.insert(delivery.id.clone(), Flight { recipient, begun });
            let (mailer, store, clock) = (Arc::clone(mailer), Arc::clone(&self.store), self.clock.clone());
            let sender = sender(config);
            self.attempts.spawn(attempt(mailer, store, clock, delivery, sender));
        }
        let flights: Vec<Flight> = self.flights.values().cloned().collect();
        let next = later.iter().filter_map(retry::next_attempt_at).min();
        Ok(next.into_iter().chain(lanes::room_at(&flights, now)).min())
    }

    /// The next attempt that ends; waits for ever where none is under way. Loses nothing when it is dropped.
    pub(super) async fn landing(&mut self) -> Result<Landed, StoreError> {
        match self.attempts.join_next().await {
            Some(ended) => ended.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic())),
            None => std::future::pending().await,
        }
    }

    /// Takes note of an attempt that ended. Answers the delivery as it is now.
    pub(super) fn settle(&mut self, landed: Landed) -> Option<Delivery> {
        self.flights.remove(&landed.id);
        let (delivery, outcome) = landed.ended?;
        log(&delivery, &outcome, self.reported());
        match outcome {
            // It is given up, for a sender that was corrected since or after its days: the next mail shows whether the fault stands.
            SendOutcome::Misconfigured(_) if !delivery.is_open() => {}
            SendOutcome::Misconfigured(reason) => {
                let until = retry::next_attempt_at(&delivery).unwrap_or(self.clock.now());
                self.is_alarmed = true;
                self.fault = Fault::Standing { until, reason };
            }
            // It took us as far as the recipient.
            SendOutcome::Sent(_) | SendOutcome::Refused(_) | SendOutcome::Uncertain(_) => {
                if std::mem::take(&mut self.is_alarmed) {
                    info!("the mail server takes mail again");
                }
                if let Fault::Standing { .. } = self.fault {
                    self.fault = Fault::Forgiven;
                }
            }
            SendOutcome::Deferred(_) => {}
        }
        Some(delivery)
    }

    /// How the alarm stands for a fault of the configuration.
    fn reported(&self) -> Reported {
        match (&self.fault, self.is_alarmed) {
            (Fault::Standing { .. }, _) => Reported::Stands,
            (Fault::None | Fault::Forgiven, true) => Reported::Before,
            (Fault::None | Fault::Forgiven, false) => Reported::Not,
        }
    }

    /// Tries this mail and waits for it. Answers it as it is then; none where somebody else had changed it.
    pub(super) async fn try_one(
        &mut self,
        config: &Config,
        mailer: &Arc<Mailer>,
        mail: Delivery,
    ) -> Result<Option<Delivery>, StoreError> {
        let (store, clock) = (Arc::clone(&self.store), self.clock.clone());
        let landed = attempt(Arc::clone(mailer), store, clock, mail, sender(config)).await?;
        Ok(self.settle(landed))
    }

    /// Whether anything is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.attempts.is_empty()
    }

    /// The configuration has changed: what it was to blame for is tried again at once.
    pub(super) fn forgive(&mut self) {
        if let Fault::Standing { .. } = self.fault {
            self.fault = Fault::Forgiven;
        }
    }

    /// The clock was set back: what waits for moments of the old one is tried at once, and mails under way are as if they began now.
    pub(super) fn start_anew(&mut self) {
        let now = self.clock.now();
        self.fault = Fault::Forgiven;
        for flight in self.flights.values_mut() {
            flight.begun = flight.begun.min(now);
        }
    }

    /// Puts mail off that would be due while the fault stands: whoever looks sees when it is tried, and why not now.
    async fn hold(&self, until: Timestamp, reason: String) -> Result<(), StoreError> {
        let store = Arc::clone(&self.store);
        blocking(move || {
            for delivery in store.outbox()? {
                if let Some(held) = retry::held(&delivery, until, &reason) {
                    store.set_delivery(&delivery.state, &held)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Makes every mail due that waits.
    async fn hurry(&self, now: Timestamp) -> Result<(), StoreError> {
        let store = Arc::clone(&self.store);
        blocking(move || {
            for delivery in store.outbox()? {
                if let Some(hurried) = retry::hurried(&delivery, now) {
                    store.set_delivery(&delivery.state, &hurried)?;
                }
            }
            Ok(())
        })
        .await
    }
}

/// The envelope's sender of mails that are sealed now; none where it cannot be told.
fn sender(config: &Config) -> Option<String> {
    message::check_mailbox(&config.mail.from).ok()
}

/// One attempt: durable before the connection, and after it. A mail with the sender of an older configuration that meets a fault
/// of the settings is given up at once: it would hold up all others, and its stories return in a mail with today's sender.
async fn attempt(
    mailer: Arc<Mailer>,
    store: Arc<dyn Store>,
    clock: Clock,
    delivery: Delivery,
    sender: Option<String>,
) -> Result<Landed, StoreError> {
    let begun = retry::begin_attempt(&delivery, clock.now());
    let (writer, record, id) = (Arc::clone(&store), begun.clone(), begun.id.clone());
    let message = blocking(move || match writer.set_delivery(&delivery.state, &record)? {
        true => Ok(Some(writer.message(&record.id)?)),
        false => Ok(None),
    });
    let Some(message) = message.await? else {
        return Ok(Landed { id, ended: None });
    };
    let outcome = match message {
        Some(message) => tokio::time::timeout(ATTEMPT_DEADLINE, mailer.send(&begun, &message))
            .await
            .unwrap_or_else(|_| SendOutcome::Uncertain("the attempt did not end in time".to_owned())),
        None => SendOutcome::Refused("its bytes are gone from the store".to_owned()),
    };
    let ended = match &outcome {
        SendOutcome::Misconfigured(reason) if sender.is_some_and(|sender| sender != begun.envelope.from) => {
            let reason = format!("{reason}; its sender was corrected since, so it is written anew");
            retry::after_attempt(&begun, &SendOutcome::Refused(reason), clock.now())
        }
        outcome => retry::after_attempt(&begun, outcome, clock.now()),
    };
    let record = ended.clone();
    blocking(move || store.set_delivery(&begun.state, &record)).await?;
    Ok(Landed {
        id,
        ended: Some((ended, outcome)),
    })
}

fn log(delivery: &Delivery, outcome: &SendOutcome, reported: Reported) {
    let id = &delivery.id;
    let next = retry::next_attempt_at(delivery)
        .map(|next| next.to_string())
        .unwrap_or_default();
    if let DeliveryState::Failed { reason, .. } = &delivery.state {
        let gone = delivery.entries.len() - delivery.returning().len();
        let lost = match gone {
            0 => String::new(),
            gone => format!(", but for {gone} that went round for 30 days"),
        };
        error!(delivery.id = %id, "mail {id} is given up, its stories go into the next digest{lost}: {reason}");
        return;
    }
    match (outcome, reported) {
        (SendOutcome::Sent(response), _) => info!(delivery.id = %id, "mailed {id}: {response}"),
        (SendOutcome::Deferred(reason) | SendOutcome::Uncertain(reason) | SendOutcome::Refused(reason), _) => {
            warn!(delivery.id = %id, delivery.next_attempt = %next, "mail {id} waits: {reason}");
        }
        (SendOutcome::Misconfigured(reason), Reported::Not) => {
            error!(delivery.id = %id, delivery.next_attempt = %next,
                "no mail can be sent, all of it waits: {reason}; correct [mail] and reload kabar");
        }
        (SendOutcome::Misconfigured(reason), Reported::Before) => {
            warn!(delivery.id = %id, delivery.next_attempt = %next, "mail {id} waits, with the new configuration as before: {reason}");
        }
        (SendOutcome::Misconfigured(reason), Reported::Stands) => {
            debug!(delivery.id = %id, delivery.next_attempt = %next, "mail {id} still waits: {reason}");
        }
    }
}
