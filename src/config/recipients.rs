//! Who gets mail, and when.
//!
//! Owns the recipient's defaults. Never sends and never asks a mail server.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::config::errors::Place;
use crate::config::errors::Report;
use crate::config::file::Shape;
use crate::config::file::Table;
use crate::config::file::Text;
use crate::config::schema;
use crate::config::settings;
use crate::digest::QuietHours;
use crate::digest::Recipient;
use crate::digest::Schedule;
use crate::digest::Templates;
use crate::mail::message::check_mailbox;

/// When digests are sealed unless a recipient says otherwise (PRODUCT section 4).
const DIGEST_DEFAULT: &str = "daily 07:00";

/// The least time between two alert mails (PRODUCT section 4).
const ALERTS_DEFAULT: Duration = Duration::from_secs(600);

/// Every recipient of `[[recipients]]`, and those of `to` in `[mail]`; each name once.
pub(crate) fn recipients(top: &Table<'_>, defaults: Defaults<'_>, report: &mut Report) -> Vec<Recipient> {
    let mut recipients: Vec<Recipient> = Vec::new();
    for shape in top.shapes("recipients", &schema::RECIPIENTS, report) {
        let found = match shape {
            Shape::Text(text) => defaults
                .of_mailbox(&text, &recipients, report)
                .map(|found| (found, text.place)),
            Shape::Table(table) => {
                let found = defaults.of_table(&table, &recipients, report);
                found.map(|found| (found, table.place))
            }
        };
        if let Some((recipient, place)) = found {
            add(&mut recipients, recipient, &place, report);
        }
    }
    for text in to_of_mail(top, report) {
        if recipients.iter().any(|known| known.mailbox == text.value.trim()) {
            report.error(
                &text.place,
                format!("\"{}\" gets mail already; write it once", text.value.trim()),
            );
            continue;
        }
        if let Some(recipient) = defaults.of_mailbox(&text, &recipients, report) {
            add(&mut recipients, recipient, &text.place, report);
        }
    }
    recipients
}

/// `to` in `[mail]`. The table's keys are checked where the mail settings are read.
fn to_of_mail(top: &Table<'_>, report: &mut Report) -> Vec<Text> {
    let Some(mail) = top
        .value("mail")
        .and_then(|mail| mail.get_ref().as_table().map(|table| (mail.span(), table)))
    else {
        return Vec::new();
    };
    let table = Table::unchecked(mail.1, mail.0);
    table.texts("to", "me@example.org", report).unwrap_or_default()
}

/// What holds for recipients that say nothing else.
#[derive(Clone, Copy)]
pub(crate) struct Defaults<'a> {
    /// The zone of their schedules.
    pub(crate) timezone: &'a TimeZone,
    /// The language of their mails.
    pub(crate) language: &'a str,
    /// What mails are written with.
    pub(crate) templates: &'a Templates,
}

impl Defaults<'_> {
    /// A recipient that is only an address: called by what stands before its `@`.
    fn of_mailbox(&self, text: &Text, known: &[Recipient], report: &mut Report) -> Option<Recipient> {
        let mailbox = mailbox(text, report)?;
        Some(Recipient {
            name: name_of(&mailbox, known),
            mailbox,
            digest: report.keep(&text.place, Schedule::parse(DIGEST_DEFAULT))?,
            alerts_at_most_every: ALERTS_DEFAULT,
            quiet: None,
            timezone: self.timezone.clone(),
            language: self.language.to_owned(),
        })
    }

    fn of_table(&self, table: &Table<'_>, known: &[Recipient], report: &mut Report) -> Option<Recipient> {
        if table.value("mail").is_none() {
            report.error(
                &table.place,
                "a recipient has no `mail`; write mail = \"Ana <ana@example.org>\"",
            );
        }
        let name = table.text("name", "ana", report).map(|name| name.value);
        let digest = schedule(table, report);
        let alerts = table.table("alerts", &schema::ALERTS, report);
        let alerts_at_most_every = alerts
            .as_ref()
            .and_then(|alerts| alerts.duration("at_most_every", Duration::ZERO, report))
            .unwrap_or(ALERTS_DEFAULT);
        let quiet = alerts.and_then(|alerts| quiet(&alerts, report));
        let timezone = settings::timezone(table, report).unwrap_or_else(|| self.timezone.clone());
        let language = settings::language(table, self.templates, report).unwrap_or_else(|| self.language.to_owned());
        let mailbox = table.text("mail", "Ana <ana@example.org>", report)?;
        let mailbox = self::mailbox(&mailbox, report)?;
        Some(Recipient {
            name: name.unwrap_or_else(|| name_of(&mailbox, known)),
            mailbox,
            digest: digest?,
            alerts_at_most_every,
            quiet,
            timezone,
            language,
        })
    }
}

/// The mailbox as written, with the person's name, once it was checked.
pub(crate) fn mailbox(text: &Text, report: &mut Report) -> Option<String> {
    report.keep(&text.place, check_mailbox(&text.value))?;
    Some(text.value.trim().to_owned())
}

fn schedule(table: &Table<'_>, report: &mut Report) -> Option<Schedule> {
    let written = table.text("digest", DIGEST_DEFAULT, report);
    match written {
        Some(text) => {
            let schedule = Schedule::parse(&text.value).map_err(|reason| format!("digest: {reason}"));
            report.keep(&text.place, schedule)
        }
        None => report.keep(&table.place, Schedule::parse(DIGEST_DEFAULT)),
    }
}

fn quiet(alerts: &Table<'_>, report: &mut Report) -> Option<QuietHours> {
    let text = alerts.text("quiet", "22:00-06:30", report)?;
    let quiet = QuietHours::parse(&text.value).map_err(|reason| format!("quiet: {reason}"));
    report.keep(&text.place, quiet)
}

fn add(recipients: &mut Vec<Recipient>, recipient: Recipient, place: &Place, report: &mut Report) {
    if recipients.iter().any(|first| first.name == recipient.name) {
        report.error(
            place,
            format!(
                "two recipients are called \"{}\"; give one of them another `name`",
                recipient.name
            ),
        );
        return;
    }
    recipients.push(recipient);
}

/// What stands before the `@`, or the whole address where another recipient has that name.
fn name_of(mailbox: &str, known: &[Recipient]) -> String {
    let address = address_of(mailbox);
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    if known.iter().any(|recipient| recipient.name == local) {
        return address.to_owned();
    }
    local.to_owned()
}

/// The address of a checked mailbox, without the person's name.
pub(crate) fn address_of(mailbox: &str) -> &str {
    match mailbox.rsplit_once('<') {
        Some((_, address)) => address.trim_end().trim_end_matches('>'),
        None => mailbox.trim(),
    }
}
