//! A simulated world: a web of feeds, a mailbox, and the whole daemon on a clock that jumps.

mod web;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
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

pub use web::Manner;
pub use web::Story;
pub use web::Web;
pub use web::entry;
pub use web::old_story;

/// The daemon in its world. Times are UTC, the first day is 2026-03-18.
pub struct World {
    directory: tempfile::TempDir,
    configuration: String,
    digest: &'static str,
    mail_settings: String,
    /// `from` in `[mail]`.
    pub sender: &'static str,
    pub web: Web,
    pub store: Arc<dyn Store>,
    pub mailer: Mailer,
    pub rules: &'static Rules,
    now: Timestamp,
    /// When the clock is next set during a run, as it shows then, and by how much.
    step: Option<(Timestamp, SignedDuration)>,
    /// When the configuration is next changed during a run, and what it is then.
    reload: Option<(Timestamp, String)>,
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
            sender: "kabar@example.org",
            web: Web::default(),
            store: Arc::new(MemoryStore::new()),
            mailer: Mailer::memory(),
            rules: Rules::current(),
            now: MORNING.parse().unwrap(),
            step: None,
            reload: None,
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

    /// The configuration becomes this one.
    pub fn reconfigure(&mut self, toml: &str) {
        toml.clone_into(&mut self.configuration);
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
        self.web.answers_in(url, delay);
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
            let (sender, receiver) = watch::channel(Arc::new(self.setup()));
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
                if let Some((at, by)) = self.step.take() {
                    while clock.now() < at {
                        clock.sleep_towards(Some(at)).await;
                    }
                    clock.set_by(by);
                }
                if let Some((at, configuration)) = self.reload.take() {
                    while clock.now() < at {
                        clock.sleep_towards(Some(at)).await;
                    }
                    self.configuration = configuration;
                    sender.send_replace(Arc::new(self.setup()));
                }
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

    /// In the next run the clock is set by `by` when it shows `at`.
    pub fn set_clock(&mut self, at: &str, by: SignedDuration) {
        self.step = Some((at.parse().unwrap(), by));
    }

    /// In the next run the configuration becomes this one at that moment.
    pub fn reload(&mut self, at: &str, configuration: &str) {
        self.reload = Some((at.parse().unwrap(), configuration.to_owned()));
    }

    fn setup(&self) -> Setup<Web> {
        Setup {
            rules: self.rules,
            ..Setup::with(self.config(), self.web.clone(), self.mailer.clone())
        }
    }

    /// The machine is off until then.
    pub fn sleep_until(&mut self, until: &str) {
        self.now = until.parse().unwrap();
    }

    /// The configuration of the moment.
    pub fn config(&self) -> Config {
        let file = self.directory.path().join("kabar.toml");
        let text = format!(
            "state = \"state\"\ntimezone = \"UTC\"\n{}\n[[recipients]]\nname = \"me\"\nmail = \"me@example.org\"\ndigest = \"{}\"\n[mail]\nfrom = \"{}\"\n{}\n",
            self.configuration, self.digest, self.sender, self.mail_settings
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
