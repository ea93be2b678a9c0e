//! Lists of feeds in OPML 2.0, as every reader exports them.
//!
//! Owns which outlines are feeds. Never asks a feed and never decides what two lists share.

use crate::feed::entities::unescape;
use crate::feed::tokens::Tag;
use crate::feed::tokens::Token;
use crate::feed::tokens::Tokens;

/// Feeds of one list; the largest public collections hold some thousands.
const FEEDS_MAX: usize = 10_000;
/// Folders in folders; readers make two levels.
const DEPTH_MAX: usize = 64;

/// One feed of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpmlFeed {
    /// Its address, as written.
    pub url: String,
    /// Its title.
    pub name: Option<String>,
    /// The folders that hold it, outermost first, and its categories.
    pub tags: Vec<String>,
    /// Where it stands in the list, in bytes.
    pub offset: usize,
}

/// The feeds of an OPML document: outlines with `xmlUrl` (OPML 2.0, "Subscription lists").
///
/// # Errors
/// The byte where it cannot be used, and why: no list at all, a list that breaks off, one over the named limits.
pub fn read_opml(text: &str) -> Result<Vec<OpmlFeed>, (usize, String)> {
    let mut tokens = Tokens::new(text);
    let (mut has_root, mut is_closed) = (false, false);
    // One folder name (or none) for each open outline.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut feeds = Vec::new();
    while let Some((offset, token)) = tokens.next() {
        match token {
            Token::Start(tag) if tag.name == "opml" => {
                has_root = true;
                is_closed = tag.is_empty;
            }
            Token::End("opml") => is_closed = true,
            Token::Start(tag) if tag.name == "outline" => {
                let outline = Outline::of(&tag, &tokens);
                let folder = outline.add(&open, offset, &mut feeds);
                if !tag.is_empty {
                    open.push(folder);
                }
            }
            Token::End("outline") => {
                open.pop();
            }
            Token::Start(_) | Token::End(_) | Token::Text(_) | Token::Cdata(_) => {}
        }
        if open.len() > DEPTH_MAX {
            let reason = format!("folders are nested deeper than {DEPTH_MAX}; flatten the list");
            return Err((offset, reason));
        }
        if feeds.len() > FEEDS_MAX {
            return Err((offset, format!("more than {FEEDS_MAX} feeds; split the list")));
        }
    }
    match (has_root, is_closed) {
        (false, _) => Err((0, "this is no list in OPML; export the list again".to_owned())),
        (true, false) => Err((text.len(), "the list breaks off; export it again".to_owned())),
        (true, true) => Ok(feeds),
    }
}

/// What an outline says of itself.
struct Outline {
    name: Option<String>,
    url: Option<String>,
    categories: String,
}

impl Outline {
    fn of(tag: &Tag<'_>, tokens: &Tokens<'_>) -> Self {
        let attributes = tag.attributes();
        // Exporters differ in the case of names.
        let value = |wanted: &str| {
            let found = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            let value = found.map(|(_, value)| unescape(value, &tokens.entities).trim().to_owned());
            value.filter(|value| !value.is_empty())
        };
        Self {
            name: value("title").or_else(|| value("text")),
            url: value("xmlUrl"),
            categories: value("category").unwrap_or_default(),
        }
    }

    /// Adds the outline's feed; answers the folder name where it is none.
    fn add(self, open: &[Option<String>], offset: usize, feeds: &mut Vec<OpmlFeed>) -> Option<String> {
        let Some(url) = self.url else {
            return self.name;
        };
        let mut tags: Vec<String> = open.iter().flatten().cloned().collect();
        let categories = self
            .categories
            .split(',')
            .map(|category| category.trim_matches(['/', ' ']));
        tags.extend(categories.filter(|category| !category.is_empty()).map(str::to_owned));
        tags.dedup();
        feeds.push(OpmlFeed {
            url,
            name: self.name,
            tags,
            offset,
        });
        None
    }
}
