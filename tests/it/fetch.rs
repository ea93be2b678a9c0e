//! One conditional GET against a scripted server: what is sent, what is understood, what is refused.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;

use jiff::Timestamp;
use kabar::feed::Credentials;
use kabar::feed::FailureCause;
use kabar::feed::Feed;
use kabar::feed::FeedId;
use kabar::feed::FetchFailure;
use kabar::feed::FetchOutcome;
use kabar::feed::FetchedBody;
use kabar::feed::SourceSetting;
use kabar::feed::Validators;
use kabar::fetch::Fetch;
use kabar::fetch::FetchSettings;
use kabar::fetch::HttpFetch;
use url::Url;

use crate::gzip::gzip;
use crate::gzip::gzip_bomb;
use crate::web_server::Answer;
use crate::web_server::WebServer;

const LIMIT: u64 = 1024 * 1024;

fn settings() -> FetchSettings {
    FetchSettings {
        allow_private_addresses: true,
        body_limit_bytes: LIMIT,
        ..FetchSettings::default()
    }
}

/// Settings with a deadline that a server which never ends will miss.
fn impatient() -> FetchSettings {
    FetchSettings {
        timeout: Duration::from_millis(300),
        ..settings()
    }
}

fn feed(url: Url) -> Feed {
    Feed {
        id: FeedId::of(&url),
        url,
        name: None,
        tags: Vec::new(),
        every: None,
        headers: Vec::new(),
        credentials: None,
        source: SourceSetting::Auto,
        allow_private_addresses: false,
    }
}

fn validators(etag: &str, last_modified: &str) -> Validators {
    Validators {
        etag: Some(etag.to_owned()),
        last_modified: Some(last_modified.to_owned()),
    }
}

fn now() -> Timestamp {
    "2026-03-18T12:00:00Z".parse().unwrap()
}

async fn fetch_as(settings: &FetchSettings, feed: &Feed, validators: &Validators) -> FetchOutcome {
    HttpFetch::new(settings).unwrap().fetch(feed, validators, now()).await
}

async fn get(url: Url) -> FetchOutcome {
    fetch_as(&settings(), &feed(url), &Validators::default()).await
}

fn body(outcome: FetchOutcome) -> FetchedBody {
    match outcome {
        FetchOutcome::Fresh(body) => body,
        FetchOutcome::NotModified { .. } | FetchOutcome::Failed(_) => panic!("no body: {outcome:?}"),
    }
}

fn failure(outcome: FetchOutcome) -> FetchFailure {
    match outcome {
        FetchOutcome::Failed(failure) => failure,
        FetchOutcome::Fresh(_) | FetchOutcome::NotModified { .. } => panic!("no failure: {outcome:?}"),
    }
}

#[tokio::test]
async fn one_poll_is_one_get_of_the_target_as_configured() {
    let server = WebServer::start();
    server.answer("/f?b=2&a=1&&C", Answer::new(200).body("feed"));

    let body = body(get(server.url("/f?b=2&a=1&&C")).await);

    assert_eq!(body.bytes, b"feed");
    assert_eq!(server.lines(), ["GET /f?b=2&a=1&&C"]);
}

#[tokio::test]
async fn a_request_names_kabar_and_the_formats_it_reads_and_nothing_else() {
    let server = WebServer::start();
    let settings = FetchSettings {
        contact: Some("https://me.example/kabar".to_owned()),
        ..settings()
    };

    fetch_as(&settings, &feed(server.url("/feed")), &Validators::default()).await;

    let request = server.last();
    let version = env!("CARGO_PKG_VERSION");
    let agent = format!("kabar/{version} (+https://me.example/kabar)");
    assert_eq!(request.header("user-agent"), Some(agent.as_str()));
    for format in ["atom+xml", "rss+xml", "rdf+xml", "feed+json", "text/xml", "*/*;q=0.1"] {
        assert!(
            request.header("accept").is_some_and(|accept| accept.contains(format)),
            "{format}"
        );
    }
    assert!(
        request
            .header("accept-encoding")
            .is_some_and(|offer| offer.contains("gzip"))
    );
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"]);
}

#[tokio::test]
async fn cookies_are_never_kept_and_no_referer_is_sent() {
    let server = WebServer::start();
    let cookie = |answer: Answer| answer.header("Set-Cookie", "id=1; Path=/");
    server.answer("/a", cookie(Answer::redirect(302, "/b")));
    server.answer("/b", cookie(Answer::new(200).body("feed")));
    let (fetch, feed) = (HttpFetch::new(&settings()).unwrap(), feed(server.url("/a")));

    for _ in 0..2 {
        fetch.fetch(&feed, &Validators::default(), now()).await;
    }

    assert_eq!(server.lines(), ["GET /a", "GET /b", "GET /a", "GET /b"]);
    for request in server.requests() {
        assert_eq!((request.header("cookie"), request.header("referer")), (None, None));
    }
}

