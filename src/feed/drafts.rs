//! The entries that are kept of a document, which may hold more than anybody reads.
//!
//! Owns the limits on their number and on the links of them all. Never sees the document's syntax.

use crate::feed::draft::Draft;

/// Most entries of one document; the largest real feed of the corpus has about 1,000.
pub(super) const ENTRIES_MAX: usize = 5_000;

/// Most bytes of the links of one document together: a short relative link grows with the address that it starts from.
const LINK_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Links of an entry that are kept whatever came before: the entry's own stand first.
const LINKS_MIN: usize = 4;

/// The entries that are kept.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    kept: Vec<Draft>,
    link_bytes: usize,
}

impl Drafts {
    /// Whether one more would be kept.
    pub(super) fn are_open(&self) -> bool {
        self.kept.len() < ENTRIES_MAX
    }

    /// Whether there is none.
    pub(super) fn are_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Keeps an entry while there is room.
    pub(super) fn push(&mut self, mut draft: Draft) {
        if !self.are_open() {
            return;
        }
        let links = &mut draft.entry.links;
        self.link_bytes += links.iter().map(|link| link.href.len()).sum::<usize>();
        if self.link_bytes > LINK_BYTES_MAX {
            links.truncate(LINKS_MIN);
            links.shrink_to_fit();
        }
        self.kept.push(draft);
    }

    /// The entries, in document order.
    pub(super) fn into_vec(self) -> Vec<Draft> {
        self.kept
    }
}
