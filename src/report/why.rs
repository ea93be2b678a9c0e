//! Why sightings are one story: its names and where they come from, what joined each sighting, which watch wants it and where.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::config::Config;
use crate::dedup::Alias;
use crate::dedup::KeyMaker;
use crate::dedup::Lesson;
use crate::dedup::Lessons;
use crate::dedup::Name;
use crate::dedup::Provenance;
use crate::dedup::Sighting;
use crate::dedup::SourceUrl;
use crate::dedup::Story;
use crate::dedup::StoryId;
use crate::dedup::canonical::canonicalize_under;
use crate::digest::Change;
use crate::intake::Watching;
use crate::report::ReportError;
use crate::report::groups;
use crate::report::groups::Among;
use crate::report::groups::SimilarRow;
use crate::report::watches;
use crate::report::watches::SpanRow;
use crate::store::Store;

/// Everything that is known of one story's making, as `kabar why --json` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyReport {
    /// The story's id.
    pub id: StoryId,
    /// The title of its first sighting.
    pub title: String,
    /// The original's address, its key, and where it was found.
    pub source: SourceUrl,
    /// When we first saw it.
    pub first_seen: Timestamp,
    /// Every name it is known by.
    pub names: Vec<NameRow>,
    /// Who carried it, and what joined each of them to those before.
    pub sightings: Vec<JoinRow>,
    /// What feeds changed in it.
    pub revisions: Vec<RevisionRow>,
    /// Which watches want it, and where they found it.
    pub watches: Vec<WatchRow>,
    /// Stories on other sites that say nearly the same: shown as "also in", not joined.
    pub similar: Vec<SimilarRow>,
    /// What the feeds' documents taught about addresses like these.
    pub lessons: Vec<LessonRow>,
}

/// One name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameRow {
    /// A key, "feed id, space, guid", or "= " and a link as it was published.
    pub name: String,
    /// Who brought it; empty for names that are older than this record.
    pub brought: Vec<BroughtRow>,
}

/// Where a feed's entry has a name from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroughtRow {
    /// The feed's name.
    pub feed: String,
    /// Where the address was found; `none` for a guid.
    pub provenance: Provenance,
    /// The address that the name was made of; null for a guid.
    pub url: Option<String>,
    /// The rules that made the key.
    pub rules: Vec<String>,
}

/// One sighting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRow {
    /// The feed's name.
    pub feed: String,
    /// Its title.
    pub title: String,
    /// Its link.
    pub link: Option<String>,
    /// When we saw it.
    pub seen: Timestamp,
    /// The names that it shares with sightings before it, best first; empty for the first one.
    pub joined_by: Vec<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionRow {
    /// The feed's name.
    pub feed: String,
    /// When we saw it.
    pub seen: Timestamp,
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
}

/// One watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchRow {
    /// Its name.
    pub watch: String,
    /// The recipients who were told, or will be.
    pub told: Vec<String>,
    /// Where it hits the stored texts; empty where the watch is gone or changed, or the place was cut off.
    pub places: Vec<PlaceRow>,
}

/// Where a watch hits one sighting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRow {
    /// The feed's name.
    pub feed: String,
    /// The words.
    pub spans: Vec<SpanRow>,
}

/// What a feed's documents taught.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonRow {
    /// The feed's name.
    pub feed: String,
    /// The lesson, as a sentence.
    pub lesson: String,
}

/// Explains the story with this id, or the one known under this URL; none where no story is stored under it.
///
/// # Errors
/// When the store refuses.
pub fn why(store: &dyn Store, config: &Config, subject: &str) -> Result<Option<WhyReport>, ReportError> {
    let lessons = Lessons::new(store.lessons()?);
    let keys = KeyMaker::new(lessons);
    let Some(story) = find(store, &keys, subject)? else {
        return Ok(None);
    };
    Ok(Some(WhyReport {
        id: story.id,
        title: story.first().title.clone(),
        source: story.source.clone(),
        first_seen: story.first_seen,
        names: story.aliases.iter().map(|alias| name_row(&story, alias)).collect(),
        sightings: join_rows(&story),
        revisions: revision_rows(&story),
        watches: watch_rows(&story, config),
        similar: similar_rows(store, &story)?,
        lessons: lesson_rows(&story, &keys.lessons),
    }))
}

fn find(store: &dyn Store, keys: &KeyMaker, subject: &str) -> Result<Option<Story>, ReportError> {
    if let Ok(id) = StoryId::try_from(subject.to_owned()) {
        return Ok(store.story(id)?);
    }
    let key = canonicalize_under(keys.rules, &keys.lessons, subject);
    let by_key = key.map(|canonical| Alias::url(&canonical.key));
    for alias in by_key.into_iter().chain([Alias::published(subject)]) {
        if let Some(story) = store.story_by_alias(&alias)? {
            return Ok(Some(story));
        }
    }
    Ok(None)
}