#[tokio::test]
async fn validators_go_back_byte_for_byte() {
    let server = WebServer::start();
    for (etag, date) in [
        ("\"a\"", "Tue, 05 Aug 2025 10:00:00 GMT"),
        ("W/\"a,b\"", "Tue, 05 Aug 2025 10:00:00 +0000"),
        ("unquoted", "Tue Aug  5 10:00:00 2025"),
        ("\"x-gzip\"", "yesterday"),
        ("'single'", "0"),
    ] {
        server.answer(
            "/feed",
            Answer::new(200)
                .header("ETag", etag)
                .header("Last-Modified", date)
                .body("feed"),
        );
        let stored = body(get(server.url("/feed")).await).validators;
        assert_eq!(stored, validators(etag, date));
        server.answer("/feed", Answer::new(304));

        let outcome = fetch_as(&settings(), &feed(server.url("/feed")), &stored).await;

        assert!(matches!(outcome, FetchOutcome::NotModified { .. }), "{outcome:?}");
        let request = server.last();
        assert_eq!(
            (request.header("if-none-match"), request.header("if-modified-since")),
            (Some(etag), Some(date))
        );
    }
}

#[tokio::test]
async fn a_body_without_a_validator_has_none() {
    let server = WebServer::start();
    server.answer("/feed", Answer::new(200).header("ETag", "\"2\"").body("feed"));

    let body = body(fetch_as(&settings(), &feed(server.url("/feed")), &validators("\"1\"", "old")).await);

    assert_eq!(
        body.validators,
        Validators {
            etag: Some("\"2\"".to_owned()),
            last_modified: None
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

    let FetchOutcome::NotModified { validators, freshness } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        validators,
        Validators {
            etag: Some("\"2\"".to_owned()),
            last_modified: None
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
async fn validators_stay_with_the_address_that_gave_them() {
    let server = WebServer::start();
    server.answer("/a", Answer::redirect(302, "/b"));
    server.answer("/b", Answer::new(200).body("feed"));

    let body = body(fetch_as(&settings(), &feed(server.url("/a")), &validators("\"1\"", "old")).await);

    assert_eq!(body.final_url, server.url("/b"));
    let [first, second] = &server.requests()[..] else {
        panic!("two requests")
    };
    assert_eq!(first.header("if-none-match"), Some("\"1\""));
    assert_eq!(
        (second.header("if-none-match"), second.header("if-modified-since")),
        (None, None)
    );
}

#[tokio::test]
async fn every_kind_of_redirect_and_location_is_followed() {
    let (server, other) = (WebServer::start(), WebServer::start());
    server.answer("/sub/b", Answer::new(200).body("feed"));
    other.answer("/sub/b", Answer::new(200).body("feed"));
    let whole = other.url("/sub/b").to_string();
    let without_scheme = whole.trim_start_matches("http:");
    for status in [301, 302, 303, 307, 308] {
        for location in ["b", "/sub/b", "../sub/./b", whole.as_str(), without_scheme] {
            server.answer("/sub/a", Answer::redirect(status, location));
            assert_eq!(
                body(get(server.url("/sub/a")).await).bytes,
                b"feed",
                "{status} {location}"
            );
        }
    }
}

#[tokio::test]
async fn ten_redirects_are_followed_and_eleven_are_not() {
    let server = WebServer::start();
    for hop in 0..11 {
        server.answer(&format!("/{hop}"), Answer::redirect(302, format!("/{}", hop + 1)));
    }
    server.answer("/11", Answer::new(200).body("feed"));

    assert_eq!(body(get(server.url("/1")).await).bytes, b"feed");
    let failure = failure(get(server.url("/0")).await);
    assert_eq!(failure.cause, FailureCause::Redirect);
    assert!(
        failure.message.contains("more than 10 redirects"),
        "{}",
        failure.message
    );
}

#[tokio::test]
async fn a_circle_of_redirects_is_named() {
    let server = WebServer::start();
    server.answer("/a", Answer::redirect(302, "/b"));
    server.answer("/b", Answer::redirect(302, "/a"));

    let failure = failure(get(server.url("/a")).await);

    assert_eq!(failure.cause, FailureCause::Redirect);
    assert!(failure.message.contains("in a circle"), "{}", failure.message);
    assert_eq!(server.lines(), ["GET /a", "GET /b"]);
}

#[tokio::test]
async fn a_redirect_leads_to_http_and_https_only() {
    let server = WebServer::start();
    let locations = [
        "file:///etc/passwd",
        "ftp://a.example/",
        "gopher://a.example/",
        "data:,x",
        "javascript:x",
        "http://",
        "",
    ];
    for location in locations {
        server.answer("/a", Answer::redirect(302, location));
        assert_eq!(
            failure(get(server.url("/a")).await).cause,
            FailureCause::Redirect,
            "{location}"
        );
    }
}

#[tokio::test]
async fn credentials_and_headers_go_to_their_own_server_only() {
    let (server, other) = (WebServer::start(), WebServer::start());
    server.answer("/a", Answer::redirect(302, "/b"));
    server.answer("/b", Answer::redirect(302, other.url("/c").as_str()));
    other.answer("/c", Answer::new(200).body("feed"));
    let feed = Feed {
        credentials: Some(Credentials {
            user: "me".to_owned(),
            password: "secret".to_owned(),
        }),
        headers: vec![
            ("X-Key".to_owned(), "1".to_owned()),
            ("accept".to_owned(), "text/xml".to_owned()),
        ],
        ..feed(server.url("/a"))
    };

    fetch_as(&settings(), &feed, &Validators::default()).await;

    for request in server.requests() {
        assert_eq!(request.header("authorization"), Some("Basic bWU6c2VjcmV0"));
        assert_eq!(
            (request.header("x-key"), request.header("accept")),
            (Some("1"), Some("text/xml"))
        );
    }
    assert_eq!(
        (other.last().header("authorization"), other.last().header("x-key")),
        (None, None)
    );
}

#[tokio::test]
async fn a_redirect_cannot_plant_a_user_or_password() {
    let server = WebServer::start();
    let location = server.url("/b").as_str().replace("http://", "http://me:secret@");
    server.answer("/a", Answer::redirect(302, location));
    server.answer("/b", Answer::new(200).body("feed"));

    assert_eq!(body(get(server.url("/a")).await).final_url, server.url("/b"));
    assert_eq!(server.last().header("authorization"), None);
}

#[tokio::test]
async fn messages_show_no_query_and_no_password() {
    let server = WebServer::start();
    let url = server.url("/feed?token=secret");
    server.answer("/feed?token=secret", Answer::new(200).body("feed").claimed_length(100));

    let cut = failure(get(url.clone()).await).message;
    server.answer("/feed?token=secret", Answer::new(500));
    let refused = failure(get(url).await).message;
    let unreachable = failure(get(Url::parse("http://127.0.0.1:1/feed?token=secret").unwrap()).await).message;

    for message in [cut, refused, unreachable] {
        assert!(
            message.contains("/feed?…: ") && !message.contains("secret"),
            "{message}"
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
async fn a_body_over_the_limit_is_cut() {
    let server = WebServer::start();
    let large = vec![b' '; 20 * 1024 * 1024];
    let at_limit = vec![b' '; usize::try_from(LIMIT).unwrap()];
    server.answer("/large", Answer::new(200).body(large).without_length());
    server.answer(
        "/bomb",
        Answer::new(200)
            .header("Content-Encoding", "gzip")
            .body(gzip_bomb(64 * 1024 * 1024)),
    );
    server.answer("/at-limit", Answer::new(200).body(at_limit).without_length());

    for path in ["/large", "/bomb"] {
        assert_eq!(
            failure(get(server.url(path)).await).cause,
            FailureCause::TooLarge,
            "{path}"
        );
    }
    assert_eq!(body(get(server.url("/at-limit")).await).bytes.len() as u64, LIMIT);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_failure() {
    let server = WebServer::start();
    let gzipped = gzip(b"a feed");
    let (half, _) = gzipped.split_at(gzipped.len() / 2);
    let encoded = |body: &[u8]| Answer::new(200).header("Content-Encoding", "gzip").body(body);
    for answer in [
        Answer::new(200).body("feed").claimed_length(100),
        Answer::new(200)
            .header("Transfer-Encoding", "chunked")
            .body("4\r\nfeed\r\n")
            .without_length(),
        encoded(half),
        encoded(b"plain text"),
    ] {
        server.answer("/feed", answer.clone());
        let failure = failure(get(server.url("/feed")).await);
        assert_eq!(failure.cause, FailureCause::Body, "{answer:?}: {}", failure.message);
    }
}

#[tokio::test]
async fn an_empty_body_is_a_body() {
    let server = WebServer::start();
    server.answer("/feed", Answer::new(200));

    assert_eq!(body(get(server.url("/feed")).await).bytes, b"");
}

#[tokio::test]
async fn gzip_is_read_also_in_several_members_and_stacks_are_refused() {
    let server = WebServer::start();
    let members = [gzip(b"a fe"), gzip(b"ed")].concat();
    server.answer(
        "/members",
        Answer::new(200).header("Content-Encoding", "gzip").body(members),
    );
    let stacked = gzip(&gzip(&gzip(b"a feed")));
    server.answer(
        "/stack",
        Answer::new(200)
            .header("Content-Encoding", "gzip, gzip, gzip")
            .body(stacked),
    );

    assert_eq!(body(get(server.url("/members")).await).bytes, b"a feed");
    assert_eq!(failure(get(server.url("/stack")).await).cause, FailureCause::Body);
}

#[tokio::test]
async fn silence_drips_and_endless_headers_end_at_the_deadline() {
    let server = WebServer::start();
    server.answer("/silent", Answer::silence());
    server.answer("/drip", Answer::new(200).body(vec![b' '; 10_000]).drip());

    for path in ["/silent", "/drip"] {
        let outcome = fetch_as(&impatient(), &feed(server.url(path)), &Validators::default()).await;
        let failure = failure(outcome);
        assert_eq!(failure.cause, FailureCause::Timeout, "{path}: {}", failure.message);
    }
    server.answer(
        "/headers",
        Answer::new(200).header("X-Endless", &"x".repeat(2 * 1024 * 1024)),
    );
    failure(get(server.url("/headers")).await);
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
async fn a_private_address_is_refused_before_it_is_asked() {
    let server = WebServer::start();
    let strict = FetchSettings::default();
    let by_name = Url::parse(&server.url("/feed").as_str().replace("127.0.0.1", "localhost.")).unwrap();
    for url in [server.url("/feed"), by_name] {
        let failure = failure(fetch_as(&strict, &feed(url), &Validators::default()).await);
        assert_eq!(failure.cause, FailureCause::PrivateAddress);
        assert!(
            failure.message.contains("allow_private_addresses"),
            "{}",
            failure.message
        );
    }
    assert_eq!(server.lines(), [""; 0]);

    let own = Feed {
        allow_private_addresses: true,
        ..feed(server.url("/feed"))
    };
    fetch_as(&strict, &own, &Validators::default()).await;
    assert_eq!(server.lines(), ["GET /feed"]);
}

#[tokio::test]
async fn a_public_feed_cannot_redirect_to_a_private_address_or_another_service() {
    // The server is the proxy here, so that a feed may have a public name without the internet.
    let server = WebServer::start();
    let settings = FetchSettings {
        proxy: Some(server.url("/")),
        ..FetchSettings::default()
    };
    let public = feed(Url::parse("http://news.example/feed").unwrap());
    server.answer(public.url.as_str(), Answer::new(200).body("feed"));
    assert_eq!(
        body(fetch_as(&settings, &public, &Validators::default()).await).bytes,
        b"feed"
    );

    for target in [
        "http://169.254.169.254/",
        "http://[::ffff:10.0.0.1]/",
        "http://localhost/",
        "http://b.example:25/",
    ] {
        server.answer(public.url.as_str(), Answer::redirect(302, target));
        let failure = failure(fetch_as(&settings, &public, &Validators::default()).await);
        assert_eq!(failure.cause, FailureCause::PrivateAddress, "{target}");
        assert_eq!(server.last().line, "GET http://news.example/feed", "{target}");
    }
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

#[tokio::test]
async fn a_file_is_read_again_only_when_it_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("feed.xml");
    std::fs::write(&path, "feed").unwrap();
    let file = feed(Url::from_file_path(&path).unwrap());

    let first = body(fetch_as(&settings(), &file, &Validators::default()).await);
    assert_eq!(first.bytes, b"feed");
    let second = fetch_as(&settings(), &file, &first.validators).await;
    assert!(matches!(second, FetchOutcome::NotModified { .. }), "{second:?}");

    std::fs::write(&path, "longer feed").unwrap();
    assert_eq!(
        body(fetch_as(&settings(), &file, &first.validators).await).bytes,
        b"longer feed"
    );
}

#[tokio::test]
async fn a_file_that_is_missing_no_file_or_too_large_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| Url::from_file_path(directory.path().join(name)).unwrap();
    std::fs::write(
        directory.path().join("large.xml"),
        vec![b' '; usize::try_from(LIMIT).unwrap() + 1],
    )
    .unwrap();

    let missing = failure(get(path("missing.xml")).await);
    assert_eq!(missing.cause, FailureCause::File);
    assert!(missing.message.contains("missing.xml: "), "{}", missing.message);
    assert_eq!(failure(get(path("")).await).cause, FailureCause::File);
    assert_eq!(failure(get(path("large.xml")).await).cause, FailureCause::TooLarge);
}
