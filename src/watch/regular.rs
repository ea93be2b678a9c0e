//! Regular expressions of queries: `/pattern/` and `/pattern/i` (QUERY.md section 1).
//!
//! Owns their limits, the literal that rules texts out, and the search with its places in the text as it is.

use std::borrow::Cow;

use regex::Regex;
use regex::RegexBuilder;
use unicode_normalization::IsNormalized;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::is_nfc_quick;

/// Bytes of a compiled pattern (QUERY.md section 1).
const COMPILED_BYTES_MAX: usize = 1 << 20;
/// Bytes of the longest literal that is too common to rule anything out.
const LITERAL_BYTES_MIN: usize = 3;
/// Bytes that one search may read in all, from every match to the end: repeated searches could cost the square.
const WORK_BYTES_MAX: usize = 512 * 1024;

/// A pattern, ready to search.
#[derive(Clone, Debug)]
pub(crate) struct Regular {
    /// As written between the slashes.
    source: String,
    is_caseless: bool,
    engine: Regex,
    /// What stands in every text that matches.
    literal: Option<String>,
}

impl PartialEq for Regular {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.is_caseless == other.is_caseless
    }
}

impl Eq for Regular {}

impl std::fmt::Display for Regular {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/{}/{}", self.source, if self.is_caseless { "i" } else { "" })
    }
}

/// Why a pattern cannot be used, and how many characters into it.
#[derive(Debug)]
pub(crate) struct BadPattern {
    pub(crate) column: usize,
    pub(crate) reason: String,
}

impl Regular {
    /// Compiles the pattern `source`; capitals count unless `is_caseless`.
    pub(crate) fn new(source: &str, is_caseless: bool) -> Result<Self, BadPattern> {
        let normal: String = source.nfc().collect();
        let engine = RegexBuilder::new(&normal)
            .case_insensitive(is_caseless)
            .size_limit(COMPILED_BYTES_MAX)
            .build()
            .map_err(|error| explained(&error))?;
        if engine.is_match("") {
            return Err(BadPattern {
                column: 0,
                reason: "this pattern finds nothing at all, which stands everywhere; write + instead of *".to_owned(),
            });
        }
        Ok(Self {
            literal: literal(&normal, is_caseless),
            source: source.to_owned(),
            is_caseless,
            engine,
        })
    }

    /// Whether every document must be searched, since the pattern has no fixed part.
    pub(crate) fn lacks_literal(&self) -> bool {
        self.literal.is_none()
    }

    /// Where the pattern stands in `text`; nothing where it does not. Texts are searched up to [`WORK_BYTES_MAX`].
    pub(crate) fn find(&self, text: &str) -> Option<Vec<(usize, usize)>> {
        let text = &text[..text.floor_char_boundary(WORK_BYTES_MAX)];
        let normal = Normal::new(text);
        let literal = self.literal.as_deref().unwrap_or_default();
        if !normal.text.contains(literal) {
            return None;
        }
        let mut out: Option<Vec<(usize, usize)>> = None;
        let (mut at, mut work) = (0, 0);
        while work < WORK_BYTES_MAX
            && let Some(found) = self.engine.find_at(&normal.text, at)
        {
            let spans = out.get_or_insert_default();
            if !found.is_empty() {
                spans.push((normal.start(found.start()), normal.end(found.end())));
            }
            work += normal.text.len() - at;
            let next = normal.text[found.end()..].chars().next().map_or(1, char::len_utf8);
            at = found.end() + if found.is_empty() { next } else { 0 };
            if at > normal.text.len() {
                break;
            }
        }
        out
    }
}

/// A text in NFC, with the way back.
struct Normal<'a> {
    text: Cow<'a, str>,
    /// Where each byte of `text` came from; empty where nothing changed.
    origin: Vec<(usize, usize)>,
}

