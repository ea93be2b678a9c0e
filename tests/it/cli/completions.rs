//! `kabar completions`: the shells themselves read the scripts, and offer what `--help` shows.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use super::kabar_in;
use super::stderr;
use super::stdout;

/// What `--help` of one command shows.
pub(super) struct Shown {
    /// "kabar feeds".
    pub(super) path: String,
    pub(super) commands: BTreeSet<String>,
    /// With their hyphens, short ones too.
    pub(super) options: BTreeSet<String>,
}

/// What `--help` shows of every command, asked from the outside; `help` repeats the others and is left out below the top.
pub(super) fn shown() -> Vec<Shown> {
    let directory = tempfile::tempdir().unwrap();
    let (mut all, mut waiting) = (Vec::new(), vec![Vec::<String>::new()]);
    while let Some(path) = waiting.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let output = kabar_in(directory.path(), &arguments);
        assert!(output.status.success(), "{path:?}: {}", stderr(&output));
        let (commands, options) = words_of(&stdout(&output));
        let below = commands.iter().filter(|word| *word != "help");
        waiting.extend(below.map(|word| [path.as_slice(), std::slice::from_ref(word)].concat()));
        let path = [&["kabar".to_owned()], path.as_slice()].concat().join(" ");
        all.push(Shown {
            path,
            commands,
            options,
        });
    }
    assert!(all.len() > 25, "only {} commands were read from --help", all.len());
    all
}

/// The first words below "Commands:", and what begins with hyphens below "Options:".
fn words_of(help: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut commands, mut options, mut heading) = (BTreeSet::new(), BTreeSet::new(), "");
    for line in help.lines().filter(|line| !line.trim().is_empty()) {
        let indentation = line.len() - line.trim_start().len();
        let mut words = line.split([' ', ',']).filter(|word| !word.is_empty());
        match (indentation, heading) {
            (0, _) => heading = line,
            (2, "Commands:") => commands.extend(words.next().map(str::to_owned)),
            (2 | 6, "Options:") => {
                let spellings = words.take_while(|word| word.starts_with('-'));
                options.extend(spellings.map(str::to_owned));
            }
            _ => {}
        }
    }
    (commands, options)
}

pub(super) fn is_installed(program: &str) -> bool {
    let probe = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    probe.is_ok_and(|output| output.status.success())
}

/// The script, in a file of the directory.
fn write_script(directory: &Path, shell: &str) -> String {
    let output = kabar_in(directory, &["completions", shell]);
    assert!(output.status.success(), "{}", stderr(&output));
    std::fs::write(directory.join("script"), &output.stdout).unwrap();
    stdout(&output)
}

