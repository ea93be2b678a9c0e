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
/// Shorter mixtures of letters and digits may be names ("covid19", "g20").
const MIXED_ID_LENGTH_MIN: usize = 9;
/// Ends of scripts that show what their query names.
const SCRIPT_ENDINGS: &[&str] = &["php", "asp", "aspx", "jsp", "do", "cgi", "cfm", "nhn", "pl"];
/// Last segments that show a story with its first comments, for another device, or to be sent. Not the feed of its comments
/// and not their next page: those hold other texts.
const READER_VIEWS: &[&str] = &[
    "comments",
    "comment-page-1",
    "trackback",
    "embed",
    "mobile",
    "share",
    "email",
    "replies",
];
/// Segments that show a story for paper, around its path.
const PRINT_NAMES: &[&str] = &[
    "print",
    "print.html",
    "printable",
    "printview",
    "print-view",
    "imprimir",
    "imprimer",
    "impression",
    "drucken",
    "druckversion",
    "druckansicht",
    "stampa",
    "drukuj",
    "yazdir",
    "cetak",
    "utskrift",
];
/// Ends of file names that show a story in another form; where a name may end so, too, only behind an id.
const ID_FORMS: &[(&str, &str)] = &[
    ("-amp", "amp-path"),
    ("-print", "print-view"),
    ("-imprimir", "print-view"),
    ("-druck", "print-view"),
    ("-mobile", "mobile-view"),
    ("-mobil", "mobile-view"),
];
/// First segments under which a site keeps its mobile pages.
const MOBILE_STARTS: &[&str] = &["m", "mobile", "mnews"];
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
    is_behind_date(segments)
        || segments.iter().any(|segment| {
            let segment = segment.as_ref();
            segment.len() >= SLUG_LENGTH_MIN
                || segment.matches('-').count() >= 2
                || longest_digits(segment) >= ID_DIGITS_MIN
                || (segment.contains(".htm") || segment.contains(".php")) && segment.len() >= 8
        })
}

/// Whether the path names the story by itself: a slug or an id, not only a script that needs a query.
pub(super) fn names_story<S: AsRef<str>>(segments: &[S]) -> bool {
    is_behind_date(segments)
        || segments.iter().any(|segment| {
            let segment = segment.as_ref();
            let (stem, extension) = segment.rsplit_once('.').unwrap_or((segment, ""));
            let is_script = SCRIPT_ENDINGS.contains(&extension);
            longest_digits(stem) >= ID_DIGITS_MIN
                || is_mixed_id(stem)
                || stem.matches('-').count() >= 2
                || !is_script && stem.matches('_').count() >= 2
                || !is_script && (stem.len() >= SLUG_LENGTH_MIN || !extension.is_empty() && stem.len() >= 8)
        })
}

/// "/2026/03/14/bridge": what stands behind a day, as blogs write it, is a story; behind a month it may be a page of its list.
fn is_behind_date<S: AsRef<str>>(segments: &[S]) -> bool {
    let is_number = |segment: &S, lengths: std::ops::RangeInclusive<usize>| {
        let segment = segment.as_ref();
        lengths.contains(&segment.len()) && segment.bytes().all(|b| b.is_ascii_digit())
    };
    let is_name = |segment: &S| segment.as_ref() != "page" && segment.as_ref().bytes().any(|b| b.is_ascii_alphabetic());
    segments.windows(4).any(|four| match four {
        [year, month, day, name] => {
            is_number(year, 4..=4) && is_number(month, 1..=2) && is_number(day, 1..=2) && is_name(name)
        }
        _ => false,
    })
}

/// "/story-1&utm_source=rss": parameters that were added to an address without a query.
fn drop_parameters(segments: &mut Vec<String>, how: How<'_>, fired: &mut Fired) {
    let Some(last) = segments.last_mut() else {
        return;
    };
    // Also with an escaped question mark.
    for mark in ["&", "%3F"] {
        let is_tracking = |at: usize| {
            let rest = last[at + mark.len()..].trim_start_matches("amp;");
            let name = rest.split(['=', '&', '%']).next().unwrap_or_default();
            how.rules.is_tracking(&name.to_ascii_lowercase())
        };
        if let Some(at) = last.find(mark).filter(|at| is_tracking(*at)) {
            last.truncate(at);
            fired.add("tracking-parameter");
        }
    }
    if last.is_empty() {
        segments.pop();
    }
}

