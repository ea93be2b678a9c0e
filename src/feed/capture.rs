//! The value of one field while it is read: text, CDATA and markup, and when it ends although its closing tag is lost.

use url::Url;

use crate::base64;
use crate::feed::dates::read_date;
use crate::feed::draft::Draft;
use crate::feed::draft::absolute;
use crate::feed::draft::is_web;
use crate::feed::entities::Entities;
use crate::feed::entities::has_bare_ampersand;
use crate::feed::entities::unescape;
use crate::feed::entities::unescape_own;
use crate::feed::tokens::Tag;
use crate::feed::tokens::Token;
use crate::feed::vocabulary::Field;
use crate::feed::vocabulary::Vocabulary;
use crate::feed::vocabulary::field;
use crate::feed::vocabulary::is_html_too;

#[derive(Debug)]
enum Piece<'a> {
    Text(&'a str),
    Cdata(&'a str),
    Markup(&'a str),
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// RSS, Atom `html` or none declared.
    Html,
    /// Atom text: `<` is a character.
    Plain,
    /// Markup as elements: names inside are not the feed's.
    Elements,
    /// Atom 0.3 `mode="base64"`.
    Base64,
}

/// One open field.
#[derive(Debug)]
pub(super) struct Capture<'a> {
    /// Which field.
    pub(super) field: Field,
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    base: Url,
    form: Form,
    pieces: Vec<Piece<'a>>,
    /// Elements open inside it.
    depth: usize,
    /// Elements of the field's own name, and of entries, open inside it.
    nested: usize,
    nested_entries: usize,
}

impl<'a> Capture<'a> {
    /// The field of the opening tag `name`.
    pub(super) fn new(
        field: Field,
        name: &'a str,
        attributes: Vec<(&'a str, &'a str)>,
        base: Url,
        is_atom: bool,
    ) -> Self {
        let value = |wanted: &str| {
            let found = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.trim().to_ascii_lowercase())
        };
        let kind = value("type").unwrap_or_default();
        let mode = value("mode").unwrap_or_default();
        let form = if mode == "base64" {
            Form::Base64
        } else if kind == "xhtml"
            || mode == "xml" && kind != "text/plain"
            || kind.contains("xml") && mode != "escaped"
            || field == Field::Author && is_atom
        {
            Form::Elements
        } else if is_atom
            && mode.is_empty()
            && matches!(kind.as_str(), "" | "text" | "text/plain")
            && value("src").is_none()
            || kind == "text/plain" && is_atom
        {
            Form::Plain
        } else {
            Form::Html
        };
        Self {
            field,
            name,
            attributes,
            base,
            form,
            pieces: Vec::new(),
            depth: 0,
            nested: 0,
            nested_entries: 0,
        }
    }

    /// Whether the start of another element shows that this field's closing tag is lost.
    pub(super) fn is_closed_by(&self, vocabulary: Vocabulary, local: &str) -> bool {
        let is_entry = matches!(local, "item" | "entry");
        let is_field = field(vocabulary, local).is_some();
        match vocabulary {
            Vocabulary::Foreign => false,
            Vocabulary::Core | Vocabulary::Atom if self.form == Form::Elements => {
                // Outside the elements that it holds, a field is no longer its own.
                let is_after = self.depth == 0 && self.pieces.iter().any(|piece| matches!(piece, Piece::Markup(_)));
                is_after && (is_entry || is_field) && self.field.is_body()
            }
            Vocabulary::Core | Vocabulary::Atom => {
                let is_person = self.field == Field::Author && matches!(local, "name" | "email" | "uri" | "url" | "id");
                let may_be_markup = self.field.is_body() && is_html_too(local);
                (is_entry || is_field && !may_be_markup) && !is_person
            }
            Vocabulary::Dublin
            | Vocabulary::Content
            | Vocabulary::Media
            | Vocabulary::Itunes
            | Vocabulary::OriginalLink
            | Vocabulary::Module => self.form != Form::Elements,
        }
    }

    /// Adds text, CDATA or a closing tag; `raw` is the token as written.
    pub(super) fn push(&mut self, token: Token<'a>, raw: &'a str) {
        self.pieces.push(match token {
            Token::Text(text) => Piece::Text(text),
            Token::Cdata(text) => Piece::Cdata(text),
            Token::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Piece::Markup(raw)
            }
            Token::Start(_) => Piece::Markup(raw),
        });
    }

    /// Adds an opening tag.
    pub(super) fn push_start(&mut self, tag: Tag<'a>, raw: &'a str) {
        if !tag.is_empty {
            self.depth += 1;
            self.nested += usize::from(tag.name.eq_ignore_ascii_case(self.name));
            self.nested_entries += usize::from(matches!(tag.name, "item" | "entry"));
        }
        self.pieces.push(Piece::Markup(raw));
    }

    /// Whether the closing tag `name` is this field's own.
    pub(super) fn ends_at(&mut self, name: &str) -> bool {
        let is_own = name.eq_ignore_ascii_case(self.name);
        let ends = is_own && self.nested == 0;
        self.nested = self.nested.saturating_sub(usize::from(is_own));
        ends
    }

    /// Whether the closing tag of something around this field is really outside it.
    pub(super) fn may_be_left(&mut self, local: &str) -> bool {
        if matches!(local, "item" | "entry") && self.nested_entries > 0 {
            self.nested_entries -= 1;
            return false;
        }
        self.nested_entries == 0
    }

    /// Where an `&` stands that starts no reference.
    pub(super) fn bare_ampersand(&self, document: &str) -> Option<usize> {
        let piece = self.pieces.iter().find_map(|piece| match piece {
            Piece::Text(text) if has_bare_ampersand(text) => Some(*text),
            Piece::Text(_) | Piece::Cdata(_) | Piece::Markup(_) => None,
        })?;
        let at = piece.find('&')?;
        Some((piece.as_ptr() as usize).saturating_sub(document.as_ptr() as usize) + at)
    }

    /// The value: as HTML where it holds markup, with references replaced once where it does not.
    pub(super) fn text(&self, own: &Entities) -> String {
        let has_markup = self.pieces.iter().any(|piece| matches!(piece, Piece::Markup(_)));
        let is_elements = self.form == Form::Elements;
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Markup(raw) => text.push_str(raw),
                Piece::Text(raw) if has_markup || is_elements => text.push_str(&unescape_own(raw, own)),
                Piece::Text(raw) => text.push_str(&unescape(raw, own)),
                Piece::Cdata(raw) if is_elements => text.push_str(&escape_html(raw)),
                Piece::Cdata(raw) => text.push_str(raw),
            }
        }
        let text = text.trim().to_owned();
        match self.form {
            Form::Html | Form::Elements => text,
            Form::Plain if has_markup || !text.contains(['<', '&']) => text,
            Form::Plain => escape_html(&text),
            Form::Base64 => in_base64(&text).unwrap_or(text),
        }
    }

    /// Puts the value into the draft.
    pub(super) fn fill(&self, draft: &mut Draft, own: &Entities) {
        let text = self.text(own);
        let entry = &mut draft.entry;
        match self.field {
            Field::Title => keep_first(&mut entry.title, text),
            Field::OtherTitle(rank) => keep_better(&mut draft.other_title, rank, text),
            Field::Summary => keep_first(&mut entry.summary, text),
            Field::OtherSummary(rank) => keep_better(&mut draft.other_summary, rank, text),
            Field::Content => keep_first(&mut entry.content, text),
            Field::Published => draft.publish(&text),
            Field::OtherPublished => draft.publish_otherwise(&text),
            Field::Updated => entry.updated = entry.updated.or_else(|| read_date(&text)),
            Field::Created => draft.created = draft.created.or_else(|| read_date(&text)),
            Field::Author => keep_first(&mut entry.author, person(&text)),
            Field::Language => keep_first(&mut entry.language, text),
            Field::Category => {
                let term = self.value("term", own).or_else(|| self.value("label", own));
                draft.add_tag(&term.unwrap_or(text));
            }
            Field::Ttl => {}
            Field::Link => self.fill_link(draft, &plain(&text), own),
            Field::Guid => {
                draft.is_permalink = self
                    .value("ispermalink", own)
                    .is_none_or(|v| !v.eq_ignore_ascii_case("false"));
                keep_first(&mut draft.guid, plain(&text));
            }
            Field::AtomId => keep_first(&mut draft.guid, plain(&text)),
            Field::Via if is_web(&text) => draft.add_link(absolute(&self.base, &text), "via"),
            Field::Via => {}
            Field::OriginalLink if text.is_empty() => {}
            Field::OriginalLink => draft.add_link(absolute(&self.base, &text), "feedburner:origLink"),
            Field::Enclosure => {
                let href = self.value("url", own).or_else(|| self.value("href", own));
                draft.add_link(absolute(&self.base, &href.unwrap_or(text)), "enclosure");
            }
            Field::Comments => draft.add_link(absolute(&self.base, &text), "replies"),
        }
    }

    fn fill_link(&self, draft: &mut Draft, text: &str, own: &Entities) {
        let rel = self.value("rel", own).filter(|rel| !rel.is_empty());
        let rel = rel.map(|rel| rel.rsplit('/').next().unwrap_or_default().to_ascii_lowercase());
        let rel = rel.as_deref().unwrap_or("alternate");
        match self.value("href", own) {
            Some(href) => draft.add_link(absolute(&self.base, &href), rel),
            None if rel == "alternate" => keep_first(&mut draft.rss_link, absolute(&self.base, text)),
            None => draft.add_link(absolute(&self.base, text), rel),
        }
    }

    fn value(&self, wanted: &str, own: &Entities) -> Option<String> {
        let named = |name: &str| name.rsplit(':').next().unwrap_or(name).eq_ignore_ascii_case(wanted);
        let found = self.attributes.iter().find(|(name, _)| named(name))?;
        Some(unescape(found.1, own).trim().to_owned())
    }
}

