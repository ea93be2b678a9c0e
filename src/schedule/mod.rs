//! The scheduler's decisions: when a feed is polled next, and how hosts are spared.
//!
//! Never reads a clock, never does I/O: callers pass `now` and run the polls.

mod hosts;
mod plan;
mod set_back;
mod settings;

pub use hosts::Agenda;
pub use plan::PollResult;
pub use plan::due_at;
pub use plan::next_state;
pub use set_back::is_from_a_wrong_clock;
pub use settings::PollSettings;
