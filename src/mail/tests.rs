//! Sending, against a scripted mail server on this machine.
#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use super::*;
use crate::digest::DeliveryState;
use crate::digest::Envelope;
use crate::digest::Kind;

/// What the server says at one stage instead of its usual reply; nothing closes the connection.
#[derive(Clone, Copy)]
struct Script {
    stage: &'static str,
    reply: &'static str,
}

async fn serve(stream: TcpStream, script: Script) -> Vec<String> {
    let mut stream = BufReader::new(stream);
    let mut heard = Vec::new();
    let mut next = Some("CONNECT".to_owned());
    while let Some(command) = next.take() {
        let verb = command.split_whitespace().next().unwrap_or_default().to_owned();
        let usual = match verb.as_str() {
            "DATA" => "354 go ahead",
            "QUIT" => "221 bye",
            _any => "250 ok",
        };
        let reply = if verb == "CONNECT" { "220 test" } else { usual };
        let reply = if verb == script.stage { script.reply } else { reply };
        heard.push(command);
        if reply.is_empty() {
            return heard;
        }
        if stream.write_all(format!("{reply}\r\n").as_bytes()).await.is_err() {
            return heard;
        }
        let is_data = reply.starts_with("354");
        let mut line = String::new();
        loop {
            line.clear();
            match stream.read_line(&mut line).await {
                Ok(0) | Err(_) => return heard,
                Ok(_) if is_data && line != ".\r\n" => {}
                Ok(_) => break,
            }
        }
        next = Some(if is_data {
            "END".to_owned()
        } else {
            line.trim_end().to_owned()
        });
    }
    heard
}

fn delivery() -> Delivery {
    Delivery {
        id: "20261125T0700-3f9a".to_owned(),
        recipient: "ana".to_owned(),
        kind: Kind::Digest,
        envelope: Envelope {
            from: "kabar@example.org".to_owned(),
            to: "ana@example.org".to_owned(),
        },
        subject: "3 new".to_owned(),
        slot: Timestamp::UNIX_EPOCH,
        sealed: Timestamp::UNIX_EPOCH,
        entries: Vec::new(),
        state: DeliveryState::Attempting {
            attempts: 1,
            since: Timestamp::UNIX_EPOCH,
        },
    }
}

fn smtp(host: &str, port: u16, tls: Tls) -> MailSettings {
    let smtp = SmtpSettings {
        host: host.to_owned(),
        port,
        tls,
        user: None,
        password: None,
    };
    MailSettings {
        from: "kabar <kabar@example.org>".to_owned(),
        transport: Transport::Smtp(smtp),
    }
}

async fn attempt(stage: &'static str, reply: &'static str, tls: Tls) -> (SendOutcome, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream, Script { stage, reply }).await
    };
    let mailer = Mailer::new(&smtp("127.0.0.1", port, tls)).unwrap();
    let delivery = delivery();
    tokio::join!(mailer.send(&delivery, b"Subject: x\r\n\r\nhello\r\n.\r\n"), server)
}

fn kind(outcome: &SendOutcome) -> &'static str {
    match outcome {
        SendOutcome::Sent(_) => "sent",
        SendOutcome::Deferred(_) => "deferred",
        SendOutcome::Uncertain(_) => "uncertain",
        SendOutcome::Refused(_) => "refused",
        SendOutcome::Misconfigured(_) => "misconfigured",
    }
}

#[tokio::test]
async fn each_stage_has_its_outcome() {
    for (stage, reply, expected) in [
        ("none", "", "sent"),
        ("CONNECT", "421 busy", "deferred"),
        ("CONNECT", "554 no", "misconfigured"),
        ("CONNECT", "", "deferred"),
        ("CONNECT", "garbage", "deferred"),
        ("EHLO", "550 no", "misconfigured"),
        ("MAIL", "451 later", "deferred"),
        ("MAIL", "553 not yours", "misconfigured"),
        ("MAIL", "", "deferred"),
        ("RCPT", "450 greylisted", "deferred"),
        ("RCPT", "550 no such user", "refused"),
        ("RCPT", "", "deferred"),
        ("RCPT", "garbage", "deferred"),
        ("DATA", "451 later", "deferred"),
        ("DATA", "554 no", "refused"),
        ("DATA", "", "deferred"),
        ("END", "451 later", "deferred"),
        ("END", "554 spam", "refused"),
        ("END", "", "uncertain"),
        ("END", "garbage", "uncertain"),
        ("QUIT", "", "sent"),
    ] {
        let (outcome, _heard) = attempt(stage, reply, Tls::None).await;
        assert_eq!(kind(&outcome), expected, "{stage} {reply}: {outcome:?}");
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let (outcome, heard) = attempt("none", "", Tls::StartTls).await;
    assert_eq!(kind(&outcome), "misconfigured");
    assert!(!heard.iter().any(|command| command.starts_with("MAIL")), "{heard:?}");
}

#[test]
fn clear_text_leaves_this_machine_never() {
    assert!(matches!(
        Mailer::new(&smtp("smtp.example.org", 25, Tls::None)),
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
    let outcome = mailer.send(&delivery(), b"hello").await;
    assert_eq!(kind(&outcome), "sent");
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
        assert_eq!(kind(&mailer.send(&delivery(), b"hello").await), expected, "{program}");
    }
}
