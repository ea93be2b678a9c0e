//! Tags and text of a document that may be damaged: every input becomes tokens.
//!
//! Never recurses and never fails: what is no tag is text. Each byte is looked at a bounded number of times.
//!
//! Our own, after a comparison on the corpus (entries counted by their tags; whole reader beside it): quick-xml 0.42 stops at
//! the first broken tag (99.5 % of well-formed and 96.9 % of broken feeds right); xml5ever 0.36 reads those (99.7 %, 100 %),
//! but takes three times as long as the whole of our reader, and tells no place in the text for a warning.

use crate::feed::entities::Entities;
use crate::feed::entities::unescape;

/// Longest tag, attributes included: larger ones are damage (an attribute without its closing quote).
const TAG_MAX: usize = 64 * 1024;

/// Most attributes of one tag; the richest of the corpus has 34 (namespaces of a root).
const ATTRIBUTES_MAX: usize = 128;

/// Most entities that a document may declare.
const ENTITIES_MAX: usize = 512;

/// Longest value of such an entity: words and signs, never a text that grows by repetition.
const ENTITY_MAX: usize = 256;

/// One piece of a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// An opening or self-closed tag.
    Start(Tag<'a>),
    /// A closing tag, by its name.
    End(&'a str),
    /// Text with its references as written.
    Text(&'a str),
    /// Text without references.
    Cdata(&'a str),
}

/// An opening tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tag<'a> {
    /// The name with its prefix, as written.
    pub(super) name: &'a str,
    /// Everything between the name and `>`.
    attributes: &'a str,
    /// Whether it ends in `/>`.
    pub(super) is_empty: bool,
}

impl<'a> Tag<'a> {
    /// Names and values as written, first to last; HTML's forms without quotes or value count.
    pub(super) fn attributes(&self) -> Vec<(&'a str, &'a str)> {
        let mut found = Vec::new();
        let mut rest = self.attributes.trim_start();
        while !rest.is_empty() && found.len() < ATTRIBUTES_MAX {
            let end = rest.find(|c: char| c.is_whitespace() || c == '=');
            let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
            let Some(value) = after.trim_start().strip_prefix('=') else {
                found.push((name, ""));
                rest = after.trim_start();
                continue;
            };
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (value, after) = match quote {
                Some(quote) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
                None => value.split_once(char::is_whitespace).unwrap_or((value, "")),
            };
            found.push((name, value));
            rest = after.trim_start();
        }
        found
    }
}

/// The tokens of a document, in order.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Ends of comments and the like that the rest of the document does not hold, so that none is sought twice.
    missing: Vec<&'static str>,
    /// The next end of a CDATA section that was found, so that none is sought twice.
    cdata_end: Option<usize>,
    /// Whether a document type was read.
    has_doctype: bool,
    /// Entities that the document declares itself.
    pub(super) entities: Entities,
    /// The name of the last opening tag: a CDATA section is its value.
    last_start: &'a str,
    /// Where a CDATA section without end began.
    pub(super) open_cdata: Option<usize>,
}

impl<'a> Tokens<'a> {
    /// The tokens of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            missing: Vec::new(),
            cdata_end: None,
            has_doctype: false,
            entities: Entities::default(),
            last_start: "",
            open_cdata: None,
        }
    }

    /// The next token with the place where it starts.
    pub(super) fn next(&mut self) -> Option<(usize, Token<'a>)> {
        loop {
            let start = self.at;
            let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
            if !rest.starts_with('<') {
                return Some((start, self.text_token(rest, 0)));
            }
            if let Some(after) = rest.strip_prefix("<![CDATA[") {
                return Some((start, self.cdata(after)));
            }
            if rest.starts_with("<!--") {
                self.comment(rest);
            } else if rest.starts_with("<?") {
                self.skip_past(rest, ">");
            } else if rest.get(..9).is_some_and(|d| d.eq_ignore_ascii_case("<!DOCTYPE")) {
                self.doctype(rest);
            } else if rest.starts_with("<!") {
                self.skip_past(rest, ">");
            } else {
                return Some((start, self.tag(rest)));
            }
        }
    }

    /// Where the tokens continue.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Text up to the next `<` that may begin something else.
    fn text_token(&mut self, rest: &'a str, from: usize) -> Token<'a> {
        let may_begin = |c: char| c.is_alphabetic() || matches!(c, '_' | '/' | '!' | '?');
        let mut places = rest[from..].match_indices('<').map(|(at, _)| at + from);
        let end = places.find(|at| rest[at + 1..].chars().next().is_none_or(may_begin));
        let end = end.unwrap_or(rest.len());
        self.at += end;
        Token::Text(&rest[..end])
    }

    fn skip_past(&mut self, rest: &str, end: &'static str) {
        let found = (!self.missing.contains(&end)).then(|| rest.find(end)).flatten();
        if found.is_none() && !self.missing.contains(&end) {
            self.missing.push(end);
        }
        // Without its end, only the mark itself is skipped: the rest may still hold entries.
        self.at += found.map_or(2, |at| at + end.len());
    }

    /// Skips a comment; one that meets the next before its end was never closed (XML 1.0 section 2.5 allows no `--` inside).
    fn comment(&mut self, rest: &str) {
        const START: &str = "<!--";
        let next = (!self.missing.contains(&START))
            .then(|| rest[START.len()..].find(START))
            .flatten();
        let Some(next) = next.map(|at| at + START.len()) else {
            self.missing.push(START);
            return self.skip_past(rest, "-->");
        };
        self.at += rest[..next].find("-->").map_or(START.len(), |end| end + "-->".len());
    }

    /// A CDATA section; one whose end is missing stops at the closing tag of its entry.
    fn cdata(&mut self, after: &'a str) -> Token<'a> {
        let start = self.at + "<![CDATA[".len();
        if self.cdata_end.is_none_or(|end| end < start) {
            let end = after.find("]]>").map_or(self.text.len(), |at| start + at);
            self.cdata_end = Some(end);
        }
        let end = self.cdata_end.unwrap_or(self.text.len());
        let inside = self.text.get(start..end).unwrap_or_default();
        let is_closed = end < self.text.len();
        let lost = match inside.find("<![CDATA[") {
            Some(next) => own_end(&inside[..next], self.last_start).or_else(|| entry_end(&inside[..next])),
            None if is_closed => None,
            None => entry_end(inside),
        };
        if let Some(lost) = lost {
            self.open_cdata.get_or_insert(self.at);
            self.at = start + lost;
            return Token::Cdata(&inside[..lost]);
        }
        self.at = end + if is_closed { "]]>".len() } else { 0 };
        Token::Cdata(inside)
    }

    fn tag(&mut self, rest: &'a str) -> Token<'a> {
        let is_end = rest.starts_with("</");
        let name_at = 1 + usize::from(is_end);
        let is_name = |c: char| c.is_alphabetic() || c == '_';
        let Some(length) = rest[name_at..].starts_with(is_name).then(|| tag_length(rest)).flatten() else {
            return self.text_token(rest, 1);
        };
        self.at += length;
        let inside = rest[name_at..length].trim_end_matches('>');
        let is_empty = inside.ends_with('/');
        let inside = if is_empty { &inside[..inside.len() - 1] } else { inside };
        let name_end = inside.find(|c: char| c.is_whitespace() || c == '/' || c == '"');
        let (name, attributes) = inside.split_at(name_end.unwrap_or(inside.len()));
        if is_end {
            return Token::End(name);
        }
        self.last_start = name;
        Token::Start(Tag {
            name,
            attributes,
            is_empty,
        })
    }

    /// Skips a document type and keeps the entities of its internal subset; a document has one (XML 1.0 section 2.8).
    fn doctype(&mut self, rest: &'a str) {
        if std::mem::replace(&mut self.has_doctype, true) {
            return self.skip_past(rest, ">");
        }
        let subset = rest.find('[').filter(|at| rest.find('>').is_some_and(|end| *at < end));
        let Some((from, to)) = subset.and_then(|from| Some((from, from + rest[from..].find(']')?))) else {
            return self.skip_past(rest, ">");
        };
        for declaration in rest[from..to].split("<!ENTITY").skip(1).take(ENTITIES_MAX) {
            let Some((name, value)) = declaration.trim().split_once(char::is_whitespace) else {
                continue;
            };
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            if let Some((value, _)) = quote.and_then(|quote| value[1..].split_once(quote)) {
                let value = unescape(value, &self.entities);
                if value.len() > ENTITY_MAX {
                    continue;
                }
                self.entities.declare(name, value);
            }
        }
        self.at += to;
        self.skip_past(&rest[to..], ">");
    }
}

/// Where the closing tag `name` stands; CDATA sections do not nest, so the next one shows that this one is over.
fn own_end(text: &str, name: &str) -> Option<usize> {
    let is_own = |(at, _): &(usize, &str)| {
        text[at + 2..]
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('>'))
    };
    text.match_indices("</").find(is_own).map(|(at, _)| at)
}

/// Elements that hold text, in which a CDATA section may lose its end.
const BODIES: [&str; 5] = ["description", "title", "content", "summary", "content:encoded"];

/// Elements that hold those.
const ENTRIES: [&str; 4] = ["item", "entry", "channel", "feed"];

/// Where the closing tag of the body stands that precedes the first closing tag of an entry.
fn entry_end(text: &str) -> Option<usize> {
    let mut field = None;
    for (at, _) in text.match_indices("</") {
        let is_close_of = |name: &&str| {
            let rest = text[at + 2..].strip_prefix(*name);
            rest.is_some_and(|rest| rest.starts_with('>') || rest.is_empty())
        };
        if ENTRIES.iter().any(is_close_of) {
            return field.or(Some(at));
        }
        if BODIES.iter().any(is_close_of) {
            field.get_or_insert(at);
        }
    }
    None
}

/// The bytes of the tag at the start of `rest`, `>` included; none where it is no tag.
fn tag_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut quote = None;
    let mut previous = b' ';
    for (at, byte) in rest.bytes().enumerate().take(TAG_MAX).skip(1) {
        match (quote, byte) {
            (Some((open, from)), _) if open == byte => {
                quote = None;
                if let Some(lost) = lost_quote_end(bytes, from, at) {
                    return Some(lost);
                }
            }
            (Some(_), _) => {}
            (None, b'"' | b'\'') if previous == b'=' => quote = Some((byte, at)),
            (None, b'>') => return Some(at + 1),
            (None, b'<') => return None,
            (None, _) => {}
        }
        if !byte.is_ascii_whitespace() {
            previous = byte;
        }
    }
    // A quote that never closes: the first `>` ends the tag.
    let (_, from) = quote?;
    let found = rest.bytes().take(TAG_MAX).skip(from).position(|b| b == b'>');
    found.map(|at| from + at + 1)
}

