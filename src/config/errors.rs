//! What is wrong in a configuration, all of it at once, each with its place.
//!
//! Owns the list of errors and warnings while a file is read. Never decides what is wrong.

use std::fmt::Display;
use std::fmt::Formatter;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;

/// One mistake: where, what, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, or `environment` and the variable's name.
    pub place: String,
    /// Line and column, counted from 1, the column in characters.
    pub position: Option<(usize, usize)>,
    /// What is wrong; what to write.
    pub message: String,
}

impl Display for ConfigError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.position {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.place, self.message),
            None => write!(f, "{}: {}", self.place, self.message),
        }
    }
}

/// Every mistake of a configuration, in the order of the file; never empty. Prints one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl ConfigErrors {
    /// One mistake without a line.
    pub(crate) fn one(place: impl Display, message: impl Into<String>) -> Self {
        Self(vec![ConfigError {
            place: place.to_string(),
            position: None,
            message: message.into(),
        }])
    }
}

impl Display for ConfigErrors {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// A place in the file, in bytes. Places of environment variables lie behind every file, see [`Report::variable`].
pub(crate) type Place = Range<usize>;

/// Where the places of environment variables begin: no file is that long.
const VARIABLES_BEGIN: usize = usize::MAX / 2;

/// Gathers what is wrong while one file is read.
pub(crate) struct Report {
    path: PathBuf,
    text: String,
    variables: Vec<String>,
    errors: Vec<(usize, ConfigError)>,
    warnings: Vec<(usize, ConfigError)>,
}

impl Report {
    pub(crate) fn new(path: &Path, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            variables: Vec::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The file that is read.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that relative paths in the file start from.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// A place that stands for an environment variable.
    pub(crate) fn variable(&mut self, name: &str) -> Place {
        self.variables.push(name.to_owned());
        let at = VARIABLES_BEGIN + self.variables.len() - 1;
        at..at
    }

    pub(crate) fn error(&mut self, place: &Place, message: impl Into<String>) {
        let error = self.locate(place, message.into());
        self.errors.push((place.start, error));
    }

    pub(crate) fn warn(&mut self, place: &Place, message: impl Into<String>) {
        let warning = self.locate(place, message.into());
        self.warnings.push((place.start, warning));
    }

    /// Reports the error, if there is one.
    pub(crate) fn keep<T>(&mut self, place: &Place, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.error(place, message)).ok()
    }

    /// The warnings, where there is no error.
    pub(crate) fn finish(self) -> Result<Vec<String>, ConfigErrors> {
        if self.errors.is_empty() {
            return Ok(in_order(self.warnings).iter().map(ConfigError::to_string).collect());
        }
        Err(self.into_errors())
    }

    /// The errors, of which there are some.
    pub(crate) fn into_errors(self) -> ConfigErrors {
        ConfigErrors(in_order(self.errors))
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    fn locate(&self, place: &Place, message: String) -> ConfigError {
        if let Some(name) = place
            .start
            .checked_sub(VARIABLES_BEGIN)
            .and_then(|at| self.variables.get(at))
        {
            return ConfigError {
                place: format!("environment {name}"),
                position: None,
                message,
            };
        }
        ConfigError {
            place: self.path.display().to_string(),
            position: Some(position(&self.text, place.start)),
            message,
        }
    }
}

/// Line and column of a byte of `text`, both from 1.
pub(crate) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..byte.min(text.len())];
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    // Bytes that continue a character (10xxxxxx) are no columns.
    let column = before[line_start..].iter().filter(|b| **b & 0xC0 != 0x80).count() + 1;
    (line, column)
}

fn in_order(mut located: Vec<(usize, ConfigError)>) -> Vec<ConfigError> {
    located.sort_by_key(|(start, _)| *start);
    located.into_iter().map(|(_, error)| error).collect()
}
