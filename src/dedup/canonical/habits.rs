//! Parameters by the habits of those who name them: campaigns, clicks, shares, views, cache busters of any vendor.
//!
//! Asked only on a page whose path alone names a story, so what is left for a query to say is how the reader came.
//! Never judges parameters that ask for something (paging, language, search).

mod kind;
mod tokens;

use crate::dedup::canonical::habits::kind::Kind;
use crate::dedup::canonical::habits::tokens::is_token;
use crate::dedup::canonical::habits::tokens::names_a_reader;
use crate::dedup::canonical::rules::Rules;

/// What separates the words of a name or a value.
const SEPARATORS: [char; 8] = ['_', '-', '.', ':', '|', '/', '+', ' '];
/// Ends of names of one word.
const GLUED_ENDS: &[&str] = &["clid", "clkid", "clickid", "click", "source", "campaign", "referrer"];
/// Names of the page before: "prev_page", "frompage".
const BACK_WORDS: &[&str] = &["prev", "previous", "from", "back", "return", "last"];
const ON_VALUES: &[&str] = &["", "1", "true", "yes", "y", "on"];
/// What else a state may be.
const STATE_VALUES: &[&str] = &[
    "0", "false", "no", "n", "off", "accepted", "success", "ok", "done", "required",
];
/// Starts of names that ask for a page for paper.
const PRINT_STARTS: &[&str] = &["print", "imprim", "druck", "stampa", "cetak", "yazdir"];
/// Letters and colours, as values of a view.
const LOOK_VALUES: &[&str] = &["dark", "light", "night", "simple", "basic", "plain"];
/// Lengths of what vendors put before their names: "gr_mid", "mkt_hm".
const VENDOR_PREFIX_LENGTHS: std::ops::RangeInclusive<usize> = 2..=3;
/// What a token is called.
const HASH_NAMES: &[&str] = &["hash", "md5", "sha1", "sha256", "token", "sig", "signature", "hmac"];
/// What an id is called, glued to the thing that has it: "articleid", "newsno".
const ID_ENDS: &[&str] = &["id", "no", "key", "code", "num", "nr", "idx"];
/// Shorter words cannot be told from the start of another ("adsize").
const GLUED_LENGTH_MIN: usize = 5;
/// Shorter session ids cannot be told from names.
const SESSION_LENGTH_MIN: usize = 16;

/// Why a parameter says nothing on a page whose path names the story; `query` is the whole of it.
pub(super) fn reason(parameter: &str, value: &str, query: &str, rules: &Rules) -> Option<&'static str> {
    let name = parameter.to_ascii_lowercase();
    let name = name.as_str();
    let lower = value.to_ascii_lowercase();
    let is_hash = || {
        words(parameter)
            .last()
            .is_some_and(|last| HASH_NAMES.contains(&last.to_ascii_lowercase().as_str()))
    };
    if names_a_reader(value) || is_token(value) && (is_hash() || !names_a_thing(parameter)) {
        return Some("reader-parameter");
    }
    let value = lower.as_str();
    view(name, value)
        .or_else(|| is_cache_buster(name, value).then_some("cache-parameter"))
        .or_else(|| is_session(name, value).then_some("session-parameter"))
        .or_else(|| (is_tracker(parameter, query) || rules.is_companion(name, query)).then_some("tracking-parameter"))
        .or_else(|| (value_is_state(value) && Kind::StateName.has(name)).then_some("state-parameter"))
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
        if value == "full" && is_view && !Kind::AskingName.has(name) {
            return Some("first-page");
        }
        let is_look = is_view && LOOK_VALUES.contains(&value);
        let is_mobile = value == "mobile" || is_view && Kind::MobileValue.has(value) || is_look;
        if found.is_some() || is_mobile {
            return found.or(Some("mobile-view"));
        }
    }
    if Kind::LookName.has(name) {
        return Some("mobile-view");
    }
    // "is_amp=1", "printmode=1", "forprint=1", "hide_header=1".
    let switch = ["is_", "is", "for", "from", "in", "hide_", "hide", "no_", "no", "_"]
        .iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(name);
    match name {
        "m" if matches!(value, "0" | "1" | "true") => Some("mobile-view"),
        _ if Kind::PageName.has(name) && matches!(value, "0" | "1") => Some("first-page"),
        "start" | "offset" if value == "0" => Some("first-page"),
        "preview" if matches!(value, "0" | "false") => Some("state-parameter"),
        _ if is_on && (Kind::CommentName.has(name) || name.ends_with("comments")) => Some("comment-view"),
        "showcomment" | "show_comment" => Some("comment-view"),
        "comment" | "comments" if matches!(value, "open" | "show" | "true" | "all" | "view") => Some("comment-view"),
        _ if is_on && Kind::WholeName.has(name) => Some("first-page"),
        _ if is_on && PRINT_STARTS.iter().any(|start| switch.starts_with(start)) => Some("print-view"),
        _ if is_on && switch.starts_with("mobile") => Some("mobile-view"),
        _ if is_on && matches!(switch, "amp" | "ampmode" | "amp_mode" | "ampview") => Some("amp-parameter"),
        _ if is_on && matches!(switch, "embed" | "embedded" | "iframe" | "popup" | "modal") => Some("print-view"),
        _ if is_on
            && matches!(
                switch,
                "header" | "footer" | "nav" | "app" | "webview" | "native" | "lite"
            ) =>
        {
            Some("mobile-view")
        }
        _ => None,
    }
}

