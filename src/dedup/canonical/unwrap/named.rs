//! Redirectors that no list knows, told by what they call themselves.
//!
//! Opens an address only where it leads to another site and neither a story nor a share button of its own stands there.

use url::Position;
use url::Url;

use crate::dedup::canonical::path::names_story;
use crate::dedup::canonical::segments;
use crate::dedup::canonical::unwrap::absolute;
use crate::dedup::canonical::unwrap::decoders::BASE64_HTTP;
use crate::dedup::canonical::unwrap::decoders::base64_target;
use crate::dedup::canonical::unwrap::in_path;

/// Segments of paths, without their extension, that say "this leads elsewhere" on any host.
const REDIRECT_NAMES: &[&str] = &[
    "proxy",
    "redirect",
    "redirector",
    "redirection",
    "redirectto",
    "redir",
    "away",
    "out",
    "outbound",
    "outgoing",
    "outlink",
    "exit",
    "leave",
    "leaving",
    "jump",
    "goto",
    "go",
    "click",
    "clicks",
    "clk",
    "clickthrough",
    "clickthru",
    "linkfilter",
    "apiclick",
    "external",
    "externallink",
    "track",
    "trk",
    "rd",
    "forward",
    "fwd",
    "visit",
    "cl0",
    "l0",
    "linkout",
    "outlinks",
    "relay",
    "bounce",
    "deref",
    "dereferrer",
    "extlink",
    "exturl",
    "gourl",
    "gotourl",
    "gotolink",
    "openurl",
    "visitlink",
    "visitsite",
    "weblink",
    "safelink",
    "safelinks",
    "interstitial",
    "clicktime",
    "clickpixel",
    "clickurl",
    "linkclick",
    "ck",
];
/// Parts of segments that say the same, whatever stands around them: "Special:Outgoing", "jsredirect.cgi", "click-tracker".
const REDIRECT_PARTS: &[&str] = &[
    "redirect",
    "outgoing",
    "outbound",
    "clicktrack",
    "linktrack",
    "trackclick",
    "leaving",
    "jsredir",
];
/// Last segments that say so together with a parameter that holds an address.
const LINK_NAMES: &[&str] = &[
    "link", "links", "r", "l", "open", "url", "cc", "c", "t", "app", "openapp", "deeplink",
];
/// Parameters of a site's own root that say "this leads elsewhere".
const ROOT_NAMES: &[&str] = &[
    "redirect_to",
    "redirect_url",
    "redirecturl",
    "redirect_uri",
    "target_url",
    "gotourl",
];
/// First labels of hosts that only lead elsewhere, without digits behind them.
const REDIRECT_LABELS: &[&str] = &[
    "feedproxy",
    "ad",
    "ads",
    "away",
    "clk",
    "click",
    "clicks",
    "ct",
    "ctrk",
    "deeplink",
    "email",
    "exit",
    "ezproxy",
    "feed",
    "feeds",
    "go",
    "goto",
    "jump",
    "l",
    "adclick",
    "clickserve",
    "clicktracker",
    "eclick",
    "link",
    "links",
    "lnk",
    "lnks",
    "mailtrack",
    "rdr",
    "redirector",
    "out",
    "outgoing",
    "proxy",
    "r",
    "redir",
    "redirect",
    "track",
    "tracking",
    "trk",
    "url",
];
/// Parameters that hold the target of such an address.
const TARGET_NAMES: &[&str] = &[
    "url",
    "u",
    "uri",
    "target",
    "to",
    "link",
    "dest",
    "destination",
    "desturl",
    "goto",
    "redirect",
    "redirect_url",
    "redirecturl",
    "redirect_uri",
    "redirect_to",
    "redir",
    "href",
    "out",
    "target_url",
    "targeturl",
    "link_url",
    "linkurl",
    "landing",
    "deeplink",
    "adurl",
    "rurl",
    "murl",
];
/// In names of parameters that hold where the reader came from or goes afterwards.
const BACK_WORDS: &[&str] = &["ref", "src", "source", "back", "return", "callback", "from", "origin"];
/// What an address begins with, as it is, escaped, and in base64.
const ADDRESS_STARTS: &[&str] = &["http", "www.", "//", "%2F%2F", "%2f%2f", BASE64_HTTP];
/// Starts of segments of share buttons: what they carry is shared, not led to.
const SHARE_STARTS: &[&str] = &["share", "intent", "submit", "dialog", "pin"];

