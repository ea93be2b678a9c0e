//! The tree of a query.
//!
//! Owns the shape of what was read. Never reads text and never matches.

use std::collections::BTreeMap;

use crate::dedup::TextField;
use crate::watch::regular::Regular;

/// Names in many scripts: each alias with the words that it stands for.
pub type Aliases = BTreeMap<String, Vec<String>>;

/// What a query looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expr {
    /// At least one; never another `Or` inside.
    Or(Vec<Expr>),
    /// All of them; never another `And` inside.
    And(Vec<Expr>),
    /// None of it.
    Not(Box<Expr>),
    /// Both, with few words between them.
    Near(Box<Near>),
    /// Inside one field only.
    Field(TextField, Box<Expr>),
    /// A property of the document.
    Meta(Meta, String),
    /// A word or phrase.
    Term(Term),
    /// A pattern.
    Regular(Box<Regular>),
}

/// Two things close together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Near {
    pub(crate) left: Expr,
    pub(crate) right: Expr,
    /// How many words may stand between the nearest ends.
    pub(crate) distance: u32,
    pub(crate) order: Order,
}

/// Whether the left operand must come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Either,
    Kept,
}

/// A property of a document that a query may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meta {
    Lang,
    Source,
    Url,
    Author,
    Tag,
    Feed,
}

impl Meta {
    /// The name in a query.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lang => "lang",
            Self::Source => "source",
            Self::Url => "url",
            Self::Author => "author",
            Self::Tag => "tag",
            Self::Feed => "feed",
        }
    }
}

/// A word or a phrase.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Term {
    /// As written, without quotes and stars.
    pub(crate) text: String,
    pub(crate) shape: Shape,
    pub(crate) form: Form,
    /// Anything may precede it inside its token.
    pub(crate) open_start: bool,
    /// Anything may follow it inside its token.
    pub(crate) open_end: bool,
}

/// How a term was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Word,
    Phrase,
}

/// Which forms of a term count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// With the endings and attachments that languages put on words.
    Any,
    /// `=word`: this spelling, case and marks only.
    Exact,
}

impl Expr {
    /// One of `parts`, flat.
    pub(crate) fn or(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::new();
        for part in parts {
            if let Expr::Or(inner) = part {
                flat.extend(inner);
            } else {
                flat.push(part);
            }
        }
        single_or(flat, Expr::Or)
    }

    /// All of `parts`, flat.
    pub(crate) fn and(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::new();
        for part in parts {
            if let Expr::And(inner) = part {
                flat.extend(inner);
            } else {
                flat.push(part);
            }
        }
        single_or(flat, Expr::And)
    }

    /// Not `part`; twice not is yes.
    pub(crate) fn negate(part: Expr) -> Expr {
        if let Expr::Not(inner) = part {
            *inner
        } else {
            Expr::Not(Box::new(part))
        }
    }

    /// Every word, phrase, pattern and property, from left to right.
    pub(crate) fn leaves(&self) -> Box<dyn Iterator<Item = &Expr> + '_> {
        match self {
            Expr::Or(parts) | Expr::And(parts) => Box::new(parts.iter().flat_map(Expr::leaves)),
            Expr::Not(inner) | Expr::Field(_, inner) => inner.leaves(),
            Expr::Near(near) => Box::new(near.left.leaves().chain(near.right.leaves())),
            Expr::Meta(..) | Expr::Term(_) | Expr::Regular(_) => Box::new(std::iter::once(self)),
        }
    }

    /// How many groups stand inside each other where it is printed.
    pub(crate) fn depth(&self) -> usize {
        let deepest = |parts: &[Expr]| parts.iter().map(Expr::depth).max().unwrap_or(0);
        match self {
            Expr::Or(parts) | Expr::And(parts) => 1 + deepest(parts),
            Expr::Not(inner) | Expr::Field(_, inner) => 1 + inner.depth(),
            Expr::Near(near) => 1 + near.left.depth().max(near.right.depth()),
            Expr::Meta(..) | Expr::Term(_) | Expr::Regular(_) => 0,
        }
    }

    /// Whether a match needs something to be there, and cannot rest on exclusions alone.
    pub(crate) fn needs_presence(&self) -> bool {
        match self {
            Expr::Or(parts) => parts.iter().all(Expr::needs_presence),
            Expr::And(parts) => parts.iter().any(Expr::needs_presence),
            Expr::Not(_) => false,
            Expr::Field(_, inner) => inner.needs_presence(),
            Expr::Near(_) | Expr::Meta(..) | Expr::Term(_) | Expr::Regular(_) => true,
        }
    }
}

fn single_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}
