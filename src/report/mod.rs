//! Answers to what people ask of the data: status, feeds, stories, watches, previews.
//!
//! Reads only. The same answer comes from a running daemon (over its control socket) and from the store itself;
//! how it is shown is the command line's business.

pub mod feeds;
pub mod groups;
pub mod letter;
pub mod status;
pub mod stories;
pub mod watches;
pub mod why;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::config::Config;
use crate::digest::Kind;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoryFilter;
use crate::watch::QueryError;

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Is all well?
    Status,
    /// How do the feeds do?
    Feeds,
    /// Which stories are there?
    Stories {
        /// A query of the watch language; all stories without one.
        query: Option<String>,
        /// Narrows the list.
        filter: StoryFilter,
    },
    /// What would a query have found?
    Test {
        /// The query.
        query: String,
    },
    /// Why are these sightings one story?
    Why {
        /// A story's id, or any of its addresses.
        subject: String,
    },
    /// What would stand in the recipient's next digest?
    Preview {
        /// The recipient's name; the first one without it.
        recipient: Option<String>,
    },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// To `Status`.
    Status(status::Status),
    /// To `Feeds`.
    Feeds(Vec<feeds::FeedRow>),
    /// To `Stories`, newest first.
    Stories(Vec<stories::StoryRow>),
    /// To `Test`.
    Test(watches::TestReport),
    /// To `Why`; none when no story is stored under that name.
    Why(Option<Box<why::WhyReport>>),
    /// To `Preview`; none when nothing waits.
    Preview(Option<Preview>),
}

/// A mail as it would be sent now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// For whom.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The mail cannot be written.
    #[error(transparent)]
    Letter(#[from] letter::LetterError),
    /// A query cannot be read.
    #[error("column {}: {}\n{}", .error.column, .error.message, .error.caret(.query))]
    Query {
        /// As it was typed.
        query: String,
        /// Where and why.
        error: QueryError,
    },
    /// No such recipient.
    #[error("there is no recipient \"{name}\"; the configuration has {known}")]
    Recipient {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// Answers `question` from the store and the configuration.
///
/// # Errors
/// When the store refuses, a query cannot be read, or a name is unknown.
pub fn answer(question: &Question, store: &dyn Store, config: &Config, now: Timestamp) -> Result<Answer, ReportError> {
    match question {
        Question::Status => Ok(Answer::Status(status::status(store, config, now)?)),
        Question::Feeds => Ok(Answer::Feeds(feeds::rows(store, config)?)),
        Question::Stories { query, filter } => {
            stories::rows(store, config, query.as_deref(), filter).map(Answer::Stories)
        }
        Question::Test { query } => watches::test(store, config, query).map(Answer::Test),
        Question::Why { subject } => Ok(Answer::Why(why::why(store, config, subject)?.map(Box::new))),
        Question::Preview { recipient } => preview(store, config, recipient.as_deref(), now).map(Answer::Preview),
    }
}

fn preview(
    store: &dyn Store,
    config: &Config,
    recipient: Option<&str>,
    now: Timestamp,
) -> Result<Option<Preview>, ReportError> {
    let wanted = |name: &str| recipient.is_none_or(|wanted| wanted == name);
    let Some(found) = config.recipients.iter().find(|known| wanted(&known.name)) else {
        let known: Vec<&str> = config.recipients.iter().map(|known| known.name.as_str()).collect();
        let name = recipient.unwrap_or_default().to_owned();
        return Err(ReportError::Recipient {
            name,
            known: known.join(", "),
        });
    };
    let letter = letter::write(store, config, found, Kind::Digest, now, now)?;
    Ok(letter.map(|letter| Preview {
        recipient: found.name.clone(),
        subject: letter.rendered.subject,
        text: letter.rendered.text,
        html: letter.rendered.html,
    }))
}
