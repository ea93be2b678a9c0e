//! Answers to what people ask of the data: status, feeds, stories, watches, the outbox; and mails, sealed, previewed or tried.
//!
//! Reads only. The same answer comes from a running daemon (over its control socket) and from the store itself;
//! how it is shown is the command line's business.

pub mod feeds;
pub mod groups;
pub mod letter;
pub mod outbox;
pub mod status;
pub mod stories;
pub mod strangers;
pub mod trial;
pub mod watches;
pub mod why;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::config::Config;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::feed::FailedBody;
use crate::feed::FeedId;
use crate::store::Store;
use crate::store::StoreError;
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
        /// First seen at or after.
        since: Option<Timestamp>,
        /// Carried by the feed with this name or address.
        feed: Option<String>,
        /// Hit by the watch with this name.
        watch: Option<String>,
    },
    /// What would a query have found?
    Test {
        /// The query.
        query: String,
        /// The watch whose query it would replace.
        instead_of: Option<String>,
    },
    /// What did the last poll of a feed bring that could not be read?
    FailedBody {
        /// The feed.
        feed: FeedId,
    },
    /// Why are these sightings one story?
    Why {
        /// A story's id, or any of its addresses.
        subject: String,
    },
    /// Which mails are on their way?
    Outbox(outbox::Listed),
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
    /// To `FailedBody`; none when the last document was read whole.
    FailedBody(Option<FailedBody>),
    /// To `Why`; none when no story is stored under that name.
    Why(Option<Box<why::WhyReport>>),
    /// To `Outbox`, oldest first.
    Outbox(Vec<outbox::OutboxRow>),
    /// To `Preview`; none when nothing waits.
    Preview(Option<Preview>),
}

/// A mail as it would be sent now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// For whom.
    pub recipient: String,
    /// Their mailbox.
    pub mailbox: String,
    /// When the next digest is sealed, in the recipient's own time; none where their digests never are.
    pub due: Option<String>,
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
    #[error("{}", .error.caret(.query))]
    Query {
        /// As it was typed.
        query: String,
        /// Where and why.
        error: QueryError,
    },
    /// No such feed, and no story of one.
    #[error("no feed is called \"{0}\"; `kabar feeds list` shows their names")]
    Feed(String),
    /// No such watch.
    #[error("there is no watch \"{0}\"; `kabar watches list` shows their names")]
    Watch(String),
    /// No such recipient.
    #[error("there is no recipient \"{name}\"; the configuration has {known}")]
    Recipient {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

impl ReportError {
    /// What the store said, where it refused.
    pub fn into_store_error(self) -> Option<StoreError> {
        match self {
            Self::Store(refused) | Self::Letter(letter::LetterError::Store(refused)) => Some(refused),
            Self::Letter(letter::LetterError::Render { .. } | letter::LetterError::Message { .. })
            | Self::Query { .. }
            | Self::Feed(_)
            | Self::Watch(_)
            | Self::Recipient { .. } => None,
        }
    }
}

/// Answers `question` from the store and the configuration.
///
/// # Errors
/// When the store refuses, a query cannot be read, or a name is unknown.
pub fn answer(question: &Question, store: &dyn Store, config: &Config, now: Timestamp) -> Result<Answer, ReportError> {
    match question {
        Question::Status => Ok(Answer::Status(status::status(store, config, now)?)),
        Question::Feeds => Ok(Answer::Feeds(feeds::rows(store, config, now)?)),
        Question::Stories {
            query,
            since,
            feed,
            watch,
        } => {
            let filter = stories::filter(store, config, *since, feed.as_deref(), watch.as_deref())?;
            stories::rows(store, config, query.as_deref(), &filter).map(Answer::Stories)
        }
        Question::Test { query, instead_of } => {
            watches::test(store, config, query, instead_of.as_deref()).map(Answer::Test)
        }
        Question::FailedBody { feed } => Ok(Answer::FailedBody(store.failed_body(*feed)?)),
        Question::Why { subject } => Ok(Answer::Why(why::why(store, config, subject)?.map(Box::new))),
        Question::Outbox(listed) => Ok(Answer::Outbox(outbox::rows(store, *listed)?)),
        Question::Preview { recipient } => preview(store, config, recipient.as_deref(), now).map(Answer::Preview),
    }
}

/// The recipient with this name; the first one without a name.
///
/// # Errors
/// When there is none, with the names there are.
pub fn recipient_of<'c>(config: &'c Config, name: Option<&str>) -> Result<&'c Recipient, ReportError> {
    let is_wanted = |recipient: &&Recipient| name.is_none_or(|wanted| wanted == recipient.name);
    config.recipients.iter().find(is_wanted).ok_or_else(|| {
        let known: Vec<&str> = config.recipients.iter().map(|known| known.name.as_str()).collect();
        ReportError::Recipient {
            name: name.unwrap_or_default().to_owned(),
            known: known.join(", "),
        }
    })
}

fn preview(
    store: &dyn Store,
    config: &Config,
    recipient: Option<&str>,
    now: Timestamp,
) -> Result<Option<Preview>, ReportError> {
    let found = recipient_of(config, recipient)?;
    let letter = letter::write(store, config, found, Kind::Digest, now, now)?;
    let due = store.recipient_state(&found.name)?.last_slot.unwrap_or(now);
    let due = found.digest.next_slot(due, &found.timezone);
    Ok(letter.map(|letter| Preview {
        recipient: found.name.clone(),
        mailbox: found.mailbox.clone(),
        due: due.map(|due| {
            due.to_zoned_datetime(found.timezone.clone())
                .strftime("%a %d %b %Y, %H:%M %Z")
                .to_string()
        }),
        subject: letter.rendered.subject,
        text: letter.rendered.text,
        html: letter.rendered.html,
    }))
}
