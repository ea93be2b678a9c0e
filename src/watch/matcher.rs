//! Which watches a document hits, and where.
//!
//! A document is read once, whatever the number of watches; only watches whose rarest words occur are evaluated.
//! Owns no text and never sees markup: callers bring visible text.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::dedup::Span;
use crate::watch::evaluate::Evaluation;
use crate::watch::evaluate::Plan;
use crate::watch::evaluate::partner;
use crate::watch::evaluate::plan;
use crate::watch::evaluate::required;
use crate::watch::found::Found;
use crate::watch::query::Query;
use crate::watch::reading::Reader;
use crate::watch::reading::Reading;
use crate::watch::terms::Terms;

/// What a watch looks at: visible text and properties of one item.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The title, one line.
    pub title: &'a str,
    /// The body as visible text; a blank line parts blocks.
    pub text: &'a str,
    /// The declared language; guessed where none is.
    pub language: Option<&'a str>,
    /// The address of the story.
    pub link: Option<&'a str>,
    /// The name of the feed.
    pub feed: &'a str,
    /// The author.
    pub author: Option<&'a str>,
    /// Tags of the feed and the item.
    pub tags: &'a [String],
}

/// A watch that matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The position of its query in the list given to [`Matcher::new`].
    pub watch: usize,
    /// What to highlight: sorted, without overlaps; empty for a query about properties alone.
    pub spans: Vec<Span>,
}

/// A watch that is to be evaluated where a word occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Posting {
    watch: u32,
    /// A word without which the watch cannot hit either: the rest of a name, or the word itself where there is none.
    partner: u32,
}

/// All queries, ready to look at documents.
#[derive(Debug)]
pub struct Matcher {
    terms: Terms,
    plans: Vec<Plan>,
    /// Watches to evaluate where a word occurs: those of word `n` stand at `first_posting[n]..first_posting[n + 1]`.
    postings: Vec<Posting>,
    first_posting: Vec<u32>,
    /// Watches that no word can rule out.
    always: Vec<u32>,
    /// What earlier documents taught; one for each thread at a time.
    readers: Mutex<Vec<Reader>>,
}

impl Matcher {
    /// Prepares `queries`. Cost: linear in their words.
    pub fn new(queries: impl IntoIterator<Item = Query>) -> Matcher {
        let mut terms = Terms::default();
        let plans: Vec<Plan> = queries
            .into_iter()
            .map(|query| plan(query.expr(), &mut terms))
            .collect();
        let mut always = Vec::new();
        let mut wanted: Vec<(u32, Posting)> = Vec::new();
        for (watch, made) in (0..).zip(&plans) {
            let Some(words) = required(made, &terms) else {
                always.push(watch);
                continue;
            };
            for word in words {
                let partner = partner(made, word, &terms);
                wanted.push((word, Posting { watch, partner }));
            }
        }
        terms.finish();
        wanted.sort_unstable();
        wanted.dedup();
        let begins = |word: usize| wanted.partition_point(|(known, _)| (*known as usize) < word);
        let first_posting = (0..=terms.word_count()).map(|word| u32::try_from(begins(word)).unwrap_or(u32::MAX));
        Self {
            first_posting: first_posting.collect(),
            postings: wanted.into_iter().map(|(_, posting)| posting).collect(),
            terms,
            plans,
            always,
            readers: Mutex::default(),
        }
    }

    /// Every watch that `document` hits, in the order of the queries.
    ///
    /// Linear in the length of the document, for any query.
    pub fn find(&self, document: &Document<'_>) -> Vec<Hit> {
        let mut reader = self.reader().pop().unwrap_or_default();
        let language = reader.read(document, &self.terms);
        let mut candidates = self.always.clone();
        for word in reader.found.iter().flat_map(Found::words) {
            let postings = self.postings_of(*word).iter();
            let possible = postings.filter(|posting| reader.found.iter().any(|found| found.has(posting.partner)));
            candidates.extend(possible.map(|posting| posting.watch));
        }
        candidates.sort_unstable();
        candidates.dedup();
        let reading = Reading {
            document,
            language,
            found: &reader.found,
        };
        let hits = self.evaluate(&reading, candidates.into_iter().map(|watch| watch as usize));
        self.reader().push(reader);
        hits
    }

    fn reader(&self) -> MutexGuard<'_, Vec<Reader>> {
        // A panic while it was held cannot have left half a reader: readers are moved in and out whole.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn postings_of(&self, word: u32) -> &[Posting] {
        let bound = |word: usize| self.first_posting.get(word).map_or(0, |at| *at as usize);
        self.postings
            .get(bound(word as usize)..bound(word as usize + 1))
            .unwrap_or_default()
    }

    fn evaluate(&self, reading: &Reading<'_>, watches: impl Iterator<Item = usize>) -> Vec<Hit> {
        let mut evaluation = Evaluation::new(reading, &self.terms);
        watches
            .filter_map(|watch| {
                let spans = evaluation.spans(self.plans.get(watch)?)?;
                Some(Hit { watch, spans })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod quality;
