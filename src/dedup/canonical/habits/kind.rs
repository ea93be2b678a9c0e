//! The words of `rules/habits.txt`, by what they say.
//!
//! Owns reading the list. Never judges a parameter.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::dedup::canonical::rules::Beginnings;
use crate::dedup::rule_lines::lines;

/// What a word of `rules/habits.txt` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Says alone how the reader came.
    TrackingName,
    /// Says so wherever it stands in a name.
    TrackingWord,
    /// Says so with a second word behind it.
    FirstWord,
    /// Such a first word whose "id" may name something else.
    NamingWord,
    /// What of how the reader came: "share_id".
    SecondWord,
    /// Makes a name a vendor's: "acme_campaign".
    CampaignEnd,
    /// Belongs to a campaign when the same vendor's source stands beside it.
    FamilyEnd,
    /// Ends as a campaign parameter and is a noun.
    SourceNoun,
    /// Behind "prev", "from": the page before.
    BackEnd,
    /// Has a source of its own: "video_source".
    SourcedWord,
    /// Holds how the reader came, when its value says so.
    PlaceName,
    /// Where a link stood; a word of such a value.
    PlaceWord,
    /// A value that means nothing else under any name.
    Network,
    /// Asks for a part or another form.
    AskingName,
    /// Makes an address new when its value is a time.
    CacheName,
    /// Makes an address new when its value is a number.
    CacheTimeName,
    /// Holds a session id.
    SessionName,
    /// Chooses how a page is drawn.
    ViewName,
    /// Chooses a device.
    MobileValue,
    /// Chooses the print view.
    PrintValue,
    /// Chooses AMP.
    AmpValue,
    /// Opens the comments.
    CommentName,
    /// Counts pages; the first is the story.
    PageName,
    /// Shows all pages as one.
    WholeName,
    /// A vendor of campaigns, pushes or recommendations.
    Vendor,
    /// What a parameter may name: a thing of its own.
    Thing,
    /// Begins names that are no vendor's: "tv_show".
    ShortWord,
    /// Says in what state the reader or the page is.
    StateName,
    /// Chooses letters and colours.
    LookName,
    /// Counts the places of links.
    RankName,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "tracking-name" => Self::TrackingName,
            "tracking-word" => Self::TrackingWord,
            "first-word" => Self::FirstWord,
            "naming-word" => Self::NamingWord,
            "second-word" => Self::SecondWord,
            "campaign-end" => Self::CampaignEnd,
            "family-end" => Self::FamilyEnd,
            "source-noun" => Self::SourceNoun,
            "back-end" => Self::BackEnd,
            "sourced-word" => Self::SourcedWord,
            "place-name" => Self::PlaceName,
            "place-word" => Self::PlaceWord,
            "network" => Self::Network,
            "asking-name" => Self::AskingName,
            "cache-name" => Self::CacheName,
            "cache-time-name" => Self::CacheTimeName,
            "session-name" => Self::SessionName,
            "view-name" => Self::ViewName,
            "mobile-value" => Self::MobileValue,
            "print-value" => Self::PrintValue,
            "amp-value" => Self::AmpValue,
            "comment-name" => Self::CommentName,
            "page-name" => Self::PageName,
            "whole-name" => Self::WholeName,
            "vendor" => Self::Vendor,
            "thing" => Self::Thing,
            "short-word" => Self::ShortWord,
            "state-name" => Self::StateName,
            "look-name" => Self::LookName,
            "rank-name" => Self::RankName,
            _ => return None,
        })
    }
}

/// A word in lower case, and what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    kinds: Kinds,
}

impl<'a> Word<'a> {
    /// Looks up `text` (in lower case).
    pub(super) fn of(text: &'a str) -> Self {
        let kinds = Words::current().kinds.get(text).copied().unwrap_or_default();
        Self { text, kinds }
    }

    pub(super) fn is(self, kind: Kind) -> bool {
        self.kinds.0 & Kinds::bit(kind) != 0
    }
}

/// The kinds of a word, one bit for each.
#[derive(Clone, Copy, Debug, Default)]
struct Kinds(u32);

impl Kinds {
    fn bit(kind: Kind) -> u32 {
        1 << kind as u32
    }
}

/// Whether `text` (in lower case) begins with a vendor's name.
pub(super) fn begins_with_vendor(text: &str) -> bool {
    Words::current().vendors.begin(text)
}

/// The list, read.
struct Words {
    kinds: HashMap<&'static str, Kinds>,
    vendors: Beginnings,
}

impl Words {
    fn current() -> &'static Self {
        static WORDS: OnceLock<Words> = OnceLock::new();
        WORDS.get_or_init(|| {
            let mut kinds: HashMap<&str, Kinds> = HashMap::new();
            let mut vendors = Vec::new();
            for line in lines(include_str!("../../rules/habits.txt")) {
                let mut words = line.split_whitespace();
                let Some(kind) = words.next().and_then(Kind::named) else {
                    continue;
                };
                for word in words {
                    kinds.entry(word).or_default().0 |= Kinds::bit(kind);
                    if kind == Kind::Vendor {
                        vendors.push(word);
                    }
                }
            }
            let vendors = Beginnings::new(vendors);
            Self { kinds, vendors }
        })
    }
}
