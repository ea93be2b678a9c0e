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
    out.push_str("</entry>");
}

/// An element with text; an empty one is left out.
fn element(out: &mut String, name: &str, attributes: &str, text: Option<&str>) {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return;
    };
    out.extend(["<", name, attributes, ">"]);
    character_data(out, text);
    out.extend(["</", name, ">"]);
}

/// A CDATA section: bodies are full of markup, and a reader of references would stop at each `<` and `&`.
fn character_data(out: &mut String, text: &str) {
    out.push_str("<![CDATA[");
    let mut rest = text;
    while let Some(at) = rest.find("]]>") {
        push_legal(out, &rest[..at + 2]);
        // The mark that would end the section stands in two sections.
        out.push_str("]]><![CDATA[");
        rest = &rest[at + 2..];
    }
    push_legal(out, rest);
    out.push_str("]]>");
}

/// Appends `text` without the characters that XML 1.0 section 2.2 forbids.
fn push_legal(out: &mut String, text: &str) {
    // No early exit: nearly every text is clean, and a plain sweep over all bytes is several times faster.
    let may_hold_forbidden = text.as_bytes().iter().fold(false, |found, byte| {
        found | (*byte < 0x20 && *byte != b'\n' && *byte != b'\t' && *byte != b'\r') | (*byte == 0xef)
    });
    if !may_hold_forbidden {
        return out.push_str(text);
    }
    let is_forbidden =
        |c: &char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    out.extend(text.chars().filter(|c| !is_forbidden(c)));
}
