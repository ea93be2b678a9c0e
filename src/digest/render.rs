//! From entries to words: the subject, the text part and the HTML part of a mail.
//!
//! Everything from a feed is data: one line, bounded, escaped by the template engine. Both parts say the same.

mod layout;
mod plain;

use jiff::Timestamp;
use minijinja::Environment;
use minijinja::UndefinedBehavior;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;

use crate::digest::AlsoIn;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::digest::words::Words;

/// Characters of a subject: what a phone's list shows, three times.
const SUBJECT_CHARS_MAX: usize = 120;
/// Bytes of the HTML part. Gmail clips a mail at about 102 KB, and quoted-printable adds to ours.
const HTML_BYTES_MAX: usize = 60 * 1024;
const TEMPLATE: &str = include_str!("templates/digest.html");

/// What is to be said to whom.
#[derive(Clone, Debug)]
pub struct Content<'a> {
    /// To whom.
    pub recipient: &'a Recipient,
    /// Digest or alert.
    pub kind: Kind,
    /// When the mail is sealed.
    pub sealed: Timestamp,
    /// The stories, each with the other feeds that carried it.
    pub entries: Vec<(DigestEntry, Vec<AlsoIn>)>,
    /// Stories shown; the rest is counted.
    pub entries_max: usize,
    /// Feeds that do not work.
    pub troubles: Vec<Trouble>,
    /// Feeds that may have brought more than we saw.
    pub gaps: Vec<String>,
    /// Earlier mails that were refused, one line each.
    pub refused: Vec<String>,
    /// The mailbox to write to for stopping.
    pub unsubscribe: String,
}

/// A feed that does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Its name.
    pub feed: String,
    /// When it worked last.
    pub since: Option<Timestamp>,
    /// Why it does not.
    pub reason: String,
}

/// A mail in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line, at most 120 characters.
    pub subject: String,
    /// The text part, at most 72 columns except for addresses.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Why a mail cannot be put into words.
#[derive(Debug, thiserror::Error)]
#[error("the template digest.html failed: {0:#}")]
pub struct RenderError(#[from] minijinja::Error);

/// Puts the content into words.
///
/// # Errors
/// When the template is wrong.
pub fn render(content: &Content<'_>) -> Result<Rendered, RenderError> {
    let words = Words::of(&content.recipient.language);
    let subject = subject(content, &words);
    let mut shown_max = content.entries_max.min(content.entries.len());
    loop {
        let page = layout::page(content, &words, &subject, shown_max);
        let html = html(&page)?;
        // Long titles can fill the mail before `entries_max` does: the rest is counted instead.
        if html.len() <= HTML_BYTES_MAX || shown_max == 0 {
            return Ok(Rendered {
                subject,
                text: plain::text(&page),
                html,
            });
        }
        shown_max = (shown_max * HTML_BYTES_MAX / html.len()).min(shown_max - 1);
    }
}

fn html(page: &layout::Page) -> Result<String, RenderError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("digest.html", TEMPLATE)?;
    Ok(environment.get_template("digest.html")?.render(Serde(page))?)
}

/// What is inside: the title of a single story, else the number and the watches.
fn subject(content: &Content<'_>, words: &Words) -> String {
    let day = words.day(content.sealed, &content.recipient.timezone);
    let count = content.entries.len();
    let (one, many) = match content.kind {
        Kind::Digest => (&words.new_one, &words.new_many),
        Kind::Alert => (&words.alert_one, &words.alert_many),
    };
    let subject = match content.entries.as_slice() {
        [] => format!("{} ({day})", words.nothing),
        [(entry, _)] => format!("{}: {} ({day})", entry.watches.join(", "), entry.title.text),
        _ => {
            let names = layout::watch_names(content.entries.iter().map(|(entry, _)| entry)).join(", ");
            let number = if count == 1 {
                one.clone()
            } else {
                many.replace("{n}", &count.to_string())
            };
            format!("{number}: {names} ({day})")
        }
    };
    let subject = match (content.kind, content.entries.len()) {
        (Kind::Alert, 1) => format!("{one}: {subject}"),
        (Kind::Alert | Kind::Digest, _) => subject,
    };
    layout::one_line(&subject, SUBJECT_CHARS_MAX)
}

#[cfg(test)]
mod tests;
