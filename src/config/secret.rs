//! Passwords: inline, from a file, from a command, from the environment, from systemd.
//!
//! Owns who may read them. Never logs one, never puts one into a message.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use crate::config::environment::Environment;
use crate::config::errors::Report;
use crate::config::file::Table;

/// The longest password; more is a wrong file.
const PASSWORD_LIMIT_BYTES: u64 = 4096;

/// How long a command may take to print a password.
const COMMAND_DEADLINE: Duration = Duration::from_secs(30);

/// How often to look whether it has ended.
const COMMAND_LOOK: Duration = Duration::from_millis(5);

/// The keys that give a password.
const PASSWORD_KEYS: [&str; 3] = ["password", "password_file", "password_command"];

/// The password that `table` names in one of three ways.
pub(crate) fn password_of(table: &Table<'_>, report: &mut Report) -> Option<String> {
    let given: Vec<&str> = PASSWORD_KEYS
        .into_iter()
        .filter(|key| table.value(key).is_some())
        .collect();
    if given.len() > 1 {
        let message = format!("{} are both set; keep one of them", given.join(" and "));
        report.error(&table.place_of(given[1]), message);
        return None;
    }
    let key = *given.first()?;
    let value = table.value(key)?;
    if !value.get_ref().is_str() {
        // The usual message would show what was found, which may be the password.
        report.error(&value.span(), format!("{key} is no string; write it between quotes"));
        return None;
    }
    let text = table.text(key, "...", report)?;
    let result = match key {
        "password" => inline(&text.value, report),
        "password_file" => from_file(&report.folder().join(&text.value), key),
        _ => from_command(&text.value, COMMAND_DEADLINE),
    };
    report.keep(&text.place, result)
}

/// A password that stands in the configuration itself, which others may then not read.
pub(crate) fn inline(password: &str, report: &Report) -> Result<String, String> {
    refuse_readable_by_others(report.path(), "it holds a password")?;
    Ok(password.to_owned())
}

/// The mail server's password from around the process: `KABAR_SMTP_PASSWORD`, else systemd's credential.
pub(crate) fn smtp_password_around(environment: &Environment) -> Option<Result<String, String>> {
    if let Some(password) = environment.variable("KABAR_SMTP_PASSWORD") {
        return Some(Ok(password.to_owned()));
    }
    let path = Path::new(environment.variable("CREDENTIALS_DIRECTORY")?).join("smtp-password");
    // systemd guards its credentials itself.
    path.exists().then(|| first_line(&path, "credential"))
}

/// Whether `table` names a password in any way.
pub(crate) fn is_named(table: &Table<'_>) -> bool {
    PASSWORD_KEYS.iter().any(|key| table.value(key).is_some())
}

fn from_file(path: &Path, key: &str) -> Result<String, String> {
    refuse_readable_by_others(path, "it holds a password")?;
    first_line(path, key)
}

fn first_line(path: &Path, key: &str) -> Result<String, String> {
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(PASSWORD_LIMIT_BYTES).read_to_string(&mut text))
        .map_err(|error| {
            format!(
                "{key} {} cannot be read: {error}; make it readable for this user",
                path.display()
            )
        })?;
    one_line(&text).ok_or_else(|| format!("{key} {} is empty; write the password into it", path.display()))
}

fn from_command(command: &str, deadline: Duration) -> Result<String, String> {
    let refused = |error: std::io::Error| format!("password_command cannot be run: {error}");
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(refused)?;
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(refused)? {
            break status;
        }
        if begun.elapsed() > deadline {
            // It may have ended in this moment; either way nothing is left of it.
            let _ = child.kill();
            let _ = child.wait();
            let seconds = deadline.as_secs();
            return Err(format!(
                "password_command did not end within {seconds} s; it may wait for a person: run it by hand as this user"
            ));
        }
        // The standard library has no waiting with an end; a password manager takes 10 to 500 ms.
        std::thread::sleep(COMMAND_LOOK);
    };
    if !status.success() {
        return Err(format!(
            "password_command ended with {status}; run it by hand as this user and correct it"
        ));
    }
    let mut text = Vec::new();
    if let Some(out) = child.stdout.take() {
        let mut first = BufReader::new(out.take(PASSWORD_LIMIT_BYTES));
        first.read_until(b'\n', &mut text).map_err(refused)?;
    }
    let text = String::from_utf8_lossy(&text);
    one_line(&text).ok_or_else(|| "password_command printed nothing; let it print the password".to_owned())
}

/// Password managers print the password first, and notes below it.
fn one_line(text: &str) -> Option<String> {
    text.lines().next().map(str::to_owned).filter(|line| !line.is_empty())
}

fn refuse_readable_by_others(path: &Path, why: &str) -> Result<(), String> {
    /// Read permission for others (POSIX `S_IROTH`); a group may be the service's own.
    const OTHERS_READ: u32 = 0o004;
    let metadata = std::fs::metadata(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    if metadata.permissions().mode() & OTHERS_READ == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(format!(
        "{path} can be read by every user and {why}; type: chmod o-r {path}"
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_command_prints_the_password_on_its_first_line() {
        let password = from_command("echo open sesame; echo note", COMMAND_DEADLINE);
        assert_eq!(password.as_deref(), Ok("open sesame"));
        assert!(from_command("exit 3", COMMAND_DEADLINE).is_err());
        assert!(from_command("true", COMMAND_DEADLINE).is_err());
    }

    #[test]
    fn a_command_that_waits_for_a_person_ends() {
        let refused = from_command("exec sleep 1000", Duration::from_millis(50));
        assert!(refused.unwrap_err().contains("did not end"));
    }
}
