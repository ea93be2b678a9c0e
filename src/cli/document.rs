//! The document of a feed that a person names: from the web, from a file, or as the last poll left it.
//!
//! A site's address finds the feed that its page names; nothing is guessed, and nothing is stored.

use jiff::Timestamp;
use url::Url;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::runtime::runtime;
use crate::config;
use crate::config::Config;
use crate::config::Environment;
use crate::feed::FailedBody;
use crate::feed::Feed;
use crate::feed::FetchedBody;
use crate::feed::Freshness;
use crate::feed::ParseFailure;
use crate::feed::ParsedFeed;
use crate::feed::Validators;
use crate::feed::parse;
use crate::fetch::Fetch;
use crate::fetch::FetchSettings;
use crate::fetch::HttpFetch;
use crate::report::Answer;
use crate::report::Question;

/// What replaces the word of the server, for a file that was saved without it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told<'a> {
    /// The address that relative links belong to.
    pub(super) base: Option<&'a Url>,
    /// The Content-Type.
    pub(super) content_type: Option<&'a str>,
}

/// A feed that was found and read.
#[derive(Debug)]
pub(super) struct Found {
    /// The feed, with the address at which it was found.
    pub(super) feed: Feed,
    /// What is in it; how it was found stands first among the warnings.
    pub(super) parsed: ParsedFeed,
}

/// The configured feed that has this name or address, or is shown under it: one without a name is shown by its own title.
pub(super) fn configured<'a>(config: &'a Config, called: &str) -> Result<Option<&'a Feed>, Failure> {
    let is_called = |feed: &&Feed| feed.name.as_deref() == Some(called) || feed.url.as_str() == called;
    if let Some(feed) = config.feeds.iter().find(is_called) {
        return Ok(Some(feed));
    }
    // Only a running daemon or the store knows titles; an address is none, and a question makes no store.
    if Url::parse(called).is_ok() || !config.state.exists() {
        return Ok(None);
    }
    let rows = match ask::ask(config, &Question::Feeds)? {
        Answer::Feeds(rows) => rows,
        other => return Err(ask::surprise(&other)),
    };
    let shown = rows.into_iter().find(|row| row.name == called);
    Ok(shown.and_then(|row| config.feeds.iter().find(|feed| feed.url.as_str() == row.url)))
}

/// The feed that `subject` means: a configured one, else the one at this address or in this file.
pub(super) fn feed_of(globals: &Globals, subject: &str) -> Result<Feed, Failure> {
    let environment = Environment::of_process();
    let is_file = environment.directory.join(subject).is_file();
    if !is_file
        && let Ok(config) = ask::load(globals)
        && let Some(feed) = configured(&config, subject)?
    {
        return Ok(feed.clone());
    }
    let feed = config::feed_at(subject, &environment.directory).map_err(Failure::Arguments)?;
    Ok(Feed {
        // A person typed this address at this machine; no feed chose it.
        allow_private_addresses: true,
        ..feed
    })
}

/// The document at the feed's address.
pub(super) fn fetch(globals: &Globals, feed: &Feed) -> Result<FetchedBody, Failure> {
    let settings = ask::load(globals).map_or_else(|_| FetchSettings::default(), |config| config.fetch);
    let fetch = HttpFetch::new(&settings).map_err(|error| Failure::other(&error))?;
    let validators = Validators::default();
    let outcome = runtime()?.block_on(fetch.fetch(feed, &validators, Timestamp::now()));
    let first = outcome.into_first_body(&feed.url);
    first.map_err(|failure| Failure::Other(failure.message))
}

/// The document that the last poll of a configured feed could not read.
pub(super) fn last_failure(globals: &Globals, feed: &Feed) -> Result<FetchedBody, Failure> {
    let config = ask::load(globals)?;
    let question = Question::FailedBody { feed: feed.id };
    let kept: FailedBody = match ask::ask(&config, &question)? {
        Answer::FailedBody(Some(kept)) => kept,
        Answer::FailedBody(None) => {
            let reason = "its last document was read whole, or none ever came";
            return Err(Failure::Other(format!("{}: nothing is kept: {reason}", feed.url)));
        }
        other => return Err(ask::surprise(&other)),
    };
    Ok(FetchedBody {
        bytes: kept.bytes,
        content_type: kept.content_type,
        final_url: kept.url,
        validators: Validators::default(),
        freshness: Freshness::default(),
        moved_to: None,
    })
}

/// Reads the document; where it is a page that names feeds, the first of them is fetched and read instead.
pub(super) fn read(globals: &Globals, feed: Feed, body: &FetchedBody, told: Told<'_>) -> Result<Found, Failure> {
    let content_type = told.content_type.or(body.content_type.as_deref());
    let base = told.base.unwrap_or(&body.final_url);
    let feeds = match parse::read_feed(&body.bytes, content_type, base) {
        Ok(parsed) => return Ok(Found { feed, parsed }),
        Err(ParseFailure::Html { feeds }) if !feeds.is_empty() => feeds,
        Err(reason) => return Err(Failure::Other(format!("{}: {reason}", feed.url))),
    };
    let named = feeds.iter().find_map(|named| Url::parse(named).ok());
    let named = named.filter(|url| matches!(url.scheme(), "http" | "https" | "file"));
    let Some(url) = named else {
        return Err(Failure::Other(format!(
            "{}: its page names no feed that can be read",
            feed.url
        )));
    };
    let note = match feeds.len() {
        1 => format!("{} is a web page; this is the feed that it names, {url}", feed.url),
        count => format!(
            "{} is a web page that names {count} feeds: {}; this is the first",
            feed.url,
            feeds.join(" ")
        ),
    };
    let found = Feed {
        // The page chose this address, not the person: it may stay on the host that was typed, and go nowhere private.
        allow_private_addresses: feed.allow_private_addresses && url.origin() == base.origin(),
        ..Feed::new(url)
    };
    let body = fetch(globals, &found)?;
    let mut parsed = parse::read_feed(&body.bytes, body.content_type.as_deref(), &body.final_url)
        .map_err(|reason| Failure::Other(format!("{}: {reason}; {note}", found.url)))?;
    parsed.warnings.insert(0, note);
    Ok(Found { feed: found, parsed })
}
