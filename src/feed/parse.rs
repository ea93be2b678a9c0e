//! Reading a feed's document: bytes of any kind in, entries or the reason why there are none out.
//!
//! Never panics, never recurses over the input, and never lets one bad entry cost another. The only place that
//! knows feed-rs, which sees one clean Atom document, whatever the feed was.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::feed::Entry;
use crate::feed::Hints;
use crate::feed::LINK_BYTES_MAX;
use crate::feed::ParseFailure;
use crate::feed::ParsedFeed;
use crate::feed::canonical::write_atom;
use crate::feed::document::Document;
use crate::feed::document::read_document;
use crate::feed::drafts::ENTRIES_MAX;
use crate::feed::encoding::decode;
use crate::feed::entities::Entities;
use crate::feed::entities::unescape;
use crate::feed::html::feeds_of_page;
use crate::feed::json::read_json;
use crate::feed::tokens::Token;
use crate::feed::tokens::Tokens;

/// Largest document that is read; fetching stops at 10 MiB by default, and UTF-16 may double.
const DOCUMENT_MAX_BYTES: usize = 64 * 1024 * 1024;

/// Longest `ttl` that is believed: a week.
const TTL_MAX_MINUTES: u64 = 7 * 24 * 60;

/// Longest feed title that is kept, in characters: it is shown on one line.
const TITLE_MAX_CHARS: usize = 500;

/// Bytes of entries' texts that feed-rs reads at a time; most documents are smaller.
const PART_BYTES: usize = 1024 * 1024;

