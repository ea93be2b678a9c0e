//! What tells addresses apart that have one key: a fragment, a parameter, a form of the path.

use std::collections::BTreeMap;

use url::Url;

use crate::dedup::Part;
use crate::dedup::canonical::Detail;
use crate::dedup::canonical::Fired;
use crate::dedup::canonical::How;
use crate::dedup::canonical::Kept;
use crate::dedup::canonical::encoding::normalise;
use crate::dedup::canonical::host::canonical_host;
use crate::dedup::canonical::parse;
use crate::dedup::canonical::place;
use crate::dedup::canonical::query::Page;
use crate::dedup::canonical::query::PageKind;
use crate::dedup::canonical::query::canonical_query;
use crate::dedup::canonical::rules::Rules;
use crate::dedup::canonical::unwrap_all;

/// The place that these addresses share and the parts in which they differ; none where they have no place in common.
pub(in crate::dedup) fn differing_parts(rules: &Rules, urls: &[&str]) -> Option<(String, Vec<Part>)> {
    let parsed: Vec<Parsed> = urls.iter().filter_map(|url| Parsed::new(rules, url)).collect();
    let first = parsed.first()?;
    let mut parts = Vec::new();
    if parsed.iter().any(|other| other.fragment != first.fragment) {
        parts.push(Part::Fragment);
    }
    if parsed.iter().any(|other| other.place != first.place) {
        parts.push(Part::Path);
    }
    let names = parsed.iter().flat_map(|one| one.parameters.keys());
    for name in names {
        let differs = parsed
            .iter()
            .any(|other| other.parameters.get(name) != first.parameters.get(name));
        let part = Part::Parameter(name.clone());
        if differs && !parts.contains(&part) {
            parts.push(part);
        }
    }
    // Forms of one path: what lies above them is their place.
    let place = parsed
        .iter()
        .map(|one| one.place.as_str())
        .min_by_key(|place| place.len())?;
    Some((place.to_owned(), parts))
}

struct Parsed {
    place: String,
    fragment: String,
    parameters: BTreeMap<String, Vec<String>>,
}

impl Parsed {
    fn new(rules: &Rules, url: &str) -> Option<Self> {
        let mut fired = Fired::default();
        let detail = Detail::Exact;
        let how = How { rules, detail };
        let url: Url = unwrap_all(parse(url).ok()?, rules, &mut fired);
        let host = canonical_host(url.host_str().unwrap_or_default().trim_matches('.'), rules, &mut fired);
        let (kind, kept) = (PageKind::Other, Kept::All);
        let page = Page {
            host: &host,
            kind,
            kept,
        };
        let query = canonical_query(url.query().unwrap_or_default(), page, how, &mut fired);
        let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let values = parameters.entry(name.to_ascii_lowercase()).or_default();
            values.push(value.to_owned());
        }
        Some(Self {
            place: place(&host, url.path(), rules),
            fragment: url.fragment().map(normalise).unwrap_or_default(),
            parameters,
        })
    }
}
