//! One clean Atom 1.0 document (RFC 4287) for whatever a feed was: flat, escaped, nothing relative.
//!
//! Never decides anything: it writes what the drafts say.

use jiff::Timestamp;

use crate::feed::Entry;

/// The document of a feed called `title` with `entries`.
pub(super) fn write_atom(title: Option<&str>, entries: &[Entry]) -> String {
    let mut out = String::with_capacity(entries.len() * 1024);
    out.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\">");
    element(&mut out, "title", " type=\"html\"", title);
    for entry in entries {
        write_entry(&mut out, entry);
    }
    out.push_str("</feed>");
    out
}

fn write_entry(out: &mut String, entry: &Entry) {
    out.push_str("<entry>");
    element(out, "id", "", Some(&entry.id));
    element(out, "title", " type=\"html\"", entry.title.as_deref());
    element(out, "summary", " type=\"html\"", entry.summary.as_deref());
    element(out, "content", " type=\"html\"", entry.content.as_deref());
    let instant = |instant: Option<Timestamp>| instant.map(|instant| instant.to_string());
    element(out, "published", "", instant(entry.published).as_deref());
    element(out, "updated", "", instant(entry.updated).as_deref());
    if let Some(author) = &entry.author {
        out.push_str("<author>");
        element(out, "name", "", Some(author));
        out.push_str("</author>");
    }
    for tag in &entry.tags {
        out.push_str("<category term=\"");
        escape(out, tag);
        out.push_str("\"/>");
    }
    out.push_str("</entry>");
}

/// An element with text; an empty one is left out.
fn element(out: &mut String, name: &str, attributes: &str, text: Option<&str>) {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return;
    };
    out.push_str(&format!("<{name}{attributes}>"));
    escape(out, text);
    out.push_str(&format!("</{name}>"));
}

/// Escapes markup; characters that XML 1.0 section 2.2 forbids are left out.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push(c),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(c),
        }
    }
}
