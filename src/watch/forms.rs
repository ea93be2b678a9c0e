//! The forms in which the words of a query are found, for showing them to people.
//!
//! Owns examples, not rules: what matches is decided in `words`.

use serde::Deserialize;
use serde::Serialize;

use crate::watch::endings;
use crate::watch::fold::Letter;
use crate::watch::fold::Script;
use crate::watch::language;
use crate::watch::query::Query;
use crate::watch::syntax::Expr;
use crate::watch::syntax::Form;
use crate::watch::tokens::tokenise_term;
use crate::watch::words::Capitals;
use crate::watch::words::Pattern;

pub use crate::watch::language::primary;

/// Prefixes or particles that stand for all of their kind.
const ATTACHMENTS_SHOWN_MAX: usize = 6;

/// A word of a query and other forms that count as it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordForms {
    /// As written.
    pub word: String,
    /// Other forms; marks and case aside.
    pub forms: Vec<String>,
}

/// Other forms of each word of `query` in texts of `languages`; words that have none are left out.
pub fn forms(query: &Query, languages: &[&str]) -> Vec<WordForms> {
    let mut out: Vec<WordForms> = Vec::new();
    for leaf in query.expr().leaves() {
        let Expr::Term(term) = leaf else { continue };
        if term.form == Form::Exact || term.open_start || term.open_end {
            continue;
        }
        let read = tokenise_term(&term.text);
        for token in &read.tokens {
            let letters = read.letters[token.first..token.last].to_vec();
            let word = spelled(&letters);
            if out.iter().any(|known| known.word == word) {
                continue;
            }
            let forms = forms_of(letters, token.script, languages);
            if !forms.is_empty() {
                out.push(WordForms { word, forms });
            }
        }
    }
    out
}

fn forms_of(letters: Vec<Letter>, script: Script, languages: &[&str]) -> Vec<String> {
    let pattern = Pattern::new(letters, script, Form::Any, (false, false));
    let mut out = attached(&pattern, script);
    let word = spelled(&pattern.letters);
    for stem in pattern.depths().into_iter().rev() {
        let stays = spelled(&pattern.letters[..stem]);
        for language in languages.iter().map(|language| Some(*language)).chain([None]) {
            for (written, ending) in endings::shown(&pattern.letters, stem, language) {
                let form = format!("{stays}{ending}");
                if pattern.may_inflect(written) && form != word && !out.contains(&form) {
                    out.push(form);
                }
            }
        }
    }
    out
}

fn attached(pattern: &Pattern, script: Script) -> Vec<String> {
    let word = spelled(&pattern.letters);
    let first = |kind| language::attachments(kind).take(ATTACHMENTS_SHOWN_MAX);
    match script {
        Script::Spaced if pattern.capitals == Capitals::None || pattern.letters.len() < 2 => Vec::new(),
        Script::Spaced if pattern.letters.iter().any(|letter| letter.bare.is_ascii_lowercase()) => {
            vec![format!("{word}'s"), format!("l'{word}")]
        }
        Script::Arabic => first("arabic").map(|prefix| format!("{prefix}{word}")).collect(),
        Script::Hebrew => first("hebrew").map(|prefix| format!("{prefix}{word}")).collect(),
        Script::Hangul => first("korean").map(|particle| format!("{word}{particle}")).collect(),
        Script::Spaced | Script::Digit | Script::Han | Script::Kana | Script::Thai => Vec::new(),
    }
}

fn spelled(letters: &[Letter]) -> String {
    let shown = |letter: &Letter| -> Vec<char> {
        if letter.is_upper {
            letter.marked.to_uppercase().collect()
        } else {
            vec![letter.marked]
        }
    };
    letters.iter().flat_map(shown).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use crate::watch::Document;
    use crate::watch::Matcher;
    use crate::watch::Query;
    use crate::watch::forms::forms;

    #[test]
    fn every_form_that_is_shown_is_found() {
        for (query, language) in [
            ("Путин", "ru"),
            ("Зеленський", "uk"),
            ("Warszawa", "pl"),
            ("drone", "en"),
            ("بوتين", "ar"),
            ("נתניהו", "he"),
            ("푸틴", "ko"),
            ("banjir", "id"),
            ("Helsinki", "fi"),
            ("\"Joe Biden\"", "cs"),
        ] {
            let query = Query::parse(query, &BTreeMap::new()).unwrap();
            let shown = forms(&query, &[language]);
            assert!(shown.iter().all(|word| !word.forms.is_empty()), "{query}: {shown:?}");
            for word in &shown {
                for form in &word.forms {
                    let one = Query::parse(&format!("\"{}\"", word.word), &BTreeMap::new()).unwrap();
                    let document = Document {
                        title: form,
                        text: "",
                        language: Some(language),
                        link: None,
                        feed: "",
                        author: None,
                        tags: &[],
                    };
                    assert!(!Matcher::new([one]).find(&document).is_empty(), "{query}: {form}");
                }
            }
        }
    }
}
