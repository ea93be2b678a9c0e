//! What a person sees of a piece of HTML.
//!
//! Owns the reduction of markup to text: one pass, no tree, bounded by the length of its input.
//! Never keeps an attribute, a comment, a script or a style.

use crate::watch::entities::decode;
use crate::watch::entities::plain_reference;
use crate::watch::tags::TagName;

/// The text of `html` as people see it: blocks are parted by a blank line, `<br>` by a newline.
///
/// Entities are decoded twice at most, since many feeds escape twice. Plain text stays as it is: `1 < 2` is no tag.
/// Linear in the length of `html`.
pub fn visible_text(html: &str) -> String {
    let mut sink = Sink::default();
    sink.out.reserve(html.len().min(USUAL_BYTES));
    strip(html, &mut sink);
    sink.finish()
}

/// Bytes of a usual article: room for it is taken at once.
const USUAL_BYTES: usize = 4096;

/// The text of `html` in one line, for titles.
pub fn visible_line(html: &str) -> String {
    // Its only blanks are single spaces and ends of lines.
    let text = visible_text(html);
    if text.contains('\n') {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        text
    }
}

fn strip(html: &str, sink: &mut Sink) {
    let mut rest = html;
    // Without it, "<!--" repeated would cost the square of the length.
    let mut absent = Absent::default();
    loop {
        rest = &rest[sink.until_tag(rest)..];
        if rest.is_empty() {
            return;
        }
        let used = markup(rest, sink, &mut absent);
        if used == 0 {
            sink.plain("<");
        }
        rest = &rest[used.max(1)..];
    }
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
    let bytes = rest.as_bytes();
    match bytes.get(1) {
        Some(first) if first.is_ascii_alphabetic() => {
            let name = TagName::of(&bytes[1..]);
            let Some(end) = tag_end(rest, absent) else {
                return 0;
            };
            sink.tag(name);
            end + hidden_length(name, &rest[..end], &rest[end..], absent)
        }
        Some(b'/') => {
            let name = rest[1..].trim_start_matches('/').as_bytes();
            if !name.first().is_some_and(u8::is_ascii_alphabetic) {
                return 0;
            }
            let Some(end) = tag_end(rest, absent) else {
                return 0;
            };
            sink.tag(TagName::of(name));
            end
        }
        Some(b'!' | b'?') => declaration(rest, sink, absent),
        _ => 0,
    }
}

/// As [`markup`], of what begins with `<!` or `<?`.
fn declaration(rest: &str, sink: &mut Sink, absent: &mut Absent) -> usize {
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
    tag_end(rest, absent).unwrap_or(0)
}

/// Where a tag ends; a `>` inside a quoted attribute does not end it.
fn tag_end(rest: &str, absent: &mut Absent) -> Option<usize> {
    let bytes = rest.as_bytes();
    // Most tags have no attributes, and most of the others none with a bracket or a quote.
    let is_mark = |byte: &u8| matches!(byte, b'>' | b'<' | b'"' | b'\'');
    let mut mark = 1;
    while mark < TAG_BYTES_MAX && bytes.get(mark).is_some_and(|byte| !is_mark(byte)) {
        mark += 1;
    }
    if bytes.get(mark) == Some(&b'>') {
        return Some(mark + 1);
    }
    let first = absent.find(rest, ">")?;
    let mut previous = b' ';
    let mut at = 1;
    // A quote that is never closed must not swallow the document, nor be searched again from every tag.
    while at <= TAG_BYTES_MAX {
        match bytes.get(at) {
            None | Some(b'<') => break,
            Some(b'>') => return Some(at + 1),
            Some(quote @ (b'"' | b'\'')) if previous == b'=' => {
                let inside = bytes[at + 1..].iter().take(TAG_BYTES_MAX);
                let Some(length) = inside.copied().position(|byte| byte == *quote) else {
                    break;
                };
                at += length + 1;
                previous = *quote;
            }
            Some(byte) if byte.is_ascii_whitespace() => {}
            Some(byte) => previous = *byte,
        }
        at += 1;
    }
    (!rest[1..first].contains('<')).then_some(first + 1)
}

/// Bytes of one tag with its attributes: `data:` images are longer, but their end is found by the first `>`.
const TAG_BYTES_MAX: usize = 4096;

