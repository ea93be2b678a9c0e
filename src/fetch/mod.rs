//! The web: one conditional GET of one feed, with its redirects, limits and guards.
//!
//! Expected trouble is a value. Never parses, never stores, never retries: what comes next is the schedule's business.

mod failure;
mod file;
mod gate;
mod guard;
mod headers;
mod http;
mod inflate;
mod settings;
mod trail;

use std::future::Future;

use jiff::Timestamp;

use crate::feed::Feed;
use crate::feed::FetchOutcome;
use crate::feed::Validators;

pub use http::FetchSetupError;
pub use http::HttpFetch;
pub use settings::FetchSettings;

/// A way to ask for a feed. May be dropped at any moment: it changes nothing.
pub trait Fetch: Send + Sync + 'static {
    /// One conditional GET of `feed`; `now` is the base of relative dates.
    fn fetch(&self, feed: &Feed, validators: &Validators, now: Timestamp) -> impl Future<Output = FetchOutcome> + Send;
}
