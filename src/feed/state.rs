//! What we know of a feed between two polls.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

use crate::feed::Rhythm;
use crate::feed::Validators;

/// What we know of a feed between two polls. The default is a feed that was never polled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedState {
    /// The feed's address, for the state of feeds that the configuration no longer names.
    pub url: String,
    /// The feed's own title.
    pub title: Option<String>,
    /// Validators of the last document whose items are stored.
    pub validators: Validators,
    /// Hash of the last body that was stored, to skip reading the same bytes again.
    pub body_hash: Option<String>,
    /// Whether the baseline was stored: the entries of the first document that was whole and not empty.
    pub has_baseline: bool,
    /// When the first document was stored, whole or not.
    pub read_since: Option<Timestamp>,
    /// The last poll, whatever it brought.
    pub last_poll: Option<Timestamp>,
    /// The last poll that brought a feed or "not modified".
    pub last_success: Option<Timestamp>,
    /// When to poll next.
    pub next_poll: Option<Timestamp>,
    /// The interval that led to `next_poll`, which is up to 5 % later.
    pub interval: Duration,
    /// When its entries appear.
    pub rhythm: Rhythm,
    /// After a possible gap the longest wait that should lose nothing; it grows again with every poll.
    pub turnover: Option<Duration>,
    /// The least time between two polls that the last document asked for.
    pub ttl: Option<Duration>,
    /// What the last good answer and the last document ask for together; zero where they ask for nothing.
    pub asked: Duration,
    /// Until when the server wants to be left alone by all of its feeds; none after a success.
    pub paused_until: Option<Timestamp>,
    /// After a refusal of too many requests the shortest wait; it shrinks again with every good poll.
    pub spared: Option<Duration>,
    /// When a whole document last came, changed or not; none before.
    pub whole_at: Option<Timestamp>,
    /// How long "not modified" is believed, where the server was doubted and was right; else zero.
    pub believed: Duration,
    /// How often in a row the same document came whole although validators were sent.
    pub in_vain: u8,
    /// The length of the last document in bytes.
    pub bytes: u64,
    /// Of the settings that the last request was made with, enough to see that they changed.
    pub asked_as: Option<u16>,
    /// Where permanent redirects lead; none where the last good answer came without one.
    pub moved: Option<Moved>,
    /// Failed polls in a row.
    pub failures: u32,
    /// The last failure in one line; none after a success.
    pub error: Option<String>,
    /// Since when it fails for good, not once or twice; none after a success.
    pub trouble_since: Option<Timestamp>,
    /// How long the last answers took to their last byte, oldest first; failures do not count.
    pub answer_times: Vec<Duration>,
    /// Warnings about the last document.
    pub warnings: Vec<String>,
    /// Stories that this feed carried, whoever else did.
    pub stories: u64,
    /// When every entry of a document that was not the first was new, the last time: stories may have been missed before it.
    pub possible_gap: Option<Timestamp>,
}

/// What is known of a document whose entries are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDocument {
    /// Hash of its bytes; none where it was cut, so that the same bytes must be read again.
    pub hash: Option<String>,
    /// Whether it held entries.
    pub has_entries: bool,
    /// Its length.
    pub bytes: u64,
}

/// What permanent redirects say of a feed's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The new address.
    pub to: Url,
    /// Since when each good answer came from there.
    pub since: Timestamp,
    /// How many did.
    pub polls: u32,
}

/// A permanent redirect is believed after so many good answers, over so long a time: hotel networks and mistakes redirect, too.
const MOVED_POLLS_MIN: u32 = 3;
const MOVED_FOR_MIN: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// A document that is being written or repaired is whole again by then.
const UNFIT_FOR_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Answers that are remembered: enough that one hiccup is not what is usual.
const ANSWERS_KEPT: usize = 5;
/// Answers before something is usual.
const ANSWERS_MIN: usize = 3;
/// A feed is slow where it usually takes more than this share of the time it is given: a bad day away from failing.
const SLOW_SHARE: u32 = 2;

impl FeedState {
    /// Remembers how long an answer took.
    pub fn answered_in(&mut self, answer_time: Duration) {
        self.answer_times.push(answer_time);
        let over = self.answer_times.len().saturating_sub(ANSWERS_KEPT);
        self.answer_times.drain(..over);
    }

    /// How long an answer usually takes: the median of the last ones; none before there are three.
    pub fn usual_answer_time(&self) -> Option<Duration> {
        let mut times = self.answer_times.clone();
        times.sort_unstable();
        times
            .get(times.len() / 2)
            .copied()
            .filter(|_| times.len() >= ANSWERS_MIN)
    }

    /// The usual answer time, where it is more than half of `timeout`.
    pub fn slowness(&self, timeout: Duration) -> Option<Duration> {
        self.usual_answer_time().filter(|usual| *usual > timeout / SLOW_SHARE)
    }

