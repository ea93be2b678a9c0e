//! How a query reads back: every group in parentheses, every operator written out.
//!
//! Reading the printed form gives the same query. Never changes a query.

use std::fmt::Display;
use std::fmt::Formatter;
use std::fmt::Result;

use crate::dedup::TextField;
use crate::watch::lexer::is_quote;
use crate::watch::syntax::Expr;
use crate::watch::syntax::Form;
use crate::watch::syntax::Order;
use crate::watch::syntax::Shape;
use crate::watch::syntax::Term;

/// The name of a field in a query.
pub(crate) fn field_name(field: TextField) -> &'static str {
    match field {
        TextField::Title => "title",
        TextField::Text => "text",
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Expr::Or(parts) => joined(f, parts, " OR "),
            Expr::And(parts) => joined(f, parts, " AND "),
            Expr::Not(inner) => {
                f.write_str("NOT ")?;
                grouped(f, inner)
            }
            Expr::Near(near) => {
                grouped(f, &near.left)?;
                let name = match near.order {
                    Order::Either => "NEAR",
                    Order::Kept => "ONEAR",
                };
                write!(f, " {name}/{} ", near.distance)?;
                grouped(f, &near.right)
            }
            Expr::Field(field, inner) => {
                write!(f, "{}:", field_name(*field))?;
                grouped(f, inner)
            }
            Expr::Meta(meta, value) => {
                write!(f, "{}:", meta.name())?;
                let is_plain = value
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'));
                if is_plain { f.write_str(value) } else { quoted(f, value) }
            }
            Expr::Term(term) => term.fmt(f),
            Expr::Regular(regular) => regular.fmt(f),
        }
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if self.form == Form::Exact {
            f.write_str("=")?;
        }
        match self.shape {
            Shape::Phrase => quoted(f, &self.text),
            Shape::Word => {
                let star = |is_open| if is_open { "*" } else { "" };
                write!(f, "{}{}{}", star(self.open_start), self.text, star(self.open_end))
            }
        }
    }
}

fn joined(f: &mut Formatter<'_>, parts: &[Expr], between: &str) -> Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        match part {
            Expr::Or(_) | Expr::And(_) => grouped(f, part)?,
            Expr::Not(_) | Expr::Near(_) | Expr::Field(..) | Expr::Meta(..) | Expr::Term(_) | Expr::Regular(_) => {
                part.fmt(f)?
            }
        }
    }
    Ok(())
}

fn grouped(f: &mut Formatter<'_>, part: &Expr) -> Result {
    match part {
        Expr::Or(_) | Expr::And(_) | Expr::Not(_) | Expr::Near(_) => write!(f, "({part})"),
        Expr::Field(..) | Expr::Meta(..) | Expr::Term(_) | Expr::Regular(_) => part.fmt(f),
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str) -> Result {
    f.write_str("\"")?;
    for c in text.chars() {
        if is_quote(c) || c == '\\' {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}
