//! The feed of a JSON document and its entries, one at a time.
//!
//! Owns which member holds the entries, and what a member of an entry means.

use std::fmt;

use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::Error;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use url::Url;

use crate::feed::capture::escape_html;
use crate::feed::dates::read_date;
use crate::feed::draft::Draft;
use crate::feed::draft::absolute;
use crate::feed::draft::is_web;
use crate::feed::drafts::Drafts;
use crate::feed::json::value::NameSeed;
use crate::feed::json::value::Value;
use crate::feed::json::value::ValueSeed;

/// Members that may hold the entries, the best first.
const ENTRIES_NAMES: [&str; 3] = ["items", "item", "entries"];

/// Objects around the entries: the document, `rss`, `channel`.
const DEPTH_MAX: usize = 2;

/// What a document says of its feed.
#[derive(Default)]
pub(super) struct Channel {
    /// Its own members.
    own: Vec<(&'static str, Value)>,
    /// The member that the entries were found in, as a place in `ENTRIES_NAMES`.
    rank: usize,
    /// Its entries; none where no member holds any.
    pub(super) entries: Option<Entries>,
    /// RSS in JSON: the feed is a member of this one.
    inner: Option<Box<Channel>>,
}

/// The entries that were read.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) drafts: Drafts,
    /// How many there are, read or not.
    pub(super) seen: usize,
}

impl Entries {
    /// Adds an entry, where the value is one.
    fn add(&mut self, value: &Value, url: &Url) {
        self.seen += 1;
        match value {
            Value::Nothing | Value::List(_) => {}
            Value::Text(_) | Value::Object(_) => self.drafts.push(draft(value, url)),
        }
    }
}

impl Channel {
    /// The feed itself, without what is written around it; none where nothing is one.
    pub(super) fn feed(mut self) -> Option<Self> {
        let inner = self.inner.take().and_then(|inner| inner.feed());
        let says_so = || self.own.iter().any(|(name, _)| matches!(*name, "version" | "title"));
        let is_feed = self.entries.is_some() || says_so();
        inner.or_else(|| is_feed.then_some(self))
    }

    /// The first text among the members `names`.
    pub(super) fn text_of(&self, names: &[&str]) -> Option<String> {
        let member = |wanted: &&&str| self.own.iter().find(|(name, _)| name == *wanted);
        let members = names.iter().filter_map(|name| member(&name));
        members
            .map(|(_, value)| value)
            .find_map(|value| value.plain_text().or_else(|| value.text_of(&["#value"])))
    }
}

/// Reads the object that is a feed, or holds one; none where the value is no object.
#[derive(Clone, Copy)]
pub(super) struct ChannelSeed<'a> {
    /// The base of relative links.
    pub(super) url: &'a Url,
    /// Objects around this one.
    pub(super) depth: usize,
}

/// The texts, numbers and nulls that stand where an object or a list is wanted.
macro_rules! scalars_are_none {
    () => {
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
            Ok(None)
        }
    };
}

impl<'de> DeserializeSeed<'de> for ChannelSeed<'_> {
    type Value = Option<Channel>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ChannelSeed<'_> {
    type Value = Option<Channel>;

    scalars_are_none!();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a feed")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut channel = Channel {
            rank: ENTRIES_NAMES.len(),
            ..Channel::default()
        };
        while let Some(name) = object.next_key_seed(NameSeed)? {
            let Some(name) = name else {
                object.next_value::<IgnoredAny>()?;
                continue;
            };
            let rank = ENTRIES_NAMES.iter().position(|known| *known == name);
            if rank.is_some_and(|rank| rank <= channel.rank) {
                channel.read_entries(rank.unwrap_or_default(), self.url, &mut object)?;
            } else if matches!(name, "rss" | "channel") && self.depth < DEPTH_MAX {
                let depth = self.depth + 1;
                let inner = object.next_value_seed(ChannelSeed { depth, ..self })?;
                channel.inner = inner.map(Box::new).or(channel.inner);
            } else {
                // Lists of a feed's own members say nothing that we keep.
                let value = object.next_value_seed(ValueSeed { level: 2 })?;
                channel.own.retain(|(known, _)| *known != name);
                channel.own.push((name, value));
            }
        }
        Ok(Some(channel))
    }
}

impl Channel {
    /// Reads the entries of the next value, which take the place of those of a lesser member.
    fn read_entries<'de, A: MapAccess<'de>>(&mut self, rank: usize, url: &Url, object: &mut A) -> Result<(), A::Error> {
        if let Some(entries) = object.next_value_seed(EntriesSeed { url })? {
            self.rank = rank;
            self.entries = Some(entries);
        }
        Ok(())
    }
}

/// Reads the list of entries, or one entry alone; none where the value is neither.
struct EntriesSeed<'a> {
    url: &'a Url,
}

impl<'de> DeserializeSeed<'de> for EntriesSeed<'_> {
    type Value = Option<Entries>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for EntriesSeed<'_> {
    type Value = Option<Entries>;

    scalars_are_none!();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the entries of a feed")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = Entries::default();
        while entries.drafts.are_open() {
            let Some(value) = list.next_element_seed(ValueSeed { level: 0 })? else {
                return Ok(Some(entries));
            };
            entries.add(&value, self.url);
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            entries.seen += 1;
        }
        Ok(Some(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        let value = ValueSeed { level: 0 }.visit_map(object)?;
        let mut entries = Entries::default();
        entries.add(&value, self.url);
        Ok(Some(entries))
    }
}

/// The entry that is written so.
fn draft(item: &Value, url: &Url) -> Draft {
    let mut draft = Draft::default();
    let link = |names: &[&str]| item.text_of(names).map(|href| absolute(url, &href));
    draft.guid = item.text_of(&["id", "guid"]);
    draft.is_permalink = draft.guid.as_deref().is_some_and(is_web);
    draft.rss_link = link(&["url", "link"]);
    if let Some(external) = link(&["external_url"]) {
        draft.add_link(external, "external");
    }
    for attachment in item.list("attachments").iter().chain(item.list("enclosure")) {
        if let Some(href) = attachment.text_of(&["url"]) {
            draft.add_link(absolute(url, &href), "enclosure");
        }
    }
    draft.publish(
        &item
            .text_of(&["date_published", "pubDate", "published"])
            .unwrap_or_default(),
    );
    let entry = &mut draft.entry;
    entry.updated = item
        .text_of(&["date_modified", "updated"])
        .and_then(|text| read_date(&text));
    entry.title = item.text_of(&["title"]);
    entry.summary = item.text_of(&["summary", "description"]);
    let plain = || item.text_of(&["content_text"]).map(|text| escape_html(&text));
    entry.content = item.text_of(&["content_html"]).or_else(plain);
    entry.language = item.text_of(&["language"]);
    let mut authors = item.list("authors").iter().chain(item.list("author"));
    entry.author = authors.find_map(|author| author.plain_text().or_else(|| author.text_of(&["name"])));
    for tag in item.list("tags").iter().chain(item.list("category")) {
        draft.add_tag(&tag.plain_text().unwrap_or_default());
    }
    draft
}
