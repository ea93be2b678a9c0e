//! The mail's own words, and a user's templates.

use std::fs;
use std::path::Path;

use kabar::config;
use kabar::config::Config;
use kabar::config::Environment;

use crate::world::World;
use crate::world::entry;

const ENGLISH: &str = include_str!("../../../src/digest/words/en.toml");
const FEED: &str = "feeds = [\"https://lrt.example/rss\"]\nwatches = [\"port\"]";

fn write(folder: &Path, name: &str, content: &str) {
    fs::create_dir_all(folder.join("letters")).unwrap();
    fs::write(folder.join("letters").join(name), content).unwrap();
}

/// A world with a file in its folder of templates, and its one mail.
fn mail_with(language: &str, name: &str, content: &str) -> (String, String) {
    let mut world = World::new(&format!("language = \"{language}\"\n{FEED}"));
    write(world.path(), name, content);
    world.mail_settings("templates = \"letters\"");
    world.feed(
        "https://lrt.example/rss",
        [entry("https://news.example/fire-2026", "Fire in port").published("2026-03-18T05:30:00Z")],
    );
    world.run_until("2026-03-18T17:59:00Z");
    let preview = world.preview();
    (preview.subject, preview.text)
}

#[test]
fn a_third_language_is_a_file_and_no_code() {
    let javanese = ENGLISH.replace("\"Wed\"", "\"Reb\"").replace(
        "You get this mail because kabar watches the news for you.",
        "Layang iki saka kabar.",
    );
    let (subject, text) = mail_with("jv", "jv.toml", &javanese);
    assert_eq!(subject, "port: Fire in port (Reb 18 Mar)");
    assert!(text.contains("Layang iki saka kabar."), "{text}");
}

#[test]
fn a_users_template_stands_over_ours_and_the_others_stay() {
    let (subject, text) = mail_with("en", "subject.txt", "[news] {{ subject }}");
    assert_eq!(subject, "[news] port: Fire in port (Wed 18 Mar)");
    assert!(text.contains("* Fire in port\n"), "{text}");
    let (_, text) = mail_with(
        "en",
        "digest.txt",
        "{% for section in sections %}{% for story in section.stories %}{{ story.title_text }} <{{ story.link }}>\n{% endfor %}{% endfor %}",
    );
    assert_eq!(text.trim(), "Fire in port <https://news.example/fire-2026>");
}

#[test]
fn a_subject_from_a_template_is_still_one_short_line() {
    let (subject, _) = mail_with(
        "en",
        "subject.txt",
        "a\nBcc: x@example.org\n{{ subject * 1 if false else \"y\" }}{{ \"long \" ~ subject }}",
    );
    assert!(!subject.contains('\n') && subject.chars().count() <= 121, "{subject}");
}

fn loaded(folder: &Path) -> Result<Config, config::ConfigErrors> {
    let file = folder.join("kabar.toml");
    fs::write(
        &file,
        format!("state = \"state\"\n{FEED}\n[mail]\nto = \"me@example.org\"\ntemplates = \"letters\"\n"),
    )
    .unwrap();
    config::load(&file, &Environment::default())
}

#[test]
fn a_wrong_template_is_refused_at_check_with_its_line() {
    for (name, content, line, said) in [
        ("digest.html", "<p>\n{% for story in %}\n", Some(2), "syntax error"),
        ("digest.html", "<p>\n\n{{ no_such_thing }}", Some(3), "undefined"),
        (
            "digest.txt",
            "{% if more %}\n{{ sections[7].watch }}{% endif %}",
            Some(2),
            "undefined",
        ),
        ("subject.txt", "{{ subject | no_such_filter }}", Some(1), "filter"),
        ("jv.toml", "direction = \"ltr\"\nnew_one = 1\n", Some(2), "string"),
        ("jv.toml", "direction = \"up\"\n", Some(1), "up"),
        ("digst.html", "<p>", None, "no template has this name"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), name, content);
        let errors = loaded(folder.path()).unwrap_err().to_string();
        let place = line.map_or(format!("letters/{name}: "), |line| format!("letters/{name}:{line}: "));
        assert!(errors.contains(&place) && errors.contains(said), "{place}: {errors}");
        assert!(
            errors.starts_with(&folder.path().join("kabar.toml:6:13: ").display().to_string()),
            "{errors}"
        );
    }
}

#[test]
fn a_folder_of_templates_that_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let errors = loaded(folder.path()).unwrap_err().to_string();
    assert!(errors.contains("templates \"letters\": cannot be read"), "{errors}");
}
