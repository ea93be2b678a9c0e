//! `kabar feeds add`, `remove`, `import` and `export`: the feeds of the configuration file, and lists of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use url::Url;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::config_file;
use crate::cli::config_file::ConfigFile;
use crate::cli::document;
use crate::cli::document::Found;
use crate::cli::document::Told;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::config;
use crate::config::edit;
use crate::config::edit::EditError;
use crate::config::edit::List;
use crate::config::edit::NewFeed;
use crate::config::opml;
use crate::feed::Feed;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar feeds add https://news.example/rss\n  kabar feeds add --tag world --name example https://news.example/"
)]
pub(in crate::cli) struct AddArguments {
    /// Its name; the feed's own title without one
    #[arg(long)]
    name: Option<String>,
    /// A tag, for `feeds = ["tag:..."]` in a watch; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Add the address as it is, without reading it first
    #[arg(long)]
    unread: bool,
    /// The feed's address, or its site's
    url: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RemoveArguments {
    /// The feed's name as `kabar feeds list` shows it, or its address
    name: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArguments {
    /// A list in OPML, as other readers export it
    #[arg(value_name = "FILE.opml")]
    file: PathBuf,
}

/// Runs `kabar feeds add`.
pub(super) fn add(globals: &Globals, arguments: AddArguments) -> Result<(), Failure> {
    let file = ConfigFile::open(globals)?;
    let asked = Feed {
        // What is read now must be readable by the daemon too, which trusts no address by itself.
        allow_private_addresses: false,
        ..document::feed_of(globals, &arguments.url)?
    };
    let (feed, said) = match arguments.unread {
        true => (asked, String::new()),
        false => {
            let body = document::fetch(globals, &asked)?;
            let Found { feed, parsed } = document::read(globals, asked, &body, Told::default())?;
            let title = parsed.title.as_deref().unwrap_or("(no title)");
            let count = out::count(parsed.entries.len(), "entry", "entries");
            let notes = parsed
                .warnings
                .iter()
                .map(|note| format!("  note: {}\n", out::safe(note)));
            let said = format!(
                "  {}, {}, {count}\n{}",
                out::safe(title),
                parsed.format,
                notes.collect::<String>()
            );
            (feed, said)
        }
    };
    if let Some(known) = file.config.feeds.iter().find(|known| known.id == feed.id) {
        return Err(Failure::Arguments(format!("{} is a feed already", known.url)));
    }
    let new = NewFeed {
        // A user and a password stay where they were typed.
        url: match feed.credentials {
            Some(_) => arguments.url,
            None => feed.url.to_string(),
        },
        name: arguments.name,
        tags: arguments.tags,
    };
    let config = file.replace(
        List::Feeds,
        edit::with_feeds(&file.text, std::slice::from_ref(&new)),
        "added",
    )?;
    out::print(&format!("added {} to {}\n{said}", feed.url, config.file.display()))?;
    config_file::adopt(&config)
}

/// Runs `kabar feeds remove`.
pub(super) fn remove(globals: &Globals, arguments: &RemoveArguments) -> Result<(), Failure> {
    let file = ConfigFile::open(globals)?;
    let feed = document::configured(&file.config, &arguments.name)?.ok_or_else(|| {
        let name = &arguments.name;
        Failure::Arguments(format!(
            "no feed is called \"{name}\"; `kabar feeds list` shows their names"
        ))
    })?;
    let folder = file.config.file.parent().unwrap_or(Path::new("/"));
    let is_meant = |_: Option<&str>, address: Option<&str>| {
        let own = address.and_then(|address| config::feed_at(address, folder).ok());
        own.is_some_and(|own| own.id == feed.id)
    };
    let edited = edit::without(&file.text, List::Feeds, &arguments.name, is_meant);
    if let Err(EditError::Unknown { .. }) = edited {
        let reason = "stands in a list that `opml` names, not in the configuration file; take it out there";
        return Err(Failure::Arguments(format!("{} {reason}", feed.url)));
    }
    let config = file.replace(List::Feeds, edited, "removed")?;
    out::print(&format!("removed {} from {}\n", arguments.name, config.file.display()))?;
    config_file::adopt(&config)
}

/// Runs `kabar feeds import`: every feed of the list that is not configured yet, in one edit.
pub(super) fn import(globals: &Globals, arguments: &ImportArguments) -> Result<(), Failure> {
    let file = ConfigFile::open(globals)?;
    let path = arguments.file.display();
    let list = opml::read_file(&arguments.file).map_err(|reason| Failure::Other(format!("{path}: {reason}")))?;
    let mut known: BTreeSet<String> = file.config.feeds.iter().map(|feed| feed.url.to_string()).collect();
    let count = list.len();
    if count == 0 {
        return Err(Failure::Other(format!(
            "{path}: no feed is in it; is it a list in OPML?"
        )));
    }
    let new: Vec<NewFeed> = list
        .into_iter()
        .map(|feed| NewFeed {
            url: Url::parse(&feed.url).map_or(feed.url, String::from),
            name: feed.name,
            tags: feed.tags,
        })
        .filter(|feed| known.insert(feed.url.clone()))
        .collect();
    if new.is_empty() {
        let count = out::count(count, "feed", "feeds");
        return out::print(&format!("{path}: its {count} are configured already\n"));
    }
    let config = file.replace(List::Feeds, edit::with_feeds(&file.text, &new), "added")?;
    let added = out::count(new.len(), "feed", "feeds");
    out::print(&format!("added {added} of {count} to {}\n", config.file.display()))?;
    config_file::adopt(&config)
}

/// Runs `kabar feeds export`.
pub(super) fn export(globals: &Globals) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    out::print(&opml::write(&config.feeds))
}
