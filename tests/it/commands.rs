//! Commands about mail: the outbox, a digest at once, a test mail, asking everybody.

use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use crate::mail_server::MailServer;
use crate::mail_server::Says;

const FEED: &str = r#"<rss version="2.0"><channel><title>Kabar Pagi</title>
<item><title>Putin menelepon</title><link>https://pagi.example/berita/putin-menelepon</link></item></channel></rss>"#;

struct Home {
    directory: tempfile::TempDir,
}

impl Home {
    fn new(server: &MailServer) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "state = \"state\"\ntimezone = \"UTC\"\nfeeds = [\"file:feed.xml\"]\nwatches = [\"Putin\"]\n[[recipients]]\nname = \"me\"\nmail = \"me@example.org\"\n[mail]\nsmtp = {}\n",
            server.setting()
        );
        std::fs::write(directory.path().join("kabar.toml"), text).unwrap();
        std::fs::write(
            directory.path().join("feed.xml"),
            FEED.replace("putin-menelepon", "banjir-lama")
                .replace("Putin menelepon", "Banjir lama"),
        )
        .unwrap();
        let home = Self { directory };
        // What a feed has at its first poll is no news.
        home.run(&["once", "--all"]);
        std::fs::write(home.path().join("feed.xml"), FEED).unwrap();
        home.run(&["once", "--all"]);
        home
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn kabar(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kabar"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .stdin(Stdio::null());
        command
    }

    /// What the command prints, and its exit code.
    fn run(&self, arguments: &[&str]) -> (String, Option<i32>) {
        let output: Output = self.kabar(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (text, output.status.code())
    }

    /// The rows that a command prints with `--json`.
    fn rows(&self, arguments: &[&str]) -> Vec<serde_json::Value> {
        let (text, _) = self.run(arguments);
        let rows = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{text}")));
        rows.collect()
    }
}

#[test]
fn a_digest_can_be_sent_at_once_and_is_sent_once() {
    let server = MailServer::start();
    let home = Home::new(&server);

    let (text, code) = home.run(&["digest", "send", "me"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("sent ") && text.contains("250"), "{text}");
    assert_eq!(
        home.run(&["digest", "send", "me"]),
        ("Nothing waits for the next digest\n".to_owned(), Some(0))
    );
    assert_eq!(home.run(&["digest", "send", "ben"]).1, Some(64));
    assert_eq!(server.messages().len(), 1);

    let rows = home.rows(&["outbox", "list", "--all", "--json"]);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0]["state"].as_str(), rows[0]["stories"].as_u64()),
        (Some("sent"), Some(1))
    );
}

#[test]
fn a_mail_that_waits_is_listed_tried_and_dropped() {
    let server = MailServer::start();
    let home = Home::new(&server);
    server.at("RCPT", Says("450 4.2.0 greylisted"));
    let (text, code) = home.run(&["digest", "send", "me"]);
    assert_eq!(code, Some(1), "{text}");

    let rows = home.rows(&["outbox", "list", "--json"]);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0]["state"].as_str(), rows[0]["attempts"].as_u64()),
        (Some("waiting"), Some(1))
    );
    assert!(rows[0]["error"].as_str().unwrap().contains("greylisted"));
    let id = rows[0]["id"].as_str().unwrap();
    assert!(
        home.run(&["outbox", "list"])
            .0
            .contains(&format!("waits    {id} to me:"))
    );

    assert_eq!(home.run(&["outbox", "retry", id]).1, Some(1), "still greylisted");
    assert_eq!(home.run(&["outbox", "retry", "nonsense"]).1, Some(64));
    assert_eq!(home.run(&["outbox", "retry"]).1, Some(64));
    server.at("RCPT", Says("250 ok"));
    assert_eq!(home.run(&["outbox", "retry", "--all"]).1, Some(0));
    assert_eq!(server.messages().len(), 1);
    let (text, code) = home.run(&["outbox", "retry", id]);
    assert!(code == Some(64) && text.contains("was sent at"), "{text}");

    assert_eq!(home.run(&["outbox", "drop", id]).1, Some(0));
    assert_eq!(home.rows(&["outbox", "list", "--all", "--json"]).len(), 0);
}

#[test]
fn what_was_refused_is_named_until_it_is_dropped_and_its_story_can_be_sent_again() {
    let server = MailServer::start();
    let home = Home::new(&server);
    server.at("RCPT", Says("550 5.1.1 no such user"));
    home.run(&["digest", "send", "me"]);
    let rows = home.rows(&["outbox", "list", "--json"]);
    let id = rows[0]["id"].as_str().unwrap();
    assert_eq!(rows[0]["state"].as_str(), Some("failed"));
    assert_eq!(home.run(&["status"]).1, Some(1));
    let (text, code) = home.run(&["outbox", "retry", id]);
    assert!(code == Some(64) && text.contains("kabar digest send me"), "{text}");

    assert_eq!(home.run(&["outbox", "drop", id]).1, Some(0));
    assert_eq!(home.run(&["status"]).1, Some(0));
    server.at("RCPT", Says("250 ok"));
    assert_eq!(home.run(&["digest", "send", "me"]).1, Some(0));

    let messages = server.messages();
    assert_eq!(messages.len(), 1);
    assert!(
        kabar::mail::text_part(&messages[0])
            .unwrap()
            .contains("Putin menelepon")
    );
}

