//! Mails that every template must be able to write, in every language: tried before a user's templates are taken.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::dedup::StoryId;
use crate::digest::AlsoIn;
use crate::digest::Change;
use crate::digest::DigestEntry;
use crate::digest::Kind;
use crate::digest::Recipient;
use crate::digest::Schedule;
use crate::digest::Snippet;
use crate::digest::Templates;
use crate::digest::Update;
use crate::digest::render::Content;
use crate::digest::render::Slow;
use crate::digest::render::Trouble;
use crate::digest::render::Waiting;
use crate::digest::render::render;
use crate::digest::templates::TemplateError;

/// Writes an empty digest, a digest with everything in it, and an alert, in every language.
///
/// # Errors
/// Where a template fails.
pub(in crate::digest) fn trial(templates: &Templates) -> Result<(), TemplateError> {
    for language in templates.languages() {
        let recipient = recipient(language);
        for (kind, entries) in [
            (Kind::Digest, Vec::new()),
            (Kind::Digest, vec![plain(), full(), nameless()]),
            (Kind::Alert, vec![full()]),
        ] {
            render(&content(&recipient, kind, entries), templates)?;
        }
    }
    Ok(())
}

fn recipient(language: &str) -> Recipient {
    Recipient {
        name: "ana".to_owned(),
        mailbox: "ana@example.org".to_owned(),
        digest: Schedule::default(),
        alerts_at_most_every: Duration::ZERO,
        quiet: None,
        timezone: TimeZone::UTC,
        language: language.to_owned(),
    }
}

fn content(recipient: &Recipient, kind: Kind, entries: Vec<DigestEntry>) -> Content<'_> {
    let trouble = Trouble {
        feed: "news.example".to_owned(),
        since: Some(Timestamp::UNIX_EPOCH),
        reason: "no answer within 30 s".to_owned(),
        is_told: false,
    };
    let told = Trouble {
        is_told: true,
        ..trouble.clone()
    };
    Content {
        recipient,
        kind,
        sealed: Timestamp::UNIX_EPOCH,
        entries,
        entries_max: 2,
        feeds: 3,
        troubles: vec![trouble, told],
        gaps: vec!["news.example".to_owned()],
        slow: vec![Slow {
            feed: "news.example".to_owned(),
            answer_time: Duration::from_secs(20),
        }],
        refused: vec!["550 no such user".to_owned()],
        waiting: vec![Waiting {
            sealed: Timestamp::UNIX_EPOCH,
            reason: "451 try again later".to_owned(),
        }],
        unsubscribe: "kabar@example.org".to_owned(),
    }
}

fn plain() -> DigestEntry {
    let highlighted = |text: &str| Snippet {
        text: text.to_owned(),
        highlights: std::iter::once(0..4).collect(),
    };
    DigestEntry {
        recipient: "ana".to_owned(),
        kind: Kind::Digest,
        story: StoryId::floor(Timestamp::UNIX_EPOCH),
        watches: vec!["port".to_owned()],
        title: highlighted("Port on fire"),
        link: Some("https://news.example/port-on-fire".to_owned()),
        outlet: "News".to_owned(),
        published: None,
        seen: Timestamp::UNIX_EPOCH,
        snippet: highlighted("Port workers were safe in the evening."),
        is_update: false,
        is_late: false,
        late_since: None,
        update: None,
        also_in: Vec::new(),
        language: None,
        original: None,
    }
}

fn full() -> DigestEntry {
    let place = |outlet: &str| AlsoIn {
        outlet: outlet.to_owned(),
        link: Some("https://other.example/port".to_owned()),
    };
    DigestEntry {
        watches: vec!["port".to_owned(), "fire".to_owned()],
        is_update: true,
        is_late: true,
        update: Some(Update::Revision(Change::between(
            ("Fire in port", ""),
            ("Port on fire", ""),
        ))),
        also_in: vec![place("Other"), place("Third")],
        language: Some("xx".to_owned()),
        original: Some(place("First")),
        ..plain()
    }
}

fn nameless() -> DigestEntry {
    DigestEntry {
        title: Snippet::default(),
        snippet: Snippet::default(),
        link: None,
        ..plain()
    }
}