fn hidden_length(name: TagName, tag: &str, after: &str, absent: &mut Absent) -> usize {
    let Some(end) = name.end_of_hidden().filter(|_| !tag.ends_with("/>")) else {
        return 0;
    };
    match absent.find(after, end) {
        Some(at) => at,
        // A script that is never closed hides the rest, as in a browser; other elements may have been cut off.
        None if name == TagName::SCRIPT || name == TagName::STYLE => after.len(),
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

    fn tag(&mut self, name: TagName) {
        if name == TagName::BR {
            self.widen(Gap::Line);
        } else if name.is_block() {
            self.widen(Gap::Block);
        }
    }

    /// Adds the text before the next `<` of `html`; how many bytes it takes.
    fn until_tag(&mut self, html: &str) -> usize {
        let bytes = html.as_bytes();
        let (mut at, mut newlines) = (0, 0);
        while let Some(byte) = bytes.get(at) {
            if *byte == b'<' {
                break;
            }
            if *byte == b'&' {
                if let Some((shown, used)) = plain_reference(&html[at..]) {
                    self.show(shown.text(&mut [0; 4]), &mut newlines);
                    at += used;
                    continue;
                }
                // Two passes decode: what one reference becomes may begin another.
                let end = html[at..].find('<').map_or(html.len(), |length| at + length);
                self.show(&decode(&html[at..end]), &mut newlines);
                return end;
            }
            at += self.step(&html[at..], &mut newlines);
        }
        at
    }

    /// Adds `text`, which has neither tags nor references.
    fn plain(&mut self, text: &str) {
        self.show(text, &mut 0);
    }

    fn show(&mut self, text: &str, newlines: &mut u32) {
        let mut at = 0;
        while at < text.len() {
            at += self.step(&text[at..], newlines);
        }
    }

    /// Adds what `rest` begins with, as much as can be taken at once; how many bytes that were.
    fn step(&mut self, rest: &str, newlines: &mut u32) -> usize {
        let length = shown_length(rest.as_bytes());
        if length > 0 {
            *newlines = 0;
            self.fill();
            self.out.push_str(&rest[..length]);
            return length;
        }
        let Some(first) = rest.chars().next() else {
            return 0;
        };
        if is_bidi_control(first) || first == '\u{0}' {
            return first.len_utf8();
        }
        if first.is_whitespace() || first.is_control() {
            *newlines += u32::from(first == '\n');
            // A blank line in plain text parts blocks, too; one newline is a space.
            self.widen(if *newlines > 1 { Gap::Block } else { Gap::Space });
        } else {
            *newlines = 0;
            self.fill();
            self.out.push(first);
        }
        first.len_utf8()
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

/// Bytes that are looked at together.
const STRIDE: usize = 16;

/// How many bytes from the start, which begins a character, are shown as they are, for certain: printable ASCII with
/// single spaces, and letters of blocks that have no blanks and no controls. What begins markup ends them.
fn shown_length(bytes: &[u8]) -> usize {
    if bytes.first().is_none_or(|first| *first == b' ' || !is_shown(*first)) {
        return 0;
    }
    let mut length = 0;
    while let Some(stride) = bytes[length..].first_chunk() {
        let shown = shown_in_stride(stride);
        length += shown;
        if shown < STRIDE {
            return without_space(bytes, length);
        }
    }
    // Behind the end stand zeros, which are not shown.
    let mut last = [0; STRIDE + 1];
    let rest = &bytes[length..];
    last[..rest.len()].copy_from_slice(rest);
    without_space(bytes, length + shown_in_stride(&last))
}

/// A space is shown where what follows is.
fn without_space(bytes: &[u8], length: usize) -> usize {
    length - usize::from(length > 0 && bytes[length - 1] == b' ')
}

/// How many bytes of a stride are shown. Without a branch inside, so that it becomes a few instructions on whole
/// vectors; the byte behind the stride only tells whether two spaces meet.
fn shown_in_stride(bytes: &[u8; STRIDE + 1]) -> usize {
    let mut ends = [0; STRIDE];
    for (at, end) in ends.iter_mut().enumerate() {
        *end = u8::from(!is_shown(bytes[at]) | is_blank_pair(bytes[at], bytes[at + 1]));
    }
    (u128::from_le_bytes(ends).trailing_zeros() / u8::BITS) as usize
}

/// Whether a byte is printable ASCII that begins no markup, or begins or continues a letter that is shown. What begins with C2 may be the
/// blank U+00A0 or the control U+0085; E1, E2 and EF have blanks and marks of direction.
fn is_shown(byte: u8) -> bool {
    let is_letter = (0x80..=0xec).contains(&byte) & (byte != 0xc2) & (byte != 0xe1) & (byte != 0xe2);
    (b' '..=b'~').contains(&byte) & (byte != b'<') & (byte != b'&') | is_letter
}

/// Whether two bytes are two spaces, or may begin U+3000, the blank of ideographs.
fn is_blank_pair(byte: u8, next: u8) -> bool {
    ((byte == b' ') & (next == b' ')) | ((byte == 0xe3) & (next == 0x80))
}

/// Controls that reorder what is shown: they can make a text read as something else.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
