//! The sources keep the shape that `src/lib.rs` promises: who imports whom, how long, and what tier 1 never names.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// The modules in the order in which news travels; imports only point up.
const ORDER: [&str; 15] = [
    "base64", "hash", "feed", "schedule", "dedup", "watch", "digest", "intake", "fetch", "store", "mail", "config",
    "report", "daemon", "cli",
];
/// No runtime, no I/O, no clock.
const PURE: [&str; 8] = [
    "base64", "hash", "feed", "schedule", "dedup", "watch", "digest", "intake",
];
/// Each owns one piece of the outside world and knows no other; `config` is made of everybody's settings.
const EDGES: [&str; 3] = ["fetch", "store", "mail"];
/// What a pure module never names.
const IMPURE: [&str; 9] = [
    "tokio",
    "reqwest",
    "sled",
    "lettre",
    "std::fs",
    "std::net",
    "SystemTime",
    "Instant",
    "std::thread",
];
/// Lines of a file, its unit tests included.
const FILE_LINES_MAX: usize = 400;
/// Lines of a function, signature and closing brace included.
const FUNCTION_LINES_MAX: usize = 70;

struct Source {
    path: String,
    text: String,
    is_test: bool,
}

impl Source {
    /// The folder or file right below `src` ("feed" for `src/feed/parse.rs`); empty for tests.
    fn module(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or_default();
        below.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// The files of the modules that are declared here for tests only.
    fn test_modules(&self) -> Vec<String> {
        let folder = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let declarations = self.text.split("#[cfg(test)]\nmod ").skip(1);
        let names = declarations.filter_map(|rest| rest.lines().next()?.strip_suffix(';'));
        names.map(|name| format!("{folder}/{name}.rs")).collect()
    }

    /// The lines with their numbers that are neither comments nor unit tests (which stand at the end of a file).
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let code = self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        code.lines()
            .zip(1..)
            .filter(|(line, _)| !line.trim_start().starts_with("//"))
            .map(|(line, number)| (number, line))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let (mut sources, mut folders) = (Vec::new(), vec![root().join("src"), root().join("tests")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                let is_test = path.starts_with("tests/");
                sources.push(Source { path, text, is_test });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let test_modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in &mut sources {
        source.is_test |= test_modules.contains(&source.path);
    }
    sources
}

/// Fails with every place that `wrong` finds, one a line, after `rule`.
fn check(rule: &str, wrong: impl Fn(&Source) -> Vec<String>) {
    let found: Vec<String> = sources().iter().flat_map(&wrong).collect();
    assert!(found.is_empty(), "{rule}\n{}", found.join("\n"));
}

/// Every line of code that holds one of `words`.
fn lines_with(source: &Source, words: &[&str]) -> Vec<String> {
    let holds = |line: &str| words.iter().any(|word| holds_word(line, word));
    let lines = source.code().filter(|(_, line)| holds(line));
    lines
        .map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim()))
        .collect()
}

/// Whether `word` stands in the line and is not the middle or end of a longer name.
fn holds_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|after| after.chars().next());
        let is_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_name(before) && (word.ends_with(['(', '!']) || !is_name(after))
    })
}

/// The names right after each `crate::` of the line.
fn imported(line: &str) -> Vec<&str> {
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.split("crate::")
        .skip(1)
        .map(|rest| rest.split(|c| !is_part_of_name(c)).next().unwrap_or_default())
        .collect()
}

#[test]
fn imports_only_point_up_the_list() {
    let place = |module: &str| ORDER.iter().position(|name| *name == module);
    check("a module may use only those above it in src/lib.rs", |source| {
        let Some(own) = place(source.module()) else {
            return Vec::new();
        };
        let points_down = |name: &str| place(name).is_some_and(|other| other > own);
        let lines = source
            .code()
            .filter(|(_, line)| imported(line).into_iter().any(points_down));
        lines
            .map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim()))
            .collect()
    });
}

#[test]
fn an_edge_knows_no_other_edge() {
    check("fetch, store and mail do not use each other", |source| {
        let own = source.module();
        if !EDGES.contains(&own) {
            return Vec::new();
        }
        let is_other_edge = |name: &str| name != own && EDGES.contains(&name);
        let lines = source
            .code()
            .filter(|(_, line)| imported(line).into_iter().any(is_other_edge));
        lines
            .map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim()))
            .collect()
    });
}

