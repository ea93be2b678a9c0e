//! `kabar backup`: the whole state out into a file, and back into an empty one.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::process::Stdio;

use crate::cli::FEED;
use crate::cli::Home;
use crate::cli::stderr;
use crate::cli::stdout;
use crate::web_server::Answer;
use crate::web_server::WebServer;

/// Far more than a pipe (64 KiB) and the buffer of its reader.
const MORE_BYTES: usize = 4 * 1024 * 1024;

/// A second story, behind the first.
fn with_more() -> String {
    let more = "<item><title>Putin menjawab</title><link>https://pagi.example/berita/putin-menjawab-lagi</link><description>Jawaban.</description></item></channel>";
    FEED.replace("</channel>", more)
}

/// A feed on disk, and one with an ETag; a mail that was sent, and one that waits.
fn home(server: &WebServer) -> Home {
    let home = Home::new(&format!(
        "state = \"state\"\nfeeds = [\"file:feed.xml\", \"{}\"]\nwatches = [\"Putin\"]\n[polling]\nbackfill = \"36500d\"\nallow_private_addresses = true\nhost_gap = \"0s\"\n[mail]\nto = \"me@example.org\"\n",
        server.url("/rss")
    ));
    server.answer("/rss", Answer::new(200).header("ETag", "W/\"one\"").body(FEED));
    home.kabar(&["once", "--all", "--digest-now"]);
    fs::write(home.path().join("feed.xml"), with_more()).unwrap();
    let pass = home.kabar(&["once", "--all", "--digest-now", "--no-send", "--json"]);
    assert_eq!(json(&pass)["mails_waiting"], 1, "{}", stdout(&pass));
    home
}

fn json(output: &std::process::Output) -> serde_json::Value {
    let text = stdout(output);
    serde_json::from_str(text.lines().last().unwrap()).unwrap_or_else(|_| panic!("{text}{}", stderr(output)))
}

/// The lines after the first, which says when the file was written.
fn records(file: &std::path::Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

/// What people and scripts see of a state.
fn seen(home: &Home) -> Vec<String> {
    let asked: [&[&str]; 4] = [
        &["stories", "--json"],
        &["feeds", "list", "--json"],
        &["outbox", "list", "--all", "--json"],
        &["why", "https://pagi.example/berita/putin-menelepon", "--json"],
    ];
    asked.iter().map(|asked| stdout(&home.kabar(asked))).collect()
}

#[test]
fn a_state_goes_through_a_backup_and_nothing_is_mailed_twice() {
    let server = WebServer::start();
    let home = home(&server);
    let (first, second) = (home.path().join("first.jsonl"), home.path().join("second.jsonl"));
    let before = seen(&home);

    let exported = home.kabar(&["backup", "export", "first.jsonl", "--json"]);
    assert!(exported.status.success(), "{}", stderr(&exported));
    fs::rename(home.path().join("state"), home.path().join("old")).unwrap();
    let imported = home.kabar(&["backup", "import", "first.jsonl", "--json"]);
    assert!(imported.status.success(), "{}", stderr(&imported));

    assert_eq!(json(&exported), json(&imported));
    assert_eq!(json(&imported)["trees"]["stories"], 2);
    assert_eq!(json(&imported)["trees"]["messages"], 2);
    assert_eq!(seen(&home), before);
    home.kabar(&["backup", "export", "second.jsonl"]);
    assert_eq!(records(&second), records(&first));

    let pass = json(&home.kabar(&["once", "--all", "--digest-now", "--json"]));
    assert_eq!(server.last().header("if-none-match"), Some("W/\"one\""));
    assert_eq!((&pass["stories_new"], &pass["mails_sent"]), (&0.into(), &1.into()));
    let again = json(&home.kabar(&["once", "--all", "--digest-now", "--json"]));
    assert_eq!(again["mails_sent"], 0);
    let mails: Vec<_> = fs::read_dir(home.path().join("state/mail")).unwrap().collect();
    assert_eq!(mails.len(), 1, "only the one that waited");
    let text = fs::read_to_string(mails[0].as_ref().unwrap().path()).unwrap();
    assert!(
        text.contains("Putin menjawab") && !text.contains("Putin menelepon"),
        "{text}"
    );
}

#[test]
fn a_server_that_wants_peace_has_it_after_an_import() {
    let server = WebServer::start();
    server.answer("/rss", Answer::new(429).header("Retry-After", "86400"));
    let home = Home::new(&format!(
        "state = \"state\"\nfeeds = [\"{}\"]\n[polling]\nallow_private_addresses = true\n",
        server.url("/rss")
    ));
    home.kabar(&["once", "--all"]);
    assert_eq!(server.lines(), ["GET /rss"]);
    home.kabar(&["backup", "export", "b.jsonl"]);
    fs::rename(home.path().join("state"), home.path().join("old")).unwrap();
    home.kabar(&["backup", "import", "b.jsonl"]);

    assert!(home.kabar(&["once", "--all"]).status.success());

    assert_eq!(server.lines(), ["GET /rss"]);
}

#[test]
fn records_are_readable_without_kabar() {
    let home = Home::with_feed();
    home.kabar(&["once", "--all", "--digest-now"]);

    let text = stdout(&home.kabar(&["backup", "export", "-"]));

    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&lines[0]["format"], &lines[0]["version"]),
        (&"kabar-backup".into(), &1.into())
    );
    let of = |tree: &str| lines.iter().find(|line| line["tree"] == tree).unwrap()["record"].clone();
    assert_eq!(of("stories")["sightings"][0]["title"], "Putin menelepon");
    assert_eq!(of("deliveries")["recipient"], "me");
    assert!(of("messages")["message"].as_str().unwrap().contains("\r\nMessage-ID: "));
    assert_eq!(lines.last().unwrap()["end"]["records"], lines.len() - 2);
}

