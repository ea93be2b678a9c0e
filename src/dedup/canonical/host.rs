//! Hosts: `www`, mobile and AMP names, and names of the same site.
//!
//! Never drops a label that may be a section of the site (`news.`, `sport.`, a language).

use crate::dedup::canonical::Fired;
use crate::dedup::canonical::rules::Rules;

const MOBILE_LABELS: [&str; 12] = [
    "m", "mobile", "mobil", "mobi", "touch", "amp", "wap", "mweb", "3g", "pda", "lite", "mob",
];

/// The host as it stands in the key; `host` is in lower case and has no trailing dot.
pub(super) fn canonical_host(host: &str, rules: &Rules, fired: &mut Fired) -> String {
    let mut host = without_www(host, fired).to_owned();
    if let Some(plain) = without_mobile_labels(&host) {
        fired.add("mobile-host");
        host = without_www(&plain, fired).to_owned();
    }
    if let Some(same) = rules.same_host(&host) {
        fired.add("same-host");
        host = same;
    }
    host
}

/// `www` and `www2` say nothing, as long as a host with a dot remains.
fn without_www<'a>(mut host: &'a str, fired: &mut Fired) -> &'a str {
    while let Some((label, rest)) = host.split_once('.') {
        let is_www = label
            .strip_prefix("www")
            .is_some_and(|digits| digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit()));
        if !is_www || !rest.contains('.') {
            break;
        }
        fired.add("www");
        host = rest;
    }
    host
}

/// Mobile names count as whole labels left of the registrable domain: `m.bbc.co.uk`, `en.m.wikipedia.org`, not `m.blogspot.com`.
fn without_mobile_labels(host: &str) -> Option<String> {
    let domain = psl::domain_str(host)?;
    let labels = host.strip_suffix(domain)?.strip_suffix('.')?;
    let is_mobile = |label: &&str| MOBILE_LABELS.contains(label);
    if !labels.split('.').any(|label| is_mobile(&label)) {
        return None;
    }
    let mut plain = String::with_capacity(host.len());
    for label in labels.split('.').filter(|label| !is_mobile(label)) {
        plain.push_str(label);
        plain.push('.');
    }
    plain.push_str(domain);
    Some(plain)
}
