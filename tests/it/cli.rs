//! The commands as a person types them: words, exit codes, files.

use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

mod backup;
mod completions;
mod feeds;
mod man;
mod preview;
mod watches;
mod why;

const FEED: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Kabar Pagi</title><link>https://pagi.example/</link>
<item><title>Putin menelepon</title><link>https://pagi.example/berita/putin-menelepon</link><guid>https://pagi.example/berita/putin-menelepon</guid>
<pubDate>Wed, 18 Mar 2026 05:30:00 GMT</pubDate><description>Panggilan dari Moskow.</description></item></channel></rss>"#;

struct Home {
    directory: tempfile::TempDir,
}

impl Home {
    fn new(configuration: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("kabar.toml"), configuration).unwrap();
        std::fs::write(directory.path().join("feed.xml"), FEED).unwrap();
        Self { directory }
    }

    fn with_feed() -> Self {
        Self::new(
            "state = \"state\"\nfeeds = [\"file:feed.xml\"]\nwatches = [\"Putin\"]\n[polling]\nbackfill = \"36500d\"\n[mail]\nto = \"me@example.org\"\n",
        )
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn kabar(&self, arguments: &[&str]) -> Output {
        kabar_in(self.path(), arguments)
    }
}

fn kabar_in(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kabar"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn once_polls_stores_matches_and_mails_and_the_second_time_nothing_is_new() {
    let home = Home::with_feed();

    let first = home.kabar(&["once", "--all", "--digest-now"]);
    assert!(first.status.success(), "{}", stderr(&first));
    assert!(stdout(&first).contains("Mailed to"), "{}", stdout(&first));
    assert!(stdout(&first).contains("Putin menelepon"), "{}", stdout(&first));
    let mails = std::fs::read_dir(home.path().join("state/mail")).unwrap().count();
    assert_eq!(mails, 1);

    let second = home.kabar(&["once", "--all", "--digest-now", "--json"]);
    let last = stdout(&second).lines().last().unwrap().to_owned();
    let counts: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!(counts["stories_new"], 0);
    assert_eq!(counts["mails_sent"], 0);
    assert_eq!(counts["not_modified"], 1);
}

#[test]
fn mail_that_is_not_sent_waits_in_the_outbox_for_the_next_pass() {
    let home = Home::with_feed();

    let held = home.kabar(&["once", "--all", "--digest-now", "--no-send", "--json"]);
    let counts: serde_json::Value = serde_json::from_str(stdout(&held).lines().last().unwrap()).unwrap();
    assert_eq!(
        (&counts["mails_sent"], &counts["mails_waiting"]),
        (&0.into(), &1.into())
    );

    let sent = home.kabar(&["once", "--json"]);
    let counts: serde_json::Value = serde_json::from_str(stdout(&sent).lines().last().unwrap()).unwrap();
    assert_eq!(
        (&counts["mails_sent"], &counts["mails_waiting"]),
        (&1.into(), &0.into())
    );
}

#[test]
fn stories_and_status_answer_from_the_store() {
    let home = Home::with_feed();
    home.kabar(&["once", "--all"]);

    let stories = home.kabar(&["stories", "Putin", "--json"]);
    let row: serde_json::Value = serde_json::from_str(stdout(&stories).trim()).unwrap();
    assert_eq!(row["title"], "Putin menelepon");
    assert_eq!(row["source_url"], "https://pagi.example/berita/putin-menelepon");
    assert_eq!(row["watches"][0], "Putin");

    let status = home.kabar(&["status"]);
    assert!(status.status.success(), "{}", stdout(&status));
    assert!(stdout(&status).starts_with("All is well"));
}

