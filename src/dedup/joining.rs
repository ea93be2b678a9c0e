//! Whether an item is a sighting of the story that is known by one of its names.
//!
//! Owns doubt: a name can lie (a guid that every entry gets, an address that a feed gives to all of its news), and what
//! one feed said before shows it. When unsure, it keeps apart. Never looks at other feeds: they may tell a story in
//! other words and another language.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::dedup::Alias;
use crate::dedup::Item;
use crate::dedup::Name;
use crate::dedup::Provenance;
use crate::dedup::Sighting;
use crate::dedup::Story;
use crate::dedup::gate::is_story_path;
use crate::dedup::source_url::bounded_id;
use crate::dedup::titles;

/// A feed that moves an entry to another address and dates it anew does so within a day's half; daily series do not.
const MOVED_WITHIN: Duration = Duration::from_secs(12 * 60 * 60);
/// Offsets of time zones are multiples of a quarter of an hour (IANA time zone database, all zones of today).
const ZONES_STEP_SECONDS: i64 = 15 * 60;

/// Whether `item` is a sighting of `story`, which is known by the item's name `alias`.
pub fn is_same_story(story: &Story, item: &Item, alias: &Alias) -> bool {
    let mut known = story
        .sightings
        .iter()
        .filter(|known| known.feed == item.sighting.feed)
        .peekable();
    known.peek().is_none() || known.any(|known| agrees(known, item, alias))
}

/// Whether what this feed said before and what it says now can be one story's.
fn agrees(known: &Sighting, item: &Item, alias: &Alias) -> bool {
    let now = &item.sighting;
    if let (Some(_), Some(link)) = (link_as_guid(known), link_as_guid(now))
        && !Url::parse(link).is_ok_and(|link| is_story_path(&link))
    {
        // The address of a section, and no guid: only the titles tell its stories apart.
        return !titles::are_of_two(&known.title, &now.title);
    }
    match (how(known, alias), how(now, alias)) {
        // The entry's guid: it lies where another address and another title came with it.
        (_, Some(How::Guid)) => {
            let (before, after) = (Telling::of(known), Telling::of(now));
            let is_date_own = item.is_date_own;
            shares_address(known, now) || is_one_story(&before, &Telling { is_date_own, ..after })
        }
        // A copy and the story that it names.
        (Some(How::Own), Some(How::Cited)) | (Some(How::Cited), Some(How::Own)) => true,
        // Two stories about one report cite it both.
        (_, Some(How::Cited)) => guids_agree(known, now) || titles::are_equal(&known.title, &now.title),
        // An address: it lies where another guid and another title came with it.
        (_, Some(How::Own)) => guids_agree(known, now) || !titles::are_of_two(&known.title, &now.title),
        // Records without names.
        (_, None) => true,
    }
}

/// The link of an entry without a guid of its own, which stands for it.
fn link_as_guid(sighting: &Sighting) -> Option<&str> {
    let link = sighting.link.as_deref()?;
    let id = Alias::guid(sighting.feed, &bounded_id(link));
    sighting.names.iter().any(|name| name.alias == id).then_some(link)
}

/// How a sighting came by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Guid,
    Own,
    Cited,
}

fn how(sighting: &Sighting, alias: &Alias) -> Option<How> {
    let name = sighting.names.iter().find(|name| name.alias == *alias)?;
    Some(match name.provenance {
        Provenance::None => How::Guid,
        Provenance::Attribution | Provenance::Via => How::Cited,
        Provenance::Setting | Provenance::OrigLink | Provenance::Link | Provenance::Guid => How::Own,
    })
}

fn shares_address(known: &Sighting, now: &Sighting) -> bool {
    let is_address = |name: &Name| !name.url.is_empty() && !name.alias.is_published();
    let is_shared = |name: &Name| is_address(name) && known.names.iter().any(|other| other.alias == name.alias);
    now.names.iter().any(is_shared)
}

/// What tells two entries apart that have one guid and no address in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Telling<'a> {
    pub(super) title: &'a str,
    pub(super) published: Option<Timestamp>,
    /// Whether no other entry of its document has its date.
    pub(super) is_date_own: bool,
}

