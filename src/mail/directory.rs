//! A directory of mails, one `.eml` file each: whole or not at all.

use std::fs;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::digest::SendOutcome;

/// Writes the message under its delivery's name. Written twice, it is one file.
pub(super) async fn write(directory: &Path, id: &str, message: &[u8]) -> SendOutcome {
    let (directory, id, message) = (directory.to_owned(), id.to_owned(), message.to_vec());
    let written = tokio::task::spawn_blocking(move || {
        save(&directory, &id, &message)
            .map_err(|error| format!("{}: {error}; make it writable for this user", directory.display()))
    });
    match written.await {
        Ok(Ok(path)) => SendOutcome::Sent(path),
        Ok(Err(reason)) => SendOutcome::Misconfigured(reason),
        Err(failed) => SendOutcome::Deferred(failed.to_string()),
    }
}

/// Whether the directory takes files.
pub(super) fn verify(directory: &Path) -> Result<String, String> {
    let probe = directory.join(".check.half");
    let written = make(directory)
        .and_then(|()| fs::write(&probe, b""))
        .and_then(|()| fs::remove_file(&probe));
    match written {
        Ok(()) => Ok(format!("{} takes files", directory.display())),
        Err(error) => Err(format!(
            "{}: {error}; make it writable for this user",
            directory.display()
        )),
    }
}

fn make(directory: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

fn save(directory: &Path, id: &str, message: &[u8]) -> io::Result<String> {
    make(directory)?;
    let (path, half) = (
        directory.join(format!("{id}.eml")),
        directory.join(format!(".{id}.half")),
    );
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&half)?;
    file.write_all(message)?;
    file.sync_all()?;
    fs::rename(&half, &path)?;
    fs::File::open(directory)?.sync_all()?;
    Ok(path.display().to_string())
}
