//! Polling, zone, language, state, retention and log.
//!
//! Owns their defaults where no other module does, and their floors. Never opens what they name.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use url::Url;

use crate::config::LogFormat;
use crate::config::environment::Environment;
use crate::config::errors::Report;
use crate::config::file::Shape;
use crate::config::file::Table;
use crate::config::find::default_state;
use crate::config::schema;
use crate::config::schema::did_you_mean;
use crate::config::units;
use crate::digest::Templates;
use crate::fetch::FetchSettings;
use crate::schedule::PollSettings;

/// The shortest interval between two polls of a feed: no publisher is faster, and many answer 429 below it.
pub(crate) const INTERVAL_FLOOR: Duration = Duration::from_secs(60);

/// Sockets that one process may hope for (the usual soft limit of open files is 1024).
const CONCURRENCY_MAX: u64 = 512;

/// What stories are kept for (PRODUCT section 4, `[retention]`).
const RETENTION_DEFAULT: Duration = Duration::from_secs(90 * 86_400);

/// A day: digests and their outbox need the stories at least that long.
const RETENTION_FLOOR: Duration = Duration::from_secs(86_400);

/// Says honestly what this version has not.
pub(crate) fn refuse_what_is_missing(top: &Table<'_>, report: &mut Report) {
    if let Some(web) = top.value("web") {
        report.error(&web.span(), "[web] is not available in this version; remove it");
    }
}

/// The state directory: the key (relative to the file), else the environment's.
pub(crate) fn state(top: &Table<'_>, environment: &Environment, report: &mut Report) -> PathBuf {
    if let Some(text) = top.text("state", "/var/lib/kabar", report) {
        return without_dots(&report.folder().join(text.value));
    }
    default_state(environment).unwrap_or_else(|| {
        report.error(
            &(0..0),
            "there is no HOME to keep the state in; write state = \"/var/lib/kabar\"",
        );
        PathBuf::new()
    })
}

/// The path without `.` and `..`, as its text says: two spellings of one directory are one state.
fn without_dots(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => clean.push(component),
        }
    }
    clean
}

/// The control socket: in the service's or the user's runtime directory, else in the state.
pub(crate) fn socket(state: &Path, environment: &Environment) -> PathBuf {
    let runtime = environment
        .variable("RUNTIME_DIRECTORY")
        .and_then(|directories| directories.split(':').next())
        .or_else(|| environment.variable("XDG_RUNTIME_DIR"));
    runtime.map_or(state, Path::new).join("kabar.sock")
}

/// A time zone by its IANA name.
pub(crate) fn timezone(table: &Table<'_>, report: &mut Report) -> Option<TimeZone> {
    let text = table.text("timezone", "Asia/Jakarta", report)?;
    let zone = TimeZone::get(&text.value).map_err(|_| {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let near = did_you_mean(&text.value, names.iter().map(String::as_str));
        format!(
            "timezone \"{}\" is unknown{near}; write an IANA name such as \"Asia/Jakarta\"",
            text.value
        )
    });
    report.keep(&text.place, zone)
}

/// A language of the mail's own words.
pub(crate) fn language(table: &Table<'_>, templates: &Templates, report: &mut Report) -> Option<String> {
    let words: Vec<(&str, &str)> = templates
        .languages()
        .into_iter()
        .map(|language| (language, language))
        .collect();
    table.choice("language", &words, report).map(str::to_owned)
}

