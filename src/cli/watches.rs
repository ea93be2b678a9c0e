//! `kabar watches`: list them and try queries.

use std::collections::BTreeMap;
use std::io;
use std::io::BufRead;

use clap::Args;
use clap::Subcommand;
use serde::Deserialize;
use serde::Serialize;

use crate::cli::Globals;
use crate::cli::JsonArgument;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::report::Answer;
use crate::report::Question;
use crate::report::watches::SpanRow;
use crate::report::watches::TestReport;
use crate::watch::Document;
use crate::watch::Matcher;
use crate::watch::Query;
use crate::watch::Scope;
use crate::watch::Send;
use crate::watch::Watch;
use crate::watch::text;

/// Stories shown to people; a script gets all of them.
const FOUND_SHOWN_MAX: usize = 20;

#[derive(Debug, Subcommand)]
pub(super) enum WatchesCommand {
    /// List the configured watches and how they are understood
    List(JsonArgument),
    /// Try a query on the stored stories, or on lines of standard input
    Test(TestArguments),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar watches test 'Putin AND (Trump OR Zelensky) -olahraga'\n  kabar watches test --batch < cases.jsonl\n\n--batch reads {\"id\",\"query\",\"title\",\"text\",\"lang\"} and prints {\"id\",\"match\",\"spans\"} or {\"id\",\"error\"}, one object per line."
)]
pub(super) struct TestArguments {
    /// The query, as one argument
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    query: Option<String>,
    /// Read cases as JSON lines from standard input
    #[arg(long)]
    batch: bool,
    /// Print JSON: one story per line, then the counts
    #[arg(long)]
    json: bool,
}

/// Runs a `kabar watches` command.
pub(super) fn watches(globals: &Globals, command: WatchesCommand) -> Result<(), Failure> {
    match command {
        WatchesCommand::List(arguments) => list(globals, arguments.json.into()),
        WatchesCommand::Test(TestArguments {
            query: Some(query),
            json,
            ..
        }) => test(globals, query, json.into()),
        WatchesCommand::Test(TestArguments { query: None, .. }) => batch(globals),
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

fn test(globals: &Globals, query: String, style: Style) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    let report = match ask::ask(&config, &Question::Test { query })? {
        Answer::Test(report) => report,
        other => return Err(ask::surprise(&other)),
    };
    match style {
        Style::Json => {
            out::print_rows(&report.found)?;
            out::print_json(&serde_json::json!({
                "stories": report.stories, "matches": report.found.len(), "per_day": report.per_day,
            }))
        }
        Style::Words => out::print(&test_words(&report)),
    }
}

fn test_words(report: &TestReport) -> String {
    let mut text = format!("reads as: {}\n", report.reading);
    for lint in &report.lints {
        text += &format!("note: {lint}\n");
    }
    for found in report.found.iter().take(FOUND_SHOWN_MAX) {
        let words: Vec<&str> = found.spans.iter().map(|span| span.text.as_str()).collect();
        text += &format!("\n  {}\n  {}\n", out::safe(&found.title), out::safe(&words.join(", ")));
    }
    if report.found.len() > FOUND_SHOWN_MAX {
        text += &format!("\n  and {} more\n", report.found.len() - FOUND_SHOWN_MAX);
    }
    let stories = out::count(report.stories, "stored story", "stored stories");
    text += &format!(
        "\n{} in {stories}, {} a day\n",
        out::count(report.found.len(), "match", "matches"),
        report.per_day
    );
    text
}

#[derive(Deserialize)]
struct Case {
    id: serde_json::Value,
    query: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    lang: Option<String>,
}

/// Lines of standard input, each its own case; a line that cannot be read is answered and the others go on.
fn batch(globals: &Globals) -> Result<(), Failure> {
    let aliases = aliases(globals)?;
    for (index, line) in io::stdin().lock().lines().enumerate() {
        let line = line.map_err(|error| Failure::Other(format!("standard input: {error}")))?;
        if line.trim().is_empty() {
            continue;
        }
        let case: Case = serde_json::from_str(&line)
            .map_err(|error| Failure::Arguments(format!("standard input, line {}: {error}", index + 1)))?;
        out::print_json(&answer(&case, &aliases))?;
    }
    Ok(())
}

fn answer(case: &Case, aliases: &BTreeMap<String, Vec<String>>) -> serde_json::Value {
    let query = match Query::parse(&case.query, aliases) {
        Ok(query) => query,
        Err(error) => {
            return serde_json::json!({
                "id": case.id, "error": { "code": error.code, "column": error.column, "message": error.message },
            });
        }
    };
    let (title, body) = (text::visible_line(&case.title), text::visible_text(&case.text));
    let language = case.lang.as_deref().filter(|language| !language.is_empty());
    let document = Document {
        title: &title,
        text: &body,
        language,
        link: None,
        feed: "",
        author: None,
        tags: &[],
    };
    let hit = Matcher::new([query]).find(&document).into_iter().next();
    let is_match = hit.is_some();
    let spans: Vec<SpanRow> = hit
        .iter()
        .flat_map(|hit| &hit.spans)
        .map(|span| SpanRow::new(*span, &title, &body))
        .collect();
    serde_json::json!({ "id": case.id, "match": is_match, "spans": spans })
}

/// The aliases of the configuration; where there is none, those that come with kabar.
fn aliases(globals: &Globals) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let environment = Environment::of_process();
    match config::find(globals.config.as_deref(), &environment) {
        Ok(path) => Ok(config::load(&path, &environment).map(|config: Config| config.aliases)?),
        Err(_) if globals.config.is_none() => Ok(config::packed_aliases().clone()),
        Err(errors) => Err(errors.into()),
    }
}
