//! One finished poll and what was known before become one record for the store.
//!
//! Pure: feed + state + outcome + watches + now → [`PollRecord`]; and the merge of a stored story with an item.
//! The scheduler makes the record, every store engine takes it in with [`join()`] and [`settle()`].

mod items;
mod joining;
mod merge;
mod watching;

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::dedup::Item;
use crate::dedup::KeyMaker;
use crate::dedup::Lesson;
use crate::dedup::identity;
use crate::feed::FAILED_BODY_BYTES_MAX;
use crate::feed::FailedBody;
use crate::feed::FailureCause;
use crate::feed::Feed;
use crate::feed::FeedId;
use crate::feed::FeedState;
use crate::feed::FetchFailure;
use crate::feed::FetchOutcome;
use crate::feed::FetchedBody;
use crate::feed::Freshness;
use crate::feed::ParseFailure;
use crate::feed::ParsedFeed;
use crate::feed::StoredDocument;
use crate::feed::Validators;
use crate::feed::parse;
use crate::schedule;
use crate::schedule::Pace;
use crate::schedule::PollResult;
use crate::schedule::PollSettings;
use crate::schedule::Proof;

pub use joining::{Joined, Known, join};
pub use merge::{Merge, SNIPPET_CHARS_MAX, TITLE_CHARS_MAX, add_names, merge, settle};
pub use watching::Watching;

/// Bytes of an item's visible text that are stored with a sighting. Of the real feeds in the corpus 95 % of the
/// bodies are shorter; matching always sees the whole text.
pub const STORED_TEXT_BYTES_MAX: usize = 12 * 1024;
/// How long a name is remembered after it was last used, and the state of a feed after its last poll: the memory of what
/// was seen outlives the stories (PRODUCT section 4).
pub const NAMES_KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// How far in the future the date of an entry may be that is new: wrong clocks and zones. Events are dated months ahead.
const CLOCKS_DIFFER_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// One finished fetch with everything that is needed to understand it.
#[derive(Debug)]
pub struct Visit<'a> {
    /// The feed that was asked.
    pub feed: &'a Feed,
    /// What was known of it before.
    pub state: &'a FeedState,
    /// What the fetch brought.
    pub outcome: FetchOutcome,
    /// How long it took.
    pub answer_time: Duration,
    /// What keys are made with.
    pub keys: &'a KeyMaker,
    /// The watches of the moment.
    pub watching: &'a Watching,
    /// The rules of polling.
    pub settings: &'a PollSettings,
}

/// What one poll leaves behind: the feed's new state and its items, stored in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct PollRecord {
    /// Which feed.
    pub feed: FeedId,
    /// Its new state, before [`settle()`].
    pub state: FeedState,
    /// What its document held; empty on failure and "not modified".
    pub items: Vec<Item>,
    /// All that is known of the feed's addresses now; none where the document taught nothing new.
    pub lessons: Option<Vec<Lesson>>,
    /// Whether the feed was new: what its document held is its baseline.
    pub is_baseline: bool,
    /// What the poll brought, for the log and for counting.
    pub verdict: Verdict,
    /// What becomes of the document that could not be read before.
    pub failed_body: FailedBodyChange,
    /// What decides the next poll besides what [`settle()`] learns of the document.
    pub pace: Pace,
}

/// What a poll does to the kept document of the last failure.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum FailedBodyChange {
    /// Nothing came that could be read or not.
    #[default]
    Leave,
    /// This one was read.
    Forget,
    /// This one was not, or not wholly.
    Keep(FailedBody),
}

/// What a poll brought, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A document that differs from the last one.
    Fresh,
    /// The same as last time.
    NotModified,
    /// Nothing usable.
    Failed,
}

