//! `kabar test-mail`: does mail arrive?

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::cli::runtime::runtime;
use crate::digest::SendOutcome;
use crate::mail::Mailer;
use crate::report;
use crate::report::trial;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kabar test-mail ana\n  kabar test-mail ana --json

The mail goes the way that every mail goes, also while the daemon runs. Exit code 1 where it was
not taken.")]
pub(super) struct TestMailArguments {
    /// The recipient's name
    recipient: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct TestMailJson<'a> {
    recipient: &'a str,
    message_id: String,
    outcome: &'static str,
    response: &'a str,
}

/// Sends a small mail to one recipient and prints what the server said.
pub(super) fn test_mail(globals: &Globals, arguments: &TestMailArguments) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    let recipient = report::recipient_of(&config, Some(&arguments.recipient))?;
    let mailer = Mailer::new(&config.mail)?;
    let (delivery, message) = trial::trial(&config, recipient, Timestamp::now())?;
    out::progress("sending");
    let outcome = runtime()?.block_on(mailer.send(&delivery, &message));
    out::progress("");
    let response = outcome.response();
    match Style::from(arguments.json) {
        Style::Json => out::print_json(&TestMailJson {
            recipient: &recipient.name,
            message_id: delivery.message_id(),
            outcome: outcome.name(),
            response,
        })?,
        Style::Words => out::print(&words(&outcome, &recipient.mailbox, response))?,
    }
    match outcome {
        SendOutcome::Sent(_) => Ok(()),
        SendOutcome::Deferred(_)
        | SendOutcome::Uncertain(_)
        | SendOutcome::Refused(_)
        | SendOutcome::Misconfigured(_) => Err(Failure::NeedsAPerson),
    }
}

fn words(outcome: &SendOutcome, mailbox: &str, response: &str) -> String {
    let (what, next) = match outcome {
        SendOutcome::Sent(_) => (
            "was taken",
            "it must be in the mailbox soon; look among the junk mail, too",
        ),
        SendOutcome::Deferred(_) => ("was put off", "kabar tries such mail again by itself; this one is gone"),
        SendOutcome::Uncertain(_) => ("may have arrived", "look into the mailbox"),
        SendOutcome::Refused(_) => ("was refused", "correct `mail` of the recipient"),
        SendOutcome::Misconfigured(_) => ("could not be sent", "correct [mail]; all mail would wait"),
    };
    format!(
        "The mail to {} {what}: {}\n{next}\n",
        out::safe(mailbox),
        out::safe(response)
    )
}
