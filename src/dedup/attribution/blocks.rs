//! The end of a body as blocks of text with their links.
//!
//! A scanner for what feeds hold, not a parser: it never fails, keeps no tree and reads each byte once.

/// Marks the beginning of a link in a block's text.
pub(super) const LINK_START: char = '\u{1}';
/// Marks the end of a link.
pub(super) const LINK_END: char = '\u{2}';

/// Longest entity name that is looked for ("&thetasym;" and the like).
const ENTITY_BYTES_MAX: usize = 10;

/// A paragraph, a line, a list item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Visible text; the text of each link stands between `LINK_START` and `LINK_END`.
    pub(super) text: String,
    /// Targets of the links, in order.
    pub(super) links: Vec<String>,
    pub(super) setting: Setting,
}

/// Where a block stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Setting {
    /// In the running text.
    #[default]
    Open,
    /// All that a quotation, a list or the one row of a table holds: themes print the line so, too.
    Alone,
    /// Among others in a quotation, table or list, or in a caption, where labels mean something else.
    Enclosed,
}

/// The blocks of `body`; lines are blocks where no tag makes any.
pub(super) fn blocks(body: &str) -> Vec<Block> {
    let mut scanner = Scanner {
        breaks_at_lines: !has_block_tags(body),
        ..Scanner::default()
    };
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        scanner.text(&rest[..start]);
        rest = scanner.tag(&rest[start..]);
    }
    scanner.text(rest);
    scanner.end_block();
    scanner.blocks
}

fn has_block_tags(body: &str) -> bool {
    ["<p>", "<p ", "<div", "<br", "</p", "<P", "<BR", "<DIV", "<li"]
        .iter()
        .any(|tag| body.contains(tag))
}

#[derive(Default)]
struct Scanner {
    blocks: Vec<Block>,
    current: Block,
    enclosing: Vec<Enclosure>,
    is_in_link: bool,
    breaks_at_lines: bool,
}

/// An open quotation, list, table or caption.
struct Enclosure {
    name: String,
    /// The first block inside.
    first_block: usize,
    rows: usize,
    has_caption: bool,
}

impl Scanner {
    fn text(&mut self, text: &str) {
        let text = decode_entities(text);
        let mut lines = text.split('\n');
        self.push(lines.next().unwrap_or_default());
        for line in lines {
            if self.breaks_at_lines {
                self.end_block()
            } else {
                self.current.text.push(' ')
            }
            self.push(line);
        }
    }

    fn push(&mut self, text: &str) {
        self.current.text.extend(text.chars().filter(|c| !is_invisible(*c)));
    }

