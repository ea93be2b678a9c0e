//! The deduplicator: which URL names a story, and which sightings are the same story.
//!
//! Never compares feeds' texts to decide identity and never rewrites a link that people see.
//! When unsure, it keeps apart: losing a story is worse than showing one twice.

pub mod attribution;
pub mod canonical;
mod gate;
pub mod identity;
pub mod source_url;
mod story;

pub use crate::hash::bytes_of_hex;
pub use crate::hash::hash128;
pub use story::{Alias, Item, Match, Provenance, Send, Sighting, SourceUrl, Span, Story, StoryId, TextField};
