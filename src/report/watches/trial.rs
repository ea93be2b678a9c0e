//! A query, tried on one stored story after the other.
//!
//! Owns what is counted on the way. Never opens the store.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::Config;
use crate::dedup::Sighting;
use crate::dedup::Span;
use crate::dedup::Story;
use crate::report::watches::Change;
use crate::report::watches::DayRow;
use crate::report::watches::FoundRow;
use crate::report::watches::SpanRow;
use crate::report::watches::TestReport;
use crate::report::watches::document;
use crate::watch::Matcher;
use crate::watch::Query;
use crate::watch::Watch;
use crate::watch::forms;
use crate::watch::script_names;

const SECONDS_PER_DAY: f64 = 86_400.0;
/// Days whose matches are counted one by one.
const DAYS_MAX: usize = 14;
/// Stories below which a share or a missing script says nothing.
const STORIES_MIN: usize = 100;
/// One in so many stories with a starred word is a lot (QUERY.md section 3).
const STARRED_ONE_IN: usize = 100;
/// Languages for which forms are shown.
const LANGUAGES_MAX: usize = 8;

/// The query in the matcher.
const NEW: usize = 0;
/// Behind it the watch that it would replace, where there is one, and then the starred words.
const OLD: usize = 1;

/// A query on its way through the stories.
pub(super) struct Trial<'a> {
    config: &'a Config,
    old: Option<&'a Watch>,
    matcher: Matcher,
    starred: Vec<(Query, usize)>,
    found: Vec<FoundRow>,
    gained: Vec<FoundRow>,
    lost: Vec<FoundRow>,
    stories: usize,
    newest: Timestamp,
    oldest: Timestamp,
    days: BTreeMap<Date, usize>,
    languages: BTreeMap<String, usize>,
    scripts: BTreeSet<&'static str>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(config: &'a Config, query: &Query, old: Option<&'a Watch>) -> Self {
        let starred = query.starred();
        let replaced = old.map_or_else(|| query.clone(), |watch| watch.query.clone());
        Self {
            config,
            old,
            matcher: Matcher::new([query.clone(), replaced].into_iter().chain(starred.iter().cloned())),
            starred: starred.into_iter().map(|query| (query, 0)).collect(),
            found: Vec::new(),
            gained: Vec::new(),
            lost: Vec::new(),
            stories: 0,
            newest: Timestamp::MIN,
            oldest: Timestamp::MAX,
            days: BTreeMap::new(),
            languages: BTreeMap::new(),
            scripts: BTreeSet::new(),
        }
    }

    pub(super) fn look_at(&mut self, story: &Story) {
        self.stories += 1;
        self.newest = self.newest.max(story.first_seen);
        self.oldest = self.oldest.min(story.first_seen);
        let day = self.config.timezone.to_datetime(story.first_seen).date();
        let day = self.days.entry(day).or_default();
        let mut rows: BTreeMap<usize, FoundRow> = BTreeMap::new();
        for sighting in &story.sightings {
            if let Some(language) = sighting.language.as_deref().and_then(forms::primary) {
                *self.languages.entry(language.to_owned()).or_default() += 1;
            }
            self.scripts.extend(script_names(&sighting.title));
            if !covers(self.config, self.old, sighting) {
                continue;
            }
            for hit in self.matcher.find(&document(sighting)) {
                rows.entry(hit.watch)
                    .or_insert_with(|| row(story, sighting, &hit.spans));
            }
        }
        for (at, (_, count)) in self.starred.iter_mut().enumerate() {
            *count += usize::from(rows.contains_key(&(OLD + 1 + at)));
        }
        let (new, old) = (rows.remove(&NEW), rows.remove(&OLD));
        *day += usize::from(new.is_some());
        match (&new, old) {
            (Some(new), None) => self.gained.push(new.clone()),
            (None, Some(old)) => self.lost.push(old),
            (Some(_), Some(_)) | (None, None) => {}
        }
        self.found.extend(new);
    }

    pub(super) fn report(self, query: &Query) -> TestReport {
        let days = if self.stories == 0 {
            1.0
        } else {
            (self.newest.duration_since(self.oldest).as_secs_f64() / SECONDS_PER_DAY).max(1.0)
        };
        let per_day = f64::from(u32::try_from(self.found.len()).unwrap_or(u32::MAX)) / days;
        let mut lints = query.lints();
        lints.extend(self.lints(query));
        let mut languages: Vec<(&String, &usize)> = self.languages.iter().collect();
        languages.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let languages: Vec<&str> = languages
            .iter()
            .take(LANGUAGES_MAX)
            .map(|(name, _)| name.as_str())
            .collect();
        TestReport {
            reading: query.to_string(),
            lints,
            stories: self.stories,
            per_day: (per_day * 10.0).round() / 10.0,
            days: self
                .days
                .iter()
                .rev()
                .take(DAYS_MAX)
                .map(|(day, matches)| DayRow {
                    day: *day,
                    matches: *matches,
                })
                .collect(),
            forms: forms::forms(query, &languages),
            change: self.old.map(|watch| Change {
                watch: watch.name.clone(),
                gained: self.gained,
                lost: self.lost,
            }),
            found: self.found,
        }
    }

    /// What only stories can tell about a query.
    fn lints(&self, query: &Query) -> Vec<String> {
        if self.stories < STORIES_MIN {
            return Vec::new();
        }
        let often = self
            .starred
            .iter()
            .filter(|(_, count)| count * STARRED_ONE_IN > self.stories);
        let often = often.map(|(starred, count)| {
            format!(
                "{starred} stands in {count} of {} stories; write more letters beside the star",
                self.stories
            )
        });
        let unseen = query
            .scripts()
            .into_iter()
            .filter(|(_, script)| !self.scripts.contains(script));
        let unseen = unseen.map(|(word, script)| {
            format!("\"{word}\" is written in {script}, and no title of the stored stories is; is a feed missing?")
        });
        often.chain(unseen).collect()
    }
}

/// Whether the replaced watch looks at the sighting's feed; a feed that is gone belongs to watches of all feeds.
fn covers(config: &Config, watch: Option<&Watch>, sighting: &Sighting) -> bool {
    let Some(watch) = watch else { return true };
    match config.feeds.iter().find(|feed| feed.id == sighting.feed) {
        Some(feed) => watch.feeds.covers(feed, &sighting.feed_name),
        None => watch.feeds == crate::watch::Scope::All,
    }
}

fn row(story: &Story, sighting: &Sighting, spans: &[Span]) -> FoundRow {
    let span = |span: &Span| SpanRow::new(*span, &sighting.title, &sighting.text);
    FoundRow {
        story: story.id,
        title: sighting.title.clone(),
        spans: spans.iter().map(span).collect(),
    }
}
