//! Questions about the data: asked of the running daemon, else answered from the store.

use std::sync::Arc;

use jiff::Timestamp;

use crate::cli::Globals;
use crate::cli::failure::Failure;
use crate::cli::runtime::runtime;
use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::daemon;
use crate::daemon::Clock;
use crate::daemon::ControlError;
use crate::daemon::Order;
use crate::mail::Mailer;
use crate::report;
use crate::report::Answer;
use crate::report::Question;
use crate::report::outbox::OutboxRow;
use crate::store;
use crate::store::MemoryStore;
use crate::store::Store;

/// The configuration that the command line and the environment name.
pub(super) fn load(globals: &Globals) -> Result<Config, Failure> {
    let environment = Environment::of_process();
    let path = config::find(globals.config.as_deref(), &environment)?;
    Ok(config::load(&path, &environment)?)
}

/// The answer of the running daemon; where none runs, of the store.
pub(super) fn ask(config: &Config, question: &Question) -> Result<Answer, Failure> {
    match daemon::ask(config, question) {
        Ok(answer) => Ok(answer),
        // A question makes no store: it would belong to whoever asked, not to the service.
        Err(ControlError::NotRunning) if !config.state.try_exists().unwrap_or(true) => {
            let nothing = MemoryStore::default();
            Ok(report::answer(question, &nothing, config, Timestamp::now())?)
        }
        Err(ControlError::NotRunning) => {
            let store = store::open(&config.state)?;
            Ok(report::answer(question, &store, config, Timestamp::now())?)
        }
        Err(ControlError::Refused(message)) => Err(Failure::Arguments(message)),
        Err(error @ (ControlError::Connection { .. } | ControlError::NotOurs { .. })) => Err(error.into()),
    }
}

/// The mails that the order was about, as they are when it is carried out: by the running daemon, else here.
pub(super) fn order(config: Config, order: Order) -> Result<Vec<OutboxRow>, Failure> {
    match daemon::order(&config, &order) {
        Ok(rows) => Ok(rows),
        Err(ControlError::NotRunning) => {
            let store: Arc<dyn Store> = Arc::new(store::open(&config.state)?);
            let mailer = Arc::new(Mailer::new(&config.mail)?);
            let config = Arc::new(config);
            let carried = daemon::carry_out_here(order, &config, &mailer, &store, &Clock::System);
            let rows = runtime()?.block_on(carried)?;
            store.close()?;
            Ok(rows)
        }
        Err(ControlError::Refused(message)) => Err(Failure::Arguments(message)),
        Err(error @ (ControlError::Connection { .. } | ControlError::NotOurs { .. })) => Err(error.into()),
    }
}

/// An answer of another kind than the question.
pub(super) fn surprise(answer: &Answer) -> Failure {
    Failure::Other(format!(
        "the running daemon answered something else: {answer:?}; are both kabar of one version?"
    ))
}
