//! Edits of the configuration file: a watch or a feed more or less, everything else as it was.
//!
//! Owns where in the TOML they stand and how the file is replaced. Never checks what a value means.

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

/// The lists that can be edited: each entry is a table, or the text that stands for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// `watches`, known by `name` or `query`.
    Watches,
    /// `feeds`, known by `name` or `url`.
    Feeds,
}

impl List {
    /// Its key in the file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Watches => "watches",
            Self::Feeds => "feeds",
        }
    }

    /// One entry, for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Watches => "watch",
            Self::Feeds => "feed",
        }
    }

    /// The key whose text alone stands for a whole entry.
    fn main(self) -> &'static str {
        match self {
            Self::Watches => "query",
            Self::Feeds => "url",
        }
    }
}

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

/// A feed to add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewFeed {
    /// Its address.
    pub url: String,
    /// Its name; the feed's own title where none is given.
    pub name: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// An entry as it will stand in the file.
struct Entry {
    list: List,
    pairs: Vec<(&'static str, Value)>,
}

impl Entry {
    /// The text that stands for the whole entry, where it says everything.
    fn plain(&self) -> Option<&Value> {
        match self.pairs.as_slice() {
            [(key, value)] if *key == self.list.main() => Some(value),
            _ => None,
        }
    }

    fn value(self) -> Value {
        match self.plain() {
            Some(text) => text.clone(),
            None => Value::InlineTable(self.pairs.into_iter().collect::<InlineTable>()),
        }
    }

    fn table(self, is_first: bool) -> Table {
        let mut table: Table = self.pairs.into_iter().collect();
        if !is_first {
            table.decor_mut().set_prefix("\n");
        }
        table
    }
}

fn list_of(names: &[String]) -> Option<Value> {
    (!names.is_empty()).then(|| Value::Array(names.iter().collect::<Array>()))
}

/// Why a file cannot be edited.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is no TOML.
    #[error("this is not TOML: {0}; correct the file first")]
    Syntax(#[from] TomlError),
    /// The list is something else than one.
    #[error("`{list}` is no list of {list}; correct the file first")]
    Shape {
        /// Its key.
        list: &'static str,
    },
    /// No entry has the name.
    #[error("no {word} is called \"{name}\"; `kabar {list} list` shows their names")]
    Unknown {
        /// What kind of entry.
        word: &'static str,
        /// Where it was looked for.
        list: &'static str,
        /// The name asked for.
        name: String,
    },
}

/// `text` with one watch more, behind the others.
///
/// # Errors
/// When `text` is no TOML, or its watches are something else.
pub fn with_watch(text: &str, watch: &NewWatch) -> Result<String, EditError> {
    let mut pairs = Vec::new();
    pairs.extend(watch.name.as_deref().map(|name| ("name", name.into())));
    pairs.push(("query", watch.query.as_str().into()));
    pairs.extend(list_of(&watch.feeds).map(|feeds| ("feeds", feeds)));
    pairs.extend(list_of(&watch.to).map(|to| ("to", to)));
    pairs.extend(watch.send.as_deref().map(|send| ("send", send.into())));
    let list = List::Watches;
    let mut document: DocumentMut = text.parse()?;
    add(&mut document, Entry { list, pairs }, text.is_empty())?;
    Ok(document.to_string())
}

/// `text` with these feeds more, behind the others.
///
/// # Errors
/// When `text` is no TOML, or its feeds are something else.
pub fn with_feeds(text: &str, feeds: &[NewFeed]) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    for feed in feeds {
        let mut pairs = vec![("url", feed.url.as_str().into())];
        pairs.extend(feed.name.as_deref().map(|name| ("name", name.into())));
        pairs.extend(list_of(&feed.tags).map(|tags| ("tags", tags)));
        let list = List::Feeds;
        add(&mut document, Entry { list, pairs }, text.is_empty())?;
    }
    Ok(document.to_string())
}

fn add(document: &mut DocumentMut, entry: Entry, is_first: bool) -> Result<(), EditError> {
    let list = entry.list.key();
    match document.get_mut(list) {
        None if entry.plain().is_some() => {
            let array: Array = [entry.value()].into_iter().collect();
            document.insert(list, Item::Value(array.into()));
        }
        None => {
            let mut tables = ArrayOfTables::new();
            tables.push(entry.table(is_first));
            document.insert(list, Item::ArrayOfTables(tables));
        }
        Some(Item::ArrayOfTables(tables)) => tables.push(entry.table(false)),
        Some(Item::Value(Value::Array(array))) => push(array, entry.value()),
        Some(Item::Value(only)) => {
            let mut array = Array::new();
            array.push(std::mem::replace(only, Value::from("")).decorated("", ""));
            push(&mut array, entry.value());
            *only = Value::Array(array).decorated(" ", "");
        }
        Some(Item::None | Item::Table(_)) => return Err(EditError::Shape { list }),
    }
    Ok(())
}

/// `text` without the first entry of `list` for which `is_meant` holds; comments that stand right above it go with it.
///
/// `is_meant` gets the entry's name and its query or address, as far as it has them; `called` is what people call it.
///
/// # Errors
/// When `text` is no TOML, or has no such entry.
pub fn without(
    text: &str,
    list: List,
    called: &str,
    is_meant: impl Fn(Option<&str>, Option<&str>) -> bool,
) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    let (key, word) = (list.key(), list.word());
    let unknown = || EditError::Unknown {
        word,
        list: key,
        name: called.to_owned(),
    };
    let is_last = match document.get_mut(key) {
        Some(Item::ArrayOfTables(tables)) => {
            let text = |table: &Table, key| table.get(key).and_then(Item::as_str).map(str::to_owned);
            let is_meant =
                |table: &Table| is_meant(text(table, "name").as_deref(), text(table, list.main()).as_deref());
            let at = tables.iter().position(is_meant).ok_or_else(unknown)?;
            let kept = tables.get(at).map(detached).unwrap_or_default();
            tables.remove(at);
            if let Some(next) = tables.get_mut(at) {
                prepend(next, &kept);
            } else {
                document.set_trailing(format!("{kept}{}", document.trailing().as_str().unwrap_or_default()));
            }
            document
                .get(key)
                .and_then(Item::as_array_of_tables)
                .is_some_and(ArrayOfTables::is_empty)
        }
        Some(Item::Value(Value::Array(array))) => {
            let at = array.iter().position(|value| is_value_meant(list, value, &is_meant));
            remove(array, at.ok_or_else(unknown)?);
            array.is_empty()
        }
        Some(Item::Value(value)) if is_value_meant(list, value, &is_meant) => true,
        Some(Item::None | Item::Table(_) | Item::Value(_)) | None => return Err(unknown()),
    };
    // A comment above the list is about the list, not about its last entry.
    let is_commented = document.key(key).is_some_and(|key| {
        let above = key.leaf_decor().prefix().and_then(|prefix| prefix.as_str());
        above.is_some_and(|above| above.contains('#'))
    });
    match document.get_mut(key) {
        Some(Item::Value(value)) if is_last && is_commented => *value = Value::from(Array::new()).decorated(" ", ""),
        Some(_) if is_last => drop(document.remove(key)),
        Some(_) | None => {}
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

fn is_value_meant(list: List, value: &Value, is_meant: &impl Fn(Option<&str>, Option<&str>) -> bool) -> bool {
    match value {
        Value::String(main) => is_meant(None, Some(main.value())),
        Value::InlineTable(table) => {
            let text = |key| table.get(key).and_then(Value::as_str);
            is_meant(text("name"), text(list.main()))
        }
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) => false,
    }
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
