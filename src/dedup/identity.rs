//! Placeholder.
/// I
pub struct Identity {
    /// T
    pub source: crate::dedup::SourceUrl,
    /// T
    pub aliases: Vec<crate::dedup::Alias>,
}
/// I
pub fn identify(_: &crate::feed::Feed, _: &crate::feed::ParsedFeed) -> Vec<Identity> {
    Vec::new()
}
