//! From entries to words: the subject, the text part and the HTML part of a mail.
//!
//! Everything from a feed is data: one line, bounded, escaped by the template engine. Both parts say the same.

mod layout;
mod line;
mod notes;
mod room;
mod subject;
mod trial;
pub(super) mod wrap;

use std::cmp::Reverse;
use std::time::Duration;

use jiff::Timestamp;

use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::digest::Templates;
use crate::digest::snippet;
use crate::digest::templates;
use crate::digest::templates::Compiled;
use crate::digest::templates::TemplateError;
use crate::digest::words::Words;

pub(super) use trial::trial;

/// What is to be said to whom.
#[derive(Clone, Debug)]
pub struct Content<'a> {
    /// To whom.
    pub recipient: &'a Recipient,
    /// Digest or alert.
    pub kind: Kind,
    /// When the mail is sealed.
    pub sealed: Timestamp,
    /// The stories.
    pub entries: Vec<DigestEntry>,
    /// Stories shown; the rest is counted.
    pub entries_max: usize,
    /// How many feeds are polled.
    pub feeds: usize,
    /// Feeds that do not work.
    pub troubles: Vec<Trouble>,
    /// Feeds that may have brought more than we saw.
    pub gaps: Vec<String>,
    /// Feeds that are slow to answer.
    pub slow: Vec<Slow>,
    /// Earlier mails that were refused, one line each.
    pub refused: Vec<String>,
    /// Earlier mails that no server took yet.
    pub waiting: Vec<Waiting>,
    /// The address to write to for stopping.
    pub unsubscribe: String,
}

/// A mail that no server took yet. Its stories are not named here: they stand in that mail, and only there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// When it was sealed.
    pub sealed: Timestamp,
    /// What the last attempt brought.
    pub reason: String,
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
    /// Whether an earlier mail told of it.
    pub is_told: bool,
}

/// A feed that is slow to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slow {
    /// Its name.
    pub feed: String,
    /// How long an answer usually takes.
    pub answer_time: Duration,
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

/// Puts the content into words, as much of it as a mail has room for.
///
/// # Errors
/// When a template fails.
pub fn render(content: &Content<'_>, templates: &Templates) -> Result<Rendered, TemplateError> {
    let content = newest_first(content);
    let words = templates.words(&content.recipient.language);
    let compiled = templates.compiled()?;
    let mut room = room::first(&content);
    loop {
        let rendered = render_in(&content, words, &compiled, room)?;
        match room::smaller(room, &rendered) {
            None => return Ok(rendered),
            Some(smaller) => room = smaller,
        }
    }
}

fn newest_first<'a>(content: &Content<'a>) -> Content<'a> {
    let mut content = content.clone();
    content
        .entries
        .sort_by_key(|entry| Reverse((entry.newness(), entry.story)));
    content
}

fn render_in(
    content: &Content<'_>,
    words: &Words,
    compiled: &Compiled<'_>,
    room: room::Room,
) -> Result<Rendered, TemplateError> {
    let mut page = layout::page(content, words, &subject::subject(content, words), room);
    page.subject = one_line(&compiled.fill(templates::SUBJECT, &page)?, subject::CHARS_MAX);
    Ok(Rendered {
        text: compiled.fill(templates::TEXT, &page)?,
        html: compiled.fill(templates::HTML, &page)?,
        subject: page.subject,
    })
}

/// One line of at most `chars_max` characters: control characters and bidi overrides go.
fn one_line(text: &str, chars_max: usize) -> String {
    snippet::cut(text, &[], chars_max).text
}

#[cfg(test)]
mod tests;
