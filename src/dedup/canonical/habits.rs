//! Parameters by the habits of those who name them: campaigns, clicks, shares, views, cache busters of any vendor.
//!
//! Asked only on a page whose path alone names a story, so what is left for a query to say is how the reader came.
//! Never judges parameters that ask for something (paging, language, search).

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::dedup::canonical::rules::Rules;
use crate::dedup::canonical::rules::lines;

/// What separates the words of a name or a value.
const SEPARATORS: [char; 8] = ['_', '-', '.', ':', '|', '/', '+', ' '];
/// Ends of names of one word.
const GLUED_ENDS: &[&str] = &["clid", "clkid", "clickid", "source", "campaign", "referrer"];
/// Names of the page before: "prev_page", "frompage".
const BACK_WORDS: &[&str] = &["prev", "previous", "from", "back", "return", "last"];
const ON_VALUES: &[&str] = &["", "1", "true", "yes", "y", "on"];
/// Shorter words cannot be told from the start of another ("adsize").
const GLUED_LENGTH_MIN: usize = 5;
/// Shorter session ids cannot be told from names.
const SESSION_LENGTH_MIN: usize = 16;

/// What a word of `rules/habits.txt` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// Says alone how the reader came.
    TrackingName,
    /// Says so wherever it stands in a name.
    TrackingWord,
    /// Says so with a second word behind it.
    FirstWord,
    /// Such a first word whose "id" may name something else.
    NamingWord,
    /// What of how the reader came: "share_id".
    SecondWord,
    /// Makes a name a vendor's: "acme_campaign".
    CampaignEnd,
    /// Belongs to a campaign when the same vendor's source stands beside it.
    FamilyEnd,
    /// Ends as a campaign parameter and is a noun.
    SourceNoun,
    /// Behind "prev", "from": the page before.
    BackEnd,
    /// Has a source of its own: "video_source".
    SourcedWord,
    /// Holds how the reader came, when its value says so.
    PlaceName,
    /// Where a link stood; a word of such a value.
    PlaceWord,
    /// A value that means nothing else under any name.
    Network,
    /// Asks for a part or another form.
    AskingName,
    /// Makes an address new when its value is a time.
    CacheName,
    /// Makes an address new when its value is a number.
    CacheTimeName,
    /// Holds a session id.
    SessionName,
    /// Chooses how a page is drawn.
    ViewName,
    /// Chooses a device.
    MobileValue,
    /// Chooses the print view.
    PrintValue,
    /// Chooses AMP.
    AmpValue,
    /// Opens the comments.
    CommentName,
    /// Counts pages; the first is the story.
    PageName,
    /// Shows all pages as one.
    WholeName,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "tracking-name" => Self::TrackingName,
            "tracking-word" => Self::TrackingWord,
            "first-word" => Self::FirstWord,
            "naming-word" => Self::NamingWord,
            "second-word" => Self::SecondWord,
            "campaign-end" => Self::CampaignEnd,
            "family-end" => Self::FamilyEnd,
            "source-noun" => Self::SourceNoun,
            "back-end" => Self::BackEnd,
            "sourced-word" => Self::SourcedWord,
            "place-name" => Self::PlaceName,
            "place-word" => Self::PlaceWord,
            "network" => Self::Network,
            "asking-name" => Self::AskingName,
            "cache-name" => Self::CacheName,
            "cache-time-name" => Self::CacheTimeName,
            "session-name" => Self::SessionName,
            "view-name" => Self::ViewName,
            "mobile-value" => Self::MobileValue,
            "print-value" => Self::PrintValue,
            "amp-value" => Self::AmpValue,
            "comment-name" => Self::CommentName,
            "page-name" => Self::PageName,
            "whole-name" => Self::WholeName,
            _ => return None,
        })
    }

    /// Whether `word` (in lower case) is of this kind.
    fn has(self, word: &str) -> bool {
        words_of_kinds().contains(&(self, word))
    }
}

