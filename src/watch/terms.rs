//! Terms of queries as the words that make them up, each known once.
//!
//! Owns the table of words and terms over all watches, and the trees that find them in a text. Never reads a document.

use std::collections::HashMap;

use crate::watch::endings;
use crate::watch::fold::Letter;
use crate::watch::fold::Script;
use crate::watch::quick::Quick;
use crate::watch::sieve::Sieve;
use crate::watch::syntax::Form;
use crate::watch::syntax::Shape;
use crate::watch::syntax::Term;
use crate::watch::tokens::Tokens;
use crate::watch::tokens::tokenise_term;
use crate::watch::words::Capitals;
use crate::watch::words::Marks;
use crate::watch::words::Pattern;

/// Letters of one word in a script without spaces; longer ones are cut, which keeps a search linear.
const RUN_LETTERS_MAX: usize = 16;
/// Letters of other words that are compared; no language writes a longer name in one word.
const WORD_LETTERS_MAX: usize = 100;
/// Letters from which a Vietnamese word alone may lose its marks: "Mỹ" is not "my", while "Nguyễn" is "Nguyen".
const BARE_LETTERS_MIN: usize = 4;
/// Letters that are written differently without marks: German and Nordic passports, and Vietnamese tone places.
const RESPELLINGS: &[(&str, &str)] = &[("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "oe"), ("å", "aa")];
/// Old and new places of the tone in Vietnamese.
const TONES: &[(&str, &str)] = &[
    ("òa", "oà"),
    ("óa", "oá"),
    ("ỏa", "oả"),
    ("õa", "oã"),
    ("ọa", "oạ"),
    ("òe", "oè"),
    ("óe", "oé"),
    ("ỏe", "oẻ"),
    ("õe", "oẽ"),
    ("ọe", "oẹ"),
    ("ùy", "uỳ"),
    ("úy", "uý"),
    ("ủy", "uỷ"),
    ("ũy", "uỹ"),
    ("ụy", "uỵ"),
];

/// How the words of a term follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Joint {
    /// Next words, whatever sign stands between.
    Phrase,
    /// Nothing, or one sign or space between.
    Glue,
}

/// What stands beside a word in its term; it decides how strict its spelling is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Company {
    Alone,
    InPhrase,
    Glued,
}

/// A term: its words in order.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    pub(crate) words: Vec<u32>,
    pub(crate) joint: Joint,
}

/// Every word and term of all watches.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    pub(crate) patterns: Vec<Pattern>,
    /// The word that each pattern spells.
    pub(crate) word_of: Vec<u32>,
    pub(crate) sequences: Vec<Sequence>,
    lengths: Vec<usize>,
    /// How many sequences have each word.
    uses: Vec<u32>,
    known: HashMap<Term, usize, Quick>,
    known_words: HashMap<(String, Form, bool, bool, Company), u32, Quick>,
    /// Patterns that begin where words begin.
    pub(crate) starts: Tree,
    /// Patterns that may begin at any letter of a run.
    pub(crate) runs: Tree,
    /// Patterns with a star at the start.
    pub(crate) middles: Tree,
    /// What begins no pattern of `starts`; made by [`Terms::finish`].
    pub(crate) sieve: Sieve,
}

impl Terms {
    /// The number of `term`, added where it is new.
    pub(crate) fn add(&mut self, term: &Term) -> usize {
        if let Some(known) = self.known.get(term) {
            return *known;
        }
        let read = tokenise_term(&term.text);
        let joint = match term.shape {
            Shape::Phrase => Joint::Phrase,
            Shape::Word => Joint::Glue,
        };
        let parts = parts(&read);
        let count = parts.len();
        let company = match joint {
            _ if count == 1 => Company::Alone,
            Joint::Phrase => Company::InPhrase,
            Joint::Glue => Company::Glued,
        };
        let words: Vec<u32> = parts
            .iter()
            .enumerate()
            .map(|(i, (letters, script))| {
                let stars = (term.open_start && i == 0, term.open_end && i + 1 == count);
                self.word(letters, *script, term.form, stars, company)
            })
            .collect();
        for word in &words {
            self.uses[*word as usize] += 1;
        }
        let id = self.sequences.len();
        self.sequences.push(Sequence { words, joint });
        self.known.insert(term.clone(), id);
        id
    }