#[test]
fn stories_of_a_feed_are_found_by_its_title_and_its_address_and_a_slip_of_the_pen_is_no_empty_list() {
    let home = Home::with_feed();
    home.kabar(&["once", "--all"]);
    let list = home.kabar(&["feeds", "list", "--json"]);
    let row: serde_json::Value = serde_json::from_str(stdout(&list).trim()).unwrap();

    for called in [row["name"].as_str().unwrap(), row["url"].as_str().unwrap()] {
        let stories = home.kabar(&["stories", "--json", "--feed", called]);
        assert!(stories.status.success(), "{called}: {}", stderr(&stories));
        assert!(stdout(&stories).lines().count() > 0, "{called}");
    }

    let wrong = home.kabar(&["stories", "--feed", "nosuch"]);
    assert_eq!(wrong.status.code(), Some(64));
    assert!(
        stderr(&wrong).contains("no feed is called \"nosuch\""),
        "{}",
        stderr(&wrong)
    );
    let wrong = home.kabar(&["stories", "--watch", "nosuch"]);
    assert_eq!(wrong.status.code(), Some(64));
    assert!(stderr(&wrong).contains("no watch \"nosuch\""), "{}", stderr(&wrong));
}

#[test]
fn a_question_makes_no_store() {
    let home = Home::with_feed();

    assert_eq!(stdout(&home.kabar(&["stories"])), "No stored story is like that\n");
    assert_eq!(stdout(&home.kabar(&["outbox", "list"])), "No mail waits\n");
    home.kabar(&["status"]);

    assert!(!home.path().join("state").exists());
}

#[test]
fn an_option_behind_the_name_of_a_watch_is_no_part_of_its_query() {
    let home = Home::with_feed();

    let refused = home.kabar(&["watches", "add", "Putin", "--ot", "ana"]);
    assert_eq!(refused.status.code(), Some(64));
    assert!(stderr(&refused).contains("--ot"), "{}", stderr(&refused));
    assert!(
        home.kabar(&["watches", "add", "perang", "perang", "-olahraga"])
            .status
            .success()
    );
}

#[test]
fn a_list_left_open_is_one_mistake_and_a_key_written_twice_is_named() {
    let open =
        Home::new("feeds = [\"https://a.example/rss\"\nwatches = [\"Putin\"]\n[mail]\nto = \"me@example.org\"\n");
    let errors = stderr(&open.kabar(&["check"])).to_owned();
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(
        errors.contains("kabar.toml:2:1") && errors.contains("close the list above it with ]"),
        "{errors}"
    );

    let twice = Home::new("feeds = []\nfeeds = [\"https://a.example/rss\"]\n");
    let errors = stderr(&twice.kabar(&["check"])).to_owned();
    assert!(errors.contains("kabar.toml:2:1: feeds is written twice"), "{errors}");
}

#[test]
fn a_query_that_cannot_be_read_is_shown_in_one_way() {
    let home = Home::with_feed();
    let picture = "Putin -(\n       ^ '(' is never closed\n";

    assert_eq!(stderr(&home.kabar(&["stories", "Putin -("])), picture);
    assert_eq!(stderr(&home.kabar(&["watches", "test", "Putin -("])), picture);
    assert_eq!(stderr(&home.kabar(&["watches", "add", "Putin -("])), picture);
}

#[test]
fn a_wrong_configuration_is_exit_code_78_with_every_mistake_and_its_place() {
    let home = Home::new("feedz = []\nfeeds = [\"ftp://a.example/\"]\nwatches = [\"(Putin\"]\n");

    let check = home.kabar(&["check"]);

    assert_eq!(check.status.code(), Some(78));
    let errors = stderr(&check);
    assert!(errors.contains("kabar.toml:1:1:"), "{errors}");
    assert!(errors.contains("feeds"), "{errors}");
    assert!(errors.contains("kabar.toml:2:"), "{errors}");
    assert!(errors.contains("kabar.toml:3:"), "{errors}");
}

#[test]
fn wrong_arguments_are_exit_code_64_and_help_is_0() {
    let home = Home::with_feed();

    assert_eq!(home.kabar(&["onze"]).status.code(), Some(64));
    assert_eq!(home.kabar(&["--help"]).status.code(), Some(0));
    assert_eq!(home.kabar(&["watches", "test", "(Putin"]).status.code(), Some(64));
}

