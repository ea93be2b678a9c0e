//! The scheduler's decisions: when a feed is polled next, by what is learned of it, and how hosts are spared.
//!
//! Never reads a clock, never does I/O: callers pass `now` and run the polls.

mod doubt;
mod hosts;
mod pace;
mod plan;
mod settings;
mod wrong_clock;

pub use doubt::validators_to_send;
pub use hosts::Agenda;
pub use pace::Arrivals;
pub use pace::Pace;
pub use pace::learn;
pub use plan::PollResult;
pub use plan::Proof;
pub use plan::is_due_in_passing;
pub use plan::next_state;
pub use plan::paused_until;
pub use plan::planned;
pub use settings::PollSettings;
pub use wrong_clock::is_a_leap;
pub use wrong_clock::is_from_a_wrong_clock;
