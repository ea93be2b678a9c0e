//! Web pages: telling them from feeds, and the feeds that they name.
//!
//! Never reads a page's text.

use std::collections::HashMap;

use url::Url;

use crate::feed::draft::absolute;
use crate::feed::entities::Entities;
use crate::feed::entities::unescape;
use crate::feed::tokens::Token;
use crate::feed::tokens::Tokens;

/// Most feeds that one page may name.
const FEEDS_MAX: usize = 20;

/// The media types that name a feed.
const FEED_TYPES: [&str; 5] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
];

/// The feeds that a page names by `<link rel=alternate>`, absolute; none where `text` is no web page.
pub(super) fn feeds_of_page(text: &str, url: &Url) -> Option<Vec<String>> {
    let mut tokens = Tokens::new(text);
    let mut is_page = is_page_start(text);
    let mut feeds = Vec::new();
    while let Some((_, token)) = tokens.next() {
        let Token::Start(tag) = token else { continue };
        let name = tag.name.to_ascii_lowercase();
        is_page |= matches!(name.as_str(), "html" | "head" | "body");
        if name != "link" {
            continue;
        }
        let attributes: HashMap<String, &str> = tag
            .attributes()
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        let value = |name: &str| attributes.get(name).copied().unwrap_or_default();
        let is_alternate = value("rel")
            .split_whitespace()
            .any(|rel| rel.eq_ignore_ascii_case("alternate"));
        let kind = value("type")
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        if is_alternate && FEED_TYPES.contains(&kind.as_str()) && feeds.len() < FEEDS_MAX {
            let href = absolute(url, &unescape(value("href"), &Entities::default()));
            if !href.is_empty() && !feeds.contains(&href) {
                feeds.push(href);
            }
        }
    }
    is_page.then_some(feeds)
}

fn is_page_start(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(15).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}
