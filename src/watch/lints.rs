//! What can be read but may not mean what its author thinks (QUERY.md section 3).
//!
//! Owns the notes about a query as it is written. Never refuses anything.

use crate::watch::guess;
use crate::watch::lexer::Piece;
use crate::watch::lexer::pieces;
use crate::watch::query::Query;
use crate::watch::syntax::Expr;
use crate::watch::syntax::Shape;
use crate::watch::syntax::Term;

/// Letters up to which a word in capitals stands for itself only, so that "WHO" is not "who" (R4).
const ACRONYM_LETTERS_MAX: usize = 3;

/// One sentence for each doubt.
pub(crate) fn lints(query: &Query) -> Vec<String> {
    let read = pieces(query.text()).unwrap_or_default();
    let mut out = Vec::new();
    if mixes_or_with_space(read.iter().map(|located| &located.piece)) {
        out.push(format!(
            "OR beside words without an operator: this reads as {query}; add parentheses"
        ));
    }
    let terms = read.iter().filter_map(|located| match &located.piece {
        Piece::Term(term) => Some(term),
        _ => None,
    });
    out.extend(terms.filter_map(about_term));
    if let Expr::Term(term) = query.expr()
        && is_common(term)
    {
        out.push(format!(
            "\"{}\" alone stands in most stories; add a word that narrows it",
            term.text
        ));
    }
    for leaf in query.expr().leaves() {
        if let Expr::Regular(regular) = leaf
            && regular.lacks_literal()
        {
            out.push(format!(
                "{regular} has no fixed part of three letters, so every story is searched for it; add one if you can"
            ));
        }
    }
    out
}

fn about_term(term: &Term) -> Option<String> {
    let text = &term.text;
    let is_operator = ["and", "or", "not", "near"].contains(&text.to_lowercase().as_str());
    if term.shape == Shape::Word && is_operator && !term.open_start && !term.open_end {
        return Some(format!(
            "\"{text}\" is looked for as a word here; write {} for the operator",
            text.to_uppercase()
        ));
    }
    (term.shape == Shape::Phrase && text.contains('*')).then(|| {
        format!("* means nothing between quotes: \"{text}\" is looked for without it; write the starred word outside")
    })
}

/// Whether a term is one function word of some language.
fn is_common(term: &Term) -> bool {
    let letters = term.text.chars().count();
    let is_acronym = letters <= ACRONYM_LETTERS_MAX && term.text.chars().all(char::is_uppercase);
    !is_acronym && !term.open_start && !term.open_end && guess::is_function_word(&term.text.to_lowercase())
}

/// Whether one group holds both OR and two items side by side.
fn mixes_or_with_space<'a>(pieces: impl Iterator<Item = &'a Piece>) -> bool {
    let mut groups = vec![(false, false)];
    let mut ends_item = false;
    for piece in pieces {
        let begins_item = match piece {
            Piece::Open
            | Piece::Not
            | Piece::Field(_)
            | Piece::Meta(..)
            | Piece::Term(_)
            | Piece::Regular(_)
            | Piece::Alias(_) => true,
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
            | Piece::Regular(_)
            | Piece::Alias(_) => {}
        }
        ends_item = match piece {
            Piece::Close | Piece::Meta(..) | Piece::Term(_) | Piece::Regular(_) | Piece::Alias(_) => true,
            Piece::Open | Piece::Or | Piece::And | Piece::Not | Piece::Near(..) | Piece::Field(_) => false,
        };
    }
    false
}
