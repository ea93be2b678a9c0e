//! What the documents of feeds taught about addresses: which parts name stories, and which addresses name none.
//!
//! Owns remembering. A document shows it when two of its entries are different stories and their addresses differ only
//! in what usually says nothing, or in nothing at all; later documents may hold one entry only and show nothing.
//! Never reads a document (that is `identity`).

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::feed::FeedId;

/// Lessons kept of one feed; a newer one takes the place of the oldest. Real feeds teach one or two.
pub const LESSONS_PER_FEED_MAX: usize = 64;

/// A part of an address that names stories at some places and says nothing at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The fragment.
    Fragment,
    /// The parameter with this name, in lower case.
    Parameter(String),
    /// AMP, print and first-page forms of the path.
    Path,
}

/// Why an address names no story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedBecause {
    /// Entries with other guids and titles have it as their own.
    Own,
    /// Entries with other guids and titles name it as their original.
    Cited,
}

/// One thing that a document taught.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lesson {
    /// At this place (host and path as in a key) and below it, this part names the story.
    Names {
        /// Host and path.
        place: String,
        /// The part.
        part: Part,
    },
    /// In this feed this key names no story.
    Shared {
        /// The key.
        key: String,
        /// Why.
        because: SharedBecause,
    },
}

impl std::fmt::Display for Lesson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Names { place, part } => match part {
                Part::Fragment => write!(f, "at {place} the fragment names the story"),
                Part::Parameter(name) => write!(f, "at {place} the parameter \"{name}\" names the story"),
                Part::Path => write!(f, "at {place} AMP, print and page forms of the path name the story"),
            },
            Self::Shared { key, because } => match because {
                SharedBecause::Own => write!(f, "{key} names no story: several entries of one document share it"),
                SharedBecause::Cited => write!(f, "{key} names no story: several entries of one document cite it"),
            },
        }
    }
}

/// The lessons of all feeds.
#[derive(Clone, Debug, Default)]
pub struct Lessons {
    by_feed: BTreeMap<FeedId, Vec<Lesson>>,
    by_host: HashMap<String, HashMap<String, Vec<Part>>>,
}

impl Lessons {
    /// No lessons.
    pub fn none() -> &'static Self {
        static NONE: OnceLock<Lessons> = OnceLock::new();
        NONE.get_or_init(Self::default)
    }

    /// What a store remembers.
    pub fn new(remembered: impl IntoIterator<Item = (FeedId, Vec<Lesson>)>) -> Self {
        let mut lessons = Self {
            by_feed: remembered.into_iter().collect(),
            by_host: HashMap::new(),
        };
        lessons.index();
        lessons
    }

    /// What the documents of `feed` taught, oldest first.
    pub fn of(&self, feed: FeedId) -> &[Lesson] {
        self.by_feed.get(&feed).map(Vec::as_slice).unwrap_or_default()
    }

    /// Replaces what the documents of `feed` taught.
    pub fn learn(&mut self, feed: FeedId, lessons: Vec<Lesson>) {
        self.by_feed.insert(feed, lessons);
        self.index();
    }

    /// What `feed` knows after it learnt `new`; none where that is what it knew before.
    pub(super) fn with(&self, feed: FeedId, new: &[Lesson]) -> Option<Vec<Lesson>> {
        let mut all = self.of(feed).to_vec();
        let known = all.len();
        for lesson in new {
            if !all.contains(lesson) {
                all.push(lesson.clone());
            }
        }
        if all.len() == known {
            return None;
        }
        all.drain(..all.len().saturating_sub(LESSONS_PER_FEED_MAX));
        Some(all)
    }

    /// Whether anything was learnt of pages on `host`.
    pub(super) fn knows(&self, host: &str) -> bool {
        self.by_host.contains_key(host)
    }

    /// The parts that name stories at `place` (host and path): what was learnt there, or at the nearest place above it.
    pub(super) fn parts(&self, place: &str) -> &[Part] {
        let host = place.split('/').next().unwrap_or_default();
        let Some(places) = self.by_host.get(host) else {
            return &[];
        };
        if let Some(parts) = places.get(place) {
            return parts;
        }
        // A home page teaches nothing about the pages below it.
        let above = std::iter::successors(Some(place), |place| place.rsplit_once('/').map(|(above, _)| above));
        let known = above
            .filter(|place| place.len() > host.len())
            .find_map(|place| places.get(place));
        known.map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether `key` names no story in `feed`.
    pub(super) fn is_shared(&self, feed: FeedId, key: &str) -> bool {
        self.of(feed).iter().any(|lesson| match lesson {
            Lesson::Shared { key: shared, .. } => shared == key,
            Lesson::Names { .. } => false,
        })
    }

    fn index(&mut self) {
        self.by_host.clear();
        for lesson in self.by_feed.values().flatten() {
            let Lesson::Names { place, part } = lesson else {
                continue;
            };
            let host = place.split('/').next().unwrap_or_default();
            let places = self.by_host.entry(host.to_owned()).or_default();
            let parts = places.entry(place.clone()).or_default();
            if !parts.contains(part) {
                parts.push(part.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn fragments(place: &str) -> Lesson {
        Lesson::Names {
            place: place.to_owned(),
            part: Part::Fragment,
        }
    }

    #[test]
    fn a_lesson_holds_at_its_place_and_below_it() {
        let feed = FeedId::from_bytes([1; 16]);
        let lessons = Lessons::new([(feed, vec![fragments("a.example/notes"), fragments("b.example")])]);
        for (place, expected) in [
            ("a.example/notes", 1),
            ("a.example/notes/2026", 1),
            ("a.example/notes2", 0),
            ("a.example", 0),
            ("b.example", 1),
            ("b.example/page", 0),
            ("c.example/notes", 0),
        ] {
            assert_eq!(lessons.parts(place).len(), expected, "{place}");
        }
    }

    #[test]
    fn a_feed_forgets_its_oldest_lesson_before_it_remembers_too_many() {
        let feed = FeedId::from_bytes([1; 16]);
        let many: Vec<Lesson> = (0..LESSONS_PER_FEED_MAX)
            .map(|n| fragments(&format!("a.example/{n}")))
            .collect();
        let lessons = Lessons::new([(feed, many)]);

        let learnt = lessons.with(feed, &[fragments("a.example/new")]).unwrap();

        assert_eq!(learnt.len(), LESSONS_PER_FEED_MAX);
        assert_eq!(learnt.last(), Some(&fragments("a.example/new")));
        assert!(!learnt.contains(&fragments("a.example/0")));
        assert_eq!(lessons.with(feed, &[fragments("a.example/5")]), None);
    }
}