    /// Letters of a word.
    pub(crate) fn length(&self, word: u32) -> usize {
        self.lengths.get(word as usize).copied().unwrap_or(0)
    }

    /// How many terms have a word.
    pub(crate) fn uses(&self, word: u32) -> u32 {
        self.uses.get(word as usize).copied().unwrap_or(0)
    }

    /// How many words there are.
    pub(crate) fn word_count(&self) -> usize {
        self.lengths.len()
    }

    /// Gives back what only adding needs.
    pub(crate) fn finish(&mut self) {
        self.known = HashMap::default();
        self.known_words = HashMap::default();
        // A pattern with a star at the start may be in any word: then nothing falls through.
        if self.middles.is_empty() {
            self.sieve.finish();
        }
    }

    fn word(&mut self, letters: &[Letter], script: Script, form: Form, stars: (bool, bool), company: Company) -> u32 {
        let spelled = letters
            .iter()
            .map(|letter| {
                if letter.is_upper {
                    format!("^{}", letter.marked)
                } else {
                    letter.marked.to_string()
                }
            })
            .collect();
        let key = (spelled, form, stars.0, stars.1, company);
        if let Some(known) = self.known_words.get(&key) {
            return *known;
        }
        let word = u32::try_from(self.lengths.len()).unwrap_or(u32::MAX);
        self.lengths.push(letters.len());
        self.uses.push(0);
        self.known_words.insert(key, word);
        for spelling in spellings(letters, form) {
            let mut pattern = Pattern::new(spelling, script, form, stars);
            // Parts of "COVID-19" and "F-16" are no acronyms of their own: newspapers write "Covid-19" and "covid-19".
            if company == Company::Glued && matches!(pattern.capitals, Capitals::Acronym | Capitals::LongAcronym) {
                pattern.capitals = Capitals::Initial;
            }
            if company == Company::Alone && letters.len() < BARE_LETTERS_MIN && letters.iter().any(is_vietnamese) {
                pattern.marks = Marks::Kept;
            }
            self.insert(pattern, word);
        }
        word
    }

    fn insert(&mut self, pattern: Pattern, word: u32) {
        let id = self.patterns.len();
        let tree = if pattern.script.is_unsegmented() {
            &mut self.runs
        } else if pattern.open_start {
            &mut self.middles
        } else {
            &mut self.starts
        };
        for depth in pattern.depths() {
            tree.insert(&pattern.letters[..depth], id);
        }
        if !pattern.script.is_unsegmented() && !pattern.open_start {
            self.sift(&pattern);
        }
        self.patterns.push(pattern);
        self.word_of.push(word);
    }
}

impl Terms {
    /// Makes the sieve keep the forms of a pattern that begins where words begin.
    fn sift(&mut self, pattern: &Pattern) {
        let bare = |letters: &[Letter]| letters.iter().map(|letter| letter.bare).collect::<Vec<char>>();
        for depth in pattern.depths() {
            let mut stem = bare(&pattern.letters[..depth]);
            if depth == pattern.letters.len() {
                self.sieve.add(&stem);
                continue;
            }
            for beginning in endings::beginnings(&pattern.letters, depth) {
                stem.truncate(depth);
                stem.extend(beginning.chars());
                self.sieve.add(&stem);
            }
        }
    }
}

/// Whether only Vietnamese writes this letter.
fn is_vietnamese(letter: &Letter) -> bool {
    matches!(letter.marked, '\u{1ea0}'..='\u{1ef9}' | 'ơ' | 'ư' | 'ũ' | 'ĩ' | 'đ')
}

/// The words of a term; long ones in pieces.
fn parts(read: &Tokens) -> Vec<(Vec<Letter>, Script)> {
    let mut out = Vec::new();
    for token in &read.tokens {
        let letters = &read.letters[token.first..token.last];
        if token.script.is_unsegmented() {
            out.extend(
                letters
                    .chunks(RUN_LETTERS_MAX)
                    .map(|chunk| (chunk.to_vec(), token.script)),
            );
        } else {
            out.push((letters[..letters.len().min(WORD_LETTERS_MAX)].to_vec(), token.script));
        }
    }
    out
}

