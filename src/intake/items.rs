//! Entries of a document become items: source URL and aliases, visible text, matches.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::dedup::Item;
use crate::dedup::Name;
use crate::dedup::Sighting;
use crate::dedup::hash128;
use crate::dedup::identity::Identity;
use crate::feed::Entry;
use crate::feed::Feed;
use crate::feed::ParsedFeed;
use crate::intake::Age;
use crate::intake::STORED_TEXT_BYTES_MAX;
use crate::intake::Watching;
use crate::intake::hash;
use crate::watch::Document;
use crate::watch::text;

/// Bytes of a title that are kept. The longest real title in the corpus has under 1 KiB.
const TITLE_BYTES_MAX: usize = 1024;
/// Bytes of visible text that are matched: ten times the longest news story.
const BODY_BYTES_MAX: usize = 512 * 1024;
/// Characters of an author that are kept: a long list of names.
const AUTHOR_CHARS_MAX: usize = 500;
/// Characters of a language that are kept: the room that RFC 5646 section 4.4.1 asks for.
const LANGUAGE_CHARS_MAX: usize = 35;
/// Characters of the body that stand for a missing title.
const TITLE_FROM_BODY_CHARS: usize = 80;

/// One item for every entry with its identity, in document order.
pub(super) fn items(
    feed: &Feed,
    feed_name: &str,
    parsed: &ParsedFeed,
    identities: Vec<Identity>,
    watching: &Watching,
    age: &Age,
) -> Vec<Item> {
    let mut with_date: HashMap<Timestamp, usize> = HashMap::new();
    for date in parsed.entries.iter().filter_map(date) {
        *with_date.entry(date).or_default() += 1;
    }
    let entries = parsed.entries.iter().zip(identities);
    let items = entries.map(|(entry, identity)| Item {
        is_date_own: date(entry).is_none_or(|date| with_date.get(&date) == Some(&1)),
        ..item(feed, feed_name, parsed, entry, identity, watching, age)
    });
    items.collect()
}

fn date(entry: &Entry) -> Option<Timestamp> {
    entry.published.or(entry.updated)
}

fn item(
    feed: &Feed,
    feed_name: &str,
    parsed: &ParsedFeed,
    entry: &Entry,
    identity: Identity,
    watching: &Watching,
    age: &Age,
) -> Item {
    let body = body(entry);
    let title = title(entry, &body);
    let language = entry.language.as_ref().or(parsed.language.as_ref());
    let language = language.map(|language| first_chars(language, LANGUAGE_CHARS_MAX));
    let author = entry
        .author
        .as_deref()
        .map(|author| first_chars(author, AUTHOR_CHARS_MAX));
    let document = Document {
        title: &title,
        text: &body,
        language: language.as_deref(),
        link: entry.link.as_deref(),
        feed: feed_name,
        author: author.as_deref(),
        tags: &entry.tags,
    };
    let matches = watching.matches(feed, &document);
    let matched = hash_of_matched(&document, &identity.names);
    let published = date(entry);
    Item {
        aliases: identity.names.iter().map(|name| name.alias.clone()).collect(),
        source: identity.source,
        matches,
        is_mailable: is_mailable(published, age),
        is_date_own: true,
        sighting: Sighting {
            feed: feed.id,
            feed_name: feed_name.to_owned(),
            link: entry.link.clone(),
            title,
            text: prefix(&body, STORED_TEXT_BYTES_MAX).to_owned(),
            language,
            author,
            published,
            seen: age.now,
            matched: Some(matched),
            names: identity.names,
        },
        body,
    }
}

/// Old entries of a first document are the baseline: stored, but no news.
fn is_mailable(published: Option<Timestamp>, age: &Age) -> bool {
    published.map_or(age.is_undated_news, |published| age.news.contains(&published))
}

