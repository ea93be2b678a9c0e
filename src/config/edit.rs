//! Edits of the configuration file: a watch more or less, everything else as it was.
//!
//! Owns where in the TOML a watch stands and how the file is replaced. Never checks what a value means.

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;

use toml_edit::Array;
use toml_edit::ArrayOfTables;
use toml_edit::DocumentMut;
use toml_edit::InlineTable;
use toml_edit::Item;
use toml_edit::Table;
use toml_edit::TomlError;
use toml_edit::Value;

/// The key of the watches.
const WATCHES: &str = "watches";

/// A watch to add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewWatch {
    /// Its name; the query's text where none is given.
    pub name: Option<String>,
    /// What to look for.
    pub query: String,
    /// Feeds or "tag:..." it is limited to.
    pub feeds: Vec<String>,
    /// Recipients it is for; all of them where none is named.
    pub to: Vec<String>,
    /// "digest", "alert" or "both"; the default where none is given.
    pub send: Option<String>,
}

impl NewWatch {
    /// Whether the query alone says everything.
    fn is_plain(&self) -> bool {
        self.name.is_none() && self.feeds.is_empty() && self.to.is_empty() && self.send.is_none()
    }

    fn pairs(&self) -> Vec<(&'static str, Value)> {
        let list = |names: &[String]| Value::Array(names.iter().collect::<Array>());
        let mut pairs = Vec::new();
        pairs.extend(self.name.as_deref().map(|name| ("name", name.into())));
        pairs.push(("query", self.query.as_str().into()));
        pairs.extend((!self.feeds.is_empty()).then(|| ("feeds", list(&self.feeds))));
        pairs.extend((!self.to.is_empty()).then(|| ("to", list(&self.to))));
        pairs.extend(self.send.as_deref().map(|send| ("send", send.into())));
        pairs
    }
}

/// Why a file cannot be edited.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is no TOML.
    #[error("this is not TOML: {0}; correct the file first")]
    Syntax(#[from] TomlError),
    /// `watches` is something else than watches.
    #[error("`watches` is no list of watches; correct the file first")]
    Shape,
    /// No watch has the name.
    #[error("no watch is called \"{name}\"; `kabar watches list` shows their names")]
    Unknown {
        /// The name asked for.
        name: String,
    },
}

/// `text` with one watch more, behind the others.
///
/// # Errors
/// When `text` is no TOML, or its watches are something else.
pub fn with_watch(text: &str, watch: &NewWatch) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    match document.get_mut(WATCHES) {
        None if watch.is_plain() => {
            document.insert(
                WATCHES,
                Item::Value([watch.query.as_str()].into_iter().collect::<Array>().into()),
            );
        }
        None => {
            let mut tables = ArrayOfTables::new();
            tables.push(table(watch, text.is_empty()));
            document.insert(WATCHES, Item::ArrayOfTables(tables));
        }
        Some(Item::ArrayOfTables(tables)) => tables.push(table(watch, false)),
        Some(Item::Value(Value::Array(array))) => push(array, value(watch)),
        Some(Item::Value(only)) => {
            let mut array = Array::new();
            array.push(std::mem::replace(only, Value::from("")).decorated("", ""));
            push(&mut array, value(watch));
            *only = Value::Array(array).decorated(" ", "");
        }
        Some(Item::None | Item::Table(_)) => return Err(EditError::Shape),
    }
    Ok(document.to_string())
}

/// `text` without the watch called `name`; comments that stand right above it go with it.
///
/// # Errors
/// When `text` is no TOML, or has no such watch.
pub fn without_watch(text: &str, name: &str) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    let unknown = || EditError::Unknown { name: name.to_owned() };
    let is_last = match document.get_mut(WATCHES) {
        Some(Item::ArrayOfTables(tables)) => {
            let at = tables
                .iter()
                .position(|table| is_called(table.get("name"), table.get("query"), name));
            let at = at.ok_or_else(unknown)?;
            let kept = tables.get(at).map(detached).unwrap_or_default();
            tables.remove(at);
            if let Some(next) = tables.get_mut(at) {
                prepend(next, &kept);
            } else {
                document.set_trailing(format!("{kept}{}", document.trailing().as_str().unwrap_or_default()));
            }
            document
                .get(WATCHES)
                .and_then(Item::as_array_of_tables)
                .is_some_and(ArrayOfTables::is_empty)
        }
        Some(Item::Value(Value::Array(array))) => {
            let at = array
                .iter()
                .position(|value| is_value_called(value, name))
                .ok_or_else(unknown)?;
            remove(array, at);
            array.is_empty()
        }
        Some(Item::Value(value)) if is_value_called(value, name) => true,
        Some(Item::None | Item::Table(_) | Item::Value(_)) | None => return Err(unknown()),
    };
    if is_last {
        document.remove(WATCHES);
    }
    Ok(document.to_string())
}