#[test]
fn the_running_daemon_carries_orders_out() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let mut daemon = home.kabar(&["run"]).stderr(Stdio::piped()).spawn().unwrap();
    let log = std::io::BufReader::new(daemon.stderr.take().unwrap());
    let mut lines = std::io::BufRead::lines(log).map_while(Result::ok);
    lines.find(|line| line.contains("began (feeds: 1")).unwrap();
    // Keeps reading, so that the daemon can keep writing.
    let reading = std::thread::spawn(move || lines.count());

    server.at("RCPT", Says("450 4.2.0 greylisted"));
    let (text, code) = home.run(&["digest", "send", "me"]);
    assert!(code == Some(1) && text.contains("greylisted"), "{text}");
    server.at("RCPT", Says("250 ok"));
    let (text, code) = home.run(&["outbox", "retry", "--all"]);
    assert!(code == Some(0) && text.starts_with("sent "), "{text}");
    assert_eq!(home.run(&["outbox", "drop", "nonsense"]).1, Some(64));
    assert_eq!(server.messages().len(), 1);

    let pid = daemon.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
    reading.join().unwrap();
}

#[test]
fn a_fault_of_the_mail_settings_is_one_alarm_however_often_they_are_read() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.run(&["once", "--digest-now", "--no-send"]);
    server.at("EHLO", Says("550 5.7.1 not you"));
    let mut daemon = home.kabar(&["run"]).stderr(Stdio::piped()).spawn().unwrap();
    let log = std::io::BufReader::new(daemon.stderr.take().unwrap());
    let mut lines = std::io::BufRead::lines(log).map_while(Result::ok);
    let pid = daemon.id().to_string();
    let signal = |name: &str| assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());

    let alarm = lines.find(|line| line.contains("no mail can be sent")).unwrap();
    assert!(alarm.contains("ERROR") && alarm.contains("not you"), "{alarm}");
    for _reload in 0..2 {
        signal("-HUP");
        let line = lines
            .find(|line| line.contains("550") || line.contains("ERROR"))
            .unwrap();
        assert!(
            line.contains("WARN") && line.contains("with the new configuration as before"),
            "{line}"
        );
    }
    signal("-TERM");
    lines.for_each(drop);
    assert_eq!(daemon.wait().unwrap().code(), Some(0));
}

#[test]
fn a_pass_says_why_it_sent_no_mail() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let (text, _) = home.run(&["once"]);
    assert!(text.contains("No mail: me: 1 story waits for the digest of "), "{text}");
    assert!(text.contains("`kabar once --digest-now` sends now"), "{text}");

    server.at("RCPT", Says("550 5.1.1 no such user"));
    let (text, _) = home.run(&["once", "--digest-now"]);
    assert!(text.contains("Refused for me: Putin: Putin menelepon"), "{text}");
    assert!(text.contains("no such user") && !text.contains("No mail"), "{text}");

    server.at("RCPT", Says("250 ok"));
    let (text, _) = home.run(&["once", "--digest-now"]);
    assert!(text.contains("Mailed to me: Putin: Putin menelepon"), "{text}");
    let (text, _) = home.run(&["once", "--all", "--digest-now"]);
    assert!(text.contains("No mail: nothing new matched"), "{text}");

    std::fs::remove_dir_all(home.path().join("state")).unwrap();
    let (text, _) = home.run(&["once", "--all", "--digest-now"]);
    assert!(text.contains("1 match\n"), "{text}");
    assert!(
        text.contains("No mail: what matched is not mailed") && text.contains("`backfill` (1d)"),
        "{text}"
    );
}

#[test]
fn a_test_mail_says_what_the_server_said() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let (text, code) = home.run(&["test-mail", "me"]);
    assert!(
        code == Some(0) && text.contains("was taken") && text.contains("250"),
        "{text}"
    );
    server.at("RCPT", Says("550 5.1.1 no such user"));
    let rows = home.rows(&["test-mail", "me", "--json"]);
    assert_eq!(rows[0]["outcome"].as_str(), Some("refused"));
    assert_eq!(home.run(&["test-mail", "nobody"]).1, Some(64));

    let messages = server.messages();
    assert_eq!(messages.len(), 1);
    assert!(
        kabar::mail::text_part(&messages[0])
            .unwrap()
            .contains("Watches: Putin.")
    );
    assert_eq!(
        home.rows(&["outbox", "list", "--all", "--json"]).len(),
        0,
        "nothing is stored"
    );
}

#[test]
fn check_online_asks_feeds_and_mail_server_and_sends_nothing() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let (text, code) = home.run(&["check", "--online"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Kabar Pagi") && text.contains("no log-in"), "{text}");

    std::fs::remove_file(home.path().join("feed.xml")).unwrap();
    server.at("EHLO", Says("550 5.7.1 not you"));
    let rows = home.rows(&["check", "--online", "--json"]);
    let failed = rows.iter().filter(|row| row["ok"] == false).count();
    assert_eq!((rows.len(), failed), (2, 2), "{rows:?}");
    assert_eq!(home.run(&["check", "--online"]).1, Some(1));
    assert_eq!(server.messages().len(), 0);
}
