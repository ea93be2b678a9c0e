//! Every stage of a conversation with every kind of fault, and certificates of every kind.
#![allow(clippy::unwrap_used)]

use std::os::unix::net::UnixListener;

use super::script::Fault;
use super::script::Protection;
use super::script::Script;
use super::*;
use crate::mail::Secret;

/// Longer than anything here takes on a busy machine; a test that is right never waits for it.
const PATIENCE: Duration = Duration::from_secs(60);
/// For servers that never answer.
const SHORT: Duration = Duration::from_millis(150);
const MESSAGE: &[u8] = b"Subject: x\r\n\r\nhello\r\n.\r\n";
const QUIET: Script = Script {
    stage: "",
    fault: Fault::None,
    offers: "AUTH PLAIN LOGIN XOAUTH2",
};

fn envelope() -> Envelope {
    Envelope {
        from: "kabar@example.org".to_owned(),
        to: "ana@example.org".to_owned(),
    }
}

fn settings(server: Server, tls: Tls) -> SmtpSettings {
    SmtpSettings {
        server,
        tls,
        login: None,
        ca_file: None,
    }
}

fn password() -> Option<Login> {
    Some(Login {
        user: "ana".to_owned(),
        proof: Proof::Password(Secret::new("open sesame".to_owned())),
    })
}

fn testdata(name: &str) -> Option<PathBuf> {
    Some(
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("src/mail/testdata")
            .join(name),
    )
}

/// One message to a server that follows the script.
async fn send(
    script: Script,
    protection: Protection,
    change: impl FnOnce(&mut SmtpSettings),
) -> (SendOutcome, Vec<String>) {
    let (server, serving) = script::start(script, protection);
    let tls = match protection {
        Protection::Clear => Tls::None,
        Protection::Implicit(_) => Tls::Implicit,
        Protection::StartTls(_) => Tls::StartTls,
    };
    let mut settings = settings(server, tls);
    settings.ca_file = testdata("ca.pem").filter(|_| tls != Tls::None);
    change(&mut settings);
    let mut smtp = Smtp::new(&settings).unwrap();
    smtp.deadlines = match (script.fault, script.stage) {
        (Fault::Silence, "END" | "QUIT") => Deadlines {
            prepare: PATIENCE,
            message: SHORT,
        },
        (Fault::Silence, _) => Deadlines {
            prepare: SHORT,
            message: PATIENCE,
        },
        _answers => Deadlines {
            prepare: PATIENCE,
            message: PATIENCE,
        },
    };
    let outcome = smtp.send(&envelope(), MESSAGE).await;
    (outcome, serving.join().unwrap())
}