impl<'a> Normal<'a> {
    fn new(text: &'a str) -> Self {
        if is_nfc_quick(text.chars()) == IsNormalized::Yes {
            return Self {
                text: Cow::Borrowed(text),
                origin: Vec::new(),
            };
        }
        let (mut normal, mut origin) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
        let mut start = 0;
        let is_start =
            |c: char| canonical_combining_class(c) == 0 && is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes;
        let ends = text.char_indices().filter(|(at, c)| *at > 0 && is_start(*c));
        for end in ends.map(|(at, _)| at).chain([text.len()]) {
            normal.extend(text[start..end].nfc());
            origin.resize(normal.len(), (start, end));
            start = end;
        }
        Self {
            text: Cow::Owned(normal),
            origin,
        }
    }

    fn start(&self, at: usize) -> usize {
        self.origin.get(at).map_or(at, |(start, _)| *start)
    }

    fn end(&self, at: usize) -> usize {
        let last = at.checked_sub(1).and_then(|last| self.origin.get(last));
        last.map_or(at, |(_, end)| *end)
    }
}

/// The message of the library in one line, and where its caret stands.
fn explained(error: &regex::Error) -> BadPattern {
    if let regex::Error::CompiledTooBig(_) = error {
        return BadPattern {
            column: 0,
            reason: "this pattern is too large; write smaller repetitions".to_owned(),
        };
    }
    /// How far the library indents the pattern and its caret.
    const INDENT: usize = 4;
    let text = error.to_string();
    let column = text.lines().find_map(|line| {
        let is_caret_line = line.trim_start().starts_with('^');
        is_caret_line.then(|| line.chars().take_while(|c| *c == ' ').count().saturating_sub(INDENT))
    });
    let reason = text.lines().find_map(|line| line.strip_prefix("error: "));
    BadPattern {
        column: column.unwrap_or(0),
        reason: format!("this pattern cannot be read: {}", reason.unwrap_or("see docs.rs/regex")),
    }
}

/// The longest plain text that stands in everything that `pattern` matches.
fn literal(pattern: &str, is_caseless: bool) -> Option<String> {
    let mut runs = Runs::default();
    let mut depth = 0_usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped) if escaped.is_ascii_punctuation() => runs.push(escaped),
                _ => {
                    runs.cut();
                    if chars.peek() == Some(&'{') {
                        chars.by_ref().find(|c| *c == '}');
                    }
                }
            },
            '(' => {
                depth += 1;
                runs.cut();
                let changes_flags = chars.next_if_eq(&'?').is_some()
                    && !chars.peek().is_some_and(|next| matches!(next, ':' | 'P' | '<'));
                if changes_flags {
                    return None;
                }
            }
            ')' => {
                depth = depth.saturating_sub(1);
                runs.cut();
            }
            '[' => {
                skip_class(&mut chars);
                runs.cut();
            }
            '|' if depth == 0 => return None,
            '?' | '*' | '{' => {
                runs.forget_last();
                if c == '{' {
                    chars.by_ref().find(|c| *c == '}');
                }
            }
            '+' | '.' | '^' | '$' | '|' => runs.cut(),
            _ if depth > 0 || (is_caseless && c.is_alphabetic()) => runs.cut(),
            plain => runs.push(plain),
        }
    }
    runs.cut();
    (runs.longest.len() >= LITERAL_BYTES_MIN).then_some(runs.longest)
}

/// Plain texts of a pattern.
#[derive(Default)]
struct Runs {
    open: String,
    longest: String,
}

impl Runs {
    fn push(&mut self, c: char) {
        self.open.push(c);
    }

    fn cut(&mut self) {
        if self.open.len() > self.longest.len() {
            self.longest.clone_from(&self.open);
        }
        self.open.clear();
    }

    fn forget_last(&mut self) {
        self.open.pop();
        self.cut();
    }
}

fn skip_class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let mut depth = 1_usize;
    let mut is_first = true;
    while let Some(c) = chars.next() {
        match c {
            '^' if is_first => continue,
            ']' if is_first => {}
            ']' => depth -= 1,
            '[' => depth += 1,
            '\\' => {
                chars.next();
            }
            _ => {}
        }
        is_first = false;
        if depth == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
