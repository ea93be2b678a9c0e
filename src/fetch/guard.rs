//! Which addresses a feed may live on. A feed names URLs that we then ask: without a guard it could make us ask the
//! router, the metadata service of a cloud, or a database on this machine.
//!
//! Checked on the parsed host of every hop (IP literals never reach a resolver) and on what a name resolves to.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;

use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use url::Host;
use url::Url;

/// The lowest port besides 80 and 443 that a feed may use: those below belong to mail, shells and databases of old.
const PORT_MIN: u16 = 1024;

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// A loopback, private or otherwise special address.
    #[error("{0} is a private address; set `allow_private_addresses = true` for this feed if it is yours")]
    Private(String),
    /// A port of another service.
    #[error("port {0} belongs to another service; feeds use 80, 443 or a port above 1023")]
    Port(u16),
}

/// Whether a request to `url` may be made, as far as its text says.
pub(super) fn check(url: &Url) -> Result<(), Refusal> {
    match url.port_or_known_default() {
        Some(80 | 443) | None => {}
        Some(port) if port >= PORT_MIN => {}
        Some(port) => return Err(Refusal::Port(port)),
    }
    let is_public = match url.host() {
        Some(Host::Ipv4(address)) => is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_public(IpAddr::V6(address)),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name != "localhost" && !name.ends_with(".localhost")
        }
        None => false,
    };
    if is_public {
        Ok(())
    } else {
        Err(Refusal::Private(url.host_str().unwrap_or_default().to_owned()))
    }
}

/// Whether an address belongs to the public internet (IANA special-purpose registries).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    );
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // IPv4-mapped, NAT64 and 6to4 hide an IPv4 address.
        [0, 0, 0, 0, 0, 0xffff, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Only 2000::/3 is given out; in it protocols such as Teredo (2001::/23) and documentation are special.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// The system's resolver, with private answers dropped.
#[derive(Debug)]
pub(super) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let answers = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let addresses: Addrs = Box::new(public_answers(&host, answers)?.into_iter());
            Ok(addresses)
        })
    }
}

/// The connection uses these very answers: a name that changes between check and connection gains nothing.
fn public_answers(host: &str, answers: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refusal> {
    let had_answers = !answers.is_empty();
    let public: Vec<SocketAddr> = answers.into_iter().filter(|answer| is_public(answer.ip())).collect();
    if public.is_empty() && had_answers {
        Err(Refusal::Private(host.to_owned()))
    } else {
        Ok(public)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn is_refused(url: &str) -> bool {
        check(&Url::parse(url).unwrap()).is_err()
    }

    #[test]
    fn private_addresses_are_refused_in_every_spelling() {
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://①②⑦.0.0.1/",
            "http://[::1]/",
            "http://0.0.0.0/",
            "http://[::ffff:10.0.0.1]/",
            "http://[64:ff9b::a00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[fe80::1]/",
            "http://[fc00::1]/",
            "http://100.64.0.1/",
            "http://169.254.169.254/",
            "http://192.168.1.1/",
            "http://172.31.0.1/",
            "http://198.18.0.1/",
            "http://224.0.0.1/",
            "http://240.0.0.1/",
            "http://localhost/",
            "http://a.localhost./",
            "http://[::8.8.8.8]/",
            "http://[2001:db8::1]/",
            "http://[3fff::1]/",
            "http://[ff02::1]/",
            "http://192.0.0.1/",
            "http://255.255.255.255/",
        ] {
            assert!(is_refused(url), "{url}");
        }
    }

    #[test]
    fn public_addresses_and_names_are_asked() {
        for url in [
            "https://news.example/",
            "http://8.8.8.8/",
            "http://[2606:4700::1]/",
            "http://172.32.0.1:8080/",
        ] {
            assert!(!is_refused(url), "{url}");
        }
    }

    #[test]
    fn ports_of_other_services_are_refused() {
        assert!(is_refused("http://news.example:22/"));
        assert!(is_refused("http://news.example:25/"));
        assert!(!is_refused("http://news.example:8080/"));
    }

    #[test]
    fn private_answers_are_dropped_and_a_name_with_no_other_is_refused() {
        let (public, private): (SocketAddr, SocketAddr) =
            ("93.184.216.34:0".parse().unwrap(), "169.254.169.254:0".parse().unwrap());
        assert_eq!(public_answers("news.example", vec![private, public]), Ok(vec![public]));
        let refused = Err(Refusal::Private("metadata.example".to_owned()));
        assert_eq!(public_answers("metadata.example", vec![private]), refused);
        assert_eq!(public_answers("news.example", vec![]), Ok(vec![]));
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_this_machine_is_refused() {
        let refused = PublicResolver.resolve("localhost".parse().unwrap()).await;
        assert!(refused.is_err_and(|error| error.is::<Refusal>()));
    }
}
