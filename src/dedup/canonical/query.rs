//! Query parameters: which ones name the story.
//!
//! Drops by whole names and by values, never by a part of a name; what is unknown stays.

use crate::dedup::canonical::Fired;
use crate::dedup::canonical::How;
use crate::dedup::canonical::Kept;
use crate::dedup::canonical::encoding::normalise;
use crate::dedup::canonical::habits;

/// Where a link was placed, in a parameter that could also name something: dropped for the values of `rules/places.txt` only.
const PLACE_NAMES: [&str; 18] = [
    "ref", "referrer", "referer", "source", "src", "from", "cid", "r", "s", "st", "via", "medium", "share", "cmp",
    "partner", "feed", "origin", "xref",
];
/// Those of them that hold a referring host; Ghost and others put it into `ref`.
const HOST_NAMES: [&str; 8] = ["ref", "referrer", "referer", "source", "src", "from", "via", "origin"];
/// Values that a feed's own links carry; on a story's page no parameter means anything else by them, unless it asks for something.
const FEED_VALUES: [&str; 6] = ["rss", "rss2", "rssfeed", "rss_feed", "rss-feed", "feedburner"];
/// Parameters that ask: their value is what the page is about, or another form of it.
const ASKING_NAMES: [&str; 16] = [
    "q", "query", "search", "keyword", "keywords", "tag", "tags", "cat", "category", "topic", "id", "p", "name",
    "title", "type", "format",
];
/// Values that switch a flag on.
const ON_VALUES: [&str; 7] = ["", "1", "true", "yes", "y", "on", "t"];
/// PHP and vBulletin session ids are an MD5 in hexadecimal.
const SESSION_HEX_LENGTH: usize = 32;
/// Shorter labels of hosts are countries and languages.
const SITE_NAME_LENGTH_MIN: usize = 3;
/// Digits of the seconds that a cache buster holds, until the year 2286.
const CACHE_BUSTER_DIGITS_MIN: usize = 10;
/// Lengths of numbers that name something: one digit is a flag, and clicks have longer ids.
const NUMBER_LENGTHS: std::ops::RangeInclusive<usize> = 2..=9;
/// Digits behind "sf" in SocialFlow's parameter.
const SOCIAL_FLOW_DIGITS_MIN: usize = 6;

/// The page whose query it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<'a> {
    /// The host as it stands in the key.
    pub(super) host: &'a str,
    /// What its path looks like.
    pub(super) kind: PageKind,
    /// What names a story there although it usually does not.
    pub(super) kept: Kept<'a>,
}

/// What a path looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageKind {
    /// A story's, by itself: a slug or an id stands in it.
    Named,
    /// A story's, or a script's that shows one.
    Story,
    /// A section's, a script's.
    Other,
}

impl PageKind {
    fn is_story(self) -> bool {
        self != Self::Other
    }
}

/// The query as it stands in the key: sorted by name, without what does not change the story on `page`.
pub(super) fn canonical_query(query: &str, page: Page<'_>, how: How<'_>, fired: &mut Fired) -> String {
    let mut pairs: Vec<(String, Option<String>)> = Vec::new();
    let is_alone = !query.contains('&');
    for pair in query.split('&').filter(|pair| !pair.is_empty() && *pair != "=") {
        let pair = without_second_query(unescaped(pair), how, fired);
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (parameter_text(name), Some(parameter_text(value))),
            None => (parameter_text(pair), None),
        };
        let value_text = value.as_deref().unwrap_or_default();
        let reason =
            reason_to_drop(&name, value_text, page, how).or_else(|| by_habit(&name, value_text, query, page, how));
        match reason {
            Some(rule) if !(is_alone && names_alone(&name, value_text, page, how)) => fired.add(rule),
            _ => pairs.push((name, value)),
        }
    }
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    let mut out = String::with_capacity(query.len());
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(&name);
        if let Some(value) = value {
            out.push('=');
            out.push_str(&value);
        }
    }
    out
}

/// "company?cmpid=500209": on a page of a plain word, a number under a tracker's name is what the page is about where it
/// stands alone; trackers come in company.
fn names_alone(name: &str, value: &str, page: Page<'_>, how: How<'_>) -> bool {
    page.kind == PageKind::Other
        && NUMBER_LENGTHS.contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_digit())
        && how.rules.is_name_of_many(&name.to_ascii_lowercase())
}

/// "amp;utm_source" is what is left of "&amp;" that was escaped once too often.
fn unescaped(mut pair: &str) -> &str {
    while let Some(rest) = ["amp;", "amp%3B", "amp%3b"]
        .iter()
        .find_map(|start| pair.strip_prefix(start))
    {
        pair = rest;
    }
    pair
}

