//! Paths: default documents, AMP and print forms, session ids.
//!
//! Never changes the case of a path and never drops a segment that may name something.

use crate::dedup::canonical::Fired;
use crate::dedup::canonical::How;
use crate::dedup::canonical::encoding::normalise;

/// A slug or a file name from this length on names a story; section names are shorter (measured on news sites' menus).
const SLUG_LENGTH_MIN: usize = 16;
/// Digits in a row from which on a segment is an id and no year.
const ID_DIGITS_MIN: usize = 5;
/// ASP.NET cookieless session ids have 24 characters.
const ASP_SESSION_LENGTH: usize = 24;

/// What happens to AMP, print and first-page forms of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forms {
    /// They say nothing.
    Dropped,
    /// They name something.
    Kept,
}

/// The path as it stands in the key: empty, or "/" and segments without a trailing slash.
pub(super) fn canonical_path(path: &str, how: How<'_>, forms: Forms, fired: &mut Fired) -> String {
    let path = normalise(path);
    let mut segments: Vec<String> = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let plain = without_session(segment);
        if plain.len() != segment.len() {
            fired.add("session-path");
        }
        if !plain.is_empty() {
            segments.push(plain.to_owned());
        }
    }
    if segments.last().is_some_and(|last| is_default_document(last)) {
        segments.pop();
        fired.add("default-document");
    }
    drop_parameters(&mut segments, how, fired);
    match forms {
        Forms::Dropped => drop_forms(&mut segments, fired),
        Forms::Kept => {}
    }
    let mut out = String::with_capacity(path.len());
    for segment in &segments {
        out.push('/');
        out.push_str(segment);
    }
    out
}

/// Whether these segments look like a story's path and not like a section's.
pub(super) fn is_article_like<S: AsRef<str>>(segments: &[S]) -> bool {
    segments.iter().any(|segment| {
        let segment = segment.as_ref();
        segment.len() >= SLUG_LENGTH_MIN
            || segment.matches('-').count() >= 2
            || longest_digits(segment) >= ID_DIGITS_MIN
            || (segment.contains(".htm") || segment.contains(".php")) && segment.len() >= 8
    })
}

/// "/story-1&utm_source=rss": parameters that were added to an address without a query.
fn drop_parameters(segments: &mut [String], how: How<'_>, fired: &mut Fired) {
    let Some(last) = segments.last_mut() else {
        return;
    };
    let is_tracking = |at: usize| {
        let name = last[at + 1..].split(['=', '&']).next().unwrap_or_default();
        how.rules.is_tracking(&name.to_ascii_lowercase())
    };
    if let Some(at) = last.find('&').filter(|at| *at > 0 && is_tracking(*at)) {
        last.truncate(at);
        fired.add("tracking-parameter");
    }
}

fn longest_digits(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max()
        .unwrap_or(0)
}

fn drop_forms(segments: &mut Vec<String>, fired: &mut Fired) {
    if let [.., page, number] = segments.as_slice()
        && page == "page"
        && number == "1"
    {
        segments.truncate(segments.len() - 2);
        fired.add("first-page");
    }
    drop_end_segment(segments, &["amp", "amp.html"], "amp-path", fired);
    // "/news/amp/story-68591234": before a story's own segment it is no name, either.
    if let Some(at) = segments.iter().position(|segment| segment == "amp")
        && is_article_like(&segments[at + 1..])
    {
        segments.remove(at);
        fired.add("amp-path");
    }
    // "/amp_articleshow/119190001.cms".
    if let Some(at) = segments
        .iter()
        .position(|segment| segment.starts_with("amp_") && segment.len() > "amp_".len())
        && is_article_like(&segments[at + 1..])
    {
        segments[at].drain(.."amp_".len());
        fired.add("amp-path");
    }
    drop_end_segment(segments, &["print", "print.html"], "print-view", fired);
    drop_file_form(segments, fired);
}

/// "/amp" or "/print" around a story's path; alone or around a section it is a name.
fn drop_end_segment(segments: &mut Vec<String>, names: &[&str], rule: &'static str, fired: &mut Fired) {
    let is_form = |segment: &String| names.contains(&segment.as_str());
    if let Some((last, rest)) = segments.split_last()
        && is_form(last)
        && is_article_like(rest)
    {
        segments.pop();
        fired.add(rule);
    } else if let Some((first, rest)) = segments.split_first()
        && is_form(first)
        && is_article_like(rest)
    {
        segments.remove(0);
        fired.add(rule);
    }
}

/// "story.amp", "story.amp.html", "story_print.htm".
fn drop_file_form(segments: &mut [String], fired: &mut Fired) {
    let Some(last) = segments.last_mut() else {
        return;
    };
    if let Some(stem) = last.strip_suffix(".amp").filter(|stem| !stem.is_empty()) {
        *last = stem.to_owned();
        fired.add("amp-path");
        return;
    }
    for extension in [".html", ".htm", ".php", ".shtml"] {
        let Some(stem) = last.strip_suffix(extension) else {
            continue;
        };
        let form = [
            (".amp", "amp-path"),
            ("_amp", "amp-path"),
            ("_print", "print-view"),
            (".print", "print-view"),
        ];
        for (suffix, rule) in form {
            if let Some(plain) = stem.strip_suffix(suffix).filter(|plain| !plain.is_empty()) {
                *last = format!("{plain}{extension}");
                fired.add(rule);
                return;
            }
        }
    }
}

fn is_default_document(segment: &str) -> bool {
    let Some((stem, extension)) = segment.split_once('.') else {
        return false;
    };
    ["index", "default"].iter().any(|name| stem.eq_ignore_ascii_case(name))
        && ["html", "htm", "php", "asp", "aspx", "jsp", "shtml"]
            .iter()
            .any(|name| extension.eq_ignore_ascii_case(name))
}

/// "page;jsessionid=1A2B" without its session; a segment "(S(...))" is one as a whole.
fn without_session(segment: &str) -> &str {
    let is_asp_session = |start: &str| {
        segment
            .strip_prefix(start)
            .and_then(|rest| rest.strip_suffix("))"))
            .is_some_and(|id| id.len() == ASP_SESSION_LENGTH && id.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    if is_asp_session("(S(") || is_asp_session("(s(") {
        return "";
    }
    match segment.split_once(';') {
        Some((page, parameter))
            if ["jsessionid=", "phpsessid="].iter().any(|name| {
                parameter
                    .get(..name.len())
                    .is_some_and(|p| p.eq_ignore_ascii_case(name))
            }) =>
        {
            page
        }
        _ => segment,
    }
}