impl<'a> Telling<'a> {
    fn of(sighting: &'a Sighting) -> Self {
        Self {
            title: &sighting.title,
            published: sighting.published,
            is_date_own: true,
        }
    }
}

/// Whether two entries that one guid names are one story without an address in common: one that moved.
///
/// The hygiene of a document asks this, too, so that a guid which it leaves to two entries joins them.
pub(super) fn is_one_story(before: &Telling<'_>, after: &Telling<'_>) -> bool {
    let is_alike = !titles::are_of_two(before.title, after.title);
    match (before.published, after.published) {
        (Some(known), Some(now)) if known == now => {
            is_alike || before.is_date_own && after.is_date_own && !may_be_midnight(now)
        }
        (Some(known), Some(now)) => is_alike && known.duration_since(now).unsigned_abs() < MOVED_WITHIN,
        (None, _) | (_, None) => is_alike,
    }
}

/// Whether it is midnight somewhere then, which is how a date without a time is read: all news of a day have it.
fn may_be_midnight(time: Timestamp) -> bool {
    time.as_second().rem_euclid(ZONES_STEP_SECONDS) == 0 && time.subsec_nanosecond() == 0
}

/// Whether the guids say one entry; where one of them has no guid of its own, they do not contradict.
fn guids_agree(known: &Sighting, now: &Sighting) -> bool {
    let guid = |sighting: &Sighting| {
        let own = sighting.names.iter().find(|name| name.provenance == Provenance::None);
        own.map(|name| name.alias.clone())
    };
    match (guid(known), guid(now)) {
        (Some(before), Some(after)) => before == after,
        (None, _) | (_, None) => true,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::dedup::SourceUrl;
    use crate::dedup::StoryId;
    use crate::feed::FeedId;

    fn feed(n: u8) -> FeedId {
        FeedId::from_bytes([n; 16])
    }

    fn sighting(feed_number: u8, guid: &str, url: &str, title: &str, day: i64) -> Sighting {
        let name = |alias, url: &str, provenance| Name {
            alias,
            url: url.to_owned(),
            provenance,
            rules: Vec::new(),
        };
        let mut names = vec![name(Alias::guid(feed(feed_number), guid), "", Provenance::None)];
        if let Some(cited) = url.strip_prefix("cites ") {
            names.push(name(Alias::url(cited), cited, Provenance::Attribution));
        } else if !url.is_empty() {
            names.push(name(Alias::url(url), url, Provenance::Link));
        }
        Sighting {
            feed: feed(feed_number),
            feed_name: String::new(),
            link: None,
            title: title.to_owned(),
            text: String::new(),
            language: None,
            author: None,
            published: (day > 0).then(|| Timestamp::from_second(day * 86_400 + 7).unwrap()),
            seen: Timestamp::UNIX_EPOCH,
            names,
            matched: None,
        }
    }

    /// Whether `now`, which is known by `alias`, joins the story that was seen as `known`.
    fn check(known: &Sighting, now: &Sighting, alias: &Alias, expected: bool) {
        let source = SourceUrl {
            url: String::new(),
            key: String::new(),
            provenance: Provenance::Link,
        };
        let story = Story {
            id: StoryId::new(Timestamp::UNIX_EPOCH, ""),
            source: source.clone(),
            aliases: Vec::new(),
            first_seen: Timestamp::UNIX_EPOCH,
            sightings: vec![known.clone()],
            watches: Vec::new(),
            told: Vec::new(),
            revisions: Vec::new(),
        };
        let item = Item {
            aliases: Vec::new(),
            source,
            sighting: now.clone(),
            body: String::new(),
            matches: Vec::new(),
            is_mailable: true,
            is_date_own: true,
        };
        assert_eq!(is_same_story(&story, &item, alias), expected, "{now:?}");
    }

    #[test]
    fn a_guid_joins_unless_another_address_and_another_title_or_day_came_with_it() {
        let known = sighting(1, "0", "a.example/fire", "Fire in port", 3);
        let alias = Alias::guid(feed(1), "0");
        check(
            &known,
            &sighting(1, "0", "a.example/fire", "All about the blaze", 4),
            &alias,
            true,
        );
        check(
            &known,
            &sighting(1, "0", "b.example/fire", "Fire in port", 3),
            &alias,
            true,
        );
        check(
            &known,
            &sighting(1, "0", "b.example/x", "All about the blaze", 3),
            &alias,
            true,
        );
        check(
            &known,
            &sighting(1, "0", "a.example/flood", "Flood in city", 4),
            &alias,
            false,
        );
        check(
            &known,
            &sighting(1, "0", "a.example/fire-2", "Fire in port", 4),
            &alias,
            false,
        );
        check(
            &known,
            &sighting(1, "0", "a.example/flood", "Flood in city", 0),
            &alias,
            false,
        );
    }

    #[test]
    fn an_equal_date_says_one_story_only_where_it_is_that_of_one_entry() {
        let told = |title: &str, seconds: i64, is_date_own: bool| {
            let published = Timestamp::from_second(seconds).unwrap();
            let telling = |title| Telling {
                title,
                published: Some(published),
                is_date_own,
            };
            is_one_story(&telling("Fire in port"), &telling(title))
        };
        let (midnight, midnight_in_delhi) = (1_800_057_600, 1_800_037_800);
        assert!(told("All about the blaze", midnight + 7, true));
        assert!(!told("All about the blaze", midnight + 7, false));
        assert!(!told("All about the blaze", midnight, true));
        assert!(!told("All about the blaze", midnight_in_delhi, true));
        assert!(told("Fire in the port", midnight, false));
    }

    #[test]
    fn a_citation_under_a_title_in_other_letters_is_the_same_entry() {
        let alias = Alias::url("a.example/report");
        let known = sighting(1, "2", "cites a.example/report", "Harga emas  naik", 3);
        let again = sighting(1, "3", "cites a.example/report", "HARGA EMAS NAIK", 3);
        check(&known, &again, &alias, true);
    }

    #[test]
    fn a_guid_without_addresses_joins_what_is_alike() {
        let known = sighting(1, "0", "", "Gold price on 12 March", 0);
        let alias = Alias::guid(feed(1), "0");
        check(
            &known,
            &sighting(1, "0", "", "Gold price on 12 March, revised", 0),
            &alias,
            true,
        );
        check(
            &known,
            &sighting(1, "0", "", "Gold price on 13 March", 0),
            &alias,
            false,
        );
    }

    #[test]
    fn an_address_joins_unless_another_guid_and_another_title_came_with_it() {
        let known = sighting(1, "1", "a.example/live", "Fire in port", 3);
        let alias = Alias::url("a.example/live");
        check(
            &known,
            &sighting(1, "2", "a.example/live", "Fire in the port", 3),
            &alias,
            true,
        );
        check(
            &known,
            &sighting(1, "1", "a.example/live", "Flood in city", 3),
            &alias,
            true,
        );
        check(
            &known,
            &sighting(1, "2", "a.example/live", "Flood in city", 3),
            &alias,
            false,
        );
        check(
            &known,
            &sighting(2, "2", "a.example/live", "Kebakaran pelabuhan", 3),
            &alias,
            true,
        );
    }

    #[test]
    fn a_copy_joins_the_story_that_it_names_and_two_citations_do_not_join() {
        let alias = Alias::url("a.example/fire");
        let copy = sighting(1, "2", "cites a.example/fire", "Kebakaran di pelabuhan", 3);
        check(
            &sighting(1, "1", "a.example/fire", "Fire in port", 3),
            &copy,
            &alias,
            true,
        );
        check(
            &copy,
            &sighting(1, "3", "cites a.example/fire", "Harga emas naik", 3),
            &alias,
            false,
        );
    }

    #[test]
    fn the_address_of_a_section_joins_alike_titles_only_where_there_is_no_guid() {
        let seen = |url: &str, title: &str| Sighting {
            link: Some(url.to_owned()),
            ..sighting(1, url, url, title, 3)
        };
        for (link, expected) in [
            ("https://a.example/latest", false),
            ("https://a.example/berita/kebakaran-di-pelabuhan", true),
        ] {
            for alias in [Alias::url(link), Alias::guid(feed(1), link)] {
                let known = seen(link, "Fire in port");
                check(&known, &seen(link, "Flood in city"), &alias, expected);
                check(&known, &seen(link, "Fire in the port"), &alias, true);
            }
        }
    }
}