/// Hash of what watches look at, as far as the publisher says it: a feed that the user names anew brings no news, and
/// neither do the parameters of a link that counts clicks or the order of tags.
fn hash_of_matched(document: &Document<'_>, names: &[Name]) -> String {
    let is_own_address =
        |name: &&Name| !name.url.is_empty() && !name.provenance.is_citation() && !name.alias.is_published();
    let addresses = names.iter().filter(is_own_address).map(|name| name.alias.as_str());
    let mut tags: Vec<&str> = document.tags.iter().map(String::as_str).collect();
    tags.sort_unstable();
    let optional = |text: Option<&'_ str>| hash128(text.unwrap_or_default().as_bytes());
    let mut parts = vec![
        hash128(document.title.as_bytes()),
        hash128(document.text.as_bytes()),
        optional(document.language),
        optional(document.author),
        hash128(tags.join("\n").as_bytes()),
    ];
    parts.extend(addresses.map(|address| hash128(address.as_bytes())));
    hash(&parts.concat())
}

/// Summary and content as visible text; the summary only where the content does not hold it.
fn body(entry: &Entry) -> String {
    let visible = |html: &Option<String>| html.as_deref().map(text::visible_text).unwrap_or_default();
    let (summary, content) = (visible(&entry.summary), visible(&entry.content));
    let whole = match (summary.is_empty(), content.is_empty()) {
        (_, true) => summary,
        (true, false) => content,
        (false, false) if content.contains(summary.trim_end_matches(['…', '.', ' '])) => content,
        (false, false) => format!("{summary}\n\n{content}"),
    };
    prefix(&whole, BODY_BYTES_MAX).to_owned()
}

fn title(entry: &Entry, body: &str) -> String {
    let title = entry.title.as_deref().map(text::visible_line).unwrap_or_default();
    if !title.is_empty() {
        return prefix(&title, TITLE_BYTES_MAX).to_owned();
    }
    let first_line = body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let start: String = first_line.chars().take(TITLE_FROM_BODY_CHARS).collect();
    if start.len() < first_line.len() {
        format!("{}…", start.trim_end())
    } else {
        start
    }
}

fn first_chars(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

/// The longest prefix of `text` that has at most `bytes_max` bytes and ends between two characters.
pub(super) fn prefix(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use url::Url;

    use super::*;
    use crate::dedup::KeyMaker;
    use crate::dedup::identity::identify;
    use crate::feed::LINK_BYTES_MAX;
    use crate::feed::parse::read_feed;

    #[test]
    fn what_one_entry_carries_into_the_store_is_bounded() {
        let feed = Feed::new(Url::parse("https://a.example/feed").unwrap());
        let long = "x".repeat(100_000);
        let text = format!(
            r#"{{"version":"1","items":[{{"id":"1","title":"Fire","url":"https://a.example/{long}","language":"{long}",
            "external_url":"https://b.example/{long}","author":"{long}",
            "content_html":"<p>T.</p><p>Sumber: https://c.example/{long}</p>"}}]}}"#
        );
        let parsed = read_feed(text.as_bytes(), None, &feed.url).unwrap();
        assert_eq!(
            parsed.warnings,
            ["1 entries with links of more than 8192 bytes, which were dropped"]
        );
        let identities = identify(&KeyMaker::new(crate::dedup::Lessons::default()), &feed, &parsed).identities;
        let age = Age {
            now: Timestamp::UNIX_EPOCH,
            news: Timestamp::MIN..=Timestamp::MAX,
            is_undated_news: true,
        };

        let item = items(&feed, "A", &parsed, identities, &Watching::new(Vec::new()), &age).remove(0);

        let author = item.sighting.author.unwrap();
        let language = item.sighting.language.unwrap();
        assert_eq!((author.len(), language.len()), (AUTHOR_CHARS_MAX, LANGUAGE_CHARS_MAX));
        assert_eq!((item.sighting.link, item.source.url.as_str()), (None, ""));
        let names = item.sighting.names;
        assert!(names.iter().all(|name| name.url.len() <= LINK_BYTES_MAX), "{names:?}");
    }
}
