//! A strict reader of HTML: what it accepts has one meaning for every mail program; it fails on anything else.

/// An element where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// The elements around it, outermost first.
    pub parents: Vec<String>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A document, read.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub elements: Vec<Element>,
    /// All text between tags, entities decoded.
    pub text: String,
    /// What stands in style elements.
    pub styles: String,
}

const VOID: [&str; 3] = ["meta", "br", "hr"];

/// Reads a document.
///
/// Fails on unclosed or crossed elements, attributes without quotes, a bare `<`, `>` or `&` in text, and comments.
pub fn read(html: &str) -> Result<Document, String> {
    let mut document = Document::default();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    while let Some(at) = rest.find('<') {
        let text = decoded(&rest[..at])?;
        match open.last().is_some_and(|name| name == "style") {
            true => document.styles += &text,
            false => document.text += &text,
        }
        let tag = &rest[at + 1..];
        let end = tag
            .find('>')
            .ok_or_else(|| format!("no end of tag: {}", excerpt(tag)))?;
        let (inside, after) = (&tag[..end], &tag[end + 1..]);
        if let Some(name) = inside.strip_prefix('/') {
            let last = open.pop();
            if last.as_deref() != Some(name) {
                return Err(format!("</{name}> closes {last:?}"));
            }
        } else {
            let element = element(inside, &open)?;
            if !VOID.contains(&element.name.as_str()) {
                open.push(element.name.clone());
            }
            document.elements.push(element);
        }
        rest = after;
    }
    document.text += &decoded(rest)?;
    if open.is_empty() {
        Ok(document)
    } else {
        Err(format!("never closed: {open:?}"))
    }
}

fn element(inside: &str, open: &[String]) -> Result<Element, String> {
    let name_end = inside.find(' ').unwrap_or(inside.len());
    let (name, mut rest) = inside.split_at(name_end);
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Err(format!("no element: <{}>", excerpt(inside)));
    }
    let mut attributes = Vec::new();
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (key, value) = attribute
            .split_once("=\"")
            .ok_or_else(|| format!("attribute without quotes: {}", excerpt(attribute)))?;
        let (value, after) = value
            .split_once('"')
            .ok_or_else(|| format!("attribute without end: {}", excerpt(attribute)))?;
        if !key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
            return Err(format!("no attribute name: {}", excerpt(key)));
        }
        attributes.push((key.to_owned(), decoded(value)?));
        rest = after;
    }
    if !rest.is_empty() {
        return Err(format!("behind the attributes: {}", excerpt(rest)));
    }
    Ok(Element {
        name: name.to_owned(),
        attributes,
        parents: open.to_vec(),
    })
}

fn decoded(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['&', '>']) {
        out += &rest[..at];
        let known = [
            ("&amp;", '&'),
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&quot;", '"'),
            ("&#39;", '\''),
        ];
        let (entity, character) = known
            .iter()
            .find(|(entity, _)| rest[at..].starts_with(entity))
            .ok_or_else(|| format!("bare & or >: {}", excerpt(&rest[at..])))?;
        out.push(*character);
        rest = &rest[at + entity.len()..];
    }
    Ok(out + rest)
}

fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}

#[test]
fn what_has_two_meanings_is_refused() {
    for wrong in [
        "<p>x",
        "<p><b></p></b>",
        "<p title=x></p>",
        "<p title=\"x></p>",
        "a > b",
        "a & b",
        "<!-- x --><p></p>",
        "<P></P>",
        "<p \"></p>",
        "&nbsp;",
    ] {
        assert!(read(&format!("<!DOCTYPE html>{wrong}")).is_err(), "{wrong}");
    }
    let right = read("<!DOCTYPE html><p dir=\"auto\">a &amp; <b>b</b></p>").unwrap();
    assert_eq!(right.text, "a & b");
    assert_eq!(right.elements[0].attribute("dir"), Some("auto"));
    assert_eq!(right.elements[1].parents, ["p"]);
}