/// Reads the document `bytes` that came from `url` with the header `content_type`.
///
/// Damage is repaired and told in `warnings`. `is_complete` is false where the document seems to hold more
/// entries than were read, or ends inside one. Cost: a few copies of the document.
///
/// # Errors
/// `Empty`, `Html` with the feeds that the page names, `NotAFeed`, or `OverLimit`.
pub fn read_feed(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Result<ParsedFeed, ParseFailure> {
    if bytes.len() > DOCUMENT_MAX_BYTES {
        let reason = format!("{} bytes are more than the limit of {DOCUMENT_MAX_BYTES}", bytes.len());
        return Err(ParseFailure::OverLimit { reason });
    }
    let decoded = decode(bytes, content_type);
    let text = decoded.text.as_str();
    let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0';
    let body = text.trim_matches(is_blank);
    if body.is_empty() {
        return Err(ParseFailure::Empty);
    }
    let document = match body.starts_with(['{', '[']) {
        true => read_json(body, url).map_err(|reason| ParseFailure::NotAFeed { reason })?,
        false => read_xml(text, url)?,
    };
    let mut warnings: Vec<String> = decoded.warning.into_iter().collect();
    warnings.extend(document.repairs.iter().map(|(at, what)| {
        let line = 1 + text.as_bytes().iter().take(*at).filter(|b| **b == b'\n').count();
        format!("line {line}: {what}")
    }));
    Ok(assemble(document, decoded.encoding, warnings, url))
}

fn read_xml(text: &str, url: &Url) -> Result<Document, ParseFailure> {
    let document = read_document(text, url);
    let is_hollow = document
        .as_ref()
        .is_none_or(|d| d.drafts.are_empty() && d.feed.entry.title.is_none());
    if is_hollow && let Some(feeds) = feeds_of_page(text, url) {
        return Err(ParseFailure::Html { feeds });
    }
    document.ok_or_else(|| {
        let start: String = text.trim_start().chars().take(40).collect();
        let reason = format!("it begins with {start:?} and has no rss, feed or rdf:RDF element");
        ParseFailure::NotAFeed { reason }
    })
}

fn assemble(document: Document, encoding: String, mut warnings: Vec<String>, url: &Url) -> ParsedFeed {
    let Document {
        format,
        feed,
        ttl,
        drafts,
        items_seen,
        is_cut,
        ..
    } = document;
    let mut drafts = drafts.into_vec();
    let dropped = drafts
        .iter_mut()
        .filter_map(|draft| draft.drop_long_links().then_some(()))
        .count();
    if dropped > 0 {
        warnings.push(format!(
            "{dropped} entries with links of more than {LINK_BYTES_MAX} bytes, which were dropped"
        ));
    }
    let own = feed.finish(url);
    let site = own.link.as_deref().and_then(|link| Url::parse(link).ok());
    let site = site.filter(|site| matches!(site.scheme(), "http" | "https"));
    let entries: Vec<Entry> = drafts.into_iter().map(|draft| draft.finish(url)).collect();
    let entries = through_feed_rs(entries);
    let missing = items_seen.saturating_sub(entries.len());
    if missing > 0 {
        let limit = if items_seen > ENTRIES_MAX { " (the limit)" } else { "" };
        warnings.push(format!("{items_seen} entries seen, {} read{limit}", entries.len()));
    }
    let minutes = ttl.and_then(|ttl| ttl.trim().parse::<u64>().ok()).filter(|m| *m > 0);
    ParsedFeed {
        title: own.title.as_deref().map(visible_line).filter(|title| !title.is_empty()),
        format,
        encoding,
        language: own.language,
        site,
        hints: Hints {
            ttl: minutes.map(|m| Duration::from_secs(60 * m.min(TTL_MAX_MINUTES))),
        },
        entries,
        warnings,
        is_complete: missing == 0 && !is_cut,
    }
}

/// Lets feed-rs read the clean document, a part at a time: it and its copy would take twice as much memory again.
fn through_feed_rs(entries: Vec<Entry>) -> Vec<Entry> {
    let mut read = Vec::with_capacity(entries.len());
    let (mut part, mut bytes) = (Vec::new(), 0);
    for entry in entries {
        let texts = [&entry.title, &entry.summary, &entry.content, &entry.author];
        bytes += texts.into_iter().flatten().map(String::len).sum::<usize>();
        part.push(entry);
        if bytes >= PART_BYTES {
            read.extend(part_through_feed_rs(std::mem::take(&mut part)));
            bytes = 0;
        }
    }
    read.extend(part_through_feed_rs(part));
    read
}

/// An entry that feed-rs refuses is tried alone, and then kept as it was written.
fn part_through_feed_rs(entries: Vec<Entry>) -> Vec<Entry> {
    if let Some(read) = read_atom(&entries) {
        return merge(entries, read);
    }
    entries
        .into_iter()
        .flat_map(|entry| {
            let alone = vec![entry];
            match read_atom(&alone) {
                Some(read) => merge(alone, read),
                None => alone,
            }
        })
        .collect()
}

/// What feed-rs reads in the clean document of `entries`; none on an error, a panic, or a different count.
fn read_atom(entries: &[Entry]) -> Option<Vec<feed_rs::model::Entry>> {
    let text = write_atom(None, entries);
    let read = catch_unwind(AssertUnwindSafe(|| {
        let parser = feed_rs::parser::Builder::new().sanitize_content(false).build();
        parser.parse(text.as_bytes()).ok()
    }));
    read.ok()
        .flatten()
        .map(|feed| feed.entries)
        .filter(|read| read.len() == entries.len())
}

/// The values of feed-rs; identity, links and languages are ours.
fn merge(entries: Vec<Entry>, read: Vec<feed_rs::model::Entry>) -> Vec<Entry> {
    let instant = |seconds: i64, nanos: u32| Timestamp::new(seconds, i32::try_from(nanos).ok()?).ok();
    let merged = entries.into_iter().zip(read).map(|(entry, read)| Entry {
        title: read.title.map(|text| text.content).or(entry.title),
        summary: read.summary.map(|text| text.content).or(entry.summary),
        content: read.content.and_then(|content| content.body).or(entry.content),
        published: read
            .published
            .and_then(|at| instant(at.timestamp(), at.timestamp_subsec_nanos()))
            .or(entry.published),
        updated: entry.updated,
        author: read
            .authors
            .into_iter()
            .next()
            .and_then(|person| person.name)
            .or(entry.author),
        ..entry
    });
    merged.collect()
}

/// Visible text on one line: no tags, references replaced, white space collapsed.
fn visible_line(html: &str) -> String {
    let mut text = String::new();
    let mut tokens = Tokens::new(html);
    while let Some((_, token)) = tokens.next() {
        match token {
            Token::Text(part) => text.push_str(&unescape(part, &Entities::default())),
            Token::Cdata(part) => text.push_str(part),
            Token::Start(_) | Token::End(_) => {}
        }
    }
    let line: Vec<&str> = text.split_whitespace().collect();
    line.join(" ").chars().take(TITLE_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests;
