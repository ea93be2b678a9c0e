//! Whether the loops turn: what the service manager's watchdog is fed by.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

/// A loop that has not turned for so long hangs: each wakes up every half minute, and a slow disk gets the rest.
const TURN_MAX: Duration = Duration::from_secs(3 * 60);

/// What must turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loop {
    /// Polls.
    Scheduler,
    /// Seals and sends.
    Notifier,
    /// Answers on the control socket.
    Answers,
}

impl fmt::Display for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheduler => "the loop that polls",
            Self::Notifier => "the loop that mails",
            Self::Answers => "the control socket",
        })
    }
}

const LOOPS: [Loop; 3] = [Loop::Scheduler, Loop::Notifier, Loop::Answers];

/// When each loop turned last.
#[derive(Debug)]
pub(super) struct Pulse {
    began: Instant,
    /// Milliseconds since `began`, and one more; 0 before the first turn.
    turned: [AtomicU64; LOOPS.len()],
}

impl Pulse {
    /// No loop has turned yet.
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            turned: Default::default(),
        }
    }

    /// A loop begins a turn.
    pub(super) fn beat(&self, turning: Loop) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.turned[turning as usize].store(elapsed.saturating_add(1), Ordering::Relaxed);
    }

    /// A loop that hangs, and for how long. One that has not begun is not judged: at its start it may rewrite a large store.
    pub(super) fn hanging(&self) -> Option<(Loop, Duration)> {
        let silence = |turning: Loop| {
            let turned = self.turned[turning as usize].load(Ordering::Relaxed).checked_sub(1)?;
            Some(self.began.elapsed().saturating_sub(Duration::from_millis(turned)))
        };
        let mut silences = LOOPS
            .into_iter()
            .filter_map(|turning| Some((turning, silence(turning)?)));
        silences.find(|(_, silence)| *silence > TURN_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_loop_that_does_not_turn_is_named_though_the_others_do() {
        let pulse = Pulse::new();
        LOOPS.into_iter().for_each(|turning| pulse.beat(turning));
        for _turn in 0..6 {
            tokio::time::advance(Duration::from_secs(30)).await;
            pulse.beat(Loop::Scheduler);
            pulse.beat(Loop::Answers);
            assert_eq!(pulse.hanging(), None);
        }
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(pulse.hanging(), Some((Loop::Notifier, Duration::from_secs(210))));
        pulse.beat(Loop::Notifier);
        assert_eq!(pulse.hanging(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_has_not_begun_is_not_judged() {
        let pulse = Pulse::new();
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(pulse.hanging(), None);
    }
}
