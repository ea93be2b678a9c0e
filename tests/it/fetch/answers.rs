//! What a status and its headers mean.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use kabar::feed::FailureCause;
use kabar::feed::FetchOutcome;
use kabar::feed::Validators;
use url::Url;

use crate::fetch::body;
use crate::fetch::failure;
use crate::fetch::feed;
use crate::fetch::fetch_as;
use crate::fetch::get;
use crate::fetch::settings;
use crate::fetch::validators;
use crate::web_server::Answer;
use crate::web_server::WebServer;

#[tokio::test]
async fn a_body_without_a_validator_has_none() {
    let server = WebServer::start();
    server.answer("/feed", Answer::new(200).header("ETag", "\"2\"").body("feed"));

    let body = body(fetch_as(&settings(), &feed(server.url("/feed")), &validators("\"1\"", "old")).await);

    assert_eq!(
        body.validators,
        Validators {
            etag: Some("\"2\"".to_owned()),
            last_modified: None,
            from: None,
        }
    );
}

#[tokio::test]
async fn a_304_brings_its_new_validators_and_freshness() {
    let server = WebServer::start();
    server.answer(
        "/feed",
        Answer::new(304)
            .header("ETag", "\"2\"")
            .header("Cache-Control", "max-age=7200")
            .header("Age", "1800"),
    );

    let outcome = fetch_as(&settings(), &feed(server.url("/feed")), &validators("\"1\"", "old")).await;

    let FetchOutcome::NotModified {
        validators, freshness, ..
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        validators,
        Validators {
            etag: Some("\"2\"".to_owned()),
            last_modified: None,
            from: None,
        }
    );
    assert_eq!(freshness.fresh_for, Some(Duration::from_secs(5400)));
}

#[tokio::test]
async fn a_304_to_an_unconditional_request_is_a_failure() {
    let server = WebServer::start();
    server.answer("/feed", Answer::new(304));

    assert_eq!(failure(get(server.url("/feed")).await).cause, FailureCause::Status(304));
}

#[tokio::test]
async fn answers_203_and_206_are_bodies_and_other_success_is_not() {
    let server = WebServer::start();
    for status in [203, 206] {
        server.answer("/feed", Answer::new(status).body("feed"));
        assert_eq!(body(get(server.url("/feed")).await).bytes, b"feed");
    }
    for status in [202, 204, 226] {
        server.answer("/feed", Answer::new(status));
        assert_eq!(
            failure(get(server.url("/feed")).await).cause,
            FailureCause::Status(status)
        );
    }
}

#[tokio::test]
async fn a_pause_is_obeyed_on_every_refusal() {
    let server = WebServer::start();
    for status in [403, 429, 500, 503] {
        server.answer("/feed", Answer::new(status).header("Retry-After", "120"));
        let failure = failure(get(server.url("/feed")).await);
        assert_eq!(failure.cause, FailureCause::Status(status));
        assert_eq!(failure.retry_after, Some("2026-03-18T12:02:00Z".parse().unwrap()));
    }
    assert_eq!(server.lines().len(), 4, "no retry inside a poll");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let server = WebServer::start();
    for (answer, words) in [
        (Answer::new(404), "404 Not Found: check the address"),
        (Answer::new(410), "gone for good"),
        (Answer::new(401), "log-in"),
        (
            Answer::new(403).header("cf-mitigated", "challenge"),
            "a wall against robots",
        ),
        (
            Answer::new(503).header("cf-mitigated", "challenge"),
            "a wall against robots",
        ),
    ] {
        server.answer("/feed", answer);
        let failure = failure(get(server.url("/feed")).await);
        assert!(failure.message.contains(words), "{}", failure.message);
    }
}

#[tokio::test]
async fn bad_header_lines_lose_no_feed() {
    let server = WebServer::start();
    server.answer(
        "/feed",
        Answer::new(200)
            .header("X Bad Name", "1")
            .header("X-Folded", "one\r\n two")
            .body("feed"),
    );

    assert_eq!(body(get(server.url("/feed")).await).bytes, b"feed");
}

#[tokio::test]
async fn a_closed_port_is_no_connection() {
    let url = {
        let server = WebServer::start();
        server.url("/feed")
    };

    assert_eq!(failure(get(url).await).cause, FailureCause::Connect);
}

#[tokio::test]
async fn an_answer_in_clear_text_on_an_https_address_is_a_tls_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("https://{}/feed", listener.local_addr().unwrap())).unwrap();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        // Until the client goes away; it may do so in any way.
        let _ = stream.read_to_end(&mut Vec::new());
    });

    let failure = failure(get(url).await);

    assert_eq!(failure.cause, FailureCause::Tls, "{}", failure.message);
    serving.join().unwrap();
}
