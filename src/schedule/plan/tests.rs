//! What refusals and changed settings do to the plan.
#![allow(clippy::unwrap_used)]

use jiff::SignedDuration;

use super::*;
use crate::feed::Credentials;

const HOUR: Duration = Duration::from_secs(3600);

fn begin() -> Timestamp {
    "2026-03-18T06:00:00Z".parse().unwrap()
}

fn feed() -> Feed {
    Feed::new("https://news.example/rss".parse().unwrap())
}

fn good() -> PollResult<'static> {
    PollResult::Unchanged {
        validators: Validators::default(),
        freshness: Freshness::default(),
        moved_to: None,
        by: Proof::Word,
    }
}

fn refusal(status: u16, retry_after: Option<Duration>, now: Timestamp) -> FetchFailure {
    FetchFailure {
        cause: FailureCause::Status(status),
        message: String::new(),
        retry_after: retry_after.map(|wait| now + wait),
    }
}

/// The state after a good poll and then these refusals, each at its time.
fn refused(refusals: &[(u16, Option<Duration>)]) -> FeedState {
    let settings = PollSettings::default();
    let mut state = next_state(&feed(), &FeedState::default(), good(), &settings, begin());
    for (status, retry_after) in refusals {
        let now = state.next_poll.unwrap();
        let failure = refusal(*status, *retry_after, now);
        state = next_state(&feed(), &state, PollResult::Failed(&failure), &settings, now);
    }
    state
}

/// For how long the feed waits, and the whole server, from the last poll on.
fn waits(state: &FeedState) -> (Duration, Option<Duration>) {
    let last = state.last_poll.unwrap();
    let pause = paused_until(state, last).map(|until| Duration::try_from(until.duration_since(last)).unwrap());
    (state.interval, pause)
}

#[test]
fn a_server_is_left_alone_for_as_long_as_it_asks_and_no_longer_than_a_week() {
    let week = 7 * 24 * HOUR;
    for status in [429, 503] {
        assert_eq!(waits(&refused(&[(status, Some(5 * HOUR))])), (5 * HOUR, Some(5 * HOUR)));
        assert_eq!(waits(&refused(&[(status, Some(9 * week))])), (week, Some(week)));
        let short = Duration::from_secs(60);
        assert_eq!(
            waits(&refused(&[(status, Some(short))])),
            (HOUR, Some(short)),
            "never sooner for it"
        );
    }
    assert_eq!(
        waits(&refused(&[(500, Some(5 * HOUR))])),
        (5 * HOUR, None),
        "one feed's trouble"
    );
    assert_eq!(waits(&refused(&[(503, None)])), (HOUR, None));
}

#[test]
fn a_pause_ends_with_its_time_or_with_a_good_answer_and_a_wrong_clock_writes_none() {
    let state = refused(&[(429, Some(5 * HOUR))]);
    let last = state.last_poll.unwrap();
    assert_eq!(paused_until(&state, last + 5 * HOUR), None);
    assert_eq!(paused_until(&state, last - 24 * HOUR), None);
    let next = next_state(&feed(), &state, good(), &PollSettings::default(), last + HOUR);
    assert_eq!(paused_until(&next, last + HOUR), None);
}

#[test]
fn who_wants_fewer_requests_without_saying_when_is_asked_less_often_for_days() {
    let settings = PollSettings {
        interval_min: Duration::from_secs(600),
        interval_max: Duration::from_secs(600),
        ..PollSettings::default()
    };
    let mut state = next_state(&feed(), &FeedState::default(), good(), &settings, begin());
    assert_eq!(state.interval, settings.interval_min);

    let mut refusals = Vec::new();
    for _ in 0..3 {
        let now = state.next_poll.unwrap();
        let failure = refusal(429, None, now);
        state = next_state(&feed(), &state, PollResult::Failed(&failure), &settings, now);
        refusals.push(waits(&state));
    }
    let hours: Vec<u64> = refusals.iter().map(|(wait, _)| wait.as_secs() / 3600).collect();
    assert_eq!(hours, [1, 2, 4]);
    assert!(
        refusals.iter().all(|(wait, pause)| *pause == Some(*wait)),
        "{refusals:?}"
    );

    let mut good_polls = Vec::new();
    while state.spared.is_some() {
        state = next_state(&feed(), &state, good(), &settings, state.next_poll.unwrap());
        good_polls.push(state.interval);
    }
    assert!(good_polls.len() > 5 && good_polls[0] > 3 * HOUR, "{good_polls:?}");
    assert!(good_polls.is_sorted_by(|a, b| a > b), "slowly faster: {good_polls:?}");
    assert_eq!(good_polls.last(), Some(&settings.interval_min));
}

