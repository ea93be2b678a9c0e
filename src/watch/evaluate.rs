//! Queries over the words of one document.
//!
//! Owns AND, OR, NOT, NEAR, fields and properties. Never decides when a word counts as another.

use std::collections::HashMap;
use std::rc::Rc;

use crate::dedup::Span;
use crate::dedup::TextField;
use crate::watch::found::Occurrence;
use crate::watch::language;
use crate::watch::near;
use crate::watch::near::Highlights;
use crate::watch::near::PLACES_MAX;
use crate::watch::near::Placed;
use crate::watch::quick::Quick;
use crate::watch::reading::FIELDS;
use crate::watch::reading::Reading;
use crate::watch::regular::Regular;
use crate::watch::syntax::Expr;
use crate::watch::syntax::Meta;
use crate::watch::syntax::Order;
use crate::watch::terms::Terms;

/// Spans of one hit: a mail shows a few, and a page that repeats a word must not fill the store.
const SPANS_MAX: usize = 1000;

/// A query whose terms are numbers of [`Terms`].
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    Or(Vec<Plan>),
    And(Vec<Plan>),
    Not(Box<Plan>),
    Near {
        left: Box<Plan>,
        right: Box<Plan>,
        distance: u32,
        order: Order,
    },
    Field(TextField, Box<Plan>),
    Meta(Meta, String),
    Term(usize),
    Regular(Box<Regular>),
}

/// The plan of `expr`; its terms are added to `terms`.
pub(crate) fn plan(expr: &Expr, terms: &mut Terms) -> Plan {
    match expr {
        Expr::Or(parts) => Plan::Or(parts.iter().map(|part| plan(part, terms)).collect()),
        Expr::And(parts) => Plan::And(parts.iter().map(|part| plan(part, terms)).collect()),
        Expr::Not(inner) => Plan::Not(Box::new(plan(inner, terms))),
        Expr::Near(near) => Plan::Near {
            left: Box::new(plan(&near.left, terms)),
            right: Box::new(plan(&near.right, terms)),
            distance: near.distance,
            order: near.order,
        },
        Expr::Field(field, inner) => Plan::Field(*field, Box::new(plan(inner, terms))),
        Expr::Meta(meta, value) => Plan::Meta(*meta, value.trim().to_lowercase()),
        Expr::Term(term) => Plan::Term(terms.add(term)),
        Expr::Regular(regular) => Plan::Regular(regular.clone()),
    }
}

/// Words of which at least one occurs wherever the plan matches; nothing where no word is needed.
pub(crate) fn required(plan: &Plan, terms: &Terms) -> Option<Vec<u32>> {
    match plan {
        Plan::Or(parts) => {
            let all: Option<Vec<Vec<u32>>> = parts.iter().map(|part| required(part, terms)).collect();
            all.map(|words| words.concat())
        }
        Plan::And(parts) => rarest(parts.iter().filter_map(|part| required(part, terms)), terms),
        Plan::Near { left, right, .. } => rarest(
            [left, right].into_iter().filter_map(|part| required(part, terms)),
            terms,
        ),
        Plan::Field(_, inner) => required(inner, terms),
        Plan::Not(_) | Plan::Meta(..) | Plan::Regular(_) => None,
        Plan::Term(term) => {
            let words = terms.sequences.get(*term)?.words.iter().copied();
            rarest(words.map(|word| vec![word]), terms)
        }
    }
}

/// A word other than `word` that occurs wherever the plan matches, or `word` where there is none.
pub(crate) fn partner(plan: &Plan, word: u32, terms: &Terms) -> u32 {
    let mut words = Vec::new();
    needed(plan, terms, &mut words);
    let others = words.into_iter().filter(|other| *other != word);
    // As in `rarest`: the fewer terms share it, the less it is likely to occur.
    others.min_by_key(|other| terms.uses(*other)).unwrap_or(word)
}

/// Adds words that all occur wherever the plan matches.
fn needed(plan: &Plan, terms: &Terms, words: &mut Vec<u32>) {
    match plan {
        Plan::Term(term) => words.extend(terms.sequences.get(*term).into_iter().flat_map(|term| &term.words)),
        Plan::And(parts) => parts.iter().for_each(|part| needed(part, terms, words)),
        Plan::Near { left, right, .. } => [left, right].into_iter().for_each(|part| needed(part, terms, words)),
        Plan::Field(_, inner) => needed(inner, terms, words),
        Plan::Or(_) | Plan::Not(_) | Plan::Meta(..) | Plan::Regular(_) => {}
    }
}

