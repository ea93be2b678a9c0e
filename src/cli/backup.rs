//! `kabar backup`: every record of the state as JSON lines, and back.

use std::fs;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::BufWriter;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::Globals;
use crate::cli::ask;
use crate::cli::failure::Failure;
use crate::cli::out;
use crate::cli::out::Style;
use crate::config::Config;
use crate::daemon;
use crate::daemon::ControlError;
use crate::store;
use crate::store::SledStore;
use crate::store::backup;
use crate::store::backup::BackupError;
use crate::store::backup::Reader;
use crate::store::backup::Tally;

/// The name that stands for standard output and input.
const STANDARD: &str = "-";
/// What is said where the daemon sends no whole backup.
const BROKEN_OFF: &str =
    "the running kabar broke off before the end; what was written is no backup; look at its log, and export again";
/// Bytes between two passing lines on a terminal.
const PROGRESS_BYTES: u64 = 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum BackupCommand {
    /// Write every record of the state into a file, also while kabar runs
    Export(ExportArguments),
    /// Fill an empty state with the records of such a file: all of them, or none
    Import(ImportArguments),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar backup export kabar.jsonl\n  kabar backup export - | zstd > kabar.jsonl.zst

Stories, names, feeds with their validators and pauses, what waits, and mails, sent ones too: a
file that holds all of it is private. One JSON object per line; the last line counts them, and a
file that was cut or changed is refused. The configuration, passwords and mails in a mail
directory are not in it. While kabar runs, it writes the records; polls and mail wait a moment."
)]
pub(super) struct ExportArguments {
    /// The file to write; "-" is standard output
    file: PathBuf,
    /// Replace a file that exists, once the new one is whole
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kabar backup import kabar.jsonl\n  zstdcat kabar.jsonl.zst | kabar backup import -

Stop kabar first. A state that is not empty is refused. After an import that was interrupted,
kabar starts only when the import was made again. Nothing that was mailed is mailed again."
)]
pub(super) struct ImportArguments {
    /// The file to read; "-" is standard input
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct BackupJson<'a> {
    file: String,
    state: String,
    #[serde(flatten)]
    tally: &'a Tally,
}

/// Runs a `kabar backup` command.
pub(super) fn backup(globals: &Globals, command: BackupCommand) -> Result<(), Failure> {
    let config = ask::load(globals)?;
    match command {
        BackupCommand::Export(arguments) if arguments.file.as_os_str() == STANDARD => to_standard_output(&config),
        BackupCommand::Export(arguments) => {
            let tally = to_file(&config, &arguments.file, arguments.force)?;
            let done = format!("Exported {} to", counted(&tally));
            say(&config, &arguments.file, &tally, arguments.json.into(), &done)
        }
        BackupCommand::Import(arguments) => {
            let imported = import(&config, &arguments.file);
            out::progress("");
            let tally = imported?;
            let done = format!("Imported {} from", counted(&tally));
            say(&config, &arguments.file, &tally, arguments.json.into(), &done)
        }
    }
}

fn counted(tally: &Tally) -> String {
    let records = usize::try_from(tally.records).unwrap_or(usize::MAX);
    let stories = usize::try_from(tally.of("stories")).unwrap_or(usize::MAX);
    let mails = usize::try_from(tally.of("deliveries")).unwrap_or(usize::MAX);
    format!(
        "{} ({}, {})",
        out::count(records, "record", "records"),
        out::count(stories, "story", "stories"),
        out::count(mails, "mail", "mails")
    )
}

fn say(config: &Config, file: &Path, tally: &Tally, style: Style, done: &str) -> Result<(), Failure> {
    let (file, state) = (file.display().to_string(), config.state.display().to_string());
    match style {
        Style::Json => out::print_json(&BackupJson { file, state, tally }),
        Style::Words => out::print(&format!("{done} {file}; the state is {state}\n")),
    }
}

fn to_standard_output(config: &Config) -> Result<(), Failure> {
    let mut stdout = BufWriter::new(io::stdout().lock());
    let exported = export(config, &mut stdout);
    out::progress("");
    match exported {
        // A reader that went away has no use for the rest.
        Err(BackupFailure::Backup(BackupError::Write(error))) if error.kind() == io::ErrorKind::BrokenPipe => {
            Err(Failure::OutputClosed)
        }
        exported => Ok(exported.map(|_| ())?),
    }
}

/// Writes the backup beside its place, and moves it there once it is whole and on the disk.
fn to_file(config: &Config, file: &Path, force: bool) -> Result<Tally, Failure> {
    let place = free_place(file, force)?;
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    };
    let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let fresh = folder.join(format!(".{name}.{}.new", std::process::id()));
    let refused = |error: io::Error| Failure::Other(format!("{}: cannot be written: {error}", file.display()));
    // Private from its first byte: it holds mails and addresses.
    let new = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .map_err(refused)?;
    let mut writer = BufWriter::new(new);
    let exported = export(config, &mut writer).map_err(Failure::from).and_then(|tally| {
        writer
            .flush()
            .and_then(|()| writer.get_ref().sync_all())
            .map_err(refused)?;
        free_place(file, force)?;
        fs::rename(&fresh, &place).map_err(refused)?;
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(refused)?;
        Ok(tally)
    });
    out::progress("");
    if exported.is_err() {
        // What was begun is of no use, and may be gone already.
        let _ = fs::remove_file(&fresh);
    }
    exported
}

