//! Placeholder.
pub mod message;
use std::path::PathBuf;
/// Settings.
#[derive(Clone, Debug, PartialEq)]
pub struct MailSettings {
    /// From.
    pub from: String,
    /// Transport.
    pub transport: Transport,
}
/// Transport.
#[derive(Clone, Debug, PartialEq)]
pub enum Transport {
    /// SMTP.
    Smtp(SmtpSettings),
    /// Sendmail.
    Sendmail {
        /// Program.
        program: PathBuf,
    },
    /// Directory.
    Directory {
        /// Path.
        path: PathBuf,
    },
}
/// SMTP.
#[derive(Clone, Debug, PartialEq)]
pub struct SmtpSettings {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// TLS.
    pub tls: Tls,
    /// User.
    pub user: Option<String>,
    /// Password.
    pub password: Option<Secret>,
}
/// TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// At once.
    Implicit,
    /// Later.
    StartTls,
    /// Never.
    None,
}
/// Secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);
impl Secret {
    /// New.
    pub fn new(text: String) -> Self {
        Self(text)
    }
}
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let _ = &self.0;
        f.write_str("Secret(hidden)")
    }
}
