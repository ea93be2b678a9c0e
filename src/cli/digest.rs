//! `kabar digest`: the next digest, looked at before it is sealed, or sent at once.

use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::outbox;
use crate::daemon::Order;
use crate::report::Answer;
use crate::report::Question;

#[derive(Debug, Subcommand)]
pub(super) enum DigestCommand {
    /// Show what would stand in the next digest; nothing is sealed or sent
    Preview(PreviewArguments),
    /// Send what waits for the next digest now; the schedule stays as it is
    Send(SendArguments),
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

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kabar digest send ana\n  kabar digest send ana --json

What is sent now is not in the next digest. Exit code 1 where the mail waits in the outbox.")]
pub(super) struct SendArguments {
    /// The recipient's name
    recipient: String,
    /// Print JSON, one object per line
    #[arg(long)]
    json: bool,
}

/// Runs a `kabar digest` command.
pub(super) fn digest(globals: &Globals, command: DigestCommand) -> Result<(), Failure> {
    match command {
        DigestCommand::Preview(arguments) => preview(globals, arguments),
        DigestCommand::Send(arguments) => send(globals, arguments),
    }
}

fn send(globals: &Globals, arguments: SendArguments) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    let zone = config.timezone.clone();
    let rows = ask::order(config, Order::Send(arguments.recipient))?;
    outbox::show(
        &rows,
        &zone,
        arguments.json.into(),
        "Nothing waits for the next digest\n",
    )?;
    outbox::all_sent(&rows)
}

fn preview(globals: &Globals, arguments: PreviewArguments) -> Result<(), Failure> {
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
