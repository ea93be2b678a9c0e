//! Lists of feeds in OPML 2.0, as every reader exports them.
//!
//! Owns which outlines are feeds, and how a list is written. Never asks a feed and never decides what two lists share.
// Text, comments and other tags of a list say nothing about feeds.
#![allow(clippy::wildcard_enum_match_arm)]

use std::path::Path;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::escape;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;

use crate::config::read_limited;
use crate::feed::Feed;

/// The largest list: 10,000 feeds of 400 bytes.
pub(crate) const OPML_LIMIT_BYTES: u64 = 4 * 1024 * 1024;

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
/// The byte where it cannot be read, and why.
pub fn read_opml(text: &str) -> Result<Vec<OpmlFeed>, (usize, String)> {
    let mut reader = Reader::from_str(text);
    // One folder name (or none) for each open outline.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut feeds = Vec::new();
    loop {
        let offset = offset_of(&reader, text);
        let event = reader
            .read_event()
            .map_err(|error| (offset, format!("this is not XML: {error}; export the list again")))?;
        match event {
            Event::Start(tag) if is_outline(&tag) => {
                let folder = take_outline(&tag, &open, offset, &mut feeds);
                open.push(folder);
            }
            Event::Empty(tag) if is_outline(&tag) => {
                take_outline(&tag, &open, offset, &mut feeds);
            }
            Event::End(tag) if tag.name().as_ref() == "outline" => {
                open.pop();
            }
            Event::Eof => return Ok(feeds),
            _ => {}
        }
        if open.len() > DEPTH_MAX {
            return Err((
                offset,
                format!("folders are nested deeper than {DEPTH_MAX}; flatten the list"),
            ));
        }
        if feeds.len() > FEEDS_MAX {
            return Err((offset, format!("more than {FEEDS_MAX} feeds; split the list")));
        }
    }
}

/// The feeds of the OPML file at `path`.
///
/// # Errors
/// Why it cannot be read, with the line.
pub fn read_file(path: &Path) -> Result<Vec<OpmlFeed>, String> {
    let text = read_limited(path, OPML_LIMIT_BYTES)?;
    read_opml(&text).map_err(|(offset, reason)| {
        let line = 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        format!("line {line}: {reason}")
    })
}

/// The feeds as OPML 2.0, with their names and tags; credentials stay at home.
pub fn write(feeds: &[Feed]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n");
    text += "  <head><title>Feeds of kabar</title></head>\n  <body>\n";
    for feed in feeds {
        let name = escape(feed.display_name(None)).into_owned();
        text += &format!("    <outline type=\"rss\" text=\"{name}\" title=\"{name}\"");
        text += &format!(" xmlUrl=\"{}\"", escape(feed.url.as_str()));
        if !feed.tags.is_empty() {
            text += &format!(" category=\"{}\"", escape(feed.tags.join(",")));
        }
        text += "/>\n";
    }
    text + "  </body>\n</opml>\n"
}

fn offset_of(reader: &Reader<&[u8]>, text: &str) -> usize {
    usize::try_from(reader.buffer_position()).map_or(text.len(), |at| at.min(text.len()))
}

fn is_outline(tag: &BytesStart<'_>) -> bool {
    tag.name().as_ref() == "outline"
}

/// Adds the outline's feed; answers the folder name where it is none.
fn take_outline(
    tag: &BytesStart<'_>,
    open: &[Option<String>],
    offset: usize,
    feeds: &mut Vec<OpmlFeed>,
) -> Option<String> {
    let name = attribute(tag, "title").or_else(|| attribute(tag, "text"));
    let Some(url) = attribute(tag, "xmlUrl") else {
        return name;
    };
    let mut tags: Vec<String> = open.iter().flatten().cloned().collect();
    let categories = attribute(tag, "category").unwrap_or_default();
    tags.extend(
        categories
            .split(',')
            .map(|category| category.trim_matches(['/', ' ']).to_owned())
            .filter(|category| !category.is_empty()),
    );
    tags.dedup();
    feeds.push(OpmlFeed {
        url,
        name,
        tags,
        offset,
    });
    None
}

/// The attribute's value; names are compared without case, as exporters differ.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref().eq_ignore_ascii_case(name))
        .and_then(|attribute| attribute.normalized_value(XmlVersion::Implicit1_0).ok())
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}