#[test]
fn validators_are_those_of_the_last_whole_document_renewed_by_304s_and_kept_by_failures() {
    let settings = PollSettings::default();
    let of = |etag: Option<&str>, date: Option<&str>| Validators {
        etag: etag.map(str::to_owned),
        last_modified: date.map(str::to_owned),
        from: None,
    };
    let read = |validators| PollResult::Read {
        title: None,
        validators: Some(validators),
        document: StoredDocument {
            hash: Some(String::new()),
            has_entries: true,
            bytes: 1_000,
        },
        hints: Hints::default(),
        freshness: Freshness::default(),
        moved_to: None,
        warnings: Vec::new(),
    };
    let same = |validators, by| PollResult::Unchanged {
        validators,
        freshness: Freshness::default(),
        moved_to: None,
        by,
    };
    let failure = refusal(429, None, begin());
    let mut state = FeedState::default();
    for (result, expected) in [
        (read(of(Some("1"), Some("a"))), of(Some("1"), Some("a"))),
        (same(of(None, None), Proof::Word), of(Some("1"), Some("a"))),
        (same(of(Some("2"), None), Proof::Word), of(Some("2"), Some("a"))),
        (PollResult::Failed(&failure), of(Some("2"), Some("a"))),
        (same(of(Some("3"), Some("a")), Proof::Bytes), of(Some("3"), Some("a"))),
        (same(of(Some("4"), None), Proof::Bytes), of(Some("4"), None)),
        (read(of(None, Some("b"))), of(None, Some("b"))),
        (read(of(None, None)), of(None, None)),
    ] {
        state = next_state(&feed(), &state, result, &settings, begin());
        assert_eq!(state.validators, expected);
    }
}

#[test]
fn back_off_doubles_up_to_a_day_and_ends_with_a_good_answer() {
    let hours = |failures: usize| refused(&vec![(500, None); failures]).interval.as_secs() / 3600;
    assert_eq!([1, 2, 3, 4, 5, 6, 7, 40].map(hours), [1, 2, 4, 8, 16, 24, 24, 24]);

    let state = refused(&[(500, None); 5]);
    let next = next_state(
        &feed(),
        &state,
        good(),
        &PollSettings::default(),
        state.next_poll.unwrap(),
    );
    assert_eq!(next.interval, HOUR);
    assert_eq!(refused(&[(410, None)]).interval, GONE_WAIT);
}

#[test]
fn a_pass_every_hour_polls_an_hourly_feed_every_time() {
    let settings = PollSettings::default();
    let state = next_state(&feed(), &FeedState::default(), good(), &settings, begin());
    let is_due = |state: &FeedState, minutes: i64| {
        let now = begin() + SignedDuration::from_mins(minutes);
        is_due_in_passing(&feed(), state, &settings, now)
    };
    assert!(is_due(&state, 60), "its spread is not over");
    assert!(!is_due(&state, 45), "a pass more often leaves it alone");
    let wish = FeedState {
        asked: Duration::from_secs(3601),
        ..state
    };
    assert!(!is_due(&wish, 60), "the publisher's own wish holds to the second");
    let failing = refused(&[(500, None), (500, None), (500, None)]);
    let next = failing.next_poll.unwrap();
    let second_before = next - SignedDuration::from_secs(1);
    assert!(
        !is_due_in_passing(&feed(), &failing, &settings, second_before),
        "it fails, and waits"
    );
    assert!(is_due_in_passing(&feed(), &failing, &settings, next));
}

#[test]
fn a_feed_is_due_by_the_settings_of_the_moment() {
    let settings = PollSettings::default();
    let state = next_state(&feed(), &FeedState::default(), good(), &settings, begin());
    let due = |feed: &Feed, state: &FeedState, settings: &PollSettings| {
        let (due, interval) = planned(feed, state, settings, begin() + 60 * Duration::from_secs(60));
        (due.duration_since(begin()).as_mins(), interval.as_secs() / 60)
    };
    let now = 60;
    let (planned_at, interval) = due(&feed(), &state, &settings);
    assert!((60..=63).contains(&planned_at), "{planned_at}");
    assert_eq!(interval, 60);
    assert_eq!(due(&feed(), &FeedState::default(), &settings), (now, 0));

    let own = Feed {
        every: Some(Duration::from_secs(15 * 60)),
        ..feed()
    };
    assert_eq!(due(&own, &state, &settings), (15, 15));
    let seldom = PollSettings {
        interval_min: 4 * HOUR,
        ..settings.clone()
    };
    assert_eq!(due(&feed(), &state, &seldom).1, 4 * 60);

    let failing = refused(&[(401, None), (401, None)]);
    let next = failing.next_poll.unwrap();
    assert_eq!(
        planned(&own, &failing, &settings, begin()).0,
        begin(),
        "from a wrong clock"
    );
    let later = next - SignedDuration::from_secs(1);
    assert_eq!(planned(&own, &failing, &settings, later).0, next, "it fails, and waits");
    let with_password = Feed {
        credentials: Some(Credentials {
            user: "me".to_owned(),
            password: "secret".to_owned(),
        }),
        ..feed()
    };
    assert_eq!(
        planned(&with_password, &failing, &settings, later).0,
        later,
        "asked anew at once"
    );
}
