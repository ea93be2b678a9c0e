//! Placeholder.
mod settings;
pub use settings::FetchSettings;