/// Where the file goes: nothing is there, or a file that may be replaced.
fn free_place(file: &Path, force: bool) -> Result<PathBuf, Failure> {
    match fs::metadata(file) {
        Ok(found) if !found.is_file() => Err(Failure::Arguments(format!(
            "{}: this is no file; name a new one, or write - for standard output",
            file.display()
        ))),
        Ok(_) if !force => Err(Failure::Other(format!(
            "{}: exists already, and nothing was written; name a new file, or replace it with --force",
            file.display()
        ))),
        // A link stays, what it names is replaced.
        Ok(_) => Ok(file.canonicalize().unwrap_or_else(|_| file.to_owned())),
        Err(_) => Ok(file.to_owned()),
    }
}

/// Why a backup was not written.
enum BackupFailure {
    Backup(BackupError),
    Other(Failure),
}

impl From<BackupError> for BackupFailure {
    fn from(error: BackupError) -> Self {
        Self::Backup(error)
    }
}

impl From<BackupFailure> for Failure {
    fn from(failure: BackupFailure) -> Self {
        match failure {
            BackupFailure::Backup(error) => Self::other(&error),
            BackupFailure::Other(failure) => failure,
        }
    }
}

/// The backup from the running daemon; where none runs, from the store.
fn export(config: &Config, out: &mut dyn Write) -> Result<Tally, BackupFailure> {
    let mut shown = Shown::new(out, "written");
    match daemon::export(config) {
        Ok(bytes) => {
            let copied = Copied {
                bytes,
                out: &mut shown,
                refused: None,
            };
            received(copied)
        }
        // An export makes no store; and a backup of nothing would be taken for one.
        Err(ControlError::NotRunning) if !config.state.try_exists().unwrap_or(true) => {
            let state = config.state.display();
            let message =
                format!("{state}: there is no state here yet, so there is nothing to export; is `state` right?");
            Err(BackupFailure::Other(Failure::Other(message)))
        }
        Err(ControlError::NotRunning) => {
            let store = store::open(&config.state).map_err(BackupError::Store)?;
            Ok(backup::export(&store, Timestamp::now(), &mut shown)?)
        }
        Err(error @ (ControlError::Refused(_) | ControlError::Connection { .. } | ControlError::NotOurs { .. })) => {
            Err(BackupFailure::Other(error.into()))
        }
    }
}

/// Writes what the daemon sends, and reads it on the way: what breaks off is noticed here, not when it is needed.
fn received<R: BufRead>(mut copied: Copied<'_, R>) -> Result<Tally, BackupFailure> {
    let read = Reader::new("the running kabar", &mut copied).and_then(Reader::check);
    match (copied.refused, read) {
        (Some(error), _) => Err(BackupError::Write(error).into()),
        (None, Ok(tally)) => {
            copied.out.flush().map_err(BackupError::Write)?;
            Ok(tally)
        }
        (None, Err(BackupError::Cut { .. } | BackupError::Read { .. } | BackupError::Damaged { .. })) => {
            Err(BackupFailure::Other(Failure::Other(BROKEN_OFF.to_owned())))
        }
        (None, Err(error)) => Err(error.into()),
    }
}

/// What is read is also written.
struct Copied<'a, R> {
    bytes: R,
    out: &'a mut dyn Write,
    /// Why it could not be written.
    refused: Option<io::Error>,
}

impl<R: BufRead> Read for Copied<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(buffer.len());
        buffer[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Copied<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &self.refused {
            Some(error) => Err(error.kind().into()),
            None => self.bytes.fill_buf(),
        }
    }

    fn consume(&mut self, length: usize) {
        // What is consumed was read before, so that it is here still.
        let written = self
            .bytes
            .fill_buf()
            .and_then(|bytes| self.out.write_all(&bytes[..length]));
        self.refused = written.err();
        self.bytes.consume(length);
    }
}

fn import(config: &Config, file: &Path) -> Result<Tally, Failure> {
    if file.as_os_str() == STANDARD {
        let bytes = BufReader::new(Shown::new(io::stdin().lock(), "imported"));
        return fill(config, Reader::new("standard input", bytes));
    }
    let name = file.display().to_string();
    let open = |done| {
        let opened = File::open(file).map_err(|error| Failure::Other(format!("{name}: cannot be opened: {error}")))?;
        Ok::<_, Failure>(Reader::new(&name, BufReader::new(Shown::new(opened, done))))
    };
    // Once for nothing, so that a damaged file touches nothing.
    let checked = open("checked")?.and_then(Reader::check);
    checked.map_err(|error| Failure::other(&error))?;
    fill(config, open("imported")?)
}

fn fill<R: BufRead>(config: &Config, backup: Result<Reader<R>, BackupError>) -> Result<Tally, Failure> {
    let filled = backup.and_then(|backup| SledStore::import(&config.state, backup));
    filled.map_err(|error| Failure::other(&error))
}

/// Bytes that pass, shown on a terminal.
struct Shown<T> {
    inner: T,
    done: &'static str,
    bytes: u64,
}

impl<T> Shown<T> {
    fn new(inner: T, done: &'static str) -> Self {
        Self { inner, done, bytes: 0 }
    }

    fn pass(&mut self, length: usize) {
        let before = self.bytes / PROGRESS_BYTES;
        self.bytes += u64::try_from(length).unwrap_or(u64::MAX);
        let now = self.bytes / PROGRESS_BYTES;
        if now > before {
            out::progress(&format!("{now} MiB {}", self.done));
        }
    }
}

impl<T: Read> Read for Shown<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.pass(length);
        Ok(length)
    }
}

impl<T: Write> Write for Shown<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.inner.write(bytes)?;
        self.pass(length);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
