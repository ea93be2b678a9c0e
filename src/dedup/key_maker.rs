//! What keys are made with: the rules of a version, and what the documents of feeds taught.

use crate::dedup::Lessons;
use crate::dedup::canonical;
use crate::dedup::canonical::Canonical;
use crate::dedup::canonical::Rules;

/// Makes the keys of addresses.
#[derive(Clone, Debug)]
pub struct KeyMaker {
    /// The rules.
    pub rules: &'static Rules,
    /// What was learnt.
    pub lessons: Lessons,
}

impl KeyMaker {
    /// With the rules of this kabar and what a store remembers.
    pub fn new(lessons: Lessons) -> Self {
        Self {
            rules: Rules::current(),
            lessons,
        }
    }

    /// The key of `url`; none where it is no web address.
    pub(super) fn key(&self, url: &str) -> Option<Canonical> {
        canonical::canonicalize_under(self.rules, &self.lessons, url).ok()
    }
}
