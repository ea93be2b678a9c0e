//! `kabar run` as a service manager runs it: real sockets, signals, kill -9.

use std::io::BufRead;
use std::io::BufReader;
use std::os::unix::net::UnixDatagram;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use crate::web_server::Answer;
use crate::web_server::WebServer;

const FEED: &str = r#"<rss version="2.0"><channel><title>Kabar Pagi</title>
<item><title>Putin menelepon</title><link>https://pagi.example/berita/putin-menelepon</link></item></channel></rss>"#;
/// Longer than anything here takes on a busy machine; a test that is right never waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

struct Daemon {
    child: Child,
    log: mpsc::Receiver<String>,
}

impl Daemon {
    fn start(directory: &Path) -> Self {
        Self::of(&mut kabar(directory, &["run"]))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = mpsc::channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, log }
    }

    /// Reads the log until a line has all of `words`.
    fn says(&self, words: &str) -> String {
        loop {
            let line = self
                .log
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("the log never said \"{words}\""));
            if line.contains(words) {
                return line;
            }
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    fn end(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

fn kabar(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kabar"));
    command
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory);
    command
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    kabar(directory, arguments).stdin(Stdio::null()).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn home(server: &WebServer) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        "state = \"state\"\nfeeds = [\"{}\"]\nwatches = [\"Putin\"]\n[polling]\nallow_private_addresses = true\nhost_gap = \"0s\"\n[mail]\nto = \"me@example.org\"\n",
        server.url("/rss")
    );
    std::fs::write(directory.path().join("kabar.toml"), text).unwrap();
    server.answer("/rss", Answer::new(200).header("ETag", "W/\"one\"").body(FEED));
    directory
}

