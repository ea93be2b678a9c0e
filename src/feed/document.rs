//! An XML feed of any kind and in any state, read into drafts of its entries.
//!
//! Owns which element is an entry and where it ends. Never recurses: open elements live on one bounded stack.

use url::Url;

use crate::feed::Format;
use crate::feed::capture::Capture;
use crate::feed::draft::Draft;
use crate::feed::draft::absolute;
use crate::feed::drafts::Drafts;
use crate::feed::entities::unescape;
use crate::feed::scope::Kind;
use crate::feed::scope::Namespaces;
use crate::feed::scope::Open;
use crate::feed::scope::closes_after;
use crate::feed::scope::language_of;
use crate::feed::scope::local_of;
use crate::feed::tokens::Tag;
use crate::feed::tokens::Token;
use crate::feed::tokens::Tokens;
use crate::feed::vocabulary::Field;
use crate::feed::vocabulary::Vocabulary;
use crate::feed::vocabulary::field;

/// Deepest nesting that is followed; deeper elements are passed over. Real feeds nest 12 deep, and every tag is looked
/// for among those that are open.
const DEPTH_MAX: usize = 64;

/// Most searches ahead in one document: keeps hostile nesting under a second.
const SEARCHES_MAX: usize = 4_096;

/// What a document holds, before any choice is made.
#[derive(Debug)]
pub(super) struct Document {
    /// The format, by its root.
    pub(super) format: Format,
    /// The feed's own fields, read like an entry's.
    pub(super) feed: Draft,
    /// `ttl` as written.
    pub(super) ttl: Option<String>,
    /// The entries in document order.
    pub(super) drafts: Drafts,
    /// How many elements look like entries, read or not.
    pub(super) items_seen: usize,
    /// Repairs: a place in the text and what was done there.
    pub(super) repairs: Vec<(usize, &'static str)>,
    /// Whether the end of the document is missing.
    pub(super) is_cut: bool,
}

/// Reads `text`, whose relative links start at `url`; none where no element is the root of a feed.
pub(super) fn read_document(text: &str, url: &Url) -> Option<Document> {
    let mut tokens = Tokens::new(text);
    let mut reader = Reader::new(text, url);
    while let Some((at, token)) = tokens.next() {
        match token {
            Token::Start(tag) => reader.start(at, tag, tokens.position(), &tokens),
            Token::End(name) => reader.end(at, name, tokens.position(), &tokens),
            Token::Text(_) | Token::Cdata(_) => {
                if let Some(capture) = &mut reader.capture {
                    capture.push(token, text.get(at..tokens.position()).unwrap_or_default());
                }
            }
        }
    }
    reader.finish(&tokens)
}

struct Reader<'a> {
    text: &'a str,
    url: &'a Url,
    open: Vec<Open<'a>>,
    namespaces: Namespaces<'a>,
    capture: Option<Capture<'a>>,
    draft: Option<Draft>,
    /// How many more closing tags may be sought ahead.
    searches_left: usize,
    document: Option<Document>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, url: &'a Url) -> Self {
        Self {
            text,
            url,
            open: Vec::new(),
            namespaces: Namespaces::default(),
            capture: None,
            draft: None,
            searches_left: SEARCHES_MAX,
            document: None,
        }
    }

    fn start(&mut self, at: usize, tag: Tag<'a>, after: usize, tokens: &Tokens<'a>) {
        let attributes = tag.attributes();
        let outer = self.namespaces.len();
        self.namespaces.declare(&attributes);
        let entry = self.open.iter().rfind(|open| open.kind == Kind::Entry);
        let (vocabulary, local) = self.namespaces.meaning(tag.name, entry.map(|open| open.namespaces));
        if self.document.is_none() && !self.begin(&local, &attributes) {
            self.namespaces.truncate(outer);
            return;
        }
        if let Some(capture) = &mut self.capture {
            if !capture.is_closed_by(vocabulary, &local) {
                capture.push_start(tag, self.text.get(at..after).unwrap_or_default());
                self.namespaces.truncate(outer);
                return;
            }
            self.repair(at, "a missing closing tag was added");
            self.close_capture(tokens);
        }
        let is_core = matches!(vocabulary, Vocabulary::Core | Vocabulary::Atom);
        let is_entry = is_core && matches!(local.as_str(), "item" | "entry");
        if is_entry && !self.start_entry(at, tag.is_empty) {
            self.push(at, tag, local, Kind::Foreign, None, outer);
            return;
        }
        let base = self.base_of(&attributes);
        if is_entry {
            self.begin_entry(&attributes, base.as_ref());
        }
        let kind = match local.as_str() {
            "item" | "entry" if is_entry => Kind::Entry,
            "rss" | "feed" | "rdf" | "channel" => Kind::Feed,
            "group" | "content" if vocabulary == Vocabulary::Media => Kind::Group,
            "image" | "textinput" | "items" | "contributor" if is_core => Kind::Part,
            _ => {
                return match field(vocabulary, &local).filter(|_| self.is_field_place()) {
                    Some(field) => self.open_field(field, tag, attributes, base, outer, tokens),
                    None => self.push(at, tag, local, Kind::Foreign, base, outer),
                };
            }
        };
        self.push(at, tag, local, kind, base, outer);
        if tag.is_empty && kind == Kind::Entry {
            self.close_entry();
        }
    }

    fn end(&mut self, at: usize, name: &'a str, after: usize, tokens: &Tokens<'a>) {
        let local = local_of(name);
        if let Some(capture) = &mut self.capture {
            let parent = self.open.last().map(|open| open.name);
            if capture.ends_at(name) {
                return self.close_capture(tokens);
            }
            let is_boundary = matches!(local.as_str(), "item" | "entry" | "channel" | "rss" | "feed" | "rdf");
            let is_parent = parent.is_some_and(|parent| parent.eq_ignore_ascii_case(name));
            if !(is_boundary || is_parent) || !capture.may_be_left(&local) {
                return capture.push(Token::End(name), self.text.get(at..after).unwrap_or_default());
            }
            self.repair(at, "a missing closing tag was added");
            self.close_capture(tokens);
        }
        let is_boundary = matches!(local.as_str(), "item" | "entry" | "channel" | "rss" | "feed" | "rdf");
        let mut found = None;
        for (index, open) in self.open.iter().enumerate().rev() {
            if open.local == local {
                found = Some(index);
                break;
            }
            if open.kind == Kind::Entry && !is_boundary {
                break;
            }
        }
        match found {
            Some(index) => self.pop_to(index),
            // What stands around the feed, such as a page, closes after it.
            None if self.open.is_empty() || is_boundary => {}
            None => self.repair(at, "a stray closing tag was ignored"),
        }
    }

    /// Begins the document at a root-like element; anything before it is passed over.
    fn begin(&mut self, local: &str, attributes: &[(&'a str, &'a str)]) -> bool {
        let format = match local {
            "rss" | "channel" => Format::Rss,
            "rdf" => Format::Rdf,
            "feed" | "entry" => Format::Atom,
            _ => return false,
        };
        let mut feed = Draft::default();
        feed.entry.language = language_of(attributes);
        self.document = Some(Document {
            format,
            feed,
            ttl: None,
            drafts: Drafts::default(),
            items_seen: 0,
            repairs: Vec::new(),
            is_cut: false,
        });
        true
    }

    /// Whether an entry may start here; an open entry without its end is closed.
    fn start_entry(&mut self, at: usize, is_empty: bool) -> bool {
        let text = self.text;
        // An element without its closing tag after this place does not hold the entry.
        let left = &mut self.searches_left;
        let mut holds = |open: &Open<'_>| {
            let may_search = open.kind == Kind::Foreign && *left > 0;
            *left -= usize::from(may_search);
            may_search && closes_after(text, open.name, at)
        };
        let is_held = self.open.iter().any(&mut holds);
        let entry = self.open.iter().rposition(|open| open.kind == Kind::Entry);
        if self.open.len() >= DEPTH_MAX || is_held || (entry.is_some() && is_empty) {
            return false;
        }
        if let Some(document) = &mut self.document {
            document.items_seen += 1;
        }
        self.open.retain(|open| open.kind != Kind::Foreign);
        if let Some(entry) = self.open.iter().rposition(|open| open.kind == Kind::Entry) {
            self.repair(at, "an entry without its end was closed");
            self.pop_to(entry);
        }
        true
    }

    fn begin_entry(&mut self, attributes: &[(&'a str, &'a str)], base: Option<&Url>) {
        let mut draft = Draft::default();
        draft.entry.language = language_of(attributes);
        let base = base.cloned().unwrap_or_else(|| self.base().clone());
        for (name, value) in attributes {
            match name.to_ascii_lowercase().as_str() {
                "rdf:about" | "about" if !value.is_empty() => {
                    draft.about = Some(unescape(value, &Default::default()).trim().to_owned());
                }
                // CDF names its story in an attribute.
                "href" => draft.rss_link = Some(absolute(&base, &unescape(value, &Default::default()))),
                _ => {}
            }
        }
        self.draft = Some(draft);
    }

    fn open_field(
        &mut self,
        field: Field,
        tag: Tag<'a>,
        attributes: Vec<(&'a str, &'a str)>,
        base: Option<Url>,
        outer: usize,
        tokens: &Tokens<'a>,
    ) {
        self.namespaces.truncate(outer);
        let base = base.unwrap_or_else(|| self.base().clone());
        let is_atom = self
            .document
            .as_ref()
            .is_some_and(|document| document.format == Format::Atom);
        self.capture = Some(Capture::new(field, tag.name, attributes, base, is_atom));
        if tag.is_empty {
            self.close_capture(tokens);
        }
    }

    fn close_capture(&mut self, tokens: &Tokens<'a>) {
        let (Some(capture), Some(document)) = (self.capture.take(), self.document.as_mut()) else {
            return;
        };
        if let Some(at) = capture.bare_ampersand(self.text) {
            repair(document, at, "a bare `&` was escaped");
        }
        if capture.field == Field::Ttl && self.draft.is_none() {
            document.ttl.get_or_insert_with(|| capture.text(&tokens.entities));
            return;
        }
        let draft = self.draft.as_mut().unwrap_or(&mut document.feed);
        capture.fill(draft, &tokens.entities);
    }

    /// Whether fields count here: directly in the feed or an entry, or in a group of media.
    fn is_field_place(&self) -> bool {
        self.open.len() < DEPTH_MAX
            && self.open.last().is_some_and(|open| match open.kind {
                Kind::Feed | Kind::Entry | Kind::Group => true,
                Kind::Part | Kind::Foreign => false,
            })
    }

    fn push(&mut self, at: usize, tag: Tag<'a>, local: String, kind: Kind, base: Option<Url>, outer: usize) {
        if tag.is_empty && kind != Kind::Entry || self.open.len() >= DEPTH_MAX {
            self.namespaces.truncate(outer);
            return;
        }
        self.open.push(Open {
            name: tag.name,
            local,
            kind,
            start: at,
            base,
            namespaces: outer,
        });
    }

    fn close_entry(&mut self) {
        if let Some(index) = self.open.iter().rposition(|open| open.kind == Kind::Entry) {
            self.pop_to(index);
        }
    }

    /// Closes every element from `index` on.
    fn pop_to(&mut self, index: usize) {
        while self.open.len() > index {
            let Some(open) = self.open.pop() else { return };
            self.namespaces.truncate(open.namespaces);
            if open.kind == Kind::Entry {
                self.keep_draft();
            }
        }
    }

    fn keep_draft(&mut self) {
        if let (Some(draft), Some(document)) = (self.draft.take(), self.document.as_mut()) {
            document.drafts.push(draft);
        }
    }

    fn finish(mut self, tokens: &Tokens<'a>) -> Option<Document> {
        let open_root = self
            .open
            .iter()
            .find(|open| open.kind == Kind::Feed)
            .map(|open| open.start);
        // Half an address leads nowhere, and half a title is no title; half a body is news.
        self.capture.take_if(|capture| !capture.field.is_body());
        self.close_capture(tokens);
        let cut_at = self
            .open
            .iter()
            .find(|open| open.kind == Kind::Entry)
            .map(|open| open.start);
        // A cut entry is told from others only by what names it; its next poll brings the rest.
        if self.draft.as_ref().is_some_and(|draft| !draft.has_identity()) {
            self.draft = None;
        }
        self.pop_to(0);
        let mut document = self.document?;
        document.is_cut = cut_at.or(open_root).is_some();
        match (cut_at, open_root) {
            (Some(at), _) => repair(&mut document, at, "the document ends inside this entry"),
            (None, Some(at)) => repair(&mut document, at, "the document ends before this element does"),
            (None, None) => {}
        }
        if let Some(at) = tokens.open_cdata {
            repair(&mut document, at, "a CDATA section without its end was closed");
        }
        Some(document)
    }

    fn repair(&mut self, at: usize, what: &'static str) {
        if let Some(document) = &mut self.document {
            repair(document, at, what);
        }
    }

    fn base(&self) -> &Url {
        self.open
            .iter()
            .rev()
            .find_map(|open| open.base.as_ref())
            .unwrap_or(self.url)
    }

    fn base_of(&self, attributes: &[(&'a str, &'a str)]) -> Option<Url> {
        let (_, value) = attributes
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("xml:base"))?;
        self.base().join(value.trim()).ok()
    }
}

/// Most repairs that are kept: people read the first few.
const REPAIRS_MAX: usize = 8;

fn repair(document: &mut Document, at: usize, what: &'static str) {
    let is_new = document.repairs.iter().filter(|(_, known)| *known == what).count() < 2;
    if is_new && document.repairs.len() < REPAIRS_MAX {
        document.repairs.push((at, what));
    }
}
