//! `kabar stories`: the stored stories, newest first.

use clap::Args;
use jiff::Timestamp;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::cli::status::local;
use crate::config::Config;
use crate::config::units;
use crate::report::Answer;
use crate::report::Question;
use crate::report::stories::StoryRow;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar stories --since 2d\n  kabar stories 'Ukraina OR Ukraine' --feed antara --json"
)]
pub(super) struct StoriesArguments {
    /// Only stories that this query finds
    query: Option<String>,
    /// Only stories first seen within this time, such as 7d or 12h
    #[arg(long, value_name = "TIME", value_parser = units::duration)]
    since: Option<std::time::Duration>,
    /// Only stories that this feed carried: its name as `kabar feeds list` shows it, or its address
    #[arg(long, value_name = "NAME")]
    feed: Option<String>,
    /// Only stories that this watch hit
    #[arg(long, value_name = "NAME")]
    watch: Option<String>,
    /// Print JSON, one story per line
    #[arg(long)]
    json: bool,
}

/// Prints the stories that the arguments leave.
pub(super) fn stories(globals: &Globals, arguments: &StoriesArguments) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    let since = arguments
        .since
        .map(|back| Timestamp::now().saturating_sub(back).unwrap_or(Timestamp::MIN));
    let question = Question::Stories {
        query: arguments.query.clone(),
        since,
        feed: arguments.feed.clone(),
        watch: arguments.watch.clone(),
    };
    let rows = match ask::ask(&config, &question)? {
        Answer::Stories(rows) => rows,
        other => return Err(ask::surprise(&other)),
    };
    match Style::from(arguments.json) {
        Style::Json => out::print_rows(&rows),
        Style::Words if rows.is_empty() => out::print("No stored story is like that\n"),
        Style::Words => rows.iter().try_for_each(|row| out::print(&words(row, &config))),
    }
}

fn words(row: &StoryRow, config: &Config) -> String {
    let outlets: Vec<&str> = row.sightings.iter().map(|sighting| sighting.feed.as_str()).collect();
    let seen = local(row.first_seen, &config.timezone);
    let mut text = format!(
        "{}\n  {seen}, {}\n",
        out::safe(&row.title),
        out::safe(&outlets.join(", "))
    );
    if let Some(link) = row.link.as_ref().or(row.source_url.as_ref()) {
        text += &format!("  {}\n", out::safe(link));
    }
    if !row.watches.is_empty() {
        text += &format!("  watches: {}\n", row.watches.join(", "));
    }
    text
}
