//! When a word of a text counts as a word of a query.
//!
//! Owns the rules of form: endings, attachments, capitals, marks, edges in scripts without spaces.
//! Never searches: callers bring a word and a place.

use std::cell::OnceCell;

use crate::watch::endings;
use crate::watch::endings::Written;
use crate::watch::fold::Letter;
use crate::watch::fold::Script;
use crate::watch::language;
use crate::watch::segments::Dictionary;
use crate::watch::syntax::Form;
use crate::watch::tokens::Token;

/// Letters below which a word takes no endings: short stems collide with other words (QUERY.md section 2, R2).
const ENDING_LETTERS_MIN: usize = 4;
/// The same in Cyrillic.
const ENDING_LETTERS_MIN_CYRILLIC: usize = 3;
/// Letters from which Arabic and Hebrew words take prefixes.
const PREFIX_LETTERS_MIN: usize = 3;
/// Syllables from which Korean words take particles.
const PARTICLE_LETTERS_MIN: usize = 2;
/// Longest Thai word that is checked for being cut out of another (R6).
const THAI_LETTERS_MAX: usize = 3;
/// Longest acronym whose text must be in capitals throughout (R4).
const ACRONYM_LETTERS_MAX: usize = 3;
/// Letters behind an apostrophe in Turkish and Azerbaijani: the longest chain of case endings in use.
const TURKISH_SUFFIX_LETTERS_MAX: usize = 10;

/// How a query's word uses capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capitals {
    None,
    Initial,
    Acronym,
    LongAcronym,
}

/// Whether a text may leave out the marks that a query has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marks {
    Kept,
    Dropped,
}

/// What kind of word a text has, for its marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bearer {
    /// Capitalised or inflected: often written without marks.
    Name,
    Plain,
}

/// One spelling of one word of a query.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) letters: Vec<Letter>,
    pub(crate) script: Script,
    pub(crate) form: Form,
    pub(crate) open_start: bool,
    pub(crate) open_end: bool,
    pub(crate) capitals: Capitals,
    pub(crate) marks: Marks,
    /// The dictionary of its script, where that has it as a word: then it must not be cut out of others (R6).
    dictionary: Option<&'static Dictionary>,
}

/// What precedes the word inside its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    Nothing,
    Elision,
    Proclitic,
    /// Any letters.
    Middle,
}

impl Pattern {
    pub(crate) fn new(letters: Vec<Letter>, script: Script, form: Form, stars: (bool, bool)) -> Self {
        let capitals = capitals(&letters);
        let is_free = stars.0 || stars.1;
        // Longer Thai words are hardly ever cut out of others, and compounds of them are many.
        let is_checked = !is_free && (script == Script::Han || letters.len() <= THAI_LETTERS_MAX);
        let dictionary = Dictionary::of(script).filter(|words| is_checked && words.has(&letters));
        Self {
            letters,
            script,
            form,
            open_start: stars.0,
            open_end: stars.1,
            capitals,
            marks: Marks::Dropped,
            dictionary,
        }
    }

    /// How many letters must be there before anything else is asked; shorter stems first.
    pub(crate) fn depths(&self) -> Vec<usize> {
        let mut out = if self.takes_endings() && self.letters.len() >= self.ending_letters_min() {
            endings::stems(&self.letters)
        } else {
            Vec::new()
        };
        out.push(self.letters.len());
        out
    }

    /// Whether the word may have other forms at all.
    pub(crate) fn takes_endings(&self) -> bool {
        self.form == Form::Any && !self.open_start && !self.open_end && !self.script.is_unsegmented()
    }

