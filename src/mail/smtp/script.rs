//! A mail server on this machine that does at one stage what it is told, for the tests.
#![allow(clippy::unwrap_used)]

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

use super::Server;

/// What the server does at its stage instead of the usual reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// Another reply.
    Says(&'static str),
    /// The usual reply, a letter at a time.
    Slow,
    /// The connection ends.
    Cut,
    /// Nothing, until the client goes away.
    Silence,
    /// 10 MB in lines that never end the reply.
    ManyLines,
    /// 10 MB in one line.
    LongLine,
}

/// A fault and its stage: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, END (of the message), QUIT.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script {
    pub(super) stage: &'static str,
    pub(super) fault: Fault,
    /// What EHLO offers beside the name.
    pub(super) offers: &'static str,
}

const REPLY_BYTES: usize = 10 * 1024 * 1024;

/// A certificate of `testdata` by name, and the key of all of them.
fn tls(certificate: &str) -> Arc<rustls::ServerConfig> {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail/testdata");
    let certificates = CertificateDer::pem_file_iter(data.join(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(data.join("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates.map(Result::unwrap).collect(), key)
        .unwrap();
    Arc::new(config)
}

/// How the server protects its connections.
#[derive(Clone, Copy, Debug)]
pub(super) enum Protection {
    Clear,
    /// From the first byte, with this certificate.
    Implicit(&'static str),
    /// After STARTTLS, with this certificate.
    StartTls(&'static str),
}

/// Serves one connection and answers what it heard.
pub(super) fn start(script: Script, protection: Protection) -> (Server, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = Vec::new();
        let encrypted = |certificate| rustls::ServerConnection::new(tls(certificate)).unwrap();
        match protection {
            Protection::Clear => converse(&mut stream, script, "CONNECT", &mut heard),
            Protection::Implicit(certificate) => {
                let mut stream = rustls::StreamOwned::new(encrypted(certificate), stream);
                converse(&mut stream, script, "CONNECT", &mut heard);
            }
            Protection::StartTls(certificate) => {
                converse(&mut stream, script, "CONNECT", &mut heard);
                if script.stage != "STARTTLS" && heard.last().is_some_and(|command| command == "STARTTLS") {
                    let mut stream = rustls::StreamOwned::new(encrypted(certificate), stream);
                    converse(&mut stream, script, "", &mut heard);
                }
            }
        }
        heard
    });
    let host = "127.0.0.1".to_owned();
    (Server::Network { host, port }, serving)
}

/// Talks until the client or the script ends it; after STARTTLS the caller goes on.
pub(super) fn converse(stream: &mut (impl Read + Write), script: Script, begin: &str, heard: &mut Vec<String>) {
    let mut stream = BufReader::with_capacity(1, stream);
    let mut stage = begin.to_owned();
    loop {
        if !stage.is_empty() && reply(stream.get_mut(), script, &stage).is_none() {
            return;
        }
        let in_data = stage == "DATA" && !matches!((script.stage, script.fault), ("DATA", Fault::Says(_)));
        match hear(&mut stream, in_data) {
            None => return,
            Some(command) => {
                stage = command
                    .split([' ', ':'])
                    .next()
                    .unwrap_or_default()
                    .to_ascii_uppercase();
                heard.push(command);
            }
        }
        if stage == "STARTTLS" && script.stage != "STARTTLS" {
            reply(stream.get_mut(), script, &stage);
            return;
        }
    }
}

/// The next command; inside of the data its end.
fn hear(stream: &mut impl BufRead, in_data: bool) -> Option<String> {
    loop {
        let mut line = Vec::new();
        match stream.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return None,
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if !in_data {
            return Some(line);
        }
        if line == "." {
            return Some("END".to_owned());
        }
    }
}

/// Says what is said at this stage; none where the connection is over.
fn reply(stream: &mut (impl Read + Write), script: Script, stage: &str) -> Option<()> {
    let usual = match stage {
        "CONNECT" => "220 test ESMTP".to_owned(),
        "EHLO" if !script.offers.is_empty() => format!("250-test\r\n250 {}", script.offers),
        "DATA" => "354 go ahead".to_owned(),
        "AUTH" => "235 welcome".to_owned(),
        "STARTTLS" => "220 go ahead".to_owned(),
        "QUIT" => "221 bye".to_owned(),
        _any => "250 ok".to_owned(),
    };
    let fault = if stage == script.stage {
        script.fault
    } else {
        Fault::None
    };
    let send = |stream: &mut dyn Write, text: &[u8]| stream.write_all(text).and_then(|()| stream.flush()).ok();
    match fault {
        Fault::None => send(stream, format!("{usual}\r\n").as_bytes()),
        Fault::Says(text) => send(stream, format!("{text}\r\n").as_bytes()),
        Fault::Slow => {
            let (_never, tick) = mpsc::channel::<()>();
            for letter in format!("{usual}\r\n").as_bytes() {
                // A pause between two letters, not a wait for something to have happened.
                let _ = tick.recv_timeout(std::time::Duration::from_millis(2));
                send(stream, &[*letter])?;
            }
            Some(())
        }
        Fault::Cut => None,
        Fault::Silence => {
            let _ = std::io::copy(stream, &mut std::io::sink());
            None
        }
        Fault::ManyLines => {
            let line = format!("250-{}\r\n", "x".repeat(500));
            for _ in 0..REPLY_BYTES / line.len() {
                send(stream, line.as_bytes())?;
            }
            None
        }
        Fault::LongLine => {
            let piece = [b'2'; 4096];
            for _ in 0..REPLY_BYTES / piece.len() {
                send(stream, &piece)?;
            }
            None
        }
    }
}
