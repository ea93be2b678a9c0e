//! The watch language: what a person typed, read and checked.
//!
//! Owns the query as a value. Never looks at documents.

use std::fmt::Display;
use std::fmt::Formatter;

use crate::watch::lints;
use crate::watch::parser;
use crate::watch::scripts::script_names;
use crate::watch::syntax::Aliases;
use crate::watch::syntax::Expr;

pub use crate::watch::query_error::QueryError;
pub use crate::watch::query_error::QueryFault;

/// A query that was read. Prints as its reading, with every operator and group written out.
#[derive(Clone, Debug)]
pub struct Query {
    text: String,
    expr: Expr,
}

impl Query {
    /// Reads `text`; `@name` stands for any of the words of that alias.
    ///
    /// # Errors
    /// The first thing in `text` that cannot be read, with its column.
    pub fn parse(text: &str, aliases: &Aliases) -> Result<Query, QueryError> {
        let expr = parser::read(text, aliases)?;
        Ok(Self {
            text: text.to_owned(),
            expr,
        })
    }

    /// The query as it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What can be read but may not mean what its author thinks; one sentence each.
    pub fn lints(&self) -> Vec<String> {
        lints::lints(self)
    }

    /// How many regular expressions it holds.
    pub fn regulars(&self) -> usize {
        self.expr
            .leaves()
            .filter(|leaf| matches!(leaf, Expr::Regular(_)))
            .count()
    }

    /// Each of its words with a star, as a query of its own.
    pub fn starred(&self) -> Vec<Query> {
        let starred = self.expr.leaves().filter(|leaf| match leaf {
            Expr::Term(term) => term.open_start || term.open_end,
            _ => false,
        });
        starred
            .map(|leaf| Query {
                text: leaf.to_string(),
                expr: leaf.clone(),
            })
            .collect()
    }

    /// Its words and phrases, each with the script it is written in.
    pub fn scripts(&self) -> Vec<(String, &'static str)> {
        self.expr
            .leaves()
            .filter_map(|leaf| match leaf {
                Expr::Term(term) => Some((term.text.clone(), script_names(&term.text).next()?)),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn expr(&self) -> &Expr {
        &self.expr
    }
}

impl PartialEq for Query {
    /// Two queries are equal when they mean the same, however they were typed.
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.expr.fmt(f)
    }
}

#[cfg(test)]
mod tests;
