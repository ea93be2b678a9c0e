//! What went wrong in a fetch, as a class for the schedule and as a sentence for people.

use std::error::Error;

use reqwest::Response;
use reqwest::StatusCode;
use url::Url;

use crate::feed::FailureCause;
use crate::feed::Feed;
use crate::feed::FetchFailure;
use crate::fetch::guard::Refusal;

/// Characters of an address in a message; longer ones fill the screen and help nobody.
const SHOWN_CHARS_MAX: usize = 200;

/// A failure at `url`.
pub(super) fn failure(cause: FailureCause, url: &Url, what: &str) -> FetchFailure {
    FetchFailure {
        cause,
        message: format!("{}: {what}", shown(url)),
        retry_after: None,
    }
}

/// What an answer with a status other than 2xx and 304 means.
pub(super) fn refused(feed: &Feed, url: &Url, response: &Response) -> FetchFailure {
    let status = response.status();
    let is_wall = response.headers().contains_key("cf-mitigated");
    // User and password stayed behind where a redirect led to another server.
    let has_left = feed.credentials.is_some() && url.origin() != feed.url.origin();
    let what = match status.as_u16() {
        401 if has_left => {
            let what = format!(
                "moved to {}, which wants the log-in; write that address in this feed",
                shown(url)
            );
            return failure(
                FailureCause::Status(401),
                &feed.url,
                &format!("{}: {what}", named(status)),
            );
        }
        _ if is_wall => "a wall against robots; ask the publisher to let kabar in",
        401 | 407 => "it wants a log-in; set `user` and `password_file` of this feed",
        403 => "the server refuses; it may want other `headers`, or no robots",
        404 => "check the address",
        410 => "gone for good, says the server; remove the feed or give its new address",
        429 => "it wants fewer requests; poll it less often",
        304 => "\"not modified\" to a request without validators; it may pass by itself",
        500..=599 => "the server has trouble; it may pass by itself",
        _ => "not the answer of a feed; check the address",
    };
    failure(
        FailureCause::Status(status.as_u16()),
        url,
        &format!("{}: {what}", named(status)),
    )
}

fn named(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// What broke below HTTP. Classes come from the types of the causes; texts may hold words of the address.
pub(super) fn broken(url: &Url, error: reqwest::Error) -> FetchFailure {
    // The client's own text would repeat the address with its query.
    let error = error.without_url();
    let causes = causes(&error);
    if let Some(refusal) = causes.iter().find_map(|cause| cause.downcast_ref::<Refusal>()) {
        return failure(FailureCause::PrivateAddress, url, &refusal.to_string());
    }
    let deepest = causes.last().map(ToString::to_string).unwrap_or_default();
    let (cause, what) = if error.is_timeout() {
        (
            FailureCause::Timeout,
            "no answer in time; it may pass by itself".to_owned(),
        )
    } else if error.is_builder() {
        let what = format!("the request cannot be made: {deepest}; check `headers` and `contact`");
        (FailureCause::Connect, what)
    } else if error.is_connect() && causes.iter().any(|cause| is_tls(*cause)) {
        let what =
            format!("no safe connection: {deepest}; the publisher must mend the certificate, or check the address");
        (FailureCause::Tls, what)
    } else if error.is_dns() {
        (
            FailureCause::Dns,
            format!("the host name has no address: {deepest}; check the address"),
        )
    } else if error.is_connect() {
        (
            FailureCause::Connect,
            format!("no connection: {deepest}; check the address; it may also pass by itself"),
        )
    } else {
        (
            FailureCause::Body,
            format!("the answer broke off or is damaged: {deepest}; it may pass by itself"),
        )
    };
    failure(cause, url, &what)
}

fn causes(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut causes: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    causes
}

/// rustls hides its error inside I/O errors, one in the other, which do not name it as their source.
fn is_tls(cause: &(dyn Error + 'static)) -> bool {
    let mut cause = cause;
    while let Some(inner) = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        cause = inner;
    }
    cause.is::<rustls::Error>()
}

/// The address without user, password and query, which may hold a token.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = without_user(url.clone());
    shown.set_fragment(None);
    let has_query = shown.query().is_some();
    shown.set_query(None);
    let mut text: String = shown.as_str().chars().take(SHOWN_CHARS_MAX).collect();
    if text.len() < shown.as_str().len() {
        text.push('…');
    }
    if has_query {
        text.push_str("?…");
    }
    text
}

/// The address without user and password.
pub(super) fn without_user(mut url: Url) -> Url {
    // Both refuse only addresses that cannot have a user, which then have none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}
