//! `kabar check`: is the configuration right, and with `--online`: do the feeds and the mail server answer?

use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::cli::runtime::runtime;
use crate::config::Config;
use crate::daemon;
use crate::daemon::Clock;
use crate::daemon::Probed;
use crate::daemon::Setup;
use crate::mail::Transport;
use crate::report::Answer;
use crate::report::Question;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kabar check\n  kabar check --online

Without --online nothing is asked on the network. With it every feed is asked once, and kabar logs
in to the mail server as it would for a mail, but sends none. Exit code 78 for a wrong
configuration, 1 where something else needs a person.")]
pub(super) struct CheckArguments {
    /// Ask every feed, and log in to the mail server
    #[arg(long)]
    online: bool,
    /// Print JSON, one object per line: what was asked, and what it answered
    #[arg(long, requires = "online")]
    json: bool,
}

#[derive(Serialize)]
struct ProbedJson<'a> {
    subject: &'a str,
    ok: bool,
    detail: &'a str,
}

/// Reads the configuration and says what kabar would do with it. Mistakes are exit code 78, all at once.
pub(super) fn check(globals: &Globals, arguments: &CheckArguments) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    let style = Style::from(arguments.json);
    if style == Style::Words {
        out::print(&picture(&config))?;
        out::print(&strangers(&config))?;
    }
    let has_warnings = !config.warnings.is_empty();
    if arguments.online {
        online(config, style)?;
    }
    if has_warnings {
        return Err(Failure::NeedsAPerson);
    }
    Ok(())
}

/// For whom something waits though they are not configured; nothing where there is no state yet, or it cannot be looked at.
fn strangers(config: &Config) -> String {
    if !config.state.is_dir() {
        return String::new();
    }
    match ask::ask(config, &Question::Status) {
        Ok(Answer::Status(status)) => {
            let notes = status.strangers.iter();
            notes.map(|stranger| format!("\nnote: {stranger}\n")).collect()
        }
        Ok(_) | Err(_) => String::new(),
    }
}

/// Asks everybody, and prints each answer as it comes.
fn online(config: Config, style: Style) -> Result<(), Failure> {
    let setup = Arc::new(Setup::new(config)?);
    let total = setup.config.feeds.len() + 1;
    let (mut asked, mut troubles) = (0, 0);
    let mut printed = out::print(if style == Style::Words { "\n" } else { "" });
    let mut heard = |probed: Probed| {
        asked += 1;
        troubles += usize::from(probed.result.is_err());
        out::progress("");
        if printed.is_ok() {
            printed = show(&probed, style);
        }
        out::progress(&format!("asked {asked} of {total}"));
    };
    runtime()?.block_on(daemon::probe(&setup, &Clock::System, &mut heard));
    out::progress("");
    printed?;
    if troubles == 0 {
        return Ok(());
    }
    if style == Style::Words {
        out::print(&format!("\n{troubles} of {total} need you\n"))?;
    }
    Err(Failure::NeedsAPerson)
}

fn show(probed: &Probed, style: Style) -> Result<(), Failure> {
    let (ok, detail) = match &probed.result {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    match style {
        Style::Json => out::print_json(&ProbedJson {
            subject: &probed.subject,
            ok,
            detail,
        }),
        Style::Words if ok => out::print(&format!("  ok      {}: {}\n", probed.subject, out::safe(detail))),
        // What failed names its address itself.
        Style::Words => out::print(&format!("  failed  {}\n", out::safe(detail))),
    }
}

fn picture(config: &Config) -> String {
    let verdict = match config.warnings.len() {
        0 => "the configuration is right".to_owned(),
        count => format!(
            "the configuration can be used; {} below",
            out::count(count, "warning", "warnings")
        ),
    };
    let mut text = format!("{}: {verdict}\n\n", config.file.display());
    text += &format!("  state       {}\n", config.state.display());
    text += &format!("  feeds       {}\n", config.feeds.len());
    for watch in &config.watches {
        text += &format!("  watch       {}\n", watch.name);
        let reading = watch.query.to_string();
        if reading != watch.name {
            text += &format!("              reads as: {reading}\n");
        }
        for lint in watch.query.lints() {
            text += &format!("              note: {lint}\n");
        }
    }
    for recipient in &config.recipients {
        text += &format!(
            "  recipient   {}: {}, digest {}\n",
            recipient.name, recipient.mailbox, recipient.digest
        );
    }
    text += &format!("  mail        {}\n", transport(&config.mail.transport));
    for warning in &config.warnings {
        text += &format!("\nwarning: {warning}\n");
    }
    text
}

fn transport(transport: &Transport) -> String {
    match transport {
        Transport::Smtp(smtp) => format!("by SMTP to {}", smtp.server),
        Transport::Sendmail { program } => format!("by {}", program.display()),
        Transport::Directory { path } => format!("into {} (one .eml file a mail; set `smtp` to send)", path.display()),
    }
}