/// The word itself and its other usual spellings.
fn spellings(letters: &[Letter], form: Form) -> Vec<Vec<Letter>> {
    let mut out = vec![letters.to_vec()];
    if form == Form::Exact {
        return out;
    }
    let marked: String = letters.iter().map(|letter| letter.marked).collect();
    let mut respelled = vec![marked.clone(); 4];
    for (one, two) in RESPELLINGS {
        respelled[0] = respelled[0].replace(one, two);
        respelled[1] = respelled[1].replace(two, one);
    }
    for (old, new) in TONES {
        respelled[2] = respelled[2].replace(old, new);
        respelled[3] = respelled[3].replace(new, old);
    }
    // The article and "for" melt into one in Arabic: للصين.
    if let Some(rest) = marked.strip_prefix("ال").filter(|rest| rest.chars().count() > 2) {
        respelled.push(format!("لل{rest}"));
    }
    let is_initial = letters.first().is_some_and(|letter| letter.is_upper);
    for text in respelled {
        if text == marked {
            continue;
        }
        let shown: String = text
            .chars()
            .enumerate()
            .flat_map(|(i, c)| {
                if i == 0 && is_initial {
                    c.to_uppercase().collect()
                } else {
                    vec![c]
                }
            })
            .collect();
        let read = tokenise_term(&shown);
        if read.tokens.len() == 1 && !out.contains(&read.letters) {
            out.push(read.letters);
        }
    }
    out
}

/// A tree of letters: walking it along a text finds every pattern that begins there.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// From a node that has several next ones by a letter, both in one number: it is hashed at once.
    next: HashMap<u64, u32, Quick>,
}

#[derive(Debug, Default)]
struct Node {
    next: Next,
    patterns: Vec<usize>,
}

/// Where to go from a node. Behind the first letters of a word there is mostly one way.
#[derive(Clone, Copy, Debug, Default)]
enum Next {
    #[default]
    None,
    One(char, u32),
    Many,
}

fn step(node: u32, letter: char) -> u64 {
    u64::from(node) << 32 | u64::from(letter)
}

impl Tree {
    fn insert(&mut self, letters: &[Letter], pattern: usize) {
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut node = 0;
        for letter in letters {
            node = self
                .follow(node, letter.bare)
                .unwrap_or_else(|| self.grow(node, letter.bare));
        }
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.patterns.push(pattern);
        }
    }

    fn follow(&self, node: u32, letter: char) -> Option<u32> {
        match self.nodes.get(node as usize)?.next {
            Next::None => None,
            Next::One(only, next) => (only == letter).then_some(next),
            Next::Many => self.next.get(&step(node, letter)).copied(),
        }
    }

    /// Adds a node behind `node` by `letter`, where there is none.
    fn grow(&mut self, node: u32, letter: char) -> u32 {
        let fresh = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node::default());
        let next = &mut self.nodes[node as usize].next;
        match *next {
            Next::None => *next = Next::One(letter, fresh),
            Next::One(only, first) => {
                *next = Next::Many;
                self.next.insert(step(node, only), first);
                self.next.insert(step(node, letter), fresh);
            }
            Next::Many => {
                self.next.insert(step(node, letter), fresh);
            }
        }
        fresh
    }

    /// Whether nothing can be found.
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Calls `found` with every pattern that has a stem at the start of `letters`, and the length of that stem.
    pub(crate) fn walk(&self, letters: &[Letter], mut found: impl FnMut(usize, usize)) {
        let (mut at, mut node) = (0, self.nodes.first());
        for (i, letter) in letters.iter().enumerate() {
            let next = match node.map_or(Next::None, |node| node.next) {
                Next::One(only, next) if only == letter.bare => next,
                Next::None | Next::One(..) => return,
                Next::Many => match self.next.get(&step(at, letter.bare)) {
                    Some(next) => *next,
                    None => return,
                },
            };
            (at, node) = (next, self.nodes.get(next as usize));
            for pattern in node.map_or(&[][..], |node| &node.patterns) {
                found(*pattern, i + 1);
            }
        }
    }
}
