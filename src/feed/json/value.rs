//! One value of a JSON document, as far as an entry can use it.
//!
//! Owns the bounds: whatever a document holds, a value keeps known members, short lists and texts only.

use std::fmt;

use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::Error;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;

/// Most members of one list that are kept: an entry keeps as many tags and links.
const LIST_MAX: usize = 200;

/// Longest text that is kept, in bytes: four times what is matched of a story's visible text.
const TEXT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Levels of an entry: the entry, its members, what stands in their lists, the members of those, their `#value`.
const LEVELS_MAX: usize = 5;

/// Members that are read, at any place of a feed.
const MEMBERS: [&str; 32] = [
    "#value",
    "attachments",
    "author",
    "authors",
    "category",
    "content_html",
    "content_text",
    "date_modified",
    "date_published",
    "description",
    "enclosure",
    "external_url",
    "guid",
    "home_page_url",
    "id",
    "language",
    "link",
    "name",
    "pubDate",
    "published",
    "summary",
    "tags",
    "title",
    "ttl",
    "updated",
    "url",
    "version",
    "rss",
    "channel",
    "items",
    "item",
    "entries",
];

/// What is kept of a value.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Value {
    /// `null`, a truth value, or what stands too deep.
    #[default]
    Nothing,
    /// A text without the blanks around it, or a number; never empty.
    Text(String),
    /// The first members of a list.
    List(Vec<Value>),
    /// The known members of an object, each once.
    Object(Vec<(&'static str, Value)>),
}

impl Value {
    /// The member `name` of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(known, _)| *known == name).map(|(_, value)| value),
            Self::Nothing | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The first text among the members `names`; numbers count as texts.
    pub(super) fn text_of(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .filter_map(|name| self.get(name))
            .find_map(|value| value.plain_text().or_else(|| value.get("#value")?.plain_text()))
    }

    /// The text, where it is one.
    pub(super) fn plain_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Nothing | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// The member `name` as a list, also where it is a single value.
    pub(super) fn list(&self, name: &str) -> &[Self] {
        match self.get(name) {
            Some(Self::List(values)) => values,
            Some(Self::Nothing) | None => &[],
            Some(value) => std::slice::from_ref(value),
        }
    }

    fn text(text: &str) -> Self {
        let text = text[..text.floor_char_boundary(TEXT_BYTES_MAX)].trim();
        match text.is_empty() {
            true => Self::Nothing,
            false => Self::Text(text.to_owned()),
        }
    }
}

/// Keeps a value at this level of an entry; deeper ones are passed over.
#[derive(Clone, Copy)]
pub(super) struct ValueSeed {
    /// 0 is the entry itself.
    pub(super) level: usize,
}

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.level < LEVELS_MAX {
            true => deserializer.deserialize_any(self),
            false => deserializer.deserialize_ignored_any(IgnoredAny).map(|_| Value::Nothing),
        }
    }
}

impl<'de> Visitor<'de> for ValueSeed {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Text(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Text(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        // JSON's way of writing it, which ids of stored stories have.
        let number = serde_json::Number::from_f64(number);
        Ok(number.map_or(Value::Nothing, |number| Value::Text(number.to_string())))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        // Lists are members of the entry: lists in lists say nothing that we know.
        let kept_max = if self.level == 1 { LIST_MAX } else { 0 };
        let inner = Self { level: self.level + 1 };
        while kept.len() < kept_max {
            match list.next_element_seed(inner)? {
                Some(value) => kept.push(value),
                None => return Ok(Value::List(kept)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::List(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut members: Vec<(&'static str, Value)> = Vec::new();
        let inner = Self { level: self.level + 1 };
        while let Some(name) = object.next_key_seed(NameSeed)? {
            let Some(name) = name else {
                object.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = object.next_value_seed(inner)?;
            match members.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => members.push((name, value)),
            }
        }
        Ok(Value::Object(members))
    }
}

/// The name of a member, where it is a known one. Keeps no text of the document.
pub(super) struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameSeed {
    type Value = Option<&'static str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(MEMBERS.into_iter().find(|known| *known == name))
    }
}
