//! Reading the lists in `rules/`: a rule a line, "#" before a comment.

/// The lines of a list without comments and empty lines.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .map(|line| line.split_once('#').map_or(line, |(rule, _)| rule).trim())
        .filter(|line| !line.is_empty())
}
