//! Which address of an entry names its story: the ladder from the feed's own setting down to the guid.
//!
//! Owns the order of the rungs. Never compares entries (that is `identity`) and never rewrites what people see.

use url::Url;

use crate::dedup::Provenance;
use crate::dedup::SourceUrl;
use crate::dedup::attribution::find_attribution;
use crate::dedup::canonical::canonicalize;
use crate::dedup::canonical::unwrapped;
use crate::dedup::canonical::web_url;
use crate::dedup::gate::is_original;
use crate::dedup::gate::may_name_story;
use crate::dedup::hash128;
use crate::feed::Entry;
use crate::feed::Feed;
use crate::feed::FeedId;
use crate::feed::SourceSetting;

/// Guids longer than this are named by their hash; the longest that feeds send are addresses.
const GUID_BYTES_MAX: usize = 2048;

/// The source URL of `entry`: the first rung of the ladder that holds an address which may name a story.
///
/// `site` is the site that the feed belongs to. Where no rung holds one, the URL is empty and the key is "feed id, space, guid".
pub fn find_source(feed: &Feed, site: Option<&Url>, entry: &Entry) -> SourceUrl {
    candidates(feed, site, entry)
        .into_iter()
        .next()
        .unwrap_or_else(|| without_url(feed.id, &entry.id))
}

/// The source of an entry that only its feed knows, by this id.
pub(super) fn without_url(feed: FeedId, id: &str) -> SourceUrl {
    SourceUrl {
        url: String::new(),
        key: format!("{feed} {}", bounded_id(id)),
        provenance: Provenance::None,
    }
}

/// `id`, or its hash where it is too long to be kept.
pub(super) fn bounded_id(id: &str) -> String {
    if id.len() <= GUID_BYTES_MAX {
        return id.to_owned();
    }
    hash128(id.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Every address that may name the story of `entry`, the best first, each key once.
pub(super) fn candidates(feed: &Feed, site: Option<&Url>, entry: &Entry) -> Vec<SourceUrl> {
    let mut found = Vec::new();
    match feed.source {
        SourceSetting::Link => add(&mut found, entry.link.as_deref(), Provenance::Setting, may_name_story),
        SourceSetting::Guid => add(&mut found, Some(&entry.id), Provenance::Setting, may_name_story),
        SourceSetting::Auto => climb(&mut found, feed, site, entry),
    }
    found
}

fn climb(found: &mut Vec<SourceUrl>, feed: &Feed, site: Option<&Url>, entry: &Entry) {
    let attribution = attribution(feed, site, entry);
    add(found, attribution.as_deref(), Provenance::Attribution, is_original);
    for rel in ["feedburner:origlink", "pheedo:origlink", "origlink"] {
        add(found, link_with(entry, rel), Provenance::OrigLink, may_name_story);
    }
    for rel in ["via", "dc:source", "dcterms:source", "external", "external_url"] {
        add(found, link_with(entry, rel), Provenance::Via, is_original);
    }
    add(found, link_with(entry, "canonical"), Provenance::Link, may_name_story);
    add(found, entry.link.as_deref(), Provenance::Link, may_name_story);
    add(found, link_with(entry, "alternate"), Provenance::Link, may_name_story);
    let guid = entry.id_is_permalink.then_some(entry.id.as_str());
    add(found, guid, Provenance::Guid, may_name_story);
}

/// Feeds cut bodies, so the line may stand in the full body only, or in the short one only.
fn attribution(feed: &Feed, site: Option<&Url>, entry: &Entry) -> Option<String> {
    let link = entry.link.as_deref().and_then(web_url).map(|url| unwrapped(&url));
    let page = link.as_ref().or(site).unwrap_or(&feed.url);
    let host = page.host_str();
    let bodies = [entry.content.as_deref(), entry.summary.as_deref()];
    bodies
        .into_iter()
        .flatten()
        .find_map(|body| find_attribution(body, host))
}

fn link_with<'a>(entry: &'a Entry, rel: &str) -> Option<&'a str> {
    entry
        .links
        .iter()
        .find(|link| link.rel.eq_ignore_ascii_case(rel))
        .map(|link| link.href.as_str())
}

fn add(found: &mut Vec<SourceUrl>, text: Option<&str>, provenance: Provenance, may_be_source: fn(&Url) -> bool) {
    let Some(url) = text.and_then(web_url).map(|url| unwrapped(&url)).filter(may_be_source) else {
        return;
    };
    let Ok(canonical) = canonicalize(url.as_str()) else {
        return;
    };
    if found.iter().all(|known| known.key != canonical.key) {
        found.push(SourceUrl {
            url: url.into(),
            key: canonical.key,
            provenance,
        });
    }
}

#[cfg(test)]
mod tests;
