//! What a configuration becomes before the loops can use it: matcher, HTTP client, mailer.
//!
//! A reload makes a new one and swaps it; nothing in it changes while it is used.

use std::sync::Arc;

use crate::config::Config;
use crate::dedup::canonical::Rules;
use crate::digest::Recipient;
use crate::fetch::Fetch;
use crate::fetch::FetchSetupError;
use crate::fetch::HttpFetch;
use crate::intake::Watching;
use crate::mail::MailError;
use crate::mail::Mailer;

/// A checked configuration with everything made from it.
#[derive(Debug)]
pub struct Setup<F> {
    /// The configuration.
    pub config: Arc<Config>,
    /// Its watches, ready to match.
    pub watching: Arc<Watching>,
    /// The rules of keys.
    pub rules: &'static Rules,
    /// The way to the web.
    pub fetch: Arc<F>,
    /// The way to the mailboxes.
    pub mailer: Arc<Mailer>,
}

/// Why a good configuration cannot be used here.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// No HTTP client.
    #[error("cannot prepare HTTP requests: {0}")]
    Fetch(#[from] FetchSetupError),
    /// No mailer.
    #[error("cannot prepare mail: {0}")]
    Mail(#[from] MailError),
}

impl Setup<HttpFetch> {
    /// Prepares `config` for use. Opens no connection.
    ///
    /// # Errors
    /// When no HTTP client or mailer can be made (certificates of the system unreadable, for example).
    pub fn new(config: Config) -> Result<Self, SetupError> {
        let fetch = HttpFetch::new(&config.fetch)?;
        let mailer = Mailer::new(&config.mail)?;
        Ok(Self::with(config, fetch, mailer))
    }
}

impl<F: Fetch> Setup<F> {
    /// A setup with a given web and mailer, for simulations.
    pub fn with(config: Config, fetch: F, mailer: Mailer) -> Self {
        let takes_none = |recipient: &&Recipient| recipient.digest.is_never();
        let without_digests = config.recipients.iter().filter(takes_none);
        let watching = Watching::new(config.watches.clone())
            .without_digests_for(without_digests.map(|recipient| recipient.name.clone()));
        Self {
            config: Arc::new(config),
            watching: Arc::new(watching),
            rules: Rules::current(),
            fetch: Arc::new(fetch),
            mailer: Arc::new(mailer),
        }
    }
}