#[test]
fn a_backup_cut_at_any_line_is_refused_and_touches_nothing() {
    let home = Home::with_feed();
    home.kabar(&["once", "--all", "--digest-now"]);
    let text = stdout(&home.kabar(&["backup", "export", "-"]));
    fs::rename(home.path().join("state"), home.path().join("old")).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();

    for count in 0..lines.len() {
        fs::write(home.path().join("cut.jsonl"), lines[..count].concat()).unwrap();
        let refused = home.kabar(&["backup", "import", "cut.jsonl"]);
        assert_eq!(refused.status.code(), Some(1));
        let place = format!("cut.jsonl:{}: ", count.max(1));
        assert!(stderr(&refused).contains(&place), "{}", stderr(&refused));
        assert!(!home.path().join("state").exists());
    }
}

#[test]
fn a_pipe_that_breaks_leaves_an_empty_state_and_one_that_does_not_fills_it() {
    let home = Home::with_feed();
    home.kabar(&["once", "--all", "--digest-now"]);
    let text = stdout(&home.kabar(&["backup", "export", "-"]));
    fs::rename(home.path().join("state"), home.path().join("old")).unwrap();
    let import = |text: &str| {
        fs::write(home.path().join("pipe"), text).unwrap();
        Command::new(env!("CARGO_BIN_EXE_kabar"))
            .args(["backup", "import", "-"])
            .current_dir(home.path())
            .env_clear()
            .stdin(Stdio::from(fs::File::open(home.path().join("pipe")).unwrap()))
            .output()
            .unwrap()
    };

    let refused = import(&text[..text.len() / 2]);
    assert!(stderr(&refused).contains("standard input:"), "{}", stderr(&refused));
    assert_eq!(stdout(&home.kabar(&["outbox", "list", "--all"])), "No mail yet\n");

    let filled = import(&text);
    assert!(filled.status.success(), "{}", stderr(&filled));
    let rest = |text: String| text.split_once('\n').unwrap().1.to_owned();
    assert_eq!(rest(stdout(&home.kabar(&["backup", "export", "-"]))), rest(text));
}

#[test]
fn an_import_killed_half_way_is_said_and_begun_anew() {
    let home = Home::with_feed();
    home.kabar(&["once", "--all", "--digest-now"]);
    home.kabar(&["backup", "export", "b.jsonl"]);
    fs::rename(home.path().join("state"), home.path().join("old")).unwrap();
    let text = fs::read_to_string(home.path().join("b.jsonl")).unwrap();
    let story = text
        .split_inclusive('\n')
        .find(|line| line.contains("\"stories\""))
        .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_kabar"))
        .args(["backup", "import", "-"])
        .current_dir(home.path())
        .env_clear()
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // More than a pipe and a buffer hold: once all of it is written, the first records were taken.
    let more = text.lines().next().unwrap().to_owned() + "\n" + &story.repeat(MORE_BYTES / story.len());
    child.stdin.as_mut().unwrap().write_all(more.as_bytes()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    for asked in [&["stories"][..], &["once"], &["run"], &["backup", "export", "c.jsonl"]] {
        let refused = home.kabar(asked);
        assert_eq!(refused.status.code(), Some(1), "{asked:?}");
        let words = stderr(&refused);
        assert!(
            words.contains("interrupted") && words.contains("kabar backup import FILE"),
            "{words}"
        );
    }

    let imported = home.kabar(&["backup", "import", "b.jsonl"]);
    assert!(imported.status.success(), "{}", stderr(&imported));
    home.kabar(&["backup", "export", "c.jsonl"]);
    assert_eq!(
        records(&home.path().join("c.jsonl")),
        records(&home.path().join("b.jsonl"))
    );
}

#[test]
fn a_state_that_is_not_empty_keeps_what_it_has() {
    let home = Home::with_feed();
    home.kabar(&["once", "--all"]);
    home.kabar(&["backup", "export", "b.jsonl"]);
    let before = records(&home.path().join("b.jsonl"));

    let refused = home.kabar(&["backup", "import", "b.jsonl"]);

    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("this state is not empty"),
        "{}",
        stderr(&refused)
    );
    home.kabar(&["backup", "export", "c.jsonl"]);
    assert_eq!(records(&home.path().join("c.jsonl")), before);
}

#[test]
fn an_export_is_private_replaces_nothing_unasked_and_leaves_no_halves() {
    let home = Home::with_feed();
    let nothing = home.kabar(&["backup", "export", "b.jsonl"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(stderr(&nothing).contains("no state here yet"), "{}", stderr(&nothing));
    assert!(!home.path().join("state").exists());
    home.kabar(&["once", "--all"]);
    fs::write(home.path().join("b.jsonl"), "a diary").unwrap();

    let refused = home.kabar(&["backup", "export", "b.jsonl"]);

    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("--force"), "{}", stderr(&refused));
    assert_eq!(fs::read_to_string(home.path().join("b.jsonl")).unwrap(), "a diary");
    let done = home.kabar(&["backup", "export", "b.jsonl", "--force"]);
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(stdout(&done).contains("1 story, 0 mails"), "{}", stdout(&done));
    let mode = fs::metadata(home.path().join("b.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        home.kabar(&["backup", "export", "/dev/null", "--force"]).status.code(),
        Some(64)
    );
    let mut names: Vec<_> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["b.jsonl", "feed.xml", "kabar.toml", "state"]);
}
