//! One word of a query, with its stars, checked.
//!
//! Owns what a word needs to be one. Never knows what stands around it.

use crate::watch::fold::script_of;
use crate::watch::query_error::QueryError;
use crate::watch::query_error::QueryFault;
use crate::watch::syntax::Form;
use crate::watch::syntax::Shape;
use crate::watch::syntax::Term;
use crate::watch::tokens::tokenise_term;

/// Letters beside a star at the end: fewer match half a dictionary.
const STAR_END_LETTERS_MIN: usize = 3;
/// Letters beside a star at the start.
const STAR_START_LETTERS_MIN: usize = 4;

/// A word with its stars, checked.
pub(crate) fn word(column: usize, raw: &str, form: Form) -> Result<Term, QueryError> {
    let (open_start, rest) = match raw.strip_prefix('*') {
        Some(rest) => (true, rest),
        None => (false, raw),
    };
    let (open_end, text) = match rest.strip_suffix('*') {
        Some(text) => (true, text),
        None => (false, rest),
    };
    if let Some(inside) = text.chars().position(|c| c == '*') {
        return Err(QueryError::new(
            QueryFault::Star,
            column + inside + usize::from(open_start),
            "'*' may stand only at the start or end of a word",
        ));
    }
    if !has_letter(text) {
        return Err(QueryError::new(
            QueryFault::NoLetters,
            column,
            "this word has no letter or digit",
        ));
    }
    let term = Term {
        text: text.to_owned(),
        shape: Shape::Word,
        form,
        open_start,
        open_end,
    };
    check_star_letters(column, &term)?;
    Ok(term)
}

fn check_star_letters(column: usize, term: &Term) -> Result<(), QueryError> {
    let letters = term.text.chars().filter(|c| c.is_alphanumeric()).count();
    let min = match (term.open_start, term.open_end) {
        (true, _) => STAR_START_LETTERS_MIN,
        (false, true) => STAR_END_LETTERS_MIN,
        (false, false) => 0,
    };
    let is_dense = term.text.chars().any(|c| script_of(c).is_unsegmented());
    if letters < min && !is_dense {
        return Err(QueryError::new(
            QueryFault::Star,
            column,
            format!("too few letters beside '*'; write at least {min}"),
        ));
    }
    Ok(())
}

/// Whether there is anything in `text` to look for.
pub(crate) fn has_letter(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric) && !tokenise_term(text).tokens.is_empty()
}
