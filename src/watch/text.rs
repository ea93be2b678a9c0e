//! Placeholder.
/// V.
pub fn visible_text(_: &str) -> String {
    unreachable!()
}
/// V.
pub fn visible_line(_: &str) -> String {
    unreachable!()
}
