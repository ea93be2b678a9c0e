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
use crate::fetch::failure::shown;
use crate::fetch::failure::without_user;
use crate::fetch::file;
use crate::fetch::guard;
use crate::fetch::guard::PublicResolver;
use crate::fetch::headers;
use crate::fetch::headers::Coding;
use crate::fetch::inflate;
use crate::fetch::inflate::Damage;

/// Hops of one fetch; browsers stop at 20, feeds in the wild need at most 4.
const REDIRECTS_MAX: usize = 10;
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
        })
    }

    async fn follow(&self, feed: &Feed, validators: &Validators, now: Timestamp) -> Result<FetchOutcome, FetchFailure> {
        let may_be_private = feed.allow_private_addresses || self.settings.allow_private_addresses;
        let client = if may_be_private { &self.private } else { &self.public };
        let mut url = feed.url.clone();
        let mut visited = vec![url.clone()];
        loop {
            if !may_be_private {
                guard::check(&url)
                    .map_err(|refusal| failure(FailureCause::PrivateAddress, &url, &refusal.to_string()))?;
            }
            let request = request(client, feed, &url, validators);
            let response = request.send().await.map_err(|error| broken(&url, error))?;
            let Some(next) = redirect(&url, &response)? else {
                let is_conditional = validators.are_of(&url, &feed.url);
                return self.understand(feed, url, response, is_conditional, now).await;
            };
            if visited.contains(&next) {
                let what = format!("redirects in a circle by way of {}; check the address", shown(&next));
                return Err(failure(FailureCause::Redirect, &feed.url, &what));
            }
            if visited.len() > REDIRECTS_MAX {
                let what = format!("more than {REDIRECTS_MAX} redirects; check the address");
                return Err(failure(FailureCause::Redirect, &feed.url, &what));
            }
            visited.push(next.clone());
            url = next;
        }
    }

    async fn understand(
        &self,
        feed: &Feed,
        url: Url,
        response: Response,
        is_conditional: bool,
        now: Timestamp,
    ) -> Result<FetchOutcome, FetchFailure> {
        let (validators, freshness) = (
            headers::validators(response.headers()),
            headers::freshness(response.headers()),
        );
        let from = (url != feed.url).then(|| url.clone());
        match response.status() {
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION | StatusCode::PARTIAL_CONTENT => {
                let content_type = headers::text(response.headers(), &header::CONTENT_TYPE);
                let bytes = self.body(&url, response).await?;
                Ok(FetchOutcome::Fresh(FetchedBody {
                    bytes,
                    content_type,
                    final_url: url,
                    validators: Validators { from, ..validators },
                    freshness,
                }))
            }
            StatusCode::NOT_MODIFIED if is_conditional => Ok(FetchOutcome::NotModified {
                validators: Validators { from, ..validators },
                freshness,
            }),
            _ => {
                let retry_after = headers::retry_after(response.headers(), now);
                Err(FetchFailure {
                    retry_after,
                    ..refused(feed, &url, &response)
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
        let poll = async {
            match feed.url.scheme() {
                "file" => file::fetch(&feed.url, validators, self.settings.body_limit_bytes).await,
                _ => self.follow(feed, validators, now).await,
            }
        };
        let deadline = self.settings.timeout;
        match tokio::time::timeout(deadline, poll).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failed)) => FetchOutcome::Failed(failed),
            Err(_) => {
                let what = format!(
                    "no whole answer within {} s; raise `timeout` in [polling]; it may also pass by itself",
                    deadline.as_secs_f32()
                );
                FetchOutcome::Failed(failure(FailureCause::Timeout, &feed.url, &what))
            }
        }
    }
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

/// Where the response sends us; none where it is an answer.
fn redirect(url: &Url, response: &Response) -> Result<Option<Url>, FetchFailure> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let refused = |target: &str| {
        let what = format!("redirects to {target}, which is no http or https address; check the address");
        failure(FailureCause::Redirect, url, &what)
    };
    // Some servers write the bytes of UTF-8 into it.
    let location = response
        .headers()
        .get(header::LOCATION)
        .map(|location| location.as_bytes())
        .unwrap_or_default();
    let location = String::from_utf8_lossy(location);
    if location.is_empty() {
        return Err(refused("nowhere"));
    }
    match url.join(&location) {
        Ok(next) if matches!(next.scheme(), "http" | "https") => Ok(Some(without_user(next))),
        Ok(next) => Err(refused(&format!("a {}: address", next.scheme()))),
        Err(error) => Err(refused(&format!("something unreadable ({error})"))),
    }
}
