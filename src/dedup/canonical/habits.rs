//! Parameters by the habits of those who name them: campaigns, clicks, shares, views, cache busters of any vendor.
//!
//! Asked only on a page whose path alone names a story, so what is left for a query to say is how the reader came.
//! Never judges parameters that ask for something (paging, language, search).

mod kind;
mod tokens;

use crate::dedup::canonical::habits::kind::Kind;
use crate::dedup::canonical::habits::kind::Word;
use crate::dedup::canonical::habits::kind::begins_with_vendor;
use crate::dedup::canonical::habits::tokens::is_token;
use crate::dedup::canonical::habits::tokens::names_a_reader;
use crate::dedup::canonical::rules::Rules;

/// What separates the words of a name or a value.
const SEPARATORS: [char; 8] = ['_', '-', '.', ':', '|', '/', '+', ' '];
/// Ends of names of one word.
const GLUED_ENDS: &[&str] = &["clid", "clkid", "clickid", "click", "source", "campaign", "referrer"];
/// Words of a value that say that a link stood in a feed or a mail: "rss-topstories".
const FEED_WORDS: &[&str] = &["rss", "rssfeed", "newsletter"];
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
/// One parameter that begins alike may be chance.
const SISTERS_MIN: usize = 2;
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
    let lower = parameter.to_ascii_lowercase();
    let name = Word::of(&lower);
    let is_hash = || {
        words(parameter)
            .last()
            .is_some_and(|last| HASH_NAMES.contains(&last.to_ascii_lowercase().as_str()))
    };
    if names_a_reader(value) || is_token(value) && (is_hash() || !names_a_thing(parameter)) {
        return Some("reader-parameter");
    }
    let lower = value.to_ascii_lowercase();
    let value = Word::of(&lower);
    view(name, value)
        .or_else(|| is_cache_buster(name, value.text).then_some("cache-parameter"))
        .or_else(|| is_session(name, value.text).then_some("session-parameter"))
        .or_else(|| {
            let is_tracking = is_tracker(parameter, query) || rules.is_companion(name.text, query);
            is_tracking.then_some("tracking-parameter")
        })
        .or_else(|| (value_is_state(value.text) && name.is(Kind::StateName)).then_some("state-parameter"))
        .or_else(|| is_place(name, value, rules).then_some("place-parameter"))
        // An empty value asks for nothing; a bare name may be a switch.
        .or_else(|| (value.text.is_empty() && query.contains('=')).then_some("empty-parameter"))
}

