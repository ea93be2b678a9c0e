//! Placeholder.
/// A query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query(String);
/// Its error.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryError {
    /// Column.
    pub column: usize,
    /// Message.
    pub message: String,
}
impl Query {
    /// Parse.
    pub fn parse(text: &str, _: &std::collections::BTreeMap<String, Vec<String>>) -> Result<Query, QueryError> {
        if text.ends_with("AND") {
            return Err(QueryError {
                column: text.len(),
                message: "something is missing here".to_owned(),
            });
        }
        Ok(Self(text.to_owned()))
    }
    /// Lints.
    pub fn lints(&self) -> Vec<String> {
        Vec::new()
    }
}
impl QueryError {
    /// Picture.
    pub fn caret(&self, query: &str) -> String {
        format!("{query}\n{}^ {}", " ".repeat(self.column), self.message)
    }
}
