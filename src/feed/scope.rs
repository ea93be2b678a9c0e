//! What is open at one place of a document: its elements, and the namespaces in force.
//!
//! Never reads values.

use url::Url;

use crate::feed::vocabulary::Vocabulary;
use crate::feed::vocabulary::unprefixed;
use crate::feed::vocabulary::vocabulary;

/// Most namespace declarations in force at a time; the richest root of the corpus declares 34.
const NAMESPACES_MAX: usize = 128;

/// What an open element is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Feed,
    Entry,
    /// A group of media inside an entry: its fields are the entry's.
    Group,
    /// A known part that holds fields of its own: an image, a text box.
    Part,
    /// Anything else: entries inside it are not ours.
    Foreign,
}

/// One open element.
#[derive(Debug)]
pub(super) struct Open<'a> {
    pub(super) name: &'a str,
    pub(super) local: String,
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) base: Option<Url>,
    /// How many namespaces were in force before this element.
    pub(super) namespaces: usize,
}

/// The namespaces in force, outermost first.
#[derive(Debug, Default)]
pub(super) struct Namespaces<'a> {
    declared: Vec<(&'a str, &'a str)>,
}

impl<'a> Namespaces<'a> {
    /// How many are in force.
    pub(super) fn len(&self) -> usize {
        self.declared.len()
    }

    /// Leaves those that were in force when there were `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        self.declared.truncate(length);
    }

    /// Adds the declarations among `attributes`.
    pub(super) fn declare(&mut self, attributes: &[(&'a str, &'a str)]) {
        for (name, uri) in attributes {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(prefixed) => prefixed.strip_prefix(':').unwrap_or_default(),
                None => continue,
            };
            if self.declared.len() < NAMESPACES_MAX {
                self.declared.push((prefix, uri));
            }
        }
    }

    /// The vocabulary of `name` and its local part in lower case; `outer` counts the namespaces around the open entry.
    pub(super) fn meaning(&self, name: &str, outer: Option<usize>) -> (Vocabulary, String) {
        let (prefix, local) = name.rsplit_once(':').unwrap_or(("", name));
        let is_same = |known: &str| known.eq_ignore_ascii_case(prefix);
        let index = self.declared.iter().rposition(|(known, _)| is_same(known));
        let uri = index.and_then(|index| self.declared.get(index)).map(|(_, uri)| *uri);
        // Under the root of a feed, unprefixed names are the feed's own, whatever a default namespace says;
        // inside an entry a default namespace is meant.
        let is_inner = outer.zip(index).is_some_and(|(outer, index)| index >= outer);
        let meant = match uri.filter(|uri| !uri.is_empty()) {
            Some(uri) if prefix.is_empty() && is_inner => unprefixed(uri),
            Some(_) | None if prefix.is_empty() => Vocabulary::Core,
            uri => vocabulary(prefix, uri),
        };
        (meant, local.to_ascii_lowercase())
    }
}

/// A name without its prefix, in lower case.
pub(super) fn local_of(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase()
}

/// `xml:lang`.
pub(super) fn language_of(attributes: &[(&str, &str)]) -> Option<String> {
    let found = attributes
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("xml:lang"))?;
    Some(found.1.trim().to_owned()).filter(|language| !language.is_empty())
}

/// How far the closing tag of an unknown element is sought: larger foreign parts were not seen.
const FOREIGN_MAX: usize = 64 * 1024;

/// Whether `name` is closed near after `at`.
pub(super) fn closes_after(text: &str, name: &str, at: usize) -> bool {
    let mut end = text.len().min(at + FOREIGN_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let window = text.get(at..end).unwrap_or_default();
    window.match_indices("</").any(|(found, _)| {
        window[found + 2..]
            .get(..name.len())
            .is_some_and(|close| close.eq_ignore_ascii_case(name))
    })
}
