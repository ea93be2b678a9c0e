//! `kabar feeds inspect`: what is in a feed, as kabar reads it.

use std::path::Path;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::cli::run;
use crate::config;
use crate::config::Environment;
use crate::dedup::KeyMaker;
use crate::dedup::Lessons;
use crate::dedup::identity;
use crate::feed::Entry;
use crate::feed::Feed;
use crate::feed::FetchOutcome;
use crate::feed::FetchedBody;
use crate::feed::Format;
use crate::feed::Link;
use crate::feed::ParsedFeed;
use crate::feed::Validators;
use crate::feed::parse;
use crate::fetch::Fetch;
use crate::fetch::FetchSettings;
use crate::fetch::HttpFetch;
use crate::watch::text;

/// Characters of a title on a terminal.
const TITLE_CHARS: usize = 100;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar feeds inspect https://news.example/rss\n  kabar feeds inspect saved.xml --base https://news.example/rss --json"
)]
pub(super) struct InspectArguments {
    /// The feed's address, or a file that holds one
    #[arg(value_name = "URL|FILE")]
    subject: String,
    /// The address that relative links of a file belong to
    #[arg(long, value_name = "URL")]
    base: Option<Url>,
    /// The Content-Type that the document came with
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
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
    let feed = subject(globals, arguments)?;
    let body = body(globals, &feed)?;
    let content_type = arguments.content_type.as_deref().or(body.content_type.as_deref());
    let base = arguments.base.as_ref().unwrap_or(&body.final_url);
    let parsed = parse::read_feed(&body.bytes, content_type, base)
        .map_err(|reason| Failure::Other(format!("{}: {reason}", arguments.subject)))?;
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

/// The feed to read: the configured one with this address or name, else one made up for the occasion.
fn subject(globals: &Globals, arguments: &InspectArguments) -> Result<Feed, Failure> {
    let subject = &arguments.subject;
    let configured = config::find(globals.config.as_deref(), &Environment::of_process())
        .and_then(|path| config::load(&path, &Environment::of_process()))
        .ok()
        .and_then(|config| {
            config
                .feeds
                .into_iter()
                .find(|feed| feed.url.as_str() == subject || feed.name.as_ref() == Some(subject))
        });
    if let Some(feed) = configured {
        return Ok(feed);
    }
    let url = match Url::parse(subject) {
        Ok(url) if matches!(url.scheme(), "http" | "https" | "file") => url,
        Ok(_) | Err(_) => file_url(subject)?,
    };
    Ok(Feed {
        // A person typed this address at this machine; no feed chose it.
        allow_private_addresses: true,
        ..Feed::new(url)
    })
}

fn file_url(path: &str) -> Result<Url, Failure> {
    let absolute = std::path::absolute(Path::new(path)).map_err(|error| Failure::Other(format!("{path}: {error}")))?;
    Url::from_file_path(absolute)
        .map_err(|()| Failure::Arguments(format!("{path}: neither an http, https or file URL nor a file")))
}

fn body(globals: &Globals, feed: &Feed) -> Result<FetchedBody, Failure> {
    let settings = ask::load(globals).map_or_else(|_| FetchSettings::default(), |config| config.fetch);
    let fetch = HttpFetch::new(&settings).map_err(|error| Failure::other(&error))?;
    let validators = Validators::default();
    match run::runtime()?.block_on(fetch.fetch(feed, &validators, Timestamp::now())) {
        FetchOutcome::Fresh(body) => Ok(body),
        FetchOutcome::Failed(failure) => Err(Failure::Other(failure.message)),
        FetchOutcome::NotModified { .. } => Err(Failure::Other(format!(
            "{}: the server answered \"not modified\" to a first request",
            feed.url
        ))),
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
