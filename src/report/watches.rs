//! What a query finds among the stored stories.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::config::Config;
use crate::dedup::Sighting;
use crate::dedup::Span;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::dedup::TextField;
use crate::report::ReportError;
use crate::store::Store;
use crate::store::StoryFilter;
use crate::watch::Document;
use crate::watch::Hit;
use crate::watch::Matcher;
use crate::watch::Query;

const SECONDS_PER_DAY: f64 = 86_400.0;

/// What a query would have found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    /// How the query was understood.
    pub reading: String,
    /// What could be written better.
    pub lints: Vec<String>,
    /// The stories found, newest first.
    pub found: Vec<FoundRow>,
    /// Stories looked at.
    pub stories: usize,
    /// Stories found per day of what is stored.
    pub per_day: f64,
}

/// One story found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundRow {
    /// Its id.
    pub story: StoryId,
    /// The title of the sighting that was hit.
    pub title: String,
    /// Where.
    pub spans: Vec<SpanRow>,
}

/// One place where a query hit: characters `start..end` of the visible text of `field`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanRow {
    /// Title or text.
    pub field: TextField,
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The words there.
    pub text: String,
}

impl SpanRow {
    /// The span with its words, counted in characters (Unicode scalar values), as scripts count.
    pub fn new(span: Span, title: &str, text: &str) -> Self {
        let field = match span.field {
            TextField::Title => title,
            TextField::Text => text,
        };
        let (before, words) = (field.get(..span.start), field.get(span.start..span.end));
        let (before, words) = (before.unwrap_or_default(), words.unwrap_or_default());
        let start = before.chars().count();
        Self {
            field: span.field,
            start,
            end: start + words.chars().count(),
            text: words.to_owned(),
        }
    }
}

/// A matcher for one query, typed by a person.
///
/// # Errors
/// `ReportError::Query` with the column.
pub fn matcher(config: &Config, query: &str) -> Result<Matcher, ReportError> {
    parse(config, query).map(|query| Matcher::new([query]))
}

/// Whether the matcher finds anything in any sighting of the story.
pub fn finds(matcher: &Matcher, story: &Story) -> bool {
    story
        .sightings
        .iter()
        .any(|sighting| !matcher.find(&document(sighting)).is_empty())
}

/// What `query` finds among all stored stories.
///
/// # Errors
/// When the store refuses or the query cannot be read.
pub fn test(store: &dyn Store, config: &Config, query: &str) -> Result<TestReport, ReportError> {
    let query = parse(config, query)?;
    let matcher = Matcher::new([query.clone()]);
    let (mut found, mut stories) = (Vec::new(), 0);
    let (mut newest, mut oldest) = (Timestamp::MIN, Timestamp::MAX);
    store.visit_stories(&StoryFilter::default(), &mut |story| {
        stories += 1;
        newest = newest.max(story.first_seen);
        oldest = oldest.min(story.first_seen);
        found.extend(found_row(&matcher, &story));
        true
    })?;
    let days = if stories == 0 {
        1.0
    } else {
        (newest.duration_since(oldest).as_secs_f64() / SECONDS_PER_DAY).max(1.0)
    };
    let per_day = f64::from(u32::try_from(found.len()).unwrap_or(u32::MAX)) / days;
    let per_day = (per_day * 10.0).round() / 10.0;
    Ok(TestReport {
        reading: query.to_string(),
        lints: query.lints(),
        found,
        stories,
        per_day,
    })
}

fn found_row(matcher: &Matcher, story: &Story) -> Option<FoundRow> {
    story.sightings.iter().find_map(|sighting| {
        let hit: Hit = matcher.find(&document(sighting)).into_iter().next()?;
        let row = |span: &Span| SpanRow::new(*span, &sighting.title, &sighting.text);
        Some(FoundRow {
            story: story.id,
            title: sighting.title.clone(),
            spans: hit.spans.iter().map(row).collect(),
        })
    })
}

/// A sighting as the text that watches look at.
pub(super) fn document(sighting: &Sighting) -> Document<'_> {
    Document {
        title: &sighting.title,
        text: &sighting.text,
        language: sighting.language.as_deref(),
        link: sighting.link.as_deref(),
        feed: &sighting.feed_name,
        author: sighting.author.as_deref(),
        tags: &[],
    }
}

fn parse(config: &Config, query: &str) -> Result<Query, ReportError> {
    Query::parse(query, &config.aliases).map_err(|error| ReportError::Query {
        query: query.to_owned(),
        error,
    })
}