fn words_of_kinds() -> &'static HashSet<(Kind, &'static str)> {
    static WORDS: OnceLock<HashSet<(Kind, &'static str)>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut known = HashSet::new();
        for line in lines(include_str!("../rules/habits.txt")) {
            let mut words = line.split_whitespace();
            if let Some(kind) = words.next().and_then(Kind::named) {
                known.extend(words.map(|word| (kind, word)));
            }
        }
        known
    })
}

/// Why a parameter says nothing on a page whose path names the story; `value` in lower case, `query` as a whole.
pub(super) fn reason(parameter: &str, value: &str, query: &str, rules: &Rules) -> Option<&'static str> {
    let name = parameter.to_ascii_lowercase();
    let name = name.as_str();
    view(name, value)
        .or_else(|| is_cache_buster(name, value).then_some("cache-parameter"))
        .or_else(|| is_session(name, value).then_some("session-parameter"))
        .or_else(|| is_tracker(parameter, query).then_some("tracking-parameter"))
        .or_else(|| is_place(name, value, rules).then_some("place-parameter"))
        // An empty value asks for nothing; a bare name may be a switch.
        .or_else(|| (value.is_empty() && query.contains('=')).then_some("empty-parameter"))
}

fn view(name: &str, value: &str) -> Option<&'static str> {
    let is_on = ON_VALUES.contains(&value);
    let is_view = Kind::ViewName.has(name);
    if is_view || !Kind::AskingName.has(name) {
        let found = [(Kind::AmpValue, "amp-parameter"), (Kind::PrintValue, "print-view")]
            .into_iter()
            .find_map(|(kind, rule)| kind.has(value).then_some(rule));
        let is_mobile = value == "mobile" || is_view && Kind::MobileValue.has(value);
        if found.is_some() || is_mobile {
            return found.or(Some("mobile-view"));
        }
    }
    // "is_amp=1", "printmode=1", "forprint=1".
    let switch = ["is_", "is", "for", "_"]
        .iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(name);
    match name {
        "m" if matches!(value, "0" | "1" | "true") => Some("mobile-view"),
        _ if Kind::PageName.has(name) && matches!(value, "0" | "1") => Some("first-page"),
        "start" | "offset" if value == "0" => Some("first-page"),
        _ if is_on && (Kind::CommentName.has(name) || name.ends_with("comments")) => Some("comment-view"),
        "showcomment" | "show_comment" => Some("comment-view"),
        "comment" | "comments" if matches!(value, "open" | "show" | "true" | "all" | "view") => Some("comment-view"),
        _ if is_on && Kind::WholeName.has(name) => Some("first-page"),
        _ if is_on && switch.starts_with("print") => Some("print-view"),
        _ if is_on && switch.starts_with("mobile") => Some("mobile-view"),
        _ if is_on && matches!(switch, "amp" | "ampmode" | "amp_mode" | "ampview") => Some("amp-parameter"),
        _ if is_on && matches!(switch, "embed" | "embedded" | "iframe" | "popup") => Some("print-view"),
        _ => None,
    }
}

/// Seconds or milliseconds since 1970, a random fraction, or anything under a name that says so.
fn is_cache_buster(name: &str, value: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if name.contains("cache") || matches!(name, "rand" | "random" | "rnd" | "nonce") {
        return true;
    }
    let is_time = matches!(value.len(), 10 | 13) && value.starts_with('1') && is_digits(value);
    let is_fraction = value.strip_prefix("0.").is_some_and(is_digits);
    let is_named = Kind::CacheName.has(name) || Kind::CacheTimeName.has(name) || name.contains("refresh");
    is_named && (is_time || is_fraction) || Kind::CacheTimeName.has(name) && is_digits(value)
}

fn is_session(name: &str, value: &str) -> bool {
    (Kind::SessionName.has(name) || name.contains("sess"))
        && value.len() >= SESSION_LENGTH_MIN
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && value.bytes().any(|b| b.is_ascii_digit())
}

