//! The canonical key of a URL: what remains when all is dropped that does not change the story.
//!
//! Owns the rules of the key. Never rewrites a link that people see, never asks the network; when unsure, it keeps apart.

mod clean;
mod encoding;
mod fragment;
mod habits;
mod host;
mod parts;
mod path;
mod query;
mod rules;
mod unwrap;

#[cfg(test)]
mod pairs;
#[cfg(test)]
mod tests;

use url::Url;

use crate::dedup::Lessons;
use crate::dedup::Part;
use crate::dedup::canonical::clean::clean;
use crate::dedup::canonical::fragment::canonical_fragment;
use crate::dedup::canonical::host::canonical_host;
use crate::dedup::canonical::path::Forms;
use crate::dedup::canonical::path::canonical_path;
use crate::dedup::canonical::query::Page;
use crate::dedup::canonical::query::PageKind;
use crate::dedup::canonical::query::canonical_query;
use crate::dedup::canonical::unwrap::HOPS_MAX;
use crate::dedup::canonical::unwrap::unwrap_once;

pub(super) use parts::differing_parts;
pub use rules::RuleLists;
pub use rules::Rules;

/// The version of the rules. Raise it when a rule changes a key, so that stores can know both.
pub const RULES_VERSION: u32 = 5;

/// Keys longer than this are replaced by their hash: real addresses stay below 2 KiB (IE's old limit shaped the web).
const KEY_BYTES_MAX: usize = 2048;
/// Addresses longer than this are refused: a feed of such is an attack (servers commonly refuse lines over 8 KiB).
const URL_BYTES_MAX: usize = 65_536;
/// Rules can uncover one another ("/amp/index.html"); real addresses are stable after the second pass.
const PASSES_MAX: usize = 8;
/// How much of a refused address an error shows.
const SHOWN_CHARS_MAX: usize = 80;

/// A URL's canonical key, and why it differs from the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonical {
    /// Host, path and what else names the story; no scheme. At most 2 KiB, else 32 hexadecimal digits.
    pub key: String,
    /// Ids of the rules that changed something, each once, in the order of firing.
    pub rules: Vec<&'static str>,
}

/// Why a text has no canonical key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// It cannot be read as a URL.
    #[error("\"{url}\" is no URL: {reason}; write an address that begins with https://")]
    Malformed {
        /// The text, cut.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// It is a URL, but not of a web page.
    #[error("\"{url}\" cannot name a story: its scheme is \"{scheme}\"; only http and https can")]
    NotHttp {
        /// The text, cut.
        url: String,
        /// Its scheme.
        scheme: String,
    },
}

/// How much of a URL its key keeps.
#[derive(Clone, Copy, Debug)]
enum Detail<'a> {
    /// What names the story, as far as is known of the place.
    Story(&'a Lessons),
    /// All but what is certainly noise.
    Exact,
}

/// How a key is made.
#[derive(Clone, Copy, Debug)]
struct How<'a> {
    rules: &'a Rules,
    detail: Detail<'a>,
}

/// The parts of an address that are kept although they usually say nothing.
#[derive(Clone, Copy, Debug)]
enum Kept<'a> {
    These(&'a [Part]),
    All,
}

impl Kept<'_> {
    fn has(self, is_it: impl Fn(&Part) -> bool) -> bool {
        match self {
            Self::These(parts) => parts.iter().any(is_it),
            Self::All => true,
        }
    }

    fn parameter(self, name: &str) -> bool {
        self.has(|part| matches!(part, Part::Parameter(kept) if kept == name))
    }
}

