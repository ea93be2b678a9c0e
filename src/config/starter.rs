//! The configuration that `kabar init` writes.
//!
//! Owns its text, which a test reads back. Never writes it.

/// A commented configuration whose values are the defaults.
pub const STARTER: &str = include_str!("../../config/kabar.toml");