    /// Whether the token counts, given that its letters `start..start + depth` equal the first `depth` of the pattern.
    pub(crate) fn accepts(&self, word: &Place<'_>, start: usize, depth: usize, before: Before) -> bool {
        let Some(body) = word.letters.get(start..start + depth) else {
            return false;
        };
        let is_same = || {
            body.iter()
                .zip(&self.letters)
                .all(|(a, b)| a.marked == b.marked && a.is_upper == b.is_upper)
        };
        if self.script.is_unsegmented() {
            return depth == self.letters.len()
                && (self.form == Form::Any || is_same())
                && self.has_edges(word.letters, start)
                && !self.is_trapped(word.letters, start)
                && !self
                    .dictionary
                    .is_some_and(|words| word.cuts_a_word(words, start, depth));
        }
        if before == Before::Proclitic && !self.takes_prefix() || before == Before::Middle && !self.open_start {
            return false;
        }
        let rest = &word.letters[start + depth..];
        if self.form == Form::Exact {
            return depth == self.letters.len() && is_same() && (rest.is_empty() || rest[0].bare == '\'');
        }
        let first_is_upper = body.first().is_some_and(|letter| letter.is_upper);
        let bearer = if first_is_upper { Bearer::Name } else { Bearer::Plain };
        if depth == self.letters.len() && self.stands_alone(body, rest, word.language) {
            return self.marks_fit(body, word.language, bearer) && self.capitals_fit(body);
        }
        if !self.takes_endings() {
            return false;
        }
        // "laska" is no form of "łaska": what has all its letters is the word itself, or another one.
        if are_spelled_alike(rest, &self.letters[depth..]) {
            return false;
        }
        let rest: String = rest.iter().map(|letter| letter.bare).collect();
        endings::conditions(&self.letters, depth, &rest, word.language)
            .any(|written| self.may_inflect(written) && (written == Written::Any || self.is_capital_kept(body)))
            && self.marks_fit(body, word.language, Bearer::Name)
    }

    /// Whether a word of this length and these capitals takes endings of this kind (R2).
    pub(crate) fn may_inflect(&self, written: Written) -> bool {
        let min = self.ending_letters_min();
        match written {
            Written::All => self.letters.len() >= min && self.capitals != Capitals::Acronym,
            Written::Lower => self.letters.len() >= min && self.capitals == Capitals::None,
            Written::Any => self.letters.len() >= PARTICLE_LETTERS_MIN,
        }
    }

    /// Letters below which the word takes no endings but particles; those drop no letter (tested beside the table).
    fn ending_letters_min(&self) -> usize {
        match self.letters.last() {
            Some(last) if endings::is_cyrillic(last.bare) => ENDING_LETTERS_MIN_CYRILLIC,
            _ => ENDING_LETTERS_MIN,
        }
    }

    /// Inflected names keep their capital (R3).
    fn is_capital_kept(&self, body: &[Letter]) -> bool {
        self.capitals == Capitals::None || body.first().is_some_and(|letter| letter.is_upper)
    }

    fn takes_prefix(&self) -> bool {
        self.form == Form::Any && self.letters.len() >= PREFIX_LETTERS_MIN
    }

    /// Whether what follows the whole word is nothing or an attachment.
    fn stands_alone(&self, body: &[Letter], rest: &[Letter], language: Option<&str>) -> bool {
        if rest.is_empty() || self.open_end {
            return true;
        }
        let text: String = rest.iter().map(|letter| letter.bare).collect();
        if let Some(suffix) = text.strip_prefix('\'') {
            return self.takes_after_apostrophe(body, suffix, language);
        }
        match self.script {
            Script::Hangul => self.letters.len() >= PARTICLE_LETTERS_MIN && language::is_korean_tail(&text),
            Script::Spaced => {
                let is_acronym = matches!(self.capitals, Capitals::Acronym | Capitals::LongAcronym);
                is_acronym && self.letters.len() > 1 && text == "s" && !rest[0].is_upper
            }
            Script::Arabic | Script::Hebrew | Script::Digit | Script::Han | Script::Kana | Script::Thai => false,
        }
    }

    fn takes_after_apostrophe(&self, body: &[Letter], suffix: &str, language: Option<&str>) -> bool {
        if language::is_attachment("apostrophe", suffix) {
            return true;
        }
        let is_name = body.first().is_some_and(|letter| letter.is_upper);
        let is_short = suffix.chars().count() <= TURKISH_SUFFIX_LETTERS_MAX;
        match language {
            Some("tr" | "az") => is_short,
            None => is_name && is_short,
            Some(_) => is_name && language::is_attachment("apostrophe_foreign", suffix),
        }
    }

    fn capitals_fit(&self, body: &[Letter]) -> bool {
        match self.capitals {
            Capitals::None | Capitals::Initial => true,
            Capitals::Acronym => body.iter().all(|letter| letter.is_upper),
            Capitals::LongAcronym => body.first().is_some_and(|letter| letter.is_upper),
        }
    }