/// Terms that may share a word before it counts as frequent, as first names are beside last names.
const SHARED_MAX: u32 = 8;

/// The choice that is likely to occur least: fewest words, then those that the fewest terms share, then the longest.
fn rarest(choices: impl Iterator<Item = Vec<u32>>, terms: &Terms) -> Option<Vec<u32>> {
    choices.min_by_key(|words| {
        let uses: u32 = words.iter().map(|word| terms.uses(*word)).sum();
        let shortest = words.iter().map(|word| terms.length(*word)).min().unwrap_or(0);
        (words.len(), uses / SHARED_MAX, usize::MAX - shortest)
    })
}

/// Occurrences of one term in both fields.
type Found = Rc<[Vec<Occurrence>; 2]>;

/// Evaluates plans over one document.
pub(crate) struct Evaluation<'a> {
    reading: &'a Reading<'a>,
    terms: &'a Terms,
    known: HashMap<usize, Found, Quick>,
    highlights: Highlights,
}

/// Which fields count: title, text.
type Scope = [bool; 2];

impl<'a> Evaluation<'a> {
    pub(crate) fn new(reading: &'a Reading<'a>, terms: &'a Terms) -> Self {
        Self {
            reading,
            terms,
            known: HashMap::default(),
            highlights: Highlights::default(),
        }
    }

    /// What to highlight where `plan` matches.
    pub(crate) fn spans(&mut self, plan: &Plan) -> Option<Vec<Span>> {
        let mut spans = Vec::new();
        if !self.collect(plan, [true, true], &mut spans) {
            return None;
        }
        spans.sort_unstable();
        merge(&mut spans);
        Some(spans)
    }

    /// Whether `plan` matches; then its spans are added.
    fn collect(&mut self, plan: &Plan, scope: Scope, spans: &mut Vec<Span>) -> bool {
        let before = spans.len();
        let is_match = match plan {
            Plan::Or(parts) => {
                let mut any = false;
                for part in parts {
                    any |= self.collect(part, scope, spans);
                }
                any
            }
            Plan::And(parts) => parts.iter().all(|part| self.collect(part, scope, spans)),
            Plan::Not(inner) => !self.collect(inner, scope, &mut Vec::new()),
            Plan::Field(field, inner) => self.collect(inner, narrowed(scope, *field), spans),
            Plan::Meta(meta, value) => self.has_property(*meta, value),
            Plan::Regular(regular) => self.matches(regular, scope, spans),
            Plan::Term(term) => self.highlight(*term, scope, spans),
            Plan::Near { .. } => {
                self.highlights.clear();
                let found = self.places(plan, [PLACES_MAX; 2]);
                let mut any = false;
                for (at, field) in FIELDS.into_iter().enumerate().filter(|(at, _)| scope[*at]) {
                    any |= !found[at].is_empty();
                    let pieces = self.highlights.pieces(&found[at]).take(SPANS_MAX);
                    spans.extend(pieces.map(|(start, end)| Span { field, start, end }));
                }
                any
            }
        };
        if !is_match {
            spans.truncate(before);
        }
        is_match
    }

    /// Whether a term occurs; then its places are added.
    fn highlight(&self, term: usize, scope: Scope, spans: &mut Vec<Span>) -> bool {
        let before = spans.len();
        let Some(sequence) = self.terms.sequences.get(term) else {
            return false;
        };
        for (at, field) in FIELDS.into_iter().enumerate().filter(|(at, _)| scope[*at]) {
            let mut add = |found: &[Occurrence]| {
                spans.extend(found.iter().take(SPANS_MAX).map(|occurrence| Span {
                    field,
                    start: occurrence.start as usize,
                    end: occurrence.end as usize,
                }));
            };
            match sequence.words[..] {
                // A word alone needs no list of its own.
                [word] => add(self.reading.found[at].of(word)),
                _ => add(&self.reading.occurrences(sequence, field)),
            }
        }
        spans.len() > before
    }

