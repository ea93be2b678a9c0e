//! What mails are written with: two templates for the parts, one for the subject, and words in every language.
//!
//! Ours travel in the program; a user's stand over them, one by one, once they were tried. Never reads a file.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;

use minijinja::AutoEscape;
use minijinja::Environment;
use minijinja::Output;
use minijinja::State;
use minijinja::UndefinedBehavior;
use minijinja::Value;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::value::ValueKind;
use serde::Serialize;

use crate::digest::render;
use crate::digest::render::wrap;
use crate::digest::words::DEFAULT_LANGUAGE;
use crate::digest::words::LANGUAGES;
use crate::digest::words::Words;

/// The templates' names, and ours.
const OURS: [(&str, &str); 3] = [
    (HTML, include_str!("templates/digest.html")),
    (TEXT, include_str!("templates/digest.txt")),
    (SUBJECT, include_str!("templates/subject.txt")),
];
/// The template of the HTML part.
pub(super) const HTML: &str = "digest.html";
/// The template of the text part.
pub(super) const TEXT: &str = "digest.txt";
/// The template of the subject.
pub(super) const SUBJECT: &str = "subject.txt";

/// The templates and words of the mails. A value that exists was tried, or is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    sources: BTreeMap<&'static str, String>,
    words: BTreeMap<String, Words>,
}

/// A template or a file of words that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct TemplateError {
    /// Which: `digest.html`, `jv.toml`.
    pub name: String,
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.name, self.message),
            None => write!(f, "{}: {}", self.name, self.message),
        }
    }
}

impl Default for Templates {
    /// Ours.
    fn default() -> Self {
        let words = |(language, file): &(&str, &str)| {
            let words = Words::parse(file).expect("a test reads every file of words");
            ((*language).to_owned(), words)
        };
        Self {
            sources: OURS.map(|(name, source)| (name, source.to_owned())).into(),
            words: LANGUAGES.iter().map(words).collect(),
        }
    }
}

impl Templates {
    /// Ours, with those of a user over them: (file name, content). `LANGUAGE.toml` is a file of words, the others are templates.
    ///
    /// # Errors
    /// For every file that has no known name, cannot be read as what it is, or fails on a mail that it must be able to write.
    pub fn with_files(files: &[(String, String)]) -> Result<Self, Vec<TemplateError>> {
        let mut templates = Self::default();
        let mut errors: Vec<TemplateError> = Vec::new();
        for (name, content) in files {
            errors.extend(templates.set(name, content).err());
        }
        if errors.is_empty() {
            errors.extend(render::trial(&templates).err());
        }
        if errors.is_empty() { Ok(templates) } else { Err(errors) }
    }

    fn set(&mut self, name: &str, content: &str) -> Result<(), TemplateError> {
        let error = |line, message| TemplateError {
            name: name.to_owned(),
            line,
            message,
        };
        if let Some(language) = name.strip_suffix(".toml") {
            let words = Words::parse(content).map_err(|(line, message)| error(Some(line), message))?;
            self.words.insert(language.to_owned(), words);
            return Ok(());
        }
        let Some((known, _)) = OURS.iter().find(|(known, _)| *known == name) else {
            let names = OURS.map(|(name, _)| name).join(", ");
            let message =
                format!("no template has this name; call it one of {names}, or LANGUAGE.toml for words, or remove it");
            return Err(error(None, message));
        };
        self.sources.insert(known, content.to_owned());
        Ok(())
    }

    /// The languages that mails can be written in, the default first.
    pub fn languages(&self) -> Vec<&str> {
        let others = self
            .words
            .keys()
            .map(String::as_str)
            .filter(|language| *language != DEFAULT_LANGUAGE);
        std::iter::once(DEFAULT_LANGUAGE).chain(others).collect()
    }

    /// The words of `language`; the default's where there are none.
    pub(super) fn words(&self, language: &str) -> &Words {
        self.words
            .get(language)
            .or_else(|| self.words.get(DEFAULT_LANGUAGE))
            .expect("the default language is always there")
    }

    /// The templates, compiled.
    ///
    /// # Errors
    /// When one is no template.
    pub(super) fn compiled(&self) -> Result<Compiled<'_>, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_formatter(write_escaped);
        environment.add_filter("wrap", |text: String, first: Option<String>, next: Option<String>| {
            wrap::wrapped(&text, &first.unwrap_or_default(), &next.unwrap_or_default())
        });
        environment.add_filter("isolated", |text: String| wrap::isolated(&text));
        environment.add_filter("underline", |text: String, mark: String| wrap::underline(&text, &mark));
        environment.add_filter("breakable", |text: String| wrap::breakable(&text));
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| located("syntax", &error))?);
        for (name, source) in &self.sources {
            environment
                .add_template(name, source)
                .map_err(|error| located(name, &error))?;
        }
        Ok(Compiled(environment))
    }
}

/// Templates ready to write.
pub(super) struct Compiled<'t>(Environment<'t>);

impl Compiled<'_> {
    /// Fills the template `name` with `page`.
    ///
    /// # Errors
    /// When the template asks for what the page has not.
    pub(super) fn fill(&self, name: &str, page: &impl Serialize) -> Result<String, TemplateError> {
        let template = self.0.get_template(name).map_err(|error| located(name, &error))?;
        template.render(Serde(page)).map_err(|error| located(name, &error))
    }
}

fn located(name: &str, error: &minijinja::Error) -> TemplateError {
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    TemplateError {
        name: error.name().unwrap_or(name).to_owned(),
        line: error.line(),
        message: format!("{}{detail}", error.kind()),
    }
}

/// Escapes what HTML needs and no more: the engine's own escaping spells every "/" of an address with six characters.
fn write_escaped(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    let text = match (state.auto_escape(), value.kind()) {
        (AutoEscape::Html, ValueKind::String) if !value.is_safe() => value.as_str(),
        _ => None,
    };
    let Some(text) = text else {
        return minijinja::escape_formatter(out, state, value);
    };
    for character in text.chars() {
        let written = match character {
            '&' => out.write_str("&amp;"),
            '<' => out.write_str("&lt;"),
            '>' => out.write_str("&gt;"),
            '"' => out.write_str("&quot;"),
            '\'' => out.write_str("&#39;"),
            other => out.write_char(other),
        };
        written.map_err(minijinja::Error::from)?;
    }
    Ok(())
}
