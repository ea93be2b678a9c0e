//! The ways out that are no server.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::digest::sealed;

fn smtp(host: &str, tls: Tls) -> MailSettings {
    let host = host.to_owned();
    let smtp = SmtpSettings {
        server: Server::Network { host, port: 25 },
        tls,
        login: None,
        ca_file: None,
    };
    MailSettings {
        from: "kabar <kabar@example.org>".to_owned(),
        transport: Transport::Smtp(smtp),
    }
}

#[test]
fn clear_text_leaves_this_machine_never() {
    assert!(matches!(
        Mailer::new(&smtp("smtp.example.org", Tls::None)),
        Err(MailError::ClearText { .. })
    ));
    assert_eq!(format!("{:?}", Secret::new("x".to_owned())), "Secret(hidden)");
}

#[tokio::test]
async fn a_directory_holds_whole_private_files() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("mail");
    let transport = Transport::Directory { path: path.clone() };
    let mailer = Mailer::new(&MailSettings {
        from: "kabar@example.org".to_owned(),
        transport,
    })
    .unwrap();
    let outcome = mailer.send(&sealed("2026-11-25T07:00:00Z"), b"hello").await;
    assert_eq!(outcome.name(), "sent");
    assert_eq!(std::fs::read(path.join("20261125T0700-3f9a.eml")).unwrap(), b"hello");
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1);
}

#[tokio::test]
async fn a_sendmail_program_answers_by_its_exit_code() {
    for (program, expected) in [
        ("/bin/true", "sent"),
        ("/bin/false", "misconfigured"),
        ("/nonexistent", "misconfigured"),
    ] {
        let transport = Transport::Sendmail {
            program: program.into(),
        };
        let mailer = Mailer::new(&MailSettings {
            from: "kabar@example.org".to_owned(),
            transport,
        })
        .unwrap();
        assert_eq!(
            SendOutcome::name(&mailer.send(&sealed("2026-11-25T07:00:00Z"), b"hello").await),
            expected,
            "{program}"
        );
    }
}