/// Replaces the file at `path` by `text` at once: a crash leaves the old or the new one, never a part.
///
/// Follows a symbolic link, and keeps permissions and, where the system allows it, the owner.
///
/// # Errors
/// The system's word; the old file stays.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let path = fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = folder.join(format!(".{name}.{}.new", std::process::id()));
    let old = fs::metadata(&path)?;
    let written = fs::File::create(&fresh).and_then(|mut file| {
        file.set_permissions(old.permissions())?;
        // Only root may give files away; anybody else owns both.
        let _ = std::os::unix::fs::fchown(&file, Some(old.uid()), Some(old.gid()));
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&fresh, &path)) {
        // What was begun is of no use; the old file stands.
        let _ = fs::remove_file(&fresh);
        return Err(error);
    }
    fs::File::open(folder)?.sync_all()
}

fn table(watch: &NewWatch, is_first: bool) -> Table {
    let mut table: Table = watch.pairs().into_iter().collect();
    if !is_first {
        table.decor_mut().set_prefix("\n");
    }
    table
}

fn value(watch: &NewWatch) -> Value {
    if watch.is_plain() {
        return watch.query.as_str().into();
    }
    Value::InlineTable(watch.pairs().into_iter().collect::<InlineTable>())
}

/// Adds a value in the way in which the array is written: on a line of its own, or behind the last.
fn push(array: &mut Array, value: Value) {
    let last = array.iter().last().map(|last| prefix(last).to_owned());
    let Some((_, indent)) = last.as_deref().and_then(|prefix| prefix.rsplit_once('\n')) else {
        array.push(value);
        return;
    };
    let mut trailing = array.trailing().as_str().unwrap_or_default().trim_end().to_owned();
    // Without a comma behind it, the comment of the last value is its own; it must not stand before the new comma.
    let at = array.len().saturating_sub(1);
    if let Some(last) = array.get_mut(at) {
        let suffix = last.decor().suffix().and_then(|suffix| suffix.as_str());
        trailing = format!("{}{trailing}", suffix.unwrap_or_default().trim_end());
        last.decor_mut().set_suffix("");
    }
    array.push_formatted(value.decorated(format!("{trailing}\n{indent}"), ""));
    array.set_trailing("\n");
    array.set_trailing_comma(true);
}

/// Removes a value; the comment behind the one before it stays there.
fn remove(array: &mut Array, at: usize) {
    let gone = prefix(&array.remove(at)).to_owned();
    // The first line of what stands before a value is a comment about the value before it.
    let comment = gone.split_once('\n').map_or("", |(line, _)| line).to_owned();
    if let Some(next) = array.get_mut(at) {
        let own = prefix(next).to_owned();
        let own = own.split_once('\n').map_or(own.as_str(), |(_, rest)| rest).to_owned();
        let joined = if gone.contains('\n') {
            format!("{comment}\n{own}")
        } else {
            gone
        };
        next.decor_mut().set_prefix(joined);
    } else if !comment.trim().is_empty() {
        array.set_trailing(format!("{comment}\n"));
    }
}

fn prefix(value: &Value) -> &str {
    value
        .decor()
        .prefix()
        .and_then(|prefix| prefix.as_str())
        .unwrap_or_default()
}

fn is_value_called(value: &Value, name: &str) -> bool {
    match value {
        Value::String(query) => query.value() == name,
        Value::InlineTable(table) => match (table.get("name"), table.get("query")) {
            (Some(own), _) | (None, Some(own)) => own.as_str() == Some(name),
            (None, None) => false,
        },
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) => false,
    }
}

fn is_called(name: Option<&Item>, query: Option<&Item>, wanted: &str) -> bool {
    name.or(query).and_then(Item::as_str) == Some(wanted)
}

/// The comments above a table that a blank line parts from it: they belong to what stands before.
fn detached(table: &Table) -> String {
    let prefix = table
        .decor()
        .prefix()
        .and_then(|prefix| prefix.as_str())
        .unwrap_or_default();
    match prefix.rfind("\n\n") {
        Some(at) if !prefix[..at].trim().is_empty() => prefix[..=at].to_owned(),
        Some(_) | None => String::new(),
    }
}

fn prepend(table: &mut Table, text: &str) {
    let own = table
        .decor()
        .prefix()
        .and_then(|prefix| prefix.as_str())
        .unwrap_or_default();
    let joined = format!("{text}{own}");
    table.decor_mut().set_prefix(joined);
}

#[cfg(test)]
mod tests;
