//! `kabar digest preview`: the next digest, before it is sealed.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::report::Answer;
use crate::report::Question;

#[derive(Debug, Subcommand)]
pub(super) enum DigestCommand {
    /// Show what would stand in the next digest; nothing is sealed or sent
    Preview(PreviewArguments),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kabar digest preview\n  kabar digest preview ana --html /tmp/digest.html")]
pub(super) struct PreviewArguments {
    /// The recipient; the first of the configuration without it
    recipient: Option<String>,
    /// Write the HTML part to this file; "-" is the standard output
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Runs a `kabar digest` command.
pub(super) fn digest(globals: &Globals, command: DigestCommand) -> Result<(), Failure> {
    let DigestCommand::Preview(arguments) = command;
    let config = ask::load(globals)?;
    let preview = match ask::ask(
        &config,
        &Question::Preview {
            recipient: arguments.recipient,
        },
    )? {
        Answer::Preview(preview) => preview,
        other => return Err(ask::surprise(&other)),
    };
    let Some(preview) = preview else {
        return out::print("Nothing waits for the next digest\n");
    };
    if let Some(file) = arguments.html {
        if file == Path::new("-") {
            return out::print(&preview.html);
        }
        std::fs::write(&file, &preview.html)
            .map_err(|error| Failure::Other(format!("{}: {error}; name another file", file.display())))?;
        return out::print(&format!("Wrote {}\n", file.display()));
    }
    let due = preview.due.map(|due| format!("Due: {due}\n")).unwrap_or_default();
    out::print(&format!(
        "To: {}\n{due}Subject: {}\n\n{}",
        preview.mailbox, preview.subject, preview.text
    ))
}
