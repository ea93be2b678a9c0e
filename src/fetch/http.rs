//! `http` and `https` feeds.
//!
//! Our own redirect loop, because a client that follows by itself forwards validators and credentials, and cannot check
//! the address of each hop.

use std::error::Error;
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
use crate::fetch::file;
use crate::fetch::guard;
use crate::fetch::guard::PublicResolver;
use crate::fetch::headers;

/// Hops of one fetch; browsers stop at 20, feeds in the wild need at most 4.
const REDIRECTS_MAX: usize = 10;
/// Time for a connection; the whole fetch has its own deadline.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Servers close idle connections after 5 to 75 s; we do it first.
const IDLE_MAX: Duration = Duration::from_secs(30);
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, \
                      application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";

/// Asks the web with reqwest. Cheap to clone; connections are shared.
#[derive(Clone, Debug)]
pub struct HttpFetch {
    public: Client,
    private: Client,
    settings: FetchSettings,
}

/// Why no HTTP client could be made.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FetchSetupError(#[from] reqwest::Error);

impl HttpFetch {
    /// Prepares two clients: one that resolves names to public addresses only, one for feeds that may be private.
    ///
    /// # Errors
    /// When the system's certificates cannot be loaded or the proxy's address is wrong.
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
            let response = request.send().await.map_err(|error| broken(&url, &error))?;
            let Some(next) = redirect(&url, &response)? else {
                let is_conditional = url == feed.url && *validators != Validators::default();
                return self.understand(url, response, is_conditional, now).await;
            };
            if visited.contains(&next) {
                return Err(failure(
                    FailureCause::Redirect,
                    &feed.url,
                    &format!("redirects in a circle by way of {}", shown(&next)),
                ));
            }
            if visited.len() > REDIRECTS_MAX {
                return Err(failure(
                    FailureCause::Redirect,
                    &feed.url,
                    &format!("more than {REDIRECTS_MAX} redirects"),
                ));
            }
            visited.push(next.clone());
            url = next;
        }
    }

    async fn understand(
        &self,
        url: Url,
        response: Response,
        is_conditional: bool,
        now: Timestamp,
    ) -> Result<FetchOutcome, FetchFailure> {
        let (validators, freshness) = (
            headers::validators(response.headers()),
            headers::freshness(response.headers()),
        );
        match response.status() {
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION | StatusCode::PARTIAL_CONTENT => {
                let content_type = headers::text(response.headers(), &header::CONTENT_TYPE);
                let bytes = self.body(&url, response).await?;
                Ok(FetchOutcome::Fresh(FetchedBody {
                    bytes,
                    content_type,
                    final_url: url,
                    validators,
                    freshness,
                }))
            }
            StatusCode::NOT_MODIFIED if is_conditional => Ok(FetchOutcome::NotModified { validators, freshness }),
            status => Err(FetchFailure {
                retry_after: headers::retry_after(response.headers(), now),
                ..failure(FailureCause::Status(status.as_u16()), &url, &advice(status, &response))
            }),
        }
    }

    /// The body, counted after decompression while it comes: `Content-Length` is not to be trusted.
    async fn body(&self, url: &Url, mut response: Response) -> Result<Vec<u8>, FetchFailure> {
        let limit = self.settings.body_limit_bytes;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(url, &error))? {
            bytes.extend_from_slice(&chunk);
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
                let what =
                    format!("the body is larger than {limit} bytes; raise `body_limit` in [polling] if that is right");
                return Err(failure(FailureCause::TooLarge, url, &what));
            }
        }
        Ok(bytes)
    }
}

impl Fetch for HttpFetch {
    async fn fetch(&self, feed: &Feed, validators: &Validators, now: Timestamp) -> FetchOutcome {
        if feed.url.scheme() == "file" {
            return file::fetch(&feed.url, validators, self.settings.body_limit_bytes).await;
        }
        let deadline = self.settings.timeout;
        match tokio::time::timeout(deadline, self.follow(feed, validators, now)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failed)) => FetchOutcome::Failed(failed),
            Err(_) => {
                let what = format!(
                    "no whole answer within {} s; kabar tries again later",
                    deadline.as_secs_f32()
                );
                FetchOutcome::Failed(failure(FailureCause::Timeout, &feed.url, &what))
            }
        }
    }
}

