//! Which mail server, how it is reached, and who logs in: `smtp` of `[mail]`.
//!
//! Never connects. A password never stands in a message.

use std::path::PathBuf;

use url::Host;
use url::Url;

use crate::config::address::percent_decoded;
use crate::config::environment::Environment;
use crate::config::errors::Place;
use crate::config::errors::Report;
use crate::config::file::Shape;
use crate::config::file::Table;
use crate::config::file::Text;
use crate::config::schema;
use crate::config::secret;
use crate::mail::Login;
use crate::mail::Proof;
use crate::mail::Secret;
use crate::mail::Server;
use crate::mail::SmtpSettings;
use crate::mail::Tls;

/// Ports by RFC 8314 section 3.3 (465), RFC 6409 (587) and RFC 5321 (25).
const fn port_of(tls: Tls) -> u16 {
    match tls {
        Tls::Implicit => 465,
        Tls::StartTls => 587,
        Tls::None => 25,
    }
}

/// What is written, before the environment completes it.
struct Written {
    server: Server,
    tls: Tls,
    user: Option<String>,
    proof: Option<Proof>,
    ca_file: Option<PathBuf>,
}

/// The server of `smtp`; none where there is no such key, or where it is wrong.
pub(crate) fn smtp(mail: &Table<'_>, environment: &Environment, report: &mut Report) -> Option<SmtpSettings> {
    let (written, place) = match mail.shape("smtp", &schema::SMTP, report)? {
        Shape::Text(text) => (of_url(&text, report)?, text.place),
        Shape::Table(table) => (of_table(&table, report)?, table.place),
    };
    if written.tls == Tls::None && !written.server.is_here() {
        let what = if written.user.is_some() {
            "the password"
        } else {
            "all mail"
        };
        report.error(
            &place,
            format!("tls = \"none\" would send {what} readable; write tls = \"starttls\" or \"implicit\""),
        );
    }
    let login = match written.user {
        Some(user) => login(user, written.proof, &place, environment, report),
        None => None,
    };
    Some(SmtpSettings {
        server: written.server,
        tls: written.tls,
        login,
        ca_file: written.ca_file,
    })
}

/// The environment's password stands over the file's; systemd's credential fills the gap.
fn login(
    user: String,
    written: Option<Proof>,
    place: &Place,
    environment: &Environment,
    report: &mut Report,
) -> Option<Login> {
    let is_overridden = environment.variable("KABAR_SMTP_PASSWORD").is_some();
    let mut proof = written;
    if proof.is_none() || is_overridden {
        let around = secret::smtp_password_around(environment);
        let password = around.and_then(|password| report.keep(place, password));
        proof = password
            .map(|password| Proof::Password(Secret::new(password)))
            .or(proof);
    }
    if proof.is_none() && !report.has_errors() {
        report.error(
            place,
            format!(
                "smtp user \"{user}\" has no password; set KABAR_SMTP_PASSWORD, or write password_file = \"...\" in smtp = {{ ... }}"
            ),
        );
    }
    proof.map(|proof| Login { user, proof })
}

fn of_url(text: &Text, report: &mut Report) -> Option<Written> {
    let example = "write smtps://USER@HOST (TLS, port 465), smtp://USER@HOST (STARTTLS, port 587) or unix:/PATH";
    let wrong = |what: &str| format!("smtp \"{}\" {what}; {example}", shown(&text.value));
    if let Some(path) = text.value.strip_prefix("unix:").filter(|path| path.starts_with('/')) {
        return Some(Written {
            server: Server::Socket(PathBuf::from(path)),
            tls: Tls::None,
            user: None,
            proof: None,
            ca_file: None,
        });
    }
    let url = Url::parse(&text.value).map_err(|_| wrong("is no server's address"));
    let url = report.keep(&text.place, url)?;
    let tls = match url.scheme() {
        "smtps" => Ok(Tls::Implicit),
        "smtp" => Ok(Tls::StartTls),
        _ => Err(wrong("is no server's address")),
    };
    let tls = report.keep(&text.place, tls)?;
    let host = url
        .host_str()
        .filter(|host| !host.is_empty())
        .ok_or_else(|| wrong("names no host"));
    let host = report.keep(&text.place, host.map(percent_decoded))?;
    let password = match url.password().map(percent_decoded) {
        Some(password) => {
            let checked = secret::inline(&password, report);
            report.keep(&text.place, checked)
        }
        None => None,
    };
    let port = url.port().unwrap_or(port_of(tls));
    Some(Written {
        server: Server::Network { host, port },
        tls,
        user: Some(percent_decoded(url.username())).filter(|user| !user.is_empty()),
        proof: password.map(|password| Proof::Password(Secret::new(password))),
        ca_file: None,
    })
}

/// The address without what may be a password: all before the last `@` may hold one.
fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://...@{host}"),
        (None, Some((_, host))) => format!("...@{host}"),
        (_, None) => url.to_owned(),
    }
}

fn of_table(table: &Table<'_>, report: &mut Report) -> Option<Written> {
    let user = table.text("user", "kabar", report).map(|user| user.value);
    let proof = proof(table, report);
    if user.is_none() && proof.is_some() {
        let message = "smtp has a password or a token but no user; write user = \"...\" beside it";
        report.error(&table.place, message);
    }
    let ca_file = table.text("ca_file", "ca.pem", report);
    let (server, tls) = server_of(table, report)?;
    Some(Written {
        server,
        tls,
        user,
        proof,
        ca_file: ca_file.map(|file| report.folder().join(file.value)),
    })
}

fn proof(table: &Table<'_>, report: &mut Report) -> Option<Proof> {
    let Some(command) = table.text("token_command", "oauth2-token", report) else {
        let password = secret::password_of(table, report);
        return password.map(|password| Proof::Password(Secret::new(password)));
    };
    if secret::is_named(table) {
        let message = "a password and token_command are both set; keep one of them";
        report.error(&command.place, message);
    }
    Some(Proof::TokenCommand(command.value))
}

fn server_of(table: &Table<'_>, report: &mut Report) -> Option<(Server, Tls)> {
    let words = [
        ("starttls", Tls::StartTls),
        ("implicit", Tls::Implicit),
        ("none", Tls::None),
    ];
    let tls = table.choice("tls", &words, report);
    let port = table.count("port", 1, u64::from(u16::MAX), report);
    let port = port.and_then(|port| u16::try_from(port).ok());
    if let Some(socket) = table.text("socket", "/run/mail.sock", report) {
        if table.value("host").is_some() || tls.is_some_and(|tls| tls != Tls::None) {
            report.error(
                &socket.place,
                "a socket of this machine has no host and no TLS; remove them, or `socket`",
            );
        }
        return Some((Server::Socket(PathBuf::from(socket.value)), Tls::None));
    }
    if table.value("host").is_none() {
        report.error(&table.place, "smtp has no `host`; write host = \"smtp.example.org\"");
    }
    let by_port = if port == Some(port_of(Tls::Implicit)) {
        Tls::Implicit
    } else {
        Tls::StartTls
    };
    let tls = tls.unwrap_or(by_port);
    let host = table.text("host", "smtp.example.org", report)?;
    if Host::parse(&host.value).is_err() && Host::parse(&format!("[{}]", host.value)).is_err() {
        report.error(
            &host.place,
            format!(
                "host \"{}\" is no host name; write one such as \"smtp.example.org\"",
                host.value
            ),
        );
    }
    let port = port.unwrap_or(port_of(tls));
    Some((Server::Network { host: host.value, port }, tls))
}
