//! Learned intervals against the fixed hour: simulated feeds of all habits, from their first poll on.

mod feeds;
mod servers;

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use kabar::feed::Feed;
use kabar::feed::FeedState;
use kabar::feed::Freshness;
use kabar::feed::Hints;
use kabar::feed::StoredDocument;
use kabar::feed::Validators;
use kabar::schedule;
use kabar::schedule::Arrivals;
use kabar::schedule::Pace;
use kabar::schedule::PollResult;
use kabar::schedule::PollSettings;
use kabar::schedule::Proof;

use crate::polling::feeds::Habit;
use crate::polling::feeds::entries_of;

/// Entries that a document holds.
const WINDOW: usize = 30;

fn begin() -> Timestamp {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

fn at(hours: f64) -> Timestamp {
    begin() + SignedDuration::from_secs_f64(hours * 3600.0)
}

/// What following a feed brought.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    polls: usize,
    seen: usize,
    missed: usize,
    /// From appearing to the poll that saw it, in hours, of all seen.
    delays: f64,
}

impl std::ops::AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.polls += other.polls;
        self.seen += other.seen;
        self.missed += other.missed;
        self.delays += other.delays;
    }
}

impl Outcome {
    fn mean_delay_minutes(&self) -> f64 {
        self.delays / self.seen as f64 * 60.0
    }
}

/// Follows a feed by the plans of kabar, from its first poll on. Its entries appear at these hours; `visit` sees each poll.
fn follow(
    feed: &Feed,
    entries: &[f64],
    settings: &PollSettings,
    (from, until): (f64, f64),
    mut visit: impl FnMut(f64, &FeedState),
) -> Outcome {
    let (mut state, mut outcome) = (FeedState::default(), Outcome::default());
    let (mut now, mut known) = (from, 0);
    while now < until {
        let there = entries.partition_point(|entry| *entry <= now);
        let window = &entries[there.saturating_sub(WINDOW)..there];
        let new = (there - known).min(window.len());
        if state.last_poll.is_some() {
            outcome.seen += new;
            outcome.missed += there - known - new;
            outcome.delays += entries[there - new..there].iter().map(|entry| now - entry).sum::<f64>();
        }
        outcome.polls += 1;
        state = polled(feed, &state, window, new, settings, at(now));
        known = there;
        visit(now, &state);
        now = state.next_poll.unwrap().duration_since(begin()).as_secs_f64() / 3600.0;
    }
    outcome
}

fn polled(
    feed: &Feed,
    state: &FeedState,
    window: &[f64],
    new: usize,
    settings: &PollSettings,
    now: Timestamp,
) -> FeedState {
    let freshness = Freshness::default();
    let is_first = state.last_poll.is_none();
    if new == 0 && !is_first {
        let validators = Validators::default();
        let unchanged = PollResult::Unchanged {
            validators,
            freshness,
            moved_to: None,
            by: Proof::Word,
        };
        return schedule::next_state(feed, state, unchanged, settings, now);
    }
    let read = PollResult::Read {
        title: None,
        validators: None,
        document: StoredDocument {
            hash: Some(now.to_string()),
            has_entries: true,
            bytes: 1_000,
        },
        hints: Hints::default(),
        freshness,
        moved_to: None,
        warnings: Vec::new(),
    };
    let mut next = schedule::next_state(feed, state, read, settings, now);
    let arrivals = Arrivals {
        dates: window.iter().map(|entry| at(*entry)).collect(),
        new,
        is_first,
        has_gap: !is_first && new >= 5 && new == window.len(),
    };
    schedule::learn(&mut next, feed.id, &Pace::of(feed, state, settings), arrivals);
    next
}

fn feed(number: usize) -> Feed {
    Feed::new(format!("https://feed{number}.example/rss").parse().unwrap())
}

fn hourly() -> PollSettings {
    PollSettings {
        interval_min: Duration::from_secs(3600),
        interval_max: Duration::from_secs(3600),
        ..PollSettings::default()
    }
}

const DAY: f64 = 24.0;
/// Feeds of each habit.
const FEEDS: usize = 20;

#[test]
fn learned_intervals_bring_news_sooner_with_fewer_requests_than_the_fixed_hour() {
    let (from, until) = (14.0 * DAY, 42.0 * DAY);
    let [mut fixed, mut learned] = [Outcome::default(); 2];
    for habit in Habit::ALL {
        let [mut own_fixed, mut own] = [Outcome::default(); 2];
        for number in 0..FEEDS {
            let entries = entries_of(habit, number, FEEDS, until);
            own_fixed += follow(&feed(number), &entries, &hourly(), (from, until), |_, _| {});
            own += follow(
                &feed(number),
                &entries,
                &PollSettings::default(),
                (from, until),
                |_, _| {},
            );
        }
        println!("{habit:?}: {own_fixed:?} -> {own:?}");
        assert!(own.mean_delay_minutes() < own_fixed.mean_delay_minutes(), "{habit:?}");
        assert!(own.polls < own_fixed.polls, "{habit:?}");
        fixed += own_fixed;
        learned += own;
    }
    println!("all: {fixed:?} -> {learned:?}");
    let requests = learned.polls as f64 / fixed.polls as f64;
    let delay = learned.mean_delay_minutes() / fixed.mean_delay_minutes();
    println!("requests {requests:.2}, delay {delay:.2}");
    assert!(requests < 0.7, "{requests:.2} of the requests");
    assert!(delay < 0.75, "{delay:.2} of the delay");
    // As many requests as the fixed hour, spent well: delays and requests go against each other.
    assert!(
        requests * delay < 0.45,
        "{requests:.2} of the requests, {delay:.2} of the delay"
    );
    assert_eq!(learned.missed, 0);
}

