//! Reading a document: bytes → text → guarded parser → [`ParsedFeed`]. The only file that names feed-rs.
//!
//! Never panics and never recurses over input: what the parser cannot take is refused before it sees it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use feed_rs::model;
use jiff::Timestamp;
use url::Url;

use crate::feed::Entry;
use crate::feed::Format;
use crate::feed::Hints;
use crate::feed::Link;
use crate::feed::ParseFailure;
use crate::feed::ParsedFeed;
use crate::feed::encoding;
use crate::feed::encoding::Decoded;
use crate::feed::limits;

/// Bytes at the start in which the root element is looked for.
const HEAD_BYTES: usize = 2048;

/// Reads a feed of any format.
///
/// `url` is the base of relative links, `content_type` what HTTP said of the bytes.
///
/// # Errors
/// Why these bytes are no feed, in words for people.
pub fn read_feed(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Result<ParsedFeed, ParseFailure> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ParseFailure::Empty);
    }
    let decoded = encoding::decode(bytes, content_type);
    let text = body(&decoded.text);
    let is_json = text.starts_with('{');
    let items = if is_json {
        None
    } else {
        Some(limits::count_items(text)?)
    };
    if !is_json && is_html(text) {
        return Err(ParseFailure::Html {
            feeds: alternates(text, url),
        });
    }
    let model = parse(text, url)?;
    Ok(parsed(model, items, decoded))
}

/// The document from its first tag on: no byte order mark, no declaration of an encoding that is no longer true.
fn body(text: &str) -> &str {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if text.starts_with('{') {
        return text;
    }
    let after_declaration = match text.find("<?xml") {
        Some(start) if start < HEAD_BYTES => text[start..].find("?>").map(|end| &text[start + end + 2..]),
        Some(_) | None => None,
    };
    after_declaration.unwrap_or(text).trim_start()
}

fn is_html(text: &str) -> bool {
    let head = text[..text.floor_char_boundary(HEAD_BYTES)].to_ascii_lowercase();
    let is_feed = ["<rss", "<feed", "<rdf:rdf", ":feed", ":rss"]
        .iter()
        .any(|root| head.contains(root));
    !is_feed && (head.contains("<!doctype html") || head.contains("<html") || head.contains("<body"))
}

/// The feeds that a page names.
fn alternates(text: &str, url: &Url) -> Vec<String> {
    let links = text.split("<link").skip(1).filter_map(|rest| rest.split('>').next());
    let is_feed = |link: &&str| {
        link.contains("alternate")
            && (link.contains("rss+xml") || link.contains("atom+xml") || link.contains("feed+json"))
    };
    let href = |link: &str| {
        let value = link.split("href=").nth(1)?;
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        url.join(&value.get(1..)?.split(quote).next()?.replace("&amp;", "&"))
            .ok()
            .map(String::from)
    };
    links.filter(is_feed).filter_map(href).collect()
}

fn parse(text: &str, url: &Url) -> Result<model::Feed, ParseFailure> {
    let parser = feed_rs::parser::Builder::new()
        .base_uri(Some(url.as_str()))
        .sanitize_content(false)
        // Ours must be the same at the next poll; an empty one is replaced below.
        .id_generator(|_, _, _| String::new())
        .build();
    let read = std::panic::catch_unwind(AssertUnwindSafe(|| parser.parse(text.as_bytes())));
    match read {
        Ok(Ok(feed)) => Ok(feed),
        Ok(Err(feed_rs::parser::ParseFeedError::ParseError(kind))) => Err(ParseFailure::NotAFeed {
            reason: kind.to_string(),
        }),
        Ok(Err(error)) => Err(ParseFailure::Damaged {
            reason: error.to_string(),
        }),
        Err(_) => Err(ParseFailure::Damaged {
            reason: "the parser gave up on it".to_owned(),
        }),
    }
}

fn parsed(model: model::Feed, items: Option<usize>, decoded: Decoded) -> ParsedFeed {
    let read = model.entries.len();
    let mut warnings: Vec<String> = decoded.warning.into_iter().collect();
    let missing = items.map_or(0, |items| items.saturating_sub(read));
    if missing > 0 {
        warnings.push(format!("{missing} of {} items could not be read", read + missing));
    }
    if read > limits::ENTRIES_MAX {
        warnings.push(format!(
            "only the first {} of {read} entries are read",
            limits::ENTRIES_MAX
        ));
    }
    ParsedFeed {
        title: model
            .title
            .map(|title| one_line(&title.content))
            .filter(|title| !title.is_empty()),
        format: match model.feed_type {
            model::FeedType::Atom => Format::Atom,
            model::FeedType::JSON => Format::Json,
            model::FeedType::RSS0 | model::FeedType::RSS2 => Format::Rss,
            model::FeedType::RSS1 => Format::Rdf,
        },
        encoding: decoded.encoding,
        language: model.language,
        site: model
            .links
            .iter()
            .find(|link| is_alternate(link))
            .and_then(|link| Url::parse(&link.href).ok()),
        hints: Hints {
            ttl: model.ttl.map(|minutes| Duration::from_secs(u64::from(minutes) * 60)),
        },
        entries: model.entries.into_iter().take(limits::ENTRIES_MAX).map(entry).collect(),
        warnings,
        is_complete: missing == 0,
    }
}

fn entry(model: model::Entry) -> Entry {
    let seconds = |seconds: Option<i64>| seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let title = model.title.map(|title| title.content);
    let (published, updated) = (
        seconds(model.published.map(|time| time.timestamp())),
        seconds(model.updated.map(|time| time.timestamp())),
    );
    let link = model
        .links
        .iter()
        .find(|link| is_alternate(link))
        .or(model.links.first());
    let is_address = |id: &str| id.starts_with("http://") || id.starts_with("https://");
    let link = link
        .map(|link| link.href.clone())
        .or_else(|| Some(model.id.clone()).filter(|id| is_address(id)));
    let id = if model.id.is_empty() {
        own_id(link.as_deref(), title.as_deref(), published)
    } else {
        model.id
    };
    Entry {
        id_is_permalink: is_address(&id),
        id,
        title,
        link,
        links: model
            .links
            .into_iter()
            .map(|link| Link {
                href: link.href,
                rel: link.rel.unwrap_or_else(|| "alternate".to_owned()),
            })
            .collect(),
        published,
        updated,
        author: model
            .authors
            .into_iter()
            .filter_map(|author| author.name)
            .find(|name| !name.is_empty()),
        summary: model.summary.map(|summary| summary.content),
        content: model.content.and_then(|content| content.body),
        language: model.language,
        tags: model
            .categories
            .into_iter()
            .map(|category| category.label.unwrap_or(category.term))
            .collect(),
    }
}

/// The id of an entry that gives none: its link, else a hash of what names it; the same at the next poll.
fn own_id(link: Option<&str>, title: Option<&str>, published: Option<Timestamp>) -> String {
    match link {
        Some(link) => link.to_owned(),
        None => {
            let hash = crate::hash::hash128(format!("{title:?} {published:?}").as_bytes());
            hash.iter().map(|byte| format!("{byte:02x}")).collect()
        }
    }
}

fn is_alternate(link: &model::Link) -> bool {
    link.rel.as_deref().is_none_or(|rel| rel == "alternate")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
