//! The process around us: its variables and its working directory.
//!
//! A seam, so that tests name their own. Owns how `KABAR_*` variables stand over the file. Never reads a setting's meaning.
// Only tables can be looked into; what else stands there is refused later.
#![allow(clippy::wildcard_enum_match_arm)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use crate::config::errors::Report;
use crate::config::schema::OVERRIDABLE;

/// Variables that mean something, but are no setting of the file.
const OTHER_VARIABLES: [&str; 3] = ["KABAR_CONFIG", "KABAR_SMTP_PASSWORD", "KABAR_LOG"];

/// Variables and working directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The variables that are valid UTF-8.
    pub variables: BTreeMap<String, String>,
    /// The working directory.
    pub directory: PathBuf,
}

impl Environment {
    /// What this process was started with.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            variables,
            directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
        }
    }

    /// The variable's value, unless it is empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The folder that an XDG variable names (only where it is absolute, as the specification asks), else one in the home folder.
    pub(crate) fn xdg(&self, variable: &str, in_home: &str) -> Option<PathBuf> {
        let named = self
            .variable(variable)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        named.or_else(|| Some(PathBuf::from(self.variable("HOME")?).join(in_home)))
    }
}

/// Lays `KABAR_POLLING_HOST_GAP` over `host_gap` of `[polling]`, and so on for every single value.
pub(crate) fn overlay(root: &mut DeTable<'_>, environment: &Environment, report: &mut Report) {
    for (name, value) in &environment.variables {
        if !name.starts_with("KABAR_") || OTHER_VARIABLES.contains(&name.as_str()) || value.is_empty() {
            continue;
        }
        let place = report.variable(name);
        let Some((table, key)) = setting_of(name) else {
            report.warn(
                &place,
                "names no setting of kabar; unset it, or name it KABAR_TABLE_KEY",
            );
            continue;
        };
        let mut value = value.clone();
        if key == "state" {
            value = environment.directory.join(&value).display().to_string();
        }
        let value = Spanned::new(place.clone(), value_of(value));
        match table {
            "" => replace(root, key, value),
            table => match entry(root, table) {
                Some(inner) => replace(inner, key, value),
                None => {
                    let mut inner = DeTable::new();
                    replace(&mut inner, key, value);
                    replace(root, table, Spanned::new(place, DeValue::Table(inner)));
                }
            },
        }
    }
}

fn setting_of(variable: &str) -> Option<(&'static str, &'static str)> {
    OVERRIDABLE.iter().copied().find(|(table, key)| {
        let path = if table.is_empty() {
            format!("KABAR_{key}")
        } else {
            format!("KABAR_{table}_{key}")
        };
        path.eq_ignore_ascii_case(variable)
    })
}

/// Text, except for true and false; numbers are read where one is expected.
fn value_of(text: String) -> DeValue<'static> {
    match text.as_str() {
        "true" => DeValue::Boolean(true),
        "false" => DeValue::Boolean(false),
        _ => DeValue::String(text.into()),
    }
}

fn entry<'t, 'i>(root: &'t mut DeTable<'i>, table: &str) -> Option<&'t mut DeTable<'i>> {
    let (_, value) = root.iter_mut().find(|(name, _)| name.get_ref() == table)?;
    match value.get_mut() {
        DeValue::Table(inner) => Some(inner),
        _ => None,
    }
}

fn replace<'i>(table: &mut DeTable<'i>, key: &'static str, value: Spanned<DeValue<'i>>) {
    match table.iter_mut().find(|(name, _)| name.get_ref() == key) {
        Some((_, old)) => *old = value,
        None => {
            table.insert(Spanned::new(value.span(), key.into()), value);
        }
    }
}
