//! Targets that vendors write in codes of their own.
//!
//! Decodes; never judges whether the result is an address.

use crate::base64;
use crate::dedup::canonical::encoding::decode;

/// Tokens that hold an address are far shorter.
const TOKEN_BYTES_MAX: usize = 4096;
/// "http" in base64.
pub(super) const BASE64_HTTP: &str = "aHR0c";

/// Until July 2024 the token was base64 with the address inside; since then it is opaque.
pub(super) fn google_news_target(path: &str) -> Option<String> {
    let token = google_news_token(path)?;
    let (bytes, _) = base64::decode_start(token.get(..token.len().min(TOKEN_BYTES_MAX))?);
    let start = bytes.windows(4).position(|window| window == b"http")?;
    let target = bytes.get(start..)?;
    let end = target
        .iter()
        .position(|b| !b.is_ascii_graphic())
        .unwrap_or(target.len());
    String::from_utf8(target.get(..end)?.to_vec()).ok()
}

/// The page of a token that cannot be read: "/rss/articles/", "/read/" and "/articles/" show one story.
pub(super) fn google_news_page(path: &str) -> Option<String> {
    let page = format!("/articles/{}", google_news_token(path)?);
    (page != path).then(|| format!("https://news.google.com{page}"))
}

fn google_news_token(path: &str) -> Option<&str> {
    let (_, token) = path.split_once("articles/").or_else(|| path.split_once("read/"))?;
    (!token.is_empty()).then_some(token)
}

/// An address in base64, as mail and feed services write it into their own.
pub(super) fn base64_target(text: &str) -> Option<String> {
    if !text.starts_with(BASE64_HTTP) || text.len() > TOKEN_BYTES_MAX {
        return None;
    }
    String::from_utf8(base64::decode_start(text).0).ok()
}

/// FeedsPortal wrote the target into the path with two-character codes ("0L" for "http://").
pub(super) fn feeds_portal_target(path: &str) -> Option<String> {
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

/// Bing's click counter: "a1", then the address in URL-safe base64.
pub(super) fn bing_target(token: &str) -> Option<String> {
    let token = token.strip_prefix("a1")?;
    let (bytes, _) = base64::decode_start(token.get(..token.len().min(TOKEN_BYTES_MAX))?);
    let target = String::from_utf8(bytes).ok()?;
    target.starts_with("http").then_some(target)
}

/// Proofpoint's second code: "-" for "%", "_" for "/".
pub(super) fn proofpoint_target(code: &str) -> Option<String> {
    let escaped = code.replace('-', "%").replace('_', "/");
    decode(&escaped).filter(|target| target.starts_with("http"))
}
