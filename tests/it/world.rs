//! A simulated world: a web of feeds, a mailbox, and the whole daemon on a clock that jumps.

use std::collections::HashMap;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use kabar::config;
use kabar::config::Config;
use kabar::config::Environment;
use kabar::daemon;
use kabar::daemon::Asking;
use kabar::daemon::Clock;
use kabar::daemon::Daemon;
use kabar::daemon::DaemonError;
use kabar::daemon::NotifierError;
use kabar::daemon::Pass;
use kabar::daemon::Setup;
use kabar::dedup::canonical::Rules;
use kabar::feed::FailureCause;
use kabar::feed::Feed;
use kabar::feed::FetchFailure;
use kabar::feed::FetchOutcome;
use kabar::feed::FetchedBody;
use kabar::feed::Freshness;
use kabar::feed::Validators;
use kabar::fetch::Fetch;
use kabar::mail::Mailer;
use kabar::report;
use kabar::report::Answer;
use kabar::report::Preview;
use kabar::report::Question;
use kabar::report::status::Status;
use kabar::store::MemoryStore;
use kabar::store::Store;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

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
    feeds: Arc<Mutex<HashMap<String, Vec<Story>>>>,
    /// How long an address takes to answer.
    delays: Arc<Mutex<HashMap<String, Duration>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Web {
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

/// The daemon in its world. Times are UTC, the first day is 2026-03-18.
pub struct World {
    directory: tempfile::TempDir,
    configuration: String,
    digest: &'static str,
    mail_settings: String,
    pub web: Web,
    pub store: Arc<dyn Store>,
    pub mailer: Mailer,
    pub rules: &'static Rules,
    now: Timestamp,
}

pub const MORNING: &str = "2026-03-18T06:00:00Z";

impl World {
    /// A world with this configuration (feeds and watches; one recipient, digest daily at 18:00 UTC).
    pub fn new(configuration: &str) -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            configuration: configuration.to_owned(),
            digest: "daily 18:00",
            mail_settings: String::new(),
            web: Web::default(),
            store: Arc::new(MemoryStore::new()),
            mailer: Mailer::memory(),
            rules: Rules::current(),
            now: MORNING.parse().unwrap(),
        }
    }

    /// The same with another schedule of its recipient.
    pub fn with_tables(configuration: &str, digest: &'static str) -> Self {
        Self {
            digest,
            ..Self::new(configuration)
        }
    }

    /// More keys of `[mail]`.
    pub fn mail_settings(&mut self, toml: &str) {
        toml.clone_into(&mut self.mail_settings);
    }

    /// More tables, before those that are there.
    pub fn configure(&mut self, toml: &str) {
        self.configuration = format!("{toml}{}", self.configuration);
    }

    /// The folder of the configuration.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The next digest as `kabar digest preview` shows it; there must be one.
    pub fn preview(&self) -> Preview {
        let question = Question::Preview { recipient: None };
        match report::answer(&question, self.store.as_ref(), &self.config(), self.now).unwrap() {
            Answer::Preview(Some(preview)) => preview,
            other => panic!("no preview: {other:?}"),
        }
    }

    /// What the feed at `url` holds from now on.
    pub fn feed(&mut self, url: &str, stories: impl IntoIterator<Item = Story>) {
        self.web
            .feeds
            .lock()
            .unwrap()
            .insert(url.to_owned(), stories.into_iter().collect());
    }

    /// How long the feed at `url` takes to answer from now on.
    pub fn answers_in(&mut self, url: &str, delay: Duration) {
        self.web.delays.lock().unwrap().insert(url.to_owned(), delay);
    }

    /// Whether all is well.
    pub fn status(&self) -> Status {
        match report::answer(&Question::Status, self.store.as_ref(), &self.config(), self.now).unwrap() {
            Answer::Status(status) => status,
            other => panic!("no status: {other:?}"),
        }
    }

    /// Runs the daemon from the present moment until `until` (RFC 3339), then stops it as SIGTERM does.
    pub fn run_until(&mut self, until: &str) {
        self.try_run_until(until).unwrap();
    }

    /// The same; where the daemon ends by itself, the world stands at that moment.
    pub fn try_run_until(&mut self, until: &str) -> Result<(), DaemonError> {
        let until: Timestamp = until.parse().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let (result, now) = runtime.block_on(async {
            let clock = Clock::simulated(self.now);
            let setup = Setup {
                rules: self.rules,
                ..Setup::with(self.config(), self.web.clone(), self.mailer.clone())
            };
            let (_sender, receiver) = watch::channel(Arc::new(setup));
            let stop = CancellationToken::new();
            let daemon = Daemon::new(
                receiver,
                Arc::clone(&self.store),
                clock.clone(),
                Asking::Off,
                stop.clone(),
            );
            let mut running = tokio::spawn(daemon.run());
            let ended = async {
                while clock.now() < until {
                    clock.sleep_towards(Some(until)).await;
                }
            };
            let early = tokio::select! {
                ended = &mut running => Some(ended.unwrap()),
                () = ended => None,
            };
            let now = clock.now();
            stop.cancel();
            match early {
                Some(result) => (result, now),
                None => (running.await.unwrap(), now),
            }
        });
        self.now = if result.is_ok() { until } else { now };
        result
    }

    /// One pass of `kabar once` at that moment, as a start after a crash; an error is a crash.
    pub fn try_pass(&mut self, at: Timestamp) -> Result<(), NotifierError> {
        self.now = at;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let pass = Pass {
            polls_all: false,
            seals_now: false,
            sends: true,
        };
        let setup = Arc::new(Setup::with(self.config(), self.web.clone(), self.mailer.clone()));
        runtime.block_on(async {
            let clock = Clock::simulated(self.now);
            daemon::once(&setup, &self.store, &clock, pass, &mut |_| {}).await
        })?;
        Ok(())
    }

    /// The machine is off until then.
    pub fn sleep_until(&mut self, until: &str) {
        self.now = until.parse().unwrap();
    }

    fn config(&self) -> Config {
        let file = self.directory.path().join("kabar.toml");
        let text = format!(
            "state = \"state\"\ntimezone = \"UTC\"\n{}\n[[recipients]]\nname = \"me\"\nmail = \"me@example.org\"\ndigest = \"{}\"\n[mail]\nfrom = \"kabar@example.org\"\n{}\n",
            self.configuration, self.digest, self.mail_settings
        );
        std::fs::write(&file, text).unwrap();
        config::load(&file, &Environment::default()).unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// Every mail that arrived, as text.
    pub fn mails(&self) -> Vec<String> {
        self.mailer
            .delivered()
            .iter()
            .map(|message| kabar::mail::text_part(message).unwrap())
            .collect()
    }

    /// How often the feed at `url` was asked.
    pub fn requests(&self, url: &str) -> usize {
        self.web
            .requests
            .lock()
            .unwrap()
            .iter()
            .filter(|asked| *asked == url)
            .count()
    }
}
