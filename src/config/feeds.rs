//! The feeds that the file and its OPML lists name.
//!
//! Owns what a feed's settings may be. Never asks a feed.

use std::path::Path;

use crate::config::address::Address;
use crate::config::address::feed_address;
use crate::config::errors::Place;
use crate::config::errors::Report;
use crate::config::errors::position;
use crate::config::file::Shape;
use crate::config::file::Table;
use crate::config::file::Text;
use crate::config::file::text_of;
use crate::config::opml::OPML_LIMIT_BYTES;
use crate::config::read_limited;
use crate::config::schema;
use crate::config::secret;
use crate::config::settings::INTERVAL_FLOOR;
use crate::feed::Credentials;
use crate::feed::Feed;
use crate::feed::FeedId;
use crate::feed::SourceSetting;
use crate::feed::opml::OpmlFeed;
use crate::feed::opml::read_opml;

/// Headers that belong to kabar or to the connection.
const OWN_HEADERS: [&str; 9] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "user-agent",
    "authorization",
];

/// Every feed, each URL once, in the order of the file, those of OPML lists last.
pub(crate) fn feeds(top: &Table<'_>, report: &mut Report) -> Vec<Feed> {
    let mut feeds = Vec::new();
    for shape in top.shapes("feeds", &schema::FEEDS, report) {
        match shape {
            Shape::Text(text) => {
                let address = feed_address(&text.value, report.folder());
                if let Some(address) = report.keep(&text.place, address) {
                    if address.password().is_some() {
                        let checked = secret::inline("", report).map(|_| ());
                        report.keep(&text.place, checked);
                    }
                    add(&mut feeds, bare(address), &text.place, report);
                }
            }
            Shape::Table(table) => {
                if let Some(feed) = feed(&table, report) {
                    add(&mut feeds, feed, &table.place, report);
                }
            }
        }
    }
    for list in top.texts("opml", "feeds.opml", report).unwrap_or_default() {
        from_opml(&list, &mut feeds, report);
    }
    if feeds.is_empty() && !report.has_errors() {
        report.warn(
            &top.place_of("feeds"),
            "no feed is named, so nothing is polled; write feeds = [\"https://...\"]",
        );
    }
    feeds
}

/// The feed at an address as people write it; relative paths start from `folder`.
///
/// # Errors
/// What is wrong with the address, and what to write.
pub fn feed_at(text: &str, folder: &Path) -> Result<Feed, String> {
    feed_address(text, folder).map(bare)
}

/// A feed with nothing but its address.
fn bare(address: Address) -> Feed {
    Feed {
        id: FeedId::of(&address.url),
        url: address.url,
        name: None,
        tags: Vec::new(),
        every: None,
        headers: Vec::new(),
        credentials: address.credentials,
        source: SourceSetting::Auto,
        allow_private_addresses: false,
    }
}

fn feed(table: &Table<'_>, report: &mut Report) -> Option<Feed> {
    if table.value("url").is_none() {
        report.error(&table.place, "a feed has no `url`; write url = \"https://...\"");
    }
    let url = table.text("url", "https://news.example/rss", report);
    let name = table
        .text("name", "example", report)
        .and_then(|text| feed_name(text, report));
    let tags = table.texts("tags", "world", report).unwrap_or_default();
    let every = table.duration("every", INTERVAL_FLOOR, report);
    let headers = headers(table, report);
    let credentials = credentials(table, report);
    let words = [
        ("auto", SourceSetting::Auto),
        ("link", SourceSetting::Link),
        ("guid", SourceSetting::Guid),
    ];
    let source = table.choice("source", &words, report).unwrap_or_default();
    let allow_private_addresses = table.flag("allow_private_addresses", report).unwrap_or(false);
    if table.flag("full_text", report) == Some(true) {
        report.error(
            &table.place_of("full_text"),
            "full_text is not available in this version; remove it",
        );
    }
    let url = url?;
    let address = feed_address(&url.value, report.folder());
    let address = report.keep(&url.place, address)?;
    if address.password().is_some() {
        let checked = secret::inline("", report).map(|_| ());
        report.keep(&url.place, checked);
    }
    Some(Feed {
        name,
        tags: tags.into_iter().map(|tag| tag.value).collect(),
        every,
        headers,
        credentials: credentials.or_else(|| address.credentials.clone()),
        source,
        allow_private_addresses,
        ..bare(address)
    })
}

