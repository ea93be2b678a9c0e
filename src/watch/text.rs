//! What a person sees of a piece of HTML.
//!
//! Owns the reduction of markup to text: one pass, no tree, bounded by the length of its input.
//! Never keeps an attribute, a comment, a script or a style.

use crate::watch::entities::decode;

/// Tags after which a new block begins, in the order of the alphabet; from the HTML standard's flow content that is shown as a block.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
];
/// Elements whose content is not shown.
const HIDDEN: &[&str] = &[
    "script", "style", "template", "noscript", "svg", "math", "iframe", "object",
];
/// Letters of the longest tag name that matters here, and some; a longer name is no tag we know.
const TAG_NAME_BYTES_MAX: usize = 16;

/// The text of `html` as people see it: blocks are parted by a blank line, `<br>` by a newline.
///
/// Entities are decoded twice at most, since many feeds escape twice. Plain text stays as it is: `1 < 2` is no tag.
/// Linear in the length of `html`.
pub fn visible_text(html: &str) -> String {
    let mut sink = Sink::default();
    sink.out.reserve(html.len().min(USUAL_BYTES));
    if html.contains('<') {
        strip(html, &mut sink);
    } else {
        sink.plain(&decode(html));
    }
    sink.finish()
}

/// Bytes of a usual article: room for it is taken at once.
const USUAL_BYTES: usize = 4096;

