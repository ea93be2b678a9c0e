//! JSON Feed 1.0 and 1.1 with their usual sins, and RSS written as JSON, read into drafts.
//!
//! Never refuses a feed for a wrong type: numbers, texts and lists stand in for each other. Never holds the whole
//! document as values: one entry at a time, and of that only what an entry may say.

mod members;
mod value;

use serde::de::DeserializeSeed;
use url::Url;

use crate::feed::Format;
use crate::feed::document::Document;
use crate::feed::draft::Draft;
use crate::feed::json::members::Channel;
use crate::feed::json::members::ChannelSeed;

/// Deepest nesting in which the end of an entry is sought where a document is cut; serde_json follows as many levels.
const DEPTH_MAX: usize = 128;

/// Reads `text` as JSON Feed or RSS in JSON.
///
/// Cost: time in the length of `text`; memory for the texts of the entries, and one copy of a document that is damaged.
///
/// # Errors
/// One sentence on why it is neither.
pub(super) fn read_json(text: &str, url: &Url) -> Result<Document, String> {
    let whole = channel(text, url).or_else(|_| channel(&repaired(text, &[]), url));
    let is_cut = whole.as_ref().is_err_and(serde_json::Error::is_eof);
    let found = match whole {
        Err(error) if is_cut => last_whole_entry(text)
            .and_then(|(text, ends)| channel(&repaired(text, &ends), url).ok())
            .ok_or(error),
        whole => whole,
    };
    let found = found.map_err(|error| format!("JSON that cannot be read ({error})"))?;
    let feed = found
        .and_then(Channel::feed)
        .ok_or("JSON without the items of a feed")?;
    let mut own = Draft::default();
    own.entry.title = feed.text_of(&["title"]);
    own.entry.language = feed.text_of(&["language"]);
    own.rss_link = feed.text_of(&["home_page_url", "link"]);
    let ttl = feed.text_of(&["ttl"]);
    let entries = feed.entries.unwrap_or_default();
    Ok(Document {
        format: Format::Json,
        feed: own,
        ttl,
        items_seen: entries.seen,
        drafts: entries.drafts,
        repairs: is_cut
            .then_some((text.len(), "the document ends inside an entry"))
            .into_iter()
            .collect(),
        is_cut,
    })
}

/// The first value; whatever follows it is passed over.
fn channel(text: &str, url: &Url) -> Result<Option<Channel>, serde_json::Error> {
    ChannelSeed { url, depth: 0 }.deserialize(&mut serde_json::Deserializer::from_str(text))
}

/// Of a document that ends too early, what stands before the end of its last whole entry, and what is open there.
fn last_whole_entry(text: &str) -> Option<(&str, Vec<char>)> {
    let (mut open, mut deeper) = (Vec::new(), 0_usize);
    let mut last: Option<(usize, Vec<char>)> = None;
    let (mut is_text, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'{' | b'[' if open.len() >= DEPTH_MAX => deeper += 1,
            b'{' => open.push('}'),
            b'[' => open.push(']'),
            b'}' | b']' if deeper > 0 => deeper -= 1,
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
    Some((text.get(..end)?, ends))
}

/// `text` with blanks for raw control characters, and what is open at its end closed.
fn repaired(text: &str, open: &[char]) -> String {
    let mut repaired = String::with_capacity(text.len() + open.len());
    repaired.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    repaired.extend(open.iter().rev());
    repaired
}
