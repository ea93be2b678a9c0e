//! A mail server, spoken to step by step, so that we know how far a message came.
//!
//! lettre's own timeout covers connecting only and its `send` hides the stage; a broken connection before the data is
//! safe to retry, after it the message may have arrived (RFC 5321 section 6.1, RFC 1047).

use std::fmt;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::client::TlsParameters;
use lettre::transport::smtp::commands::Data;
use lettre::transport::smtp::commands::Mail;
use lettre::transport::smtp::commands::Rcpt;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;

use crate::digest::Envelope;
use crate::digest::SendOutcome;
use crate::mail::MESSAGE_DEADLINE;
use crate::mail::MailError;
use crate::mail::Secret;

/// How long the conversation before the data may take: each of its steps has 5 minutes in RFC 5321, servers need seconds.
const PREPARE_DEADLINE: Duration = Duration::from_secs(2 * 60);

/// Where and how to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    /// The server's name, which its certificate must show.
    pub host: String,
    /// 465 for implicit TLS, 587 for STARTTLS.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The user name; none where the server wants no log-in.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Secret>,
}

/// How the connection is protected. There is no fall-back from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte.
    Implicit,
    /// By STARTTLS, required.
    StartTls,
    /// Not at all; for a server on this machine only.
    None,
}

/// A mail server, ready to be asked.
#[derive(Clone)]
pub struct Smtp {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({}:{})", self.settings.host, self.settings.port)
    }
}

/// A step that failed: what it means for the message.
struct Stop(SendOutcome);

impl Smtp {
    /// Prepares TLS.
    pub(super) fn new(settings: &SmtpSettings) -> Result<Self, MailError> {
        // A second call finds the provider installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let parameters = || {
            TlsParameters::new_rustls(settings.host.clone()).map_err(|error| MailError::Tls {
                host: settings.host.clone(),
                reason: error.to_string(),
            })
        };
        let tls = match settings.tls {
            Tls::Implicit | Tls::StartTls => Some(parameters()?),
            Tls::None if is_here(&settings.host) => None,
            Tls::None => {
                return Err(MailError::ClearText {
                    host: settings.host.clone(),
                });
            }
        };
        Ok(Self {
            settings: settings.clone(),
            tls,
        })
    }

    /// One message to one recipient.
    pub(super) async fn send(&self, envelope: &Envelope, message: &[u8]) -> SendOutcome {
        let mut connection = match tokio::time::timeout(PREPARE_DEADLINE, self.prepare(envelope)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(Stop(outcome))) => return self.named(outcome),
            Err(_) => return self.named(SendOutcome::Deferred("the server does not answer".to_owned())),
        };
        let outcome = match tokio::time::timeout(MESSAGE_DEADLINE, connection.message(message)).await {
            Ok(Ok(response)) => SendOutcome::Sent(words(&response)),
            Ok(Err(error)) => after_data(&error),
            Err(_) => SendOutcome::Uncertain("no answer to the message".to_owned()),
        };
        // The message's fate is known; a server that does not say goodbye changes nothing.
        let _ = tokio::time::timeout(Duration::from_secs(5), connection.quit()).await;
        self.named(outcome)
    }

    /// Everything before the data.
    async fn prepare(&self, envelope: &Envelope) -> Result<AsyncSmtpConnection, Stop> {
        let mut connection = self.connect().await?;
        self.log_in(&mut connection).await?;
        let address = |text: &str| {
            text.parse::<Address>()
                .map_err(|error| Stop(SendOutcome::Misconfigured(format!("{text}: {error}"))))
        };
        let (from, to) = (address(&envelope.from)?, address(&envelope.to)?);
        connection
            .command(Mail::new(Some(from), Vec::new()))
            .await
            .map_err(|error| before_data(&error))?;
        connection
            .command(Rcpt::new(to, Vec::new()))
            .await
            .map_err(|error| at_recipient(&error))?;
        connection.command(Data).await.map_err(|error| at_recipient(&error))?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Stop> {
        let settings = &self.settings;
        let server = (settings.host.as_str(), settings.port);
        let hello = ClientId::default();
        let implicit = self.tls.clone().filter(|_| settings.tls == Tls::Implicit);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(PREPARE_DEADLINE), &hello, implicit, None)
                .await
                .map_err(|error| before_data(&error))?;
        if settings.tls == Tls::StartTls {
            if !connection.can_starttls() {
                let what = "the server offers no STARTTLS, and nothing is sent in clear text; check `port` and `tls`";
                return Err(Stop(SendOutcome::Misconfigured(what.to_owned())));
            }
            if let Some(tls) = self.tls.clone() {
                connection
                    .starttls(tls, &hello)
                    .await
                    .map_err(|error| before_data(&error))?;
            }
        }
        Ok(connection)
    }

    async fn log_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Stop> {
        let (Some(user), Some(password)) = (&self.settings.user, &self.settings.password) else {
            return Ok(());
        };
        let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
        connection
            .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
            .await
            .map(|_| ())
            .map_err(|error| match before_data(&error) {
                // A client-side refusal is a server without a mechanism that we speak.
                Stop(SendOutcome::Deferred(reason)) if error.is_client() => Stop(SendOutcome::Misconfigured(reason)),
                stop => stop,
            })
    }

    /// The outcome with the server's name in front.
    fn named(&self, outcome: SendOutcome) -> SendOutcome {
        let server = format!("{}:{}", self.settings.host, self.settings.port);
        let named = |text: String| format!("{server}: {text}");
        match outcome {
            SendOutcome::Sent(text) => SendOutcome::Sent(named(text)),
            SendOutcome::Deferred(text) => SendOutcome::Deferred(named(text)),
            SendOutcome::Uncertain(text) => SendOutcome::Uncertain(named(text)),
            SendOutcome::Refused(text) => SendOutcome::Refused(named(text)),
            SendOutcome::Misconfigured(text) => SendOutcome::Misconfigured(named(text)),
        }
    }
}

/// Whether the host is this machine.
fn is_here(host: &str) -> bool {
    let is_loopback = |address: std::net::IpAddr| address.is_loopback();
    host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(is_loopback)
}

/// A 5xx or a TLS fault before the recipient is named is a fault of our settings; anything else passes.
fn before_data(error: &Error) -> Stop {
    let reason = reason(error);
    Stop(if error.is_permanent() || error.is_tls() {
        SendOutcome::Misconfigured(reason)
    } else {
        SendOutcome::Deferred(reason)
    })
}

/// A 5xx here is about this recipient.
fn at_recipient(error: &Error) -> Stop {
    let reason = reason(error);
    Stop(if error.is_permanent() {
        SendOutcome::Refused(reason)
    } else {
        SendOutcome::Deferred(reason)
    })
}

/// Anything but a clear answer leaves us uncertain.
fn after_data(error: &Error) -> SendOutcome {
    let reason = reason(error);
    if error.is_permanent() {
        SendOutcome::Refused(reason)
    } else if error.is_transient() {
        SendOutcome::Deferred(reason)
    } else {
        SendOutcome::Uncertain(reason)
    }
}

fn reason(error: &Error) -> String {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !reason.contains(&cause_text) {
            reason = format!("{reason}: {cause_text}");
        }
        source = cause.source();
    }
    reason
}

fn words(response: &Response) -> String {
    format!(
        "{} {}",
        response.code(),
        response.message().collect::<Vec<_>>().join(" ")
    )
}
