//! How mail leaves: `[mail]`.
//!
//! Owns the choice of the transport and its defaults. Never connects.

use std::path::Path;
use std::path::PathBuf;

use crate::config::SendEmpty;
use crate::config::environment::Environment;
use crate::config::errors::Report;
use crate::config::file::Table;
use crate::config::recipients::address_of;
use crate::config::recipients::mailbox;
use crate::config::schema;
use crate::config::smtp::smtp;
use crate::digest::Recipient;
use crate::mail::MailSettings;
use crate::mail::Transport;

/// Stories in one mail (PRODUCT section 4): with their snippets they stay under the 100 KB where mail programs cut.
const ENTRIES_DEFAULT: u64 = 100;

/// More stories than this nobody reads in one mail, and it would weigh a megabyte.
const ENTRIES_MAX: u64 = 1_000;

/// Where Unix keeps its mail program (FHS 3.0 section 4.11).
const SENDMAIL_DEFAULT: &str = "/usr/sbin/sendmail";

/// Folder in the state for mails as files (PRODUCT section 4).
const DIRECTORY_DEFAULT: &str = "mail";

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