/// "8xk2m1abcd": letters and digits without order.
fn is_mixed_id(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() >= MIXED_ID_LENGTH_MIN
        && digits >= 2
        && digits + 2 <= text.len()
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn longest_digits(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max()
        .unwrap_or(0)
}

fn drop_forms(segments: &mut Vec<String>, fired: &mut Fired) {
    if let [.., name, number] = segments.as_slice()
        && number == "1"
        && let Some(rule) = match name.as_str() {
            "page" => Some("first-page"),
            "amp" => Some("amp-path"),
            _ => None,
        }
    {
        segments.truncate(segments.len() - 2);
        fired.add(rule);
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
    drop_end_segment(segments, PRINT_NAMES, "print-view", fired);
    drop_print_folder(segments, fired);
    drop_front_controller(segments, fired);
    drop_reader_view(segments, fired);
    drop_mobile_start(segments, fired);
    drop_punctuation(segments, fired);
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

/// "/economy/print/story-68591234.html": before a story's own segment it is no name.
fn drop_print_folder(segments: &mut Vec<String>, fired: &mut Fired) {
    if let [.., folder, last] = segments.as_slice()
        && PRINT_NAMES.contains(&folder.as_str())
        && names_story(&[last])
    {
        segments.remove(segments.len() - 2);
        fired.add("print-view");
    }
}

/// "/index.php/2026/03/story-of-the-day": the script that answers for every path says nothing.
fn drop_front_controller(segments: &mut Vec<String>, fired: &mut Fired) {
    if let Some((first, rest)) = segments.split_first()
        && first == "index.php"
        && is_article_like(rest)
    {
        segments.remove(0);
        fired.add("default-document");
    }
}

/// What blogs append to a story's own address: its comments, its embedding.
fn drop_reader_view(segments: &mut Vec<String>, fired: &mut Fired) {
    if let [rest @ .., last] = segments.as_slice()
        && READER_VIEWS.contains(&last.as_str())
        && names_story(rest)
    {
        segments.pop();
        fired.add("comment-view");
    }
}

/// "/m/world/story-of-the-day": sites that keep their mobile pages under one folder.
fn drop_mobile_start(segments: &mut Vec<String>, fired: &mut Fired) {
    if let Some((first, rest)) = segments.split_first()
        && MOBILE_STARTS.contains(&first.as_str())
        && rest.len() >= 2
        && rest.last().is_some_and(|last| names_story(&[last]))
    {
        segments.remove(0);
        fired.add("mobile-view");
    }
}

/// The sentence in which the address stood: "story-of-the-day.html)."
fn drop_punctuation(segments: &mut [String], fired: &mut Fired) {
    if !names_story(segments) {
        return;
    }
    let Some(last) = segments.last_mut() else {
        return;
    };
    while let Some(mark) = last.chars().next_back() {
        let is_open = |open: char, close: char| last.matches(open).count() < last.matches(close).count();
        let is_sentence = match mark {
            '.' | ',' | ';' | ':' | '!' | '*' => true,
            ')' => is_open('(', ')'),
            ']' => is_open('[', ']'),
            _ => false,
        };
        if !is_sentence || last.len() == 1 {
            return;
        }
        last.pop();
        fired.add("punctuation");
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
            (".mobile", "mobile-view"),
            ("_mobile", "mobile-view"),
        ];
        let ends_in_id =
            |plain: &str| plain.len() - plain.trim_end_matches(|c: char| c.is_ascii_digit()).len() >= ID_DIGITS_MIN;
        for (suffix, rule) in form.iter().chain(ID_FORMS) {
            let is_form = |plain: &&str| !plain.is_empty() && (!suffix.starts_with('-') || ends_in_id(plain));
            if let Some(plain) = stem.strip_suffix(suffix).filter(is_form) {
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
