//! `kabar why`: why these sightings are one story, and which watch wants it, where.

use clap::Args;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::cli::out::safe;
use crate::cli::status::local;
use crate::config::Config;
use crate::dedup::Provenance;
use crate::report::Answer;
use crate::report::Question;
use crate::report::groups::SimilarRow;
use crate::report::why::JoinRow;
use crate::report::why::NameRow;
use crate::report::why::RevisionRow;
use crate::report::why::WatchRow;
use crate::report::why::WhyReport;

/// Words of a hit that are shown to people; a script gets all of them.
const WORDS_SHOWN_MAX: usize = 8;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar why 'https://m.news.example/story-1-2-3?utm_source=rss'\n  kabar why 019cfa1f2e003f9a1c2b7d44 --json"
)]
pub(super) struct WhyArguments {
    /// A story's id (from `kabar stories --json`) or any of its addresses
    #[arg(value_name = "STORY|URL")]
    subject: String,
    /// Print JSON, one object
    #[arg(long)]
    json: bool,
}

/// Explains one story; exit code 1 where none is stored under that name.
pub(super) fn why(globals: &Globals, arguments: &WhyArguments) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    let subject = arguments.subject.clone();
    let report = match ask::ask(&config, &Question::Why { subject })? {
        Answer::Why(report) => report,
        other => return Err(ask::surprise(&other)),
    };
    let Some(report) = report else {
        let subject = &arguments.subject;
        return Err(Failure::Other(format!(
            "no stored story is known by \"{subject}\"; see `kabar stories` for what is there, and `kabar canon` for an address's key"
        )));
    };
    match Style::from(arguments.json) {
        Style::Json => out::print_json(report.as_ref()),
        Style::Words => out::print(&words(&report, &config)),
    }
}

fn words(report: &WhyReport, config: &Config) -> String {
    let mut text = format!("{}\n  story {}", safe(&report.title), report.id);
    text += &format!(", first seen {}\n", local(report.first_seen, &config.timezone));
    let source = if report.source.url.is_empty() {
        "no address names it; only its feed knows it".to_owned()
    } else {
        format!("{} ({})", safe(&report.source.url), origin(report.source.provenance))
    };
    text += &format!("  source {source}\n");
    text += "\nKnown by\n";
    report.names.iter().for_each(|row| text += &name(row));
    text += "\nSeen in\n";
    let sightings = report.sightings.iter();
    sightings.for_each(|row| text += &sighting(row, config));
    if !report.revisions.is_empty() {
        text += "\nChanged\n";
        report.revisions.iter().for_each(|row| text += &revision(row, config));
    }
    text += if report.watches.is_empty() {
        "\nNo watch wants it\n"
    } else {
        "\nWanted by\n"
    };
    report.watches.iter().for_each(|row| text += &watch(row));
    if !report.similar.is_empty() {
        text += "\nNearly the same on other sites (grouped in mails, not joined)\n";
        report.similar.iter().for_each(|row| text += &similar(row));
    }
    if !report.lessons.is_empty() {
        text += "\nLearnt of these addresses\n";
        for row in &report.lessons {
            text += &format!("  {} ({})\n", safe(&row.lesson), safe(&row.feed));
        }
    }
    text
}

fn origin(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Setting => "the feed's setting",
        Provenance::Attribution => "an attribution line",
        Provenance::OrigLink => "feedburner:origLink",
        Provenance::Via => "a via link",
        Provenance::Link => "the entry's link",
        Provenance::Guid => "a permalink guid",
        Provenance::None => "the entry's guid",
    }
}

fn name(row: &NameRow) -> String {
    let mut text = format!("  {}\n", safe(&row.name));
    for brought in &row.brought {
        text += &format!("    {}: {}", safe(&brought.feed), origin(brought.provenance));
        if let Some(url) = &brought.url {
            text += &format!(" {}", safe(url));
        }
        if !brought.rules.is_empty() {
            text += &format!(", by {}", brought.rules.join(", "));
        }
        text.push('\n');
    }
    text
}

fn sighting(row: &JoinRow, config: &Config) -> String {
    let mut text = format!(
        "  {}, {}: {}\n",
        safe(&row.feed),
        local(row.seen, &config.timezone),
        safe(&row.title)
    );
    if let Some(link) = &row.link {
        text += &format!("    {}\n", safe(link));
    }
    if !row.joined_by.is_empty() {
        text += &format!("    the same story by {}\n", safe(&row.joined_by.join(", ")));
    }
    text
}

fn revision(row: &RevisionRow, config: &Config) -> String {
    let mut text = format!("  {}, {}\n", safe(&row.feed), local(row.seen, &config.timezone));
    let change = &row.change;
    if let Some(title) = &change.title_before {
        text += &format!("    title before: {}\n", safe(title));
    }
    if !change.text_before.is_empty() {
        text += &format!("    before: {}\n", safe(&change.text_before));
    }
    if !change.text_after.is_empty() {
        text += &format!("    after: {}\n", safe(&change.text_after));
    }
    text
}

fn similar(row: &SimilarRow) -> String {
    let (shared, of) = (row.shared, row.of);
    let mut text = format!("  {}: {}\n", safe(&row.outlet), safe(&row.title));
    text += &format!(
        "    story {}, {shared} of {of} word groups of the shorter beginning\n",
        row.story
    );
    if let Some(link) = &row.link {
        text += &format!("    {}\n", safe(link));
    }
    text
}

fn watch(row: &WatchRow) -> String {
    let told = if row.told.is_empty() {
        "nobody was told".to_owned()
    } else {
        format!("for {}", row.told.join(", "))
    };
    let mut text = format!("  {}, {told}\n", safe(&row.watch));
    for place in &row.places {
        let words: Vec<&str> = place
            .spans
            .iter()
            .map(|span| span.text.as_str())
            .take(WORDS_SHOWN_MAX)
            .collect();
        text += &format!("    in {}: {}\n", safe(&place.feed), safe(&words.join(", ")));
    }
    text
}
