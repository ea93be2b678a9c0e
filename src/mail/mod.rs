//! Mailboxes: a message's bytes, and the ways to hand them over. The only folder that names lettre.
//!
//! One message has one recipient. Never retries and never decides when to send: it answers what happened.

mod directory;
mod memory;
pub mod message;
mod secret;
mod sendmail;
mod smtp;
mod text_part;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::digest::Delivery;
use crate::digest::SendOutcome;

pub use memory::Memory;
pub use secret::Secret;
pub use smtp::Login;
pub use smtp::Proof;
pub use smtp::Server;
pub use smtp::SmtpSettings;
pub use smtp::Tls;
pub use text_part::text_part;

/// How long one message may take in all (RFC 5321 section 4.5.3.2.6 gives the answer to the last dot 10 minutes).
const MESSAGE_DEADLINE: Duration = Duration::from_secs(10 * 60);
/// Bytes of a server's words that are kept.
const RESPONSE_BYTES_MAX: usize = 400;

/// How mail is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    /// The sender's mailbox.
    pub from: String,
    /// The way out.
    pub transport: Transport,
}

/// The way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A mail server.
    Smtp(SmtpSettings),
    /// A program such as `/usr/sbin/sendmail`.
    Sendmail {
        /// Its path.
        program: PathBuf,
    },
    /// One `.eml` file a mail.
    Directory {
        /// Where.
        path: PathBuf,
    },
}

/// Why mail cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address is none.
    #[error("\"{mailbox}\" is no mailbox ({reason}); write \"Ana <ana@example.org>\" or \"ana@example.org\"")]
    Mailbox {
        /// As written.
        mailbox: String,
        /// Why not.
        reason: String,
    },
    /// The message cannot be built.
    #[error("the message cannot be built: {0}")]
    Build(String),
    /// A server elsewhere without TLS.
    #[error(
        "{server}: mail and password would cross the network in clear text; set `tls` to \"starttls\" or \"implicit\""
    )]
    ClearText {
        /// The server.
        server: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up for {host}: {reason}")]
    Tls {
        /// The server.
        host: String,
        /// Why not.
        reason: String,
    },
}

/// Hands messages over. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// To a mail server.
    Smtp(smtp::Smtp),
    /// To a program.
    Sendmail(PathBuf),
    /// Into a directory.
    Directory(PathBuf),
    /// Into memory, for simulations.
    Memory(Arc<Memory>),
}

impl Mailer {
    /// The mailer of these settings. Opens no connection.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: &MailSettings) -> Result<Self, MailError> {
        match &settings.transport {
            Transport::Smtp(smtp) => smtp::Smtp::new(smtp).map(Self::Smtp),
            Transport::Sendmail { program } => Ok(Self::Sendmail(program.clone())),
            Transport::Directory { path } => Ok(Self::Directory(path.clone())),
        }
    }

    /// A mailer into memory.
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Hands one message over and answers what happened. Takes 13 minutes at most.
    pub async fn send(&self, delivery: &Delivery, message: &[u8]) -> SendOutcome {
        let outcome = match self {
            Self::Smtp(smtp) => smtp.send(&delivery.envelope, message).await,
            Self::Sendmail(program) => sendmail::send(program, &delivery.envelope, message).await,
            Self::Directory(path) => directory::write(path, &delivery.id, message).await,
            Self::Memory(memory) => memory.take(&delivery.envelope.to, message).await,
        };
        bounded(outcome)
    }
}

/// What is needed to hand mail over: answered without sending any.
impl Mailer {
    /// Whether mail could be handed over now, and how.
    ///
    /// # Errors
    /// What is wrong, with the server or the path in front.
    pub async fn verify(&self) -> Result<String, String> {
        match self {
            Self::Smtp(smtp) => match bounded(smtp.verify().await) {
                SendOutcome::Sent(how) => Ok(how),
                SendOutcome::Deferred(what)
                | SendOutcome::Uncertain(what)
                | SendOutcome::Refused(what)
                | SendOutcome::Misconfigured(what) => Err(what),
            },
            Self::Sendmail(program) => sendmail::verify(program),
            Self::Directory(path) => directory::verify(path),
            Self::Memory(_) => Ok("in memory".to_owned()),
        }
    }
}

/// A server's words on one short line: they go into logs, the store and mails.
fn bounded(outcome: SendOutcome) -> SendOutcome {
    let bound = |text: String| {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        line[..line.floor_char_boundary(RESPONSE_BYTES_MAX)].trim().to_owned()
    };
    match outcome {
        SendOutcome::Sent(text) => SendOutcome::Sent(bound(text)),
        SendOutcome::Deferred(text) => SendOutcome::Deferred(bound(text)),
        SendOutcome::Uncertain(text) => SendOutcome::Uncertain(bound(text)),
        SendOutcome::Refused(text) => SendOutcome::Refused(bound(text)),
        SendOutcome::Misconfigured(text) => SendOutcome::Misconfigured(bound(text)),
    }
}

#[cfg(test)]
mod tests;
