//! The scheduler's decisions: when a feed is polled next, and how hosts are spared.
//!
//! Never reads a clock, never does I/O: callers pass `now` and run the polls.

mod hosts;
mod plan;
mod settings;

pub use hosts::Agenda;
pub use plan::PollResult;
pub use plan::next_state;
pub use settings::PollSettings;