/// The text of `html` in one line, for titles.
pub fn visible_line(html: &str) -> String {
    let text = visible_text(html);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn strip(html: &str, sink: &mut Sink) {
    let mut rest = html;
    // Without it, "<!--" repeated would cost the square of the length.
    let mut absent = Absent::default();
    while let Some(at) = rest.find('<') {
        sink.plain(&decode(&rest[..at]));
        rest = &rest[at..];
        let used = markup(rest, sink, &mut absent);
        if used == 0 {
            sink.plain("<");
            rest = &rest[1..];
        } else {
            rest = &rest[used..];
        }
    }
    sink.plain(&decode(rest));
}

/// Where ends of markup were found last, so that no stretch is searched twice.
#[derive(Default)]
struct Absent {
    /// An end, and how many bytes remain from it to the end of the document; 0 where it occurs no more.
    found: Vec<(&'static str, usize)>,
}

impl Absent {
    /// Where `end` begins in `rest`, which is a tail of the document.
    fn find(&mut self, rest: &str, end: &'static str) -> Option<usize> {
        let known = self.found.iter().position(|(name, _)| *name == end);
        if let Some(&(_, remaining)) = known.and_then(|at| self.found.get(at))
            && remaining <= rest.len()
        {
            return (remaining > 0).then(|| rest.len() - remaining);
        }
        let at = find_ignoring_case(rest, end);
        let remaining = at.map_or(0, |at| rest.len() - at);
        match known.and_then(|at| self.found.get_mut(at)) {
            Some(slot) => slot.1 = remaining,
            None => self.found.push((end, remaining)),
        }
        at
    }
}

/// How many bytes of `rest`, which begins with `<`, are markup; nothing where it is a plain sign.
fn markup(rest: &str, sink: &mut Sink, absent: &mut Absent) -> usize {
    if rest.starts_with("<!--") {
        return absent.find(rest, "-->").map_or(rest.len(), |at| at + 3);
    }
    if let Some(inner) = rest.strip_prefix("<![CDATA[") {
        return match absent.find(inner, "]]>") {
            Some(at) => {
                sink.plain(&inner[..at]);
                9 + at + 3
            }
            None => 9,
        };
    }
    let after = rest[1..].trim_start_matches('/');
    let is_closing = rest.starts_with("</");
    let Some(first) = after.chars().next() else {
        return 0;
    };
    let is_declaration = matches!(first, '!' | '?') && !is_closing;
    if !first.is_ascii_alphabetic() && !is_declaration {
        return 0;
    }
    let (name, length) = lower_name(after.as_bytes());
    let name = std::str::from_utf8(&name[..length]).unwrap_or_default();
    let Some(end) = tag_end(rest, absent) else {
        return 0;
    };
    let skipped = if is_closing {
        0
    } else {
        hidden_length(name, &rest[..end], &rest[end..], absent)
    };
    sink.tag(name);
    end + skipped
}

/// The name of a tag in small letters, and its length; what is longer than any name that matters is cut.
fn lower_name(after: &[u8]) -> ([u8; TAG_NAME_BYTES_MAX], usize) {
    let mut name = [0; TAG_NAME_BYTES_MAX];
    let mut length = 0;
    for (own, byte) in name
        .iter_mut()
        .zip(after)
        .take_while(|(_, byte)| byte.is_ascii_alphanumeric())
    {
        *own = byte.to_ascii_lowercase();
        length += 1;
    }
    (name, length)
}

/// Where a tag ends; a `>` inside a quoted attribute does not end it.
fn tag_end(rest: &str, absent: &mut Absent) -> Option<usize> {
    let first = absent.find(rest, ">")?;
    let mut quote = None;
    let mut previous = b' ';
    for (i, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(i + 1),
            (None, b'<') if i > 0 => break,
            (None, b'"' | b'\'') if previous == b'=' => quote = Some(byte),
            (Some(open), _) if byte == open => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            previous = byte;
        }
        // A quote that is never closed must not swallow the document, nor be searched again from every tag.
        if i > TAG_BYTES_MAX {
            break;
        }
    }
    (!rest[1..first].contains('<')).then_some(first + 1)
}

/// Bytes of one tag with its attributes: `data:` images are longer, but their end is found by the first `>`.
const TAG_BYTES_MAX: usize = 4096;

fn hidden_length(name: &str, tag: &str, after: &str, absent: &mut Absent) -> usize {
    if tag.ends_with("/>") {
        return 0;
    }
    let end = match HIDDEN.iter().find(|hidden| **hidden == name) {
        None => return 0,
        Some(&"script") => "</script",
        Some(&"style") => "</style",
        Some(&"template") => "</template",
        Some(&"noscript") => "</noscript",
        Some(&"svg") => "</svg",
        Some(&"math") => "</math",
        Some(&"iframe") => "</iframe",
        Some(_) => "</object",
    };
    match absent.find(after, end) {
        Some(at) => at,
        // A script that is never closed hides the rest, as in a browser; other elements may have been cut off.
        None if matches!(name, "script" | "style") => after.len(),
        None => 0,
    }
}

fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    let mut from = 0;
    let first = needle.chars().next()?;
    while let Some(at) = text[from..].find(first) {
        let start = from + at;
        let candidate = text.as_bytes().get(start..start + needle.len())?;
        if candidate.eq_ignore_ascii_case(needle.as_bytes()) {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

/// Collects text and collapses its whitespace.
#[derive(Default)]
struct Sink {
    out: String,
    gap: Gap,
}

/// What stands between the text so far and the next character.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Block,
}

impl Sink {
    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn tag(&mut self, name: &str) {
        if name == "br" {
            self.widen(Gap::Line);
        } else if BLOCKS.binary_search(&name).is_ok() {
            self.widen(Gap::Block);
        }
    }

    fn plain(&mut self, text: &str) {
        let mut newlines = 0;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = shown_length(rest.as_bytes());
            if length > 0 {
                newlines = 0;
                self.fill();
                self.out.push_str(&rest[..length]);
                rest = &rest[length..];
                continue;
            }
            rest = &rest[first.len_utf8()..];
            if is_bidi_control(first) || first == '\u{0}' {
                continue;
            }
            if first.is_whitespace() || first.is_control() {
                newlines += usize::from(first == '\n');
                // A blank line in plain text parts blocks, too; one newline is a space.
                self.widen(if newlines > 1 { Gap::Block } else { Gap::Space });
                continue;
            }
            newlines = 0;
            self.fill();
            self.out.push(first);
        }
    }

    fn fill(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if self.out.is_empty() {
            return;
        }
        match gap {
            Gap::None => {}
            Gap::Space => self.out.push(' '),
            Gap::Line => self.out.push('\n'),
            Gap::Block => self.out.push_str("\n\n"),
        }
    }

    fn finish(self) -> String {
        self.out
    }
}

/// How many bytes from the start are shown as they are, for certain: printable ASCII with single spaces, and
/// letters of blocks that have no blanks and no controls.
fn shown_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        length += match byte {
            0x21..=0x7e => 1,
            // One space between two of them.
            b' ' if length > 0 && matches!(bytes.get(length + 1), Some(0x21..=0x7e | 0xc3..=0xdf | 0xe4..=0xec)) => 1,
            // U+00C0 and later; U+0085 and U+00A0 are blanks.
            0xc3..=0xdf => 2,
            // U+0800 to U+0FFF and U+3040 to U+CFFF; U+1000 to U+1FFF holds one blank, U+2000 to U+203F many.
            0xe3 if bytes.get(length + 1).is_some_and(|next| *next > 0x80) => 3,
            0xe0 | 0xe4..=0xec => 3,
            _ => return length,
        };
    }
    length
}

/// Controls that reorder what is shown: they can make a text read as something else.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
