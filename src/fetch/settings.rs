//! What the configuration says about requests.

use std::time::Duration;

use url::Url;

/// What the configuration says about requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchSettings {
    /// The deadline of a whole fetch, redirects and body included, but not the waiting for the turn at the host of a redirect.
    pub timeout: Duration,
    /// Time between two requests to one host.
    pub host_gap: Duration,
    /// Bytes of a body after decompression.
    pub body_limit_bytes: u64,
    /// How the publisher can reach the person who runs this, in the User-Agent.
    pub contact: Option<String>,
    /// A proxy for every request; it is trusted with the choice of addresses.
    pub proxy: Option<Url>,
    /// Whether every feed may live on a loopback or private address.
    pub allow_private_addresses: bool,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            host_gap: Duration::from_secs(5),
            body_limit_bytes: 16 * 1024 * 1024,
            contact: None,
            proxy: None,
            allow_private_addresses: false,
        }
    }
}
