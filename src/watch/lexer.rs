//! The signs and words of a query, with their columns.
//!
//! Owns what a character sequence is. Never decides how the pieces belong together.

use crate::dedup::TextField;
use crate::watch::fold::Script;
use crate::watch::fold::script_of;
use crate::watch::query_error::QueryError;
use crate::watch::query_error::QueryFault;
use crate::watch::regular::Regular;
use crate::watch::stars::has_letter;
use crate::watch::stars::word;
use crate::watch::syntax::Form;
use crate::watch::syntax::Meta;
use crate::watch::syntax::Order;
use crate::watch::syntax::Shape;
use crate::watch::syntax::Term;

/// Words between two operands where none are named: two names in one sentence (QUERY.md section 1).
const NEAR_DEFAULT: u32 = 5;
/// Beyond this a distance says "same text" (QUERY.md section 3; Meltwater advises at most 10).
const NEAR_MAX: u32 = 50;
/// One piece of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Open,
    Close,
    Or,
    And,
    Not,
    Near(Order, u32),
    Field(TextField),
    Meta(Meta, String),
    Term(Term),
    Alias(String),
    Regular(Regular),
}

/// A piece and the column where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) piece: Piece,
    pub(crate) column: usize,
}

/// Every piece of `text`, in order.
pub(crate) fn pieces(text: &str) -> Result<Vec<Located>, QueryError> {
    let mut lexer = Lexer {
        chars: text.chars().collect(),
        at: 0,
    };
    let mut out = Vec::new();
    while let Some(located) = lexer.next()? {
        out.push(located);
    }
    Ok(out)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Result<Option<Located>, QueryError> {
        self.skip_space();
        let column = self.at;
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        let piece = match first {
            '(' => self.sign(1, Piece::Open),
            ')' => self.sign(1, Piece::Close),
            '|' => self.doubled('|', Piece::Or),
            '&' => self.doubled('&', Piece::And),
            '-' | '!' | '\u{2013}' | '\u{2212}' => self.exclusion(first)?,
            '=' => self.exact()?,
            '@' => self.alias()?,
            '/' => self.regular()?,
            _ if is_quote(first) => Piece::Term(self.phrase(Form::Any)?),
            _ => self.word_or_operator()?,
        };
        Ok(Some(Located { piece, column }))
    }

    fn sign(&mut self, length: usize, piece: Piece) -> Piece {
        self.at += length;
        piece
    }

    fn doubled(&mut self, sign: char, piece: Piece) -> Piece {
        let length = if self.chars.get(self.at + 1) == Some(&sign) {
            2
        } else {
            1
        };
        self.sign(length, piece)
    }

    fn exclusion(&mut self, sign: char) -> Result<Piece, QueryError> {
        match self.chars.get(self.at + 1) {
            Some(next) if !next.is_whitespace() && *next != ')' => Ok(self.sign(1, Piece::Not)),
            _ => Err(QueryError::new(
                QueryFault::SignApart,
                self.at,
                format!("'{sign}' must touch what it excludes; write {sign}word"),
            )),
        }
    }

    fn exact(&mut self) -> Result<Piece, QueryError> {
        let column = self.at;
        self.at += 1;
        match self.peek() {
            Some(c) if is_quote(c) => Ok(Piece::Term(self.phrase(Form::Exact)?)),
            Some(c) if !is_word_end(c) => {
                let start = self.at;
                let raw = self.raw_word();
                word(start, &raw, Form::Exact).map(Piece::Term)
            }
            _ => Err(QueryError::new(
                QueryFault::SignApart,
                column,
                "'=' must touch a word or a phrase; write =word",
            )),
        }
    }

    fn alias(&mut self) -> Result<Piece, QueryError> {
        let column = self.at;
        self.at += 1;
        let name: String = self.chars[self.at..]
            .iter()
            .copied()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
            .collect();
        self.at += name.chars().count();
        if name.is_empty() {
            return Err(QueryError::new(
                QueryFault::UnknownAlias,
                column,
                "'@' needs the name of an alias; write @name",
            ));
        }
        Ok(Piece::Alias(name))
    }

    fn quoted(&mut self) -> Result<String, QueryError> {
        let column = self.at;
        self.at += 1;
        let mut out = String::new();
        while let Some(c) = self.peek() {
            let is_end = is_quote(c) && !self.is_inner_quote();
            self.at += 1;
            if is_end {
                return Ok(out);
            }
            match (c, self.peek()) {
                ('\\', Some(escaped)) => {
                    self.at += 1;
                    out.push(escaped);
                }
                _ => out.push(c),
            }
        }
        Err(QueryError::new(QueryFault::Unbalanced, column, "quote is never closed"))
    }

    fn phrase(&mut self, form: Form) -> Result<Term, QueryError> {
        let column = self.at;
        let text = self.quoted()?;
        if text.trim().is_empty() {
            return Err(QueryError::new(
                QueryFault::NothingInside,
                column,
                "nothing stands between these quotes",
            ));
        }
        if !has_letter(&text) {
            return Err(QueryError::new(
                QueryFault::NoLetters,
                column,
                "this phrase has no letter or digit",
            ));
        }
        Ok(Term {
            text,
            shape: Shape::Phrase,
            form,
            open_start: false,
            open_end: false,
        })
    }

    fn raw_word(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|c| !is_word_end(c) || self.is_inner_quote()) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    /// Whether the quote here stands inside a Hebrew acronym: `צה"ל`.
    fn is_inner_quote(&self) -> bool {
        let is_hebrew = |at: Option<usize>| {
            at.and_then(|at| self.chars.get(at))
                .is_some_and(|c| script_of(*c) == Script::Hebrew && c.is_alphabetic())
        };
        self.peek().is_some_and(is_quote) && is_hebrew(self.at.checked_sub(1)) && is_hebrew(Some(self.at + 1))
    }

    /// `/pattern/` or `/pattern/i`; a slash inside is written `\/`.
    fn regular(&mut self) -> Result<Piece, QueryError> {
        let column = self.at;
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                Some('/') => break,
                Some('\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => {
                    let message =
                        "this pattern is never closed; end it with /, or put quotes around a text with a slash";
                    return Err(QueryError::new(QueryFault::Unbalanced, column, message));
                }
            }
        }
        let source: String = self.chars[start..self.at].iter().collect();
        if source.is_empty() {
            let message = "nothing stands between these slashes";
            return Err(QueryError::new(QueryFault::NothingInside, column, message));
        }
        self.at += 1;
        let flags_at = self.at;
        let is_caseless = match self.raw_word().as_str() {
            "" => false,
            "i" => true,
            _ => {
                let message = "behind a pattern only i may stand, for any case";
                return Err(QueryError::new(QueryFault::Regex, flags_at, message));
            }
        };
        Regular::new(&source, is_caseless)
            .map(Piece::Regular)
            .map_err(|bad| QueryError::new(QueryFault::Regex, start + bad.column, bad.reason))
    }

    fn word_or_operator(&mut self) -> Result<Piece, QueryError> {
        let column = self.at;
        if let Some(piece) = self.field()? {
            return Ok(piece);
        }
        let raw = self.raw_word();
        match raw.as_str() {
            "AND" => return Ok(Piece::And),
            "OR" => return Ok(Piece::Or),
            "NOT" => return Ok(Piece::Not),
            _ => {}
        }
        match near(column, &raw)? {
            Some(piece) => Ok(piece),
            None => word(column, &raw, Form::Any).map(Piece::Term),
        }
    }

    fn field(&mut self) -> Result<Option<Piece>, QueryError> {
        let column = self.at;
        let rest = &self.chars[self.at..];
        let length = rest.iter().take_while(|c| c.is_alphabetic()).count();
        if length == 0 || rest.get(length) != Some(&':') {
            return Ok(None);
        }
        let name: String = rest[..length].iter().collect();
        self.at += length + 1;
        let lower = name.to_ascii_lowercase();
        let meta = match lower.as_str() {
            "title" => return Ok(Some(Piece::Field(TextField::Title))),
            "text" | "body" | "content" => return Ok(Some(Piece::Field(TextField::Text))),
            "lang" => Meta::Lang,
            "source" | "site" => Meta::Source,
            "url" => Meta::Url,
            "author" => Meta::Author,
            "tag" => Meta::Tag,
            "feed" => Meta::Feed,
            _ => return Err(crate::watch::suggestion::unknown_field(column, &name)),
        };
        self.meta_value(column, meta)
            .map(|value| Some(Piece::Meta(meta, value)))
    }

    fn meta_value(&mut self, column: usize, meta: Meta) -> Result<String, QueryError> {
        self.skip_space();
        let value = match self.peek() {
            Some(c) if is_quote(c) => self.quoted()?,
            _ => self.raw_word(),
        };
        if value.trim().is_empty() {
            let name = meta.name();
            return Err(QueryError::new(
                QueryFault::NoValue,
                column,
                format!("'{name}:' has no value; write {name}:value"),
            ));
        }
        Ok(value)
    }
}

fn near(column: usize, raw: &str) -> Result<Option<Piece>, QueryError> {
    let (order, rest) = if let Some(rest) = raw.strip_prefix("NEAR") {
        (Order::Either, rest)
    } else if let Some(rest) = raw.strip_prefix("ONEAR") {
        (Order::Kept, rest)
    } else {
        return Ok(None);
    };
    if rest.is_empty() {
        return Ok(Some(Piece::Near(order, NEAR_DEFAULT)));
    }
    let Some(number) = rest.strip_prefix('/') else {
        return Ok(None);
    };
    match number.parse::<u32>() {
        Ok(n) if (1..=NEAR_MAX).contains(&n) => Ok(Some(Piece::Near(order, n))),
        _ => Err(QueryError::new(
            QueryFault::Near,
            column,
            format!("NEAR distance must be 1 to {NEAR_MAX}; write NEAR/{NEAR_DEFAULT}"),
        )),
    }
}

/// Marks that open and close a phrase, in the writing of several languages.
pub(crate) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '«' | '»' | '\u{ff02}')
}

fn is_word_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '|') || is_quote(c)
}
