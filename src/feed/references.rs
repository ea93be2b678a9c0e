//! The named character references of HTML, for XML that uses them undeclared and for the texts of entries.
//!
//! Never reads a text: callers find the reference, this knows what it stands for.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The named references of the WHATWG HTML standard.
const TABLE: &str = include_str!("references.tsv");

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedReference {
    /// One character, or two.
    pub(crate) text: String,
    /// Whether HTML reads it without its semicolon as well.
    pub(crate) is_legacy: bool,
}

static NAMES: LazyLock<HashMap<&'static str, NamedReference>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let named = lines.filter_map(|line| {
        let (name, codes) = line.split_once('\t')?;
        let of_code = |code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
        let text = codes.split(' ').filter_map(of_code).collect();
        let is_legacy = name.ends_with('!');
        Some((name.trim_end_matches('!'), NamedReference { text, is_legacy }))
    });
    named.collect()
});

/// What `name`, without `&` and `;`, stands for.
pub(crate) fn named_reference(name: &str) -> Option<&'static NamedReference> {
    NAMES.get(name)
}
