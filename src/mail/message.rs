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
use crate::mail::MailError;

/// Characters of the watch names in `X-Kabar-Watch`.
const WATCH_CHARS_MAX: usize = 200;

/// What a message is made of.
#[derive(Clone, Debug)]
pub struct MessageParts<'a> {
    /// The sender's mailbox.
    pub from: &'a str,
    /// The recipient's mailbox.
    pub to: &'a str,
    /// The delivery's id: the left side of the Message-ID.
    pub id: &'a str,
    /// When it was sealed.
    pub sealed: Timestamp,
    /// Digest or alert.
    pub kind: Kind,
    /// The watches whose stories stand in it.
    pub watches: &'a [String],
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
    let list = match parts.kind {
        Kind::Digest => "digest",
        Kind::Alert => "alert",
    };
    let envelope = Envelope {
        from: from.email.to_string(),
        to: to.email.to_string(),
    };
    let unsubscribe = format!("<mailto:{}?subject=unsubscribe>", from.email);
    let watches: String = parts
        .watches
        .join(", ")
        .chars()
        .filter(|c| !c.is_control())
        .take(WATCH_CHARS_MAX)
        .collect();
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .subject(parts.rendered.subject.clone())
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(parts.sealed.as_second()).unwrap_or(0)))
        .message_id(Some(format!("<{}@{domain}>", parts.id)));
    for (name, value) in [
        ("List-Id", format!("kabar {list} <{list}.kabar.{domain}>")),
        ("List-Unsubscribe", unsubscribe),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        ("Precedence", "bulk".to_owned()),
        ("X-Kabar-Watch", watches),
    ] {
        builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    let bodies = MultiPart::alternative()
        .boundary(format!("kabar-{}", parts.id))
        .singlepart(SinglePart::plain(parts.rendered.text.clone()))
        .singlepart(SinglePart::html(parts.rendered.html.clone()));
    let message = builder.multipart(bodies).map_err(|error| refused(&error))?;
    Ok((message.formatted(), envelope))
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

/// The text part of a message that [`build`] made, decoded.
pub fn text_part(message: &[u8]) -> Option<String> {
    let message = std::str::from_utf8(message).ok()?;
    let (_, rest) = message.split_once("boundary=\"")?;
    let (boundary, rest) = rest.split_once('"')?;
    let delimiter = format!("--{boundary}");
    let (head, body) = rest.split(&delimiter).nth(1)?.trim_start().split_once("\r\n\r\n")?;
    let body = body.strip_suffix("\r\n").unwrap_or(body);
    if head.to_ascii_lowercase().contains("quoted-printable") {
        Some(unquoted(body))
    } else {
        Some(body.replace("\r\n", "\n"))
    }
}

/// Quoted-printable decoded (RFC 2045 section 6.7).
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.replace("=\r\n", "").replace("\r\n", "\n").into_bytes().into_iter();
    while let Some(byte) = rest.next() {
        if byte != b'=' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next(), rest.next()].into_iter().flatten().collect();
        let digits = String::from_utf8(digits).unwrap_or_default();
        bytes.extend(u8::from_str_radix(&digits, 16).ok());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn built(subject: &str, text: &str) -> String {
        let rendered = Rendered {
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: "<p>Hé</p>".to_owned(),
        };
        let parts = MessageParts {
            from: "kabar <kabar@example.org>",
            to: "Ana <ana@example.net>",
            id: "20260318T180000-abc",
            sealed: "2026-03-18T17:00:00Z".parse().unwrap(),
            kind: Kind::Digest,
            watches: &["Putin".to_owned()],
            rendered: &rendered,
        };
        let (first, envelope) = build(&parts).unwrap();
        assert_eq!(first, build(&parts).unwrap().0, "the same parts give the same bytes");
        assert_eq!(
            envelope,
            Envelope {
                from: "kabar@example.org".to_owned(),
                to: "ana@example.net".to_owned()
            }
        );
        String::from_utf8(first).unwrap()
    }

    #[test]
    fn every_header_stands_once() {
        let message = built("1 new: Putin", "Hello");
        for header in [
            "From: ",
            "To: ",
            "Subject: ",
            "Date: Wed, 18 Mar 2026 17:00:00 +0000",
            "Message-ID: <20260318T180000-abc@example.org>",
            "MIME-Version: 1.0",
            "List-Id: kabar digest <digest.kabar.example.org>",
            "List-Unsubscribe: <mailto:kabar@example.org?subject=unsubscribe>",
            "Auto-Submitted: auto-generated",
            "X-Kabar-Watch: Putin",
        ] {
            assert_eq!(message.matches(header).count(), 1, "{header} in {message}");
        }
    }

    #[test]
    fn a_line_break_in_a_subject_makes_no_header() {
        let message = built("a\r\nBcc: x@example.org", "Hello");
        assert!(!message.lines().any(|line| line.starts_with("Bcc")), "{message}");
    }

    #[test]
    fn the_text_part_comes_back() {
        let text = "Nguồn: Путин\n. a dot\nhttps://news.example/?a=1\n";
        assert_eq!(
            text_part(built("x", text).as_bytes()).unwrap().trim_end(),
            text.trim_end()
        );
    }

    #[test]
    fn a_mailbox_that_is_none_says_what_to_write() {
        assert!(check_mailbox("nobody").unwrap_err().contains("ana@example.org"));
        assert!(check_mailbox("a@b\r\nRCPT TO:<x@y>").is_err());
        assert_eq!(check_mailbox("Ana <ana@example.org>").unwrap(), "ana@example.org");
    }
}
