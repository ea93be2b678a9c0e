//! Web and mail addresses that stand in a text: they hold no words (QUERY.md section 1, NOT).
//!
//! Owns what counts as an address. Never reads markup.

/// Endings of host names that are taken for one without a path: the usual generic ones, and countries with a press.
/// Source: IANA root zone; two-letter names of file types that are no country (`js`) are no host.
const TOP_LEVELS: &str = " com org net edu gov info int biz news tv io ai app dev co me \
    ae af al am ar at au az ba bd be bg bh bo br bw by ca cd ch ci cl cm cn cr cu cy cz de dk do dz ec ee eg es et eu fi \
    fj fr ge gh gr gt hk hn hr hu id ie il in iq ir is it jm jo jp ke kg kh kr kw kz la lb lk lt lu lv ly ma md mk mm mn \
    mt mu mv mx my mz ng ni nl no np nz om pa pe ph pk pl ps pt qa ro rs ru rw sa sd se sg si sk sn su sv sy th tn tr tw \
    tz ua ug uk us uy uz ve vn za zm zw ";
/// Bytes of an address before its path: RFC 1035 allows 253 in a name, and a mailbox 64 before its sign.
const HOST_BYTES_MAX: usize = 320;

/// How many bytes an address at `at` takes, where a word begins.
pub(crate) fn address_length(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let begins = |prefix: &str| {
        rest.as_bytes()
            .get(..prefix.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
    };
    if begins("http://") || begins("https://") || begins("www.") {
        return Some(rest.find(ends_path).unwrap_or(rest.len()));
    }
    bare_length(rest)
}

/// A mailbox, or a host with or without a path, that nothing announces.
fn bare_length(rest: &str) -> Option<usize> {
    let head = host_bytes(rest.as_bytes());
    if rest.as_bytes().get(head) == Some(&b'@') {
        let host = host_bytes(&rest.as_bytes()[head + 1..]);
        let name = rest[head + 1..head + 1 + host].trim_end_matches(['.', '-']);
        return (name.contains('.') && !name.contains("..")).then_some(head + 1 + name.len());
    }
    let name = rest[..head].trim_end_matches(['.', '-', '_']);
    if !is_host(name) {
        return None;
    }
    let path = &rest[name.len()..];
    Some(match path.starts_with('/') {
        true => name.len() + path.find(ends_path).unwrap_or(path.len()),
        false => name.len(),
    })
}

/// How many bytes at `at` could belong to the name of a host or mailbox.
pub(crate) fn host_length(text: &str, at: usize) -> usize {
    host_bytes(&text.as_bytes()[at..])
}

fn host_bytes(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take(HOST_BYTES_MAX)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+'))
        .count()
}

/// Hosts are written small; "Moscow.It was" is a space that somebody forgot.
fn is_host(name: &str) -> bool {
    let Some((before, top)) = name.rsplit_once('.') else {
        return false;
    };
    let last = before.rsplit('.').next().unwrap_or_default();
    let is_small = !name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'+');
    let is_known = || TOP_LEVELS.split_ascii_whitespace().any(|known| known == top);
    is_small && last.len() > 1 && last.bytes().any(|byte| byte.is_ascii_lowercase()) && is_known()
}

fn ends_path(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '<' | '>' | '"' | '«' | '»' | '“' | '”' | '，' | '。' | '、' | '）' | '」'
        )
}

#[cfg(test)]
mod tests {
    use crate::watch::addresses::address_length;

    #[test]
    fn addresses_are_known_and_words_are_not() {
        for (text, length) in [
            ("https://a.example/x y", Some(19)),
            ("www.putin.example", Some(17)),
            ("putin@example.org, and", Some(17)),
            ("kompas.com.", Some(10)),
            ("news.example.co.uk/a/putin?b more", Some(28)),
            ("kompas.com/putin", Some(16)),
            ("Moscow.It", None),
            ("p.m.", None),
            ("3.5", None),
            ("a@b", None),
            ("node.js", None),
            ("e.g. this", None),
            ("Amazon.com", None),
        ] {
            assert_eq!(address_length(text, 0), length, "{text}");
        }
    }
}
