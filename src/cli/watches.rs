//! `kabar watches`: list them, add and remove them, and try queries.

mod edit;
mod trial;

use clap::Subcommand;
use serde::Serialize;

use crate::cli::Globals;
use crate::cli::JsonArgument;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::watch::Scope;
use crate::watch::Send;
use crate::watch::Watch;

use edit::AddArguments;
use edit::RemoveArguments;
use trial::TestArguments;

#[derive(Debug, Subcommand)]
pub(super) enum WatchesCommand {
    /// List the configured watches and how they are understood
    List(JsonArgument),
    /// Add a watch to the configuration file; a running kabar uses it at once
    Add(AddArguments),
    /// Remove a watch from the configuration file; a running kabar forgets it at once
    Remove(RemoveArguments),
    /// Try a query on the stored stories, or on lines of standard input
    Test(TestArguments),
}

/// Runs a `kabar watches` command.
pub(super) fn watches(globals: &Globals, command: WatchesCommand) -> Result<(), Failure> {
    match command {
        WatchesCommand::List(arguments) => list(globals, arguments.json.into()),
        WatchesCommand::Add(arguments) => edit::add(globals, arguments),
        WatchesCommand::Remove(arguments) => edit::remove(globals, &arguments),
        WatchesCommand::Test(arguments) => trial::test(globals, arguments),
    }
}

#[derive(Serialize)]
struct WatchRow<'a> {
    name: &'a str,
    query: &'a str,
    reads_as: String,
    feeds: &'a [String],
    to: &'a [String],
    send: Send,
}

fn list(globals: &Globals, style: Style) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    config.watches.iter().try_for_each(|watch| match style {
        Style::Json => out::print_json(&row(watch)),
        Style::Words => out::print(&words(watch)),
    })
}

fn row(watch: &Watch) -> WatchRow<'_> {
    let feeds: &[String] = match &watch.feeds {
        Scope::All => &[],
        Scope::Some(names) => names,
    };
    let (name, query) = (watch.name.as_str(), watch.query.text());
    WatchRow {
        name,
        query,
        reads_as: watch.query.to_string(),
        feeds,
        to: &watch.to,
        send: watch.send,
    }
}

fn words(watch: &Watch) -> String {
    let mut text = format!("{}\n  reads as: {}\n", watch.name, watch.query);
    if let Scope::Some(names) = &watch.feeds {
        text += &format!("  feeds: {}\n", names.join(", "));
    }
    text += &format!("  to: {}\n", watch.to.join(", "));
    text
}
