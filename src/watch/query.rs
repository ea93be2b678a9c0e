//! Placeholder.
/// A query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query;
/// Its error.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryError;