fn feed_name(text: Text, report: &mut Report) -> Option<String> {
    if text.value.starts_with("tag:") {
        report.error(
            &text.place,
            "a feed's name cannot begin with \"tag:\", which watches use for tags; write another",
        );
        return None;
    }
    Some(text.value)
}

fn credentials(table: &Table<'_>, report: &mut Report) -> Option<Credentials> {
    let user = table.text("user", "me", report);
    let password = secret::password_of(table, report);
    match (user, password) {
        (Some(user), Some(password)) => Some(Credentials {
            user: user.value,
            password,
        }),
        (Some(user), None) if !secret::is_named(table) => {
            report.error(
                &user.place,
                "user has no password; write password_file = \"...\" beside it",
            );
            None
        }
        (None, Some(_)) => {
            report.error(&table.place, "a password has no user; write user = \"...\" beside it");
            None
        }
        (Some(_) | None, None) => None,
    }
}

fn headers(table: &Table<'_>, report: &mut Report) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for (name, value) in table.free_table("headers", "{ Accept-Language = \"id\" }", report) {
        let Some(value) = text_of(value, &format!("header \"{}\"", name.value), "id", report) else {
            continue;
        };
        // A field name is a token (RFC 9110 section 5.6.2), a value is visible (section 5.5).
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if !name.value.chars().all(is_token) || name.value.is_empty() {
            report.error(
                &name.place,
                format!(
                    "\"{}\" is no header name; write one such as Accept-Language",
                    name.value
                ),
            );
        } else if OWN_HEADERS.contains(&name.value.to_ascii_lowercase().as_str()) {
            report.error(
                &name.place,
                format!("kabar sets the header \"{}\" itself; remove it", name.value),
            );
        } else if value.value.chars().any(|c| c.is_control() || !c.is_ascii()) {
            report.error(
                &value.place,
                format!("header \"{}\" can carry printable ASCII only; rewrite it", name.value),
            );
        } else {
            headers.push((name.value, value.value));
        }
    }
    headers
}

/// A second feed of the same URL adds its tags to the first; a second feed of the same name is a mistake.
fn add(feeds: &mut Vec<Feed>, feed: Feed, place: &Place, report: &mut Report) {
    if let Some(first) = feeds.iter_mut().find(|first| first.id == feed.id) {
        report.warn(
            place,
            format!(
                "feed \"{}\" is named twice; it is polled once, remove one of them",
                feed.url
            ),
        );
        first.tags.extend(feed.tags);
        first.tags.sort();
        first.tags.dedup();
        first.name = first.name.take().or(feed.name);
        return;
    }
    if let Some(name) = &feed.name
        && feeds.iter().any(|first| first.name.as_ref() == Some(name))
    {
        report.error(
            place,
            format!("two feeds are called \"{name}\"; give one of them another name"),
        );
    }
    feeds.push(feed);
}

fn from_opml(list: &Text, feeds: &mut Vec<Feed>, report: &mut Report) {
    let path = report.folder().join(&list.value);
    let text = read_limited(&path, OPML_LIMIT_BYTES).map_err(|reason| format!("opml \"{}\": {reason}", list.value));
    let Some(text) = report.keep(&list.place, text) else {
        return;
    };
    match read_opml(&text) {
        Ok(outlines) => {
            for outline in outlines {
                add_outline(outline, list, &text, feeds, report);
            }
        }
        Err((offset, reason)) => {
            let (line, column) = position(&text, offset);
            report.error(&list.place, format!("{}:{line}:{column}: {reason}", path.display()));
        }
    }
}

/// An outline that the list's own reader tolerated must not stop kabar: what it cannot poll becomes a warning.
fn add_outline(outline: OpmlFeed, list: &Text, text: &str, feeds: &mut Vec<Feed>, report: &mut Report) {
    let (line, _) = position(text, outline.offset);
    let folder = report.folder().join(&list.value);
    let folder = folder.parent().unwrap_or(report.folder());
    let address = match feed_address(&outline.url, folder) {
        Ok(address) => address,
        Err(reason) => {
            report.warn(&list.place, format!("{} line {line} is left out: {reason}", list.value));
            return;
        }
    };
    let taken = |name: &String| feeds.iter().any(|feed| feed.name.as_ref() == Some(name));
    let feed = Feed {
        name: outline.name.filter(|name| !name.starts_with("tag:") && !taken(name)),
        tags: outline.tags,
        ..bare(address)
    };
    add(feeds, feed, &list.place, report);
}
