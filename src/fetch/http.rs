//! `http` and `https` feeds.
//!
//! Our own redirect loop, because a client that follows by itself forwards validators and credentials, and cannot check
//! the address of each hop.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Client;
use reqwest::RequestBuilder;
use reqwest::Response;
use reqwest::StatusCode;
use reqwest::header;
use tokio::time::Instant;
use url::Url;

use crate::feed::FailureCause;
use crate::feed::Feed;
use crate::feed::FetchFailure;
use crate::feed::FetchOutcome;
use crate::feed::FetchedBody;
use crate::feed::Validators;
use crate::fetch::Fetch;
use crate::fetch::FetchSettings;
use crate::fetch::failure::broken;
use crate::fetch::failure::failure;
use crate::fetch::failure::refused;
use crate::fetch::file;
use crate::fetch::gate::Gate;
use crate::fetch::guard;
use crate::fetch::guard::PublicResolver;
use crate::fetch::headers;
use crate::fetch::headers::Coding;
use crate::fetch::inflate;
use crate::fetch::inflate::Damage;
use crate::fetch::trail::Trail;
use crate::fetch::trail::redirect;

/// Time for a connection; the whole fetch has its own deadline.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Servers close idle connections after 5 to 75 s; we do it first.
const IDLE_MAX: Duration = Duration::from_secs(30);
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, \
                      application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";

const ACCEPT_ENCODING: &str = "gzip, br";
/// Codings of one body that are undone: some servers pack twice.
const CODINGS_MAX: usize = 2;

/// Asks the web with reqwest. Cheap to clone; connections are shared.
#[derive(Clone, Debug)]
pub struct HttpFetch {
    public: Client,
    private: Client,
    settings: FetchSettings,
    gate: Gate,
}

/// Why no HTTP client could be made.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client can be made; check `contact` and `proxy`, and the certificates of this machine")]
pub struct FetchSetupError(#[from] reqwest::Error);

impl HttpFetch {
    /// Prepares two clients: one that resolves names to public addresses only, one for feeds that may be private.
    ///
    /// # Errors
    /// When the system's certificates cannot be loaded, or the contact or the proxy's address is wrong.
    pub fn new(settings: &FetchSettings) -> Result<Self, FetchSetupError> {
        // A second call finds the provider installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let private = builder(settings)?.build()?;
        let public = match settings.proxy {
            // The proxy resolves names; ours would only see the proxy's.
            Some(_) => private.clone(),
            None => builder(settings)?.dns_resolver(Arc::new(PublicResolver)).build()?,
        };
        Ok(Self {
            public,
            private,
            settings: settings.clone(),
            gate: Gate::new(settings.host_gap),
        })
    }

    /// One conditional GET with its redirects. The deadline is for what servers do; the turn at the host of a redirect is waited for
    /// as long as it takes.
    async fn follow(&self, feed: &Feed, validators: &Validators, now: Timestamp) -> Result<FetchOutcome, FetchFailure> {
        let mut trail = Trail::new(&feed.url);
        let mut time_left = self.settings.timeout;
        loop {
            let _turn = self.gate.enter(&trail).await;
            let begun = Instant::now();
            let hop = self.hop(feed, validators, &trail, now);
            let Ok(reached) = tokio::time::timeout(time_left, hop).await else {
                return Err(too_slow(&feed.url, self.settings.timeout));
            };
            match reached? {
                Hop::Answer(outcome) => return Ok(*outcome),
                Hop::Redirect(to, lasting) => trail.go(to, lasting)?,
            }
            time_left = time_left.saturating_sub(begun.elapsed());
        }
    }

    /// One request.
    async fn hop(
        &self,
        feed: &Feed,
        validators: &Validators,
        trail: &Trail,
        now: Timestamp,
    ) -> Result<Hop, FetchFailure> {
        let url = trail.url();
        let may_be_private = feed.allow_private_addresses || self.settings.allow_private_addresses;
        let client = if may_be_private { &self.private } else { &self.public };
        if !may_be_private {
            guard::check(url).map_err(|refusal| failure(FailureCause::PrivateAddress, url, &refusal.to_string()))?;
        }
        let request = request(client, feed, url, validators);
        let response = request.send().await.map_err(|error| broken(url, error))?;
        if let Some(next) = redirect(url, &response)? {
            let lasting = matches!(response.status().as_u16(), 301 | 308);
            return Ok(Hop::Redirect(next, lasting));
        }
        let is_conditional = validators.are_of(url, &feed.url);
        let outcome = self.understand(feed, trail, response, is_conditional, now).await?;
        Ok(Hop::Answer(Box::new(outcome)))
    }

    async fn understand(
        &self,
        feed: &Feed,
        trail: &Trail,
        response: Response,
        is_conditional: bool,
        now: Timestamp,
    ) -> Result<FetchOutcome, FetchFailure> {
        let (validators, freshness) = (
            headers::validators(response.headers()),
            headers::freshness(response.headers(), now),
        );
        let url = trail.url();
        let from = (*url != feed.url).then(|| url.clone());
        match response.status() {
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION | StatusCode::PARTIAL_CONTENT => {
                let content_type = headers::text(response.headers(), &header::CONTENT_TYPE);
                let bytes = self.body(url, response).await?;
                Ok(FetchOutcome::Fresh(FetchedBody {
                    bytes,
                    content_type,
                    final_url: url.clone(),
                    validators: Validators { from, ..validators },
                    freshness,
                    moved_to: trail.moved_to(),
                }))
            }
            StatusCode::NOT_MODIFIED if is_conditional => Ok(FetchOutcome::NotModified {
                validators: Validators { from, ..validators },
                freshness,
                moved_to: trail.moved_to(),
            }),
            _ => {
                let retry_after = headers::retry_after(response.headers(), now);
                Err(FetchFailure {
                    retry_after,
                    ..refused(feed, url, &response)
                })
            }
        }
    }

    /// The body, counted after decompression while it comes: `Content-Length` is not to be trusted.
    async fn body(&self, url: &Url, mut response: Response) -> Result<Vec<u8>, FetchFailure> {
        // The client decodes brotli, and takes its header away.
        let codings = headers::codings(response.headers());
        let limit = self.settings.body_limit_bytes;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(url, error))? {
            bytes.extend_from_slice(&chunk);
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
                return Err(too_large(url, limit));
            }
        }
        unpacked(url, bytes, &codings, limit)
    }
}

