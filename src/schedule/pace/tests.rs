//! Rules of the plan that hold whatever a feed does.
#![allow(clippy::unwrap_used)]

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::feed::Freshness;
use crate::feed::Hints;
use crate::feed::StoredDocument;
use crate::feed::Validators;
use crate::schedule::PollResult;
use crate::schedule::Proof;
use crate::schedule::next_state;
use crate::schedule::planned;

fn begin() -> Timestamp {
    "2026-03-18T06:00:00Z".parse().unwrap()
}

fn feed(number: u32) -> Feed {
    Feed::new(format!("https://news.example/{number}").parse().unwrap())
}

/// What one poll brings: dates of its entries in seconds before it, how many are new, and what the publisher asks for.
#[derive(Clone, Debug)]
struct Brought {
    ages: Vec<i64>,
    new: usize,
    fresh_for: Option<Duration>,
    has_gap: bool,
}

fn brought() -> impl Strategy<Value = Brought> {
    let ages = prop::collection::vec(-100_000..40_000_000_i64, 0..30);
    let fresh_for = prop::option::of(0..200_000_u64);
    (ages, 0..40_usize, fresh_for, any::<bool>()).prop_map(|(ages, new, fresh_for, has_gap)| Brought {
        ages,
        new,
        fresh_for: fresh_for.map(Duration::from_secs),
        has_gap,
    })
}

/// The state after these polls, each at its time.
fn after(feed: &Feed, settings: &PollSettings, polls: &[Brought]) -> FeedState {
    let (mut state, mut now) = (FeedState::default(), begin());
    for poll in polls {
        state = polled(feed, &state, settings, poll, now);
        now = state.next_poll.unwrap();
    }
    state
}

fn polled(feed: &Feed, state: &FeedState, settings: &PollSettings, poll: &Brought, now: Timestamp) -> FeedState {
    let freshness = Freshness {
        fresh_for: poll.fresh_for,
    };
    if poll.new == 0 {
        let validators = Validators::default();
        return next_state(
            feed,
            state,
            PollResult::Unchanged {
                validators,
                freshness,
                moved_to: None,
                by: Proof::Word,
            },
            settings,
            now,
        );
    }
    let read = PollResult::Read {
        title: None,
        validators: None,
        document: StoredDocument {
            hash: Some(String::new()),
            has_entries: true,
            bytes: 1_000,
        },
        hints: Hints::default(),
        freshness,
        moved_to: None,
        warnings: Vec::new(),
    };
    let mut next = next_state(feed, state, read, settings, now);
    let arrivals = Arrivals {
        dates: poll
            .ages
            .iter()
            .map(|age| now - SignedDuration::from_secs(*age))
            .collect(),
        new: poll.new,
        is_first: state.last_poll.is_none(),
        has_gap: poll.has_gap,
    };
    learn(&mut next, feed.id, &Pace::of(feed, state, settings), arrivals);
    next
}

fn waited(state: &FeedState) -> Duration {
    let wait = state.next_poll.unwrap().duration_since(state.last_poll.unwrap());
    Duration::try_from(wait).unwrap()
}

proptest! {
    #[test]
    fn every_wait_is_within_the_bounds_unless_the_publisher_asks_for_more(
        polls in prop::collection::vec(brought(), 1..20),
        min in 300..7_200_u64,
        more in 60..1_000_000_u64,
    ) {
        let (min, max) = (Duration::from_secs(min), Duration::from_secs(min + more));
        let settings = PollSettings { interval_min: min, interval_max: max, ..PollSettings::default() };
        let state = after(&feed(1), &settings, &polls);
        let spread = min / SPREAD_SHARE;
        let asked = state.turnover.map_or(state.asked, |turnover| state.asked.min(turnover.max(INTERVAL_DEFAULT)));
        prop_assert!(waited(&state) >= min.max(asked));
        prop_assert!(waited(&state) <= (max.max(min + spread)).max(state.asked + state.asked / SPREAD_SHARE));
        prop_assert!(state.interval <= waited(&state));
    }

    #[test]
    fn settings_that_did_not_change_leave_the_plan_as_it_was(polls in prop::collection::vec(brought(), 1..20)) {
        let settings = PollSettings::default();
        let state = after(&feed(1), &settings, &polls);
        let now = state.last_poll.unwrap() + SignedDuration::from_secs(7);
        prop_assert_eq!(planned(&feed(1), &state, &settings, now), (state.next_poll.unwrap(), state.interval));
    }

    #[test]
    fn an_interval_that_the_user_fixed_is_kept(polls in prop::collection::vec(brought(), 1..10), every in 60..100_000_u64) {
        let every = Duration::from_secs(every);
        let feed = Feed { every: Some(every), ..feed(1) };
        let state = after(&feed, &PollSettings::default(), &polls);
        prop_assert_eq!(state.interval, every);
        prop_assert!(waited(&state) <= every + every / SPREAD_SHARE);
    }
}

fn quiet(new: usize) -> Brought {
    Brought {
        ages: Vec::new(),
        new,
        fresh_for: None,
        has_gap: false,
    }
}

