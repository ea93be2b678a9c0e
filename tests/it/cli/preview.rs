//! `kabar digest preview`: the next mail, before it is sealed.

use crate::cli::Home;
use crate::cli::stderr;
use crate::cli::stdout;

#[test]
fn a_preview_is_the_next_digest_as_text_or_as_html() {
    let home = Home::with_feed();
    assert_eq!(
        stdout(&home.kabar(&["digest", "preview"])),
        "Nothing waits for the next digest\n"
    );
    home.kabar(&["once", "--all", "--no-send"]);

    let text = stdout(&home.kabar(&["digest", "preview"]));
    for shown in [
        "To: me@example.org\n",
        "Due: ",
        "Subject: Putin: Putin menelepon (",
        "* Putin menelepon\n",
        "https://pagi.example/",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    let html = stdout(&home.kabar(&["digest", "preview", "me", "--html", "-"]));
    assert!(
        html.starts_with("<!DOCTYPE html>") && html.trim_end().ends_with("</html>"),
        "{html}"
    );
    home.kabar(&["digest", "preview", "--html", "digest.html"]);
    let written = std::fs::read_to_string(home.path().join("digest.html")).unwrap();
    assert!(written.contains("Putin</b> menelepon</a>"), "{written}");

    let unknown = home.kabar(&["digest", "preview", "nobody"]);
    assert_eq!(unknown.status.code(), Some(64));
    assert!(
        stderr(&unknown).contains("the configuration has me"),
        "{}",
        stderr(&unknown)
    );
}
