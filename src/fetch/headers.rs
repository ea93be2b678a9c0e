//! What response headers say: freshness, `Retry-After`, validators. Pure.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use reqwest::header;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;

use crate::feed::Freshness;
use crate::feed::Validators;

/// The longest freshness that is believed: a server was seen to send 16 years.
const FRESH_MAX: Duration = Duration::from_secs(24 * 3600);
/// The longest pause that is believed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// Bytes of a validator that are stored and sent back; the longest seen in the wild has under 200.
const VALIDATOR_BYTES_MAX: usize = 1024;

/// A header as text; bytes that are not ASCII are no header of ours.
pub(super) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// The codings of the body in the order of their use, in lower case (RFC 9110 section 8.4). What is no coding that we
/// know ("none", "UTF-8", "identity") says that there is none.
pub(super) fn codings(headers: &HeaderMap) -> Vec<Coding> {
    let lines = headers.get_all(header::CONTENT_ENCODING).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .filter_map(|token| match token.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Coding::Gzip),
            "deflate" | "zlib" => Some(Coding::Deflate),
            "br" => Some(Coding::Brotli),
            _ => None,
        })
        .collect()
}

/// A coding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// RFC 1952; "x-gzip" is the same (RFC 9110 section 8.4.1.3).
    Gzip,
    /// RFC 1950, or RFC 1951 alone.
    Deflate,
    /// RFC 7932, where the HTTP client did not take it away.
    Brotli,
}

/// `ETag` and `Last-Modified`, verbatim.
pub(super) fn validators(headers: &HeaderMap) -> Validators {
    let bounded = |name| text(headers, name).filter(|value| !value.is_empty() && value.len() <= VALIDATOR_BYTES_MAX);
    Validators {
        etag: bounded(&header::ETAG),
        last_modified: bounded(&header::LAST_MODIFIED),
        from: None,
    }
}

/// `max-age` minus `Age`, else `Expires` minus `Date` (RFC 9111 section 4.2.1). `no-cache`, `no-store` and zero are
/// no hint: they do not ask for more polls.
pub(super) fn freshness(headers: &HeaderMap, now: Timestamp) -> Freshness {
    let lines = headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let control = lines.collect::<Vec<_>>().join(",").to_ascii_lowercase();
    let directives = || control.split(',').map(str::trim);
    if directives().any(|directive| matches!(directive, "no-cache" | "no-store")) {
        return Freshness::default();
    }
    let max_age = directives().find_map(|directive| directive.strip_prefix("max-age="));
    let fresh_for = match max_age.map(|age| age.trim_matches('"').parse::<u64>()) {
        Some(Ok(max_age)) => {
            let age = text(headers, &header::AGE)
                .and_then(|age| age.trim().parse().ok())
                .unwrap_or(0);
            Some(Duration::from_secs(max_age.saturating_sub(age)))
        }
        Some(Err(_)) => None,
        None => expires(headers, now),
    };
    Freshness {
        fresh_for: fresh_for
            .filter(|fresh| !fresh.is_zero())
            .map(|fresh| fresh.min(FRESH_MAX)),
    }
}

/// Whoever sends no `Date` has the time of the answer (RFC 9110 section 6.6.1).
fn expires(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let expires = http_date(&text(headers, &header::EXPIRES)?)?;
    let date = text(headers, &header::DATE)
        .and_then(|date| http_date(&date))
        .unwrap_or(now);
    Duration::try_from(expires.duration_since(date)).ok()
}

/// When to ask again: seconds, or a date relative to the server's own clock (RFC 9110 section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let value = text(headers, &header::RETRY_AFTER)?;
    let wait = match value.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = http_date(value.trim())?;
            let date = text(headers, &header::DATE)
                .and_then(|date| http_date(&date))
                .unwrap_or(now);
            Duration::try_from(until.duration_since(date)).ok()?
        }
    };
    now.checked_add(wait.min(RETRY_AFTER_MAX)).ok()
}

/// All three forms of a date (RFC 9110 section 5.6.7): IMF-fixdate, RFC 850, asctime.
fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(date) = rfc2822::parse(text) {
        return Some(date.timestamp());
    }
    let utc = |date: DateTime| TimeZone::UTC.to_timestamp(date).ok();
    let civil = |format: &str, text: &str| strtime::parse(format, text).ok()?.to_datetime().ok();
    let rfc_850 = text
        .split_once(", ")
        .and_then(|(_, rest)| civil("%d-%b-%y %H:%M:%S GMT", rest));
    rfc_850.or_else(|| civil("%a %b %e %H:%M:%S %Y", text)).and_then(utc)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn headers(pairs: &[(&HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).clone(), value.parse().unwrap()))
            .collect()
    }

    fn now() -> Timestamp {
        "2026-03-18T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_in_all_three_date_forms() {
        for value in [
            "120",
            "Wed, 18 Mar 2026 12:02:00 GMT",
            "Wednesday, 18-Mar-26 12:02:00 GMT",
            "Wed Mar 18 12:02:00 2026",
        ] {
            let found = retry_after(&headers(&[(&header::RETRY_AFTER, value)]), now());
            assert_eq!(found, Some("2026-03-18T12:02:00Z".parse().unwrap()), "{value}");
        }
    }

    #[test]
    fn a_date_counts_from_the_servers_clock() {
        let skewed = headers(&[
            (&header::DATE, "Thu, 19 Mar 2026 12:00:00 GMT"),
            (&header::RETRY_AFTER, "Thu, 19 Mar 2026 12:02:00 GMT"),
        ]);
        assert_eq!(
            retry_after(&skewed, now()),
            Some("2026-03-18T12:02:00Z".parse().unwrap())
        );
    }

    #[test]
    fn absurd_pauses_are_cut_and_nonsense_is_ignored() {
        let week = Some("2026-03-25T12:00:00Z".parse().unwrap());
        assert_eq!(
            retry_after(&headers(&[(&header::RETRY_AFTER, "1000000000000")]), now()),
            week
        );
        assert_eq!(retry_after(&headers(&[(&header::RETRY_AFTER, "-1")]), now()), None);
        assert_eq!(retry_after(&headers(&[(&header::RETRY_AFTER, "soon")]), now()), None);
    }

    #[test]
    fn freshness_is_max_age_minus_age_else_expires_minus_date() {
        let check = |pairs: &[(&HeaderName, &str)], seconds: Option<u64>| {
            assert_eq!(
                freshness(&headers(pairs), now()).fresh_for,
                seconds.map(Duration::from_secs),
                "{pairs:?}"
            );
        };
        check(
            &[(&header::CACHE_CONTROL, "public, max-age=7200"), (&header::AGE, "1800")],
            Some(5400),
        );
        check(&[(&header::CACHE_CONTROL, "s-maxage=7200")], None);
        check(&[(&header::CACHE_CONTROL, "no-cache, max-age=60")], None);
        check(&[(&header::CACHE_CONTROL, "max-age=504576000")], Some(24 * 3600));
        check(
            &[
                (&header::DATE, "Wed, 18 Mar 2026 12:00:00 GMT"),
                (&header::EXPIRES, "Wed, 18 Mar 2026 13:00:00 GMT"),
            ],
            Some(3600),
        );
        check(&[(&header::EXPIRES, "Wed, 18 Mar 2026 13:00:00 GMT")], Some(3600));
        check(&[(&header::EXPIRES, "0")], None);
    }
}
