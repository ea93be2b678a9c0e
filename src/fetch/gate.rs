//! One request at a time per host, with a gap, for redirects too.
//!
//! The schedule hands out one feed per host; where its redirects lead it cannot know. Here every request waits for its turn at the
//! host that it goes to.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use url::Url;

use crate::fetch::trail::Trail;

/// Hosts that are remembered before those are forgotten that nobody waits for and whose gap is over.
const HOSTS_MAX: usize = 1024;

/// When the last request to a host ended; none before.
type LastEnd = Option<Instant>;

/// The hosts that were asked lately. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    gap: Duration,
    hosts: Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<LastEnd>>>>>,
}

/// A turn at a host: it is nobody else's until this is dropped.
#[derive(Debug)]
pub(super) struct Turn(OwnedMutexGuard<LastEnd>);

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0 = Some(Instant::now());
    }
}

impl Gate {
    pub(super) fn new(gap: Duration) -> Self {
        let hosts = Arc::default();
        Self { gap, hosts }
    }

    /// Waits for the turn at the present host of `trail`. A redirect within one host is one visit, without a gap.
    pub(super) async fn enter(&self, trail: &Trail) -> Turn {
        let name = host_of(trail.url());
        let last_end = Arc::clone(self.hosts().entry(name.clone()).or_default());
        let turn = last_end.lock_owned().await;
        let is_known = trail.before().any(|url| host_of(url) == name);
        if let Some(end) = turn.filter(|_| !is_known) {
            tokio::time::sleep_until(end + self.gap).await;
        }
        Turn(turn)
    }

    fn hosts(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<tokio::sync::Mutex<LastEnd>>>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= HOSTS_MAX {
            let is_over = |end: &LastEnd| end.is_none_or(|end| end.elapsed() >= self.gap);
            hosts.retain(|_, host| Arc::strong_count(host) > 1 || host.try_lock().map_or(true, |end| !is_over(&end)));
        }
        hosts
    }
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{host}:{}", url.port_or_known_default().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const GAP: Duration = Duration::from_secs(5);

    fn trail(urls: &[&str]) -> Trail {
        let urls: Vec<Url> = urls.iter().map(|url| Url::parse(url).unwrap()).collect();
        let (first, later) = urls.split_first().unwrap();
        let mut trail = Trail::new(first);
        later.iter().for_each(|url| trail.go(url.clone(), false).unwrap());
        trail
    }

    #[tokio::test(start_paused = true)]
    async fn two_that_are_sent_to_one_host_come_one_after_the_other_with_a_gap() {
        let gate = Gate::new(GAP);
        let (one, two) = (
            trail(&["https://a.example/", "https://c.example/1"]),
            trail(&["https://b.example/", "https://c.example/2"]),
        );
        let begun = Instant::now();
        let visit = async |trail: &Trail| {
            let _turn = gate.enter(trail).await;
            let entered = begun.elapsed();
            tokio::time::advance(Duration::from_secs(1)).await;
            (entered.as_secs(), begun.elapsed().as_secs())
        };
        let (first, second) = tokio::join!(visit(&one), visit(&two));

        assert_eq!((first, second), ((0, 1), (6, 7)));
    }

    #[tokio::test(start_paused = true)]
    async fn other_hosts_and_a_second_page_of_one_host_do_not_wait() {
        let gate = Gate::new(GAP);
        let begun = Instant::now();
        for urls in [
            &["https://a.example/1"][..],
            &["https://a.example/1", "https://a.example/2"],
            &["https://b.example/"],
            &["https://c.example/"],
        ] {
            drop(gate.enter(&trail(urls)).await);
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
        drop(gate.enter(&trail(&["https://a.example/3"])).await);
        assert_eq!(begun.elapsed(), GAP);
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_that_were_asked_long_ago_are_forgotten() {
        let gate = Gate::new(GAP);
        for number in 0..HOSTS_MAX + 10 {
            tokio::time::advance(Duration::from_secs(1)).await;
            drop(gate.enter(&trail(&[&format!("https://h{number}.example/")])).await);
        }
        assert!(gate.hosts().len() <= HOSTS_MAX, "{}", gate.hosts().len());
    }
}
