//! Which feed may be polled now: due, and its host free.
//!
//! One request per host at a time, a gap between two of them, and a limit over all hosts. Every operation costs
//! O(log feeds), also with thousands of feeds on one host.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::feed::Feed;
use crate::feed::FeedId;

/// The feeds that wait for their next poll, by host.
#[derive(Debug)]
pub struct Agenda {
    concurrency: usize,
    host_gap: Duration,
    in_flight: usize,
    host_of: HashMap<FeedId, String>,
    hosts: HashMap<String, Host>,
    /// Idle hosts with something to do, by the first moment at which they may be asked.
    ready: BTreeSet<(Timestamp, String)>,
}

#[derive(Debug, Default)]
struct Host {
    waiting: BTreeSet<(Timestamp, FeedId)>,
    is_busy: bool,
    free_at: Timestamp,
    /// Whether it is free only then because the server asked for a pause.
    is_paused: bool,
}

impl Host {
    fn ready_at(&self) -> Option<Timestamp> {
        let (due, _) = self.waiting.first()?;
        (!self.is_busy).then_some((*due).max(self.free_at))
    }
}

impl Agenda {
    /// An empty agenda that hands out at most `concurrency` feeds at a time.
    pub fn new(concurrency: usize, host_gap: Duration) -> Self {
        Self {
            concurrency: concurrency.max(1),
            host_gap,
            in_flight: 0,
            host_of: HashMap::new(),
            hosts: HashMap::new(),
            ready: BTreeSet::new(),
        }
    }

    /// Takes other limits from now on; polls in flight go on.
    pub fn limit(&mut self, concurrency: usize, host_gap: Duration) {
        self.concurrency = concurrency.max(1);
        self.host_gap = host_gap;
    }

    /// Puts a feed on the agenda, due at `due`. A feed that waits already is moved.
    pub fn put(&mut self, feed: &Feed, due: Timestamp) {
        self.remove(feed.id);
        let host_name = host_name(feed);
        self.host_of.insert(feed.id, host_name.clone());
        self.change(&host_name, |host| {
            host.waiting.insert((due, feed.id));
        });
    }

    /// Takes a feed that waits off the agenda, so that it is not polled again.
    pub fn remove(&mut self, feed: FeedId) {
        let Some(host_name) = self.host_of.remove(&feed) else {
            return;
        };
        self.change(&host_name, |host| host.waiting.retain(|(_, id)| *id != feed));
    }

    /// A feed to poll now; its host is busy until [`Agenda::finish`].
    pub fn take(&mut self, now: Timestamp) -> Option<FeedId> {
        let (ready_at, host_name) = self.ready.first()?.clone();
        if ready_at > now || self.in_flight >= self.concurrency {
            return None;
        }
        self.in_flight += 1;
        let mut taken = None;
        self.change(&host_name, |host| {
            taken = host.waiting.pop_first().map(|(_, id)| id);
            host.is_busy = true;
            host.is_paused = false;
        });
        taken
    }

    /// Ends the poll of `feed`: its host may be asked again after the gap, or from `pause_until` on where that is later.
    pub fn finish(&mut self, feed: &Feed, now: Timestamp, pause_until: Option<Timestamp>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let gap = if feed.url.scheme() == "file" {
            Duration::ZERO
        } else {
            self.host_gap
        };
        let gap_ends = now.saturating_add(gap).unwrap_or(now);
        let free_at = gap_ends.max(pause_until.unwrap_or(now));
        self.change(&host_name(feed), |host| {
            host.is_busy = false;
            host.free_at = free_at;
            host.is_paused = free_at > gap_ends;
        });
    }

    /// Leaves the server of `feed` alone until then, because it asked for that before this process began.
    pub fn pause(&mut self, feed: &Feed, until: Timestamp) {
        self.change(&host_name(feed), |host| {
            if until > host.free_at {
                host.free_at = until;
                host.is_paused = true;
            }
        });
    }

    /// Forgets until when servers are left alone, but for the gap: `now` shows that those moments are of a clock that was set back.
    pub fn forget_pauses(&mut self, now: Timestamp) {
        let gap_ends = now.saturating_add(self.host_gap).unwrap_or(now);
        let names: Vec<String> = self.hosts.keys().cloned().collect();
        for name in names {
            self.change(&name, |host| {
                host.free_at = host.free_at.min(gap_ends);
                host.is_paused = false;
            });
        }
    }

    /// The first moment at which [`Agenda::take`] may hand out a feed; none while all waits for polls in flight.
    pub fn wake_at(&self) -> Option<Timestamp> {
        if self.in_flight >= self.concurrency {
            return None;
        }
        self.ready.first().map(|(ready_at, _)| *ready_at)
    }

    /// Whether a feed that was due at `moment` still waits or is being polled. A feed whose server asked for a pause
    /// does not count: the pause may last for days.
    pub fn has_due(&self, moment: Timestamp) -> bool {
        let is_due = |host: &Host| host.waiting.first().is_some_and(|(due, _)| *due <= moment);
        self.in_flight > 0 || self.hosts.values().any(|host| !host.is_paused && is_due(host))
    }

    /// Polls in flight.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Changes a host and keeps `ready` true to it.
    fn change(&mut self, host_name: &str, act: impl FnOnce(&mut Host)) {
        let host = self.hosts.entry(host_name.to_owned()).or_default();
        let before = host.ready_at();
        act(host);
        let after = host.ready_at();
        if before != after {
            if let Some(before) = before {
                self.ready.remove(&(before, host_name.to_owned()));
            }
            if let Some(after) = after {
                self.ready.insert((after, host_name.to_owned()));
            }
        }
    }
}