    /// A plain letter takes any mark; a marked one takes itself, or the bare letter where that is usual.
    fn marks_fit(&self, body: &[Letter], language: Option<&str>, bearer: Bearer) -> bool {
        body.iter().zip(&self.letters).all(|(text, own)| {
            own.marked == text.marked
                || own.marked == own.bare
                || own.marked == 'ё'
                || self.marks == Marks::Dropped
                    && text.marked == text.bare
                    && (language::is_mark_foreign(language, own.marked)
                        || bearer == Bearer::Name && language != Some("vi"))
        })
    }
}

/// Marks and case aside.
fn are_spelled_alike(one: &[Letter], other: &[Letter]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.bare == b.bare)
}

/// A token as the rules see it.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) letters: &'a [Letter],
    pub(crate) script: Script,
    pub(crate) language: Option<&'a str>,
    /// Where words end in a run of Han or Thai letters; found when first asked for, since most runs never are.
    edges: OnceCell<Vec<bool>>,
}

impl<'a> Place<'a> {
    pub(crate) fn new(letters: &'a [Letter], token: &Token, language: Option<&'a str>) -> Self {
        Self {
            letters: &letters[token.first..token.last],
            script: token.script,
            language,
            edges: OnceCell::new(),
        }
    }

    /// Whether a word of the dictionary begins before `start` or ends behind the `length` letters there.
    fn cuts_a_word(&self, words: &Dictionary, start: usize, length: usize) -> bool {
        let edges = self.edges.get_or_init(|| words.edges(self.letters));
        let is_edge = |at: usize| edges.get(at).copied().unwrap_or(true);
        !is_edge(start) || !is_edge(start + length)
    }

    /// Where a word may begin inside the token.
    pub(crate) fn starts(&self) -> impl Iterator<Item = (usize, Before)> + '_ {
        let elision = (self.script == Script::Spaced).then(|| self.behind_elision()).flatten();
        let proclitics = match self.script {
            Script::Arabic => Some("arabic"),
            Script::Hebrew => Some("hebrew"),
            Script::Spaced | Script::Hangul | Script::Digit | Script::Han | Script::Kana | Script::Thai => None,
        };
        let behind_proclitic = move |kind| {
            let lengths = 1..self.letters.len().min(PROCLITIC_LETTERS_MAX + 1);
            lengths.filter(move |length| language::is_attachment(kind, &self.head(*length)))
        };
        std::iter::once((0, Before::Nothing))
            .chain(elision.map(|at| (at, Before::Elision)))
            .chain(
                proclitics
                    .into_iter()
                    .flat_map(behind_proclitic)
                    .map(|at| (at, Before::Proclitic)),
            )
    }

    /// Where the word begins behind an elided one.
    fn behind_elision(&self) -> Option<usize> {
        let mut letters = self.letters.iter().take(ELISION_LETTERS_MAX);
        let apostrophe = letters.position(|letter| letter.bare == '\'')?;
        language::is_attachment("elision", &self.head(apostrophe)).then_some(apostrophe + 1)
    }

    fn head(&self, length: usize) -> String {
        self.letters.iter().take(length).map(|letter| letter.bare).collect()
    }
}

/// Letters before an apostrophe that can be an elided word: "qualcun'" and some.
const ELISION_LETTERS_MAX: usize = 10;
/// Letters of the longest chain of prefixes in Arabic and Hebrew.
const PROCLITIC_LETTERS_MAX: usize = 4;

fn capitals(letters: &[Letter]) -> Capitals {
    let has_case = |letter: &&Letter| letter.is_upper || letter.bare.is_lowercase();
    let uppers = letters.iter().filter(|letter| letter.is_upper).count();
    let cased = letters.iter().filter(has_case).count();
    match uppers {
        0 => Capitals::None,
        _ if uppers == cased && cased == letters.len() && letters.len() > 1 => {
            if letters.len() <= ACRONYM_LETTERS_MAX {
                Capitals::Acronym
            } else {
                Capitals::LongAcronym
            }
        }
        _ => Capitals::Initial,
    }
}