/// Whether the name alone, or together with its family in the query, is a campaign's; "utmSource" and "click-id" have two words.
fn is_tracker(name: &str, query: &str) -> bool {
    // What begins with an underscore is technical by convention.
    if name.starts_with('_') {
        return true;
    }
    let name = name.trim_matches(['_', '.', '$', '@']);
    let lower = name.to_ascii_lowercase();
    if Kind::TrackingName.has(&lower) || is_glued(&lower) {
        return true;
    }
    let words: Vec<String> = words(name).map(str::to_ascii_lowercase).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return false;
    };
    if words.len() < 2 || Kind::SourcedWord.has(first) {
        return false;
    }
    let is_of_link =
        Kind::FirstWord.has(first) && Kind::SecondWord.has(last) && !(last == "id" && Kind::NamingWord.has(first));
    let is_way_back = BACK_WORDS.contains(&first.as_str()) && Kind::BackEnd.has(last);
    words.iter().any(|word| Kind::TrackingWord.has(word))
        || Kind::CampaignEnd.has(last)
        || is_of_link
        || is_way_back
        || Kind::FamilyEnd.has(last) && has_family(&name[..name.len() - last.len() - 1], query)
}

/// Words that were written as one: "sharetype", "feedsource", "qqclid".
fn is_glued(name: &str) -> bool {
    let has_end = |end: &str| name.len() > end.len() && name.ends_with(end);
    ["referr", "referer", "referring", "utm", "clickid"]
        .iter()
        .any(|start| name.starts_with(start))
        || GLUED_ENDS.iter().any(|end| has_end(end)) && !Kind::SourceNoun.has(name)
        || (GLUED_LENGTH_MIN..name.len()).any(|at| {
            name.split_at_checked(at).is_some_and(|(start, end)| {
                let is_start = matches!(start, "share" | "track" | "tracking") || Kind::TrackingWord.has(start);
                is_start && Kind::SecondWord.has(end)
            })
        })
        || BACK_WORDS
            .iter()
            .any(|word| name.strip_prefix(word).is_some_and(|rest| Kind::BackEnd.has(rest)))
}

/// The words of a name: between separators, and from capital to capital.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(SEPARATORS).flat_map(|part| {
        let mut rest = part;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let is_camel = |at: usize, c: char| c.is_ascii_uppercase() && rest.as_bytes()[at - 1].is_ascii_lowercase();
            let end = rest
                .char_indices()
                .skip(1)
                .find(|(at, c)| is_camel(*at, *c))
                .map_or(rest.len(), |(at, _)| at);
            let (word, after) = rest.split_at(end);
            rest = after;
            Some(word)
        })
    })
}

/// Whether the query has "START_source", "START_medium" or "START_campaign", too.
fn has_family(start: &str, query: &str) -> bool {
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or(pair);
        name.get(..start.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(start))
            && name.get(start.len() + 1..).is_some_and(|last| {
                ["source", "medium", "campaign"]
                    .iter()
                    .any(|end| last.eq_ignore_ascii_case(end))
            })
    })
}

/// Whether the value says how the reader came.
fn is_place(name: &str, value: &str, rules: &Rules) -> bool {
    let is_on = ON_VALUES.contains(&value);
    // "fromrss=1", "newsletter=true".
    let plain = ["from", "is", "via", "_"]
        .iter()
        .find_map(|start| name.strip_prefix(start))
        .map_or(name, |rest| rest.trim_start_matches('_'));
    let name = name.trim_end_matches('_');
    if is_on && plain.split(SEPARATORS).all(|word| rules.is_place(word)) {
        return true;
    }
    if Kind::PlaceName.has(name) {
        return value.starts_with("http%3a")
            || value.starts_with("https%3a")
            || value.starts_with("http:")
            || value.starts_with("https:")
            || value
                .split(|c: char| SEPARATORS.contains(&c) || c == '%')
                .any(|word| Kind::PlaceWord.has(word) || rules.is_place(word));
    }
    Kind::Network.has(value) && !Kind::AskingName.has(name)
}