fn view(name: Word<'_>, value: Word<'_>) -> Option<&'static str> {
    let is_on = ON_VALUES.contains(&value.text);
    let is_view = name.is(Kind::ViewName);
    if is_view || !name.is(Kind::AskingName) {
        let found = [(Kind::AmpValue, "amp-parameter"), (Kind::PrintValue, "print-view")]
            .into_iter()
            .find_map(|(kind, rule)| value.is(kind).then_some(rule));
        if value.text == "full" && is_view && !name.is(Kind::AskingName) {
            return Some("first-page");
        }
        let is_look = is_view && LOOK_VALUES.contains(&value.text);
        let is_mobile = value.text == "mobile" || is_view && value.is(Kind::MobileValue) || is_look;
        if found.is_some() || is_mobile {
            return found.or(Some("mobile-view"));
        }
    }
    if name.is(Kind::LookName) {
        return Some("mobile-view");
    }
    // "is_amp=1", "printmode=1", "forprint=1", "hide_header=1".
    let switch = ["is_", "is", "for", "from", "in", "hide_", "hide", "no_", "no", "_"]
        .iter()
        .find_map(|start| name.text.strip_prefix(start))
        .unwrap_or(name.text);
    match name.text {
        "m" if matches!(value.text, "0" | "1" | "true") => Some("mobile-view"),
        _ if name.is(Kind::PageName)
            && matches!(value.text, "0" | "1" | "all" | "alle" | "toutes" | "todas" | "tutte") =>
        {
            Some("first-page")
        }
        "start" | "offset" if value.text == "0" => Some("first-page"),
        "preview" if matches!(value.text, "0" | "false") => Some("state-parameter"),
        _ if is_on && (name.is(Kind::CommentName) || name.text.ends_with("comments")) => Some("comment-view"),
        "showcomment" | "show_comment" => Some("comment-view"),
        "comment" | "comments" if matches!(value.text, "open" | "show" | "true" | "all" | "view") => {
            Some("comment-view")
        }
        _ if is_on && name.is(Kind::WholeName) => Some("first-page"),
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
fn is_cache_buster(word: Word<'_>, value: &str) -> bool {
    let name = word.text;
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
    let is_named = word.is(Kind::CacheName) || word.is(Kind::CacheTimeName) || is_reload;
    is_named && (is_time || is_fraction) || word.is(Kind::CacheTimeName) && is_digits(value)
}

fn is_session(name: Word<'_>, value: &str) -> bool {
    (name.is(Kind::SessionName) || name.text.contains("sess"))
        && value.len() >= SESSION_LENGTH_MIN
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
        && value.bytes().any(|b| b.is_ascii_digit())
}

/// Whether the name alone, or together with its family in the query, is a campaign's; "utmSource" and "click-id" have two words.
fn is_tracker(name: &str, query: &str) -> bool {
    // What begins with an underscore is technical by convention, unless it is a thing's id.
    // "$3p" and "~campaign" are Branch's.
    if name.starts_with(['_', '$', '~']) || name.starts_with("%24") {
        return !names_a_thing(name);
    }
    let name = name.trim_matches(['_', '.', '$', '@']);
    let lower = name.to_ascii_lowercase();
    let unnumbered = lower.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_named = |name: &str| Word::of(name).is(Kind::TrackingName);
    if is_named(&lower)
        || is_named(unnumbered)
        || is_glued(&lower)
        || is_vendors(name)
        || is_id_in_family(&lower, query)
    {
        return true;
    }
    let words: Vec<String> = words(name).map(str::to_ascii_lowercase).collect();
    let words: Vec<Word<'_>> = words.iter().map(|word| Word::of(word)).collect();
    let [first, .., last] = words[..] else {
        return false;
    };
    if first.is(Kind::SourcedWord) {
        return false;
    }
    let is_of_link =
        first.is(Kind::FirstWord) && last.is(Kind::SecondWord) && !(last.text == "id" && first.is(Kind::NamingWord));
    // "line_share=1": a flag would stand in no address of its own.
    let is_share = matches!(last.text, "share" | "shared") && first.text != "market" && !names_a_thing(first.text);
    let is_way_back = BACK_WORDS.contains(&first.text) && last.is(Kind::BackEnd);
    words.iter().any(|word| word.is(Kind::TrackingWord))
        || last.is(Kind::CampaignEnd)
        || is_of_link
        || is_share
        || is_way_back
        || last.is(Kind::FamilyEnd) && has_family(&name[..name.len() - last.text.len() - 1], query)
}

/// "taboola_x", and "gr_mid": a vendor's short name, and something that is no thing of the page's.
fn is_vendors(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    begins_with_vendor(&lower) || is_abbreviated_id(&lower) || has_vendors_prefix(&lower)
}

/// "gr_mid": what begins with a vendor's letters and names no thing of the page's.
fn has_vendors_prefix(name: &str) -> bool {
    name.split_once('_').is_some_and(|(prefix, rest)| {
        VENDOR_PREFIX_LENGTHS.contains(&prefix.len())
            && prefix.bytes().all(|b| b.is_ascii_lowercase())
            && !Word::of(prefix).is(Kind::ShortWord)
            && !rest.is_empty()
            && !names_a_thing(rest)
            && !names_a_thing(prefix)
    })
}

/// "oft_id=7&oft_k=a&oft_c=b": an id of a vendor whose other parameters stand beside it.
fn is_id_in_family(name: &str, query: &str) -> bool {
    let Some(prefix) = name.strip_suffix("id").filter(|prefix| prefix.ends_with('_')) else {
        return false;
    };
    let is_sister = |pair: &&str| {
        let own = pair.split('=').next().unwrap_or(pair).to_ascii_lowercase();
        own.starts_with(prefix) && has_vendors_prefix(&own)
    };
    query.split('&').filter(is_sister).count() >= SISTERS_MIN
}

/// "mbid", "sfdcid", "sub2": an id of something that is called by its consonants, and a numbered sub-id.
fn is_abbreviated_id(name: &str) -> bool {
    let is_consonants = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() && !b"aeiouy".contains(&b));
    let of_what = name
        .strip_suffix("id")
        .filter(|start| start.len() >= *VENDOR_PREFIX_LENGTHS.start());
    let is_abbreviated = |start: &str| {
        let word = Word::of(start);
        is_consonants(start) && !word.is(Kind::ShortWord) && !word.is(Kind::Thing)
    };
    let number = name.strip_prefix("sub").unwrap_or_default();
    of_what.is_some_and(is_abbreviated) || number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a name says that a thing is asked for: "articleId", "video", "doc_no".
fn names_a_thing(name: &str) -> bool {
    words(name).any(|word| {
        let lower = word.to_ascii_lowercase();
        let word = Word::of(&lower);
        word.is(Kind::Thing)
            || word.is(Kind::AskingName)
            || ID_ENDS.contains(&word.text)
            || ID_ENDS
                .iter()
                .filter_map(|end| word.text.strip_suffix(end))
                .any(|start| Word::of(start).is(Kind::Thing))
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
        || GLUED_ENDS.iter().any(|end| has_end(end)) && !Word::of(name).is(Kind::SourceNoun)
        || (GLUED_LENGTH_MIN..name.len()).any(|at| {
            name.split_at_checked(at).is_some_and(|(start, end)| {
                let is_start =
                    || matches!(start, "share" | "track" | "tracking") || Word::of(start).is(Kind::TrackingWord);
                Word::of(end).is(Kind::SecondWord) && is_start()
            })
        })
        || BACK_WORDS
            .iter()
            .filter_map(|word| name.strip_prefix(word))
            .any(|rest| Word::of(rest).is(Kind::BackEnd))
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
fn is_place(name: Word<'_>, value: Word<'_>, rules: &Rules) -> bool {
    let is_on = ON_VALUES.contains(&value.text);
    // "fromrss=1", "newsletter=true".
    let plain = ["from", "is", "via", "_"]
        .iter()
        .find_map(|start| name.text.strip_prefix(start))
        .map_or(name.text, |rest| rest.trim_start_matches('_'));
    if is_on && plain.split(SEPARATORS).all(|word| rules.is_place(word)) {
        return true;
    }
    let name = Word::of(name.text.trim_end_matches('_'));
    // X's apps write "s=09" behind what they share; a handle is who is named there.
    let is_app = name.text == "s" && value.text.len() == 2 && value.text.starts_with('0');
    let is_handle = value.text.starts_with('@') || name.text == "via" && value.text.starts_with("%40");
    if is_app || is_handle {
        return true;
    }
    let is_all = |is_kind: fn(&u8) -> bool| !value.text.is_empty() && value.text.bytes().all(|b| is_kind(&b));
    if name.text == "share" && is_all(u8::is_ascii_alphabetic) || name.is(Kind::RankName) && is_all(u8::is_ascii_digit)
    {
        return true;
    }
    if !name.is(Kind::PlaceName) {
        let is_network =
            || value.is(Kind::Network) || value.text.split(SEPARATORS).any(|word| FEED_WORDS.contains(&word));
        return !name.is(Kind::AskingName) && !names_a_thing(name.text) && is_network();
    }
    let is_address = ["http%3a", "https%3a", "http:", "https:"]
        .iter()
        .any(|start| value.text.starts_with(start));
    let mut words = value.text.split(|c: char| SEPARATORS.contains(&c) || c == '%');
    is_address || words.any(|word| Word::of(word).is(Kind::PlaceWord) || rules.is_place(word))
}
