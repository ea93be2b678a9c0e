//! Why a query cannot be read, and the picture that shows where.
//!
//! Owns the message, its column and the caret lines. Never decides what a query means.

/// Columns after which a message no longer fits beside its caret: an 80-column terminal less a usual prompt.
const CARET_LINE_COLUMNS_MAX: usize = 72;

/// A query that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// What kind of mistake it is; stays the same when the message is worded better.
    pub code: QueryFault,
    /// Where, in characters from 0.
    pub column: usize,
    /// What is wrong and what to write.
    pub message: String,
}

/// The kinds of mistakes in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueryFault {
    /// There is nothing to look for.
    Empty,
    /// A limit of length, words or depth.
    TooLarge,
    /// An operator without something beside it.
    MissingItem,
    /// A parenthesis, quote or pattern that is never closed, or a parenthesis that closes nothing.
    Unbalanced,
    /// Nothing between parentheses, quotes or slashes.
    NothingInside,
    /// A field that does not exist.
    UnknownField,
    /// A field without a value.
    NoValue,
    /// An alias that does not exist or holds no word.
    UnknownAlias,
    /// A word without a letter or digit.
    NoLetters,
    /// A star inside a word, or with too few letters beside it.
    Star,
    /// A sign that does not touch its item.
    SignApart,
    /// NEAR with a distance that is none, or beside something that has no place.
    Near,
    /// Only exclusions.
    OnlyExclusions,
    /// A regular expression that cannot be used.
    Regex,
}

impl QueryError {
    pub(crate) fn new(code: QueryFault, column: usize, message: impl Into<String>) -> Self {
        Self {
            code,
            column,
            message: message.into(),
        }
    }

    /// The query, and below it a caret under the wrong place with the message beside it.
    ///
    /// Counts wide characters (Chinese, Japanese, Korean) as two columns and combining marks as none.
    pub fn caret(&self, query: &str) -> String {
        let shown: String = query.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let indent: usize = shown.chars().take(self.column).map(width).sum();
        let pad = " ".repeat(indent);
        if indent + self.message.chars().count() <= CARET_LINE_COLUMNS_MAX {
            format!("{shown}\n{pad}^ {}", self.message)
        } else {
            format!("{shown}\n{pad}^\n{}", self.message)
        }
    }
}

/// Columns that a terminal gives to a character: Unicode Standard Annex 11, wide and full-width as two.
fn width(c: char) -> usize {
    if unicode_normalization::char::is_combining_mark(c)
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{202a}'..='\u{202e}')
    {
        return 0;
    }
    match c {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}
