//! `kabar status`: is all well?

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::report::Answer;
use crate::report::Question;
use crate::report::outbox::OutboxRow;
use crate::report::status::Status;

/// Prints the state of everything; exit code 1 where something needs a person.
pub(super) fn status(globals: &Globals, style: Style) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    let status = match ask::ask(&config, &Question::Status)? {
        Answer::Status(status) => status,
        other => return Err(ask::surprise(&other)),
    };
    match style {
        Style::Json => out::print_json(&status)?,
        Style::Words => out::print(&words(&status, &config.timezone))?,
    }
    if status.is_well {
        Ok(())
    } else {
        Err(Failure::NeedsAPerson)
    }
}

fn words(status: &Status, zone: &TimeZone) -> String {
    let mut text = if status.is_well {
        "All is well\n\n".to_owned()
    } else {
        "Something needs you\n\n".to_owned()
    };
    let stories = usize::try_from(status.stories).unwrap_or(usize::MAX);
    text += &format!(
        "  feeds     {}, {} failing, {} not polled yet\n",
        status.feeds,
        status.failing.len(),
        status.feeds_new
    );
    text += &format!("  stories   {stories}\n");
    text += &format!(
        "  outbox    {}\n",
        out::count(status.outbox.len(), "mail waits", "mails wait")
    );
    for recipient in &status.recipients {
        let next = recipient
            .next_digest
            .map_or_else(|| "never".to_owned(), |next| local(next, zone));
        let waiting = out::count(recipient.pending, "story waits", "stories wait");
        text += &format!("  {:<9} next digest {next}, {waiting}", recipient.name);
        if recipient.alerts > 0 {
            text += &format!("; {} for an alert", out::count(recipient.alerts, "waits", "wait"));
        }
        text += "\n";
    }
    text + &troubles(status, zone)
}

/// What needs a person, or is worth knowing: a paragraph each, with what to do.
fn troubles(status: &Status, zone: &TimeZone) -> String {
    let mut text = String::new();
    for feed in &status.failing {
        let since = feed.last_success.map_or_else(
            || "never worked".to_owned(),
            |at| format!("last worked {}", local(at, zone)),
        );
        let error = out::safe(feed.error.as_deref().unwrap_or_default());
        text += &format!("\nfeed {} ({since}): {error}\n", out::safe(&feed.name));
    }
    for feed in &status.gaps {
        let seen = feed.last_gap.map_or_else(String::new, |at| local(at, zone));
        text += &format!(
            "\nfeed {} ({seen}): every entry was new, so some may have come and gone unseen; kabar asks it sooner now, and where that is not enough, give it a shorter `every`\n",
            out::safe(&feed.name)
        );
    }
    for feed in &status.slow {
        let seconds = feed.answer_ms.unwrap_or_default().div_ceil(1000);
        text += &format!(
            "\nfeed {}: slow, its answers usually take {seconds} s; give it more `timeout` in [polling] before it fails\n",
            out::safe(&feed.name)
        );
    }
    for feed in &status.moved {
        let to = out::safe(feed.moved_to.as_deref().unwrap_or_default());
        text += &format!(
            "\nfeed {}: has moved for good to {to}; write that address instead of {}\n",
            out::safe(&feed.name),
            feed.url
        );
    }
    if let Some(due) = status.unattended_since.filter(|_| !status.is_running) {
        text += &format!(
            "\nno kabar runs: polls have been due since {}; start the service, or type `kabar run`\n",
            local(due, zone)
        );
    }
    for feed in status.overdue.iter().filter(|_| status.is_running) {
        let due = feed.next_poll.map_or_else(String::new, |at| local(at, zone));
        text += &format!(
            "\nfeed {}: was to be polled at {due} and was not: its server asked for a pause, or has more feeds than it can be asked for; the log says more\n",
            out::safe(&feed.name)
        );
    }
    for stranger in &status.strangers {
        text += &format!("\n{stranger}\n");
    }
    text += &status.outbox.iter().map(|row| mail_line(row, zone)).collect::<String>();
    text += &status
        .refused
        .iter()
        .map(|row| mail_line(row, zone))
        .collect::<String>();
    text
}

fn mail_line(row: &OutboxRow, zone: &TimeZone) -> String {
    let error = out::safe(row.error.as_deref().unwrap_or("not tried yet"));
    let next = row
        .next_attempt
        .map_or_else(String::new, |next| format!("; next try {}", local(next, zone)));
    format!("\nmail {} to {}: {error}{next}\n", row.id, row.recipient)
}

/// A moment as its reader's clock shows it.
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}
