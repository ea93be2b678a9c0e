//! One document, read once: where each watched word stands in it.
//!
//! Owns the way through a text, piece by piece. Never knows watches.

use crate::dedup::TextField;
use crate::watch::cuts::Cut;
use crate::watch::cuts::Cuts;
use crate::watch::cuts::Skipped;
use crate::watch::found::Found;
use crate::watch::found::Occurrence;
use crate::watch::guess::Counts;
use crate::watch::language;
use crate::watch::matcher::Document;
use crate::watch::memory;
use crate::watch::memory::Memory;
use crate::watch::near::reach;
use crate::watch::terms::Joint;
use crate::watch::terms::Sequence;
use crate::watch::terms::Terms;
use crate::watch::tokens::BLOCK_GAP;
use crate::watch::tokens::Tokens;
use crate::watch::tokens::WORD_PLACES;
use crate::watch::tokens::tokenise;

/// A document with its words.
pub(crate) struct Reading<'a> {
    pub(crate) document: &'a Document<'a>,
    pub(crate) language: Option<&'a str>,
    /// Per field.
    pub(crate) found: &'a [Found; 2],
}

/// Both fields, in the order of spans.
pub(crate) const FIELDS: [TextField; 2] = [TextField::Title, TextField::Text];

/// The position of `field` in [`FIELDS`].
pub(crate) fn slot(field: TextField) -> usize {
    match field {
        TextField::Title => 0,
        TextField::Text => 1,
    }
}

impl<'a> Reading<'a> {
    /// The text of `field`.
    pub(crate) fn text(&self, field: TextField) -> &'a str {
        match field {
            TextField::Title => self.document.title,
            TextField::Text => self.document.text,
        }
    }

    /// Where the words of `sequence` follow each other in `field`.
    pub(crate) fn occurrences(&self, sequence: &Sequence, field: TextField) -> Vec<Occurrence> {
        let found = &self.found[slot(field)];
        let Some((first, rest)) = sequence.words.split_first() else {
            return Vec::new();
        };
        // Most names that share a word with a text do not stand in it: nothing is built for them.
        if sequence.words.iter().any(|word| found.of(*word).is_empty()) {
            return Vec::new();
        }
        let mut out = found.of(*first).to_vec();
        for word in rest {
            let next = found.of(*word);
            let mut at = 0;
            out.retain_mut(|so_far| {
                let wanted = so_far.last.saturating_add(1);
                at = reach(next, at, |occurrence| occurrence.first < wanted);
                let follower = next.get(at).filter(|follower| follower.first == wanted);
                let is_joined = |follower: &&Occurrence| self.are_joined(so_far, follower, sequence.joint, field);
                let Some(follower) = follower.filter(is_joined) else {
                    return false;
                };
                so_far.last = follower.last;
                so_far.to = follower.to;
                so_far.end = follower.end;
                true
            });
        }
        out
    }

    /// Whether what stands between two words of a term may stand there.
    fn are_joined(&self, one: &Occurrence, next: &Occurrence, joint: Joint, field: TextField) -> bool {
        let between = || self.text(field).get(one.end as usize..next.start as usize);
        match joint {
            Joint::Phrase => true,
            Joint::Glue => between().is_some_and(is_glued),
        }
    }
}

/// Whether parts of one word may be parted by this: nothing, or one sign or space.
fn is_glued(between: &str) -> bool {
    let mut shown = between.chars().filter(|c| !crate::watch::fold::is_dropped(*c));
    shown.next();
    shown.next().is_none()
}

/// Everything that reading needs beside the document; used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    memory: Memory,
    cuts: Cuts,
    steps: [Vec<Step>; 2],
    /// Pieces that are not worth remembering.
    strange: Vec<Tokens>,
    counts: Counts,
    pub(crate) found: [Found; 2],
}

/// One piece of a text that may hold watched words.
#[derive(Clone, Copy, Debug)]
struct Step {
    what: What,
    /// Where it begins and ends.
    start: u32,
    end: u32,
    /// The number and the place of its first word.
    index: u32,
    place: u32,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// By its number in the memory.
    Known(u32),
    /// By its position among the strange ones.
    Strange(usize),
}

/// What a piece does to those behind it.
struct Moves {
    indexes: u32,
    places: u32,
    is_spoken: bool,
}

/// How far the reading of a text has come.
#[derive(Default)]
struct Way {
    /// The number and the place of the next word.
    index: u32,
    place: u32,
    /// Ends of lines since the last letter.
    lines: u32,
}

impl Way {
    fn pass_lines(&mut self, lines: u32) {
        let before = self.lines;
        self.lines = before.saturating_add(lines);
        if before < 2 && self.lines >= 2 {
            self.pass_blocks(1);
        }
    }

