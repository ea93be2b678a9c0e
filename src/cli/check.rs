//! `kabar check`: is the configuration right?

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::config::Config;
use crate::mail::Transport;

/// Reads the configuration and says what kabar would do with it. Mistakes are exit code 78, all at once.
pub(super) fn check(globals: &Globals) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    out::print(&picture(&config))?;
    if config.warnings.is_empty() {
        Ok(())
    } else {
        Err(Failure::NeedsAPerson)
    }
}

fn picture(config: &Config) -> String {
    let mut text = format!("{}: the configuration is right\n\n", config.file.display());
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
