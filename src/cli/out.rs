//! Standard output and standard error.

use std::io;
use std::io::IsTerminal;
use std::io::Write;

use serde::Serialize;

use crate::cli::failure::Failure;

/// How a command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// For people.
    Words,
    /// For scripts: one object per line.
    Json,
}

impl From<bool> for Style {
    fn from(wants_json: bool) -> Self {
        if wants_json { Self::Json } else { Self::Words }
    }
}

/// Prints text as it is.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Prints bytes as they are. A reader that went away (`kabar stories | head`) is no failure.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => Failure::Other(format!("standard output: {error}")),
        })
}

/// Prints one object on one line.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(value).map_err(|error| Failure::other(&error))?;
    print(&format!("{line}\n"))
}

/// Prints each row as one object on one line.
pub(super) fn print_rows(rows: &[impl Serialize]) -> Result<(), Failure> {
    rows.iter().try_for_each(print_json)
}

/// Shows a passing line on a terminal; an empty one wipes it. Never in a pipe.
pub(super) fn progress(line: &str) {
    let mut err = io::stderr().lock();
    if err.is_terminal() {
        let _ = write!(err, "\r\x1b[K{line}");
        let _ = err.flush();
    }
}

/// Text from a feed, safe to print on a terminal: control characters are dropped.
pub(super) fn safe(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

/// "1 story", "2 stories".
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A name between quotes, safe to print; a watch that is called by a query with quotes brings its own.
pub(super) fn named(name: &str) -> String {
    let name = safe(name);
    if name.contains('"') {
        name
    } else {
        format!("\"{name}\"")
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::out::named;

    #[test]
    fn a_name_is_quoted_once() {
        assert_eq!(named("Ukraine war"), "\"Ukraine war\"");
        assert_eq!(named("\"gencatan senjata\""), "\"gencatan senjata\"");
        assert_eq!(named("title:\"a b\" c"), "title:\"a b\" c");
    }
}