    fn pass_blocks(&mut self, blocks: u32) {
        let gap = blocks.saturating_mul(BLOCK_GAP);
        self.index = self.index.saturating_add(gap);
        self.place = self.place.saturating_add(gap);
    }

    fn pass_words(&mut self, skipped: &Skipped) {
        self.lines = 0;
        self.pass_blocks(skipped.blocks);
        self.index = self.index.saturating_add(skipped.words);
        self.place = self.place.saturating_add(skipped.words.saturating_mul(WORD_PLACES));
    }
}

impl Reader {
    /// Finds every word of `terms` in `document`; answers its language.
    pub(crate) fn read<'a>(&mut self, document: &Document<'a>, terms: &Terms) -> Option<&'a str> {
        self.memory.trim();
        self.strange.clear();
        self.counts.clear();
        let texts = [document.title, document.text];
        for (at, text) in texts.iter().enumerate() {
            self.split(at, text, terms);
        }
        let declared = document.language.and_then(language::primary);
        let language = self.counts.settle(declared);
        for (at, text) in texts.iter().enumerate() {
            self.search(at, text, terms, language);
        }
        language
    }

    /// Looks the pieces of `text` up. Most hold no watched word in any language: they are left here.
    fn split(&mut self, at: usize, text: &str, terms: &Terms) {
        let mut cuts = std::mem::take(&mut self.cuts);
        let mut steps = std::mem::take(&mut self.steps[at]);
        steps.clear();
        let mut way = Way::default();
        cuts.begin(self.counts.words());
        while cuts.read(text, terms, &self.memory) {
            for cut in &cuts.cuts {
                self.skip(&cut.skipped, &cuts, &mut way);
                self.pass(text, cut, terms, &mut way, &mut steps);
            }
        }
        self.skip(&cuts.skipped, &cuts, &mut way);
        self.steps[at] = steps;
        self.cuts = cuts;
    }

    /// Goes on behind the piece at `cut`, which becomes a step where it may hold a watched word.
    fn pass(&mut self, text: &str, cut: &Cut, terms: &Terms, way: &mut Way, steps: &mut Vec<Step>) {
        way.pass_lines(cut.lines);
        let (what, moves) = self.know(text, cut, terms);
        if moves.is_spoken {
            way.lines = 0;
        }
        if let Some(what) = what {
            steps.push(Step {
                what,
                start: cut.first,
                end: cut.last,
                index: way.index,
                place: way.place,
            });
        }
        way.index = way.index.saturating_add(moves.indexes);
        way.place = way.place.saturating_add(moves.places);
    }

    fn skip(&mut self, skipped: &Skipped, cuts: &Cuts, way: &mut Way) {
        if skipped.words > 0 {
            way.pass_lines(skipped.lines);
            way.pass_words(skipped);
            self.counts.add(skipped.words, cuts.functions(skipped));
        }
    }

    /// Learns the piece at `cut` and counts its function words; which one it is, where a watched word may be in it.
    fn know(&mut self, text: &str, cut: &Cut, terms: &Terms) -> (Option<What>, Moves) {
        if let Some(number) = self.memory.number(text, cut, terms)
            && let Some(piece) = self.memory.piece(number)
        {
            if !self.counts.is_full() {
                self.counts.add(u32::from(piece.words), self.memory.functions(piece));
            }
            let moves = Moves {
                indexes: u32::from(piece.indexes),
                places: u32::from(piece.places),
                is_spoken: piece.is_spoken,
            };
            return (piece.is_wanted.then_some(What::Known(number)), moves);
        }
        let read = tokenise(&text[cut.bytes()]);
        if !self.counts.is_full() {
            let functions: Vec<(u32, u16)> = memory::functions(&read).collect();
            self.counts.add(read.words(), &functions);
        }
        let moves = Moves {
            indexes: read.index,
            places: read.place,
            is_spoken: read.is_spoken,
        };
        self.strange.push(read);
        (Some(What::Strange(self.strange.len() - 1)), moves)
    }

    fn search(&mut self, at: usize, text: &str, terms: &Terms, language: Option<&str>) {
        let slot = self.memory.language(language);
        let found = &mut self.found[at];
        found.clear(terms.word_count());
        for step in &self.steps[at] {
            let mut push = |word: u32, occurrence: Occurrence| {
                found.push(word, occurrence.moved(step.index, step.place, step.start))
            };
            match step.what {
                What::Known(number) => {
                    let own = text.get(step.start as usize..step.end as usize).unwrap_or_default();
                    for (word, occurrence) in self.memory.words(number, own, slot, terms) {
                        push(*word, *occurrence);
                    }
                }
                What::Strange(at) => {
                    if let Some(read) = self.strange.get(at) {
                        memory::words_in(read, terms, language, &mut push);
                    }
                }
            }
        }
    }
}