/// Reads what a fetch brought, names its stories, matches its texts, and plans the next poll.
pub fn take_in(visit: Visit<'_>, now: Timestamp) -> PollRecord {
    let Visit {
        feed,
        state,
        outcome,
        answer_time,
        keys,
        watching,
        settings,
    } = visit;
    let record = |verdict, result: PollResult<'_>, items| {
        let mut next = schedule::next_state(feed, state, result, settings, now);
        if verdict != Verdict::Failed {
            next.answered_in(answer_time);
        }
        PollRecord {
            feed: feed.id,
            state: next,
            items,
            lessons: None,
            is_baseline: state.is_new(now),
            verdict,
            failed_body: FailedBodyChange::Leave,
            pace: Pace::of(feed, state, settings),
        }
    };
    match outcome {
        FetchOutcome::Failed(failure) => record(Verdict::Failed, PollResult::Failed(&failure), Vec::new()),
        FetchOutcome::NotModified {
            validators,
            freshness,
            moved_to,
        } => {
            let result = unchanged(validators, freshness, moved_to, Proof::Word);
            record(Verdict::NotModified, result, Vec::new())
        }
        FetchOutcome::Fresh(body) => {
            let hash = hash(&body.bytes);
            if state.body_hash.as_ref() == Some(&hash) {
                let result = unchanged(body.validators, body.freshness, body.moved_to, Proof::Bytes);
                return record(Verdict::NotModified, result, Vec::new());
            }
            match parse::read_feed(&body.bytes, body.content_type.as_deref(), &body.final_url) {
                Ok(parsed) => {
                    let name = name_of(feed, state, &parsed);
                    let identity::Named { identities, lessons } = identity::identify(keys, feed, &parsed);
                    let age = visit_age(state, settings, now);
                    let items = items::items(feed, &name, &parsed, identities, watching, &age);
                    let failed_body = match parsed.is_complete {
                        true => FailedBodyChange::Forget,
                        false => kept(&body, parsed.warnings.join("; "), now),
                    };
                    PollRecord {
                        lessons,
                        failed_body,
                        ..record(Verdict::Fresh, read(parsed, body, hash), items)
                    }
                }
                Err(reason) => {
                    let failure = not_a_feed(feed, &reason);
                    PollRecord {
                        failed_body: kept(&body, reason.to_string(), now),
                        ..record(Verdict::Failed, PollResult::Failed(&failure), Vec::new())
                    }
                }
            }
        }
    }
}

/// When the poll was, and which entries are news then, by their date.
#[derive(Clone, Debug)]
struct Age {
    now: Timestamp,
    news: RangeInclusive<Timestamp>,
    is_undated_news: bool,
}

fn visit_age(state: &FeedState, settings: &PollSettings, now: Timestamp) -> Age {
    let before = |age: Duration| now.saturating_sub(age).unwrap_or(Timestamp::MIN);
    if state.is_new(now) {
        let latest = now.saturating_add(CLOCKS_DIFFER_MAX).unwrap_or(Timestamp::MAX);
        return Age {
            now,
            news: before(settings.backfill)..=latest,
            is_undated_news: false,
        };
    }
    Age {
        now,
        // A feed that was quiet for so long brings its old entries under names that were forgotten.
        news: before(NAMES_KEPT)..=Timestamp::MAX,
        is_undated_news: true,
    }
}

fn name_of(feed: &Feed, state: &FeedState, parsed: &ParsedFeed) -> String {
    let title = parsed.title.clone().or_else(|| state.title.clone());
    feed.display_name(Some(&FeedState {
        title,
        ..FeedState::default()
    }))
}

fn unchanged(validators: Validators, freshness: Freshness, moved_to: Option<Url>, by: Proof) -> PollResult<'static> {
    PollResult::Unchanged {
        validators,
        freshness,
        moved_to,
        by,
    }
}

/// A document that holds more than was read never advances the validators: the rest would hide behind a 304.
fn read(parsed: ParsedFeed, body: FetchedBody, hash: String) -> PollResult<'static> {
    PollResult::Read {
        title: parsed.title,
        validators: parsed.is_complete.then_some(body.validators),
        document: StoredDocument {
            hash: parsed.is_complete.then_some(hash),
            has_entries: !parsed.entries.is_empty(),
            bytes: u64::try_from(body.bytes.len()).unwrap_or(u64::MAX),
        },
        hints: parsed.hints,
        freshness: body.freshness,
        moved_to: body.moved_to,
        warnings: parsed.warnings,
    }
}

fn kept(body: &FetchedBody, reason: String, now: Timestamp) -> FailedBodyChange {
    FailedBodyChange::Keep(FailedBody {
        at: now,
        content_type: body.content_type.clone(),
        url: body.final_url.clone(),
        reason,
        bytes: body.bytes.iter().copied().take(FAILED_BODY_BYTES_MAX).collect(),
    })
}

fn not_a_feed(feed: &Feed, failure: &ParseFailure) -> FetchFailure {
    let url = &feed.url;
    let advice = match failure {
        // It names the address to write.
        ParseFailure::Html { feeds } if !feeds.is_empty() => String::new(),
        ParseFailure::Html { .. } => "; check the address".to_owned(),
        ParseFailure::Empty => "; kabar tries again later".to_owned(),
        ParseFailure::NotAFeed { .. } | ParseFailure::OverLimit { .. } | ParseFailure::Damaged { .. } => {
            format!("; look at it: `kabar feeds inspect --last-failure {url}`")
        }
    };
    FetchFailure {
        cause: FailureCause::NotAFeed,
        message: format!("{url}: {failure}{advice}"),
        retry_after: None,
    }
}

fn hash(bytes: &[u8]) -> String {
    crate::dedup::hash128(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests;
