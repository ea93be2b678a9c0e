//! How the pieces of a query belong together.
//!
//! Owns the grammar: NOT binds tighter than AND, AND tighter than OR; NEAR binds tightest. Never looks at documents.

use crate::dedup::TextField;
use crate::watch::lexer::Located;
use crate::watch::lexer::Piece;
use crate::watch::lexer::pieces;
use crate::watch::query_error::QueryError;
use crate::watch::query_error::QueryFault;
use crate::watch::stars::word;
use crate::watch::syntax::Aliases;
use crate::watch::syntax::Expr;
use crate::watch::syntax::Form;
use crate::watch::syntax::Near;
use crate::watch::syntax::Order;
use crate::watch::syntax::Shape;
use crate::watch::syntax::Term;

/// Bytes of a query: several screens of names (QUERY.md section 3).
const QUERY_BYTES_MAX: usize = 4096;
/// Words and phrases of a query, aliases expanded (QUERY.md section 3).
const TERMS_MAX: usize = 256;
/// Parentheses and fields inside each other; it also bounds the recursion (QUERY.md section 3).
const DEPTH_MAX: usize = 32;

/// Reads `text`.
pub(crate) fn read(text: &str, aliases: &Aliases) -> Result<Expr, QueryError> {
    if text.len() > QUERY_BYTES_MAX {
        return Err(QueryError::new(
            QueryFault::TooLarge,
            0,
            format!(
                "a query may have {QUERY_BYTES_MAX} bytes and this one has {}; split it into two watches",
                text.len()
            ),
        ));
    }
    let mut parser = Parser {
        pieces: pieces(text)?,
        at: 0,
        end: text.trim_end().chars().count(),
        depth: 0,
        terms: 0,
        only_exclusions: None,
        aliases,
    };
    if parser.pieces.is_empty() {
        return Err(QueryError::new(
            QueryFault::Empty,
            0,
            "this query is empty; write a word to look for",
        ));
    }
    let expr = parser.or()?;
    if expr.depth() > DEPTH_MAX {
        let message = format!("written out, this has more than {DEPTH_MAX} groups inside each other; write it flatter");
        return Err(QueryError::new(QueryFault::TooLarge, 0, message));
    }
    if let Some(rest) = parser.pieces.get(parser.at) {
        return Err(QueryError::new(
            QueryFault::Unbalanced,
            rest.column,
            "')' closes nothing",
        ));
    }
    if !expr.needs_presence() {
        return Err(QueryError::new(
            QueryFault::OnlyExclusions,
            parser.only_exclusions.unwrap_or_else(|| parser.first_exclusion()),
            "a watch needs at least one thing to look for beside what it excludes",
        ));
    }
    Ok(expr)
}

