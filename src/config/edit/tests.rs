//! A watch more or less, in every way in which people write them.
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;

use crate::config::edit::EditError;
use crate::config::edit::List;
use crate::config::edit::NewFeed;
use crate::config::edit::NewWatch;
use crate::config::edit::replace;
use crate::config::edit::with_feeds;
use crate::config::edit::with_watch;
use crate::config::edit::without;

fn plain(query: &str) -> NewWatch {
    NewWatch {
        query: query.to_owned(),
        ..NewWatch::default()
    }
}

fn named(name: &str, query: &str) -> NewWatch {
    NewWatch {
        name: Some(name.to_owned()),
        ..plain(query)
    }
}

fn adds(before: &str, watch: &NewWatch, after: &str) {
    assert_eq!(with_watch(before, watch).unwrap(), after, "{before:?}");
}

fn without_watch(text: &str, wanted: &str) -> Result<String, EditError> {
    without(text, List::Watches, wanted, |name, query| {
        name.or(query) == Some(wanted)
    })
}

fn without_feed(text: &str, wanted: &str) -> Result<String, EditError> {
    without(text, List::Feeds, wanted, |name, url| {
        [name, url].contains(&Some(wanted))
    })
}

fn removes(before: &str, name: &str, after: &str) {
    assert_eq!(without_watch(before, name).unwrap(), after, "{before:?}");
}

#[test]
fn a_watch_is_added_in_the_way_in_which_the_others_stand() {
    adds("watches = [\"a\"] # x\n", &plain("b"), "watches = [\"a\", \"b\"] # x\n");
    adds("watches = []\n", &plain("b"), "watches = [\"b\"]\n");
    adds("watches = \"a\"\n", &plain("b"), "watches = [\"a\", \"b\"]\n");
    adds(
        "watches = [\n    \"a\", # one\n    \"b\"  # two\n]\n",
        &plain("c"),
        "watches = [\n    \"a\", # one\n    \"b\",  # two\n    \"c\",\n]\n",
    );
    adds(
        "watches = [\n  \"a\",\n  # last\n]\n",
        &named("n", "b"),
        "watches = [\n  \"a\",\n  # last\n  { name = \"n\", query = \"b\" },\n]\n",
    );
    adds(
        "# top\n[[watches]]\nquery = \"a\"\n\n[mail]\nto = \"x\" # me\n",
        &named("n", "\"b c\" -d"),
        "# top\n[[watches]]\nquery = \"a\"\n\n[[watches]]\nname = \"n\"\nquery = '\"b c\" -d'\n\n[mail]\nto = \"x\" # me\n",
    );
    adds(
        "[mail]\nto = \"x\"\n",
        &plain("b"),
        "watches = [\"b\"]\n[mail]\nto = \"x\"\n",
    );
    adds(
        "[mail]\nto = \"x\"\n",
        &named("n", "b"),
        "[mail]\nto = \"x\"\n\n[[watches]]\nname = \"n\"\nquery = \"b\"\n",
    );
}

#[test]
fn a_watch_is_removed_and_nothing_else() {
    removes(
        "watches = [\"a\", \"b\", \"c\"] # x\n",
        "b",
        "watches = [\"a\", \"c\"] # x\n",
    );
    removes("watches = [\"a\"]\nx = 1\n", "a", "x = 1\n");
    removes(
        "watches = [\n    \"a\", # one\n    \"b\", # two\n    \"c\", # three\n]\n",
        "b",
        "watches = [\n    \"a\", # one\n    \"c\", # three\n]\n",
    );
    removes(
        "watches = [\n    \"a\", # one\n    \"b\", # two\n]\n",
        "b",
        "watches = [\n    \"a\", # one\n]\n",
    );
    removes(
        "watches = [{ name = \"n\", query = \"a\" }, { query = \"b\" }]\n",
        "n",
        "watches = [{ query = \"b\" }]\n",
    );
    removes(
        "# top\n\n# of a\n[[watches]]\nquery = \"a\"\n\n# of b\n[[watches]]\nname = \"b\"\nquery = \"x\"\n\n[mail]\nto = \"x\"\n",
        "a",
        "# top\n\n# of b\n[[watches]]\nname = \"b\"\nquery = \"x\"\n\n[mail]\nto = \"x\"\n",
    );
    assert!(without_watch("watches = [\"a\"]", "b").is_err());
    assert!(without_watch("x = [", "b").is_err() && with_watch("[watches]\na = 1\n", &plain("b")).is_err());
}

#[test]
fn a_file_is_replaced_whole_with_its_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("kabar.toml"), folder.path().join("link.toml"));
    std::fs::write(&file, "old").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    replace(&link, "new").unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(link.is_symlink() && std::fs::read_dir(folder.path()).unwrap().count() == 2);
}

#[test]
fn a_feed_is_added_and_removed_by_name_or_address() {
    let feed = NewFeed {
        url: "https://b.example/rss".to_owned(),
        name: Some("b".to_owned()),
        tags: vec!["world".to_owned()],
    };
    let before = "feeds = [\n    \"https://a.example/rss\", # a\n]\n";
    let after = with_feeds(before, &[feed]).unwrap();
    assert_eq!(
        after,
        "feeds = [\n    \"https://a.example/rss\", # a\n    { url = \"https://b.example/rss\", name = \"b\", tags = [\"world\"] },\n]\n"
    );
    assert_eq!(without_feed(&after, "b").unwrap(), before);
    assert_eq!(without_feed(&after, "https://b.example/rss").unwrap(), before);
    let unknown = without_feed(&after, "c").unwrap_err().to_string();
    assert_eq!(unknown, "no feed is called \"c\"; `kabar feeds list` shows their names");
}
