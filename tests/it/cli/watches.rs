//! `kabar watches`: added to the file, removed from it, tried.

use crate::cli::Home;
use crate::cli::stderr;
use crate::cli::stdout;

#[test]
fn a_watch_is_added_to_the_file_and_removed_again_and_the_file_is_as_before() {
    let text = "# mine\nstate = \"state\" # here\nfeeds = [\"file:feed.xml\"]\nwatches = [\n  \"Putin\", # him\n]\n\n[mail]\nto = \"me@example.org\"\n";
    let home = Home::new(text);
    let file = || std::fs::read_to_string(home.path().join("kabar.toml")).unwrap();

    let added = home.kabar(&["watches", "add", "war", "Ukrain*", "-olahraga"]);
    assert_eq!(added.status.code(), Some(0), "{}", stderr(&added));
    assert!(
        stdout(&added).contains("reads as: Ukrain* AND NOT olahraga"),
        "{}",
        stdout(&added)
    );
    assert_eq!(
        file(),
        text.replace(
            "# him\n]",
            "# him\n  { name = \"war\", query = \"Ukrain* -olahraga\" },\n]"
        )
    );
    assert!(stdout(&home.kabar(&["watches", "list"])).contains("war\n  reads as: Ukrain* AND NOT olahraga"));

    let removed = home.kabar(&["watches", "remove", "war"]);
    assert_eq!(removed.status.code(), Some(0), "{}", stderr(&removed));
    assert_eq!(file(), text);
}

#[test]
fn a_watch_that_cannot_be_read_or_is_there_already_changes_nothing() {
    let home = Home::with_feed();
    let file = || std::fs::read_to_string(home.path().join("kabar.toml")).unwrap();
    let before = file();

    let broken = home.kabar(&["watches", "add", "x", "(Putin"]);
    assert_eq!(broken.status.code(), Some(64));
    assert!(stderr(&broken).contains("^ '(' is never closed"), "{}", stderr(&broken));
    assert_eq!(home.kabar(&["watches", "add", "Putin"]).status.code(), Some(64));
    assert_eq!(
        home.kabar(&["watches", "add", "--to", "nobody", "x", "y"])
            .status
            .code(),
        Some(64)
    );
    assert_eq!(home.kabar(&["watches", "remove", "nothing"]).status.code(), Some(64));
    assert_eq!(file(), before);
}

#[test]
fn a_trial_shows_forms_and_what_an_edit_would_change() {
    let home = Home::with_feed();
    home.kabar(&["once", "--all"]);

    let words = stdout(&home.kabar(&["watches", "test", "Путин OR Moskow*", "--instead-of", "Putin"]));
    assert!(words.contains("Путин also as: Путина"), "{words}");
    assert!(
        words.contains("more: 0 stories") && words.contains("no longer: 0 stories"),
        "{words}"
    );

    let json = stdout(&home.kabar(&["watches", "test", "Xi", "--instead-of", "Putin", "--json"]));
    let last: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!(last["matches"], 0);
    assert_eq!(last["change"]["lost"][0]["title"], "Putin menelepon");
    assert_eq!(
        home.kabar(&["watches", "test", "Xi", "--instead-of", "nobody"])
            .status
            .code(),
        Some(64)
    );
}
