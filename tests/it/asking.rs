//! What a running daemon answers where all is not well.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use kabar::config;
use kabar::config::Config;
use kabar::config::Environment;
use kabar::daemon;
use kabar::daemon::Asking;
use kabar::daemon::Clock;
use kabar::daemon::ControlError;
use kabar::daemon::Daemon;
use kabar::daemon::DaemonError;
use kabar::daemon::Order;
use kabar::daemon::Setup;
use kabar::mail::Mailer;
use kabar::report;
use kabar::report::Answer;
use kabar::report::Question;
use kabar::store::MemoryStore;
use kabar::store::Store;
use kabar::store::StoreError;
use kabar::watch::Send;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::crashing::CrashingStore;
use crate::crashing::Moment;
use crate::store::item;
use crate::store::poll;
use crate::world::Web;

/// Longer than anything here takes on a busy machine; a test that is right never waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

fn config(directory: &std::path::Path) -> Config {
    let file = directory.join("kabar.toml");
    let text = "state = \"state\"\nfeeds = [\"https://lrt.example/rss\"]\nwatches = [\"port\"]\n\
        [[recipients]]\nname = \"ana\"\nmail = \"ana@example.org\"\n[mail]\nfrom = \"kabar@example.org\"\n";
    std::fs::write(&file, text).unwrap();
    std::fs::create_dir(directory.join("state")).unwrap();
    config::load(&file, &Environment::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Whether the daemon has done what it does at its start.
fn is_settled(store: &dyn Store, config: &Config) -> bool {
    let is_answered = matches!(
        daemon::ask(config, &Question::Status),
        Ok(Answer::Status(status)) if status.feeds_new == 0
    );
    is_answered
        && store.aliases_pruned_before().unwrap().is_some()
        && store.recipient_state("ana").unwrap().last_slot.is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_refuses_an_order_ends_the_daemon_after_the_reply() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let store = Arc::new(CrashingStore::new(Arc::new(MemoryStore::new()), None));
    let news = item(2, &["news.example/fire"], "Fire in port", &["port"], Send::Digest);
    store
        .record_polls(&[poll(2, "1", vec![news])], jiff::Timestamp::now())
        .unwrap();
    let setup = Setup::with(config.clone(), Web::default(), Mailer::memory());
    let (_sender, receiver) = watch::channel(Arc::new(setup));
    let shared: Arc<dyn Store> = Arc::clone(&store) as Arc<dyn Store>;
    let daemon = Daemon::new(
        receiver,
        shared,
        Clock::System,
        Asking::Socket,
        CancellationToken::new(),
    );
    let running = tokio::spawn(daemon.run());

    let ordering = Arc::clone(&store);
    let reply = tokio::task::spawn_blocking(move || {
        while !is_settled(ordering.as_ref(), &config) {
            std::thread::yield_now();
        }
        ordering.die_at(Some((1, Moment::Before)));
        daemon::order(&config, &Order::Send("ana".to_owned()))
    });
    let reply = reply.await.unwrap();
    assert!(
        matches!(&reply, Err(ControlError::Refused(reason)) if reason.contains("the process died")),
        "{reply:?}"
    );

    let ended = tokio::time::timeout(PATIENCE, running)
        .await
        .expect("the daemon goes on");
    assert!(
        matches!(ended, Ok(Err(DaemonError::Store(StoreError::Engine { .. })))),
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_a_running_daemon_does_not_poll_needs_a_person() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let (store, web) = (Arc::new(MemoryStore::new()), Web::default());
    let mut polled = poll(2, "1", Vec::new());
    polled.feed = config.feeds[0].id;
    polled.state.last_poll = Some(jiff::Timestamp::now() - SignedDuration::from_hours(3));
    polled.state.next_poll = Some(jiff::Timestamp::now() - SignedDuration::from_hours(2));
    store.record_polls(&[polled], jiff::Timestamp::now()).unwrap();
    web.answers_in("https://lrt.example/rss", 10 * PATIENCE);
    let off = match report::answer(&Question::Status, store.as_ref(), &config, jiff::Timestamp::now()).unwrap() {
        Answer::Status(status) => status,
        other => panic!("no status: {other:?}"),
    };
    assert!(off.is_well, "nobody runs, so nothing hangs");
    let setup = Setup::with(config.clone(), web, Mailer::memory());
    let (_sender, receiver) = watch::channel(Arc::new(setup));
    let stop = CancellationToken::new();
    let daemon = Daemon::new(receiver, store, Clock::System, Asking::Socket, stop.clone());
    let running = tokio::spawn(daemon.run());

    let asking = tokio::task::spawn_blocking(move || {
        loop {
            match daemon::ask(&config, &Question::Status) {
                Ok(Answer::Status(status)) => return status,
                // It has not begun to listen.
                Err(ControlError::NotRunning) => std::thread::yield_now(),
                other => panic!("no status: {other:?}"),
            }
        }
    });
    let status = asking.await.unwrap();

    assert!(!status.is_well && status.is_running);
    assert_eq!(status.overdue.len(), 1);
    stop.cancel();
    running.await.unwrap().unwrap();
}
