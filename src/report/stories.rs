//! Which stories are there.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::config::Config;
use crate::dedup::Sighting;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::feed::Feed;
use crate::feed::FeedState;
use crate::report::ReportError;
use crate::report::feeds;
use crate::report::watches;
use crate::store::FeedFilter;
use crate::store::Store;
use crate::store::StoryFilter;

/// Stories in one answer: bounds the memory of a list that nobody reads to its end.
const STORIES_MAX: usize = 10_000;

/// One story, as `kabar stories --json` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryRow {
    /// Its id.
    pub id: StoryId,
    /// The original's address; null where no URL names it.
    pub source_url: Option<String>,
    /// The link of its first sighting.
    pub link: Option<String>,
    /// The title of its first sighting.
    pub title: String,
    /// When it was published, as the feed says.
    pub published: Option<Timestamp>,
    /// When we first saw it.
    pub first_seen: Timestamp,
    /// Who carried it.
    pub sightings: Vec<SightingRow>,
    /// Which watches hit it.
    pub watches: Vec<String>,
}

/// One sighting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SightingRow {
    /// The feed's name.
    pub feed: String,
    /// Its link.
    pub link: Option<String>,
    /// Its title.
    pub title: String,
    /// When we saw it.
    pub seen: Timestamp,
}

/// The filter that a person means.
///
/// A feed or a watch that the configuration no longer has may still be named as long as stories of it are stored.
///
/// # Errors
/// When the store refuses, or no feed or watch is known by that name: a list that is empty for a slip of the pen would say
/// that nothing happened.
pub fn filter(
    store: &dyn Store,
    config: &Config,
    since: Option<Timestamp>,
    feed: Option<&str>,
    watch: Option<&str>,
) -> Result<StoryFilter, ReportError> {
    let all = StoryFilter::default();
    let feed = feed.map(|called| feed_filter(store, config, called)).transpose()?;
    if let Some(unknown) = feed.clone().filter(|feed| feed.id.is_none()) {
        let feed = Some(unknown.clone());
        stories_of(
            store,
            &StoryFilter { feed, ..all.clone() },
            ReportError::Feed(unknown.name),
        )?;
    }
    let watch = watch.map(str::to_owned);
    let is_configured = |called: &String| config.watches.iter().any(|watch| watch.name == *called);
    if let Some(unknown) = watch.clone().filter(|called| !is_configured(called)) {
        let watch = Some(unknown.clone());
        stories_of(store, &StoryFilter { watch, ..all }, ReportError::Watch(unknown))?;
    }
    Ok(StoryFilter { since, feed, watch })
}

fn feed_filter(store: &dyn Store, config: &Config, called: &str) -> Result<FeedFilter, ReportError> {
    let known = feeds::configured(store, config)?;
    let is_meant =
        |(feed, state): &&(Feed, FeedState)| feed.display_name(Some(state)) == called || feed.url.as_str() == called;
    Ok(FeedFilter {
        id: known.iter().find(is_meant).map(|(feed, _)| feed.id),
        name: called.to_owned(),
    })
}

/// Says `otherwise` where the filter admits no stored story at all.
fn stories_of(store: &dyn Store, filter: &StoryFilter, otherwise: ReportError) -> Result<(), ReportError> {
    let mut found = Err(otherwise);
    store.visit_stories(filter, &mut |_| {
        found = Ok(());
        false
    })?;
    found
}

/// Stories that the filter admits and the query finds in any of their sightings, newest first.
///
/// # Errors
/// When the store refuses or the query cannot be read.
pub fn rows(
    store: &dyn Store,
    config: &Config,
    query: Option<&str>,
    filter: &StoryFilter,
) -> Result<Vec<StoryRow>, ReportError> {
    let matcher = query.map(|query| watches::matcher(config, query)).transpose()?;
    let mut rows = Vec::new();
    store.visit_stories(filter, &mut |story| {
        if matcher.as_ref().is_none_or(|matcher| watches::finds(matcher, &story)) {
            rows.push(row(&story));
        }
        rows.len() < STORIES_MAX
    })?;
    Ok(rows)
}

fn row(story: &Story) -> StoryRow {
    let first = story.first();
    let sighting = |sighting: &Sighting| SightingRow {
        feed: sighting.feed_name.clone(),
        link: sighting.link.clone(),
        title: sighting.title.clone(),
        seen: sighting.seen,
    };
    StoryRow {
        id: story.id,
        source_url: Some(story.source.url.clone()).filter(|url| !url.is_empty()),
        link: first.link.clone(),
        title: first.title.clone(),
        published: first.published,
        first_seen: story.first_seen,
        sightings: story.sightings.iter().map(sighting).collect(),
        watches: story.watches.clone(),
    }
}
