//! One entry while its document is read: every candidate for every field, and the rules that choose among them.
//!
//! Never sees the document's syntax.

use url::Position;
use url::Url;

use crate::feed::Entry;
use crate::feed::LINK_BYTES_MAX;
use crate::feed::Link;
use crate::feed::dates::read_date;

/// Most links of one entry; link lists of the corpus end at 60.
const LINKS_MAX: usize = 200;

/// Most tags of one entry, like `LINKS_MAX`.
const TAGS_MAX: usize = 200;

/// Longest address, up to its query, from which relative links start: each of them grows by as much.
const BASE_BYTES_MAX: usize = 2048;

/// The candidates of one entry.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What is already certain.
    pub(super) entry: Entry,
    /// The text of RSS `link`.
    pub(super) rss_link: Option<String>,
    /// guid or atom:id, verbatim.
    pub(super) guid: Option<String>,
    /// Whether a guid that is a URL names the story: RSS `isPermaLink`, never for atom:id.
    pub(super) is_permalink: bool,
    /// rdf:about of an RDF item.
    pub(super) about: Option<String>,
    /// Titles of other vocabularies, best first by rank.
    pub(super) other_title: Option<(u8, String)>,
    /// Bodies of other vocabularies, likewise.
    pub(super) other_summary: Option<(u8, String)>,
    /// Dublin Core's date, where the feed's own vocabulary gives none.
    pub(super) other_published: Option<jiff::Timestamp>,
    /// When it was made, where nothing says when it was published.
    pub(super) created: Option<jiff::Timestamp>,
    /// The published date as written, for the identity of an entry without any.
    pub(super) date_text: String,
}

impl Draft {
    /// Adds a link whose address is already absolute.
    pub(super) fn add_link(&mut self, href: String, rel: &str) {
        let link = Link {
            href,
            rel: rel.to_owned(),
        };
        let links = &mut self.entry.links;
        if !link.href.is_empty() && links.len() < LINKS_MAX && !links.contains(&link) {
            links.push(link);
        }
    }

    /// Adds a category.
    pub(super) fn add_tag(&mut self, tag: &str) {
        let tags = &mut self.entry.tags;
        let tag = tag.trim();
        if !tag.is_empty() && tags.len() < TAGS_MAX && !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }

    /// Reads a publication date; the first readable one stays.
    pub(super) fn publish(&mut self, text: &str) {
        self.keep_date_text(text);
        self.entry.published = self.entry.published.or_else(|| read_date(text));
    }

    /// Reads a publication date of another vocabulary.
    pub(super) fn publish_otherwise(&mut self, text: &str) {
        self.keep_date_text(text);
        self.other_published = self.other_published.or_else(|| read_date(text));
    }

    fn keep_date_text(&mut self, text: &str) {
        if self.date_text.is_empty() {
            text.trim().clone_into(&mut self.date_text);
        }
    }

    /// When it was published, else made or changed, as far as its dates can be read.
    pub(super) fn date(&self) -> Option<jiff::Timestamp> {
        let published = self.entry.published.or(self.other_published);
        published.or(self.created).or(self.entry.updated)
    }

    /// Whether there is anything that tells this entry from others.
    pub(super) fn has_identity(&self) -> bool {
        self.guid.is_some() || self.rss_link.is_some() || !self.entry.links.is_empty()
    }

    /// Drops the links that are too long to lead anywhere; whether there was one.
    pub(super) fn drop_long_links(&mut self) -> bool {
        let is_long = |link: &String| link.len() > LINK_BYTES_MAX;
        let links = &mut self.entry.links;
        let before = links.len();
        links.retain(|link| !is_long(&link.href));
        let is_dropped = links.len() < before;
        let is_rss_dropped = self.rss_link.take_if(|link| is_long(link)).is_some();
        let is_about_dropped = self.about.take_if(|about| is_long(about)).is_some();
        is_dropped || is_rss_dropped || is_about_dropped
    }

