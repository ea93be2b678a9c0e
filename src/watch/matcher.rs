//! Which watches a document hits, and where.
//!
//! A document is read once, whatever the number of watches; only watches whose rarest words occur are evaluated.
//! Owns no text and never sees markup: callers bring visible text.

use std::collections::HashMap;

use crate::dedup::Span;
use crate::watch::evaluate::Evaluation;
use crate::watch::evaluate::Plan;
use crate::watch::evaluate::plan;
use crate::watch::evaluate::required;
use crate::watch::query::Query;
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

/// All queries, ready to look at documents.
#[derive(Debug)]
pub struct Matcher {
    terms: Terms,
    plans: Vec<Plan>,
    /// Watches to evaluate where a word occurs.
    by_word: HashMap<usize, Vec<usize>>,
    /// Watches that no word can rule out.
    always: Vec<usize>,
}

impl Matcher {
    /// Prepares `queries`. Cost: linear in their words.
    pub fn new(queries: impl IntoIterator<Item = Query>) -> Matcher {
        let mut terms = Terms::default();
        let mut plans = Vec::new();
        let mut by_word: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut always = Vec::new();
        for (watch, query) in queries.into_iter().enumerate() {
            let made = plan(query.expr(), &mut terms);
            match required(&made, &terms) {
                Some(words) => words
                    .into_iter()
                    .for_each(|word| by_word.entry(word).or_default().push(watch)),
                None => always.push(watch),
            }
            plans.push(made);
        }
        Self {
            terms,
            plans,
            by_word,
            always,
        }
    }

    /// Every watch that `document` hits, in the order of the queries.
    ///
    /// Linear in the length of the document, for any query.
    pub fn find(&self, document: &Document<'_>) -> Vec<Hit> {
        let reading = Reading::new(document, &self.terms);
        let mut candidates = self.always.clone();
        for word in reading.words() {
            candidates.extend(self.by_word.get(&word).into_iter().flatten());
        }
        candidates.sort_unstable();
        candidates.dedup();
        self.evaluate(&reading, candidates.into_iter())
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
mod naive;
#[cfg(test)]
mod quality;