#[test]
fn feeds_that_began_together_drift_apart_and_do_so_in_the_same_way_each_time() {
    let polls = [quiet(1), quiet(0), quiet(0)];
    let next = |number| {
        after(&feed(number), &PollSettings::default(), &polls)
            .next_poll
            .unwrap()
    };
    let mut moments: Vec<Timestamp> = (0..100).map(next).collect();
    assert_eq!(moments.first(), Some(&next(0)));

    moments.sort_unstable();
    moments.dedup();
    assert!(moments.len() > 90, "{}", moments.len());
}

#[test]
fn a_new_feed_is_asked_every_hour_for_a_day_and_sooner_where_its_dates_show_many_entries() {
    let settings = PollSettings::default();
    let first = |ages: Vec<i64>| Brought { ages, ..quiet(1) };
    let interval = |ages| after(&feed(1), &settings, &[first(ages)]).interval;
    assert_eq!(interval(vec![]), INTERVAL_DEFAULT);
    assert_eq!(interval(vec![30]), INTERVAL_DEFAULT, "one date says nothing");
    assert_eq!(interval(vec![30; 50]), INTERVAL_DEFAULT, "the date of the document");
    assert_eq!(
        interval((1..30).map(|month| month * 2_600_000).collect()),
        INTERVAL_DEFAULT
    );
    let busy = interval((0..50).map(|entry| entry * 600).collect());
    assert!(busy < Duration::from_secs(20 * 60), "{busy:?}");
}

#[test]
fn what_earlier_records_say_is_asked_every_hour_until_there_is_something_to_learn_from() {
    let state = FeedState {
        read_since: Some(begin() - SignedDuration::from_hours(1_000)),
        last_poll: Some(begin() - SignedDuration::from_hours(1)),
        ..FeedState::default()
    };
    assert_eq!(
        polled(&feed(1), &state, &PollSettings::default(), &quiet(0), begin()).interval,
        INTERVAL_DEFAULT
    );
}

#[test]
fn after_a_possible_gap_the_wait_is_half_of_the_one_before_and_grows_again() {
    let settings = PollSettings::default();
    let mut state = after(&feed(1), &settings, &[quiet(1), quiet(0)]);
    let before = waited(&state);
    let gap = Brought {
        has_gap: true,
        ..quiet(1)
    };
    state = polled(&feed(1), &state, &settings, &gap, state.next_poll.unwrap());
    assert!(state.interval <= before / 2, "{:?}", state.interval);

    for _ in 0..12 {
        state = polled(&feed(1), &state, &settings, &quiet(0), state.next_poll.unwrap());
    }
    assert_eq!(state.turnover, None);
}

#[test]
fn a_wish_under_which_stories_are_lost_is_cut_to_half_of_that_wait() {
    let settings = PollSettings::default();
    let wish = Some(Duration::from_secs(24 * 3600));
    let brings = |new, has_gap| Brought {
        fresh_for: wish,
        has_gap,
        ..quiet(new)
    };
    let mut state = after(&feed(1), &settings, &[brings(1, false), brings(0, false)]);
    assert_eq!(Some(state.interval), wish);
    for _ in 0..6 {
        state = polled(&feed(1), &state, &settings, &brings(9, true), state.next_poll.unwrap());
    }
    assert_eq!(state.interval, INTERVAL_DEFAULT, "no oftener than every hour");
}

#[test]
fn a_long_document_that_always_comes_whole_is_asked_for_every_hour_at_most() {
    let busy = Brought {
        ages: (0..50).map(|entry| entry * 600).collect(),
        ..quiet(1)
    };
    let settings = PollSettings::default();
    let mut state = after(&feed(1), &settings, &[busy]);
    let interval = |state: &FeedState| {
        let next = polled(&feed(1), state, &settings, &quiet(0), state.next_poll.unwrap());
        next.interval
    };
    assert!(interval(&state) < INTERVAL_DEFAULT);
    state.bytes = HEAVY_BYTES_MIN + 1;
    assert_eq!(interval(&state), INTERVAL_DEFAULT);
    state.validators.etag = Some("\"1\"".to_owned());
    assert!(interval(&state) < INTERVAL_DEFAULT);
}

#[test]
fn what_a_document_asks_for_holds_after_a_304_too() {
    let settings = PollSettings::default();
    let hints = Hints {
        ttl: Some(Duration::from_secs(3 * 3600)),
    };
    let document = StoredDocument {
        hash: Some(String::new()),
        has_entries: true,
        bytes: 1_000,
    };
    let read = PollResult::Read {
        title: None,
        validators: None,
        document,
        hints,
        freshness: Freshness::default(),
        moved_to: None,
        warnings: Vec::new(),
    };
    let state = next_state(&feed(1), &FeedState::default(), read, &settings, begin());
    assert_eq!(state.interval, Duration::from_secs(3 * 3600));

    let state = polled(&feed(1), &state, &settings, &quiet(0), state.next_poll.unwrap());

    assert_eq!(state.interval, Duration::from_secs(3 * 3600));
}
