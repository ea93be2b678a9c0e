//! The command line: one file per command.
//!
//! Turns arguments into calls, answers into words, errors into exit codes. Decides nothing about news.

mod ask;
mod backup;
mod canon;
mod check;
mod completions;
mod config_file;
mod digest;
mod document;
mod failure;
mod feeds;
mod init;
mod logs;
mod man;
mod once;
mod out;
mod outbox;
mod run;
mod runtime;
mod status;
mod stories;
mod test_mail;
mod watches;
mod why;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::CommandFactory;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap::error::ErrorKind;

use crate::config::LogFormat;

use failure::Failure;

const AFTER_HELP: &str = "\
Examples:
  kabar init kabar.toml              write a configuration to start from
  kabar check --online               is the configuration right, do feeds and mail server answer?
  kabar once --all                   poll every feed once, mail what is due
  kabar run                          the daemon, as a service runs it
  kabar watches test 'Putin AND Trump'

The configuration is looked for in this order: --config FILE, $KABAR_CONFIG, ./kabar.toml,
$XDG_CONFIG_HOME/kabar/kabar.toml, /etc/kabar/kabar.toml.

Exit codes: 0 done, 64 wrong arguments, 78 wrong configuration, 1 anything else.";

/// Watches the news: polls your feeds, keeps each story once, mails what matches your keywords
#[derive(Debug, Parser)]
#[command(name = "kabar", version, after_help = AFTER_HELP, arg_required_else_help = true, max_term_width = 100)]
struct Arguments {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How the log on standard error looks
    #[arg(long, global = true, value_name = "FORMAT", value_enum)]
    log_format: Option<LogChoice>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogChoice {
    /// Text, in colour on a terminal
    Auto,
    /// One readable line per event
    Text,
    /// One JSON object per event
    Json,
}

impl From<LogChoice> for LogFormat {
    fn from(choice: LogChoice) -> Self {
        match choice {
            LogChoice::Auto => Self::Auto,
            LogChoice::Text => Self::Text,
            LogChoice::Json => Self::Json,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented configuration to start from
    Init(init::InitArguments),
    /// Check the configuration: every mistake with file, line, column and what to write
    Check(check::CheckArguments),
    /// Run in the foreground: poll, match and mail until SIGTERM; SIGHUP reads the configuration again
    Run,
    /// Make one pass: poll what is due, seal and send what is due, exit
    Once(once::OnceArguments),
    /// Is all well: feeds, gaps, waiting mail, next digests
    Status(JsonArgument),
    /// Look at the feeds
    #[command(subcommand)]
    Feeds(feeds::FeedsCommand),
    /// Look at the watches, add and remove them, and try queries
    #[command(subcommand)]
    Watches(watches::WatchesCommand),
    /// List stored stories, newest first
    Stories(stories::StoriesArguments),
    /// Look at the next digest, or send it now
    #[command(subcommand)]
    Digest(digest::DigestCommand),
    /// Look at the mails that wait, try them now, or drop them
    #[command(subcommand)]
    Outbox(outbox::OutboxCommand),
    /// Send a small mail to a recipient, to see that it arrives
    TestMail(test_mail::TestMailArguments),
    /// Print the source key of each URL and the rules that made it
    Canon(canon::CanonArguments),
    /// Explain a story: why its sightings are one, which watch wants it, and where
    Why(why::WhyArguments),
    /// Write the whole state into a file, or fill an empty one from it
    #[command(subcommand)]
    Backup(backup::BackupCommand),
    /// Print a script that completes kabar's commands in a shell
    Completions(completions::CompletionsArguments),
    /// Print the manual page
    #[command(after_help = man::EXAMPLES)]
    Man,
}

#[derive(Clone, Copy, Debug, Args)]
struct JsonArgument {
    /// Print JSON, one object per line
    #[arg(long)]
    json: bool,
}

/// What every command may need to know.
#[derive(Debug)]
struct Globals {
    config: Option<PathBuf>,
    log_format: Option<LogFormat>,
}

/// Runs the command that the process was started with and answers its exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let globals = Globals {
        config: arguments.config,
        log_format: arguments.log_format.map(LogFormat::from),
    };
    match dispatch(&globals, arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn dispatch(globals: &Globals, command: Command) -> Result<(), Failure> {
    match command {
        Command::Init(arguments) => init::init(&arguments),
        Command::Check(arguments) => check::check(globals, &arguments),
        Command::Run => run::run(globals),
        Command::Once(arguments) => once::once(globals, &arguments),
        Command::Status(arguments) => status::status(globals, arguments.json.into()),
        Command::Feeds(command) => feeds::feeds(globals, command),
        Command::Watches(command) => watches::watches(globals, command),
        Command::Stories(arguments) => stories::stories(globals, &arguments),
        Command::Digest(command) => digest::digest(globals, command),
        Command::Outbox(command) => outbox::outbox(globals, command),
        Command::TestMail(arguments) => test_mail::test_mail(globals, &arguments),
        Command::Canon(arguments) => canon::canon(&arguments),
        Command::Why(arguments) => why::why(globals, &arguments),
        Command::Backup(command) => backup::backup(globals, command),
        Command::Completions(arguments) => completions::completions(&arguments, Arguments::command()),
        Command::Man => man::man(Arguments::command()),
    }
}

/// Help and version are answers; anything else is exit code 64 (sysexits.h, EX_USAGE).
fn refuse(error: &clap::Error) -> ExitCode {
    // Nothing can be done where even standard error is closed.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(failure::WRONG_ARGUMENTS),
    }
}
