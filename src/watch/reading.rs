//! One document, read once: where each watched word stands in it.
//!
//! Owns the way through a text, piece by piece. Never knows watches.

use crate::dedup::TextField;
use crate::watch::cuts::Cut;
use crate::watch::cuts::Cuts;
use crate::watch::cuts::Skipped;
use crate::watch::found::Collect;
use crate::watch::found::Found;
use crate::watch::found::Moved;
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
use crate::watch::tokens::Batches;
use crate::watch::tokens::Tokens;
use crate::watch::tokens::WORD_PLACES;

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
                let is_wanted = |follower: &&Occurrence| follower.first == wanted;
                // Where a phrase stands again and again, it is the one behind that of the last place.
                let mut follower = next.get(at).filter(is_wanted);
                if follower.is_none() {
                    at = reach(next, at, |occurrence| occurrence.first < wanted);
                    follower = next.get(at).filter(is_wanted);
                }
                at += usize::from(follower.is_some());
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
    counts: Counts,
    /// Of each field, pieces that wait until the language is known.
    steps: [Vec<Step>; 2],
    /// The words of those among them that are not worth remembering.
    strange: Vec<Tokens>,
    /// The words of the piece that is being read.
    read: Tokens,
    pub(crate) found: [Found; 2],
}

/// What to find in which document.
struct Task<'a, 'b> {
    document: &'b Document<'a>,
    terms: &'b Terms,
    /// Known when enough words were read.
    language: Option<Settled<'a>>,
}

/// The language of a document, and its slot in the memory.
#[derive(Clone, Copy)]
struct Settled<'a> {
    language: Option<&'a str>,
    slot: usize,
}

/// One piece of a text that may hold watched words.
#[derive(Clone, Copy, Debug)]
struct Step {
    what: What,
    /// Where it begins and ends.
    start: u32,
    end: u32,
    /// How far the text was read before it.
    way: Way,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// By its number in the memory.
    Known(u32),
    /// By its position among the strange ones.
    Strange(usize),
}

/// How far the reading of a text has come.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// The number and the place of the next word.
    index: u32,
    place: u32,
    /// Ends of lines since the last letter.
    lines: u32,
}

impl Way {
    fn step(&self, what: What, cut: &Cut) -> Step {
        Step {
            what,
            start: cut.first,
            end: cut.last,
            way: *self,
        }
    }

    /// Where to put what is found in a piece that begins at `start`.
    fn moved<'a>(&self, start: u32, found: &'a mut Found) -> Moved<'a> {
        Moved {
            found,
            indexes: self.index,
            places: self.place,
            bytes: start,
        }
    }

    /// Goes on behind a piece.
    fn pass(&mut self, indexes: u32, places: u32, is_spoken: bool) {
        self.index = self.index.saturating_add(indexes);
        self.place = self.place.saturating_add(places);
        if is_spoken {
            self.lines = 0;
        }
    }

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
        self.counts.clear();
        for found in &mut self.found {
            found.clear(terms.word_count());
        }
        let mut task = Task {
            document,
            terms,
            language: None,
        };
        for (at, text) in [document.title, document.text].into_iter().enumerate() {
            self.split(at, text, &mut task);
        }
        self.search(&mut task).language
    }

    /// Looks the pieces of `text` up. Most hold no watched word in any language: they are left here. As soon as the
    /// language is known, the others are searched.
    fn split(&mut self, at: usize, text: &str, task: &mut Task<'_, '_>) {
        let mut cuts = std::mem::take(&mut self.cuts);
        let mut way = Way::default();
        cuts.begin(self.counts.words());
        while cuts.read(text, task.terms, &self.memory) {
            for cut in &cuts.cuts {
                self.skip(&cut.skipped, &cuts, &mut way);
                way.pass_lines(cut.lines);
                match self.memory.number(text, cut, task.terms) {
                    Some(number) => self.pass_known(at, number, cut, &mut way),
                    None => self.pass_strange(at, text, cut, task, &mut way),
                }
            }
            if self.counts.is_full() {
                self.search(task);
            }
        }
        self.skip(&cuts.skipped, &cuts, &mut way);
        self.cuts = cuts;
    }

    fn skip(&mut self, skipped: &Skipped, cuts: &Cuts, way: &mut Way) {
        if skipped.words > 0 {
            way.pass_lines(skipped.lines);
            way.pass_words(skipped);
            self.counts.add(skipped.words, cuts.functions(skipped));
        }
    }

    /// Goes on behind the piece at `cut`, which becomes a step where it may hold a watched word.
    fn pass_known(&mut self, at: usize, number: u32, cut: &Cut, way: &mut Way) {
        let Some(piece) = self.memory.piece(number) else {
            return;
        };
        if !self.counts.is_full() {
            self.counts.add(u32::from(piece.words), self.memory.functions(piece));
        }
        if piece.is_wanted {
            self.steps[at].push(way.step(What::Known(number), cut));
        }
        way.pass(u32::from(piece.indexes), u32::from(piece.places), piece.is_spoken);
    }

    /// Goes on behind the piece at `cut`, which is not worth remembering; it may be as long as the text.
    fn pass_strange(&mut self, at: usize, text: &str, cut: &Cut, task: &mut Task<'_, '_>, way: &mut Way) {
        let start = *way;
        let mut is_spoken = false;
        let mut read = std::mem::take(&mut self.read);
        let mut batches = Batches::new(&text[cut.bytes()]);
        while batches.read(&mut read) {
            is_spoken |= read.is_spoken;
            // Numbers and places go on from batch to batch.
            *way = start;
            way.pass(read.index, read.place, is_spoken);
            if self.counts.is_full() {
                // What stands before it is searched first: occurrences come in the order of the text.
                let language = self.search(task).language;
                memory::words_in(
                    &read,
                    task.terms,
                    language,
                    &mut start.moved(cut.first, &mut self.found[at]),
                );
                continue;
            }
            let functions: Vec<(u32, u16)> = memory::functions(&read).collect();
            self.counts.add(read.words(), &functions);
            if !read.tokens.is_empty() {
                self.steps[at].push(start.step(What::Strange(self.strange.len()), cut));
                self.strange.push(std::mem::take(&mut read));
            }
        }
        self.read = read;
    }

    /// Finds the watched words in the pieces that wait. No word is counted behind that may change the language.
    fn search<'a>(&mut self, task: &mut Task<'a, '_>) -> Settled<'a> {
        let settled = *task.language.get_or_insert_with(|| {
            let declared = task.document.language.and_then(language::primary);
            let language = self.counts.settle(declared);
            let slot = self.memory.language(language);
            Settled { language, slot }
        });
        let texts = [task.document.title, task.document.text];
        for (at, text) in texts.into_iter().enumerate() {
            for step in self.steps[at].drain(..) {
                let mut found = step.way.moved(step.start, &mut self.found[at]);
                match step.what {
                    What::Known(number) => {
                        let own = text.get(step.start as usize..step.end as usize).unwrap_or_default();
                        for (word, occurrence) in self.memory.words(number, own, settled.slot, task.terms) {
                            found.add(*word, *occurrence);
                        }
                    }
                    What::Strange(number) => {
                        if let Some(read) = self.strange.get(number) {
                            memory::words_in(read, task.terms, settled.language, &mut found);
                        }
                    }
                }
            }
        }
        self.strange.clear();
        settled
    }
}
