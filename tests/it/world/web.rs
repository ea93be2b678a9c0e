//! The simulated web: feeds by address, answered as a server with entity tags would.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use kabar::feed::FailureCause;
use kabar::feed::Feed;
use kabar::feed::FetchFailure;
use kabar::feed::FetchOutcome;
use kabar::feed::FetchedBody;
use kabar::feed::Freshness;
use kabar::feed::Validators;
use kabar::fetch::Fetch;
use url::Url;

/// One entry of a simulated feed.
#[derive(Clone, Debug)]
pub struct Story {
    pub link: String,
    pub title: String,
    pub body: String,
    pub published: Option<String>,
    /// The link, where none is given.
    pub id: Option<String>,
}

/// An entry with a title and no body.
pub fn entry(link: &str, title: &str) -> Story {
    Story {
        link: link.to_owned(),
        title: title.to_owned(),
        body: String::new(),
        published: None,
        id: None,
    }
}

/// What a feed has at its first poll is no news.
pub fn old_story() -> Story {
    entry("https://news.example/old-flood", "Old flood")
}

impl Story {
    pub fn body(mut self, html: &str) -> Self {
        html.clone_into(&mut self.body);
        self
    }

    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    pub fn published(mut self, rfc3339: &str) -> Self {
        self.published = Some(rfc3339.to_owned());
        self
    }
}

/// Feeds by address; an address without one answers 404.
#[derive(Clone, Default)]
pub struct Web {
    pub(super) feeds: Arc<Mutex<HashMap<String, Vec<Story>>>>,
    /// How long an address takes to answer.
    delays: Arc<Mutex<HashMap<String, Duration>>>,
    /// What addresses do that are not well.
    manners: Arc<Mutex<HashMap<String, Manner>>>,
    pub(super) requests: Arc<Mutex<Vec<String>>>,
}

/// What an address does instead of answering well.
#[derive(Clone, Debug)]
pub enum Manner {
    /// It refuses with this status, and asks for a pause.
    Refuses(u16, Option<Duration>),
    /// It says "not modified" to whoever asks with validators.
    Lies,
    /// It redirects there for good.
    Moved(Url),
}

impl Web {
    /// How long the feed at `url` takes to answer from now on.
    pub fn answers_in(&self, url: &str, delay: Duration) {
        self.delays.lock().unwrap().insert(url.to_owned(), delay);
    }

    /// What the feed at `url` does from now on.
    pub fn behaves(&self, url: &str, manner: impl Into<Option<Manner>>) {
        let mut manners = self.manners.lock().unwrap();
        match manner.into() {
            Some(manner) => manners.insert(url.to_owned(), manner),
            None => manners.remove(url),
        };
    }

    /// The feed at `url` is gone: 404.
    pub fn forget(&self, url: &str) {
        self.feeds.lock().unwrap().remove(url);
    }
}

impl Fetch for Web {
    fn fetch(&self, feed: &Feed, validators: &Validators, now: Timestamp) -> impl Future<Output = FetchOutcome> + Send {
        let url = feed.url.to_string();
        self.requests.lock().unwrap().push(url.clone());
        let stories = self.feeds.lock().unwrap().get(&url).cloned();
        let manner = self.manners.lock().unwrap().get(&url).cloned();
        let outcome = answer_so(manner, &feed.url, stories, validators, now);
        let delay = self.delays.lock().unwrap().get(&url).copied();
        async move {
            if let Some(delay) = delay {
                // On the paused clock nobody waits.
                let _ = tokio::time::timeout(delay, std::future::pending::<()>()).await;
            }
            outcome
        }
    }
}

fn answer_so(
    manner: Option<Manner>,
    url: &Url,
    stories: Option<Vec<Story>>,
    validators: &Validators,
    now: Timestamp,
) -> FetchOutcome {
    let mut outcome = answer(url, stories, validators);
    match manner {
        Some(Manner::Refuses(status, pause)) => {
            return FetchOutcome::Failed(FetchFailure {
                cause: FailureCause::Status(status),
                message: format!("{url}: {status}"),
                retry_after: pause.map(|pause| now + pause),
            });
        }
        Some(Manner::Lies) if validators.etag.is_some() => {
            return FetchOutcome::NotModified {
                validators: Validators::default(),
                freshness: Freshness::default(),
                moved_to: None,
            };
        }
        Some(Manner::Moved(to)) => match &mut outcome {
            FetchOutcome::Fresh(body) => body.moved_to = Some(to),
            FetchOutcome::NotModified { moved_to, .. } => *moved_to = Some(to),
            FetchOutcome::Failed(_) => {}
        },
        Some(Manner::Lies) | None => {}
    }
    outcome
}

fn answer(url: &Url, stories: Option<Vec<Story>>, validators: &Validators) -> FetchOutcome {
    let Some(stories) = stories else {
        let message = format!("{url}: 404 Not Found; check the address");
        return FetchOutcome::Failed(FetchFailure {
            cause: FailureCause::Status(404),
            message,
            retry_after: None,
        });
    };
    let bytes = atom(&stories).into_bytes();
    let etag = Some(format!(
        "\"{}\"",
        bytes.len() * 31 + bytes.iter().map(|byte| usize::from(*byte)).sum::<usize>()
    ));
    if etag == validators.etag {
        return FetchOutcome::NotModified {
            validators: Validators::default(),
            freshness: Freshness::default(),
            moved_to: None,
        };
    }
    FetchOutcome::Fresh(FetchedBody {
        bytes,
        content_type: Some("application/atom+xml".to_owned()),
        final_url: url.clone(),
        validators: Validators {
            etag,
            last_modified: None,
            from: None,
        },
        freshness: Freshness::default(),
        moved_to: None,
    })
}

fn atom(stories: &[Story]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>A feed</title><id>urn:f</id>".to_owned();
    for story in stories {
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let published = story
            .published
            .as_ref()
            .map(|at| format!("<published>{at}</published>"))
            .unwrap_or_default();
        text += &format!(
            "<entry><id>{3}</id><title>{1}</title><link href=\"{0}\"/>{published}<content type=\"html\">{2}</content></entry>",
            escape(&story.link),
            escape(&story.title),
            escape(&story.body),
            escape(story.id.as_ref().unwrap_or(&story.link))
        );
    }
    text + "</feed>"
}
