//! `kabar watches add` and `remove`: edits of the configuration file that keep everything else as it is.

use clap::Args;

use crate::cli::Globals;
use crate::cli::config_file;
use crate::cli::config_file::ConfigFile;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::config::edit;
use crate::config::edit::List;
use crate::config::edit::NewWatch;
use crate::watch::Query;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar watches add Putin\n  kabar watches add 'Ukraine war' 'Ukrain* AND (war OR perang) -olahraga'\n  kabar watches add --send alert --to ana gempa 'gempa NEAR/5 Jakarta'"
)]
pub(in crate::cli) struct AddArguments {
    /// Look only at this feed, or at "tag:..."; may be given several times
    #[arg(long = "feed", value_name = "FEED")]
    feeds: Vec<String>,
    /// For this recipient only; may be given several times
    #[arg(long, value_name = "RECIPIENT")]
    to: Vec<String>,
    /// When to mail: digest, alert or both
    #[arg(long, value_name = "WHEN")]
    send: Option<String>,
    /// The name; where no query follows, it is the query as well
    name: String,
    /// The query; several arguments are read as one, with spaces between
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    query: Vec<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RemoveArguments {
    /// The watch's name, as `kabar watches list` shows it
    name: String,
}

/// Runs `kabar watches add`.
pub(super) fn add(globals: &Globals, arguments: AddArguments) -> Result<(), Failure> {
    let file = ConfigFile::open(globals)?;
    let AddArguments {
        feeds,
        to,
        send,
        name,
        query,
    } = arguments;
    if let Some(flag) = query.iter().find(|word| word.starts_with("--")) {
        return Err(Failure::Arguments(format!(
            "{flag} stands behind the watch's name, where the query is; write options before the name"
        )));
    }
    let watch = if query.is_empty() {
        NewWatch {
            name: None,
            query: name.clone(),
            feeds,
            to,
            send,
        }
    } else {
        NewWatch {
            name: Some(name.clone()),
            query: query.join(" "),
            feeds,
            to,
            send,
        }
    };
    let read = Query::parse(&watch.query, &file.config.aliases)
        .map_err(|error| Failure::Arguments(error.caret(&watch.query)))?;
    if file.config.watches.iter().any(|known| known.name == name) {
        return Err(Failure::Arguments(format!(
            "a watch is called {} already; remove it first, or choose another name",
            out::named(&name)
        )));
    }
    let new = file.replace(List::Watches, edit::with_watch(&file.text, &watch), "added")?;
    let mut text = format!(
        "added {} to {}\n  reads as: {read}\n",
        out::named(&name),
        file.config.file.display()
    );
    for lint in read.lints() {
        text += &format!("  note: {lint}\n");
    }
    out::print(&text)?;
    config_file::adopt(&new)
}

/// Runs `kabar watches remove`.
pub(super) fn remove(globals: &Globals, arguments: &RemoveArguments) -> Result<(), Failure> {
    let file = ConfigFile::open(globals)?;
    let name = arguments.name.as_str();
    // A watch without a name is called by its query.
    let is_meant = |own: Option<&str>, query: Option<&str>| own.or(query) == Some(name);
    let edited = edit::without(&file.text, List::Watches, name, is_meant);
    let new = file.replace(List::Watches, edited, "removed")?;
    out::print(&format!(
        "removed {} from {}\n",
        out::named(name),
        file.config.file.display()
    ))?;
    config_file::adopt(&new)
}
