//! Documents that are small and cost much: each is read, or refused, within the means of a small machine.

use std::io::Write;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

/// Memory that reading a document of a few MiB may take, in KiB: the whole program, which needs about 20 MiB to start.
const MEMORY_KIB: usize = 96 * 1024;

/// What `kabar feeds inspect` says of `document` where it gets no more than `MEMORY_KIB`.
fn inspect(document: &str) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("feed");
    std::fs::File::create(&path)
        .unwrap()
        .write_all(document.as_bytes())
        .unwrap();
    let limited = format!("ulimit -d {MEMORY_KIB} && exec \"$0\" feeds inspect \"$1\"");
    Command::new("sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_kabar")])
        .arg(format!("file://{}", path.display()))
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn a_list_of_a_million_tiny_entries_needs_little_memory() {
    let entries = r#"{"id":1},"#.repeat(600_000);
    let output = inspect(&format!(r#"{{"version":"1","title":"T","items":[{entries}{{}}]}}"#));

    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{complained}");
    assert!(said.contains("600001 entries seen, 5000 read (the limit)"), "{said}");
}

#[test]
fn members_that_nobody_asked_for_need_little_memory() {
    let members: String = (0..400_000).map(|n| format!(r#","{n}":[0]"#)).collect();
    let output = inspect(&format!(
        r#"{{"title":"T"{members},"items":[{{"id":"1","title":"Fire"{members}}}]}}"#
    ));

    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success() && said.contains("Fire"), "{said}{complained}");
}