/// What shares one server: host and port. A `file:` feed shares nothing.
fn host_name(feed: &Feed) -> String {
    match feed.url.host_str().filter(|host| !host.is_empty()) {
        Some(host) => format!("{host}:{}", feed.url.port_or_known_default().unwrap_or_default()),
        None => feed.url.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn feed(url: &str) -> Feed {
        let url = url::Url::parse(url).unwrap();
        Feed::new(url)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn one_host_is_asked_one_request_at_a_time_with_a_gap() {
        let (a, b) = (feed("https://news.example/a"), feed("https://news.example/b"));
        let mut agenda = Agenda::new(10, Duration::from_secs(5));
        agenda.put(&a, at(1));
        agenda.put(&b, at(2));

        assert_eq!(agenda.take(at(10)), Some(a.id));
        assert_eq!(agenda.take(at(10)), None, "the host is busy");
        assert_eq!(agenda.wake_at(), None);
        agenda.finish(&a, at(12), None);

        assert_eq!(agenda.take(at(16)), None, "inside the gap");
        assert_eq!(agenda.wake_at(), Some(at(17)));
        assert_eq!(agenda.take(at(17)), Some(b.id));
    }

    #[test]
    fn other_hosts_do_not_wait_for_a_busy_one() {
        let (a, b) = (feed("https://slow.example/a"), feed("https://news.example/b"));
        let mut agenda = Agenda::new(10, Duration::from_secs(5));
        agenda.put(&a, at(1));
        agenda.put(&b, at(2));

        assert_eq!(agenda.take(at(3)), Some(a.id));
        assert_eq!(agenda.take(at(3)), Some(b.id));
    }

    #[test]
    fn a_server_that_asks_for_a_pause_gets_it_for_all_its_feeds() {
        let (a, b) = (feed("https://news.example/a"), feed("https://news.example/b"));
        let mut agenda = Agenda::new(10, Duration::from_secs(5));
        agenda.put(&a, at(1));
        agenda.put(&b, at(1));

        let first = agenda.take(at(1)).unwrap();
        let first = if first == a.id { &a } else { &b };
        agenda.finish(first, at(2), Some(at(600)));

        assert_eq!(agenda.take(at(599)), None);
        assert!(agenda.take(at(600)).is_some());
    }

    #[test]
    fn a_pause_from_before_holds_for_all_feeds_of_the_server() {
        let (a, b) = (feed("https://news.example/a"), feed("https://news.example/b"));
        let mut agenda = Agenda::new(10, Duration::from_secs(5));
        agenda.pause(&a, at(600));
        agenda.pause(&a, at(500));
        agenda.put(&b, at(1));

        assert!(!agenda.has_due(at(1)));
        assert_eq!(agenda.take(at(599)), None);
        assert_eq!(agenda.take(at(600)), Some(b.id));
    }

    #[test]
    fn what_a_server_puts_off_is_not_waited_for() {
        let (a, b) = (feed("https://news.example/a"), feed("https://news.example/b"));
        let mut agenda = Agenda::new(10, Duration::from_secs(5));
        agenda.put(&a, at(1));
        agenda.put(&b, at(2));

        assert_eq!(agenda.take(at(2)), Some(a.id));
        agenda.finish(&a, at(3), Some(at(7_200)));
        assert!(!agenda.has_due(at(2)), "the server wants to be left alone");

        assert_eq!(agenda.take(at(7_200)), Some(b.id));
        agenda.put(&a, at(7_000));
        agenda.finish(&b, at(7_201), None);
        assert!(agenda.has_due(at(7_200)), "the pause is over, the gap is waited for");
    }

    #[test]
    fn a_host_that_was_free_only_in_a_future_that_is_gone_is_asked_after_the_gap() {
        let a = feed("https://news.example/a");
        let mut agenda = Agenda::new(10, Duration::from_secs(5));
        agenda.put(&a, at(1_000_000));
        assert_eq!(agenda.take(at(1_000_000)), Some(a.id));
        agenda.finish(&a, at(1_000_001), Some(at(1_000_600)));

        agenda.forget_pauses(at(10));
        agenda.put(&a, at(10));

        assert!(agenda.has_due(at(10)));
        assert_eq!(agenda.take(at(14)), None, "inside the gap");
        assert_eq!(agenda.take(at(15)), Some(a.id));
    }

    #[test]
    fn no_more_requests_are_in_flight_than_allowed() {
        let feeds: Vec<_> = (0..3).map(|n| feed(&format!("https://news{n}.example/"))).collect();
        let mut agenda = Agenda::new(2, Duration::ZERO);
        feeds.iter().for_each(|feed| agenda.put(feed, at(0)));

        assert!(agenda.take(at(1)).is_some());
        assert!(agenda.take(at(1)).is_some());
        assert_eq!(agenda.take(at(1)), None);
    }

    #[test]
    fn a_removed_feed_is_not_polled_again() {
        let a = feed("https://news.example/a");
        let mut agenda = Agenda::new(2, Duration::ZERO);
        agenda.put(&a, at(0));
        agenda.remove(a.id);

        assert_eq!(agenda.take(at(1)), None);
        assert!(!agenda.has_due(at(1)));
    }
}
