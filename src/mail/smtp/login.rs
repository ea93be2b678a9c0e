//! Who logs in, and how they prove it: a password, or a token that a command prints (XOAUTH2).

use std::process::Stdio;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::authentication::Mechanism;
use tokio::process::Command;

use crate::mail::Secret;

/// A token helper asks its provider once; what takes longer waits for a person.
const TOKEN_DEADLINE: Duration = Duration::from_secs(30);
/// Tokens have about 2 KiB; more is another kind of output.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// A log-in at the mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user name.
    pub user: String,
    /// What proves it.
    pub proof: Proof,
}

/// What proves who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// AUTH PLAIN, or LOGIN where the server knows no better.
    Password(Secret),
    /// AUTH XOAUTH2 with what this shell command prints; it is run for every log-in, because tokens live for an hour.
    TokenCommand(String),
}

impl Login {
    /// The mechanisms to use, the best first, and what to say.
    ///
    /// # Errors
    /// Why there is no token, in one line.
    pub(super) async fn prepare(&self) -> Result<(&'static [Mechanism], Credentials), String> {
        Ok(match &self.proof {
            Proof::Password(password) => (
                &[Mechanism::Plain, Mechanism::Login],
                Credentials::new(self.user.clone(), password.reveal().to_owned()),
            ),
            Proof::TokenCommand(command) => (
                &[Mechanism::Xoauth2],
                Credentials::new(self.user.clone(), token(command).await?.reveal().to_owned()),
            ),
        })
    }
}

async fn token(command: &str) -> Result<Secret, String> {
    let run = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = match tokio::time::timeout(TOKEN_DEADLINE, run).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("token_command cannot be run: {error}")),
        Err(_) => {
            let seconds = TOKEN_DEADLINE.as_secs();
            return Err(format!(
                "token_command did not end within {seconds} s; it may wait for a person"
            ));
        }
    };
    if !output.status.success() {
        return Err(format!(
            "token_command ended with {}; run it by hand as this user and correct it",
            output.status
        ));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    match text.lines().next().map(str::trim) {
        Some(token) if !token.is_empty() && token.len() <= TOKEN_BYTES_MAX => Ok(Secret::new(token.to_owned())),
        Some(_) | None => Err("token_command printed no token; let it print one on its first line".to_owned()),
    }
}
