//! Placeholder.
/// Schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule;
/// Quiet.
#[derive(Clone, Debug, PartialEq)]
pub struct QuietHours;
