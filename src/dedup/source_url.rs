//! Which address of an entry names its story: the ladder from the feed's own setting down to the guid.
//!
//! Owns the order of the rungs. Never compares entries (that is `identity`) and never rewrites what people see.

use url::Url;

use crate::dedup::KeyMaker;
use crate::dedup::Provenance;
use crate::dedup::SourceUrl;
use crate::dedup::attribution::find_attribution;
use crate::dedup::canonical::unwrapped;
use crate::dedup::canonical::web_url;
use crate::dedup::gate::is_original;
use crate::dedup::gate::may_name_story;
use crate::dedup::hash128;
use crate::feed::Entry;
use crate::feed::Feed;
use crate::feed::FeedId;
use crate::feed::LINK_BYTES_MAX;
use crate::feed::SourceSetting;

/// Guids longer than this are named by their hash; the longest that feeds send are addresses.
const GUID_BYTES_MAX: usize = 2048;

/// The source URL of `entry`: the first rung of the ladder that holds an address which may name a story.
///
/// `site` is the site that the feed belongs to. Where no rung holds one, the URL is empty and the key is "feed id, space, guid".
pub fn find_source(keys: &KeyMaker, feed: &Feed, site: Option<&Url>, entry: &Entry) -> SourceUrl {
    candidates(keys, feed, site, entry)
        .into_iter()
        .next()
        .map_or_else(|| without_url(feed.id, &entry.id), |candidate| candidate.source)
}

/// An address that may name an entry's story.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) source: SourceUrl,
    /// The rules that made its key.
    pub(super) rules: Vec<&'static str>,
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
pub(super) fn candidates(keys: &KeyMaker, feed: &Feed, site: Option<&Url>, entry: &Entry) -> Vec<Candidate> {
    let found = Vec::new();
    let mut ladder = Ladder { keys, found };
    match feed.source {
        SourceSetting::Link => ladder.add(entry.link.as_deref(), Provenance::Setting, may_name_story),
        SourceSetting::Guid => ladder.add(Some(&entry.id), Provenance::Setting, may_name_story),
        SourceSetting::Auto => climb(&mut ladder, feed, site, entry),
    }
    ladder.found
}

fn climb(ladder: &mut Ladder<'_>, feed: &Feed, site: Option<&Url>, entry: &Entry) {
    let attribution = attribution(feed, site, entry);
    // The line was weighed together with its words.
    ladder.add(attribution.as_deref(), Provenance::Attribution, may_name_story);
    for rel in ["feedburner:origlink", "pheedo:origlink", "origlink"] {
        ladder.add(link_with(entry, rel), Provenance::OrigLink, may_name_story);
    }
    for rel in ["via", "dc:source", "dcterms:source", "external", "external_url"] {
        ladder.add(link_with(entry, rel), Provenance::Via, is_original);
    }
    ladder.add(link_with(entry, "canonical"), Provenance::Link, may_name_story);
    ladder.add(entry.link.as_deref(), Provenance::Link, may_name_story);
    ladder.add(link_with(entry, "alternate"), Provenance::Link, may_name_story);
    let guid = entry.id_is_permalink.then_some(entry.id.as_str());
    ladder.add(guid, Provenance::Guid, may_name_story);
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

/// The rungs that hold an address.
struct Ladder<'a> {
    keys: &'a KeyMaker,
    found: Vec<Candidate>,
}

impl Ladder<'_> {
    fn add(&mut self, text: Option<&str>, provenance: Provenance, may_be_source: fn(&Url) -> bool) {
        let text = text.filter(|text| text.len() <= LINK_BYTES_MAX);
        let Some(url) = text.and_then(web_url).map(|url| unwrapped(&url)).filter(may_be_source) else {
            return;
        };
        let Some(canonical) = self.keys.key(url.as_str()) else {
            return;
        };
        if self.found.iter().all(|known| known.source.key != canonical.key) {
            self.found.push(Candidate {
                source: SourceUrl {
                    url: url.into(),
                    key: canonical.key,
                    provenance,
                },
                rules: canonical.rules,
            });
        }
    }
}

#[cfg(test)]
mod tests;
