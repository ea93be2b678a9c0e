//! Redirectors, caches, archives and translators that carry the story's address inside their own.
//!
//! Never asks the network: an address that only a server can resolve stays as it is.

mod decoders;
mod named;
mod recording;

use url::Url;

use crate::dedup::canonical::encoding::decode;
use crate::dedup::canonical::rules::Place;
use crate::dedup::canonical::rules::Rules;
use crate::dedup::canonical::unwrap::decoders::base64_target;
use crate::dedup::canonical::unwrap::decoders::bing_target;
use crate::dedup::canonical::unwrap::decoders::feeds_portal_target;
use crate::dedup::canonical::unwrap::decoders::google_news_page;
use crate::dedup::canonical::unwrap::decoders::google_news_target;
use crate::dedup::canonical::unwrap::decoders::proofpoint_target;
use crate::dedup::canonical::unwrap::named::named_redirector;
use crate::dedup::canonical::unwrap::recording::behind_counters;

/// Wrappers inside wrappers that are opened; a mail gateway around a search result around a cache makes three.
pub(super) const HOPS_MAX: usize = 5;
/// 64 bits in base64.
const YOUTUBE_ID_LENGTH: usize = 11;

/// The address inside `url` and the rule that found it.
pub(super) fn unwrap_once(url: &Url, rules: &Rules) -> Option<(String, &'static str)> {
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let found = listed(url, host, rules)
        .map(|target| (target, "redirector"))
        .or_else(|| in_amp_cache(url, host).map(|target| (target, "amp-cache")))
        .or_else(|| in_translator(url, host).map(|target| (target, "translator")))
        .or_else(|| encoded(url, host).map(|target| (target, "redirector")))
        .or_else(|| short_video(url, host).map(|target| (target, "same-host")))
        .or_else(|| named_redirector(url, host).map(|target| (target, "redirector")))
        .or_else(|| behind_counters(url).map(|target| (target, "redirector")))?;
    is_target(&found.0).then_some(found)
}

fn is_target(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url
                .host_str()
                .is_some_and(|host| host.contains('.') || host.contains(':'))
    })
}

/// The target as the list of redirectors says.
fn listed(url: &Url, host: &str, rules: &Rules) -> Option<String> {
    let path = url.path();
    rules
        .redirectors(host)
        .filter(|redirector| path.starts_with(redirector.path))
        .find_map(|redirector| match &redirector.place {
            Place::Parameters(names) => names.iter().find_map(|name| parameter(url, name)),
            Place::Path => in_path(url),
            Place::Query => absolute(url.query()?),
        })
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let (_, target) = url.query_pairs().find(|(own, _)| own == name)?;
    absolute(&target).or_else(|| base64_target(&target))
}

fn absolute(target: &str) -> Option<String> {
    let target = target.trim();
    if target.starts_with("http://") || target.starts_with("https://") {
        return Some(target.to_owned());
    }
    if target.starts_with("http%3A") || target.starts_with("https%3A") {
        return decode(target);
    }
    let bare = target
        .strip_prefix("//")
        .or_else(|| target.starts_with("www.").then_some(target))?;
    Some(format!("https://{bare}"))
}

/// What stands in the path behind its first "http", escaped or not; gateways collapse "https://" to "https:/".
fn in_path(url: &Url) -> Option<String> {
    let path = &url[url::Position::BeforePath..];
    let at = path.find("http")?;
    let (before, target) = path.split_at(at);
    if before.contains(['?', '#']) {
        return None;
    }
    let (scheme, rest) = target.split_at(if target.starts_with("https") { 5 } else { 4 });
    let rest = rest
        .strip_prefix(':')
        .or_else(|| rest.strip_prefix("%3A"))
        .or_else(|| rest.strip_prefix("%3a"))?;
    if let Some(plain) = rest.strip_prefix('/') {
        return Some(format!("{scheme}://{}", plain.trim_start_matches('/')));
    }
    // Escaped as a whole, it is one segment.
    let segment = rest.split(['/', '?', '#']).next()?;
    let decoded = decode(segment)?;
    Some(format!(
        "{scheme}://{}",
        decoded.strip_prefix('/')?.trim_start_matches('/')
    ))
}

