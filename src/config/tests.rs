//! What the file may say, as rules.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use crate::config::Config;
use crate::config::Environment;
use crate::config::STARTER;
use crate::config::SendEmpty;
use crate::config::find;
use crate::config::load;
use crate::config::units;
use crate::feed::opml::read_opml;
use crate::fetch::FetchSettings;
use crate::mail::Tls;
use crate::mail::Transport;
use crate::schedule::PollSettings;

fn environment(directory: &Path, variables: &[(&str, &str)]) -> Environment {
    let mut all = vec![("HOME", "/home/ana"), ("KABAR_TIMEZONE", "UTC")];
    all.extend(variables);
    Environment {
        variables: all
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        directory: directory.to_owned(),
    }
}

fn read_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kabar.toml"), text).unwrap();
    load(Path::new("kabar.toml"), &environment(folder.path(), variables)).map_err(|errors| {
        let prefix = format!("{}/", folder.path().display());
        errors
            .0
            .iter()
            .map(|error| error.to_string().replace(&prefix, ""))
            .collect()
    })
}

fn read(text: &str) -> Config {
    read_with(text, &[]).unwrap()
}

fn refused(text: &str, expected: &[&str]) {
    assert_eq!(read_with(text, &[]).unwrap_err(), expected);
}

const SMALL: &str = r#"
feeds   = ["https://news.example/rss"]
watches = ["Putin", "Ukraina"]
[mail]
to   = "me@example.org"
smtp = "smtps://me@smtp.example.org"
"#;

#[test]
fn a_fragment_makes_no_other_feed_of_an_address() {
    let config = read(
        "feeds = [\"https://a.example/feed#a\", \"https://a.example/feed\"]\nwatches = [\"x\"]\n[mail]\nto = \"me@example.org\"\n",
    );
    let urls: Vec<&str> = config.feeds.iter().map(|feed| feed.url.as_str()).collect();
    assert_eq!(urls, ["https://a.example/feed"]);
}

#[test]
fn the_smallest_file_works() {
    let config = read_with(SMALL, &[("KABAR_SMTP_PASSWORD", "s3cret")]).unwrap();

    assert_eq!(
        config
            .watches
            .iter()
            .map(|watch| watch.name.as_str())
            .collect::<Vec<_>>(),
        ["Putin", "Ukraina"]
    );
    assert_eq!(config.watches[0].to, ["me"]);
    assert_eq!(config.mail.from, "kabar <kabar@example.org>");
    assert_eq!(config.state, Path::new("/home/ana/.local/state/kabar"));
    let Transport::Smtp(smtp) = config.mail.transport else {
        panic!("no server")
    };
    let login = smtp.login.unwrap();
    assert_eq!((smtp.tls, login.user.as_str()), (Tls::Implicit, "me"));
    assert_eq!(smtp.server.to_string(), "smtp.example.org:465");
}

#[test]
fn the_starter_shows_the_defaults_of_the_code() {
    let shown = STARTER
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| {
            [
                "interval ",
                "concurrency",
                "host_gap",
                "timeout ",
                "body_limit",
                "allow_private",
                "backfill",
            ]
            .iter()
            .any(|key| line.starts_with(key))
        });
    let text = format!("[polling]\n{}", shown.collect::<Vec<_>>().join("\n"));
    let config = read(&text);
    assert_eq!(
        (config.polling, config.fetch),
        (PollSettings::default(), FetchSettings::default())
    );

    let config = read(STARTER);
    assert_eq!((config.entries_max, config.send_empty), (100, SendEmpty::Weekly));
    assert_eq!(config.retention_stories, units::duration("90d").unwrap());
    assert_eq!(config.warnings, [""; 0]);
}

#[test]
fn the_quickstart_reads_its_feeds_from_its_own_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = load(Path::new("config/quickstart/kabar.toml"), &environment(root, &[])).unwrap();
    assert_eq!(config.feeds.len(), 5);
    for feed in &config.feeds {
        assert!(feed.url.to_file_path().unwrap().is_file(), "{}", feed.url);
    }
    assert!(matches!(config.mail.transport, Transport::Directory { .. }));
}

#[test]
fn every_mistake_is_named_at_once_with_its_place() {
    refused(
        "feeds = [\"ftp://a.example\"]\ntimeout = \"5s\"\n[polling]\nintervall = \"15m\"\nhost_gap = 5\n[web]\nlisten = \"127.0.0.1:1\"\n",
        &[
            "kabar.toml:1:10: feed \"ftp://a.example\": \"ftp\" is no scheme that kabar polls; write http, https or file",
            "kabar.toml:2:1: unknown key \"timeout\" at the top of the file, before the first [table]; \"timeout\" belongs in [polling]",
            "kabar.toml:4:1: unknown key \"intervall\" in [polling]; did you mean \"interval\"?",
            "kabar.toml:5:12: host_gap 5 has no unit; write \"15m\", \"2h\" or \"1d\"",
            "kabar.toml:6:1: [web] is not available in this version; remove it",
        ],
    );
}

