//! `kabar feeds inspect`: what is in a feed, as kabar reads it.

use clap::Args;
use clap::ValueHint;
use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use crate::cli::Globals;
use crate::cli::document;
use crate::cli::document::Found;
use crate::cli::document::Told;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::dedup::KeyMaker;
use crate::dedup::Lessons;
use crate::dedup::identity;
use crate::feed::Entry;
use crate::feed::Format;
use crate::feed::Link;
use crate::feed::ParsedFeed;
use crate::watch::text;

/// Characters of a title on a terminal.
const TITLE_CHARS: usize = 100;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar feeds inspect https://news.example/rss\n  kabar feeds inspect saved.xml --base https://news.example/rss --json\n  kabar feeds inspect https://news.example/rss --last-failure --raw"
)]
pub(in crate::cli) struct InspectArguments {
    /// The feed's address, its site's, or a file that holds a feed
    #[arg(value_name = "URL|FILE", value_hint = ValueHint::FilePath)]
    subject: String,
    /// The address that relative links of a file belong to
    #[arg(long, value_name = "URL")]
    base: Option<Url>,
    /// The Content-Type that the document came with
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Read the document that the last poll could not read, or not wholly, instead of fetching a new one
    #[arg(long, conflicts_with_all = ["base", "content_type"])]
    last_failure: bool,
    /// Print the document as it came
    #[arg(long, conflicts_with = "json")]
    raw: bool,
    /// Print JSON: the feed, then one entry per line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct HeadJson<'a> {
    feed: FeedJson<'a>,
}

#[derive(Serialize)]
struct FeedJson<'a> {
    title: Option<&'a str>,
    format: Format,
    encoding: &'a str,
    language: Option<&'a str>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct EntryJson<'a> {
    id: &'a str,
    title: String,
    link: Option<&'a str>,
    links: &'a [Link],
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
    author: Option<&'a str>,
    summary: Option<&'a str>,
    content: Option<&'a str>,
    source_url: Option<&'a str>,
}

/// Reads a feed and prints what is in it. Stores nothing.
pub(super) fn inspect(globals: &Globals, arguments: &InspectArguments) -> Result<(), Failure> {
    let feed = document::feed_of(globals, &arguments.subject)?;
    let body = match arguments.last_failure {
        true => document::last_failure(globals, &feed)?,
        false => document::fetch(globals, &feed)?,
    };
    if arguments.raw {
        return out::print_bytes(&body.bytes);
    }
    let told = Told {
        base: arguments.base.as_ref(),
        content_type: arguments.content_type.as_deref(),
    };
    let Found { feed, parsed } = document::read(globals, feed, &body, told)?;
    let keys = KeyMaker::new(Lessons::default());
    let sources: Vec<String> = identity::identify(&keys, &feed, &parsed)
        .identities
        .into_iter()
        .map(|identity| identity.source.url)
        .collect();
    match Style::from(arguments.json) {
        Style::Json => print_json(&parsed, &sources),
        Style::Words => out::print(&words(&parsed, &sources)),
    }
}

fn print_json(parsed: &ParsedFeed, sources: &[String]) -> Result<(), Failure> {
    let feed = FeedJson {
        title: parsed.title.as_deref(),
        format: parsed.format,
        encoding: &parsed.encoding,
        language: parsed.language.as_deref(),
        warnings: &parsed.warnings,
    };
    out::print_json(&HeadJson { feed })?;
    parsed
        .entries
        .iter()
        .zip(sources)
        .try_for_each(|(entry, source)| out::print_json(&entry_json(entry, source)))
}

fn entry_json<'a>(entry: &'a Entry, source: &'a str) -> EntryJson<'a> {
    EntryJson {
        id: &entry.id,
        title: entry.title.as_deref().map(text::visible_line).unwrap_or_default(),
        link: entry.link.as_deref(),
        links: &entry.links,
        published: entry.published,
        updated: entry.updated,
        author: entry.author.as_deref(),
        summary: entry.summary.as_deref(),
        content: entry.content.as_deref(),
        source_url: Some(source).filter(|source| !source.is_empty()),
    }
}

fn words(parsed: &ParsedFeed, sources: &[String]) -> String {
    let title = parsed.title.as_deref().unwrap_or("(no title)");
    let mut text = format!(
        "{}\n{}, {}, {}\n",
        out::safe(title),
        parsed.format,
        parsed.encoding,
        out::count(parsed.entries.len(), "entry", "entries")
    );
    for warning in &parsed.warnings {
        text += &format!("note: {}\n", out::safe(warning));
    }
    for (entry, source) in parsed.entries.iter().zip(sources) {
        let title: String = entry.title.as_deref().map(text::visible_line).unwrap_or_default();
        let title: String = title.chars().take(TITLE_CHARS).collect();
        let published = entry
            .published
            .or(entry.updated)
            .map_or_else(|| "no date".to_owned(), |at| at.to_string());
        text += &format!("\n  {}\n  {published}\n", out::safe(&title));
        let link = entry.link.as_deref().unwrap_or("(no link)");
        text += &format!("  {}\n", out::safe(link));
        if !source.is_empty() && source != link {
            text += &format!("  source: {}\n", out::safe(source));
        }
    }
    text
}
