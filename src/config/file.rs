//! Exactly what the TOML says: tables and values, each with its place.
//!
//! Owns the types of values and what to write where another was found. Never knows what a key means.
// A value of another type is refused the same way, whichever it is.
#![allow(clippy::wildcard_enum_match_arm)]

use std::time::Duration;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use crate::config::errors::Place;
use crate::config::errors::Report;
use crate::config::schema::Section;
use crate::config::schema::unknown_key;
use crate::config::units;

/// A value of the file.
pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// A text and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) place: Place,
}

/// A table whose keys were checked.
#[derive(Clone)]
pub(crate) struct Table<'t> {
    pub(crate) place: Place,
    entries: &'t DeTable<'t>,
}

/// A table, or the string that stands for it.
pub(crate) enum Shape<'t> {
    Text(Text),
    Table(Table<'t>),
}

/// Reads the TOML; the first mistake of its syntax is reported: a bracket left open makes every line behind it look wrong.
pub(crate) fn parse<'t>(text: &'t str, report: &mut Report) -> DeTable<'t> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if let Some(error) = errors.first() {
        let place = error.span().unwrap_or(0..0);
        let message = error.message().trim_end().replace('\n', ", ");
        let message = match text.get(place.clone()) {
            Some(key) if message == "duplicate key" => {
                format!("{key} is written twice in one table; keep one of them")
            }
            _ if message.contains("array") => {
                format!("this is not TOML: {message}; correct this line, or close the list above it with ]")
            }
            _ => format!("this is not TOML: {message}; correct this line"),
        };
        report.error(&place, message);
    }
    table.into_inner()
}

impl<'t> Table<'t> {
    /// Opens a table; keys that `section` has not are reported.
    pub(crate) fn open(entries: &'t DeTable<'t>, place: Place, section: &Section, report: &mut Report) -> Self {
        for (key, _) in entries.iter() {
            if !section.keys.contains(&key.get_ref().as_ref()) {
                report.error(&key.span(), unknown_key(key.get_ref(), section));
            }
        }
        Self { place, entries }
    }

    /// Opens a table whose keys are checked elsewhere.
    pub(crate) fn unchecked(entries: &'t DeTable<'t>, place: Place) -> Self {
        Self { place, entries }
    }

