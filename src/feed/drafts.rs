//! The entries that are kept of a document, which may hold more than anybody reads.
//!
//! Owns the limits on their number and on the links of them all. Never sees the document's syntax.

use crate::feed::draft::Draft;

/// Most entries of one document; the largest real feed of the corpus has about 1,000.
pub(super) const ENTRIES_MAX: usize = 5_000;

/// Most bytes of the links of one document together, `LINK_BYTES` for each included: a short relative link grows with
/// the address that it starts from.
const LINK_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What a link takes beside its texts.
const LINK_BYTES: usize = 100;

/// Links of an entry that are kept whatever came before: the entry's own stand first.
const LINKS_MIN: usize = 4;

/// The entries that are kept: the first ones, or the last ones where dates ascend, which are the newest.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    kept: Vec<Draft>,
    /// Where the oldest stands, once newer ones took the place of others.
    oldest: usize,
    link_bytes: usize,
}

impl Drafts {
    /// Whether one more would be kept.
    pub(super) fn are_open(&self) -> bool {
        self.kept.len() < ENTRIES_MAX || self.ascend()
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
        self.link_bytes += links.iter().map(|link| link.href.len() + LINK_BYTES).sum::<usize>();
        if self.link_bytes > LINK_BYTES_MAX {
            links.truncate(LINKS_MIN);
            links.shrink_to_fit();
        }
        if self.kept.len() < ENTRIES_MAX {
            self.kept.push(draft);
        } else if let Some(oldest) = self.kept.get_mut(self.oldest) {
            *oldest = draft;
            self.oldest = (self.oldest + 1) % ENTRIES_MAX;
        }
    }

    /// The entries, in document order.
    pub(super) fn into_vec(mut self) -> Vec<Draft> {
        self.kept.rotate_left(self.oldest);
        self.kept
    }

    /// Whether the last entry is newer than the oldest that is kept.
    fn ascend(&self) -> bool {
        let date = |place: usize| self.kept.get(place % ENTRIES_MAX).and_then(Draft::date);
        let newest = date(self.oldest + ENTRIES_MAX - 1);
        newest
            .zip(date(self.oldest))
            .is_some_and(|(newest, oldest)| newest > oldest)
    }
}
