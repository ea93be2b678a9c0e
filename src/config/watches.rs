//! The watches and the aliases that their queries use.
//!
//! Owns what a watch may name: feeds, tags and recipients that exist. Never looks at a document.

use crate::config::errors::Place;
use crate::config::errors::Report;
use crate::config::file::Shape;
use crate::config::file::Table;
use crate::config::file::Text;
use crate::config::file::texts_of;
use crate::config::pack;
use crate::config::schema;
use crate::config::schema::did_you_mean;
use crate::digest::Recipient;
use crate::feed::Feed;
use crate::watch::Aliases;
use crate::watch::Query;
use crate::watch::QueryError;
use crate::watch::Scope;
use crate::watch::Send;
use crate::watch::Watch;

/// Regular expressions of all watches: every story may be searched for each (QUERY.md section 3).
const REGULARS_MAX: usize = 100;

/// `[aliases]`: each name with its words, over those that come with kabar.
pub(crate) fn aliases(top: &Table<'_>, report: &mut Report) -> Aliases {
    let mut aliases = pack::aliases().clone();
    for (name, value) in top.free_table("aliases", "putin = [\"Putin\", \"Путин\"]", report) {
        let words = texts_of(value, &name.value, "Putin", report);
        if !words.is_empty() {
            aliases.insert(name.value, words.into_iter().map(|word| word.value).collect());
        }
    }
    aliases
}

/// Every watch, in the order of the file, each name once.
pub(crate) fn watches(
    top: &Table<'_>,
    aliases: &Aliases,
    feeds: &[Feed],
    recipients: &[Recipient],
    report: &mut Report,
) -> Vec<Watch> {
    let around = Around {
        aliases,
        feeds,
        recipients,
    };
    let mut watches: Vec<Watch> = Vec::new();
    for shape in top.shapes("watches", &schema::WATCHES, report) {
        let place = match &shape {
            Shape::Text(text) => text.place.clone(),
            Shape::Table(table) => table.place.clone(),
        };
        let Some(watch) = around.watch(shape, report) else {
            continue;
        };
        if watches.iter().any(|first| first.name == watch.name) {
            report.error(
                &place,
                format!(
                    "two watches are called \"{}\"; give one of them another `name`",
                    watch.name
                ),
            );
        }
        watches.push(watch);
    }
    let regulars: usize = watches.iter().map(|watch| watch.query.regulars()).sum();
    if regulars > REGULARS_MAX {
        report.error(
            &top.place_of("watches"),
            format!(
                "{regulars} regular expressions are more than {REGULARS_MAX}; write words and stars in their place"
            ),
        );
    }
    if !report.has_errors() {
        warn_of_unreached(top, &watches, recipients, report);
    }
    if !watches.is_empty() && recipients.is_empty() && !report.has_errors() {
        report.warn(
            &top.place_of("mail"),
            "nobody gets mail; write to = \"me@example.org\" in [mail]",
        );
    }
    watches
}

/// Warns of recipients to whom nothing can come, where others get mail.
fn warn_of_unreached(top: &Table<'_>, watches: &[Watch], recipients: &[Recipient], report: &mut Report) {
    if recipients.iter().all(|recipient| recipient.digest.is_never()) {
        // Each watch was warned of.
        return;
    }
    let tables = top.value("recipients").and_then(|value| value.get_ref().as_array());
    for (index, recipient) in recipients.iter().enumerate() {
        let alerts = |watch: &Watch| watch.send != Send::Digest && watch.to.contains(&recipient.name);
        if !recipient.digest.is_never() || watches.iter().any(alerts) {
            continue;
        }
        let table = tables.and_then(|tables| tables.get(index));
        let place = table.map_or_else(|| top.place_of("recipients"), |table| table.span());
        report.warn(
            &place,
            format!(
                "\"{0}\" gets no mail at all: it has digest = \"never\", and no watch sends it alerts; write send = \"alert\" in a watch, or give \"{0}\" digest = \"daily 07:00\"",
                recipient.name
            ),
        );
    }
}

/// What watches may name.
struct Around<'a> {
    aliases: &'a Aliases,
    feeds: &'a [Feed],
    recipients: &'a [Recipient],
}

