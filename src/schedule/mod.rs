//! Placeholder.
mod settings;
pub use settings::PollSettings;
