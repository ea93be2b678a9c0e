//! How mail leaves: `[mail]`.
//!
//! Owns the choice of the transport and its defaults. Never connects.

use std::path::Path;
use std::path::PathBuf;

use url::Host;
use url::Url;

use crate::config::SendEmpty;
use crate::config::address::percent_decoded;
use crate::config::environment::Environment;
use crate::config::errors::Place;
use crate::config::errors::Report;
use crate::config::file::Shape;
use crate::config::file::Table;
use crate::config::file::Text;
use crate::config::recipients::address_of;
use crate::config::recipients::mailbox;
use crate::config::schema;
use crate::config::secret;
use crate::digest::Recipient;
use crate::mail::MailSettings;
use crate::mail::Secret;
use crate::mail::SmtpSettings;
use crate::mail::Tls;
use crate::mail::Transport;

/// Stories in one mail (PRODUCT section 4): with their snippets they stay under the 100 KB where mail programs cut.
const ENTRIES_DEFAULT: u64 = 100;

/// More stories than this nobody reads in one mail, and it would weigh a megabyte.
const ENTRIES_MAX: u64 = 1_000;

/// Where Unix keeps its mail program (FHS 3.0 section 4.11).
const SENDMAIL_DEFAULT: &str = "/usr/sbin/sendmail";

/// Folder in the state for mails as files (PRODUCT section 4).
const DIRECTORY_DEFAULT: &str = "mail";

