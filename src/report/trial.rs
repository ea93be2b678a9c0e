//! A mail that says only that mail arrives.

use jiff::Timestamp;
use minijinja::HtmlEscape;

use crate::config::Config;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::digest::render::Rendered;
use crate::mail::MailError;
use crate::mail::message;
use crate::mail::message::MessageParts;

/// The mail for `kabar test-mail`: not sealed, not stored, with an id of its own.
///
/// # Errors
/// When an address is none.
pub fn trial(config: &Config, recipient: &Recipient, now: Timestamp) -> Result<(Delivery, Vec<u8>), MailError> {
    let id = format!("test-{}", now.strftime("%Y%m%dT%H%M%S%3f"));
    let rendered = words(config, recipient, now);
    let parts = MessageParts {
        from: &config.mail.from,
        to: &recipient.mailbox,
        recipient: &recipient.name,
        id: &id,
        sealed: now,
        kind: Kind::Digest,
        watches: &[],
        references: &[],
        rendered: &rendered,
    };
    let (message, envelope) = message::build(&parts)?;
    let delivery = Delivery {
        id,
        recipient: recipient.name.clone(),
        kind: Kind::Digest,
        envelope,
        subject: rendered.subject.clone(),
        slot: now,
        sealed: now,
        entries: Vec::new(),
        state: DeliveryState::Attempting {
            attempts: 1,
            since: now,
        },
    };
    Ok((delivery, message))
}

fn words(config: &Config, recipient: &Recipient, now: Timestamp) -> Rendered {
    let next = recipient.digest.next_slot(now, &recipient.timezone).map_or_else(
        || "never".to_owned(),
        |next| {
            let local = next.to_zoned_datetime(recipient.timezone.clone());
            local.strftime("%A %-d %B %Y, %H:%M %Z").to_string()
        },
    );
    let watches: Vec<&str> = config
        .watches
        .iter()
        .filter(|watch| watch.to.contains(&recipient.name))
        .map(|watch| watch.name.as_str())
        .collect();
    let lines = [
        format!(
            "This is a test mail of kabar for {}. That you read it shows that mail arrives.",
            recipient.name
        ),
        format!("Digests: {}; the next one: {next}.", recipient.digest),
        format!(
            "Watches: {}.",
            if watches.is_empty() {
                "none".to_owned()
            } else {
                watches.join(", ")
            }
        ),
    ];
    let paragraphs: String = lines
        .iter()
        .map(|line| format!("<p>{}</p>\n", HtmlEscape(line)))
        .collect();
    let subject = "Test mail of kabar".to_owned();
    Rendered {
        text: lines.join("\n\n") + "\n",
        html: format!(
            "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\">\n<head><meta charset=\"utf-8\"><title>{subject}</title></head>\n\
             <body style=\"font-family: sans-serif; font-size: 16px\">\n<h1>{subject}</h1>\n{paragraphs}</body>\n</html>\n"
        ),
        subject,
    }
}