/// What bash offers for each command line; its last word is the one before the cursor. `None` without bash.
fn bash(lines: &[&str]) -> Option<Vec<BTreeSet<String>>> {
    if !is_installed("bash") {
        println!("skipped: no bash to read its script");
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    write_script(directory.path(), "bash");
    std::fs::write(directory.path().join("my file.toml"), "").unwrap();
    let ask = r#"source ./script
for line in "$@"; do
    IFS=' ' read -r -a COMP_WORDS <<<"${line}x"
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMP_WORDS[COMP_CWORD]=${COMP_WORDS[COMP_CWORD]%x}
    _kabar
    for word in "${COMPREPLY[@]}"; do printf '%s\t' "$word"; done
    printf '\n'
done"#;
    let output = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", ask, "bash"])
        .args(lines)
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let text = stdout(&output);
    let offers: Vec<_> = text.lines().map(|line| set(line.split_terminator('\t'))).collect();
    assert_eq!(offers.len(), lines.len());
    Some(offers)
}

fn set<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// Asserts that bash offers exactly `expected` for each command line.
fn check_bash(cases: &[(&str, &[&str])]) {
    let lines: Vec<&str> = cases.iter().map(|(line, _)| *line).collect();
    let Some(offers) = bash(&lines) else { return };
    for ((line, expected), offers) in cases.iter().zip(offers) {
        assert_eq!(offers, set(expected.iter().copied()), "{line}<TAB>");
    }
}

#[test]
fn bash_completes_commands_and_their_commands() {
    check_bash(&[
        ("kabar fe", &["feeds"]),
        (
            "kabar feeds ",
            &["list", "add", "remove", "import", "export", "inspect", "help"],
        ),
        ("kabar --config feeds watches re", &["remove"]),
        ("kabar --config = feeds watches re", &["remove"]),
        ("kabar --log-format json digest s", &["send"]),
        ("kabar help fe", &["feeds"]),
        ("kabar nonsense", &[]),
    ]);
}

#[test]
fn bash_completes_options_of_the_command_at_hand_and_of_every_command() {
    let once = [
        "--all",
        "--digest-now",
        "--no-send",
        "--json",
        "--config",
        "--log-format",
        "--help",
    ];
    check_bash(&[
        ("kabar once --", &once),
        ("kabar once --all --d", &["--digest-now"]),
        ("kabar --v", &["--version"]),
        ("kabar feeds add https://news.example/ --n", &["--name"]),
        ("kabar stories -- --j", &[]),
    ]);
}

#[test]
fn bash_completes_values_that_are_known_and_files_where_a_file_is_meant() {
    check_bash(&[
        ("kabar --log-format ", &["auto", "text", "json"]),
        ("kabar status --log-format = t", &["text"]),
        ("kabar status --log-format =", &["auto", "text", "json"]),
        ("kabar completions ", &["bash", "zsh", "fish"]),
        ("kabar completions bash z", &[]),
        ("kabar --config ", &["my file.toml", "script"]),
        ("kabar feeds inspect my", &["my file.toml"]),
        ("kabar feeds import sc", &["script"]),
        ("kabar init -- my", &["my file.toml"]),
        ("kabar digest preview --html s", &["script"]),
        ("kabar digest preview s", &[]),
        ("kabar feeds add --name s", &[]),
    ]);
}

#[test]
fn bash_offers_all_that_help_shows_and_nothing_else() {
    let shown = shown();
    let lines: Vec<String> = shown
        .iter()
        .flat_map(|one| [format!("{} ", one.path), format!("{} -", one.path)])
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let Some(offers) = bash(&lines) else { return };
    for (one, offers) in shown.iter().zip(offers.chunks(2)) {
        if !one.commands.is_empty() {
            assert_eq!(offers[0], one.commands, "{} <TAB>", one.path);
        }
        assert_eq!(offers[1], one.options, "{} -<TAB>", one.path);
    }
}

#[test]
fn zsh_has_a_function_for_every_command_with_all_that_help_shows() {
    let directory = tempfile::tempdir().unwrap();
    let script = write_script(directory.path(), "zsh");
    assert!(script.starts_with("#compdef kabar\n"));
    for one in shown() {
        let name = format!("\n_{}() {{\n", one.path.replace(' ', "__"));
        let function = script
            .split(&name)
            .nth(1)
            .unwrap_or_else(|| panic!("no function{name}"));
        let function = function.split("\n}\n").next().unwrap();
        for option in &one.options {
            let (flag, value) = (format!("){option}["), format!("){option}=["));
            let repeated = format!("'*{option}=[");
            let is_there = [flag, value, repeated].iter().any(|spec| function.contains(spec));
            assert!(is_there, "{} {option}", one.path);
        }
        for command in &one.commands {
            assert!(
                function.contains(&format!("\n                '{command}:")),
                "{} {command}",
                one.path
            );
            assert!(
                function.contains(&format!("\n                '{command}') _kabar__")),
                "{} {command}",
                one.path
            );
        }
    }
    if !is_installed("zsh") {
        return println!("skipped: no zsh to read its script");
    }
    let read = Command::new("zsh")
        .args(["-f", "-n", "./script"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(read.status.success(), "{}", stderr(&read));
    assert_eq!(stderr(&read), "");
}

#[test]
fn fish_has_a_line_for_everything_that_help_shows() {
    let directory = tempfile::tempdir().unwrap();
    let script = write_script(directory.path(), "fish");
    for one in shown() {
        let condition = format!(r"complete -c kabar -n '__kabar_at \'{}\'", one.path);
        let lines: Vec<&str> = script
            .lines()
            .filter_map(|line| line.strip_prefix(condition.as_str()))
            .collect();
        let is_offered = |what: &str| lines.iter().any(|line| line.contains(what));
        for option in &one.options {
            let spelling = match option.strip_prefix("--") {
                Some(long) => format!(" -l '{long}' "),
                None => format!(" -s {} ", option.trim_start_matches('-')),
            };
            assert!(is_offered(&spelling), "{} {option}", one.path);
        }
        for command in &one.commands {
            assert!(
                is_offered(&format!(r" 0' -a '\'{command}\'' -d '")),
                "{} {command}",
                one.path
            );
        }
    }
}

#[test]
fn fish_itself_completes_commands_options_values_and_files() {
    if !is_installed("fish") {
        return println!("skipped: no fish to read its script");
    }
    let directory = tempfile::tempdir().unwrap();
    write_script(directory.path(), "fish");
    std::fs::write(directory.path().join("my file.toml"), "").unwrap();
    let cases: [(&str, &[&str]); 9] = [
        ("kabar fe", &["feeds\tLook at the feeds"]),
        (
            "kabar --config feeds watches rem",
            &["remove\tRemove a watch from the configuration file; a running kabar forgets it at once"],
        ),
        (
            "kabar once --di",
            &["--digest-now\tSeal what waits now instead of at the recipients' times"],
        ),
        ("kabar --log-format te", &["text\tOne readable line per event"]),
        ("kabar completions z", &["zsh\tThe Z shell"]),
        ("kabar completions bash z", &[]),
        ("kabar init my", &["my file.toml"]),
        ("kabar --config my", &["my file.toml"]),
        ("kabar canon my", &[]),
    ];
    for (line, expected) in cases {
        let ask = "source ./script; complete -C $argv[1]";
        let output = Command::new("fish")
            .args(["--no-config", "-c", ask, line])
            .current_dir(directory.path())
            .env("HOME", directory.path())
            .output()
            .unwrap();
        assert_eq!(stderr(&output), "", "{line}");
        assert_eq!(
            set(stdout(&output).lines()),
            set(expected.iter().copied()),
            "{line}<TAB>"
        );
    }
}
