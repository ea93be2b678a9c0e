//! Redirectors, caches and translators that carry the story's address inside their own.
//!
//! Never asks the network: an address that only a server can resolve stays as it is.

use url::Url;

use crate::dedup::canonical::encoding::decode;
use crate::dedup::canonical::rules::rules;

/// Wrappers inside wrappers that are opened; a mail gateway around a search result around a cache makes three.
pub(super) const HOPS_MAX: usize = 5;
/// Google News tokens that hold an address are far shorter.
const TOKEN_BYTES_MAX: usize = 4096;

/// The address inside `url` and the rule that found it.
pub(super) fn unwrap_once(url: &Url) -> Option<(String, &'static str)> {
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let found = in_parameter(url, host)
        .map(|target| (target, "redirector"))
        .or_else(|| in_amp_cache(url, host).map(|target| (target, "amp-cache")))
        .or_else(|| in_translator(url, host).map(|target| (target, "translator")))
        .or_else(|| in_path(url, host).map(|target| (target, "redirector")))
        .or_else(|| short_video(url, host).map(|target| (target, "same-host")))?;
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

fn in_parameter(url: &Url, host: &str) -> Option<String> {
    let path = url.path();
    url.query()?;
    rules()
        .redirectors(host)
        .filter(|redirector| path.starts_with(redirector.path))
        .flat_map(|redirector| &redirector.parameters)
        .find_map(|name| {
            let (_, target) = url.query_pairs().find(|(own, _)| own == name)?;
            absolute(&target)
        })
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

fn in_path(url: &Url, host: &str) -> Option<String> {
    let path = url.path();
    match host {
        "web.archive.org" => {
            let (stamp, _) = path.strip_prefix("/web/")?.split_once('/')?;
            stamp.as_bytes().first().filter(|b| b.is_ascii_digit() || **b == b'*')?;
            slashes_repaired(after(url.as_str(), &format!("/web/{stamp}/"))?)
        }
        "href.li" | "anonym.to" | "nullrefer.com" => absolute(url.query()?),
        "urldefense.com" | "urldefense.us" => {
            let (target, _) = after(url.as_str(), "/v3/__")?.split_once("__;")?;
            slashes_repaired(target)
        }
        "r.search.yahoo.com" => {
            let (target, _) = path.split_once("/RU=")?.1.split_once("/R")?;
            absolute(&decode(target)?)
        }
        "news.google.com" => google_news_target(path),
        "12ft.io" | "outline.com" | "r.jina.ai" => slashes_repaired(after(url.as_str(), host)?.strip_prefix('/')?),
        _ if host.ends_with(".awstrack.me") => absolute(&decode(path.strip_prefix("/L0/")?.split('/').next()?)?),
        _ if host.ends_with("feedsportal.com") => feeds_portal_target(path),
        _ => None,
    }
}

fn after<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    text.split_once(marker).map(|(_, rest)| rest)
}

/// Gateways collapse "https://" to "https:/".
fn slashes_repaired(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(":/")?;
    (scheme == "http" || scheme == "https").then(|| format!("{scheme}://{}", rest.trim_start_matches('/')))
}

/// Until July 2024 the token was base64 with the address inside; since then it is opaque.
fn google_news_target(path: &str) -> Option<String> {
    let token = path.split_once("articles/").or_else(|| path.split_once("read/"))?.1;
    let bytes = base64_bytes(token.get(..token.len().min(TOKEN_BYTES_MAX))?);
    let start = bytes.windows(4).position(|window| window == b"http")?;
    let target = bytes.get(start..)?;
    let end = target
        .iter()
        .position(|b| !b.is_ascii_graphic())
        .unwrap_or(target.len());
    String::from_utf8(target.get(..end)?.to_vec()).ok()
}

fn base64_bytes(text: &str) -> Vec<u8> {
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' => 63,
            _ => break,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xFF) as u8);
        }
    }
    out
}

/// FeedsPortal wrote the target into the path with two-character codes ("0L" for "http://").
fn feeds_portal_target(path: &str) -> Option<String> {
    const CODES: [(&str, &str); 19] = [
        ("A", "0"),
        ("B", "."),
        ("C", "/"),
        ("D", "?"),
        ("E", "-"),
        ("F", "="),
        ("G", "&"),
        ("H", ","),
        ("I", "_"),
        ("J", "%"),
        ("K", "+"),
        ("L", "http://"),
        ("M", "https://"),
        ("N", ".com"),
        ("O", ".co.uk"),
        ("P", ";"),
        ("Q", "|"),
        ("R", ":"),
        ("S", "www."),
    ];
    let coded = path
        .split('/')
        .find(|segment| segment.starts_with("0L") || segment.starts_with("0M"))?;
    let mut parts = coded.split('0');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let code = part.get(..1)?;
        let (_, meaning) = CODES.iter().find(|(own, _)| *own == code)?;
        out.push_str(meaning);
        out.push_str(part.get(1..)?);
    }
    Some(out)
}

/// youtu.be/ID, /embed/ID, /shorts/ID and /live/ID are the same video as /watch?v=ID.
fn short_video(url: &Url, host: &str) -> Option<String> {
    let path = url.path();
    let id = match host {
        "youtu.be" => path.strip_prefix('/')?,
        "youtube.com" | "m.youtube.com" | "youtube-nocookie.com" => ["/embed/", "/shorts/", "/live/", "/v/"]
            .iter()
            .find_map(|start| path.strip_prefix(start))?,
        _ => return None,
    };
    let is_id = id.len() == 11 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_id.then(|| format!("https://youtube.com/watch?v={id}"))
}
