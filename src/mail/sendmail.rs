//! A program that takes mail on standard input, as `/usr/sbin/sendmail` does.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::digest::Envelope;
use crate::digest::SendOutcome;
use crate::mail::MESSAGE_DEADLINE;

/// "Try again later" (sysexits.h, EX_TEMPFAIL).
const TEMPORARY: i32 = 75;
/// "No such user" and "bad data" (sysexits.h, EX_NOUSER, EX_DATAERR).
const REFUSED: [i32; 2] = [67, 65];

/// Runs the program for one message.
pub(super) async fn send(program: &Path, envelope: &Envelope, message: &[u8]) -> SendOutcome {
    match tokio::time::timeout(MESSAGE_DEADLINE, run(program, envelope, message)).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => {
            SendOutcome::Misconfigured(format!("{}: {error}; correct `transport` in [mail]", program.display()))
        }
        Err(_) => SendOutcome::Uncertain(format!("{} did not end in time", program.display())),
    }
}

/// Whether the program can be run.
pub(super) fn verify(program: &Path) -> Result<String, String> {
    /// Permission to run for anybody (POSIX `S_IXUSR`, `S_IXGRP`, `S_IXOTH`).
    const RUNS: u32 = 0o111;
    let path = program.display();
    let metadata =
        std::fs::metadata(program).map_err(|error| format!("{path}: {error}; correct `sendmail` in [mail]"))?;
    if metadata.is_file() && metadata.permissions().mode() & RUNS != 0 {
        Ok(format!("{path} is there"))
    } else {
        Err(format!("{path}: it is no program; correct `sendmail` in [mail]"))
    }
}

async fn run(program: &Path, envelope: &Envelope, message: &[u8]) -> std::io::Result<SendOutcome> {
    let mut child = Command::new(program)
        .args(["-i", "-f", &envelope.from, "--", &envelope.to])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(message).await {
            // It ended before it read everything: its exit code says what became of the message.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            written => written?,
        }
        // Closing is dropping; a program that is gone already needs no goodbye.
        drop(stdin);
    }
    let output = child.wait_with_output().await?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(match output.status.code() {
        Some(0) => SendOutcome::Sent(format!("taken by {}", program.display())),
        Some(TEMPORARY) => SendOutcome::Deferred(words),
        Some(code) if REFUSED.contains(&code) => SendOutcome::Refused(words),
        Some(code) => SendOutcome::Misconfigured(format!("{} ended with {code}: {words}", program.display())),
        None => SendOutcome::Uncertain(format!("{} was killed", program.display())),
    })
}
