//! `kabar check --online`: asks every feed once and knocks at the mail server. Stores nothing, sends nothing.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::daemon::Clock;
use crate::daemon::Setup;
use crate::feed::Feed;
use crate::feed::FeedId;
use crate::feed::Validators;
use crate::feed::parse;
use crate::fetch::Fetch;
use crate::schedule::Agenda;

/// What one feed or the mail server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// The feed's address, or "mail".
    pub subject: String,
    /// How it works, or why it does not.
    pub result: Result<String, String>,
}

/// Asks every feed, as politely as polling does, and the mail server. Calls `heard` with each answer as it comes.
pub async fn probe<F: Fetch>(setup: &Arc<Setup<F>>, clock: &Clock, heard: &mut (dyn FnMut(Probed) + Send)) {
    heard(Probed {
        subject: "mail".to_owned(),
        result: setup.mailer.verify().await,
    });
    let polling = &setup.config.polling;
    let mut agenda = Agenda::new(polling.concurrency, polling.host_gap);
    let mut feeds: HashMap<FeedId, Arc<Feed>> = HashMap::new();
    for feed in &setup.config.feeds {
        agenda.put(feed, clock.now());
        feeds.insert(feed.id, Arc::new(feed.clone()));
    }
    let mut visits = JoinSet::new();
    let mut unanswered = feeds.len();
    while unanswered > 0 {
        while let Some(feed) = agenda.take(clock.now()).and_then(|id| feeds.get(&id)) {
            visits.spawn(visit(Arc::clone(setup), Arc::clone(feed), clock.clone()));
        }
        tokio::select! {
            Some(ended) = visits.join_next() => {
                let (feed, result) = ended.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()));
                agenda.finish(&feed, clock.now(), None);
                unanswered -= 1;
                heard(Probed { subject: feed.url.to_string(), result });
            }
            () = clock.sleep_towards(agenda.wake_at()) => {}
        }
    }
}

async fn visit<F: Fetch>(setup: Arc<Setup<F>>, feed: Arc<Feed>, clock: Clock) -> (Arc<Feed>, Result<String, String>) {
    let outcome = setup.fetch.fetch(&feed, &Validators::default(), clock.now()).await;
    let body = match outcome.into_first_body(&feed.url) {
        Ok(body) => body,
        Err(failure) => return (feed, Err(failure.message)),
    };
    let read = move || parse::read_feed(&body.bytes, body.content_type.as_deref(), &body.final_url);
    let result = match tokio::task::spawn_blocking(read).await {
        Ok(Ok(parsed)) => {
            let title = parsed.title.unwrap_or_else(|| "no title".to_owned());
            Ok(format!(
                "{title} ({}, entries: {})",
                parsed.format,
                parsed.entries.len()
            ))
        }
        Ok(Err(reason)) => Err(format!("{}: {reason}", feed.url)),
        Err(_) => Err(format!(
            "{}: kabar failed while reading it; please report this feed",
            feed.url
        )),
    };
    (feed, result)
}