impl Around<'_> {
    fn watch(&self, shape: Shape<'_>, report: &mut Report) -> Option<Watch> {
        let table = match shape {
            Shape::Text(text) => {
                let query = self.query(&text, report)?;
                self.warn_where_nothing_comes(None, &text.place, Send::default(), report);
                return Some(Watch {
                    name: text.value,
                    query,
                    feeds: Scope::All,
                    to: self.everybody(),
                    send: Send::default(),
                });
            }
            Shape::Table(table) => table,
        };
        if table.value("query").is_none() {
            report.error(&table.place, "a watch has no `query`; write query = 'Putin'");
        }
        let text = table.text("query", "Putin AND Ukraina", report);
        let name = table.text("name", "Ukraine war", report).map(|name| name.value);
        let words = [("digest", Send::Digest), ("alert", Send::Alert), ("both", Send::Both)];
        let send = table.choice("send", &words, report).unwrap_or_default();
        let feeds = self.scope(&table, report);
        let names = table.texts("to", "ana", report);
        self.warn_where_nothing_comes(names.as_deref(), &table.place_of("send"), send, report);
        let to = self.recipients(names, report);
        let text = text?;
        let query = self.query(&text, report)?;
        Some(Watch {
            name: name.unwrap_or(text.value),
            query,
            feeds,
            to,
            send,
        })
    }

    fn query(&self, text: &Text, report: &mut Report) -> Option<Query> {
        match Query::parse(&text.value, self.aliases) {
            Ok(query) => {
                for lint in query.lints() {
                    report.warn(&text.place, format!("watch \"{}\": {lint}", text.value));
                }
                Some(query)
            }
            Err(error) => {
                report.error(&text.place, unreadable(&text.value, &error));
                None
            }
        }
    }

    fn scope(&self, table: &Table<'_>, report: &mut Report) -> Scope {
        let Some(names) = table.texts("feeds", "tag:world", report) else {
            return Scope::All;
        };
        for name in &names {
            let known = match name.value.strip_prefix("tag:") {
                Some(tag) => self.feeds.iter().any(|feed| feed.tags.iter().any(|own| own == tag)),
                None => self.names().any(|own| own == name.value),
            };
            if known {
                continue;
            }
            let message = match name.value.strip_prefix("tag:") {
                Some(tag) => format!(
                    "no feed has the tag \"{tag}\"{}; write tags = [\"{tag}\"] in a feed, or remove it here",
                    did_you_mean(
                        tag,
                        self.feeds.iter().flat_map(|feed| feed.tags.iter().map(String::as_str))
                    )
                ),
                None => format!(
                    "no feed is called \"{0}\"{1}; write name = \"{0}\" in a feed, or remove it here",
                    name.value,
                    did_you_mean(&name.value, self.names())
                ),
            };
            report.error(&name.place, message);
        }
        Scope::Some(names.into_iter().map(|name| name.value).collect())
    }

    /// Names and addresses of the feeds, as [`Scope::covers`] knows them.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.feeds
            .iter()
            .flat_map(|feed| feed.name.as_deref().into_iter().chain([feed.url.as_str()]))
    }

    /// Warns of recipients that a watch cannot reach: what it sends goes into digests, and they get none.
    ///
    /// A watch for everybody may well leave some out; where it names them, or reaches nobody, that is a mistake.
    fn warn_where_nothing_comes(&self, names: Option<&[Text]>, place: &Place, send: Send, report: &mut Report) {
        let gets_none = |name: &str| {
            let mut found = self.recipients.iter().filter(|recipient| recipient.name == name);
            found.any(|recipient| recipient.digest.is_never())
        };
        let is_lost = match names {
            Some(names) => names.iter().all(|name| gets_none(&name.value)),
            None => self.recipients.iter().all(|recipient| recipient.digest.is_never()) && !self.recipients.is_empty(),
        };
        match send {
            Send::Alert => {}
            Send::Both if is_lost => report.warn(
                place,
                "nobody gets a digest of this watch (digest = \"never\"); write send = \"alert\", or give a recipient digest = \"daily 07:00\"",
            ),
            Send::Digest if is_lost && names.is_none() => report.warn(
                place,
                "nobody hears of this watch: it sends digests, and every recipient has digest = \"never\"; write send = \"alert\" in the watch, or give a recipient digest = \"daily 07:00\"",
            ),
            Send::Digest => {
                for name in names.unwrap_or_default().iter().filter(|name| gets_none(&name.value)) {
                    let message = format!(
                        "\"{0}\" hears nothing of this watch: it sends digests, and \"{0}\" has digest = \"never\"; write send = \"alert\" in the watch, or give \"{0}\" digest = \"daily 07:00\"",
                        name.value
                    );
                    report.warn(&name.place, message);
                }
            }
            Send::Both => {}
        }
    }

    fn recipients(&self, names: Option<Vec<Text>>, report: &mut Report) -> Vec<String> {
        let Some(names) = names else {
            return self.everybody();
        };
        for name in &names {
            if !self.recipients.iter().any(|recipient| recipient.name == name.value) {
                let known = self.recipients.iter().map(|recipient| recipient.name.as_str());
                let near = did_you_mean(&name.value, known);
                report.error(
                    &name.place,
                    format!(
                        "no recipient is called \"{}\"{near}; name one of [[recipients]]",
                        name.value
                    ),
                );
            }
        }
        names.into_iter().map(|name| name.value).collect()
    }

    fn everybody(&self) -> Vec<String> {
        self.recipients.iter().map(|recipient| recipient.name.clone()).collect()
    }
}

/// The message for a query: the column, counted from 1, and below it the picture with the reason.
fn unreadable(query: &str, error: &QueryError) -> String {
    let picture = error.caret(query).replace('\n', "\n    ");
    format!(
        "the query cannot be read at its column {}; correct it:\n    {picture}",
        error.column.saturating_add(1)
    )
}