/// Ids of rules that fired.
#[derive(Default)]
struct Fired(Vec<&'static str>);

impl Fired {
    fn add(&mut self, rule: &'static str) {
        if !self.0.contains(&rule) {
            self.0.push(rule);
        }
    }
}

/// The canonical key of `url`: two URLs with one key name one story.
///
/// Idempotent ("https://" and the key give the key again) and deterministic; 7 us on average over the labelled pairs.
///
/// # Errors
/// `CanonicalError` when `url` is no absolute http or https URL.
pub fn canonicalize(url: &str) -> Result<Canonical, CanonicalError> {
    canonicalize_under(Rules::current(), Lessons::none(), url)
}

/// The key of `url` under these rules, with what was learnt of its place.
///
/// # Errors
/// As [`canonicalize()`].
pub fn canonicalize_under(rules: &Rules, lessons: &Lessons, url: &str) -> Result<Canonical, CanonicalError> {
    let detail = Detail::Story(lessons);
    canonicalize_with(url, How { rules, detail })
}

/// The key of `url` with its fragment and every parameter that is not certainly noise.
pub(super) fn exact_key(rules: &Rules, url: &str) -> Option<String> {
    let detail = Detail::Exact;
    let canonical = canonicalize_with(url, How { rules, detail }).ok()?;
    Some(canonical.key)
}

/// The story's address inside redirectors, caches and translators; `url` itself where there is none.
pub(super) fn unwrapped(url: &Url) -> Url {
    unwrap_all(url.clone(), Rules::current(), &mut Fired::default())
}

/// `text` as an absolute http or https URL, repaired as the key's rules do.
pub(super) fn web_url(text: &str) -> Option<Url> {
    parse(text).ok()
}

/// Whether the path of `url` looks like a story's.
pub(super) fn is_article_path(url: &Url) -> bool {
    path::is_article_like(&segments(url))
}

fn segments(url: &Url) -> Vec<&str> {
    url.path().split('/').filter(|segment| !segment.is_empty()).collect()
}

fn canonicalize_with(text: &str, how: How<'_>) -> Result<Canonical, CanonicalError> {
    let mut fired = Fired::default();
    let url = parse(text)?;
    let mut key = one_pass(&url, how, &mut fired);
    // A key that is the URL but for its scheme has nothing left to drop.
    let mut is_stable = url.as_str().split_once("://").is_some_and(|(_, rest)| rest == key);
    for _ in 1..PASSES_MAX {
        if is_stable {
            break;
        }
        let Ok(url) = parse(&format!("https://{key}")) else {
            break;
        };
        let next = one_pass(&url, how, &mut fired);
        is_stable = next == key;
        key = next;
    }
    if key.len() > KEY_BYTES_MAX {
        fired.add("hashed");
        key = hex(crate::dedup::hash128(key.as_bytes()));
    }
    Ok(Canonical { key, rules: fired.0 })
}

fn parse(text: &str) -> Result<Url, CanonicalError> {
    let malformed = |reason: &str| CanonicalError::Malformed {
        url: text.chars().take(SHOWN_CHARS_MAX).collect(),
        reason: reason.to_owned(),
    };
    if text.len() > URL_BYTES_MAX {
        return Err(malformed("it is longer than 64 KiB"));
    }
    let url = Url::parse(&clean(text)).map_err(|error| malformed(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(CanonicalError::NotHttp {
            url: text.chars().take(SHOWN_CHARS_MAX).collect(),
            scheme: url.scheme().to_owned(),
        });
    }
    let host = url.host_str().unwrap_or_default();
    if host.trim_matches('.').is_empty() {
        return Err(malformed("it has no host"));
    }
    // The URL standard allows quotes and more in hosts; no name in the DNS has them.
    if !host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
    {
        return Err(malformed("its host is no name"));
    }
    Ok(url)
}

fn unwrap_all(mut url: Url, rules: &Rules, fired: &mut Fired) -> Url {
    for _ in 0..HOPS_MAX {
        let Some((target, rule)) = unwrap_once(&url, rules) else {
            break;
        };
        let Ok(target) = parse(&target) else {
            break;
        };
        fired.add(rule);
        url = target;
    }
    url
}

fn one_pass(url: &Url, how: How<'_>, fired: &mut Fired) -> String {
    let url = unwrap_all(url.clone(), how.rules, fired);
    let host = url.host_str().unwrap_or_default().trim_matches('.');
    let host = canonical_host(host, how.rules, fired);
    let mut key = String::with_capacity(url.as_str().len());
    key.push_str(&host);
    // 443 and 80 are the defaults of the two schemes that the key does not tell apart.
    if let Some(port) = url.port().filter(|port| *port != 80 && *port != 443) {
        key.push(':');
        key.push_str(&port.to_string());
    }
    let page = Page {
        host: &host,
        kind: page_kind(&url),
        kept: kept_at(&host, url.path(), how),
    };
    let forms = if page.kept.has(|part| *part == Part::Path) {
        Forms::Kept
    } else {
        Forms::Dropped
    };
    key.push_str(&canonical_path(url.path(), how, forms, fired));
    if let Some(query) = url.query() {
        let query = canonical_query(query, page, how, fired);
        if !query.is_empty() {
            key.push('?');
            key.push_str(&query);
        }
    }
    if let Some(fragment) = url.fragment() {
        match canonical_fragment(fragment, url.path(), page, how, fired) {
            Some(route) => {
                key.push('#');
                key.push_str(&route);
            }
            None => fired.add("fragment"),
        }
    }
    key
}

fn page_kind(url: &Url) -> PageKind {
    let segments = segments(url);
    match (path::names_story(&segments), path::is_article_like(&segments)) {
        (true, _) => PageKind::Named,
        (false, true) => PageKind::Story,
        (false, false) => PageKind::Other,
    }
}

/// What was learnt of the page and of those above it.
fn kept_at<'a>(host: &str, path: &str, how: How<'a>) -> Kept<'a> {
    match how.detail {
        Detail::Exact => Kept::All,
        Detail::Story(lessons) if lessons.knows(host) => Kept::These(lessons.parts(&place(host, path, how.rules))),
        Detail::Story(_) => Kept::These(&[]),
    }
}

/// Host and path as lessons name them: in the key's form, with AMP, print and page forms.
fn place(host: &str, path: &str, rules: &Rules) -> String {
    let detail = Detail::Exact;
    let path = canonical_path(path, How { rules, detail }, Forms::Kept, &mut Fired::default());
    format!("{host}{path}")
}

fn hex(bytes: [u8; 16]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
