//! Placeholder.
/// Document.
pub struct Document<'a> {
    /// T
    pub title: &'a str,
    /// T
    pub text: &'a str,
    /// T
    pub language: Option<&'a str>,
    /// T
    pub link: Option<&'a str>,
    /// T
    pub feed: &'a str,
    /// T
    pub author: Option<&'a str>,
    /// T
    pub tags: &'a [String],
}
/// Hit.
pub struct Hit {
    /// T
    pub watch: usize,
    /// T
    pub spans: Vec<crate::dedup::Span>,
}
/// Matcher.
pub struct Matcher;
impl Matcher {
    /// N
    pub fn new(_: impl IntoIterator<Item = crate::watch::Query>) -> Self {
        Self
    }
    /// F
    pub fn find(&self, _: &Document<'_>) -> Vec<Hit> {
        Vec::new()
    }
}
