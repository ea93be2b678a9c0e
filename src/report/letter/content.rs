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
use crate::digest::render::Slow;
use crate::digest::render::Trouble;
use crate::digest::render::Waiting;
use crate::feed::Feed;
use crate::feed::FeedState;
use crate::intake::SNIPPET_CHARS_MAX;
use crate::intake::TITLE_CHARS_MAX;
use crate::mail::message;
use crate::report::feeds;
use crate::report::groups;
use crate::store::Store;
use crate::store::StoreError;

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
    // A digest tells what does not work; an alert only those who get nothing else.
    let tells = kind == Kind::Digest || recipient.digest.is_never();
    let told_of = if tells { states.as_slice() } else { &[] };
    let undelivered = undelivered(store, recipient)?;
    let trouble = |(feed, state): &(Feed, FeedState)| {
        let began = state.trouble_since?;
        Some(Trouble {
            feed: feed.display_name(Some(state)),
            since: state.last_success,
            reason: state.error.clone()?,
            is_told: undelivered.told_at.is_some_and(|told_at| began < told_at),
        })
    };
    let gap = |(feed, state): &(Feed, FeedState)| {
        let at = state.possible_gap?;
        let is_told = undelivered.told_at.is_some_and(|told_at| at < told_at);
        (!is_told).then(|| feed.display_name(Some(state)))
    };
    let slow = |(feed, state): &(Feed, FeedState)| {
        Some(Slow {
            feed: feed.display_name(Some(state)),
            answer_time: state.slowness(config.fetch.timeout)?,
        })
    };
    let mut entries = Vec::with_capacity(pending.len());
    for entry in groups::grouped(store, kind, pending.to_vec())? {
        entries.push(match store.story(entry.story)? {
            Some(story) => best_told(&entry, &story),
            None => entry,
        });
    }
    Ok(Content {
        recipient,
        kind,
        sealed: now,
        entries,
        entries_max: config.entries_max,
        feeds: states.len(),
        troubles: told_of.iter().filter_map(trouble).collect(),
        gaps: told_of.iter().filter_map(gap).collect(),
        slow: told_of.iter().filter_map(slow).collect(),
        refused: if tells { undelivered.refused } else { Vec::new() },
        waiting: if tells { undelivered.waiting } else { Vec::new() },
        unsubscribe: message::check_mailbox(&config.mail.from).unwrap_or_default(),
    })
}

/// The entry as it is best told: by the original where one of our feeds carried it, under the newest title, with the other places.
///
/// A copy in another language stays: what matched stands there and not in the original, which is named below it.
fn best_told(entry: &DigestEntry, story: &Story) -> DigestEntry {
    let own = story.sightings.iter().find(|sighting| is_told_from(entry, sighting));
    let mut originals = own.into_iter().chain(&story.sightings);
    let original = originals.find(|sighting| is_original(sighting, &story.source));
    let told_by_original = original
        .filter(|original| !is_told_from(entry, original))
        .and_then(|original| digest::restated(entry, original, TITLE_CHARS_MAX, SNIPPET_CHARS_MAX));
    let revised = || {
        let own = own.filter(|own| !entry.title.text.is_empty() && !entry.is_titled_as(own))?;
        let revised = digest::restated(entry, own, TITLE_CHARS_MAX, SNIPPET_CHARS_MAX)?;
        Some(revised.revised_from(&entry.title.text))
    };
    let mut told = told_by_original.or_else(revised).unwrap_or_else(|| entry.clone());
    told.original = told.original.take().or_else(|| match original {
        Some(original) => (!is_told_from(&told, original)).then(|| place(original)),
        None => named_original(&told, &story.source),
    });
    told.also_in = also_in(&told, &story.sightings);
    told
}

fn is_told_from(entry: &DigestEntry, sighting: &Sighting) -> bool {
    sighting.feed_name == entry.outlet && sighting.link == entry.link
}

/// Whether the sighting is no copy: it links to the source URL itself.
fn is_original(sighting: &Sighting, source: &SourceUrl) -> bool {
    let key = sighting.link.as_deref().and_then(|link| canonicalize(link).ok());
    key.is_some_and(|canonical| canonical.key == source.key)
}

fn place(sighting: &Sighting) -> AlsoIn {
    AlsoIn {
        outlet: sighting.feed_name.clone(),
        link: sighting.link.clone(),
    }
}

/// Every other place, in the order of seeing, then what the entry knows itself.
fn also_in(told: &DigestEntry, sightings: &[Sighting]) -> Vec<AlsoIn> {
    let own = AlsoIn {
        outlet: told.outlet.clone(),
        link: told.link.clone(),
    };
    let mut known: HashSet<AlsoIn> = told.original.iter().cloned().chain([own]).collect();
    let places = sightings.iter().map(place).chain(told.also_in.iter().cloned());
    places
        .filter(|place| known.insert(place.clone()))
        .take(ALSO_IN_MAX)
        .map(|place| AlsoIn {
            link: place.link.filter(|link| Some(link) != told.link.as_ref()),
            ..place
        })
        .collect()
}

/// The original that the copy names, where no feed of ours carried it.
fn named_original(told: &DigestEntry, source: &SourceUrl) -> Option<AlsoIn> {
    let is_named = matches!(source.provenance, Provenance::Attribution | Provenance::Via);
    let host = |url: &str| Url::parse(url).ok()?.host_str().map(str::to_owned);
    let original = host(&source.url).filter(|_| is_named)?;
    let is_own = told.link.as_deref().and_then(host).as_ref() == Some(&original);
    (!is_own).then(|| AlsoIn {
        outlet: original.strip_prefix("www.").unwrap_or(&original).to_owned(),
        link: Some(source.url.clone()),
    })
}

/// Earlier mails to the recipient that did not arrive.
#[derive(Default)]
struct Undelivered {
    /// When the last mail was sealed whose footer the recipient read or will read.
    told_at: Option<Timestamp>,
    refused: Vec<String>,
    waiting: Vec<Waiting>,
}

/// What was given up since the last digest was sealed (its footer told of all before), and what an attempt failed to send.
fn undelivered(store: &dyn Store, recipient: &Recipient) -> Result<Undelivered, StoreError> {
    let own: Vec<Delivery> = store
        .deliveries()?
        .into_iter()
        .filter(|delivery| delivery.recipient == recipient.name)
        .collect();
    let tells = |delivery: &&Delivery| delivery.kind == Kind::Digest || recipient.digest.is_never();
    let telling = own.iter().filter(tells).filter(|delivery| is_alive(delivery));
    let told_at = telling.map(|delivery| delivery.sealed).max();
    let mut undelivered = Undelivered {
        told_at,
        ..Undelivered::default()
    };
    for delivery in &own {
        let line = |reason: &String| format!("{}: {reason}", delivery.subject);
        match &delivery.state {
            DeliveryState::Failed { at, reason } if told_at.is_none_or(|told_at| *at >= told_at) => {
                undelivered.refused.push(line(reason));
            }
            DeliveryState::Waiting { last_error, .. } => {
                let waiting = last_error.as_ref().map(|reason| Waiting {
                    sealed: delivery.sealed,
                    reason: reason.clone(),
                });
                undelivered.waiting.extend(waiting);
            }
            DeliveryState::Failed { .. } | DeliveryState::Attempting { .. } | DeliveryState::Sent { .. } => {}
        }
    }
    Ok(undelivered)
}

/// Whether the recipient read or will read it.
fn is_alive(delivery: &Delivery) -> bool {
    !matches!(delivery.state, DeliveryState::Failed { .. })
}