#[test]
fn every_module_has_its_place_in_the_list() {
    let without_place = |source: &&Source| {
        let module = source.module();
        !module.is_empty() && !["lib", "main"].contains(&module) && !ORDER.contains(&module)
    };
    let sources = sources();
    let found: Vec<&str> = sources
        .iter()
        .filter(without_place)
        .map(|source| source.path.as_str())
        .collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn tier_1_names_no_runtime_no_file_no_socket_and_no_clock() {
    check("time and bytes are arguments in tier 1", |source| {
        if PURE.contains(&source.module()) && !source.is_test {
            lines_with(source, &IMPURE)
        } else {
            Vec::new()
        }
    });
}

#[test]
fn files_begin_by_saying_what_they_own_and_are_short() {
    check(
        &format!("a file begins with //! and has at most {FILE_LINES_MAX} lines"),
        |source| {
            let lines = source.text.lines().count();
            let wrong = !source.text.starts_with("//!") || lines > FILE_LINES_MAX;
            wrong
                .then(|| format!("{}: {lines} lines", source.path))
                .into_iter()
                .collect()
        },
    );
}

#[test]
fn functions_fit_on_a_screen() {
    check(
        &format!("a function has at most {FUNCTION_LINES_MAX} lines"),
        |source| {
            let lines: Vec<&str> = source.text.lines().collect();
            let starts = lines.iter().enumerate().filter(|(_, line)| is_function(line));
            let too_long = starts.filter_map(|(at, line)| {
                let end = closing_brace(line);
                let length = lines.get(at..)?.iter().position(|line| *line == end)? + 1;
                // A function on one line, or one without a body, has no brace of its own.
                let is_own = !line.ends_with(['}', ';']) && length > FUNCTION_LINES_MAX;
                is_own.then(|| format!("{}:{}: {length} lines", source.path, at + 1))
            });
            too_long.collect()
        },
    );
}

fn is_function(line: &str) -> bool {
    let words: Vec<&str> = line.trim_start().split(' ').collect();
    let is_qualifier = |word: &&&str| ["pub", "const", "async"].contains(*word) || word.starts_with("pub(");
    let qualifiers = words.iter().take_while(is_qualifier).count();
    words.get(qualifiers) == Some(&"fn")
}

/// rustfmt puts it under the first letter of the function.
fn closing_brace(line: &str) -> String {
    let indentation = line.len() - line.trim_start().len();
    format!("{}}}", " ".repeat(indentation))
}

#[test]
fn imports_come_one_a_line_from_the_root() {
    check("one import a line, from the crate root", |source| {
        if source.path == "tests/it/tidy.rs" {
            Vec::new()
        } else {
            lines_with(source, &["use crate::{", "super::super"])
        }
    });
}

#[test]
fn nothing_unfinished_and_no_shortcut_is_left() {
    let words = ["todo!", "dbg!", "unimplemented!", "TODO", "FIXME"];
    check("finish it, or open an issue", |source| {
        if source.path == "tests/it/tidy.rs" {
            Vec::new()
        } else {
            lines_with(source, &words)
        }
    });
    check("return an error, or say with `expect` why it cannot fail", |source| {
        if source.is_test {
            Vec::new()
        } else {
            lines_with(source, &["unwrap()"])
        }
    });
    check("only commands write to the terminal", |source| {
        let may_print = source.is_test || source.module() == "cli";
        if may_print {
            Vec::new()
        } else {
            lines_with(source, &["println!", "eprintln!", "print!", "eprint!"])
        }
    });
}

#[test]
fn tests_do_not_wait_and_are_never_switched_off() {
    let words = ["thread::sleep(", "time::sleep(", "#[ignore", "#[should_panic"];
    check("time is an argument or a paused clock, and every test runs", |source| {
        let is_here = source.path == "tests/it/tidy.rs";
        let lines = source.text.lines().zip(1..).filter(|_| source.is_test && !is_here);
        let wrong = lines.filter(|(line, _)| words.iter().any(|word| line.contains(word)));
        wrong
            .map(|(line, number)| format!("{}:{number}: {}", source.path, line.trim()))
            .collect()
    });
}

#[test]
fn no_module_is_a_drawer_for_everything() {
    check("name a module after what it owns", |source| {
        let name = source.path.rsplit('/').next().unwrap_or_default();
        let is_drawer = ["utils.rs", "util.rs", "common.rs", "types.rs", "helpers.rs"].contains(&name);
        is_drawer.then(|| source.path.clone()).into_iter().collect()
    });
}

#[test]
fn the_top_level_holds_what_was_agreed() {
    let agreed = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "config",
        "tests",
        "systemd",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "deny.toml",
    ];
    let listed = std::process::Command::new("git")
        .args(["ls-files"])
        .current_dir(root())
        .output();
    let Ok(listed) = listed.map(|output| String::from_utf8(output.stdout).unwrap()) else {
        return println!("skipped: no git to list the files of the project");
    };
    let top = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let foreign: Vec<String> = listed
        .lines()
        .map(top)
        .filter(|name| !name.starts_with('.') && !agreed.contains(&name.as_str()))
        .collect();
    assert_eq!(
        foreign, [""; 0],
        "files of tools belong into dot-files or out of the project"
    );
}