/// Ports by RFC 8314 section 3.3 (465), RFC 6409 (587) and RFC 5321 (25).
const fn port_of(tls: Tls) -> u16 {
    match tls {
        Tls::Implicit => 465,
        Tls::StartTls => 587,
        Tls::None => 25,
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Smtp,
    Sendmail,
    Directory,
}

/// The sender and the transport.
pub(crate) fn mail(
    top: &Table<'_>,
    state: &Path,
    recipients: &[Recipient],
    environment: &Environment,
    report: &mut Report,
) -> MailSettings {
    let directory = |name: &str| Transport::Directory { path: state.join(name) };
    let Some(table) = top.table("mail", &schema::MAIL, report) else {
        return MailSettings {
            from: default_from(recipients),
            transport: directory(DIRECTORY_DEFAULT),
        };
    };
    let from = from(&table, report).unwrap_or_else(|| default_from(recipients));
    let folder = table.text("directory", DIRECTORY_DEFAULT, report);
    let program = table.text("sendmail", SENDMAIL_DEFAULT, report);
    let server = smtp(&table, environment, report);
    let words = [
        ("smtp", Kind::Smtp),
        ("sendmail", Kind::Sendmail),
        ("directory", Kind::Directory),
    ];
    let kind = table.choice("transport", &words, report);
    let kind = kind.unwrap_or(if table.value("smtp").is_some() {
        Kind::Smtp
    } else {
        Kind::Directory
    });
    let folder = folder.map_or(DIRECTORY_DEFAULT.to_owned(), |text| text.value);
    let transport = match (kind, server) {
        (Kind::Smtp, Some(server)) => Transport::Smtp(server),
        (Kind::Smtp, None) => {
            if table.value("smtp").is_none() {
                let message =
                    "transport is \"smtp\", but no server is named; write smtp = \"smtps://me@smtp.example.org\"";
                report.error(&table.place_of("transport"), message);
            }
            directory(&folder)
        }
        (Kind::Sendmail, _) => Transport::Sendmail {
            program: PathBuf::from(program.map_or(SENDMAIL_DEFAULT.to_owned(), |text| text.value)),
        },
        (Kind::Directory, _) => directory(&folder),
    };
    MailSettings { from, transport }
}

/// `entries_max` and `send_empty` of `[mail]`.
pub(crate) fn digest_limits(top: &Table<'_>, report: &mut Report) -> (usize, SendEmpty) {
    let mail = top
        .value("mail")
        .and_then(|mail| Some((mail.span(), mail.get_ref().as_table()?)));
    let table = mail.map(|(place, entries)| Table::unchecked(entries, place));
    let entries = table
        .as_ref()
        .and_then(|table| table.count("entries_max", 1, ENTRIES_MAX, report));
    let send_empty = table.and_then(|table| send_empty(&table, report));
    (
        usize::try_from(entries.unwrap_or(ENTRIES_DEFAULT)).unwrap_or(usize::MAX),
        send_empty.unwrap_or_default(),
    )
}

/// `false`, `true`, or `"weekly"`.
fn send_empty(mail: &Table<'_>, report: &mut Report) -> Option<SendEmpty> {
    let value = mail.value("send_empty")?;
    let chosen = match (value.get_ref().as_bool(), value.get_ref().as_str()) {
        (Some(true), _) => Some(SendEmpty::Always),
        (Some(false), _) => Some(SendEmpty::Never),
        (None, Some("weekly")) => Some(SendEmpty::Weekly),
        (None, _) => None,
    };
    if chosen.is_none() {
        report.error(
            &value.span(),
            "\"send_empty\" cannot be that; write \"weekly\" (a sign of life after a week of silence), true (every digest) or false (never)",
        );
    }
    chosen
}

fn from(table: &Table<'_>, report: &mut Report) -> Option<String> {
    let text = table.text("from", "kabar <kabar@example.org>", report)?;
    mailbox(&text, report)
}

/// kabar at the domain of the first recipient, whose server is the one most likely to take its mail.
fn default_from(recipients: &[Recipient]) -> String {
    let domain = recipients
        .first()
        .and_then(|first| address_of(&first.mailbox).rsplit_once('@'))
        .map_or("localhost", |(_, domain)| domain);
    format!("kabar <kabar@{domain}>")
}

fn smtp(mail: &Table<'_>, environment: &Environment, report: &mut Report) -> Option<SmtpSettings> {
    let (mut settings, place) = match mail.shape("smtp", &schema::SMTP, report)? {
        Shape::Text(text) => (smtp_of_url(&text, report)?, text.place),
        Shape::Table(table) => (smtp_of_table(&table, report)?, table.place),
    };
    if settings.user.is_some() {
        complete_password(&mut settings, &place, environment, report);
    }
    if settings.tls == Tls::None && settings.user.is_some() && !is_loopback(&settings.host) {
        report.error(
            &place,
            "tls = \"none\" would send the password readable; write tls = \"starttls\" or \"implicit\"",
        );
    }
    Some(settings)
}

/// The environment's password stands over the file's; systemd's credential fills the gap.
fn complete_password(settings: &mut SmtpSettings, place: &Place, environment: &Environment, report: &mut Report) {
    let is_overridden = environment.variable("KABAR_SMTP_PASSWORD").is_some();
    if settings.password.is_none() || is_overridden {
        let around = secret::smtp_password_around(environment);
        let password = around.and_then(|password| report.keep(place, password));
        settings.password = password.map(Secret::new).or_else(|| settings.password.take());
    }
    if settings.password.is_none() && !report.has_errors() {
        let user = settings.user.as_deref().unwrap_or_default();
        report.error(
            place,
            format!(
                "smtp user \"{user}\" has no password; set KABAR_SMTP_PASSWORD, or write password_file = \"...\" in smtp = {{ ... }}"
            ),
        );
    }
}

fn smtp_of_url(text: &Text, report: &mut Report) -> Option<SmtpSettings> {
    let example = "write smtps://USER@HOST (TLS, port 465) or smtp://USER@HOST (STARTTLS, port 587)";
    let wrong = |what: &str| format!("smtp \"{}\" {what}; {example}", shown(&text.value));
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
    Some(SmtpSettings {
        host,
        port: url.port().unwrap_or(port_of(tls)),
        tls,
        user: Some(percent_decoded(url.username())).filter(|user| !user.is_empty()),
        password: password.map(Secret::new),
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

fn smtp_of_table(table: &Table<'_>, report: &mut Report) -> Option<SmtpSettings> {
    if table.value("host").is_none() {
        report.error(&table.place, "smtp has no `host`; write host = \"smtp.example.org\"");
    }
    let words = [
        ("starttls", Tls::StartTls),
        ("implicit", Tls::Implicit),
        ("none", Tls::None),
    ];
    let port = table.count("port", 1, u64::from(u16::MAX), report);
    let port = port.and_then(|port| u16::try_from(port).ok());
    let by_port = if port == Some(port_of(Tls::Implicit)) {
        Tls::Implicit
    } else {
        Tls::StartTls
    };
    let tls = table.choice("tls", &words, report).unwrap_or(by_port);
    let user = table.text("user", "kabar", report);
    let password = secret::password_of(table, report);
    if user.is_none() && password.is_some() {
        report.error(
            &table.place,
            "smtp has a password but no user; write user = \"...\" beside it",
        );
    }
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
    Some(SmtpSettings {
        host: host.value,
        port: port.unwrap_or(port_of(tls)),
        tls,
        user: user.map(|user| user.value),
        password: password.map(Secret::new),
    })
}

/// Whether what is said to this host stays in this machine.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
