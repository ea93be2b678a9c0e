//! kill -9 at every step of handing a mail over: real processes, a real store, a mail server that kills at its stage.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;

use crate::dice::Dice;
use crate::mail_server::MailServer;

struct Home {
    directory: tempfile::TempDir,
    stories: usize,
}

impl Home {
    fn new(server: &MailServer) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "state = \"state\"\ntimezone = \"UTC\"\nfeeds = [\"file:feed.xml\"]\nwatches = [\"port\"]\n[mail]\nto = \"me@example.org\"\nsmtp = {}\n",
            server.setting()
        );
        std::fs::write(directory.path().join("kabar.toml"), text).unwrap();
        let home = Self { directory, stories: 0 };
        home.write();
        home.pass();
        home
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// One more story in the feed.
    fn news(&mut self) {
        self.stories += 1;
        self.write();
    }

    fn write(&self) {
        let item = |n: usize| {
            format!("<item><title>The port {n:04}</title><link>https://news.example/port-story-{n}</link></item>")
        };
        // The newest fifty, as a feed has them, and what it had at its first poll.
        let old = "<item><title>An old flood</title><link>https://news.example/old-flood</link></item>";
        let items: String = (self.stories.saturating_sub(50)..self.stories).map(item).collect();
        let text = format!("<rss version=\"2.0\"><channel><title>News</title>{items}{old}</channel></rss>");
        std::fs::write(self.path().join("feed.xml"), text).unwrap();
    }

    fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_kabar"))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Polls, seals and sends, undisturbed; then tries what still waits for its time.
    fn pass(&self) {
        for arguments in [
            ["once", "--all", "--digest-now"].as_slice(),
            &["outbox", "retry", "--all"],
        ] {
            assert!(self.start(arguments).wait().unwrap().success());
        }
    }
}

/// Each story stands in exactly one mail, by its Message-ID, and copies are the same bytes. Answers how many copies came.
fn check(server: &MailServer, stories: usize) -> usize {
    let mut bytes: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut mails: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let messages = server.messages();
    for message in &messages {
        let text = String::from_utf8_lossy(message);
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
        let first = bytes.entry(id.to_owned()).or_insert_with(|| message.clone());
        assert_eq!(first, message, "a copy differs");
        let body = kabar::mail::text_part(message).unwrap();
        for story in (0..stories).filter(|n| body.contains(&format!("The port {n:04}"))) {
            mails.entry(story).or_default().insert(id.to_owned());
        }
    }
    for story in 0..stories {
        let count = mails.get(&story).map_or(0, BTreeSet::len);
        assert_eq!(count, 1, "story {story} stands in {count} mails");
    }
    messages.len() - bytes.len()
}

/// Ends the process with SIGKILL, and waits until it is gone.
fn kill(child: &Mutex<Option<Child>>) {
    if let Some(mut child) = child.lock().unwrap().take() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn a_kill_at_any_stage_loses_no_story_and_copies_are_the_same_mail() {
    let server = MailServer::start();
    let mut home = Home::new(&server);
    let stages = [
        "CONNECT",
        "EHLO",
        "MAIL",
        "RCPT",
        "DATA",
        "END",
        "AFTER CONNECT",
        "AFTER EHLO",
        "AFTER MAIL",
        "AFTER RCPT",
        "AFTER DATA",
        "AFTER END",
        "AFTER QUIT",
    ];
    for stage in stages {
        home.news();
        let victim: Arc<Mutex<Option<Child>>> = Arc::default();
        let (killed, is_killed) = mpsc::channel();
        let mut process = victim.lock().unwrap();
        server.once_at(stage, {
            let victim = Arc::clone(&victim);
            move || {
                kill(&victim);
                killed.send(()).unwrap();
            }
        });
        *process = Some(home.start(&["once", "--all", "--digest-now"]));
        drop(process);
        is_killed
            .recv_timeout(Duration::from_secs(60))
            .unwrap_or_else(|_| panic!("no kill at {stage}"));
        home.pass();
    }
    let copies = check(&server, home.stories);
    assert!(copies >= 1, "a kill before the answer to the message makes a copy");
}

#[test]
fn kills_at_random_lose_no_story_and_copies_are_the_same_mail() {
    let kills = if std::env::var_os("KABAR_THOROUGH").is_some() {
        500
    } else {
        8
    };
    let server = MailServer::start();
    let mut home = Home::new(&server);
    let mut dice = Dice::new(1);
    let (_never, pause) = mpsc::channel::<()>();
    let mut living = 0;
    for _ in 0..kills {
        home.news();
        let mut child = home.start(&["once", "--all", "--digest-now"]);
        // Chance decides when it ends: this is no wait for anything.
        let _ = pause.recv_timeout(Duration::from_micros(dice.below(700_000)));
        living += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        if dice.once_in(3) {
            home.pass();
        }
    }
    home.pass();
    let copies = check(&server, home.stories);
    println!("{kills} kills, {living} of them of a living process; {copies} copies");
    assert!(living > 0);
}
