//! `kabar man`: one page that says all that `--help` says, without a warning of the program that sets it.

use std::process::Command;

use super::completions::is_installed;
use super::completions::shown;
use super::kabar_in;
use super::stderr;
use super::stdout;

const SECTIONS: [&str; 11] = [
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "OPTIONS",
    "COMMANDS",
    "FILES",
    "ENVIRONMENT",
    "SIGNALS",
    "EXIT STATUS",
    "EXAMPLES",
    "SEE ALSO",
];

fn page() -> String {
    let directory = tempfile::tempdir().unwrap();
    let output = kabar_in(directory.path(), &["man"]);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn the_page_has_its_sections_in_the_usual_order() {
    let page = page();
    let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    assert_eq!(sections, SECTIONS);
}

#[test]
fn the_page_holds_every_command_and_option_that_help_shows() {
    let page = page();
    let subsections: Vec<&str> = page.split("\n.SS ").collect();
    let options = page
        .split("\n.SH OPTIONS\n")
        .nth(1)
        .unwrap()
        .split("\n.SH ")
        .next()
        .unwrap();
    for one in shown() {
        // What leads to other commands is told by those.
        if !one.commands.is_empty() {
            continue;
        }
        let name = format!("{}\n", one.path.replace('-', "\\-"));
        let own = subsections.iter().find(|text| text.starts_with(&name));
        let own = own.unwrap_or_else(|| panic!("no subsection {name}"));
        for option in &one.options {
            let spelling = format!("\\fB{}\\fR", option.replace('-', "\\-"));
            assert!(
                own.contains(&spelling) || options.contains(&spelling),
                "{} {option}",
                one.path
            );
        }
    }
}

#[test]
fn every_line_that_begins_with_a_dot_is_a_request_that_man_knows() {
    let known = [
        "TH", "SH", "SS", "PP", "TP", "IP", "B", "I", "BR", "BI", "IR", "RB", "br", "nf", "fi", "\\\"",
    ];
    for line in page().lines() {
        assert!(!line.starts_with('\''), "{line}");
        if let Some(request) = line.strip_prefix('.') {
            let request = request.split(' ').next().unwrap_or_default();
            assert!(known.contains(&request), "{line}");
        }
    }
}

#[test]
fn groff_sets_the_page_without_a_warning() {
    if !is_installed("groff") {
        return println!("skipped: no groff to set the page");
    }
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("kabar.1"), page()).unwrap();
    let output = Command::new("groff")
        .args(["-ww", "-man", "-Tascii", "-P-cbou", "-rLL=400n", "kabar.1"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let set = stdout(&output);
    for line in [
        "kabar - watches the news: polls your feeds, keeps each story once, mails what matches your keywords",
        "Seal what waits now instead of at the recipients' times.",
        "A tag, for `feeds = [\"tag:...\"]` in a watch; may be given several times.",
        "kabar init ~/.config/kabar/kabar.toml",
        "kabar watches add 'Ukraine war' 'Ukrain* AND (war OR perang) -olahraga'",
        "--batch reads {\"id\",\"query\",\"title\",\"text\",\"lang\"} and prints {\"id\",\"match\",\"spans\"} or {\"id\",\"error\"}, one object per line.",
    ] {
        assert!(set.lines().any(|found| found.trim() == line), "{line}\n{set}");
    }
}