    fn matches(&self, regular: &Regular, scope: Scope, spans: &mut Vec<Span>) -> bool {
        let mut any = false;
        for (_, field) in FIELDS.into_iter().enumerate().filter(|(at, _)| scope[*at]) {
            if let Some(found) = regular.find(self.reading.text(field)) {
                any = true;
                let span = |(start, end)| Span { field, start, end };
                spans.extend(found.into_iter().take(SPANS_MAX).map(span));
            }
        }
        any
    }

    /// Where a term, a NEAR or a group of them stands: `room` places of each field at most.
    fn places(&mut self, plan: &Plan, room: [usize; 2]) -> [Vec<Placed>; 2] {
        match plan {
            Plan::Term(term) => {
                let found = self.term(*term);
                [0, 1].map(|at| {
                    let shown = found[at].iter().take(room[at]);
                    shown.map(|occurrence| self.highlights.place(occurrence)).collect()
                })
            }
            Plan::Or(parts) => {
                let mut out = [Vec::new(), Vec::new()];
                for part in parts {
                    let left = [0, 1].map(|at: usize| PLACES_MAX - out[at].len());
                    for (all, more) in out.iter_mut().zip(self.places(part, left)) {
                        all.extend(more);
                    }
                }
                for (list, room) in out.iter_mut().zip(room) {
                    near::sort(list);
                    list.truncate(room);
                }
                out
            }
            Plan::Near {
                left,
                right,
                distance,
                order,
            } => {
                let left = self.places(left, [PLACES_MAX; 2]);
                let right = self.places(right, [PLACES_MAX; 2]);
                [0, 1].map(|at| {
                    let mut pairs = self.highlights.near(&left[at], &right[at], *distance, *order);
                    pairs.truncate(room[at]);
                    pairs
                })
            }
            // The parser lets none of these into NEAR.
            Plan::And(_) | Plan::Not(_) | Plan::Field(..) | Plan::Meta(..) | Plan::Regular(_) => {
                [Vec::new(), Vec::new()]
            }
        }
    }

    fn term(&mut self, term: usize) -> Found {
        if let Some(known) = self.known.get(&term) {
            return Rc::clone(known);
        }
        let found = match self.terms.sequences.get(term) {
            Some(sequence) => FIELDS.map(|field| self.reading.occurrences(sequence, field)),
            None => [Vec::new(), Vec::new()],
        };
        let found = Rc::new(found);
        self.known.insert(term, Rc::clone(&found));
        found
    }

    fn has_property(&self, meta: Meta, value: &str) -> bool {
        let document = self.reading.document;
        let contains = |text: &str| language::fold(text).contains(&language::fold(value));
        match meta {
            Meta::Lang => self.is_language(value),
            Meta::Source => document
                .link
                .and_then(host)
                .is_some_and(|host| is_host_in(&host, value)),
            Meta::Url => document.link.is_some_and(|link| link.to_lowercase().contains(value)),
            Meta::Author => document.author.is_some_and(contains),
            Meta::Tag => document.tags.iter().any(|tag| tag.to_lowercase() == value),
            Meta::Feed => contains(document.feed),
        }
    }

    fn is_language(&self, value: &str) -> bool {
        let own = self.reading.document.language.or(self.reading.language);
        own.is_some_and(|own| {
            let own = own.to_lowercase().replace('_', "-");
            let rest = own.strip_prefix(value);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) || language::primary(&own) == Some(value)
        })
    }
}

fn narrowed(scope: Scope, field: TextField) -> Scope {
    match field {
        TextField::Title => [scope[0], false],
        TextField::Text => [false, scope[1]],
    }
}

fn host(link: &str) -> Option<String> {
    url::Url::parse(link).ok()?.host_str().map(str::to_lowercase)
}

fn is_host_in(host: &str, domain: &str) -> bool {
    let domain = domain.trim_start_matches('.');
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Makes sorted spans free of overlaps, and keeps the first of them.
fn merge(spans: &mut Vec<Span>) {
    spans.dedup_by(|next, last| {
        let is_overlap = last.field == next.field && next.start < last.end;
        if is_overlap {
            last.end = last.end.max(next.end);
        }
        is_overlap
    });
    spans.truncate(SPANS_MAX);
}
