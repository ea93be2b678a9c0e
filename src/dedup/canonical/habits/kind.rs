//! The words of `rules/habits.txt`, by what they say.
//!
//! Owns reading the list. Never judges a parameter.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::dedup::canonical::rules::lines;

/// What a word of `rules/habits.txt` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

    /// Whether `word` (in lower case) is of this kind.
    pub(super) fn has(self, word: &str) -> bool {
        words_of_kinds().contains(&(self, word))
    }

    /// Whether `text` (in lower case) begins with a word of this kind.
    pub(super) fn starts(self, text: &str) -> bool {
        (1..=text.len())
            .filter_map(|end| text.get(..end))
            .any(|start| self.has(start))
    }
}

fn words_of_kinds() -> &'static HashSet<(Kind, &'static str)> {
    static WORDS: OnceLock<HashSet<(Kind, &'static str)>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut known = HashSet::new();
        for line in lines(include_str!("../../rules/habits.txt")) {
            let mut words = line.split_whitespace();
            if let Some(kind) = words.next().and_then(Kind::named) {
                known.extend(words.map(|word| (kind, word)));
            }
        }
        known
    })
}
