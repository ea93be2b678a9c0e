//! The key's rules as examples, and what holds for every URL.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use crate::dedup::canonical::canonicalize;

fn key(url: &str) -> String {
    canonicalize(url).unwrap().key
}

fn check(url: &str, expected: &str) {
    assert_eq!(key(url), expected, "{url}");
}

#[test]
fn the_seed_has_one_key_in_every_form() {
    let story = "thanhnien.vn/hai-tong-thong-trump-va-putin-vua-co-cuoc-dien-dam-quan-trong-185250318185622024.htm";
    for url in [
        format!("https://{story}"),
        format!("http://www.{story}?utm_source=rss&utm_medium=feed"),
        format!("https://m.{story}"),
        format!("https://amp.{story}"),
        format!("https://{story}?amp=1#comments"),
        format!("https://thanhnien-vn.cdn.ampproject.org/c/s/{story}"),
        format!("https://www.google.com/amp/s/{story}"),
        format!(
            "https://www.google.com/url?rct=j&url=https%3A%2F%2F{}&ct=ga",
            story.replace('/', "%2F")
        ),
    ] {
        check(&url, story);
    }
}

#[test]
fn what_may_name_something_stays() {
    check(
        "https://a.example/News/Story?id=3&page=2",
        "a.example/News/Story?id=3&page=2",
    );
    check("https://a.example:8080/x", "a.example:8080/x");
    check("https://a.example/x?ref=chapter", "a.example/x?ref=chapter");
    check(
        "https://a.example/x?preference=1&fbclids=2",
        "a.example/x?fbclids=2&preference=1",
    );
    check("https://a.example/a%2fb", "a.example/a%2Fb");
    check("https://a.example/gear/amp", "a.example/gear/amp");
    check("https://app.example/#!/story/7?utm_source=x", "app.example#!/story/7");
}

#[test]
fn what_is_no_web_address_is_an_error_that_says_so() {
    assert_eq!(
        canonicalize("mailto:a@b.example").unwrap_err().to_string(),
        "\"mailto:a@b.example\" cannot name a story: its scheme is \"mailto\"; only http and https can"
    );
    assert!(canonicalize("tag:example.org,2005:1").is_err());
    assert!(canonicalize("12345").is_err());
    assert!(canonicalize("").is_err());
}

#[test]
fn a_long_key_is_replaced_by_its_hash() {
    let canonical = canonicalize(&format!("https://a.example/{}", "x".repeat(3000))).unwrap();
    assert_eq!((canonical.key.len(), canonical.rules), (32, vec!["hashed"]));
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("/amp".to_owned()),
        Just("/index.html".to_owned()),
        Just("?".to_owned()),
        Just("&".to_owned()),
        Just("#!/".to_owned()),
        Just("/a-b-c-d".to_owned()),
        Just("utm_source=x".to_owned()),
        Just("ref=rss".to_owned()),
        Just("%2e".to_owned()),
        Just("%".to_owned()),
        Just("%2".to_owned()),
        Just("/print".to_owned()),
        Just("//".to_owned()),
        Just("/page/1".to_owned()),
        Just("&amp;".to_owned()),
        Just("page=1".to_owned()),
        Just(";jsessionid=1".to_owned()),
        Just("/../".to_owned()),
        Just("%CC%81".to_owned()),
        Just("é".to_owned()),
        Just("url=https%3A%2F%2Fb.example%2F".to_owned()),
        Just(".amp".to_owned()),
        Just("http://".to_owned()),
        Just("#".to_owned()),
        "[a-zA-Z0-9._~:/?#@!$&'()*+,;=%-]{0,6}",
        "\\PC{0,3}",
    ]
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("m.www.a.co.uk".to_owned()),
        Just("www.google.com/url?url=".to_owned()),
        Just("web.archive.org/web/2020/".to_owned()),
        Just("www2.www.com.".to_owned()),
        Just("a-b--c.translate.goog".to_owned()),
        Just("x.cdn.ampproject.org/c/s/".to_owned()),
        Just("twitter.com:443".to_owned()),
        Just("youtu.be/abcdefghijk".to_owned()),
        Just("yandex.ru/turbo/s/".to_owned()),
        "[a-z]{1,3}(\\.[a-z]{1,3}){0,3}(:[0-9]{1,4})?",
    ]
}

proptest! {
    #[test]
    fn keys_are_stable(host in host(), pieces in proptest::collection::vec(piece(), 0..8)) {
        let url = format!("http://{host}{}", pieces.concat());
        if let Ok(first) = canonicalize(&url) {
            prop_assert_eq!(&canonicalize(&format!("https://{}", first.key)).map(|c| c.key), &Ok(first.key.clone()), "{}", url);
            prop_assert_eq!(canonicalize(&url), Ok(first));
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        _ = canonicalize(&text);
        _ = canonicalize(&format!("https://{text}"));
    }
}

/// Damaged URLs that are tried; a million with `KABAR_THOROUGH`.
fn rounds() -> u64 {
    if std::env::var_os("KABAR_THOROUGH").is_some() {
        1_000_000
    } else {
        10_000
    }
}

/// One of the labelled URLs with bytes changed, taken out, doubled and put in, and pieces of another one behind it.
fn damaged(urls: &[&str], seed: u64) -> String {
    const PIECES: [&str; 16] = [
        "%",
        "%2",
        "%25",
        "%00",
        "?",
        "#",
        "&",
        "=",
        "/amp",
        "//",
        "\\",
        "..",
        "é",
        "@",
        "https://",
        "?url=https%3A%2F%2F",
    ];
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % limit.max(1)
    };
    let mut chars: Vec<char> = urls[below(urls.len())].chars().collect();
    for _ in 0..below(8) {
        let at = below(chars.len());
        match below(5) {
            0 => _ = (!chars.is_empty()).then(|| chars.remove(at)),
            1 => chars.splice(at..at, PIECES[below(PIECES.len())].chars()).for_each(drop),
            2 => chars.truncate(at + 8),
            3 => chars.insert(at, char::from_u32(below(0x250) as u32).unwrap_or('x')),
            _ => {
                let other: Vec<char> = urls[below(urls.len())].chars().collect();
                chars.extend(&other[below(other.len())..]);
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn damaged_urls_have_stable_keys_or_none() {
    let pairs = include_str!("../testdata/pairs.tsv").lines();
    let urls: Vec<&str> = pairs.flat_map(|line| line.split('\t').skip(2)).collect();
    for seed in 0..rounds() {
        let url = damaged(&urls, seed);
        if let Ok(first) = canonicalize(&url) {
            assert!(first.key.len() <= 2048, "{url}");
            let second = canonicalize(&format!("https://{}", first.key));
            let is_hash = first.rules.contains(&"hashed");
            assert!(is_hash || second.map(|second| second.key) == Ok(first.key), "{url}");
        }
    }
}