    /// The entry, every choice made.
    pub(super) fn finish(mut self, base: &Url) -> Entry {
        let title = self.entry.title.take().filter(|title| !title.trim().is_empty());
        self.entry.title = title.or(self.other_title.take().map(|(_, title)| title));
        if self.entry.summary.is_none() {
            self.entry.summary = self.other_summary.take().map(|(_, summary)| summary);
        }
        let published = self.entry.published.or(self.other_published);
        self.entry.published = published.or(self.created);
        let permalink = self.guid.as_deref().filter(|guid| self.is_permalink && is_web(guid));
        let permalink = permalink.filter(|guid| guid.len() <= LINK_BYTES_MAX);
        let permalink = permalink.map(|guid| absolute(base, guid));
        self.entry.link = self.choose_link(permalink.clone(), base);
        if let Some(link) = self.entry.link.clone()
            && !self.entry.links.iter().any(|known| known.href == link)
        {
            self.entry.links.insert(
                0,
                Link {
                    href: link,
                    rel: "alternate".to_owned(),
                },
            );
        }
        self.entry.id_is_permalink = permalink.is_some() || self.guid.is_none() && self.about.is_some();
        self.entry.id = self.identity();
        self.entry
    }

    /// RSS link, atom:link alternate, permalink guid, rdf:about, another link that leads to the story or to its comments.
    fn choose_link(&self, permalink: Option<String>, base: &Url) -> Option<String> {
        let of_rel = |wanted: &[&str]| {
            let found = self.entry.links.iter().find(|link| wanted.contains(&link.rel.as_str()));
            found.map(|link| link.href.clone())
        };
        let web_id = || {
            self.guid
                .as_deref()
                .filter(|id| is_web(id) && id.len() <= LINK_BYTES_MAX)
                .map(|id| absolute(base, id))
        };
        self.rss_link
            .clone()
            .or_else(|| of_rel(&["alternate"]))
            .or(permalink)
            .or_else(|| self.about.as_deref().map(|about| absolute(base, about)))
            .or_else(|| of_rel(&["external", "related", "via", "feedburner:origLink", "self"]))
            .or_else(|| of_rel(&["enclosure"]))
            .or_else(|| of_rel(&["replies"]))
            .or_else(web_id)
    }

    /// guid, rdf:about, link, else a hash of what hardly changes between two polls.
    fn identity(&self) -> String {
        let given = self.guid.clone().or_else(|| self.about.clone());
        given.or_else(|| self.entry.link.clone()).unwrap_or_else(|| {
            let title = self.entry.title.as_deref().unwrap_or_default();
            let body = match (title, self.date_text.as_str()) {
                ("", "") => self.entry.summary.as_deref().or(self.entry.content.as_deref()),
                _ => None,
            };
            let seed = format!("{title}\n{}\n{}", self.date_text, body.unwrap_or_default());
            format!("kabar:{}", &blake3::hash(seed.as_bytes()).to_hex()[..32])
        })
    }
}

/// Whether a text is an address on the web.
pub(super) fn is_web(text: &str) -> bool {
    let start = text.trim_start().get(..8).unwrap_or_default().to_ascii_lowercase();
    start.starts_with("http://") || start.starts_with("https://")
}

/// `href` as an absolute address: verbatim where it is one, without the line breaks of pretty printers.
pub(super) fn absolute(base: &Url, href: &str) -> String {
    let href: String = href
        .trim()
        .chars()
        .filter(|c| !matches!(c, '\n' | '\r' | '\t'))
        .collect();
    let path_bytes = base[..Position::AfterPath].len();
    if href.is_empty() || path_bytes > BASE_BYTES_MAX || Url::parse(&href).is_ok() {
        return href;
    }
    base.join(&href).map_or(href, String::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn base() -> Url {
        Url::parse("https://news.example/feed.xml").unwrap()
    }

    #[test]
    fn the_link_is_the_first_of_a_fixed_order() {
        let mut draft = Draft {
            guid: Some("https://n.example/g".to_owned()),
            is_permalink: true,
            ..Draft::default()
        };
        draft.add_link("https://n.example/e.mp3".to_owned(), "enclosure");
        let entry = draft.finish(&base());
        assert_eq!(entry.link.as_deref(), Some("https://n.example/g"));
        assert!(entry.id_is_permalink);
        assert_eq!(entry.links.len(), 2);
    }

    #[test]
    fn an_entry_without_any_identity_keeps_one_between_polls() {
        let draft = |date: &str| {
            let mut draft = Draft::default();
            draft.entry.title = Some("Fire".to_owned());
            draft.publish(date);
            draft.finish(&base()).id
        };
        assert_eq!(draft("soon"), draft("soon"));
        assert_ne!(draft("soon"), draft("later"));
    }
}
