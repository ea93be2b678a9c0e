//! What only the engine on disk must stand: kills, locks, odd directories, records of other versions.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use kabar::dedup::Alias;
use kabar::digest::Kind;
use kabar::store::SledStore;
use kabar::store::Store;
use kabar::store::StoreError;

use crate::store::at;
use crate::store::news;
use crate::store::poll;
use crate::store::seal;

/// Names the directory of a child that writes until it is killed.
const CHILD: &str = "KABAR_TEST_STORE_CHILD";

#[test]
fn nothing_acknowledged_is_lost_to_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    if let Some(path) = std::env::var_os(CHILD) {
        write_until_killed(Path::new(&path));
    }
    let mut acknowledged = 0;
    for kill in 1..=15 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "store::disk::nothing_acknowledged_is_lost_to_a_kill",
                "--nocapture",
            ])
            .env(CHILD, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let acks = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("ack ")?.parse::<u64>().ok());
        acknowledged = acks.take(kill).last().unwrap_or(acknowledged);
        child.kill().unwrap();
        child.wait().unwrap();
        let store = SledStore::open(directory.path()).unwrap();
        let count = store.story_count().unwrap();
        assert!(
            count >= acknowledged * 3 && count.is_multiple_of(3),
            "{count} stories, {acknowledged} polls acknowledged"
        );
        for n in 0..acknowledged * 3 {
            assert!(
                store.story_by_alias(&Alias::url(&format!("n{n}"))).unwrap().is_some(),
                "story {n} is lost"
            );
        }
    }
    assert!(acknowledged > 0);
}

fn write_until_killed(directory: &Path) -> ! {
    let store = SledStore::open(directory).unwrap();
    let mut out = std::io::stdout();
    let mut polls = store.story_count().unwrap() / 3;
    loop {
        let items = (polls * 3..polls * 3 + 3).map(|n| news(&format!("n{n}"))).collect();
        store
            .record_polls(&[poll(1, &polls.to_string(), items)], at(i64::try_from(polls).unwrap()))
            .unwrap();
        polls += 1;
        // Not `println!`: the test harness would keep it.
        writeln!(out, "\nack {polls}").unwrap();
    }
}

#[test]
fn a_half_written_snapshot_does_not_stop_a_start() {
    let directory = tempfile::tempdir().unwrap();
    SledStore::open(directory.path())
        .unwrap()
        .record_polls(&[poll(1, "1", vec![news("a")])], at(0))
        .unwrap();
    fs::write(directory.path().join("snap.1.generating"), b"half").unwrap();
    assert_eq!(SledStore::open(directory.path()).unwrap().story_count().unwrap(), 1);
}

#[test]
fn a_second_kabar_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let _first = SledStore::open(directory.path()).unwrap();
    assert!(matches!(
        SledStore::open(directory.path()),
        Err(StoreError::InUse { .. })
    ));
}

#[test]
fn a_file_in_place_of_the_directory_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = SledStore::open(file.path()).unwrap_err();
    assert!(
        matches!(&error, StoreError::Directory { path, .. } if Path::new(path) == file.path()),
        "{error}"
    );
}

#[test]
fn the_directory_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("state");
    let _store = SledStore::open(&directory).unwrap();
    assert_eq!(fs::metadata(directory).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_directory_that_others_can_read_is_closed_where_it_is_the_stores_own() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let set_mode = |mode| fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).unwrap();
    let mode = || fs::metadata(directory.path()).unwrap().permissions().mode() & 0o777;
    let letter = directory.path().join("letter.txt");
    fs::write(&letter, "not ours").unwrap();
    set_mode(0o755);

    let error = SledStore::open(directory.path()).unwrap_err().to_string();

    let advice = format!("type: chmod 700 {}", directory.path().display());
    assert!(error.contains(&advice), "{error}");
    assert_eq!(mode(), 0o755);
    fs::remove_file(letter).unwrap();
    drop(SledStore::open(directory.path()).unwrap());
    assert_eq!(mode(), 0o700, "empty");
    set_mode(0o750);
    drop(SledStore::open(directory.path()).unwrap());
    assert_eq!(mode(), 0o700, "a store");
}

#[test]
fn large_mails_make_no_blob_files() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    for n in 0..6 {
        let message = vec![b'x'; 700_000 + n];
        store
            .seal(&seal(&format!("d{n}"), Kind::Digest, None, Vec::new(), message.clone()))
            .unwrap();
        assert_eq!(store.message(&format!("d{n}")).unwrap(), Some(message));
    }
    drop(store);
    let blobs = fs::read_dir(directory.path().join("blobs")).map_or(0, Iterator::count);
    assert_eq!(blobs, 0);
}

#[test]
fn a_newer_or_damaged_record_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    SledStore::open(directory.path())
        .unwrap()
        .record_polls(&[poll(1, "1", vec![news("a")])], at(0))
        .unwrap();
    let overwrite = |tree: &str, value: &[u8]| {
        let db = sled::Config::new()
            .path(directory.path())
            .segment_size(4 << 20)
            .open()
            .unwrap();
        let tree = db.open_tree(tree).unwrap();
        let (key, _) = tree.last().unwrap().unwrap();
        tree.insert(key, value).unwrap();
        db.flush().unwrap();
    };
    overwrite("feeds", b"\x02\x00\x01{}");
    let found = SledStore::open(directory.path()).unwrap().feed_states();
    assert!(
        matches!(
            found,
            Err(StoreError::Version {
                tree: "feeds",
                found: 2,
                known: 1,
                ..
            })
        ),
        "{found:?}"
    );
    overwrite("feeds", b"\x01\x00\x01{");
    let found = SledStore::open(directory.path()).unwrap().feed_states();
    assert!(
        matches!(found, Err(StoreError::Damaged { tree: "feeds", .. })),
        "{found:?}"
    );
    overwrite("meta", b"\x02");
    assert!(matches!(
        SledStore::open(directory.path()),
        Err(StoreError::Version { tree: "meta", .. })
    ));
}