fn name_row(story: &Story, alias: &Alias) -> NameRow {
    let brought = |sighting: &Sighting| {
        let name: &Name = sighting.names.iter().find(|name| name.alias == *alias)?;
        Some(BroughtRow {
            feed: sighting.feed_name.clone(),
            provenance: name.provenance,
            url: Some(name.url.clone()).filter(|url| !url.is_empty()),
            rules: name.rules.clone(),
        })
    };
    NameRow {
        name: alias.as_str().to_owned(),
        brought: story.sightings.iter().filter_map(brought).collect(),
    }
}

fn join_rows(story: &Story) -> Vec<JoinRow> {
    let shared = |index: usize, sighting: &Sighting| {
        let before = &story.sightings[..index];
        let is_known = |name: &&Name| {
            before
                .iter()
                .any(|known| known.names.iter().any(|other| other.alias == name.alias))
        };
        let names = sighting.names.iter().filter(is_known);
        names.map(|name| name.alias.as_str().to_owned()).collect()
    };
    let row = |(index, sighting): (usize, &Sighting)| JoinRow {
        feed: sighting.feed_name.clone(),
        title: sighting.title.clone(),
        link: sighting.link.clone(),
        seen: sighting.seen,
        joined_by: shared(index, sighting),
    };
    story.sightings.iter().enumerate().map(row).collect()
}

fn revision_rows(story: &Story) -> Vec<RevisionRow> {
    let row = |(index, revision): (usize, &crate::dedup::Revision)| {
        let of_feed = |feed| feed == revision.feed;
        let next = story.revisions[index + 1..].iter().find(|next| of_feed(next.feed));
        let now = || story.sightings.iter().find(|sighting| of_feed(sighting.feed));
        let after = next.map(|next| (next.title.as_str(), next.text.as_str()));
        let after = after.or_else(|| now().map(|now| (now.title.as_str(), now.text.as_str())))?;
        Some(RevisionRow {
            feed: now().map(|now| now.feed_name.clone()).unwrap_or_default(),
            seen: revision.seen,
            change: Change::between((&revision.title, &revision.text), after),
        })
    };
    story.revisions.iter().enumerate().filter_map(row).collect()
}

fn watch_rows(story: &Story, config: &Config) -> Vec<WatchRow> {
    let watching = Watching::new(config.watches.clone());
    let feed_of = |sighting: &Sighting| config.feeds.iter().find(|feed| feed.id == sighting.feed);
    let mut rows: Vec<WatchRow> = Vec::new();
    for watch in &story.watches {
        let told = story.told.iter().filter(|(_, under)| under == watch);
        rows.push(WatchRow {
            watch: watch.clone(),
            told: told.map(|(recipient, _)| recipient.clone()).collect(),
            places: Vec::new(),
        });
    }
    for sighting in &story.sightings {
        let Some(feed) = feed_of(sighting) else { continue };
        for found in watching.matches(feed, &watches::document(sighting)) {
            let spans = found
                .spans
                .iter()
                .map(|span| SpanRow::new(*span, &sighting.title, &sighting.text));
            let place = PlaceRow {
                feed: sighting.feed_name.clone(),
                spans: spans.collect(),
            };
            if let Some(row) = rows.iter_mut().find(|row| row.watch == found.watch) {
                row.places.push(place);
            }
        }
    }
    rows
}

fn similar_rows(store: &dyn Store, story: &Story) -> Result<Vec<SimilarRow>, ReportError> {
    let mut groups = groups::similar_to(store, std::slice::from_ref(story), Among::Stored)?;
    Ok(groups.remove(&story.id).unwrap_or_default())
}

/// Lessons of the story's feeds about the addresses that they gave it.
fn lesson_rows(story: &Story, lessons: &Lessons) -> Vec<LessonRow> {
    let hosts: Vec<&str> = story
        .aliases
        .iter()
        .filter_map(|alias| alias.as_str().split('/').next())
        .collect();
    let is_about = |lesson: &&Lesson| {
        let (Lesson::Names { place: name, .. } | Lesson::Shared { key: name, .. }) = lesson;
        name.split('/').next().is_some_and(|host| hosts.contains(&host))
    };
    let rows = story.sightings.iter().flat_map(|sighting| {
        let taught = lessons.of(sighting.feed).iter().filter(is_about);
        taught.map(|lesson| LessonRow {
            feed: sighting.feed_name.clone(),
            lesson: lesson.to_string(),
        })
    });
    rows.collect()
}