/// "id=5?utm_source=rss": a tracker that was added with a second question mark.
fn without_second_query<'a>(pair: &'a str, how: How<'_>, fired: &mut Fired) -> &'a str {
    let Some((first, second)) = pair.split_once('?') else {
        return pair;
    };
    let name = second.split('=').next().unwrap_or_default();
    if !how.rules.is_tracking(&name.to_ascii_lowercase()) {
        return pair;
    }
    fired.add("tracking-parameter");
    first
}

/// In a query, and only there, "+" is a space.
fn parameter_text(text: &str) -> String {
    let text = normalise(text);
    if text.contains('+') {
        text.replace('+', "%20")
    } else {
        text
    }
}

fn reason_to_drop(name: &str, value: &str, page: Page<'_>, how: How<'_>) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    if how.rules.is_tracking(name) || is_numbered_tracker(name) {
        return Some("tracking-parameter");
    }
    if page.kept.parameter(name) {
        return None;
    }
    gated(name, value, page, how)
}

/// What a vendor that no list knows calls its parameters.
fn by_habit(name: &str, value: &str, query: &str, page: Page<'_>, how: How<'_>) -> Option<&'static str> {
    if page.kind != PageKind::Named || page.kept.parameter(&name.to_ascii_lowercase()) {
        return None;
    }
    habits::reason(name, value, query, how.rules)
}

/// SocialFlow numbers its parameter: "sf215833213=1".
fn is_numbered_tracker(name: &str) -> bool {
    name.strip_prefix("sf")
        .is_some_and(|digits| digits.len() >= SOCIAL_FLOW_DIGITS_MIN && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn gated(name: &str, value: &str, page: Page<'_>, how: How<'_>) -> Option<&'static str> {
    if how.rules.is_dropped_on(page.host, name) {
        return Some("site-parameter");
    }
    let value = value.to_ascii_lowercase();
    let is_on = ON_VALUES.contains(&value.as_str());
    let is_hex_session = value.len() == SESSION_HEX_LENGTH && value.bytes().all(|b| b.is_ascii_hexdigit());
    match name {
        "amp" | "amp_markup" | "_amp" | "nonamp" | "noamp" | "wpamp" if is_on || value == "mobile" => {
            Some("amp-parameter")
        }
        "outputtype" | "view" | "mode" | "format" | "output" if value == "amp" || value == "amp-type" => {
            Some("amp-parameter")
        }
        "mobile" | "ismobile" | "nomobile" | "desktop" | "fullsite" if is_on || value == "0" || value == "false" => {
            Some("mobile-view")
        }
        "print" | "printable" | "printview" | "printpage" | "print_page" | "forprint" | "printversion"
        | "printerfriendly" | "printer_friendly" | "druckversion"
            if is_on || value == "print" =>
        {
            Some("print-view")
        }
        "view" | "mode" | "format" | "output" | "action" | "layout" | "style" | "pagewanted" if value == "print" => {
            Some("print-view")
        }
        "tmpl" if value == "component" => Some("print-view"),
        "page" | "paged" | "pagewanted" | "pagenum" | "seite" | "pagina" if value == "1" || value == "all" => {
            Some("first-page")
        }
        "single" | "singlepage" | "showall" | "onepage" if is_on => Some("first-page"),
        "view" if value == "all" => Some("first-page"),
        // Jetpack's share buttons: "share=twitter&nb=1".
        "nb" if value == "1" && page.kind.is_story() => Some("place-parameter"),
        "rss" if is_on => Some("place-parameter"),
        "sid" | "s" | "sessid" | "sessionid" | "session_id" if is_hex_session => Some("session-parameter"),
        "_" if value.len() >= CACHE_BUSTER_DIGITS_MIN && value.bytes().all(|b| b.is_ascii_digit()) => {
            Some("cache-parameter")
        }
        _ if PLACE_NAMES.contains(&name) && is_place(name, &value, page, how) => Some("place-parameter"),
        _ if page.kind.is_story() && FEED_VALUES.contains(&value.as_str()) && !ASKING_NAMES.contains(&name) => {
            Some("place-parameter")
        }
        _ => None,
    }
}

fn is_place(name: &str, value: &str, page: Page<'_>, how: How<'_>) -> bool {
    if how.rules.is_place(value) {
        return true;
    }
    let is_host = value.contains('.')
        && psl::suffix(value.as_bytes()).is_some_and(|suffix| suffix.is_known())
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    // Elsewhere than in `ref`, a host may be what a list is about; on a story's page, and where it is the site's own, it is not.
    let is_own = value == page.host || value.strip_prefix("www.") == Some(page.host);
    // "folha.example/story?origin=folha".
    if page.kind.is_story() && value.len() >= SITE_NAME_LENGTH_MIN && page.host.split('.').any(|label| label == value) {
        return true;
    }
    is_host && (name == "ref" || is_own || page.kind.is_story() && HOST_NAMES.contains(&name))
}