/// Seconds or milliseconds since 1970, a random fraction, or anything under a name that says so.
fn is_cache_buster(name: &str, value: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_reload = name.contains("refresh") || name.contains("reload");
    if name.contains("cache")
        || matches!(name, "rand" | "random" | "rnd" | "nonce" | "cb")
        || is_reload && ON_VALUES.contains(&value)
    {
        return true;
    }
    let is_time = matches!(value.len(), 10 | 13) && value.starts_with('1') && is_digits(value);
    let is_fraction = value.strip_prefix("0.").is_some_and(is_digits);
    let is_named = Kind::CacheName.has(name) || Kind::CacheTimeName.has(name) || is_reload;
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
    // What begins with an underscore is technical by convention, unless it is a thing's id.
    if name.starts_with('_') {
        return !names_a_thing(name);
    }
    let name = name.trim_matches(['_', '.', '$', '@']);
    let lower = name.to_ascii_lowercase();
    let unnumbered = lower.trim_end_matches(|c: char| c.is_ascii_digit());
    if Kind::TrackingName.has(&lower) || Kind::TrackingName.has(unnumbered) || is_glued(&lower) || is_vendors(name) {
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
    // "line_share=1": a flag would stand in no address of its own.
    let is_share = matches!(last.as_str(), "share" | "shared") && first != "market" && !names_a_thing(first);
    let is_way_back = BACK_WORDS.contains(&first.as_str()) && Kind::BackEnd.has(last);
    words.iter().any(|word| Kind::TrackingWord.has(word))
        || Kind::CampaignEnd.has(last)
        || is_of_link
        || is_share
        || is_way_back
        || Kind::FamilyEnd.has(last) && has_family(&name[..name.len() - last.len() - 1], query)
}

/// "taboola_x", and "gr_mid": a vendor's short name, and something that is no thing of the page's.
fn is_vendors(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if Kind::Vendor.starts(&lower) || is_abbreviated_id(&lower) {
        return true;
    }
    let Some((prefix, rest)) = lower.split_once('_') else {
        return false;
    };
    VENDOR_PREFIX_LENGTHS.contains(&prefix.len())
        && prefix.bytes().all(|b| b.is_ascii_lowercase())
        && !Kind::ShortWord.has(prefix)
        && !rest.is_empty()
        && !names_a_thing(rest)
        && !names_a_thing(prefix)
}

/// "mbid", "sfdcid", "sub2": an id of something that is called by its consonants, and a numbered sub-id.
fn is_abbreviated_id(name: &str) -> bool {
    let is_consonants = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() && !b"aeiouy".contains(&b));
    let of_what = name
        .strip_suffix("id")
        .filter(|start| start.len() >= *VENDOR_PREFIX_LENGTHS.start());
    let is_abbreviated = |start: &str| is_consonants(start) && !Kind::ShortWord.has(start) && !Kind::Thing.has(start);
    let number = name.strip_prefix("sub").unwrap_or_default();
    of_what.is_some_and(is_abbreviated) || number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a name says that a thing is asked for: "articleId", "video", "doc_no".
fn names_a_thing(name: &str) -> bool {
    let is_thing = |word: &str| Kind::Thing.has(word) || Kind::AskingName.has(word) || ID_ENDS.contains(&word);
    words(name).any(|word| {
        let word = word.to_ascii_lowercase();
        is_thing(&word)
            || ID_ENDS
                .iter()
                .filter_map(|end| word.strip_suffix(end))
                .any(|start| Kind::Thing.has(start))
    })
}

fn value_is_state(value: &str) -> bool {
    ON_VALUES.contains(&value) || STATE_VALUES.contains(&value)
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
    // X's apps write "s=09" behind what they share; a handle is who is named there.
    let is_app = name == "s" && value.len() == 2 && value.starts_with('0');
    if is_app || name == "via" && value.trim_start_matches("%40").len() < value.len() || value.starts_with('@') {
        return true;
    }
    let is_all = |is_kind: fn(&u8) -> bool| !value.is_empty() && value.bytes().all(|b| is_kind(&b));
    if name == "share" && is_all(u8::is_ascii_alphabetic) || Kind::RankName.has(name) && is_all(u8::is_ascii_digit) {
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