/// The intervals of a feed between two hours, in minutes.
fn intervals(entries: &[f64], (from, until): (f64, f64)) -> Vec<f64> {
    let mut polls = Vec::new();
    follow(&feed(0), entries, &PollSettings::default(), (0.0, until), |now, _| {
        polls.push(now)
    });
    polls.retain(|poll| *poll >= from);
    polls.windows(2).map(|pair| (pair[1] - pair[0]) * 60.0).collect()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

#[test]
fn a_feed_that_posts_daily_at_seven_is_asked_mostly_then() {
    let entries: Vec<f64> = (0..42).map(|day| f64::from(day) * DAY + 7.1).collect();
    let mut polls = Vec::new();
    let span = (0.0, 42.0 * DAY);
    follow(&feed(0), &entries, &PollSettings::default(), span, |now, _| {
        polls.push(now)
    });
    let late: Vec<f64> = polls.into_iter().filter(|poll| *poll > 28.0 * DAY).collect();

    let a_day = late.len() as f64 / 14.0;
    assert!((4.0..12.0).contains(&a_day), "{a_day} a day");
    let by_hour = |hour: f64| late.iter().filter(|poll| (*poll % DAY).floor() == hour).count();
    assert!(by_hour(7.0) >= 14, "once a day at least in its hour: {}", by_hour(7.0));
    let elsewhere = late.len() - by_hour(7.0);
    assert!(
        elsewhere as f64 / 23.0 < by_hour(7.0) as f64 / 3.0,
        "{elsewhere} at other hours"
    );
}

#[test]
fn a_quiet_feed_that_bursts_is_asked_nearly_as_often_as_allowed_and_then_left_alone() {
    let quiet = (0..28).map(|day| f64::from(day) * DAY + 7.1);
    let burst = (0..60).map(|five_minutes| 28.0 * DAY + 10.0 + f64::from(five_minutes) / 12.0);
    let entries: Vec<f64> = quiet.chain(burst).collect();

    let usual = median(intervals(&entries, (21.0 * DAY, 28.0 * DAY)));
    let burst = median(intervals(&entries, (28.0 * DAY + 12.0, 28.0 * DAY + 15.0)));
    let later = median(intervals(&entries, (42.0 * DAY, 49.0 * DAY)));

    assert!(burst < 15.0 && usual > 60.0 && later > 60.0, "{usual} {burst} {later}");
}

#[test]
fn a_feed_that_died_is_asked_as_seldom_as_allowed() {
    let entries: Vec<f64> = (0..28 * 24).map(f64::from).collect();
    let alive = median(intervals(&entries, (21.0 * DAY, 28.0 * DAY)));
    let dead = median(intervals(&entries, (180.0 * DAY, 200.0 * DAY)));

    assert!(alive < 45.0, "{alive}");
    assert!(dead > 300.0, "{dead}");
}

#[test]
fn a_feed_that_wakes_up_is_asked_often_within_a_day() {
    let entries: Vec<f64> = (0..200).map(|n| 150.0 * DAY + f64::from(n) / 2.0).collect();
    let asleep = median(intervals(&entries, (140.0 * DAY, 150.0 * DAY)));
    let awake = median(intervals(&entries, (151.0 * DAY, 152.0 * DAY)));

    assert!(asleep > 300.0 && awake < 45.0, "{asleep} {awake}");
}

#[test]
fn a_document_that_turns_over_between_two_polls_is_asked_for_sooner() {
    let quiet = (0..14).map(|day| f64::from(day) * DAY);
    let flood = (0..40).map(|n| 14.0 * DAY + 10.0 + f64::from(n) / 36_000.0);
    let entries: Vec<f64> = quiet.chain(flood).collect();
    let mut plans = Vec::new();
    let span = (0.0, 20.0 * DAY);
    let outcome = follow(&feed(0), &entries, &PollSettings::default(), span, |now, state| {
        plans.push((now, state.interval.as_secs_f64() / 3600.0, state.turnover));
    });

    assert!(outcome.missed > 0);
    let at = plans.iter().position(|(_, _, turnover)| turnover.is_some()).unwrap();
    let before = plans[at].0 - plans[at - 1].0;
    assert!(plans[at].1 <= before / 2.0, "{before} h, {:?}", plans[at]);
    assert!(plans.last().unwrap().2.is_none(), "it passes");
}