    pub(crate) fn value(&self, key: &str) -> Option<&'t Value<'t>> {
        self.entries
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// Where the key or its value stands, else where the table does.
    pub(crate) fn place_of(&self, key: &str) -> Place {
        self.value(key).map_or_else(|| self.place.clone(), Spanned::span)
    }

    pub(crate) fn text(&self, key: &str, example: &str, report: &mut Report) -> Option<Text> {
        text_of(self.value(key)?, &format!("\"{key}\""), example, report)
    }

    pub(crate) fn flag(&self, key: &str, report: &mut Report) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            let found = found(value.get_ref());
            report.error(
                &value.span(),
                format!("\"{key}\" is {found}; write true or false, without quotes"),
            );
        }
        flag
    }

    /// A whole number from `least` to `most`.
    pub(crate) fn count(&self, key: &str, least: u64, most: u64, report: &mut Report) -> Option<u64> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(integer) => u64::from_str_radix(integer.as_str(), integer.radix()).ok(),
            // A variable of the environment is always text.
            DeValue::String(text) if value.span().is_empty() => text.parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let found = found(value.get_ref());
            report.error(
                &value.span(),
                format!("\"{key}\" is {found}; write a whole number from {least} to {most}, without quotes"),
            );
        }
        number
    }

    pub(crate) fn duration(&self, key: &str, least: Duration, report: &mut Report) -> Option<Duration> {
        let text = self.measure(key, "15m", "\"15m\", \"2h\" or \"1d\"", report)?;
        let duration = units::duration(&text.value).map_err(|reason| format!("{key} {reason}"));
        let duration = report.keep(&text.place, duration)?;
        if duration < least {
            let least = units::written(least);
            report.error(
                &text.place,
                format!("{key} \"{}\" is too short; write \"{least}\" or more", text.value),
            );
            return None;
        }
        Some(duration)
    }

    pub(crate) fn size(&self, key: &str, report: &mut Report) -> Option<u64> {
        let text = self.measure(key, "16 MiB", "\"16 MiB\" or \"500 KB\"", report)?;
        let size = units::size(&text.value).map_err(|reason| format!("{key} {reason}"));
        report.keep(&text.place, size)
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&self, key: &str, words: &[(&str, T)], report: &mut Report) -> Option<T> {
        let text = self.text(key, words.first().map_or("", |(word, _)| word), report)?;
        let chosen = words
            .iter()
            .find(|(word, _)| *word == text.value)
            .map(|(_, value)| *value);
        if chosen.is_none() {
            let all: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            report.error(
                &text.place,
                format!(
                    "\"{key}\" cannot be \"{}\"; write one of {}",
                    text.value,
                    all.join(", ")
                ),
            );
        }
        chosen
    }

    /// A list of strings; one string stands for a list of one.
    pub(crate) fn texts(&self, key: &str, example: &str, report: &mut Report) -> Option<Vec<Text>> {
        let value = self.value(key)?;
        Some(texts_of(value, key, example, report))
    }

    /// A table, or the string that stands for it.
    pub(crate) fn shape(&self, key: &str, section: &Section, report: &mut Report) -> Option<Shape<'t>> {
        shape_of(self.value(key)?, key, section, report)
    }

    /// A list of tables, or of the strings that stand for them; one stands for a list of one.
    pub(crate) fn shapes(&self, key: &str, section: &Section, report: &mut Report) -> Vec<Shape<'t>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        match value.get_ref() {
            DeValue::Array(items) => items
                .iter()
                .filter_map(|item| shape_of(item, key, section, report))
                .collect(),
            _ => shape_of(value, key, section, report).into_iter().collect(),
        }
    }

    /// A table; nothing stands for it.
    pub(crate) fn table(&self, key: &str, section: &Section, report: &mut Report) -> Option<Table<'t>> {
        match self.shape(key, section, report)? {
            Shape::Table(table) => Some(table),
            Shape::Text(text) => {
                report.error(&text.place, format!("\"{key}\" is a string; write a table: [{key}]"));
                None
            }
        }
    }

    /// A table whose keys the user chose.
    pub(crate) fn free_table(&self, key: &str, example: &str, report: &mut Report) -> Vec<(Text, &'t Value<'t>)> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(entries) = value.get_ref().as_table() else {
            let found = found(value.get_ref());
            report.error(
                &value.span(),
                format!("\"{key}\" is {found}; write a table such as {example}"),
            );
            return Vec::new();
        };
        entries
            .iter()
            .map(|(name, value)| {
                let name = Text {
                    value: name.get_ref().to_string(),
                    place: name.span(),
                };
                (name, value)
            })
            .collect()
    }

    fn measure(&self, key: &str, example: &str, examples: &str, report: &mut Report) -> Option<Text> {
        let value = self.value(key)?;
        if let DeValue::Integer(number) = value.get_ref() {
            report.error(&value.span(), format!("{key} {number} has no unit; write {examples}"));
            return None;
        }
        text_of(value, &format!("\"{key}\""), example, report)
    }
}

/// The text of a value that must be one.
pub(crate) fn text_of(value: &Value<'_>, what: &str, example: &str, report: &mut Report) -> Option<Text> {
    let Some(text) = value.get_ref().as_str() else {
        let found = found(value.get_ref());
        report.error(
            &value.span(),
            format!("{what} is {found}; write a string such as \"{example}\""),
        );
        return None;
    };
    if text.trim().is_empty() {
        report.error(
            &value.span(),
            format!("{what} is empty; write something such as \"{example}\", or remove it"),
        );
        return None;
    }
    Some(Text {
        value: text.to_owned(),
        place: value.span(),
    })
}

/// The texts of a list; one string stands for a list of one.
pub(crate) fn texts_of(value: &Value<'_>, key: &str, example: &str, report: &mut Report) -> Vec<Text> {
    let what = format!("\"{key}\"");
    match value.get_ref() {
        DeValue::Array(items) => items
            .iter()
            .filter_map(|item| text_of(item, &what, example, report))
            .collect(),
        _ => text_of(value, &what, example, report).into_iter().collect(),
    }
}

fn shape_of<'t>(value: &'t Value<'t>, key: &str, section: &Section, report: &mut Report) -> Option<Shape<'t>> {
    match value.get_ref() {
        DeValue::Table(entries) => Some(Shape::Table(Table::open(entries, value.span(), section, report))),
        DeValue::String(_) => text_of(value, &format!("\"{key}\""), "...", report).map(Shape::Text),
        other => {
            let found = found(other);
            report.error(
                &value.span(),
                format!(
                    "\"{key}\" cannot hold {found}; write a string, or a table with: {}",
                    section.keys.join(", ")
                ),
            );
            None
        }
    }
}

/// What stands there, for a message.
fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the string \"{text}\""),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => format!("the date {time}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
