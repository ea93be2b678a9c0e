//! The deduplicator: which URL names a story, and which sightings are the same story.
//!
//! Texts never join stories: titles only keep apart what a name joins wrongly, and near-duplicates are shown together.
//! Never rewrites a link that people see.
//! When unsure, it keeps apart: losing a story is worse than showing one twice.

pub mod attribution;
pub mod canonical;
mod gate;
pub mod identity;
mod joining;
mod key_maker;
mod lessons;
mod rule_lines;
pub mod similar;
pub mod source_url;
mod story;
mod titles;

pub use crate::hash::bytes_of_hex;
pub use crate::hash::hash128;
pub use joining::is_same_story;
pub use key_maker::KeyMaker;
pub use lessons::{LESSONS_PER_FEED_MAX, Lesson, Lessons, Part, SharedBecause};
pub use story::{
    Alias, Item, Match, Name, Provenance, Revision, Send, Sighting, SourceUrl, Span, Story, StoryId, TextField,
};
