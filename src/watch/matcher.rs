//! Placeholder.
/// Document.
pub struct Document;
/// Hit.
pub struct Hit;
/// Matcher.
pub struct Matcher;