/// Where a tag ends whose quote at `from` seems to be closed only by a later tag's, at `to`.
///
/// No value holds `<` (XML 1.0 section 3.1). Markup in a value of HTML begins with its `<`; a `>` or `</` before
/// any other is the tag's own end, or the next tag.
fn lost_quote_end(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    let value = bytes.get(from..to)?;
    let first = value.iter().position(|byte| *byte == b'<')?;
    let is_tag = |rest: &[u8]| {
        rest.get(1)
            .is_some_and(|next| *next == b'/' || next.is_ascii_alphabetic())
    };
    if let Some(end) = value[..first].iter().position(|byte| *byte == b'>') {
        return is_tag(&value[first..]).then_some(from + end + 1);
    }
    value[first..].starts_with(b"</").then_some(from + first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> String {
        let mut tokens = Tokens::new(text);
        let mut shown = String::new();
        while let Some((_, token)) = tokens.next() {
            shown += &match token {
                Token::Start(tag) => format!("<{}{:?}>", tag.name, tag.attributes()),
                Token::End(name) => format!("</{name}>"),
                Token::Text(text) => format!("'{text}'"),
                Token::Cdata(text) => format!("[{text}]"),
            };
        }
        shown
    }

    #[test]
    fn every_input_becomes_tokens() {
        let check = |text: &str, expected: &str| assert_eq!(tokens(text), expected);
        check("<?xml?><a b=c d='>'/>1 < 2", r#"<a[("b", "c"), ("d", ">")]>'1 < 2'"#);
        check("<!-- <x> --><a><![CDATA[<b>]]></a>", "<a[]>[<b>]</a>");
        check("<a <b>", "'<a '<b[]>");
        check("<a b='x>y</a><c d='z'/>", r#"<a[("b", "x")]>'y'</a><c[("d", "z")]>"#);
        check("<a b='x</a><c d='z'/>", r#"<a[("b", "x")]></a><c[("d", "z")]>"#);
        check("<a b='<i>x</i>'/>", r#"<a[("b", "<i>x</i>")]>"#);
        check("<é", "'<é'");
        check("<a checked b>", r#"<a[("checked", ""), ("b", "")]>"#);
        check("<!DOCTYPE x [<!ENTITY y 'z'>]><x>", "<x[]>");
    }
}
