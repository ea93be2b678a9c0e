//! Watches: the query language, the text it looks at, and the matcher.
//!
//! Matching sees visible text only, never markup. Never names recipients' addresses, mail or storage.

mod addresses;
mod cuts;
mod edges;
mod endings;
mod entities;
mod evaluate;
mod fold;
pub mod forms;
mod found;
mod guess;
mod language;
mod letters;
mod lexer;
mod lints;
pub mod matcher;
mod memory;
mod near;
mod parser;
mod pieces;
mod plain;
mod printer;
pub mod query;
mod query_error;
mod quick;
mod reading;
mod regular;
mod scripts;
mod segments;
mod sieve;
mod stars;
mod suggestion;
mod syntax;
mod tags;
mod terms;
pub mod text;
mod tokens;
mod words;

use crate::feed::Feed;

pub use crate::dedup::Send;
pub use forms::WordForms;
pub use matcher::{Document, Hit, Matcher};
pub use query::{Query, QueryError, QueryFault};
pub use scripts::script_names;
pub use syntax::Aliases;

/// A named interest. A value that exists is valid: its query was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// The name; the query's own text where none was given.
    pub name: String,
    /// What to look for.
    pub query: Query,
    /// Where to look.
    pub feeds: Scope,
    /// Names of the recipients that hear of it; never empty unless there are none at all.
    pub to: Vec<String>,
    /// When.
    pub send: Send,
}

/// Which feeds a watch looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Every feed.
    #[default]
    All,
    /// Feeds with one of these names, or "tag:" and one of their tags.
    Some(Vec<String>),
}

impl Scope {
    /// Whether the watch looks at `feed`, which is shown as `display_name`.
    pub fn covers(&self, feed: &Feed, display_name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(names) => names.iter().any(|name| match name.strip_prefix("tag:") {
                Some(tag) => feed.tags.iter().any(|own| own == tag),
                None => name == display_name || name == feed.url.as_str(),
            }),
        }
    }
}