/// The outcome of a fault at a stage, as PRODUCT section 8 and RFC 5321 have it.
fn expected(stage: &str, fault: Fault) -> &'static str {
    match (fault, stage) {
        (_, "QUIT") | (Fault::None | Fault::Slow, _) => "sent",
        (Fault::Says(code), "RCPT" | "DATA" | "END") if code.starts_with('5') => "refused",
        (Fault::Says(code), _) if code.starts_with('5') => "misconfigured",
        (Fault::Says(code), _) if code.starts_with('4') => "deferred",
        (_, "END") => "uncertain",
        (_, _) => "deferred",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stage_with_every_fault_has_its_outcome() {
    let faults = [
        Fault::None,
        Fault::Says("451 4.3.0 later"),
        Fault::Says("421 4.7.0 busy"),
        Fault::Says("550 5.7.1 no"),
        Fault::Says("554-5.7.1 no\r\n554 5.7.1 and no again"),
        Fault::Says("what do you want?"),
        Fault::Says("\u{0}\u{1}\u{2}"),
        Fault::Says(""),
        Fault::Slow,
        Fault::Cut,
        Fault::Silence,
        Fault::ManyLines,
        Fault::LongLine,
    ];
    let mut cases = 0;
    for stage in ["CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "END", "QUIT"] {
        for fault in faults {
            let script = Script { stage, fault, ..QUIET };
            let (outcome, heard) = send(script, Protection::Clear, |settings| settings.login = password()).await;
            assert_eq!(outcome.name(), expected(stage, fault), "{stage} {fault:?}: {outcome:?}");
            if let (Fault::Says("550 5.7.1 no"), true) = (fault, outcome.name() != "sent") {
                assert!(outcome.response().ends_with(": 550 5.7.1 no"), "{outcome:?}");
            }
            if outcome.name() == "deferred" && stage != "END" {
                assert!(
                    !heard.iter().any(|command| command == "END"),
                    "{stage} {fault:?}: the message was sent"
                );
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 8 * 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn starttls_itself_may_fail_in_every_way() {
    for (fault, outcome) in [
        (Fault::Says("454 4.7.0 later"), "deferred"),
        (Fault::Says("502 5.5.1 no"), "misconfigured"),
        (Fault::Cut, "deferred"),
        (Fault::Silence, "deferred"),
        (Fault::LongLine, "deferred"),
    ] {
        let script = Script {
            stage: "STARTTLS",
            fault,
            offers: "STARTTLS",
        };
        let (found, heard) = send(script, Protection::StartTls("good.pem"), |_| ()).await;
        assert_eq!(found.name(), outcome, "{fault:?}: {found:?}");
        assert!(!heard.iter().any(|command| command.starts_with("MAIL")), "{heard:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_without_end_is_cut_by_its_size_inside_of_tls_too() {
    for protection in [Protection::Implicit("good.pem"), Protection::StartTls("good.pem")] {
        for fault in [Fault::ManyLines, Fault::LongLine] {
            for (stage, outcome) in [("EHLO", "deferred"), ("MAIL", "deferred"), ("END", "uncertain")] {
                let script = Script {
                    stage,
                    fault,
                    offers: "STARTTLS",
                };
                let (found, _) = send(script, protection, |_| ()).await;
                assert_eq!(found.name(), outcome, "{protection:?} {stage} {fault:?}: {found:?}");
                // A line of 10 MB ends at our bound; lines are counted by lettre as well.
                let is_bounded = found.response().contains("said more than") || fault == Fault::ManyLines;
                assert!(is_bounded, "{protection:?} {stage}: {found:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_behind_starttls_is_not_read_as_if_it_came_through_tls() {
    let fault = Fault::Says("220 go ahead\r\n250-test\r\n250 AUTH PLAIN");
    let script = Script {
        stage: "STARTTLS",
        fault,
        offers: "STARTTLS",
    };
    let (found, heard) = send(script, Protection::StartTls("good.pem"), |_| ()).await;
    assert_eq!(found.name(), "misconfigured", "{found:?}");
    assert!(
        !heard
            .iter()
            .any(|command| command.starts_with("AUTH") || command.starts_with("MAIL")),
        "{heard:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_checked_and_nothing_is_said_to_a_server_with_a_bad_one() {
    let offers = Script {
        offers: "STARTTLS",
        ..QUIET
    };
    for (certificate, authority, outcome, said) in [
        ("good.pem", "ca.pem", "sent", "250 ok"),
        ("expired.pem", "ca.pem", "misconfigured", "has expired; renew it"),
        (
            "othername.pem",
            "ca.pem",
            "misconfigured",
            "is for mail.example.net, not for 127.0.0.1; write",
        ),
        ("good.pem", "", "misconfigured", "does not know; write `ca_file`"),
    ] {
        for protection in [Protection::Implicit(certificate), Protection::StartTls(certificate)] {
            let trust = |settings: &mut SmtpSettings| {
                settings.ca_file = testdata(authority).filter(|_| !authority.is_empty());
            };
            let (found, heard) = send(offers, protection, trust).await;
            assert_eq!(found.name(), outcome, "{protection:?}: {found:?}");
            assert!(found.response().contains(said), "{found:?}");
            let is_mailed = heard.iter().any(|command| command.starts_with("MAIL"));
            assert_eq!(is_mailed, outcome == "sent", "{protection:?}: {heard:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_never_crosses_the_network_before_tls() {
    for protection in [Protection::Implicit("good.pem"), Protection::StartTls("good.pem")] {
        let script = Script {
            offers: "AUTH PLAIN",
            ..QUIET
        };
        let (found, heard) = send(script, protection, |settings| settings.login = password()).await;
        match protection {
            Protection::Implicit(_) => assert_eq!(found.name(), "sent", "{found:?}"),
            Protection::StartTls(_) | Protection::Clear => {
                assert_eq!(found.name(), "misconfigured", "no STARTTLS is offered: {found:?}");
                assert!(!heard.iter().any(|command| command.starts_with("AUTH")), "{heard:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_log_in_uses_the_best_mechanism_that_both_know() {
    let token = |command: &str| {
        Some(Login {
            user: "ana".to_owned(),
            proof: Proof::TokenCommand(command.to_owned()),
        })
    };
    for (offers, login, outcome, command) in [
        ("AUTH LOGIN PLAIN", password(), "sent", "AUTH PLAIN "),
        ("AUTH CRAM-MD5", password(), "misconfigured", "EHLO "),
        // "user=ana^Aauth=Bearer t0ken^A^A", as Google's page on XOAUTH2 has it.
        (
            "AUTH PLAIN XOAUTH2",
            token("echo t0ken"),
            "sent",
            "AUTH XOAUTH2 dXNlcj1hbmEBYXV0aD1CZWFyZXIgdDBrZW4BAQ==",
        ),
        ("AUTH PLAIN", token("echo t0ken"), "misconfigured", "EHLO "),
        ("AUTH XOAUTH2", token("exit 3"), "misconfigured", "EHLO "),
        ("AUTH XOAUTH2", token("true"), "misconfigured", "EHLO "),
    ] {
        let script = Script { offers, ..QUIET };
        let (found, heard) = send(script, Protection::Clear, |settings| settings.login = login).await;
        assert_eq!(found.name(), outcome, "{offers}: {found:?}");
        let said = heard.iter().any(|line| line.starts_with(command));
        assert!(said, "{offers}: {heard:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_a_fault_of_the_configuration() {
    let script = Script {
        stage: "AUTH",
        fault: Fault::Says("334 eyJzdGF0dXMiOiI0MDEifQ=="),
        offers: "AUTH XOAUTH2",
    };
    let login = Login {
        user: "ana".to_owned(),
        proof: Proof::TokenCommand("echo old".to_owned()),
    };
    let (found, _) = send(script, Protection::Clear, |settings| settings.login = Some(login)).await;
    assert_eq!(found.name(), "misconfigured", "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_of_this_machine_takes_mail() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mail.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let serving = std::thread::spawn(move || {
        let mut heard = Vec::new();
        script::converse(&mut listener.accept().unwrap().0, QUIET, "CONNECT", &mut heard);
        heard
    });
    let smtp = Smtp::new(&settings(Server::Socket(path), Tls::None)).unwrap();
    assert_eq!(SendOutcome::name(&smtp.send(&envelope(), MESSAGE).await), "sent");
    assert!(serving.join().unwrap().contains(&"END".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn verifying_logs_in_and_sends_nothing() {
    let (server, serving) = script::start(QUIET, Protection::Clear);
    let mut settings = settings(server, Tls::None);
    settings.login = password();
    let found = Smtp::new(&settings).unwrap().verify().await;
    assert!(
        matches!(&found, SendOutcome::Sent(how) if how.contains("logged in as ana")),
        "{found:?}"
    );
    let heard = serving.join().unwrap();
    assert!(!heard.iter().any(|command| command.starts_with("MAIL")), "{heard:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_asked_again_later() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let host = "127.0.0.1".to_owned();
    let smtp = Smtp::new(&settings(Server::Network { host, port }, Tls::None)).unwrap();
    assert_eq!(SendOutcome::name(&smtp.send(&envelope(), MESSAGE).await), "deferred");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_outside_of_ascii_goes_to_servers_that_take_it() {
    for (offers, to, outcome, said) in [
        ("8BITMIME", "jöran@example.org", "refused", "EHLO"),
        (
            "SMTPUTF8",
            "jöran@example.org",
            "sent",
            "MAIL FROM:<kabar@example.org> SMTPUTF8",
        ),
        (
            "8BITMIME",
            "ana@bücher.example",
            "sent",
            "RCPT TO:<ana@xn--bcher-kva.example>",
        ),
    ] {
        let (server, serving) = script::start(Script { offers, ..QUIET }, Protection::Clear);
        let smtp = Smtp::new(&settings(server, Tls::None)).unwrap();
        let to = Envelope {
            to: to.to_owned(),
            ..envelope()
        };
        let found = smtp.send(&to, MESSAGE).await;
        assert_eq!(found.name(), outcome, "{found:?}");
        let heard = serving.join().unwrap();
        assert!(heard.iter().any(|command| command.starts_with(said)), "{heard:?}");
    }
}
