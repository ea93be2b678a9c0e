//! Files with lists of feeds in OPML 2.0: read, and written for other readers.

use std::path::Path;

use crate::config::read_limited;
use crate::feed::Feed;
use crate::feed::opml::OpmlFeed;
use crate::feed::opml::read_opml;

/// The largest list: 10,000 feeds of 400 bytes.
pub(crate) const OPML_LIMIT_BYTES: u64 = 4 * 1024 * 1024;

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
        let name = escape(&feed.display_name(None));
        text += &format!("    <outline type=\"rss\" text=\"{name}\" title=\"{name}\"");
        text += &format!(" xmlUrl=\"{}\"", escape(feed.url.as_str()));
        if !feed.tags.is_empty() {
            text += &format!(" category=\"{}\"", escape(&feed.tags.join(",")));
        }
        text += "/>\n";
    }
    text + "  </body>\n</opml>\n"
}

/// `text` as the value of an attribute (XML 1.0 section 2.3).
fn escape(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;")
}
