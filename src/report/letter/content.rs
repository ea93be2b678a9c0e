//! What stands in a mail: the entries as they are best told now, and what does not work.

use std::collections::HashSet;

use jiff::Timestamp;
use url::Url;

use crate::config::Config;
use crate::dedup::Provenance;
use crate::dedup::Sighting;
use crate::dedup::SourceUrl;
use crate::dedup::Story;
use crate::dedup::canonical::canonicalize;
use crate::digest;
use crate::digest::AlsoIn;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::digest::render::Content;
use crate::digest::render::Trouble;
use crate::feed::Feed;
use crate::feed::FeedState;
use crate::intake::SNIPPET_CHARS_MAX;
use crate::intake::TITLE_CHARS_MAX;
use crate::mail::message;
use crate::report::feeds;
use crate::store::Store;
use crate::store::StoreError;

/// Failures in a row before a feed stands in the footer; a single one is noise.
const TROUBLE_FAILURES_MIN: u32 = 3;
/// Other places kept of one story; a mail shows fewer and counts the rest.
const ALSO_IN_MAX: usize = 64;

/// Gathers what is to be said.
pub(super) fn content<'a>(
    store: &dyn Store,
    config: &Config,
    recipient: &'a Recipient,
    kind: Kind,
    pending: &[DigestEntry],
    now: Timestamp,
) -> Result<Content<'a>, StoreError> {
    let states = feeds::configured(store, config)?;
    let trouble = |(feed, state): &(Feed, FeedState)| {
        let is_standing = state.failures >= TROUBLE_FAILURES_MIN || state.last_success.is_none();
        let reason = state.error.clone().filter(|_| is_standing)?;
        Some(Trouble {
            feed: feed.display_name(Some(state)),
            since: state.last_success,
            reason,
        })
    };
    let gap = |(feed, state): &(Feed, FeedState)| state.possible_gap.map(|_| feed.display_name(Some(state)));
    let undelivered = undelivered(store, recipient)?;
    let mut entries = Vec::with_capacity(pending.len());
    for entry in pending {
        entries.push(match store.story(entry.story)? {
            Some(story) => best_told(entry, &story),
            None => entry.clone(),
        });
    }
    Ok(Content {
        recipient,
        kind,
        sealed: now,
        entries,
        entries_max: config.entries_max,
        feeds: states.len(),
        troubles: states.iter().filter_map(trouble).collect(),
        gaps: states.iter().filter_map(gap).collect(),
        refused: undelivered.refused,
        waiting: undelivered.waiting,
        unsubscribe: message::check_mailbox(&config.mail.from).unwrap_or_default(),
    })
}

/// The entry with the words of the original where one of our feeds carried it, with the newest title, and with the other places.
fn best_told(entry: &DigestEntry, story: &Story) -> DigestEntry {
    let own = story.sightings.iter().find(|sighting| is_told_from(entry, sighting));
    let original = story
        .sightings
        .iter()
        .find(|sighting| is_original(sighting, &story.source));
    let told_by_original = original
        .filter(|original| !is_told_from(entry, original))
        .and_then(|original| digest::restated(entry, original, TITLE_CHARS_MAX, SNIPPET_CHARS_MAX));
    let revised = || {
        let own = own.filter(|own| !entry.title.text.is_empty() && !entry.is_titled_as(own))?;
        let revised = digest::restated(entry, own, TITLE_CHARS_MAX, SNIPPET_CHARS_MAX)?;
        Some(revised.revised_from(entry.title.text.clone()))
    };
    let told = told_by_original.or_else(revised).unwrap_or_else(|| entry.clone());
    DigestEntry {
        also_in: also_in(&told, original, &story.sightings),
        original: told
            .original
            .clone()
            .or_else(|| named_original(&told, original, &story.source)),
        ..told
    }
}

fn is_told_from(entry: &DigestEntry, sighting: &Sighting) -> bool {
    sighting.feed_name == entry.outlet && sighting.link == entry.link
}

/// Whether the sighting is no copy: it links to the source URL itself.
fn is_original(sighting: &Sighting, source: &SourceUrl) -> bool {
    let key = sighting.link.as_deref().and_then(|link| canonicalize(link).ok());
    key.is_some_and(|canonical| canonical.key == source.key)
}

/// Every other place: the original first, then in the order of seeing, then what the entry knows itself.
fn also_in(told: &DigestEntry, original: Option<&Sighting>, sightings: &[Sighting]) -> Vec<AlsoIn> {
    let place = |sighting: &Sighting| AlsoIn {
        outlet: sighting.feed_name.clone(),
        link: sighting.link.clone(),
    };
    let places = original
        .into_iter()
        .chain(sightings)
        .map(place)
        .chain(told.also_in.iter().cloned());
    let mut known = HashSet::from([(told.outlet.clone(), told.link.clone())]);
    places
        .filter(|place| known.insert((place.outlet.clone(), place.link.clone())))
        .take(ALSO_IN_MAX)
        .map(|place| AlsoIn {
            link: place.link.filter(|link| Some(link) != told.link.as_ref()),
            ..place
        })
        .collect()
}

/// The original that the copy names, where no feed of ours carried it.
fn named_original(told: &DigestEntry, original: Option<&Sighting>, source: &SourceUrl) -> Option<AlsoIn> {
    let is_named = matches!(source.provenance, Provenance::Attribution | Provenance::Via);
    let url = Url::parse(&source.url)
        .ok()
        .filter(|_| is_named && original.is_none())?;
    let host = url.host_str()?;
    let is_own = told
        .link
        .as_deref()
        .is_some_and(|link| Url::parse(link).is_ok_and(|link| link.host_str() == Some(host)));
    (!is_own).then(|| AlsoIn {
        outlet: host.strip_prefix("www.").unwrap_or(host).to_owned(),
        link: Some(source.url.clone()),
    })
}

/// Earlier mails to the recipient that did not arrive, one line each.
#[derive(Default)]
struct Undelivered {
    refused: Vec<String>,
    waiting: Vec<String>,
}

/// What was given up since the last digest was sealed (its footer told of all before), and what an attempt failed to send.
fn undelivered(store: &dyn Store, recipient: &Recipient) -> Result<Undelivered, StoreError> {
    let own: Vec<Delivery> = store
        .deliveries()?
        .into_iter()
        .filter(|delivery| delivery.recipient == recipient.name)
        .collect();
    let digests = own
        .iter()
        .filter(|delivery| delivery.kind == Kind::Digest && is_alive(delivery));
    let told_at = digests.map(|delivery| delivery.sealed).max();
    let mut undelivered = Undelivered::default();
    for delivery in &own {
        let line = |reason: &String| format!("{}: {reason}", delivery.subject);
        match &delivery.state {
            DeliveryState::Failed { at, reason } if told_at.is_none_or(|told_at| *at >= told_at) => {
                undelivered.refused.push(line(reason));
            }
            DeliveryState::Waiting { last_error, .. } => undelivered.waiting.extend(last_error.as_ref().map(line)),
            DeliveryState::Failed { .. } | DeliveryState::Attempting { .. } | DeliveryState::Sent { .. } => {}
        }
    }
    Ok(undelivered)
}

/// Whether the recipient read or will read it.
fn is_alive(delivery: &Delivery) -> bool {
    !matches!(delivery.state, DeliveryState::Failed { .. })
}