    /// Takes note of where permanent redirects led to a good answer.
    pub fn note_move(&mut self, to: Option<Url>, now: Timestamp) {
        self.moved = to.map(|to| match self.moved.take() {
            Some(known) if known.to == to => Moved {
                polls: known.polls.saturating_add(1),
                ..known
            },
            Some(_) | None => Moved {
                to,
                since: now,
                polls: 1,
            },
        });
    }

    /// The address to write instead of the feed's own, because the server has named it for long enough.
    pub fn new_address(&self) -> Option<&Url> {
        let is_sure = |moved: &&Moved| {
            let last = self.last_success.unwrap_or(moved.since);
            moved.polls >= MOVED_POLLS_MIN && last.duration_since(moved.since).unsigned_abs() >= MOVED_FOR_MIN
        };
        self.moved.as_ref().filter(is_sure).map(|moved| &moved.to)
    }

    /// Whether a document that comes at `now` belongs to the baseline: none was stored that was whole and not empty.
    ///
    /// An empty one (a site under repair) and one that was cut are no baseline: the old entries come with the next one.
    /// Where all documents are so for a day, that is how the feed is, and what comes then is news.
    ///
    /// Earlier records have no flag, but a hash (an empty one, where the document was cut) after any document.
    pub fn is_new(&self, now: Timestamp) -> bool {
        let is_young = |since: Timestamp| now.duration_since(since).unsigned_abs() < UNFIT_FOR_MAX;
        !self.has_baseline && self.body_hash.is_none() && self.read_since.is_none_or(is_young)
    }

    /// Takes note of a document that was stored.
    pub fn note_document(&mut self, document: StoredDocument, now: Timestamp) {
        self.bytes = document.bytes;
        let is_fit = document.hash.is_some() && document.has_entries;
        self.has_baseline = is_fit || !self.is_new(now);
        self.read_since.get_or_insert(now);
        // Without a baseline the same bytes are read again: a hash would say that there is one.
        if self.has_baseline {
            self.body_hash = document.hash.or(self.body_hash.take());
        }
    }

    /// Whether the feed was not polled since `before`: it is no longer asked for.
    pub fn is_abandoned(&self, before: Timestamp) -> bool {
        self.last_poll.is_some_and(|last| last < before)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn earlier_records_had_their_baseline_with_any_document() {
        let is_new = |json: &str| serde_json::from_str::<FeedState>(json).unwrap().is_new(Timestamp::MAX);
        assert!(is_new(r#"{"url":"https://a.example/rss"}"#));
        assert!(!is_new(r#"{"body_hash":"8d3f"}"#));
        assert!(!is_new(r#"{"body_hash":""}"#));
    }

    #[test]
    fn a_move_is_believed_after_three_days_of_good_answers_from_one_place() {
        let url = |path: &str| Some(Url::parse(&format!("https://new.example/{path}")).unwrap());
        let mut state = FeedState::default();
        let mut hear = |hour: i64, to: Option<Url>| {
            let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(hour);
            state.last_success = Some(now);
            state.note_move(to, now);
            state.new_address().cloned()
        };
        assert_eq!(hear(0, url("a")), None);
        assert_eq!(hear(80, url("a")), None, "two answers");
        assert_eq!(hear(81, url("a")), url("a"));
        assert_eq!(hear(82, url("b")), None, "it changes its mind");
        assert_eq!(hear(100, url("b")), None);
        assert_eq!(hear(120, url("b")), None, "two days");
        assert_eq!(hear(160, url("b")), url("b"));
        assert_eq!(hear(161, None), None);
    }

    #[test]
    fn earlier_records_knew_no_rhythm() {
        let json =
            r#"{"url":"https://a.example/rss","last_poll":"2026-03-18T06:00:00Z","interval":{"secs":3600,"nanos":0}}"#;
        let state: FeedState = serde_json::from_str(json).unwrap();
        assert_eq!((state.interval.as_secs(), &state.rhythm), (3600, &Rhythm::default()));

        let mut rhythm = Rhythm::of_dates(vec![Timestamp::UNIX_EPOCH], Timestamp::MAX);
        rhythm.count(Timestamp::MAX);
        let state = FeedState { rhythm, ..state };
        let again: FeedState = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
        assert_eq!(again, state);
    }

    #[test]
    fn a_feed_is_slow_where_it_usually_takes_more_than_half_of_its_time() {
        let slowness = |seconds: &[u64]| {
            let mut state = FeedState::default();
            seconds
                .iter()
                .for_each(|seconds| state.answered_in(Duration::from_secs(*seconds)));
            state.slowness(Duration::from_secs(30)).map(|usual| usual.as_secs())
        };
        assert_eq!(slowness(&[20, 20]), None, "two answers are no habit");
        assert_eq!(slowness(&[20, 22, 28]), Some(22));
        assert_eq!(slowness(&[20, 1, 29, 1, 1]), None, "a hiccup is no habit");
        assert_eq!(slowness(&[15, 15, 15]), None);
        assert_eq!(
            slowness(&[29, 29, 29, 1, 1, 1, 1]),
            None,
            "what was before is forgotten"
        );
    }
}