/// `[polling]`: when to poll and how to ask.
pub(crate) fn polling(top: &Table<'_>, report: &mut Report) -> (PollSettings, FetchSettings) {
    let (mut poll, mut fetch) = (PollSettings::default(), FetchSettings::default());
    let Some(table) = top.table("polling", &schema::POLLING, report) else {
        return (poll, fetch);
    };
    intervals(&table, &mut poll, report);
    if let Some(count) = table.count("concurrency", 1, CONCURRENCY_MAX, report) {
        poll.concurrency = usize::try_from(count).unwrap_or(poll.concurrency);
    }
    if let Some(gap) = table.duration("host_gap", Duration::ZERO, report) {
        (poll.host_gap, fetch.host_gap) = (gap, gap);
    }
    if let Some(backfill) = table.duration("backfill", Duration::ZERO, report) {
        poll.backfill = backfill;
    }
    if let Some(timeout) = table.duration("timeout", Duration::from_secs(1), report) {
        fetch.timeout = timeout;
    }
    if let Some(size) = table.size("body_limit", report) {
        fetch.body_limit_bytes = size;
    }
    if let Some(flag) = table.flag("allow_private_addresses", report) {
        fetch.allow_private_addresses = flag;
    }
    fetch.contact = contact(&table, report);
    fetch.proxy = proxy(&table, report);
    (poll, fetch)
}

fn intervals(polling: &Table<'_>, poll: &mut PollSettings, report: &mut Report) {
    match polling.shape("interval", &schema::INTERVAL, report) {
        None => {}
        Some(Shape::Text(_)) => {
            if let Some(interval) = polling.duration("interval", INTERVAL_FLOOR, report) {
                (poll.interval_min, poll.interval_max) = (interval, interval);
            }
        }
        Some(Shape::Table(table)) => {
            let least = table
                .duration("min", INTERVAL_FLOOR, report)
                .unwrap_or(poll.interval_min);
            let most = table
                .duration("max", INTERVAL_FLOOR, report)
                .unwrap_or(poll.interval_max.max(least));
            if least > most {
                let (least, most) = (units::written(least), units::written(most));
                report.error(
                    &table.place,
                    format!("interval: min {least} is longer than max {most}; write {{ min = \"{most}\", max = \"{least}\" }}"),
                );
                return;
            }
            (poll.interval_min, poll.interval_max) = (least, most);
        }
    }
}

fn contact(polling: &Table<'_>, report: &mut Report) -> Option<String> {
    let text = polling.text("contact", "mailto:ops@example.org", report)?;
    // It becomes part of a header (RFC 9110 section 5.5): printable ASCII, and nothing that ends a comment.
    if text.value.chars().any(|c| !c.is_ascii_graphic() || "()\\".contains(c)) {
        report.error(
            &text.place,
            "contact has characters that a User-Agent cannot carry; write an address such as \"mailto:ops@example.org\"",
        );
        return None;
    }
    Some(text.value)
}

fn proxy(polling: &Table<'_>, report: &mut Report) -> Option<Url> {
    let text = polling.text("proxy", "socks5h://127.0.0.1:9050", report)?;
    let example = "write http://HOST:PORT or socks5h://HOST:PORT";
    let url = Url::parse(&text.value)
        .map_err(|error| format!("proxy \"{}\" is no URL ({error}); {example}", text.value))
        .and_then(|url| match url.scheme() {
            "http" | "https" | "socks5" | "socks5h" if url.has_host() => Ok(url),
            other => Err(format!(
                "proxy: \"{other}\" is no kind of proxy that kabar knows; {example}"
            )),
        });
    report.keep(&text.place, url)
}

/// `[retention] stories`.
pub(crate) fn retention(top: &Table<'_>, report: &mut Report) -> Duration {
    top.table("retention", &schema::RETENTION, report)
        .and_then(|table| table.duration("stories", RETENTION_FLOOR, report))
        .unwrap_or(RETENTION_DEFAULT)
}

/// `[log] format`.
pub(crate) fn log_format(top: &Table<'_>, report: &mut Report) -> LogFormat {
    let words = [
        ("auto", LogFormat::Auto),
        ("text", LogFormat::Text),
        ("json", LogFormat::Json),
    ];
    top.table("log", &schema::LOG, report)
        .and_then(|table| table.choice("format", &words, report))
        .unwrap_or_default()
}
