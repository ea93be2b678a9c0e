//! One pass: poll what is due, seal and send what is due, end.

use std::sync::Arc;

use crate::daemon::Clock;
use crate::daemon::NotifierError;
use crate::daemon::PollTally;
use crate::daemon::Setup;
use crate::daemon::blocking;
use crate::daemon::notifier;
use crate::daemon::notifier::MailTally;
use crate::daemon::notifier::Notifier;
use crate::daemon::scheduler::Polling;
use crate::daemon::sealing::Which;
use crate::fetch::Fetch;
use crate::store::Store;

/// What a pass is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Poll every feed, due or not.
    pub polls_all: bool,
    /// Seal what waits now instead of at the recipients' times.
    pub seals_now: bool,
    /// Send what is sealed.
    pub sends: bool,
}

/// What a pass did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassReport {
    /// The polls.
    pub polls: PollTally,
    /// The mails.
    pub mails: MailTally,
}

/// Polls, seals and sends once.
///
/// # Errors
/// When the store refuses; what was recorded before stays.
pub async fn once<F: Fetch>(
    setup: &Arc<Setup<F>>,
    store: &Arc<dyn Store>,
    clock: &Clock,
    pass: Pass,
    on_poll: &mut (dyn FnMut(PollTally) + Send),
) -> Result<PassReport, NotifierError> {
    let was_set_back = notifier::was_set_back(store, &setup.config, clock.now()).await?;
    let mut polling = Polling::new(Arc::clone(setup), Arc::clone(store), clock.clone()).await?;
    // After the feeds were put on the agenda: new ones are due from that moment on.
    let begun = clock.now();
    if pass.polls_all {
        polling.make_all_due(begun);
    } else {
        polling.make_due_in_passing(begun);
    }
    while polling.has_due(begun) {
        polling.start_due();
        let wake = polling.wake_at();
        tokio::select! {
            landed = polling.landing() => {
                polling.record(landed).await?;
                on_poll(polling.tally);
            }
            () = clock.sleep_towards(wake) => {}
        }
    }
    let which = if pass.seals_now { Which::Everything } else { Which::Due };
    let mut notifier = Notifier::new(store, clock).await?;
    if was_set_back {
        notifier.start_anew();
    }
    let sealed = notifier.seal(&setup.config, which).await?;
    let mut mails = if pass.sends {
        notifier.send_due(&setup.config, &setup.mailer).await?
    } else {
        MailTally::default()
    };
    // A mail that could not be written stops no other, but the pass was no success.
    if let Some(failed) = sealed.failures.into_iter().next() {
        return Err(failed.into());
    }
    mails.waiting = waiting(store).await?;
    Ok(PassReport {
        polls: polling.tally,
        mails,
    })
}

async fn waiting(store: &Arc<dyn Store>) -> Result<usize, NotifierError> {
    let store = Arc::clone(store);
    Ok(blocking(move || store.outbox()).await?.len())
}
