//! Fragments: which ones name a story.
//!
//! Most are places in a page and are dropped; a route is kept, and what names one entry of a page of many.

use crate::dedup::Part;
use crate::dedup::canonical::Fired;
use crate::dedup::canonical::How;
use crate::dedup::canonical::encoding::normalise;
use crate::dedup::canonical::query::Page;
use crate::dedup::canonical::query::PageKind;
use crate::dedup::canonical::query::canonical_query;

/// First words of fragments that are places in one text, whatever number follows.
const PLACES: &[&str] = &[
    "comment", "comments", "c", "respond", "reply", "more", "page", "p", "section", "slide", "photo", "image", "img",
    "gallery", "video", "foto", "fn", "fnref", "cite", "note", "ref", "toc", "h", "line", "l", "t", "tab",
];
const YEAR_DIGITS: usize = 4;
/// "202311": a year and a month in one.
const DATE_DIGITS_MIN: usize = 6;
/// Fewer digits count things; as many are a year, a day or an id.
const NUMBER_DIGITS_MIN: usize = 3;

/// The fragment as it stands in the key; none where it names nothing.
///
/// A fragment that begins with "!" or "/" is a route of a page that draws itself. On a page of one plain word, a version, a
/// date or an id names one of its entries ("changelog#v16.2", "advisories.html#SA-2024-02").
pub(super) fn canonical_fragment(
    fragment: &str,
    path: &str,
    page: Page<'_>,
    how: How<'_>,
    fired: &mut Fired,
) -> Option<String> {
    let is_route = fragment.starts_with(['!', '/']) && !fragment.trim_matches(['!', '/', '#']).is_empty();
    let is_text = fragment.starts_with(":~:");
    let is_learnt = page.kept.has(|part| *part == Part::Fragment) && !fragment.is_empty() && !is_text;
    let is_plain = !is_text && is_plain_word(path);
    let is_entry = is_plain && names_an_entry(fragment);
    if !is_route && !is_learnt && !is_entry {
        return if is_plain {
            asked(fragment, page, how, fired)
        } else {
            None
        };
    }
    let Some((route, query)) = fragment.split_once('?') else {
        return Some(normalise(fragment));
    };
    let kind = PageKind::Other;
    let query = canonical_query(query, Page { kind, ..page }, how, fired);
    let route = normalise(route);
    Some(if query.is_empty() {
        route
    } else {
        format!("{route}?{query}")
    })
}

/// "warning/#area_code=270000": what a page that draws itself is asked for, as the key says it.
fn asked(fragment: &str, page: Page<'_>, how: How<'_>, fired: &mut Fired) -> Option<String> {
    let is_asking = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| !is_place(name));
    let is_numbered = fragment.bytes().filter(u8::is_ascii_digit).count() >= NUMBER_DIGITS_MIN;
    if !is_numbered || !fragment.split('&').all(is_asking) {
        return None;
    }
    // What a vendor writes behind "#" it would write into the query of a story, too.
    let kind = PageKind::Named;
    Some(canonical_query(fragment, Page { kind, ..page }, how, fired)).filter(|asked| !asked.is_empty())
}

fn is_place(text: &str) -> bool {
    let first = text.split(|c: char| !c.is_ascii_alphabetic()).next();
    first.is_some_and(|first| PLACES.iter().any(|place| first.eq_ignore_ascii_case(place)))
}

/// Whether the path ends in a word that names no single story: "changelog", "release-notes"; behind a date it does.
fn is_plain_word(path: &str) -> bool {
    if is_dated(path) {
        return false;
    }
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let stem = last.split('.').next().unwrap_or_default();
    stem.matches(['-', '_']).count() < 2 && !stem.contains(|c: char| c.is_ascii_digit() || c == '%')
}

/// "/2023/11/09/budget.html", "/20231109/budget".
fn is_dated(path: &str) -> bool {
    let mut segments = path
        .split('/')
        .filter(|segment| segment.bytes().all(|b| b.is_ascii_digit()));
    segments.any(|number| number.len() == YEAR_DIGITS || number.len() >= DATE_DIGITS_MIN)
}

/// A version ("v16.2", "release-4-1-0"), a date ("January_16_2024") or an id ("SA-2024-02", "item-5512").
fn names_an_entry(fragment: &str) -> bool {
    let is_parameter = fragment.contains(['=', '&', '~', '%', '?']);
    let numbers = || {
        let numbers = fragment.split(|c: char| !c.is_ascii_digit());
        numbers.filter(|number| !number.is_empty())
    };
    let is_numbered = numbers().count() > 1 || numbers().any(|number| number.len() >= NUMBER_DIGITS_MIN);
    is_numbered && !is_parameter && !is_place(fragment)
}

#[cfg(test)]
mod tests {
    use crate::dedup::canonical::canonicalize;

    fn key(url: &str) -> String {
        canonicalize(url).map(|found| found.key).unwrap_or_default()
    }

    #[test]
    fn an_entry_of_a_page_of_many_has_a_key_of_its_own() {
        for entry in [
            "https://developer.example/changelog/#release-4-2-0",
            "https://db.example/about/changelog.html#v16.3",
            "https://cloud.example/docs/release-notes#January_16_2024",
            "https://security.example/advisories.html#SA-2024-02",
            "https://blog.example/#post-5512",
        ] {
            let (page, fragment) = entry.split_once('#').unwrap_or_default();
            assert_eq!(key(entry), format!("{}#{fragment}", key(page)), "{entry}");
            assert_eq!(key(&format!("https://{}", key(entry))), key(entry), "{entry}");
        }
    }

    #[test]
    fn places_in_a_text_are_no_entries() {
        for place in [
            "#comment-1234",
            "#page-2024",
            "#top",
            "#xtor=RSS-3208",
            "#:~:text=2024%2C01",
            "#section-4-2",
            "#2",
        ] {
            let page = "https://news.example/changelog";
            assert_eq!(key(&format!("{page}{place}")), key(page), "{place}");
        }
        let story = "https://news.example/2024/01/16/floods-in-jakarta-leave-thousands-homeless";
        assert_eq!(key(&format!("{story}#SA-2024-02")), key(story));
    }
}
