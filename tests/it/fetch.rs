//! One conditional GET against a scripted server: what is sent, what is understood, what is refused.

mod answers;
mod bodies;
mod redirects;
mod request;

use std::time::Duration;

use jiff::Timestamp;
use kabar::feed::Feed;
use kabar::feed::FetchFailure;
use kabar::feed::FetchOutcome;
use kabar::feed::FetchedBody;
use kabar::feed::Validators;
use kabar::fetch::Fetch;
use kabar::fetch::FetchSettings;
use kabar::fetch::HttpFetch;
use url::Url;

const LIMIT: u64 = 1024 * 1024;

fn settings() -> FetchSettings {
    FetchSettings {
        allow_private_addresses: true,
        body_limit_bytes: LIMIT,
        host_gap: Duration::ZERO,
        ..FetchSettings::default()
    }
}

/// Settings with a deadline that a server which never ends will miss.
fn impatient() -> FetchSettings {
    FetchSettings {
        timeout: Duration::from_millis(300),
        ..settings()
    }
}

fn feed(url: Url) -> Feed {
    Feed::new(url)
}

fn validators(etag: &str, last_modified: &str) -> Validators {
    Validators {
        etag: Some(etag.to_owned()),
        last_modified: Some(last_modified.to_owned()),
        from: None,
    }
}

fn now() -> Timestamp {
    "2026-03-18T12:00:00Z".parse().unwrap()
}

async fn fetch_as(settings: &FetchSettings, feed: &Feed, validators: &Validators) -> FetchOutcome {
    HttpFetch::new(settings).unwrap().fetch(feed, validators, now()).await
}

async fn get(url: Url) -> FetchOutcome {
    fetch_as(&settings(), &feed(url), &Validators::default()).await
}

fn body(outcome: FetchOutcome) -> FetchedBody {
    match outcome {
        FetchOutcome::Fresh(body) => body,
        FetchOutcome::NotModified { .. } | FetchOutcome::Failed(_) => panic!("no body: {outcome:?}"),
    }
}

fn failure(outcome: FetchOutcome) -> FetchFailure {
    match outcome {
        FetchOutcome::Failed(failure) => failure,
        FetchOutcome::Fresh(_) | FetchOutcome::NotModified { .. } => panic!("no failure: {outcome:?}"),
    }
}
