//! JSON Feed 1.0 and 1.1 with their usual sins, and RSS written as JSON, read into drafts.
//!
//! Never refuses a feed for a wrong type: numbers, texts and lists stand in for each other.

use serde_json::Value;
use url::Url;

use crate::feed::Format;
use crate::feed::capture::escape_html;
use crate::feed::dates::read_date;
use crate::feed::document::Document;
use crate::feed::document::ENTRIES_MAX;
use crate::feed::draft::Draft;
use crate::feed::draft::absolute;
use crate::feed::draft::is_web;

/// Deepest nesting that serde_json follows.
const DEPTH_MAX: usize = 128;

/// Reads `text` as JSON Feed or RSS in JSON.
///
/// # Errors
/// One sentence on why it is neither.
pub(super) fn read_json(text: &str, url: &Url) -> Result<Document, String> {
    let whole = first_value(text).or_else(|_| first_value(&blank_controls(text)));
    let is_cut = whole.as_ref().is_err_and(serde_json::Error::is_eof);
    let value = match whole {
        Err(error) if is_cut => completed(text)
            .and_then(|text| first_value(&blank_controls(&text)).ok())
            .ok_or(error),
        whole => whole,
    };
    let value = value.map_err(|error| format!("JSON that cannot be read ({error})"))?;
    let root = value.get("rss").unwrap_or(&value);
    let feed = root.get("channel").unwrap_or(root);
    let items = feed
        .get("items")
        .or_else(|| feed.get("item"))
        .or_else(|| feed.get("entries"));
    let is_feed = feed.get("version").or_else(|| feed.get("title")).is_some();
    let items = match items {
        Some(Value::Array(items)) => items.as_slice(),
        Some(item @ Value::Object(_)) => std::slice::from_ref(item),
        Some(_) | None if is_feed => &[],
        Some(_) | None => return Err("JSON without the items of a feed".to_owned()),
    };
    let mut own = Draft::default();
    own.entry.title = text_of(feed, &["title"]);
    own.entry.language = text_of(feed, &["language"]);
    own.rss_link = text_of(feed, &["home_page_url", "link"]);
    let drafts = items.iter().filter(|item| item.is_object() || item.is_string());
    Ok(Document {
        format: Format::Json,
        feed: own,
        ttl: text_of(feed, &["ttl"]),
        drafts: drafts.take(ENTRIES_MAX).map(|item| draft(item, url)).collect(),
        items_seen: items.len(),
        repairs: is_cut
            .then_some((text.len(), "the document ends inside an entry"))
            .into_iter()
            .collect(),
        is_cut,
    })
}

/// The first value; whatever follows it is passed over. serde_json refuses more than 128 levels.
fn first_value(text: &str) -> Result<Value, serde_json::Error> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    values.next().unwrap_or(Ok(Value::Null))
}

/// A document that ends too early, up to its last whole entry, with what was open there closed.
fn completed(text: &str) -> Option<String> {
    let mut open = Vec::new();
    let mut last: Option<(usize, Vec<char>)> = None;
    let (mut is_text, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'{' => open.push('}'),
            b'[' => open.push(']'),
            b'}' | b']' => {
                open.pop();
                // Entries are the objects of the outermost list; those of deeper lists are parts of one.
                let depth = last.as_ref().map_or(DEPTH_MAX, |(_, ends)| ends.len());
                if byte == b'}' && open.last() == Some(&']') && open.len() <= depth {
                    last = Some((at + 1, open.clone()));
                }
            }
            _ => {}
        }
    }
    let (end, ends) = last?;
    let ends: String = ends.iter().rev().collect();
    Some(format!("{}{ends}", text.get(..end)?))
}

fn blank_controls(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn draft(item: &Value, url: &Url) -> Draft {
    let mut draft = Draft::default();
    let link = |names: &[&str]| text_of(item, names).map(|href| absolute(url, &href));
    draft.guid = text_of(item, &["id", "guid"]);
    draft.is_permalink = draft.guid.as_deref().is_some_and(is_web);
    draft.rss_link = link(&["url", "link"]);
    if let Some(external) = link(&["external_url"]) {
        draft.add_link(external, "external");
    }
    for attachment in list(item, "attachments").into_iter().chain(list(item, "enclosure")) {
        if let Some(href) = text_of(attachment, &["url"]) {
            draft.add_link(absolute(url, &href), "enclosure");
        }
    }
    draft.publish(&text_of(item, &["date_published", "pubDate", "published"]).unwrap_or_default());
    let entry = &mut draft.entry;
    entry.updated = text_of(item, &["date_modified", "updated"]).and_then(|text| read_date(&text));
    entry.title = text_of(item, &["title"]);
    entry.summary = text_of(item, &["summary", "description"]);
    let plain = || text_of(item, &["content_text"]).map(|text| escape_html(&text));
    entry.content = text_of(item, &["content_html"]).or_else(plain);
    entry.language = text_of(item, &["language"]);
    let mut authors = list(item, "authors").into_iter().chain(list(item, "author"));
    entry.author = authors.find_map(|author| plain_text(author).or_else(|| text_of(author, &["name"])));
    for tag in list(item, "tags").into_iter().chain(list(item, "category")) {
        draft.add_tag(&plain_text(tag).unwrap_or_default());
    }
    draft
}

/// The first non-empty text among the members `names`; numbers count as texts.
fn text_of(value: &Value, names: &[&str]) -> Option<String> {
    names
        .iter()
        .filter_map(|name| value.get(name))
        .find_map(|value| plain_text(value).or_else(|| plain_text(value.get("#value")?)))
}

fn plain_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// The member `name` as a list, also where it is a single value.
fn list<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    match value.get(name) {
        Some(Value::Array(values)) => values.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(value) => vec![value],
    }
}
