//! What a person may have meant by a field or an alias that does not exist.
//!
//! Owns the names of fields for suggestions. Never reads a query.

use crate::watch::query_error::QueryError;
use crate::watch::query_error::QueryFault;

/// Wrong letters up to which a name is taken for a slip of the hand.
const SLIPS_MAX: usize = 2;

/// The refusal of a field that does not exist, with the nearest one that does.
pub(crate) fn unknown_field(column: usize, name: &str) -> QueryError {
    /// Every name that the lexer knows.
    const NAMES: [&str; 11] = [
        "title", "text", "body", "content", "lang", "source", "site", "url", "author", "tag", "feed",
    ];
    let lower = name.to_ascii_lowercase();
    let best = NAMES
        .iter()
        .map(|known| (edit_distance(&lower, known), *known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, known)| *distance <= SLIPS_MAX && *distance < known.len());
    let hint = match best {
        Some((_, known)) => format!("did you mean {known}:?"),
        None => format!("put quotes around it to look for the text: \"{name}:...\""),
    };
    QueryError::new(
        QueryFault::UnknownField,
        column,
        format!("unknown field '{name}:' ({hint})"),
    )
}

/// The refusal of an alias that does not exist, with the nearest of `known`.
pub(crate) fn unknown_alias<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let best = known
        .filter(|known| known.len().abs_diff(name.len()) <= SLIPS_MAX)
        .map(|known| (edit_distance(name, known), known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, known)| *distance <= SLIPS_MAX && *distance < known.len());
    match best {
        Some((_, known)) => format!("unknown alias @{name} (did you mean @{known}?)"),
        None => format!("unknown alias @{name}; add it under [aliases]: {name} = [\"...\"]"),
    }
}

/// Levenshtein's distance; only for names, which are short.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
