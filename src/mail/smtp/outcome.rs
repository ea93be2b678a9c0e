//! What a step that failed means for the message (RFC 5321 section 4.2.1, and where in the conversation it happened).

use std::error::Error as _;
use std::io;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::Response;
use rustls::CertificateError;

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

/// What went wrong, in the server's words where it said something.
fn reason(error: &Error) -> String {
    if let Some(rustls::Error::InvalidCertificate(refused)) = tls_error(error) {
        return in_words(refused);
    }
    let innermost = std::iter::successors(error.source(), |cause| (*cause).source()).last();
    let cause = innermost.map_or_else(|| error.to_string(), ToString::to_string);
    match error.status() {
        Some(code) => format!("{code} {cause}"),
        None if cause == "incomplete response" => "the connection ended before the answer".to_owned(),
        None => cause,
    }
}

/// Why a certificate is refused, and what to do.
fn in_words(refused: &CertificateError) -> String {
    match refused {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired; renew it on the server, or correct the clock of this machine".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet; correct the clock of this machine".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "its certificate comes from an authority that this machine does not know; write `ca_file` with the authority's certificate in `smtp`".to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            // Written by rustls as DnsName("mail.example.org").
            let bare = |name: &String| name.split('"').nth(1).unwrap_or(name).to_owned();
            let names: Vec<String> = presented.iter().map(bare).collect();
            format!(
                "its certificate is for {}, not for {}; write the name in the certificate as `host`",
                names.join(", "),
                expected.to_str()
            )
        }
        other => format!("its certificate is refused: {other}"),
    }
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
    tls_error(error).is_some() || error.is_tls()
}

fn tls_error(error: &Error) -> Option<&rustls::Error> {
    std::iter::successors(error.source(), |cause| (*cause).source()).find_map(|cause| {
        let inner = || cause.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref();
        cause.downcast_ref().or_else(inner)
    })
}
