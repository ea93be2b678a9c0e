//! `kabar init`: a commented configuration to start from.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::out;
use crate::config;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kabar init\n  kabar init ~/.config/kabar/kabar.toml")]
pub(super) struct InitArguments {
    /// Where to write it; a file that exists is never overwritten
    #[arg(default_value = "kabar.toml", value_name = "FILE")]
    file: PathBuf,
}

/// Writes the starter configuration, readable by its owner only: it may come to hold a password.
pub(super) fn init(arguments: &InitArguments) -> Result<(), Failure> {
    let file = &arguments.file;
    let refused = |error: std::io::Error| {
        let remedy = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "name another file, or move this one away",
            _ => "name a file in a directory that exists and is yours",
        };
        Failure::Other(format!("{}: {error}; {remedy}", file.display()))
    };
    let mut target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(refused)?;
    target.write_all(config::STARTER.as_bytes()).map_err(refused)?;
    let path = file.display();
    out::print(&format!(
        "Wrote {path}. Put your feeds, keywords and address into it, then:\n\n  kabar check --config {path}\n  kabar once --all --config {path}\n"
    ))
}