    /// Reads the tag at the start of `text` and returns what follows it.
    fn tag<'a>(&mut self, text: &'a str) -> &'a str {
        if let Some(comment) = text.strip_prefix("<!--") {
            return comment.split_once("-->").map_or("", |(_, rest)| rest);
        }
        let is_tag = text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let Some(end) = text.find('>').filter(|_| is_tag) else {
            self.current.text.push('<');
            return &text[1..];
        };
        let (inside, rest) = (&text[1..end], &text[end + 1..]);
        let is_closing = inside.starts_with('/');
        let name = inside.trim_start_matches('/');
        let name = name
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if is_closing {
            self.close(&name)
        } else {
            self.open(&name, inside)
        }
        match (is_closing, name.as_str()) {
            (false, "script" | "style") => {
                let end = format!("</{name}");
                rest.find(&end).map_or("", |at| &rest[at..])
            }
            _ => rest,
        }
    }

    fn open(&mut self, name: &str, inside: &str) {
        if name == "a" {
            self.end_link();
            if let Some(href) = attribute(inside, "href") {
                self.current.text.push(LINK_START);
                self.current.links.push(href);
                self.is_in_link = true;
            }
        } else if is_enclosure(name) {
            self.end_block();
            let is_caption = !matches!(name, "blockquote" | "ul" | "ol" | "li" | "table");
            if let Some(outermost) = self.enclosing.first_mut() {
                outermost.has_caption |= is_caption;
            }
            self.enclosing.push(Enclosure {
                name: name.to_owned(),
                first_block: self.blocks.len(),
                rows: 0,
                has_caption: is_caption,
            });
        } else if is_block(name) {
            self.end_block();
            if let Some(outermost) = self.enclosing.first_mut() {
                outermost.rows += usize::from(name == "tr");
            }
        }
    }

    fn close(&mut self, name: &str) {
        if name == "a" {
            self.end_link();
        } else if is_enclosure(name) {
            self.end_block();
            // Items and cells are often left open: what encloses them closes them.
            if let Some(at) = self.enclosing.iter().rposition(|open| open.name == name) {
                let closed = self.enclosing.drain(at..).next();
                if let Some(outermost) = closed.filter(|_| at == 0) {
                    self.mark_alone(&outermost);
                }
            }
        } else if is_block(name) {
            self.end_block();
        }
    }

    /// A lone item may belong to a list that its markup does not show; whole quotations, lists and rows stand for themselves.
    fn mark_alone(&mut self, closed: &Enclosure) {
        let inside = self.blocks.get_mut(closed.first_block..).unwrap_or_default();
        let is_alone = match closed.name.as_str() {
            "blockquote" | "ul" | "ol" => inside.len() == 1,
            "table" => inside.len() == 1 || inside.len() == 2 && closed.rows == 1,
            _ => false,
        };
        if is_alone && !closed.has_caption {
            for block in inside {
                block.setting = Setting::Alone;
            }
        }
    }

    fn end_link(&mut self) {
        if self.is_in_link {
            self.current.text.push(LINK_END);
            self.is_in_link = false;
        }
    }

    fn end_block(&mut self) {
        self.end_link();
        let mut block = std::mem::take(&mut self.current);
        if !self.enclosing.is_empty() {
            block.setting = Setting::Enclosed;
        }
        if !block.text.trim().is_empty() {
            self.blocks.push(block);
        }
    }
}

fn is_enclosure(name: &str) -> bool {
    matches!(
        name,
        "blockquote" | "q" | "table" | "figure" | "figcaption" | "ul" | "ol" | "li" | "pre" | "code" | "cite"
    )
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "br"
            | "hr"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "section"
            | "article"
            | "footer"
            | "header"
            | "aside"
            | "tr"
            | "td"
            | "th"
            | "dl"
            | "dt"
            | "dd"
            | "center"
    )
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{1}' | '\u{2}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}'
    )
}

/// The value of an attribute, decoded.
fn attribute(inside: &str, name: &str) -> Option<String> {
    let lower = inside.to_ascii_lowercase();
    let mut from = 0;
    loop {
        let at = from + lower.get(from..)?.find(name)?;
        let is_start = at > 0 && lower.as_bytes()[at - 1].is_ascii_whitespace();
        from = at + name.len();
        let rest = inside.get(from..)?.trim_start();
        if let Some(value) = rest.strip_prefix('=').filter(|_| is_start) {
            let value = value.trim_start();
            let value = match value.chars().next()? {
                quote @ ('"' | '\'') => value[1..].split(quote).next()?,
                _ => value.split_ascii_whitespace().next()?,
            };
            return Some(decode_entities(value).trim().to_owned());
        }
    }
}

/// `text` with its entities decoded once; unknown ones stay.
pub(super) fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take(ENTITY_BYTES_MAX).position(|b| b == b';');
        match end.and_then(|end| Some((entity(&rest[..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "lsquo" | "rsquo" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "colon" => ':',
        "ndash" | "mdash" => '-',
        "hellip" => '…',
        "ldquo" | "rdquo" => '"',
        "laquo" => '«',
        "raquo" => '»',
        "rarr" => '→',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "aacute" => 'á',
        "iacute" => 'í',
        "oacute" => 'ó',
        "uacute" => 'ú',
        "atilde" => 'ã',
        "ccedil" => 'ç',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        _ => return None,
    })
}