impl Fetch for HttpFetch {
    async fn fetch(&self, feed: &Feed, validators: &Validators, now: Timestamp) -> FetchOutcome {
        let outcome = match feed.url.scheme() {
            "file" => {
                let read = file::fetch(&feed.url, validators, self.settings.body_limit_bytes);
                let deadline = self.settings.timeout;
                let read = tokio::time::timeout(deadline, read).await;
                read.unwrap_or_else(|_| Err(too_slow(&feed.url, deadline)))
            }
            _ => self.follow(feed, validators, now).await,
        };
        outcome.unwrap_or_else(FetchOutcome::Failed)
    }
}

/// What one request leads to.
enum Hop {
    Answer(Box<FetchOutcome>),
    /// Where to, and whether for good.
    Redirect(Url, bool),
}

fn too_slow(url: &Url, deadline: Duration) -> FetchFailure {
    let what = format!(
        "no whole answer within {} s; raise `timeout` in [polling]; it may also pass by itself",
        deadline.as_secs_f32()
    );
    failure(FailureCause::Timeout, url, &what)
}

/// The body without its codings, the last one first.
fn unpacked(url: &Url, mut bytes: Vec<u8>, codings: &[Coding], limit: u64) -> Result<Vec<u8>, FetchFailure> {
    if codings.len() > CODINGS_MAX {
        let what = format!("the body is packed {} times; tell the publisher", codings.len());
        return Err(failure(FailureCause::Body, url, &what));
    }
    let bytes_max = usize::try_from(limit).unwrap_or(usize::MAX);
    for coding in codings.iter().rev() {
        if bytes.is_empty() {
            break;
        }
        let (name, unpacked) = match coding {
            // Two header lines may tell of one packing.
            Coding::Gzip if codings.len() > 1 && !inflate::is_gzip(&bytes) => continue,
            Coding::Gzip => ("gzip", inflate::gunzip(&bytes, bytes_max)),
            Coding::Deflate => ("deflate", inflate::undeflate(&bytes, bytes_max)),
            Coding::Brotli => ("br", Err(Damage::Wrong)),
        };
        bytes = unpacked.map_err(|damage| match damage {
            Damage::TooLarge => too_large(url, limit),
            Damage::Cut => failure(FailureCause::Body, url, "the body breaks off; it may pass by itself"),
            Damage::Wrong => {
                let what = format!("the body is said to be packed as {name} and is not; tell the publisher");
                failure(FailureCause::Body, url, &what)
            }
        })?;
    }
    Ok(bytes)
}

fn too_large(url: &Url, limit: u64) -> FetchFailure {
    let what = format!("the body is larger than {limit} bytes; raise `body_limit` in [polling] if that is right");
    failure(FailureCause::TooLarge, url, &what)
}

fn builder(settings: &FetchSettings) -> Result<reqwest::ClientBuilder, FetchSetupError> {
    let contact = match &settings.contact {
        Some(contact) => format!("+{contact}"),
        None => "news watch".to_owned(),
    };
    let builder = Client::builder()
        .user_agent(format!("kabar/{} ({contact})", env!("CARGO_PKG_VERSION")))
        .referer(false)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout))
        .pool_idle_timeout(IDLE_MAX)
        // Feeds come from servers of every age; a bad header that we do not need is no reason to lose the news.
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true)
        // A proxy from the environment would undo the guard of addresses.
        .no_proxy();
    match &settings.proxy {
        Some(proxy) => Ok(builder.proxy(reqwest::Proxy::all(proxy.clone())?)),
        None => Ok(builder),
    }
}

/// One request. What is the feed's own goes to the feed's own server only, validators to its own address only.
fn request(client: &Client, feed: &Feed, url: &Url, validators: &Validators) -> RequestBuilder {
    let mut request = client.get(url.clone());
    let is_own_server = url.origin() == feed.url.origin();
    if is_own_server {
        for (name, value) in &feed.headers {
            request = request.header(name, value);
        }
        if let Some(credentials) = &feed.credentials {
            request = request.basic_auth(&credentials.user, Some(&credentials.password));
        }
    }
    for (name, value) in [(header::ACCEPT, ACCEPT), (header::ACCEPT_ENCODING, ACCEPT_ENCODING)] {
        let is_own = |(own, _): &(String, String)| own.eq_ignore_ascii_case(name.as_str());
        if !(is_own_server && feed.headers.iter().any(is_own)) {
            request = request.header(name, value);
        }
    }
    if validators.are_of(url, &feed.url) {
        if let Some(etag) = &validators.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &validators.last_modified {
            request = request.header(header::IF_MODIFIED_SINCE, last_modified);
        }
    }
    request
}
