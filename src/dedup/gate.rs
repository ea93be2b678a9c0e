//! Which addresses may name a story at all.
//!
//! Judges by the address alone; never fetches.

use std::collections::HashSet;
use std::sync::OnceLock;

use url::Url;

use crate::dedup::canonical::is_article_path;
use crate::dedup::rule_lines::lines;

/// Files that are no page.
const FILE_ENDINGS: [&str; 22] = [
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg", ".ico", ".mp3", ".m4a", ".mp4", ".webm", ".m3u8",
    ".css", ".js", ".pdf", ".csv", ".xls", ".xlsx", ".zip", ".xml", ".rss",
];
/// Starts of paths of share buttons, on any host.
const SHARE_PATHS: [&str; 8] = [
    "/sharer",
    "/share.php",
    "/intent/",
    "/share?",
    "/sharearticle",
    "/pin/create",
    "/submit?",
    "/dialog/share",
];
/// Names of sections (menus of news sites and WordPress defaults); a page of such a name is a list of stories.
const SECTION_NAMES: [&str; 36] = [
    "news",
    "world",
    "politics",
    "business",
    "sport",
    "sports",
    "tech",
    "technology",
    "opinion",
    "home",
    "section",
    "about",
    "contact",
    "feed",
    "rss",
    "latest",
    "international",
    "economy",
    "health",
    "science",
    "culture",
    "video",
    "videos",
    "photos",
    "blog",
    "articles",
    "archive",
    "archives",
    "index",
    "en",
    "id",
    "vi",
    "profile",
    "about-us",
    "contact-us",
    "privacy-policy",
];
/// Taxonomies: they and their members are lists of stories.
const LIST_NAMES: [&str; 11] = [
    "category",
    "categories",
    "tag",
    "tags",
    "topic",
    "topics",
    "author",
    "authors",
    "user",
    "users",
    "search",
];
/// A last path segment shorter than this, without digits, is taken for a section.
const NAME_LENGTH_MIN: usize = 6;

/// Whether `url`, which a feed gives as an entry's address, may name a story: a page that is neither home page, file nor share button.
pub(super) fn may_name_story(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    // A bare host may still name a story in its query or route.
    let is_home = url.path().trim_matches('/').is_empty() && url.query().is_none() && !has_route(url);
    (host.contains('.') || host.contains(':') || host == "localhost") && !is_home && !is_file(url) && !is_share(url)
}

/// Whether `url` may be the original of a copied text: surely a story's page, on a host that publishes.
pub(super) fn is_original(url: &Url) -> bool {
    may_name_story(url) && !is_refused_host(url.host_str().unwrap_or_default()) && is_story_path(url)
}

/// Whether `url` may be the original where the line says that it names the text: any page that is no list of stories.
///
/// One plain word is a section that no list knows: `/bola`, where `/pasar-baru` is none.
pub(super) fn is_named_original(url: &Url) -> bool {
    let is_plain_word = url.path().trim_matches('/').bytes().all(|b| b.is_ascii_alphabetic());
    is_named_post(url) && (!is_plain_word || has_story_query(url) || has_route(url))
}

/// Whether `url` may be the original where its site is named beside it, so that it is no section.
pub(super) fn is_named_post(url: &Url) -> bool {
    may_name_story(url) && !is_refused_host(url.host_str().unwrap_or_default()) && !is_list_of_stories(url)
}

/// Whether `url` is a section or another list of stories by its name, in the languages of `rules/sections.txt`.
pub(super) fn is_list_of_stories(url: &Url) -> bool {
    let segments: Vec<String> = url.path().split('/').map(str::to_ascii_lowercase).collect();
    let last = segments.iter().rfind(|segment| !segment.is_empty());
    // "/uk", "/tv".
    let is_short = |last: &String| last.len() < 3 && !last.bytes().any(|b| b.is_ascii_digit());
    let is_section = |last: &String| {
        SECTION_NAMES.contains(&last.as_str()) || section_names().contains(last.as_str()) || is_short(last)
    };
    segments.iter().any(|name| LIST_NAMES.contains(&name.as_str()))
        || last.is_some_and(is_section) && !has_story_query(url)
}

fn section_names() -> &'static HashSet<&'static str> {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        lines(include_str!("rules/sections.txt"))
            .flat_map(str::split_whitespace)
            .collect()
    })
}

fn has_route(url: &Url) -> bool {
    url.fragment()
        .is_some_and(|fragment| fragment.starts_with(['!', '/']) && fragment.len() > 2)
}

fn is_file(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    FILE_ENDINGS.iter().any(|ending| path.ends_with(ending))
}

fn is_share(url: &Url) -> bool {
    let rest = url[url::Position::BeforePath..].to_ascii_lowercase();
    SHARE_PATHS.iter().any(|start| rest.starts_with(start))
}

/// Whether the path of `url` is one of a story, not of a section or another list of stories.
pub(super) fn is_story_path(url: &Url) -> bool {
    let segments: Vec<String> = url
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let Some((last, before)) = segments.split_last() else {
        return has_story_query(url) || has_route(url);
    };
    let is_list = segments.iter().any(|name| LIST_NAMES.contains(&name.as_str()));
    if is_list || SECTION_NAMES.contains(&last.as_str()) {
        return false;
    }
    is_article_path(url)
        || has_story_query(url)
        || last.bytes().any(|b| b.is_ascii_digit())
        || last.contains('.')
        || !before.is_empty() && last.len() >= NAME_LENGTH_MIN
}

/// "?p=123", "?id=9a".
fn has_story_query(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| {
        matches!(
            &*name,
            "p" | "id" | "aid" | "article" | "articleid" | "newsid" | "story" | "no" | "idx" | "idxno" | "oid"
        ) && value.bytes().any(|b| b.is_ascii_digit())
    })
}

fn is_refused_host(host: &str) -> bool {
    static HOSTS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let hosts = HOSTS.get_or_init(|| lines(include_str!("rules/refused.txt")).collect());
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, above)| above))
        .any(|host| hosts.contains(host))
}