#[test]
fn no_configuration_at_all_says_where_it_was_looked_for() {
    let empty = tempfile::tempdir().unwrap();

    let check = kabar_in(empty.path(), &["check"]);

    assert_eq!(check.status.code(), Some(78));
    assert!(stderr(&check).contains("kabar init"), "{}", stderr(&check));
}

#[test]
fn init_writes_a_configuration_that_check_accepts_and_never_overwrites_one() {
    let empty = tempfile::tempdir().unwrap();

    assert!(kabar_in(empty.path(), &["init"]).status.success());
    let check = kabar_in(empty.path(), &["check"]);
    assert!(check.status.success(), "{}{}", stdout(&check), stderr(&check));
    let again = kabar_in(empty.path(), &["init"]);
    assert_eq!(again.status.code(), Some(1));
}

#[test]
fn a_failing_feed_is_one_line_and_the_others_go_on() {
    let home = Home::new(
        "state = \"state\"\nfeeds = [\"file:missing.xml\", \"file:feed.xml\", \"file:page.html\", \"file:empty.xml\"]\nwatches = [\"Putin\"]\n[polling]\nbackfill = \"36500d\"\n[mail]\nto = \"me@example.org\"\n",
    );
    std::fs::write(
        home.path().join("page.html"),
        "<!doctype html><html><body>Hello</body></html>",
    )
    .unwrap();
    std::fs::write(home.path().join("empty.xml"), "").unwrap();

    let once = home.kabar(&["once", "--all", "--json"]);

    let counts: serde_json::Value = serde_json::from_str(stdout(&once).lines().last().unwrap()).unwrap();
    assert_eq!((&counts["failed"], &counts["stories_new"]), (&3.into(), &1.into()));
    let status = home.kabar(&["status"]);
    assert_eq!(status.status.code(), Some(1));
    assert!(stdout(&status).contains("HTML"), "{}", stdout(&status));
    assert!(stdout(&status).contains("empty"), "{}", stdout(&status));
}

#[test]
fn canon_prints_the_key_and_its_rules() {
    let home = Home::with_feed();

    let canon = home.kabar(&["canon", "--json", "https://www.news.example/a?utm_source=x&id=7"]);
    let row: serde_json::Value = serde_json::from_str(stdout(&canon).trim()).unwrap();

    assert_eq!(row["key"], "news.example/a?id=7");
    assert!(!row["rules"].as_array().unwrap().is_empty());
    assert_eq!(home.kabar(&["canon", "nonsense"]).status.code(), Some(1));
}

#[test]
fn batch_tests_answer_every_line() {
    use std::io::Write;
    let home = Home::with_feed();
    let mut child = Command::new(env!("CARGO_BIN_EXE_kabar"))
        .args(["watches", "test", "--batch"])
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let cases = "{\"id\":1,\"query\":\"Putin\",\"title\":\"Путин и Putin's men\",\"text\":\"\",\"lang\":\"en\"}\n{\"id\":2,\"query\":\"(a\",\"title\":\"\",\"text\":\"\"}\nnonsense\n{\"id\":4,\"query\":\"a\"}\n";
    child.stdin.take().unwrap().write_all(cases.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();

    let rows: Vec<serde_json::Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows[0]["match"], true);
    assert_eq!(rows[0]["spans"][0]["text"], "Putin's");
    assert_eq!(rows[0]["spans"][0]["start"], 8, "characters, not bytes");
    assert_eq!(rows[1]["error"]["column"], 0);
    let unread = rows[2]["error"]["message"].as_str().unwrap();
    assert!(unread.starts_with("line 3 of standard input"), "{unread}");
    assert_eq!(rows[3]["match"], false, "what follows is answered");
    assert_eq!(output.status.code(), Some(64));
}