#[test]
fn a_watch_names_only_what_exists() {
    refused(
        "[[feeds]]\nurl = \"https://a.example\"\nname = \"antara\"\n[[watches]]\nquery = \"x\"\nfeeds = [\"antar\", \"tag:id\"]\nto = \"ana\"\n",
        &[
            "kabar.toml:6:10: no feed is called \"antar\"; did you mean \"antara\"?; write name = \"antar\" in a feed, or remove it here",
            "kabar.toml:6:19: no feed has the tag \"id\"; write tags = [\"id\"] in a feed, or remove it here",
            "kabar.toml:7:6: no recipient is called \"ana\"; name one of [[recipients]]",
        ],
    );
}

#[test]
fn a_mailbox_keeps_the_name_of_its_person() {
    let config = read("recipients = [\"Ana <ana@example.org>\"]\n[mail]\nfrom = \"News <n@example.org>\"");
    assert_eq!(
        (
            config.recipients[0].name.as_str(),
            config.recipients[0].mailbox.as_str()
        ),
        ("ana", "Ana <ana@example.org>")
    );
    assert_eq!(config.mail.from, "News <n@example.org>");
}

#[test]
fn a_query_that_cannot_be_read_is_shown_with_a_caret() {
    let errors = read_with("watches = [\"Putin AND\"]", &[]).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].starts_with("kabar.toml:1:12: the query cannot be read at its column "),
        "{errors:?}"
    );
    assert!(
        errors[0].contains("\n    Putin AND\n") && errors[0].contains('^'),
        "{errors:?}"
    );
}

#[test]
fn one_url_named_twice_is_one_feed_and_a_warning() {
    let config = read("feeds = [\"https://a.example/\", \"https://a.example\"]");
    assert_eq!(config.feeds.len(), 1);
    assert_eq!(config.warnings.len(), 1);
}

#[test]
fn a_file_with_a_password_may_not_be_readable_by_others() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kabar.toml");
    std::fs::write(&path, "[mail]\nsmtp = \"smtps://me:s3cret@smtp.example.org\"\n").unwrap();
    let here = environment(folder.path(), &[]);

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let errors = load(&path, &here).unwrap_err().to_string();
    assert!(
        errors.ends_with(&format!("type: chmod o-r {}", path.display())),
        "{errors}"
    );
    assert!(!errors.contains("s3cret"));

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(!format!("{:?}", load(&path, &here).unwrap()).contains("s3cret"));
}

#[test]
fn a_mail_server_is_named_in_several_ways() {
    for (written, server, tls) in [
        ("\"smtp://smtp.example.org\"", "smtp.example.org:587", Tls::StartTls),
        ("\"unix:/run/mail.sock\"", "/run/mail.sock", Tls::None),
        ("{ socket = \"/run/mail.sock\" }", "/run/mail.sock", Tls::None),
        ("{ host = \"::1\", port = 25, tls = \"none\" }", "::1:25", Tls::None),
        (
            "{ host = \"a.example\", port = 465, user = \"me\", token_command = \"x\" }",
            "a.example:465",
            Tls::Implicit,
        ),
    ] {
        let config = read(&format!("[mail]\nsmtp = {written}"));
        let Transport::Smtp(smtp) = config.mail.transport else {
            panic!("no server: {written}")
        };
        assert_eq!((smtp.server.to_string().as_str(), smtp.tls), (server, tls), "{written}");
    }
}

#[test]
fn a_mail_server_that_contradicts_itself_is_refused() {
    refused(
        "[mail]\nsmtp = { socket = \"/run/mail.sock\", tls = \"starttls\" }\n",
        &["kabar.toml:2:19: a socket of this machine has no host and no TLS; remove them, or `socket`"],
    );
    refused(
        "[mail]\nsmtp = { host = \"a.example\", tls = \"none\" }\n",
        &["kabar.toml:2:8: tls = \"none\" would send all mail readable; write tls = \"starttls\" or \"implicit\""],
    );
    refused(
        "[mail]\nsmtp = { host = \"a.example\", user = \"me\", password_command = \"x\", token_command = \"y\" }\n",
        &["kabar.toml:2:83: a password and token_command are both set; keep one of them"],
    );
}

