//! `kabar outbox`: the mails that no server has taken yet.

use clap::Args;
use clap::Subcommand;
use jiff::tz::TimeZone;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::cli::status::local;
use crate::daemon::Order;
use crate::report::Answer;
use crate::report::Question;
use crate::report::outbox::Listed;
use crate::report::outbox::OutboxRow;
use crate::report::outbox::Standing;

#[derive(Debug, Subcommand)]
pub(super) enum OutboxCommand {
    /// List the mails that wait, are being sent, or were given up
    List(ListArguments),
    /// Try mails now instead of at their time
    Retry(RetryArguments),
    /// Forget mails for good; their stories are not mailed again
    Drop(DropArguments),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kabar outbox list\n  kabar outbox list --all --json

A mail that the server puts off is tried again after 5, 10, 20, 40, then every 66 minutes. After
five days, or when the server refuses the recipient, it is given up and its stories go into the
next digest, marked late.")]
pub(super) struct ListArguments {
    /// The mails that were sent, too (those of `retention`)
    #[arg(long)]
    all: bool,
    /// Print JSON, one object per line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar outbox retry 20261125T070000-3f9a0c11d2\n  kabar outbox retry --all

Exit code 1 where a mail still waits afterwards."
)]
pub(super) struct RetryArguments {
    /// The mails, by the ids that `kabar outbox list` shows
    #[arg(required_unless_present = "all", value_name = "ID")]
    ids: Vec<String>,
    /// Every mail that waits
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Print JSON, one object per line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  kabar outbox drop 20261125T070000-3f9a0c11d2

The stories stay in `kabar stories`. The stories of a mail that was given up are in the next
digest already; dropping it only takes it off this list and out of `kabar status`.")]
pub(super) struct DropArguments {
    /// The mails, by the ids that `kabar outbox list` shows
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Print JSON, one object per line
    #[arg(long)]
    json: bool,
}

/// Runs a `kabar outbox` command.
pub(super) fn outbox(globals: &Globals, command: OutboxCommand) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    let zone = config.timezone.clone();
    match command {
        OutboxCommand::List(arguments) => {
            let listed = if arguments.all {
                Listed::All
            } else {
                Listed::Undelivered
            };
            let rows = match ask::ask(&config, &Question::Outbox(listed))? {
                Answer::Outbox(rows) => rows,
                other => return Err(ask::surprise(&other)),
            };
            let empty = match listed {
                Listed::Undelivered => "No mail waits\n",
                Listed::All => "No mail yet\n",
            };
            show(&rows, &zone, arguments.json.into(), empty)
        }
        OutboxCommand::Retry(arguments) => {
            let order = if arguments.all {
                Order::RetryAll
            } else {
                Order::Retry(arguments.ids)
            };
            let rows = ask::order(config, order)?;
            show(&rows, &zone, arguments.json.into(), "No mail waits\n")?;
            all_sent(&rows)
        }
        OutboxCommand::Drop(arguments) => {
            let rows = ask::order(config, Order::Drop(arguments.ids))?;
            match Style::from(arguments.json) {
                Style::Json => out::print_rows(&rows),
                Style::Words => out::print(&rows.iter().map(dropped).collect::<String>()),
            }
        }
    }
}

/// Prints the mails.
pub(super) fn show(rows: &[OutboxRow], zone: &TimeZone, style: Style, empty: &str) -> Result<(), Failure> {
    match style {
        Style::Json => out::print_rows(rows),
        Style::Words if rows.is_empty() => out::print(empty),
        Style::Words => out::print(&rows.iter().map(|row| words(row, zone)).collect::<String>()),
    }
}

/// Whether a server has taken all of them; exit code 1 where it has not.
pub(super) fn all_sent(rows: &[OutboxRow]) -> Result<(), Failure> {
    if rows.iter().all(|row| row.state == Standing::Sent) {
        Ok(())
    } else {
        Err(Failure::NeedsAPerson)
    }
}

fn words(row: &OutboxRow, zone: &TimeZone) -> String {
    let when = |at: Option<jiff::Timestamp>| at.map_or_else(String::new, |at| local(at, zone));
    let error = out::safe(row.error.as_deref().unwrap_or("not tried yet"));
    let (state, fate) = match row.state {
        Standing::Waiting => {
            let tries = usize::try_from(row.attempts).unwrap_or(usize::MAX);
            let tries = out::count(tries, "attempt", "attempts");
            ("waits", format!("{tries}, next {}: {error}", when(row.next_attempt)))
        }
        Standing::Sending => (
            "sending",
            "being handed over; if kabar does not run, it was interrupted and is tried at the next start".to_owned(),
        ),
        Standing::Sent => {
            let response = out::safe(row.response.as_deref().unwrap_or_default());
            ("sent", format!("{}: {response}", when(row.ended)))
        }
        Standing::Failed => (
            "failed",
            format!(
                "given up {}: {error}; its stories go into the next digest",
                when(row.ended)
            ),
        ),
    };
    let stories = out::count(row.stories, "story", "stories");
    format!(
        "{state:<8} {} to {}: {} ({stories})\n         {fate}\n",
        row.id,
        out::safe(&row.recipient),
        out::safe(&row.subject)
    )
}

fn dropped(row: &OutboxRow) -> String {
    format!(
        "Dropped {} to {}: {}\n",
        row.id,
        out::safe(&row.recipient),
        out::safe(&row.subject)
    )
}