fn keep_first(slot: &mut Option<String>, text: String) {
    if slot.is_none() && !text.is_empty() {
        *slot = Some(text);
    }
}

fn keep_better(slot: &mut Option<(u8, String)>, rank: u8, text: String) {
    if !text.is_empty() && slot.as_ref().is_none_or(|(known, _)| rank < *known) {
        *slot = Some((rank, text));
    }
}

/// Addresses and ids are text, also where their feed wrote them for HTML.
fn plain(text: &str) -> String {
    match text.contains("&amp;") {
        true => text.replace("&amp;", "&"),
        false => text.to_owned(),
    }
}

/// Text as HTML.
pub(super) fn escape_html(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'&' => "&amp;".len(),
        b'<' | b'>' => "&lt;".len(),
        _ => 1,
    });
    let mut html = String::with_capacity(escaped.sum());
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>']) {
        html.push_str(&rest[..at]);
        html.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            _ => "&gt;",
        });
        rest = &rest[at + 1..];
    }
    html.push_str(rest);
    html
}

/// The name of a person: an Atom `name`, the name beside a mail address, or the text.
fn person(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    if let Some(at) = lower.find("name>") {
        let rest = text.get(at + "name>".len()..).unwrap_or_default();
        return unescape(rest.split('<').next().unwrap_or_default().trim(), &Entities::default());
    }
    match text.split_once('(') {
        Some((mail, name)) if mail.contains('@') => name.trim_end().trim_end_matches(')').trim().to_owned(),
        _ => text.to_owned(),
    }
}

/// The text that is written in base64, in lines and filled or not; none where it is something else.
fn in_base64(text: &str) -> Option<String> {
    let digits: String = text.split_ascii_whitespace().collect();
    let (bytes, rest) = base64::decode_start(&digits);
    String::from_utf8(bytes)
        .ok()
        .filter(|_| rest.trim_start_matches('=').is_empty())
}
