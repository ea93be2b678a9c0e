//! NEAR: pairs of places that stand close to each other.
//!
//! Owns the places of operands, and what to highlight for each. Never looks for a word.

use crate::watch::found::Occurrence;
use crate::watch::syntax::Order;
use crate::watch::tokens::WORD_PLACES;

/// Places of one NEAR operand: as many as occurrences of one word, which already is more than any article has.
pub(crate) const PLACES_MAX: usize = 10_000;

/// Something with a place, and the number of what to highlight for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    from: u32,
    to: u32,
    shown: usize,
}

/// What to highlight for a place: one occurrence, or what its two operands are highlighted for.
#[derive(Clone, Copy, Debug)]
enum Shown {
    Bytes(u32, u32),
    Pair(usize, usize),
}

/// What to highlight for the places of one query. A pair only names its halves: a chain of thirty NEARs would
/// otherwise copy the pieces of thousands of places for each of its links.
#[derive(Debug, Default)]
pub(crate) struct Highlights {
    shown: Vec<Shown>,
}

impl Highlights {
    /// Forgets the last query; its places are void then.
    pub(crate) fn clear(&mut self) {
        self.shown.clear();
    }

    /// The place of an occurrence.
    pub(crate) fn place(&mut self, occurrence: &Occurrence) -> Placed {
        Placed {
            from: occurrence.from,
            to: occurrence.to,
            shown: self.add(Shown::Bytes(occurrence.start, occurrence.end)),
        }
    }

    fn pair(&mut self, first: &Placed, second: &Placed) -> Placed {
        Placed {
            from: first.from,
            to: second.to,
            shown: self.add(Shown::Pair(first.shown, second.shown)),
        }
    }

    fn add(&mut self, shown: Shown) -> usize {
        self.shown.push(shown);
        self.shown.len() - 1
    }

    /// First and last byte of the pieces of `places`, from left to right.
    pub(crate) fn pieces(&self, places: &[Placed]) -> impl Iterator<Item = (usize, usize)> {
        let mut open: Vec<usize> = Vec::new();
        let mut places = places.iter();
        std::iter::from_fn(move || {
            loop {
                let next = match open.pop() {
                    Some(next) => next,
                    None => places.next()?.shown,
                };
                match *self.shown.get(next)? {
                    Shown::Bytes(start, end) => return Some((start as usize, end as usize)),
                    Shown::Pair(first, second) => open.extend([second, first]),
                }
            }
        })
    }

    /// Pairs with at most `distance` words between: for each on the left the nearest on either side. Both lists are
    /// sorted, as the answer is.
    pub(crate) fn near(&mut self, left: &[Placed], right: &[Placed], distance: u32, order: Order) -> Vec<Placed> {
        let gap = distance * WORD_PLACES;
        let mut ends = right.to_vec();
        ends.sort_by_key(|placed| placed.to);
        let (mut after, mut before) = (0, 0);
        // Each of both is nearly sorted, which makes sorting all cheap.
        let (mut out, mut swapped) = (Vec::new(), Vec::new());
        for one in left {
            after = reach(right, after, |other| other.from < one.to);
            if let Some(other) = right.get(after).filter(|other| other.from - one.to <= gap) {
                out.push(self.pair(one, other));
            }
            if order == Order::Kept {
                continue;
            }
            before = reach(&ends, before, |other| other.to <= one.from);
            let other = before.checked_sub(1).and_then(|at| ends.get(at));
            if let Some(other) = other.filter(|other| one.from - other.to <= gap) {
                swapped.push(self.pair(other, one));
            }
        }
        out.append(&mut swapped);
        sort(&mut out);
        // A chain of NEARs could otherwise double with every link.
        out.truncate(PLACES_MAX);
        out
    }
}

/// Sorts places as a text has them.
pub(crate) fn sort(places: &mut [Placed]) {
    places.sort_by_key(|placed| (placed.from, placed.to));
}

/// How many elements at the start of `list` are `before`; the rest is not. The answer is looked for from `last` on,
/// the answer to the question before: questions that come in order cost no search each.
pub(crate) fn reach<T>(list: &[T], last: usize, before: impl Fn(&T) -> bool) -> usize {
    let is_behind = |at: usize| list.get(at).is_some_and(&before);
    let mut from = match last.checked_sub(1) {
        Some(at) if is_behind(at) => last,
        _ => 0,
    };
    // Mostly it is the same element or the next one.
    if !is_behind(from) {
        return from;
    }
    from += 1;
    if !is_behind(from) {
        return from;
    }
    let mut stride = 1;
    while is_behind(from + stride) {
        from += stride;
        stride *= 2;
    }
    let end = list.len().min(from + stride);
    from + list[from..end].partition_point(before)
}

#[cfg(test)]
mod tests {
    use crate::watch::near::reach;

    #[test]
    fn a_search_that_goes_on_finds_what_one_from_the_start_finds() {
        let list = [1, 1, 2, 5, 5, 5, 8, 9, 12, 12, 20];
        for wanted in 0..22 {
            let expected = list.partition_point(|number| *number < wanted);
            for last in 0..=list.len() {
                assert_eq!(
                    reach(&list, last, |number| *number < wanted),
                    expected,
                    "{wanted} from {last}"
                );
            }
        }
    }
}
