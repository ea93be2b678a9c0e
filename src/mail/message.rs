//! The bytes of a message: headers that mail servers and filters want, text and HTML side by side.
//!
//! The same parts give the same bytes: Message-ID, Date and boundary are made from the delivery, not from chance.

use std::time::Duration;
use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Address;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::MultiPart;
use lettre::message::SinglePart;
use lettre::message::header::HeaderName;
use lettre::message::header::HeaderValue;

use crate::digest::Envelope;
use crate::digest::Kind;
use crate::digest::render::Rendered;
use crate::hash::hash128;
use crate::mail::MailError;

/// Characters of the watch names in `X-Kabar-Watch`.
const WATCH_CHARS_MAX: usize = 200;

/// Characters of a watch's name in `List-Id`.
const LIST_CHARS_MAX: usize = 60;
/// Bytes of a label (RFC 1034 section 3.1).
const LABEL_BYTES_MAX: usize = 63;

/// What a message is made of.
#[derive(Clone, Debug)]
pub struct MessageParts<'a> {
    /// The sender's mailbox.
    pub from: &'a str,
    /// The recipient's mailbox.
    pub to: &'a str,
    /// The recipient's name.
    pub recipient: &'a str,
    /// The delivery's id: the left side of the Message-ID.
    pub id: &'a str,
    /// When it was sealed.
    pub sealed: Timestamp,
    /// Digest or alert.
    pub kind: Kind,
    /// The watches whose stories stand in it.
    pub watches: &'a [String],
    /// The Message-IDs of earlier mails with stories that are updated here, oldest first.
    pub references: &'a [String],
    /// Subject and bodies.
    pub rendered: &'a Rendered,
}

/// Builds the bytes and the envelope.
///
/// # Errors
/// When a mailbox is none.
pub fn build(parts: &MessageParts<'_>) -> Result<(Vec<u8>, Envelope), MailError> {
    let (from, to) = (mailbox(parts.from)?, mailbox(parts.to)?);
    let domain = from.email.domain().to_owned();
    let refused = |error: &dyn std::fmt::Display| MailError::Build(error.to_string());
    let envelope = Envelope {
        from: from.email.to_string(),
        to: to.email.to_string(),
    };
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .subject(parts.rendered.subject.clone())
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(parts.sealed.as_second()).unwrap_or(0)))
        .message_id(Some(format!("<{}@{domain}>", parts.id)));
    for (name, value) in headers(parts, &envelope.from, &domain) {
        builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    let bodies = MultiPart::alternative()
        .boundary(format!("kabar-{}", parts.id))
        .singlepart(SinglePart::plain(parts.rendered.text.clone()))
        .singlepart(SinglePart::html(parts.rendered.html.clone()));
    let message = builder.multipart(bodies).map_err(|error| refused(&error))?;
    Ok((message.formatted(), envelope))
}

/// What filters, mail programs and robots want to know beside sender, recipient and subject. Each name stands once.
fn headers(parts: &MessageParts<'_>, sender: &str, domain: &str) -> Vec<(&'static str, String)> {
    let watches: String = one_line(&parts.watches.join(", "))
        .chars()
        .take(WATCH_CHARS_MAX)
        .collect();
    // A form writes a space as "+", which is no space in a mailto address (RFC 6068 section 5).
    let recipient: String = url::form_urlencoded::byte_serialize(parts.recipient.as_bytes()).collect();
    let recipient = recipient.replace('+', "%20");
    let mut headers = vec![
        ("List-Id", list_id(parts, domain)),
        (
            "List-Unsubscribe",
            format!("<mailto:{sender}?subject=unsubscribe%20{recipient}>"),
        ),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        ("Precedence", "bulk".to_owned()),
    ];
    if !watches.is_empty() {
        headers.push(("X-Kabar-Watch", watches));
    }
    if !parts.references.is_empty() {
        headers.push(("References", parts.references.join(" ")));
    }
    headers
}

/// RFC 2919: one list a watch where the mail is about one, else the list of digests or that of alerts.
///
/// All of them end in `.kabar.` and the domain, so that one filter rule catches all.
fn list_id(parts: &MessageParts<'_>, domain: &str) -> String {
    let (title, label) = match (parts.watches, parts.kind) {
        ([watch], _) => (one_line(watch), format!("{}.watch", label(watch))),
        (_, Kind::Digest) => ("digest".to_owned(), "digest".to_owned()),
        (_, Kind::Alert) => ("alert".to_owned(), "alert".to_owned()),
    };
    // A phrase without quotes: encoded words may not stand between quotes (RFC 2047 section 5).
    let is_plain = |c: &char| c.is_alphanumeric() || !c.is_ascii() || [' ', '-', '_'].contains(c);
    let title: String = title.chars().filter(is_plain).take(LIST_CHARS_MAX).collect();
    format!("kabar {} <{label}.kabar.{domain}>", title.trim())
}

/// The watch's name as a label of a domain; a hash stands for what such a label cannot hold.
fn label(watch: &str) -> String {
    let words = watch
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let label = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    let is_whole = watch.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ') && label.len() <= LABEL_BYTES_MAX;
    if is_whole && !label.is_empty() {
        return label;
    }
    let hash: String = hash128(watch.as_bytes())[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let start: String = label.chars().take(LABEL_BYTES_MAX - hash.len() - 1).collect();
    format!("{start}-{hash}").trim_start_matches('-').to_owned()
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The address in a mailbox such as `Ana <ana@example.org>`.
///
/// # Errors
/// Why it is none and what to write.
pub fn check_mailbox(text: &str) -> Result<String, String> {
    mailbox(text)
        .map(|mailbox| Address::to_string(&mailbox.email))
        .map_err(|error| error.to_string())
}

fn mailbox(text: &str) -> Result<Mailbox, MailError> {
    let refused = |reason: String| MailError::Mailbox {
        mailbox: text.escape_debug().to_string(),
        reason,
    };
    if text.chars().any(char::is_control) {
        return Err(refused("it holds a control character".to_owned()));
    }
    text.parse()
        .map_err(|error: lettre::address::AddressError| refused(error.to_string()))
}

#[cfg(test)]
mod tests;
