//! The watch language: what a person typed, read and checked.
//!
//! Owns the query as a value. Never looks at documents.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fmt::Formatter;

use crate::watch::lexer::Piece;
use crate::watch::lexer::pieces;
use crate::watch::parser;
use crate::watch::syntax::Expr;

pub use crate::watch::query_error::QueryError;

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
    pub fn parse(text: &str, aliases: &BTreeMap<String, Vec<String>>) -> Result<Query, QueryError> {
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
        let read = pieces(&self.text).unwrap_or_default();
        let mut out = Vec::new();
        if mixes_or_with_space(read.iter().map(|located| &located.piece)) {
            out.push(format!(
                "OR beside words without an operator: this reads as {self}; add parentheses"
            ));
        }
        for located in &read {
            if let Piece::Term(term) = &located.piece
                && ["and", "or", "not", "near"].contains(&term.text.to_lowercase().as_str())
            {
                out.push(format!(
                    "\"{}\" is looked for as a word here; write {} for the operator",
                    term.text,
                    term.text.to_uppercase()
                ));
            }
        }
        out
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

/// Whether one group holds both OR and two items side by side.
fn mixes_or_with_space<'a>(pieces: impl Iterator<Item = &'a Piece>) -> bool {
    let mut groups = vec![(false, false)];
    let mut ends_item = false;
    for piece in pieces {
        let begins_item = match piece {
            Piece::Open | Piece::Not | Piece::Field(_) | Piece::Meta(..) | Piece::Term(_) | Piece::Alias(_) => true,
            Piece::Close | Piece::Or | Piece::And | Piece::Near(..) => false,
        };
        if let Some(group) = groups.last_mut() {
            group.0 |= *piece == Piece::Or;
            group.1 |= begins_item && ends_item;
            if group.0 && group.1 {
                return true;
            }
        }
        match piece {
            Piece::Open => groups.push((false, false)),
            Piece::Close if groups.len() > 1 => {
                groups.pop();
            }
            Piece::Close
            | Piece::Or
            | Piece::And
            | Piece::Not
            | Piece::Near(..)
            | Piece::Field(_)
            | Piece::Meta(..)
            | Piece::Term(_)
            | Piece::Alias(_) => {}
        }
        ends_item = match piece {
            Piece::Close | Piece::Meta(..) | Piece::Term(_) | Piece::Alias(_) => true,
            Piece::Open | Piece::Or | Piece::And | Piece::Not | Piece::Near(..) | Piece::Field(_) => false,
        };
    }
    false
}

#[cfg(test)]
mod tests;
