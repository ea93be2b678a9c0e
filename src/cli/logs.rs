//! The log on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// What is logged where `KABAR_LOG` says nothing: our own lines, and warnings of the libraries.
const FILTER_DEFAULT: &str = "warn,kabar=info";
/// For commands that print their own summary: trouble only.
const FILTER_QUIET: &str = "error";

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loudness {
    /// The daemon: its log is its only voice.
    Daemon,
    /// A command that prints a summary.
    Command,
}

/// Begins the log. `KABAR_LOG` takes filters such as `kabar=debug`.
pub(super) fn begin(format: LogFormat, loudness: Loudness) {
    let default = match loudness {
        Loudness::Daemon => FILTER_DEFAULT,
        Loudness::Command => FILTER_QUIET,
    };
    let filter = EnvFilter::try_from_env("KABAR_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let is_terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second log in one process (tests) keeps the first.
    let _ = match format {
        LogFormat::Json => builder.json().flatten_event(true).with_target(false).try_init(),
        LogFormat::Auto | LogFormat::Text => {
            // The journal writes its own time.
            let in_journal = std::env::var_os("JOURNAL_STREAM").is_some();
            let builder = builder.with_ansi(is_terminal).with_target(false);
            if in_journal {
                builder.without_time().try_init()
            } else {
                builder.try_init()
            }
        }
    };
}
