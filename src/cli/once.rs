//! `kabar once`: one pass.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli;
use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::logs;
use crate::cli::logs::Loudness;
use crate::cli::out;
use crate::cli::out::Style;
use crate::cli::runtime::runtime;
use crate::config::Config;
use crate::config::units;
use crate::daemon;
use crate::daemon::Clock;
use crate::daemon::MailTally;
use crate::daemon::Pass;
use crate::daemon::PassReport;
use crate::daemon::PollTally;
use crate::daemon::Setup;
use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::mail;
use crate::mail::Transport;
use crate::report::feeds;
use crate::report::feeds::FeedRow;
use crate::report::status;
use crate::store;
use crate::store::Store;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kabar once --all\n  kabar once --all --digest-now\n  kabar once --json --no-send")]
pub(super) struct OnceArguments {
    /// Poll every feed, due or not
    #[arg(long)]
    all: bool,
    /// Seal what waits now instead of at the recipients' times
    #[arg(long)]
    digest_now: bool,
    /// Leave sealed mail in the outbox
    #[arg(long)]
    no_send: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct OnceJson {
    feeds: usize,
    #[serde(flatten)]
    polls: PollTally,
    mails_sent: usize,
    mails_waiting: usize,
}

/// Polls, seals and sends once, and prints what happened.
pub(super) fn once(globals: &Globals, arguments: &OnceArguments) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    logs::begin(globals.log_format.unwrap_or(config.log_format), Loudness::Command);
    let store: Arc<dyn Store> = Arc::new(store::open(&config.state)?);
    let pass = Pass {
        polls_all: arguments.all,
        seals_now: arguments.digest_now,
        sends: !arguments.no_send,
    };
    let setup = Arc::new(Setup::new(config)?);
    let config = Arc::clone(&setup.config);
    let feeds = config.feeds.len();
    let mut show = |tally: PollTally| out::progress(&format!("polled {} of {feeds} feeds", tally.polled));
    let report = runtime()?.block_on(daemon::once(&setup, &store, &Clock::System, pass, &mut show));
    out::progress("");
    let report = report?;
    let summary = match Style::from(arguments.json) {
        Style::Json => out::print_json(&json(feeds, &report)),
        Style::Words => out::print(&words(&config, store.as_ref(), &report)?),
    };
    store.close()?;
    summary
}

fn json(feeds: usize, report: &PassReport) -> OnceJson {
    OnceJson {
        feeds,
        polls: report.polls,
        mails_sent: report.mails.sent.len(),
        mails_waiting: report.mails.waiting,
    }
}

fn words(config: &Config, store: &dyn Store, report: &PassReport) -> Result<String, Failure> {
    let tally = report.polls;
    let mut text = format!(
        "Polled {}: {} with news, {} unchanged, {} failed\n",
        out::count(tally.polled, "feed", "feeds"),
        tally.fresh,
        tally.not_modified,
        tally.failed
    );
    for row in feeds::rows(store, config, Timestamp::now())? {
        text += &feed_line(&row);
    }
    text += &format!(
        "\nRead {}: {}, {} seen in one more feed, {}\n",
        out::count(tally.items, "item", "items"),
        out::count(tally.stories_new, "new story", "new stories"),
        tally.sightings,
        out::count(tally.matches, "match", "matches")
    );
    text += &mails(config, store, report)?;
    Ok(text)
}

fn feed_line(row: &FeedRow) -> String {
    let name = out::safe(&row.name);
    match &row.error {
        Some(error) => format!("  failed  {name}: {}\n", out::safe(error)),
        None if row.last_poll.is_none() => {
            format!("  waits   {name}: left for a later pass, not due yet or put off by its server\n")
        }
        None => {
            let stories = usize::try_from(row.stories).unwrap_or(usize::MAX);
            format!("  ok      {name}: {} in all\n", out::count(stories, "story", "stories"))
        }
    }
}

fn mails(config: &Config, store: &dyn Store, report: &PassReport) -> Result<String, Failure> {
    let mut text = String::new();
    for delivery in &report.mails.sent {
        text += &format!("\nMailed to {}: {}\n", delivery.recipient, delivery.subject);
        if let Transport::Directory { path } = &config.mail.transport {
            text += &format!("  in {}\n", shown(&path.join(format!("{}.eml", delivery.id))));
        }
        text += &letter(store, delivery)?;
    }
    for delivery in &report.mails.refused {
        let reason = match &delivery.state {
            DeliveryState::Failed { reason, .. } => out::safe(reason),
            DeliveryState::Waiting { .. } | DeliveryState::Attempting { .. } | DeliveryState::Sent { .. } => continue,
        };
        text += &format!(
            "\nRefused for {}: {}\n  {reason}\n  its stories go into the next digest\n",
            delivery.recipient,
            out::safe(&delivery.subject)
        );
    }
    if report.mails == MailTally::default() {
        text += &format!("\nNo mail: {}\n", why_none(config, store, report)?);
    }
    if report.mails.waiting > 0 {
        text += &format!(
            "\n{} in the outbox; `kabar status` says why\n",
            out::count(report.mails.waiting, "mail waits", "mails wait")
        );
    }
    Ok(text)
}

/// Why no mail was sent, refused or left waiting.
fn why_none(config: &Config, store: &dyn Store, report: &PassReport) -> Result<String, Failure> {
    if config.recipients.is_empty() {
        return Ok("nobody gets any; write to = \"me@example.org\" in [mail]".to_owned());
    }
    let mut waiting = Vec::new();
    for row in status::recipient_rows(store, config, Timestamp::now())? {
        let stories = |number| out::count(number, "story waits", "stories wait");
        if row.pending > 0 {
            let at = row
                .next_digest
                .map(|at| format!(" of {}", cli::status::local(at, &config.timezone)));
            let at = at.unwrap_or_default();
            waiting.push(format!("{}: {} for the digest{at}", row.name, stories(row.pending)));
        }
        if row.alerts > 0 {
            waiting.push(format!("{}: {} for an alert", row.name, stories(row.alerts)));
        }
    }
    if !waiting.is_empty() {
        return Ok(format!("{}; `kabar once --digest-now` sends now", waiting.join(", ")));
    }
    if report.polls.matches == 0 {
        return Ok("nothing new matched".to_owned());
    }
    let backfill = units::written(config.polling.backfill);
    Ok(format!(
        "what matched is not mailed: the first document of a feed is news only where it is younger than `backfill` ({backfill}), and nothing is kept for who has digest = \"never\"; `kabar stories` shows it"
    ))
}

/// The text part of the mail that was sent, as its reader sees it.
fn letter(store: &dyn Store, delivery: &Delivery) -> Result<String, Failure> {
    let message = store.message(&delivery.id)?.unwrap_or_default();
    Ok(mail::text_part(&message)
        .map(|text| format!("\n{text}\n"))
        .unwrap_or_default())
}

/// The path as a person would type it, without "..".
fn shown(path: &Path) -> String {
    path.canonicalize()
        .unwrap_or_else(|_| path.to_owned())
        .display()
        .to_string()
}
