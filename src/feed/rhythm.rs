//! When a feed's entries appear: how many lately, and at what hours of the day.
//!
//! Counts that fade, and the rate that they promise. What that means for the next poll is the schedule's business.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
const WEEK: f64 = 7.0 * DAY;

/// The pasts that are looked back on, in seconds, and how much each says about the next hours; the shares make one.
///
/// Several at once, because rates drift: a long past alone is blind to a feed that wakes up, a short one takes a holiday for
/// the end. More of them, and other shares, changed the product of requests and mean delay over simulated feeds by less than a tenth.
const PASTS: [(f64, f64); 4] = [(HOUR, 0.15), (DAY, 0.15), (WEEK, 0.35), (4.0 * WEEK, 0.35)];
/// Entries per second that a feed may have though it showed none: 0.3 a week, the best fit to 80 real streams of events.
const RATE_UNSEEN: f64 = 0.3 / WEEK;
/// How fast the hours of the past fade, in seconds: habits last for seasons.
const HABIT_FADES: f64 = 8.0 * WEEK;
/// Entries spread evenly over the day that are counted with the seen ones: a few entries are no habit.
const HOUR_PRIOR: f64 = 4.0;
/// The least time of watching that a rate is made from, in seconds.
const WATCHED_MIN: f64 = 60.0;
/// Parts of one entry that are counted, so that counts are whole numbers and fade without stopping.
const PARTS: f64 = 1e6;

/// When a feed's entries appear. The default is a feed of which nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rhythm {
    /// Since when entries are counted.
    since: Option<Timestamp>,
    /// The moment to which the counts have faded.
    counted_at: Option<Timestamp>,
    /// Entries counted, not faded.
    entries: u32,
    /// Entries of each of the [`PASTS`], in millionths.
    lately: [u64; PASTS.len()],
    /// Entries by hour of the day (UTC), in millionths. Days of the week are not told apart: it gained nothing.
    hours: [u64; 24],
}

impl Rhythm {
    /// What the dates of a first document tell at `now`. Dates to come say nothing, and one date of many entries (that of
    /// the document, or of a move) is one.
    pub fn of_dates(mut dates: Vec<Timestamp>, now: Timestamp) -> Self {
        dates.retain(|date| *date <= now);
        dates.sort_unstable();
        dates.dedup();
        let since = dates.first().copied().unwrap_or(now);
        let mut rhythm = Self {
            since: Some(since),
            ..Self::default()
        };
        dates.into_iter().for_each(|date| rhythm.count(date));
        rhythm
    }

    /// Takes in an entry that appeared at `at`.
    pub fn count(&mut self, at: Timestamp) {
        let counted_at = self.counted_at.unwrap_or(at);
        let (old, new) = (seconds(counted_at, at).max(0.0), seconds(at, counted_at).max(0.0));
        let add = |count: &mut u64, fades: f64| {
            *count = in_parts(in_entries(*count) * (-old / fades).exp() + (-new / fades).exp());
        };
        for (count, (past, _)) in self.lately.iter_mut().zip(PASTS) {
            add(count, past);
        }
        let fade = |count: &mut u64| *count = in_parts(in_entries(*count) * (-old / HABIT_FADES).exp());
        self.hours.iter_mut().for_each(fade);
        if let Some(count) = self.hours.get_mut(hour_of(at.as_second())) {
            *count += in_parts((-new / HABIT_FADES).exp());
        }
        self.entries = self.entries.saturating_add(1);
        self.since.get_or_insert(at);
        self.counted_at = Some(counted_at.max(at));
    }

    /// Since when entries are counted; none where nothing is known.
    pub fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// The latest moment of which something is known.
    pub fn known_until(&self) -> Option<Timestamp> {
        self.counted_at.max(self.since)
    }

    /// Entries that were counted.
    pub fn entries(&self) -> u32 {
        self.entries
    }

    /// The entries to expect in each `step` after `from`, without end.
    pub fn expected(&self, from: Timestamp, step: Duration) -> impl Iterator<Item = f64> {
        let step = step.as_secs_f64();
        let watched = self
            .since
            .map_or(WATCHED_MIN, |since| seconds(since, from).max(WATCHED_MIN));
        let since_count = self.counted_at.map_or(0.0, |at| seconds(at, from).max(0.0));
        let mut parts = [(0.0, 1.0); PASTS.len()];
        for ((part, count), (past, share)) in parts.iter_mut().zip(self.lately).zip(PASTS) {
            // Of a past longer than the time of watching only that much was seen.
            let seen = past * (1.0 - (-watched / past).exp());
            let rate = in_entries(count) * (-since_count / past).exp() / seen;
            *part = (share * rate, (-step / past).exp());
        }
        let mut at = from.as_duration().as_secs_f64() + step / 2.0;
        let habits = self.habits();
        std::iter::from_fn(move || {
            let rate: f64 = parts.iter().map(|(rate, _)| rate).sum();
            parts.iter_mut().for_each(|(rate, fade)| *rate *= *fade);
            #[allow(clippy::cast_possible_truncation)]
            let habit = habits.get(hour_of(at as i64)).unwrap_or(&1.0);
            at += step;
            Some((RATE_UNSEEN + rate) * habit * step)
        })
    }

    /// How much more (over 1) or less than usual appears in each hour of the day.
    fn habits(&self) -> [f64; 24] {
        let counted: f64 = self.hours.iter().map(|count| in_entries(*count)).sum();
        self.hours
            .map(|count| (in_entries(count) + HOUR_PRIOR / 24.0) / (counted / 24.0 + HOUR_PRIOR / 24.0))
    }
}

/// The hour of the day of a moment in Unix time.
fn hour_of(second: i64) -> usize {
    usize::try_from(second.div_euclid(3600).rem_euclid(24)).unwrap_or_default()
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[allow(clippy::cast_precision_loss)]
fn in_entries(parts: u64) -> f64 {
    parts as f64 / PARTS
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn in_parts(entries: f64) -> u64 {
    (entries * PARTS).round() as u64
}
