//! Web addresses in running text.
//!
//! Owns where an address ends. Never judges what it names.

/// The addresses in plain text, with their places.
pub(super) fn addresses(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..)?;
        let starts = ["http://", "https://", "www.", "http%3A%2F%2F", "https%3A%2F%2F"];
        let at = starts.iter().filter_map(|start| rest.find(start)).min()?;
        let address = &rest[at..];
        let end = address
            .find(|c: char| c.is_whitespace() || c.is_control() || "<>\"“”«»。，、；！？）（」』】〉｜|".contains(c))
            .unwrap_or(address.len());
        let place = from + at;
        from += at + end.max(1);
        Some((place, trimmed(&address[..end])))
    })
}

fn trimmed(address: &str) -> String {
    let mut address = address;
    loop {
        let has_open = address.contains('(');
        let end = |c: char| ".,;:!?]'’*_…".contains(c) || c == ')' && !has_open;
        let shorter = address.trim_end_matches(end);
        if shorter.len() == address.len() {
            break;
        }
        address = shorter;
    }
    match address.find("%3A%2F%2F") {
        Some(4 | 5) => address.replace("%3A", ":").replace("%2F", "/"),
        _ => address.to_owned(),
    }
}