/// The address of another site inside `url`, whose host is `host`.
pub(super) fn named_redirector(url: &Url, host: &str) -> Option<String> {
    if !may_hold_an_address(&url[Position::BeforePath..]) {
        return None;
    }
    let segments = segments(url);
    if segments
        .iter()
        .any(|segment| SHARE_STARTS.iter().any(|start| segment.starts_with(start)))
    {
        return None;
    }
    let elsewhere = |target: String| leads_elsewhere(&target, host).then_some(target);
    let label = host.split('.').next().unwrap_or(host);
    let label = label.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_leading = REDIRECT_LABELS.contains(&label) || segments.iter().any(|segment| leads_by_name(segment));
    let in_segment = segments
        .iter()
        .find_map(|segment| base64_target(segment))
        .or_else(|| is_leading.then(|| in_path(url)).flatten());
    if let Some(target) = in_segment.and_then(elsewhere) {
        return Some(target);
    }
    // A proxy in front of a whole address: "proxy.example/https://story".
    if segments
        .first()
        .is_some_and(|first| *first == "https:" || *first == "http:")
    {
        return in_path(url).and_then(elsewhere);
    }
    let query = url.query()?;
    let is_last_named = segments
        .last()
        .is_some_and(|last| leads_by_name(last) || is_named(last, LINK_NAMES));
    if names_story(&segments) && !is_last_named {
        return None;
    }
    if query.starts_with("http") {
        return absolute(query).and_then(elsewhere);
    }
    let is_name_leading =
        |name: &str| segments.is_empty() && (REDIRECT_NAMES.contains(&name) || ROOT_NAMES.contains(&name));
    url.query_pairs().find_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let leads = is_leading || is_last_named;
        let is_target = leads && TARGET_NAMES.contains(&name.as_str());
        // Where the path says "redirect", any address but the way back is the target.
        let is_only = leads && !BACK_WORDS.iter().any(|word| name.contains(word));
        if is_target || is_only || is_name_leading(&name) {
            absolute(&value).or_else(|| base64_target(&value)).and_then(elsewhere)
        } else {
            None
        }
    })
}

/// Whether there is anything to open: nearly all addresses hold no other one.
fn may_hold_an_address(rest: &str) -> bool {
    ADDRESS_STARTS.iter().any(|start| rest.contains(start))
}

fn leads_by_name(segment: &str) -> bool {
    is_named(segment, REDIRECT_NAMES) || has_redirect_part(segment)
}

fn has_redirect_part(segment: &str) -> bool {
    let letters = segment.chars().filter(|c| *c != '-' && *c != '_');
    let letters: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    REDIRECT_PARTS.iter().any(|part| letters.contains(part))
}

fn is_named(segment: &str, names: &[&str]) -> bool {
    let stem = segment.split(['.', ';']).next().unwrap_or(segment);
    let letters = || stem.chars().filter(|c| *c != '-' && *c != '_');
    names.iter().any(|name| {
        let lower = letters().map(|c| c.to_ascii_lowercase());
        lower.eq(name.chars())
    })
}

fn leads_elsewhere(target: &str, host: &str) -> bool {
    let site = |host: &str| psl::domain_str(host).unwrap_or(host).to_owned();
    Url::parse(target).is_ok_and(|other| {
        other
            .host_str()
            .is_some_and(|other| other.contains('.') && site(other) != site(host))
    })
}