#[test]
fn the_environment_stands_over_the_file() {
    let config = read_with(
        "[polling]\nhost_gap = \"5s\"",
        &[("KABAR_POLLING_HOST_GAP", "9s"), ("KABAR_POLLING_CONCURRENCY", "7")],
    );
    let polling = config.unwrap().polling;
    assert_eq!((polling.host_gap, polling.concurrency), (Duration::from_secs(9), 7));
    assert_eq!(
        read_with("", &[("KABAR_LOG_FORMAT", "xml")]).unwrap_err(),
        ["environment KABAR_LOG_FORMAT: \"format\" cannot be \"xml\"; write one of \"auto\", \"text\", \"json\""]
    );
}

#[test]
fn a_watch_that_reaches_nobody_is_warned_of() {
    let warnings = |watches: &str, ben: &str| {
        let warnings = read(&format!(
            "feeds = [\"https://a.example/rss\"]\n{watches}\n[[recipients]]\nname = \"ana\"\nmail = \"a@example.org\"\ndigest = \"never\"\n\
             [[recipients]]\nname = \"ben\"\nmail = \"b@example.org\"\ndigest = \"{ben}\"\n"
        ))
        .warnings;
        let place = |warning: &String| {
            let from = warning.find("kabar.toml:").unwrap_or_default();
            warning[from..].to_owned()
        };
        warnings.iter().map(place).collect::<Vec<_>>()
    };
    let watch = |keys: &str| format!("[[watches]]\nquery = \"port\"\n{keys}");
    for silent in ["send = \"both\"", "to = [\"ana\"]\nsend = \"alert\""] {
        assert_eq!(warnings(&watch(silent), "daily 07:00"), [""; 0], "{silent}");
    }
    let alerts = "\n[[watches]]\nquery = \"quake\"\nsend = \"alert\"";
    for silent in ["send = \"digest\"", "to = [\"ben\"]"] {
        assert_eq!(warnings(&(watch(silent) + alerts), "daily 07:00"), [""; 0], "{silent}");
        let warned = warnings(&watch(silent), "daily 07:00");
        assert_eq!(warned.len(), 1);
        assert!(
            warned[0].starts_with("kabar.toml:5:1: \"ana\" gets no mail at all"),
            "{warned:?}"
        );
    }
    assert_eq!(
        warnings(&(watch("to = [\"ben\", \"ana\"]") + alerts), "daily 07:00"),
        [
            "kabar.toml:4:14: \"ana\" hears nothing of this watch: it sends digests, and \"ana\" has digest = \"never\"; write send = \"alert\" in the watch, or give \"ana\" digest = \"daily 07:00\""
        ]
    );
    let nobody = "nobody hears of this watch: it sends digests, and every recipient has digest = \"never\"; write send = \"alert\" in the watch, or give a recipient digest = \"daily 07:00\"";
    assert_eq!(
        warnings("watches = [\"port\"]", "never"),
        [format!("kabar.toml:2:12: {nobody}")]
    );
    assert_eq!(
        warnings(&watch("send = \"digest\""), "never"),
        [format!("kabar.toml:4:8: {nobody}")]
    );
    assert_eq!(
        warnings(&watch("to = \"ana\"\nsend = \"both\""), "daily 07:00"),
        [
            "kabar.toml:5:8: nobody gets a digest of this watch (digest = \"never\"); write send = \"alert\", or give a recipient digest = \"daily 07:00\""
        ]
    );
}

#[test]
fn durations_and_sizes_carry_units() {
    assert_eq!(units::duration("1h 30m"), Ok(Duration::from_secs(5400)));
    assert_eq!(units::duration("400d"), Ok(Duration::from_secs(400 * 86_400)));
    assert_eq!(
        units::duration("15").unwrap_err(),
        "\"15\" has no unit; write \"15m\", \"2h\" or \"1d\""
    );
    assert!(units::duration("99999999999999999999d").is_err());
    assert_eq!(
        (units::size("16 MiB"), units::size("500 KB")),
        (Ok(16 << 20), Ok(500_000))
    );
}

#[test]
fn an_opml_list_gives_feeds_with_their_folders_as_tags() {
    let text = "<opml><body><outline text='World'><outline text='A' xmlUrl='https://a.example/?x=1&amp;y=2'/></outline></body></opml>";
    let feeds = read_opml(text).unwrap();
    assert_eq!(feeds.len(), 1);
    assert_eq!(
        (feeds[0].url.as_str(), feeds[0].tags.clone()),
        ("https://a.example/?x=1&y=2", vec!["World".to_owned()])
    );
}

#[test]
fn the_flag_is_looked_at_first_and_a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kabar.toml"), "").unwrap();
    let here = environment(folder.path(), &[]);
    assert_eq!(find(None, &here).unwrap(), folder.path().join("kabar.toml"));
    assert!(
        find(Some(Path::new("no.toml")), &here)
            .unwrap_err()
            .to_string()
            .contains("kabar init")
    );
}
