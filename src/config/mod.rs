//! The configuration file, checked as a whole: every mistake at once, each with its place and what to write.
//!
//! Each module owns its settings' type; this folder fills them. Never opens the store, a socket or a feed.

mod address;
pub mod edit;
mod environment;
mod errors;
mod feeds;
mod file;
mod find;
mod mail;
pub mod opml;
mod pack;
mod recipients;
mod schema;
mod secret;
mod settings;
mod smtp;
mod starter;
mod templates;
#[cfg(test)]
mod tests;
pub mod units;
mod watches;

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::config::errors::Report;
use crate::config::file::Table;
use crate::config::recipients::Defaults;
use crate::config::schema::TOP;
use crate::digest::Recipient;
use crate::digest::Templates;
use crate::feed::Feed;
use crate::fetch::FetchSettings;
use crate::mail::MailSettings;
use crate::schedule::PollSettings;
use crate::watch::Aliases;
use crate::watch::Watch;

pub use environment::Environment;
pub use errors::ConfigError;
pub use errors::ConfigErrors;
pub use feeds::feed_at;
pub use find::find;
pub use find::user_file;
pub use pack::aliases as packed_aliases;
pub use starter::STARTER;

/// The largest configuration: 10,000 feeds of 400 bytes.
const FILE_LIMIT_BYTES: u64 = 4 * 1024 * 1024;

/// Everything that a user may set, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file that was read, absolute.
    pub file: PathBuf,
    /// The state directory, absolute.
    pub state: PathBuf,
    /// The control socket.
    pub socket: PathBuf,
    /// The zone of recipients that name none.
    pub timezone: TimeZone,
    /// The language of mails to recipients that name none.
    pub language: String,
    /// When to poll.
    pub polling: PollSettings,
    /// How to ask.
    pub fetch: FetchSettings,
    /// What to poll; no URL twice.
    pub feeds: Vec<Feed>,
    /// What to look for; no name twice.
    pub watches: Vec<Watch>,
    /// Names in many scripts, used as `@name` in a query.
    pub aliases: Aliases,
    /// Who gets mail; no name twice.
    pub recipients: Vec<Recipient>,
    /// How mail leaves.
    pub mail: MailSettings,
    /// What mails are written with.
    pub templates: Templates,
    /// Stories in one mail; the rest is counted.
    pub entries_max: usize,
    /// Whether a digest is mailed when nothing happened.
    pub send_empty: SendEmpty,
    /// How long the text of stories is kept.
    pub retention_stories: Duration,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is accepted but may not mean what its author thinks, each with its place.
    pub warnings: Vec<String>,
}

/// Whether a digest is mailed when nothing happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SendEmpty {
    /// Never: silence stays silence.
    Never,
    /// As a sign of life where a recipient heard nothing for a week.
    #[default]
    Weekly,
    /// At every slot.
    Always,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text.
    #[default]
    Auto,
    /// Text.
    Text,
    /// One JSON object a line.
    Json,
}

/// Reads and checks the file at `path`; `KABAR_*` variables stand over it.
///
/// Reads the OPML lists and password files that it names, and runs its password commands.
///
/// # Errors
/// Every mistake in it, in its order.
pub fn load(path: &Path, environment: &Environment) -> Result<Config, ConfigErrors> {
    let path = environment.directory.join(path);
    let text = read(&path)?;
    check(&path, &text, environment)
}

/// The text of the configuration file at `path`.
///
/// # Errors
/// When it cannot be read, is too large or not UTF-8.
pub fn read(path: &Path) -> Result<String, ConfigErrors> {
    read_limited(path, FILE_LIMIT_BYTES).map_err(|reason| ConfigErrors::one(path.display(), reason))
}

/// Checks `text` as if it stood in the file at `path`, which is absolute.
///
/// # Errors
/// As [`load`].
pub fn check(path: &Path, text: &str, environment: &Environment) -> Result<Config, ConfigErrors> {
    let mut report = Report::new(path, text);
    let mut root = file::parse(text, &mut report);
    if report.has_errors() {
        // What follows a broken line is guesswork.
        return Err(report.into_errors());
    }
    environment::overlay(&mut root, environment, &mut report);
    let top = Table::open(&root, 0..0, &TOP, &mut report);
    let mut config = build(&top, environment, &mut report);
    config.warnings = report.finish()?;
    Ok(config)
}

/// Every part of the configuration; where one is wrong it is reported and its default stands in.
fn build(top: &Table<'_>, environment: &Environment, report: &mut Report) -> Config {
    settings::refuse_what_is_missing(top, report);
    let state = settings::state(top, environment, report);
    let timezone = settings::timezone(top, report).unwrap_or_else(TimeZone::system);
    let templates = templates::templates(top, report);
    let language = settings::language(top, &templates, report).unwrap_or_else(|| templates.languages()[0].to_owned());
    let (polling, fetch) = settings::polling(top, report);
    let feeds = feeds::feeds(top, report);
    let defaults = Defaults {
        timezone: &timezone,
        language: &language,
        templates: &templates,
    };
    let recipients = recipients::recipients(top, defaults, report);
    let aliases = watches::aliases(top, report);
    let watches = watches::watches(top, &aliases, &feeds, &recipients, report);
    let mail = mail::mail(top, &state, &recipients, environment, report);
    let (entries_max, send_empty) = mail::digest_limits(top, report);
    Config {
        file: report.path().to_owned(),
        socket: settings::socket(&state, environment),
        state,
        timezone,
        language,
        polling,
        fetch,
        feeds,
        watches,
        aliases,
        recipients,
        mail,
        templates,
        entries_max,
        send_empty,
        retention_stories: settings::retention(top, report),
        log_format: settings::log_format(top, report),
        warnings: Vec::new(),
    }
}

/// The text of a file that must not be larger than `limit_bytes`; else what is wrong and what to do.
fn read_limited(path: &Path, limit_bytes: u64) -> Result<String, String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(limit_bytes.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| {
            format!("cannot be read: {error}; correct the path, or make the file readable for this user")
        })?;
    if bytes.len() as u64 > limit_bytes {
        return Err(format!(
            "is larger than {limit_bytes} bytes; split it into several OPML lists"
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("byte {at} is not UTF-8; save the file as UTF-8")
    })
}
