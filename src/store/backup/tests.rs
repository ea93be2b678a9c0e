//! Backups that are whole, cut, changed, foreign; imports that end well, badly, or not at all.

#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use super::*;
use crate::store::MemoryStore;
use crate::store::SledStore;

fn now() -> Timestamp {
    "2026-03-18T06:00:00Z".parse().unwrap()
}

/// A store that knows two recipients.
fn exported() -> Vec<u8> {
    let store = MemoryStore::new();
    for (name, hour) in [("ana", 6), ("ben", 7)] {
        let state = RecipientState {
            last_slot: Some(format!("2026-03-18T0{hour}:00:00.123456789Z").parse().unwrap()),
            ..RecipientState::default()
        };
        store.set_recipient_state(name, &state).unwrap();
    }
    let mut out = Vec::new();
    export(&store, now(), &mut out).unwrap();
    out
}

fn check(bytes: &[u8]) -> Result<Tally, String> {
    let reader = Reader::new("b.jsonl", Cursor::new(bytes)).map_err(|error| error.to_string())?;
    reader.check().map_err(|error| error.to_string())
}

#[test]
fn lines_are_readable_json_between_a_first_and_a_last_line() {
    let text = String::from_utf8(exported()).unwrap();
    let lines: Vec<&str> = text.lines().collect();

    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        lines[0],
        format!(r#"{{"format":"kabar-backup","version":1,"kabar":"{version}","written":"2026-03-18T06:00:00Z"}}"#)
    );
    assert_eq!(
        lines[1],
        r#"{"tree":"meta","record":{"instance":"07070707070707070707070707070707","rules":null,"aliases_pruned_before":null}}"#
    );
    assert!(
        lines[2].starts_with(r#"{"tree":"recipients","record":{"recipient":""#),
        "{}",
        lines[2]
    );
    assert!(lines[4].starts_with(r#"{"end":{"records":3,"trees":{"meta":1,"recipients":2},"blake3":""#));
    assert_eq!(lines.len(), 5);
    assert_eq!(check(text.as_bytes()).unwrap().of("recipients"), 2);
}

#[test]
fn a_backup_that_is_cut_anywhere_is_refused_with_its_line() {
    let whole = exported();
    for end in 1..whole.len() {
        let refused = check(&whole[..end]).unwrap_err();
        let line = whole[..end].split_inclusive(|byte| *byte == b'\n').count();
        let is_right = if line == 1 && whole[end - 1] != b'\n' {
            refused.starts_with("b.jsonl:1: ")
        } else {
            refused.starts_with(&format!("b.jsonl:{line}: the backup is cut off here"))
        };
        assert!(is_right, "{end}: {refused}");
    }
    assert!(check(b"").unwrap_err().contains("it is empty"));
}

#[test]
fn a_backup_with_any_changed_byte_behind_the_first_line_is_refused() {
    let whole = exported();
    let first_line = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for at in first_line..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(check(&changed).is_err(), "byte {at}");
    }
}

#[test]
fn a_line_that_is_missing_doubled_or_unknown_is_refused() {
    let text = String::from_utf8(exported()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let refused = |lines: &[&str]| check(lines.concat().as_bytes()).unwrap_err();

    for at in 1..4 {
        let (mut fewer, mut more) = (lines.clone(), lines.clone());
        fewer.remove(at);
        more.insert(at, lines[at]);
        assert!(refused(&fewer).starts_with("b.jsonl:4: the backup is damaged: it counts 3 records, and 2"));
        assert!(refused(&more).starts_with("b.jsonl:6: the backup is damaged: it counts 3 records, and 4"));
    }
    let mut unknown = lines.clone();
    unknown[2] = "{\"tree\":\"letters\",\"record\":{}}\n";
    let words = refused(&unknown);
    assert!(
        words.starts_with("b.jsonl:3: the backup is damaged: unknown variant `letters`"),
        "{words}"
    );
    assert!(
        words.ends_with("nothing was imported; copy it again, or take another backup"),
        "{words}"
    );
    let mut longer = lines.clone();
    longer.push("{}\n");
    assert!(refused(&longer).contains("b.jsonl:6: the backup is damaged: something follows"));
}

#[test]
fn another_format_and_a_newer_version_are_refused_by_their_names() {
    let text = String::from_utf8(exported()).unwrap();
    let newer = text.replacen("\"version\":1", "\"version\":2", 1);
    let refused = check(newer.as_bytes()).unwrap_err();
    assert!(refused.starts_with("b.jsonl:1: a backup of version 2"), "{refused}");
    for foreign in [
        "<opml/>\n",
        "{\"format\":\"other\",\"version\":1,\"kabar\":\"1\",\"written\":\"2026-03-18T06:00:00Z\"}\n",
        "{}\n",
    ] {
        let refused = check(foreign.as_bytes()).unwrap_err();
        assert!(
            refused.starts_with("b.jsonl:1: this is no backup of kabar"),
            "{refused}"
        );
    }
}

#[test]
fn a_backup_with_damage_leaves_an_empty_store_that_opens() {
    let directory = tempfile::tempdir().unwrap();
    let mut bytes = exported();
    let at = bytes.len() - 4;
    bytes[at] ^= 1;

    let refused = SledStore::import(directory.path(), Reader::new("b", Cursor::new(&bytes)).unwrap());

    assert!(matches!(refused, Err(BackupError::Damaged { .. })), "{refused:?}");
    let store = SledStore::open(directory.path()).unwrap();
    assert_eq!(store.recipient_state("ana").unwrap(), RecipientState::default());
    drop(store);
    let bytes = exported();
    SledStore::import(directory.path(), Reader::new("b", Cursor::new(&bytes)).unwrap()).unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    assert_eq!(store.instance().unwrap(), [7; 16]);
    assert!(store.recipient_state("ben").unwrap().last_slot.is_some());
}

/// Lines that end without warning, as a process that is killed ends.
struct Killed<'a>(Cursor<&'a [u8]>);

impl io::Read for Killed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len().min(1);
        match self.0.read(&mut buffer[..room])? {
            0 => panic!("killed"),
            read => Ok(read),
        }
    }
}