struct Parser<'a> {
    pieces: Vec<Located>,
    at: usize,
    /// The column behind the last piece.
    end: usize,
    depth: usize,
    terms: usize,
    /// Where the first alternative begins that only excludes.
    only_exclusions: Option<usize>,
    aliases: &'a Aliases,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Piece> {
        self.pieces.get(self.at).map(|located| &located.piece)
    }

    fn column(&self) -> usize {
        self.pieces.get(self.at).map_or(self.end, |located| located.column)
    }

    fn first_exclusion(&self) -> usize {
        self.pieces
            .iter()
            .find(|located| located.piece == Piece::Not)
            .map_or(0, |located| located.column)
    }

    fn or(&mut self) -> Result<Expr, QueryError> {
        let mut parts = vec![self.alternative()?];
        while self.peek() == Some(&Piece::Or) {
            self.at += 1;
            parts.push(self.alternative()?);
        }
        Ok(Expr::or(parts))
    }

    fn alternative(&mut self) -> Result<Expr, QueryError> {
        let column = self.column();
        let part = self.and()?;
        if self.depth == 0 && !part.needs_presence() {
            self.only_exclusions.get_or_insert(column);
        }
        Ok(part)
    }

    fn and(&mut self) -> Result<Expr, QueryError> {
        let mut parts = vec![self.not()?];
        loop {
            match self.peek() {
                Some(Piece::And) => self.at += 1,
                None | Some(Piece::Or | Piece::Close) => return Ok(Expr::and(parts)),
                Some(
                    Piece::Open
                    | Piece::Not
                    | Piece::Near(..)
                    | Piece::Field(_)
                    | Piece::Meta(..)
                    | Piece::Term(_)
                    | Piece::Regular(_)
                    | Piece::Alias(_),
                ) => {}
            }
            parts.push(self.not()?);
        }
    }

    fn not(&mut self) -> Result<Expr, QueryError> {
        let mut is_negative = false;
        while self.peek() == Some(&Piece::Not) {
            self.at += 1;
            is_negative = !is_negative;
        }
        let inner = self.near()?;
        Ok(if is_negative { Expr::negate(inner) } else { inner })
    }

    fn near(&mut self) -> Result<Expr, QueryError> {
        let start = self.column();
        let mut left = self.atom()?;
        // A chain nests to the left, so its links count as depth for everything that walks the tree.
        let mut links = 0;
        while let Some(&Piece::Near(order, distance)) = self.peek() {
            check_operand(start, &left)?;
            self.at += 1;
            links += 1;
            self.check_depth(links)?;
            let column = self.column();
            let right = self.atom()?;
            check_operand(column, &right)?;
            left = near(left, right, distance, order);
        }
        Ok(left)
    }

    fn check_depth(&self, more: usize) -> Result<(), QueryError> {
        if self.depth + more > DEPTH_MAX {
            return Err(QueryError::new(
                QueryFault::TooLarge,
                self.column(),
                format!("more than {DEPTH_MAX} groups inside each other; write it flatter"),
            ));
        }
        Ok(())
    }

    fn atom(&mut self) -> Result<Expr, QueryError> {
        let column = self.column();
        let Some(piece) = self.peek().cloned() else {
            return Err(QueryError::new(
                QueryFault::MissingItem,
                self.end,
                "something is missing here",
            ));
        };
        self.check_depth(1)?;
        match piece {
            Piece::Open => self.group(column),
            Piece::Field(field) => self.field(column, field),
            Piece::Meta(meta, value) => {
                self.at += 1;
                self.count_terms(column, 1)?;
                Ok(Expr::Meta(meta, value))
            }
            Piece::Term(term) => {
                self.at += 1;
                self.count_terms(column, 1)?;
                Ok(Expr::Term(term))
            }
            Piece::Regular(regular) => {
                self.at += 1;
                self.count_terms(column, 1)?;
                Ok(Expr::Regular(Box::new(regular)))
            }
            Piece::Alias(name) => self.alias(column, &name),
            Piece::Close if self.depth == 0 => {
                Err(QueryError::new(QueryFault::Unbalanced, column, "')' closes nothing"))
            }
            Piece::Not => Err(QueryError::new(
                QueryFault::Near,
                column,
                "a NEAR operand or a field takes no exclusion; exclude it outside",
            )),
            Piece::Close | Piece::Or | Piece::And | Piece::Near(..) => Err(QueryError::new(
                QueryFault::MissingItem,
                column,
                "something is missing here",
            )),
        }
    }

    fn group(&mut self, column: usize) -> Result<Expr, QueryError> {
        self.at += 1;
        if self.peek() == Some(&Piece::Close) {
            return Err(QueryError::new(
                QueryFault::NothingInside,
                column,
                "nothing stands between these parentheses",
            ));
        }
        if self.peek().is_none() {
            return Err(QueryError::new(QueryFault::Unbalanced, column, "'(' is never closed"));
        }
        self.depth += 1;
        let inner = self.or()?;
        self.depth -= 1;
        if self.peek() != Some(&Piece::Close) {
            return Err(QueryError::new(QueryFault::Unbalanced, column, "'(' is never closed"));
        }
        self.at += 1;
        Ok(inner)
    }

    fn field(&mut self, column: usize, field: TextField) -> Result<Expr, QueryError> {
        self.at += 1;
        if self.peek().is_none() {
            let name = crate::watch::printer::field_name(field);
            return Err(QueryError::new(
                QueryFault::NoValue,
                column,
                format!("'{name}:' has no value; write {name}:word"),
            ));
        }
        self.depth += 1;
        let inner = self.atom()?;
        self.depth -= 1;
        Ok(Expr::Field(field, Box::new(inner)))
    }

    fn alias(&mut self, column: usize, name: &str) -> Result<Expr, QueryError> {
        self.at += 1;
        let forms = self.aliases.get(name);
        let Some(forms) = forms.or_else(|| self.aliases.get(&name.to_lowercase())) else {
            return Err(QueryError::new(
                QueryFault::UnknownAlias,
                column,
                crate::watch::suggestion::unknown_alias(name, self.aliases.keys()),
            ));
        };
        self.count_terms(column, forms.len())?;
        let parts: Vec<Expr> = forms
            .iter()
            .filter_map(|form| alias_term(form))
            .map(Expr::Term)
            .collect();
        if parts.is_empty() {
            return Err(QueryError::new(
                QueryFault::UnknownAlias,
                column,
                format!("alias @{name} holds no word"),
            ));
        }
        Ok(Expr::or(parts))
    }

    fn count_terms(&mut self, column: usize, more: usize) -> Result<(), QueryError> {
        self.terms += more;
        if self.terms > TERMS_MAX {
            return Err(QueryError::new(
                QueryFault::TooLarge,
                column,
                format!("a query may have {TERMS_MAX} words and phrases; split it into two watches"),
            ));
        }
        Ok(())
    }
}

fn near(left: Expr, right: Expr, distance: u32, order: Order) -> Expr {
    Expr::Near(Box::new(Near {
        left,
        right,
        distance,
        order,
    }))
}

/// NEAR compares places, so its operands must have one: words, phrases and groups of alternatives.
fn check_operand(column: usize, operand: &Expr) -> Result<(), QueryError> {
    let is_placed = match operand {
        Expr::Term(_) | Expr::Near(_) => true,
        Expr::Or(parts) => parts.iter().all(|part| check_operand(column, part).is_ok()),
        Expr::And(_) | Expr::Not(_) | Expr::Field(..) | Expr::Meta(..) | Expr::Regular(_) => false,
    };
    if is_placed {
        Ok(())
    } else {
        Err(QueryError::new(
            QueryFault::Near,
            column,
            "NEAR takes words, phrases and OR groups of them; put AND, NOT, fields and patterns outside",
        ))
    }
}

fn alias_term(form: &str) -> Option<Term> {
    let form = form.trim();
    let is_plain = pieces(form).is_ok_and(|read| {
        matches!(
            &read[..],
            [Located {
                piece: Piece::Term(_),
                ..
            }]
        )
    });
    if is_plain && !form.starts_with(crate::watch::lexer::is_quote) && !form.starts_with('=') {
        return word(0, form, Form::Any).ok();
    }
    let has_token = !crate::watch::tokens::tokenise_term(form).tokens.is_empty();
    has_token.then(|| Term {
        text: form.to_owned(),
        shape: Shape::Phrase,
        form: Form::Any,
        open_start: false,
        open_end: false,
    })
}
