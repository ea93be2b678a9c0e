//! What a query finds among the stored stories.

mod trial;

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
use crate::watch::Matcher;
use crate::watch::Query;
use crate::watch::WordForms;

use trial::Trial;

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
    /// Stories found on each of the last days with stories, the newest first.
    pub days: Vec<DayRow>,
    /// The other forms in which the words of the query are found.
    pub forms: Vec<WordForms>,
    /// What the query would change in the place of a watch's.
    pub change: Option<Change>,
}

/// Stories found on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRow {
    /// The day on which they were first seen, in the configuration's time zone.
    pub day: jiff::civil::Date,
    /// How many were found.
    pub matches: usize,
}

/// What a query would change in the place of a watch's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The watch.
    pub watch: String,
    /// Found by the query alone.
    pub gained: Vec<FoundRow>,
    /// Found by the watch alone.
    pub lost: Vec<FoundRow>,
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

/// What `query` finds among all stored stories, and what that changes in the place of the watch `instead_of`.
///
/// # Errors
/// When the store refuses, the query cannot be read, or there is no such watch.
pub fn test(
    store: &dyn Store,
    config: &Config,
    query: &str,
    instead_of: Option<&str>,
) -> Result<TestReport, ReportError> {
    let query = parse(config, query)?;
    let old = instead_of.map(|name| {
        let known = config.watches.iter().find(|watch| watch.name == name);
        known.ok_or_else(|| ReportError::Watch(name.to_owned()))
    });
    let mut trial = Trial::new(config, &query, old.transpose()?);
    store.visit_stories(&StoryFilter::default(), &mut |story| {
        trial.look_at(&story);
        true
    })?;
    Ok(trial.report(&query))
}

/// A sighting as watches see it.
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
