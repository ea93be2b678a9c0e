//! `kabar watches test`: what a query finds among the stored stories, or in lines of standard input.

use std::io;
use std::io::BufRead;

use clap::Args;
use serde::Deserialize;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::report::Answer;
use crate::report::Question;
use crate::report::watches::FoundRow;
use crate::report::watches::SpanRow;
use crate::report::watches::TestReport;
use crate::watch::Aliases;
use crate::watch::Document;
use crate::watch::Matcher;
use crate::watch::Query;
use crate::watch::text;

/// Stories shown to people; a script gets all of them.
const FOUND_SHOWN_MAX: usize = 20;
/// Forms of one word shown to people.
const FORMS_SHOWN_MAX: usize = 24;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar watches test 'Putin AND (Trump OR Zelensky) -olahraga'\n  kabar watches test 'Ukrain* -olahraga' --instead-of 'Ukraine war'\n  kabar watches test --batch < cases.jsonl\n\n--batch reads {\"id\",\"query\",\"title\",\"text\",\"lang\"} and prints {\"id\",\"match\",\"spans\"} or {\"id\",\"error\"}, one object per line."
)]
pub(in crate::cli) struct TestArguments {
    /// The query, as one argument
    #[arg(
        required_unless_present = "batch",
        conflicts_with = "batch",
        allow_hyphen_values = true
    )]
    query: Option<String>,
    /// Show what the query would change if it stood in the place of this watch's
    #[arg(long, value_name = "NAME", conflicts_with = "batch")]
    instead_of: Option<String>,
    /// Read cases as JSON lines from standard input
    #[arg(long)]
    batch: bool,
    /// Print JSON: one story per line, then the counts
    #[arg(long)]
    json: bool,
}

/// Runs `kabar watches test`.
pub(super) fn test(globals: &Globals, arguments: TestArguments) -> Result<(), Failure> {
    let Some(query) = arguments.query else {
        return batch(globals);
    };
    let config = ask::load(globals)?;
    let instead_of = arguments.instead_of;
    let report = match ask::ask(&config, &Question::Test { query, instead_of })? {
        Answer::Test(report) => report,
        other => return Err(ask::surprise(&other)),
    };
    match Style::from(arguments.json) {
        Style::Json => {
            out::print_rows(&report.found)?;
            out::print_json(&serde_json::json!({
                "stories": report.stories, "matches": report.found.len(), "per_day": report.per_day,
                "days": report.days, "forms": report.forms, "change": report.change,
            }))
        }
        Style::Words => out::print(&words(&report)),
    }
}

fn words(report: &TestReport) -> String {
    let mut text = format!("reads as: {}\n", report.reading);
    for word in &report.forms {
        let shown: Vec<&str> = word.forms.iter().take(FORMS_SHOWN_MAX).map(String::as_str).collect();
        let rest = word.forms.len().saturating_sub(FORMS_SHOWN_MAX);
        let more = if rest > 0 {
            format!(" and {rest} more")
        } else {
            String::new()
        };
        text += &format!("  {} also as: {}{more}\n", word.word, shown.join(", "));
    }
    for lint in &report.lints {
        text += &format!("note: {lint}\n");
    }
    text += &listed(&report.found);
    let stories = out::count(report.stories, "stored story", "stored stories");
    text += &format!(
        "\n{} in {stories}, {} a day\n",
        out::count(report.found.len(), "match", "matches"),
        report.per_day
    );
    for day in &report.days {
        text += &format!("  {}  {}\n", day.day, day.matches);
    }
    if let Some(change) = &report.change {
        text += &format!("\nin the place of {} it would find\n", out::named(&change.watch));
        for (what, rows) in [("more", &change.gained), ("no longer", &change.lost)] {
            text += &format!(
                "  {what}: {}\n{}",
                out::count(rows.len(), "story", "stories"),
                listed(rows)
            );
        }
    }
    text
}

fn listed(rows: &[FoundRow]) -> String {
    let mut text = String::new();
    for found in rows.iter().take(FOUND_SHOWN_MAX) {
        let words: Vec<&str> = found.spans.iter().map(|span| span.text.as_str()).collect();
        text += &format!("\n  {}\n  {}\n", out::safe(&found.title), out::safe(&words.join(", ")));
    }
    if rows.len() > FOUND_SHOWN_MAX {
        text += &format!("\n  and {} more\n", rows.len() - FOUND_SHOWN_MAX);
    }
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

/// Lines of standard input, each its own case; a line that cannot be read is answered, and the others go on.
fn batch(globals: &Globals) -> Result<(), Failure> {
    let aliases = aliases(globals)?;
    let mut unread = None;
    for (index, line) in io::stdin().lock().lines().enumerate() {
        let line = line.map_err(|error| Failure::Other(format!("standard input: {error}")))?;
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Case>(&line) {
            Ok(case) => out::print_json(&answer(&case, &aliases))?,
            Err(error) => {
                let message = format!("line {} of standard input: {error}", index + 1);
                unread = unread.or(Some(message.clone()));
                out::print_json(&serde_json::json!({ "id": null, "error": { "column": null, "message": message } }))?;
            }
        }
    }
    unread.map_or(Ok(()), |message| Err(Failure::Arguments(message)))
}

fn answer(case: &Case, aliases: &Aliases) -> serde_json::Value {
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
fn aliases(globals: &Globals) -> Result<Aliases, Failure> {
    let environment = Environment::of_process();
    match config::find(globals.config.as_deref(), &environment) {
        Ok(path) => Ok(config::load(&path, &environment).map(|config: Config| config.aliases)?),
        Err(_) if globals.config.is_none() => Ok(config::packed_aliases().clone()),
        Err(errors) => Err(errors.into()),
    }
}