#[test]
fn a_running_daemon_answers_questions_reloads_and_stops() {
    let server = WebServer::start();
    let home = home(&server);
    let daemon = Daemon::start(home.path());
    daemon.says("polled Kabar Pagi: 1 new of 1");

    let stories = run(home.path(), &["stories", "Putin"]);
    assert!(out(&stories).contains("Putin menelepon"), "{}", out(&stories));
    let second = run(home.path(), &["run"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(
        out(&second).contains("another kabar is using this state"),
        "{}",
        out(&second)
    );

    daemon.signal("-HUP");
    daemon.says("reloaded (feeds: 1");
    let good = std::fs::read_to_string(home.path().join("kabar.toml")).unwrap();
    std::fs::write(home.path().join("kabar.toml"), "feeds = 7\n").unwrap();
    daemon.signal("-HUP");
    daemon.says("the old one stays");
    std::fs::write(home.path().join("kabar.toml"), good).unwrap();

    daemon.signal("-TERM");
    assert_eq!(daemon.end(), Some(0));
    assert!(
        out(&run(home.path(), &["stories"])).contains("Putin menelepon"),
        "the store is whole after the end"
    );
}

#[test]
fn a_running_daemon_takes_a_watch_that_is_added_and_forgets_one_that_is_removed() {
    let server = WebServer::start();
    let home = home(&server);
    let daemon = Daemon::start(home.path());
    daemon.says("polled Kabar Pagi: 1 new of 1");

    let added = run(home.path(), &["watches", "add", "menelepon"]);
    assert!(out(&added).contains("the running kabar uses it now"), "{}", out(&added));
    daemon.says("reloaded (feeds: 1, watches: 2)");
    let removed = run(home.path(), &["watches", "remove", "Putin"]);
    assert!(
        out(&removed).contains("the running kabar uses it now"),
        "{}",
        out(&removed)
    );
    daemon.says("reloaded (feeds: 1, watches: 1)");

    daemon.signal("-TERM");
    assert_eq!(daemon.end(), Some(0));
}

#[test]
fn two_daemons_of_one_user_answer_each_about_its_own_state() {
    let server = WebServer::start();
    let (first, second, runtime) = (home(&server), home(&server), tempfile::tempdir().unwrap());
    let daemons = [&first, &second].map(|home| {
        let daemon = Daemon::of(kabar(home.path(), &["run"]).env("XDG_RUNTIME_DIR", runtime.path()));
        daemon.says("polled Kabar Pagi: 1 new of 1");
        daemon
    });

    for home in [&first, &second] {
        let status = kabar(home.path(), &["status"])
            .env("XDG_RUNTIME_DIR", runtime.path())
            .output()
            .unwrap();
        assert!(out(&status).contains("stories   1"), "{}", out(&status));
    }
    for daemon in daemons {
        daemon.signal("-TERM");
        assert_eq!(daemon.end(), Some(0));
    }
}

#[test]
fn after_kill_9_nothing_is_lost_nothing_repeated_and_the_next_request_is_conditional() {
    let server = WebServer::start();
    let home = home(&server);
    let daemon = Daemon::start(home.path());
    daemon.says("polled Kabar Pagi: 1 new of 1");
    daemon.signal("-KILL");
    daemon.end();

    server.answer("/rss", Answer::new(304));
    let once = run(home.path(), &["once", "--all", "--json"]);

    assert!(out(&once).contains("\"not_modified\":1"), "{}", out(&once));
    assert_eq!(server.last().header("if-none-match"), Some("W/\"one\""));
    assert_eq!(out(&run(home.path(), &["stories", "--json"])).lines().count(), 1);
}

#[test]
fn the_log_is_json_where_json_is_asked_for() {
    let server = WebServer::start();
    let home = home(&server);
    let mut child = kabar(home.path(), &["run", "--log-format", "json"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let line = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .find(|line| line.contains("polled"))
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["feed.name"], "Kabar Pagi");
    assert_eq!(event["story.new"], 1);
}

/// How many files the daemon may open from now on.
fn limit_files(daemon: &Daemon, files: u32) {
    let pid = daemon.child.id().to_string();
    let limit = format!("--nofile={files}:");
    assert!(
        Command::new("prlimit")
            .args(["--pid", &pid, &limit])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn a_control_socket_that_is_short_of_files_answers_again_when_there_are_some() {
    let server = WebServer::start();
    let home = home(&server);
    let daemon = Daemon::start(home.path());
    daemon.says("polled Kabar Pagi: 1 new of 1");

    // Those that are open have these numbers already.
    limit_files(&daemon, 3);
    let unheard = UnixStream::connect(home.path().join("state/kabar.sock")).unwrap();
    daemon.says("the control socket takes no questions");
    limit_files(&daemon, 1024);
    drop(unheard);

    let status = run(home.path(), &["status"]);
    assert!(out(&status).contains("stories   1"), "{}", out(&status));
    daemon.signal("-TERM");
    assert_eq!(daemon.end(), Some(0));
}

#[test]
fn the_watchdog_is_fed_while_the_loops_turn() {
    let server = WebServer::start();
    let home = home(&server);
    let path = home.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let daemon = Daemon::of(
        kabar(home.path(), &["run"])
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "100000"),
    );

    let mut meals = 0;
    let mut bytes = [0; 4096];
    while meals < 3 {
        let length = socket.recv(&mut bytes).unwrap();
        meals += usize::from(String::from_utf8_lossy(&bytes[..length]).contains("WATCHDOG=1"));
    }
    daemon.signal("-TERM");
    assert_eq!(daemon.end(), Some(0));
}

#[test]
fn a_running_daemon_hands_over_a_backup_and_takes_none() {
    let server = WebServer::start();
    let home = home(&server);
    // More than one part of what the socket carries.
    let item =
        |n| format!("<item><title>Putin {n}</title><link>https://pagi.example/berita/kabar-nomor-{n}</link></item>");
    let items: String = (0..300).map(item).collect();
    let feed = FEED.replace("</channel>", &format!("{items}</channel>"));
    server.answer("/rss", Answer::new(200).body(feed));
    let daemon = Daemon::start(home.path());
    daemon.says("polled Kabar Pagi: 301 new of 301");

    let exported = run(home.path(), &["backup", "export", "b.jsonl"]);
    assert!(exported.status.success(), "{}", out(&exported));
    assert!(out(&exported).contains("301 stories"), "{}", out(&exported));
    assert!(std::fs::metadata(home.path().join("b.jsonl")).unwrap().len() > 128 * 1024);
    let refused = run(home.path(), &["backup", "import", "b.jsonl"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        out(&refused).contains("another kabar is using this state; stop it"),
        "{}",
        out(&refused)
    );
    daemon.signal("-TERM");
    assert_eq!(daemon.end(), Some(0));

    let left = std::fs::read_dir(home.path().join("state")).unwrap();
    let spools = left.filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".export")
    });
    assert_eq!(spools.count(), 0);
    std::fs::rename(home.path().join("state"), home.path().join("old")).unwrap();
    let imported = run(home.path(), &["backup", "import", "b.jsonl"]);
    assert!(imported.status.success(), "{}", out(&imported));
    let stories = run(home.path(), &["stories"]);
    assert!(out(&stories).contains("Putin menelepon"), "{}", out(&stories));
}
