//! What a step that failed means for the message (RFC 5321 section 4.2.1, and where in the conversation it happened).

use std::error::Error as _;
use std::io;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::Response;

use crate::digest::SendOutcome;

/// A step that failed: what it means for the message.
pub(super) struct Stop(pub(super) SendOutcome);

/// A 5xx or a TLS fault before the recipient is named is a fault of our settings; anything else passes.
pub(super) fn before_data(error: &Error) -> Stop {
    let reason = reason(error);
    Stop(if error.is_permanent() || is_tls(error) {
        SendOutcome::Misconfigured(reason)
    } else {
        SendOutcome::Deferred(reason)
    })
}

/// A 5xx here is about this recipient.
pub(super) fn at_recipient(error: &Error) -> Stop {
    let reason = reason(error);
    Stop(if error.is_permanent() {
        SendOutcome::Refused(reason)
    } else {
        SendOutcome::Deferred(reason)
    })
}

/// Anything but a clear answer leaves us uncertain.
pub(super) fn after_data(error: &Error) -> SendOutcome {
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
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !reason.contains(&cause_text) {
            reason = format!("{reason}: {cause_text}");
        }
        source = cause.source();
    }
    reason
}

/// The server's words.
pub(super) fn words(response: &Response) -> String {
    format!(
        "{} {}",
        response.code(),
        response.message().collect::<Vec<_>>().join(" ")
    )
}

/// Whether TLS itself failed: a certificate, a protocol. lettre calls that a connection error.
fn is_tls(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if cause.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        source = cause.source();
    }
    error.is_tls()
}
