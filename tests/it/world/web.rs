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
    pub(super) requests: Arc<Mutex<Vec<String>>>,
}

impl Web {
    /// How long the feed at `url` takes to answer from now on.
    pub fn answers_in(&self, url: &str, delay: Duration) {
        self.delays.lock().unwrap().insert(url.to_owned(), delay);
    }

    /// The feed at `url` is gone: 404.
    pub fn forget(&self, url: &str) {
        self.feeds.lock().unwrap().remove(url);
    }
}

impl Fetch for Web {
    fn fetch(
        &self,
        feed: &Feed,
        validators: &Validators,
        _now: Timestamp,
    ) -> impl Future<Output = FetchOutcome> + Send {
        let url = feed.url.to_string();
        self.requests.lock().unwrap().push(url.clone());
        let stories = self.feeds.lock().unwrap().get(&url).cloned();
        let outcome = answer(&feed.url, stories, validators);
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

fn answer(url: &url::Url, stories: Option<Vec<Story>>, validators: &Validators) -> FetchOutcome {
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