#[test]
fn an_import_that_dies_leaves_a_store_that_opens_for_the_next_import_only() {
    let directory = tempfile::tempdir().unwrap();
    let whole = exported();
    let path = directory.path().to_owned();
    let dying = std::thread::spawn({
        let cut = whole[..whole.len() - 200].to_vec();
        move || {
            let killed = io::BufReader::new(Killed(Cursor::new(&cut)));
            let _ = SledStore::import(&path, Reader::new("b", killed).unwrap());
        }
    });
    assert!(dying.join().is_err());

    let refused = SledStore::open(directory.path()).unwrap_err();
    assert!(matches!(refused, StoreError::Unfinished { .. }), "{refused}");
    assert!(refused.to_string().contains("kabar backup import FILE"), "{refused}");

    SledStore::import(directory.path(), Reader::new("b", Cursor::new(&whole)).unwrap()).unwrap();
    let mut again = Vec::new();
    export(&SledStore::open(directory.path()).unwrap(), now(), &mut again).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(whole).unwrap());
}

#[test]
fn a_store_with_records_takes_no_backup_and_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let whole = exported();
    let import = || SledStore::import(directory.path(), Reader::new("b", Cursor::new(&whole)).unwrap());
    import().unwrap();

    let refused = import().unwrap_err();

    assert!(
        matches!(refused, BackupError::Store(StoreError::NotEmpty { .. })),
        "{refused}"
    );
    let store = SledStore::open(directory.path()).unwrap();
    assert!(store.recipient_state("ana").unwrap().last_slot.is_some());
    let open = SledStore::import(directory.path(), Reader::new("b", Cursor::new(&whole)).unwrap()).unwrap_err();
    assert!(matches!(open, BackupError::Store(StoreError::InUse { .. })), "{open}");
}
