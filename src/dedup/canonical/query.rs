//! Query parameters: which ones name the story.
//!
//! Drops by whole names and by values, never by a part of a name; what is unknown stays.

use crate::dedup::canonical::Detail;
use crate::dedup::canonical::Fired;
use crate::dedup::canonical::encoding::normalise;
use crate::dedup::canonical::rules::rules;

/// Where a link was placed, in a parameter that could also name something: dropped for these values only.
const PLACE_NAMES: [&str; 15] = [
    "ref", "referrer", "referer", "source", "src", "from", "cid", "r", "s", "st", "via", "medium", "share", "cmp",
    "partner",
];
/// Values of `PLACE_NAMES` that say how the reader came (seen in feeds and share buttons).
const PLACE_VALUES: [&str; 34] = [
    "rss",
    "rss2",
    "rssfeed",
    "rss_feed",
    "rss-feed",
    "feed",
    "feeds",
    "atom",
    "feedburner",
    "twitter",
    "tw",
    "facebook",
    "fb",
    "newsletter",
    "email",
    "mail",
    "e-mail",
    "social",
    "share",
    "whatsapp",
    "telegram",
    "linkedin",
    "reddit",
    "instagram",
    "googlenews",
    "google_news",
    "google-news",
    "flipboard",
    "hackernews",
    "hn",
    "sharebutton",
    "share_button",
    "pushnotification",
    "homepage",
];
/// Values that switch a flag on.
const ON_VALUES: [&str; 7] = ["", "1", "true", "yes", "y", "on", "t"];
/// PHP and vBulletin session ids are an MD5 in hexadecimal.
const SESSION_HEX_LENGTH: usize = 32;

/// The query as it stands in the key: sorted by name, without what does not change the story on `host`.
pub(super) fn canonical_query(query: &str, host: &str, detail: Detail, fired: &mut Fired) -> String {
    let mut pairs: Vec<(String, Option<String>)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty() && *pair != "=") {
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (parameter_text(name), Some(parameter_text(value))),
            None => (parameter_text(pair), None),
        };
        match reason_to_drop(&name, value.as_deref().unwrap_or_default(), host, detail) {
            Some(rule) => fired.add(rule),
            None => pairs.push((name, value)),
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

/// In a query, and only there, "+" is a space.
fn parameter_text(text: &str) -> String {
    let text = normalise(text);
    if text.contains('+') {
        text.replace('+', "%20")
    } else {
        text
    }
}

fn reason_to_drop(name: &str, value: &str, host: &str, detail: Detail) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    if rules().is_tracking(name) {
        return Some("tracking-parameter");
    }
    match detail {
        Detail::Exact => None,
        Detail::Story => gated(name, value, host),
    }
}

fn gated(name: &str, value: &str, host: &str) -> Option<&'static str> {
    if rules().is_dropped_on(host, name) {
        return Some("site-parameter");
    }
    let value = value.to_ascii_lowercase();
    let is_on = ON_VALUES.contains(&value.as_str());
    let is_hex_session = value.len() == SESSION_HEX_LENGTH && value.bytes().all(|b| b.is_ascii_hexdigit());
    match name {
        "amp" | "amp_markup" | "_amp" | "nonamp" | "noamp" if is_on || value == "mobile" => Some("amp-parameter"),
        "outputtype" | "view" | "mode" | "format" | "output" if value == "amp" => Some("amp-parameter"),
        "print" | "printable" | "printview" | "printerfriendly" | "printer_friendly" if is_on || value == "print" => {
            Some("print-view")
        }
        "view" | "mode" | "format" | "output" | "action" | "layout" if value == "print" => Some("print-view"),
        "tmpl" if value == "component" => Some("print-view"),
        "page" | "paged" | "pagewanted" | "pagenum" if value == "1" || value == "all" => Some("first-page"),
        "single" | "singlepage" | "showall" | "onepage" if is_on => Some("first-page"),
        "view" if value == "all" => Some("first-page"),
        "rss" if is_on => Some("place-parameter"),
        "sid" | "s" | "sessid" | "sessionid" | "session_id" if is_hex_session => Some("session-parameter"),
        _ if PLACE_NAMES.contains(&name) && is_place(name, &value, host) => Some("place-parameter"),
        _ => None,
    }
}

fn is_place(name: &str, value: &str, host: &str) -> bool {
    if PLACE_VALUES.contains(&value) {
        return true;
    }
    // Ghost and others put the referring host into `ref`; elsewhere only the site's own host is no choice.
    let is_host = value.contains('.')
        && psl::suffix(value.as_bytes()).is_some_and(|suffix| suffix.is_known())
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    is_host && (name == "ref" || value == host || value.strip_prefix("www.") == Some(host))
}