fn builder(settings: &FetchSettings) -> Result<reqwest::ClientBuilder, FetchSetupError> {
    let contact = settings
        .contact
        .as_deref()
        .map(|contact| format!(" (+{contact})"))
        .unwrap_or_default();
    let builder = Client::builder()
        .user_agent(format!("kabar/{}{contact}", env!("CARGO_PKG_VERSION")))
        .referer(false)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout))
        .pool_idle_timeout(IDLE_MAX)
        // A proxy from the environment would undo the guard of addresses.
        .no_proxy();
    match &settings.proxy {
        Some(proxy) => Ok(builder.proxy(reqwest::Proxy::all(proxy.clone())?)),
        None => Ok(builder),
    }
}

/// One request. What is the feed's own goes to the feed's own server only, validators to its own address only.
fn request(client: &Client, feed: &Feed, url: &Url, validators: &Validators) -> RequestBuilder {
    let mut request = client.get(url.clone()).header(header::ACCEPT, ACCEPT);
    if url.origin() == feed.url.origin() {
        for (name, value) in &feed.headers {
            request = request.header(name, value);
        }
        if let Some(credentials) = &feed.credentials {
            request = request.basic_auth(&credentials.user, Some(&credentials.password));
        }
    }
    if *url == feed.url {
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
    let location = headers::text(response.headers(), &header::LOCATION).unwrap_or_default();
    match url.join(&location) {
        Ok(next) if !location.is_empty() && matches!(next.scheme(), "http" | "https") => Ok(Some(next)),
        Ok(_) | Err(_) => {
            let what = format!(
                "redirects to \"{}\", which is no http or https address",
                location.escape_debug()
            );
            Err(failure(FailureCause::Redirect, url, &what))
        }
    }
}

fn advice(status: StatusCode, response: &Response) -> String {
    let what = match status.as_u16() {
        401 | 407 => "it wants a log-in; set `user` and `password_file` of this feed",
        403 if response.headers().contains_key("cf-mitigated") => {
            "a wall against robots; ask the publisher to let kabar in"
        }
        403 => "the server refuses; it may want other `headers`, or no robots",
        404 => "check the address",
        410 => "gone for good, says the server; remove the feed or give its new address",
        429 => "too many requests; kabar slows down",
        304 => "\"not modified\" to a request without validators; kabar tries again later",
        500..=599 => "the server has trouble; kabar tries again later",
        _ => "not the answer of a feed; check the address",
    };
    format!("{status}: {what}")
}

/// What went wrong below HTTP, in a sentence.
fn broken(url: &Url, error: &reqwest::Error) -> FetchFailure {
    let mut causes = Vec::new();
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(current) = cause {
        causes.push(current.to_string());
        cause = current.source();
    }
    let deepest = causes.last().cloned().unwrap_or_default();
    let all = causes.join(" ").to_lowercase();
    if let Some(refusal) = causes.iter().find(|cause| cause.contains("private address")) {
        return failure(FailureCause::PrivateAddress, url, refusal);
    }
    let (cause, what) = if error.is_timeout() {
        (
            FailureCause::Timeout,
            "no answer in time; kabar tries again later".to_owned(),
        )
    } else if all.contains("certificate") || all.contains("tls") || all.contains("handshake") {
        (FailureCause::Tls, format!("no safe connection: {deepest}"))
    } else if all.contains("dns") || all.contains("resolve") || all.contains("lookup") {
        (
            FailureCause::Dns,
            format!("the host name has no address: {deepest}; check the address"),
        )
    } else if error.is_connect() {
        (
            FailureCause::Connect,
            format!("no connection: {deepest}; kabar tries again later"),
        )
    } else if error.is_builder() {
        (
            FailureCause::Connect,
            format!("the request cannot be made: {deepest}; check `headers` of this feed"),
        )
    } else {
        (
            FailureCause::Body,
            format!("the answer broke off or is damaged: {deepest}; kabar tries again later"),
        )
    };
    failure(cause, url, &what)
}

fn failure(cause: FailureCause, url: &Url, what: &str) -> FetchFailure {
    FetchFailure {
        cause,
        message: format!("{}: {what}", shown(url)),
        retry_after: None,
    }
}

/// The address without user, password and query, which may hold a token.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    // Both refuse only for addresses that cannot have a user, which then have none.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    if shown.query().is_some() {
        shown.set_query(Some("…"));
    }
    shown.as_str().replace("%E2%80%A6", "…")
}