/// `host/path?query` behind `start` of the path, with the scheme that "s/" tells.
fn in_amp_cache(url: &Url, host: &str) -> Option<String> {
    let path = url.path();
    let rest =
        if host.ends_with(".cdn.ampproject.org") || host.ends_with("bing-amp.com") || host == "cdn.ampproject.org" {
            ["/c/", "/v/", "/a/", "/wp/"]
                .iter()
                .find_map(|kind| path.strip_prefix(kind))?
        } else if is_google(host) || host == "bing.com" {
            path.strip_prefix("/amp/")?
        } else if host.starts_with("yandex.") {
            path.strip_prefix("/turbo/")?
        } else if host.ends_with(".turbopages.org") {
            let path = path.strip_prefix("/turbo").unwrap_or(path);
            let (site, rest) = path.strip_prefix('/')?.split_once("/s/")?;
            return Some(with_query(&format!("https://{site}/{rest}"), url));
        } else {
            return None;
        };
    let rest = rest.strip_prefix("s/").unwrap_or(rest);
    let rest = if host.starts_with("yandex.") {
        rest.replacen("/s/", "/", 1)
    } else {
        rest.to_owned()
    };
    rest.split('/').next().filter(|site| site.contains('.'))?;
    Some(with_query(&format!("https://{rest}"), url))
}

fn is_google(host: &str) -> bool {
    host.strip_prefix("google.")
        .is_some_and(|suffix| suffix.len() <= "com.au".len() + 1)
}

fn with_query(target: &str, url: &Url) -> String {
    match url.query() {
        Some(query) if !query.is_empty() => format!("{target}?{query}"),
        _ => target.to_owned(),
    }
}

/// `thanhnien-vn.translate.goog` is thanhnien.vn: "-" stands for ".", "--" for "-".
fn in_translator(url: &Url, host: &str) -> Option<String> {
    let label = host.strip_suffix(".translate.goog")?;
    let host = label.replace("--", "\u{0}").replace('-', ".").replace('\u{0}', "-");
    Some(with_query(&format!("https://{host}{}", url.path()), url))
}

/// Targets in codes of single vendors.
fn encoded(url: &Url, host: &str) -> Option<String> {
    let path = url.path();
    match host {
        "urldefense.com" | "urldefense.us" => {
            let (target, _) = url.as_str().split_once("/v3/__")?.1.split_once("__;")?;
            let (scheme, rest) = target.split_once(":/")?;
            Some(format!("{scheme}://{}", rest.trim_start_matches('/')))
        }
        "urldefense.proofpoint.com" => proofpoint_target(&url.query_pairs().find(|(name, _)| name == "u")?.1),
        "bing.com" if path == "/ck/a" => bing_target(&url.query_pairs().find(|(name, _)| name == "u")?.1),
        "r.search.yahoo.com" => {
            let (target, _) = path.split_once("/RU=")?.1.split_once("/R")?;
            absolute(&decode(target)?)
        }
        "news.google.com" => google_news_target(path).or_else(|| google_news_page(path)),
        "webcache.googleusercontent.com" => {
            let (_, asked) = url.query_pairs().find(|(name, _)| name == "q")?;
            let cached = asked.strip_prefix("cache:")?.split_whitespace().next()?;
            absolute(&cached[cached.find("http")?..])
        }
        "protect.checkpoint.com" => absolute(url.as_str().split_once("___")?.1.split("___").next()?),
        // Tradedoubler: "?a(1)p(2)url(https://...)".
        _ if host.ends_with("tradedoubler.com") => absolute(url.query()?.split_once("url(")?.1.strip_suffix(')')?),
        // Revive: "oaparams=2__bannerid=7__oadest=https://...".
        _ if path.ends_with("/ck.php") => absolute(&decode(url.query()?.split_once("oadest=")?.1)?),
        // Postmark: "/3s/" and the address without its scheme, escaped.
        "click.pstmrk.it" => Some(format!("https://{}", decode(path.split('/').nth(2)?)?)),
        _ if host.ends_with(".awstrack.me") => absolute(&decode(path.strip_prefix("/L0/")?.split('/').next()?)?),
        _ if host.ends_with("feedsportal.com") => feeds_portal_target(path),
        _ => None,
    }
}

/// Short forms and players of videos: youtu.be/ID, /embed/ID, /shorts/ID and /live/ID are the same video as /watch?v=ID.
fn short_video(url: &Url, host: &str) -> Option<String> {
    let path = url.path();
    let behind = |starts: &[&str]| starts.iter().find_map(|start| path.strip_prefix(start));
    let (id, page) = match host {
        "youtu.be" => (path.strip_prefix('/')?, "youtube.com/watch?v="),
        "youtube.com" | "m.youtube.com" | "youtube-nocookie.com" => (
            behind(&["/embed/", "/shorts/", "/live/", "/v/"])?,
            "youtube.com/watch?v=",
        ),
        "player.vimeo.com" => (path.strip_prefix("/video/")?, "vimeo.com/"),
        "dai.ly" => (path.strip_prefix('/')?, "dailymotion.com/video/"),
        "dailymotion.com" | "geo.dailymotion.com" => (path.strip_prefix("/embed/video/")?, "dailymotion.com/video/"),
        _ => return None,
    };
    let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let is_whole = !page.starts_with("youtube") || id.len() == YOUTUBE_ID_LENGTH;
    (is_id && is_whole).then(|| format!("https://{page}{id}"))
}
