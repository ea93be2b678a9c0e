//! `kabar feeds`: list them, add and remove them, exchange lists of them, and look into one.

mod edit;
mod inspect;

use clap::Subcommand;

use crate::cli::Globals;
use crate::cli::JsonArgument;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::cli::status::local;
use crate::config::Config;
use crate::report::Answer;
use crate::report::Question;
use crate::report::feeds::FeedRow;

use edit::AddArguments;
use edit::ImportArguments;
use edit::RemoveArguments;
use inspect::InspectArguments;

#[derive(Debug, Subcommand)]
pub(super) enum FeedsCommand {
    /// List the configured feeds and how they do
    List(JsonArgument),
    /// Add a feed to the configuration file, or the feed that a site names; a running kabar polls it at once
    Add(AddArguments),
    /// Remove a feed from the configuration file; a running kabar forgets it at once
    Remove(RemoveArguments),
    /// Add the feeds of a list in OPML to the configuration file
    Import(ImportArguments),
    /// Print the configured feeds as a list in OPML
    Export,
    /// Read a feed or a file and show what is in it, without storing anything
    Inspect(InspectArguments),
}

/// Runs a `kabar feeds` command.
pub(super) fn feeds(globals: &Globals, command: FeedsCommand) -> Result<(), Failure> {
    match command {
        FeedsCommand::List(arguments) => list(globals, arguments.json.into()),
        FeedsCommand::Add(arguments) => edit::add(globals, arguments),
        FeedsCommand::Remove(arguments) => edit::remove(globals, &arguments),
        FeedsCommand::Import(arguments) => edit::import(globals, &arguments),
        FeedsCommand::Export => edit::export(globals),
        FeedsCommand::Inspect(arguments) => inspect::inspect(globals, &arguments),
    }
}

fn list(globals: &Globals, style: Style) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    let rows = match ask::ask(&config, &Question::Feeds)? {
        Answer::Feeds(rows) => rows,
        other => return Err(ask::surprise(&other)),
    };
    match style {
        Style::Json => out::print_rows(&rows),
        Style::Words => out::print(&rows.iter().map(|row| words(row, &config)).collect::<String>()),
    }
}

fn words(row: &FeedRow, config: &Config) -> String {
    let time = |at: Option<_>| at.map_or_else(|| "never".to_owned(), |at| local(at, &config.timezone));
    let stories = usize::try_from(row.stories).unwrap_or(usize::MAX);
    let mut text = format!("{}\n  {}\n", out::safe(&row.name), row.url);
    text += &format!(
        "  {}, last polled {}, next {}\n",
        out::count(stories, "story", "stories"),
        time(row.last_poll),
        time(row.next_poll)
    );
    if let Some(error) = &row.error {
        text += &format!(
            "  failed {} in a row: {}\n",
            out::count(row.failures as usize, "time", "times"),
            out::safe(error)
        );
    }
    for warning in &row.warnings {
        text += &format!("  note: {}\n", out::safe(warning));
    }
    text
}
