//! What one request holds, and what never leaves the machine.

use kabar::feed::Credentials;
use kabar::feed::Feed;
use kabar::feed::FetchOutcome;
use kabar::feed::Validators;
use kabar::fetch::Fetch;
use kabar::fetch::FetchSettings;
use kabar::fetch::HttpFetch;
use url::Url;

use crate::fetch::body;
use crate::fetch::failure;
use crate::fetch::feed;
use crate::fetch::fetch_as;
use crate::fetch::get;
use crate::fetch::now;
use crate::fetch::settings;
use crate::fetch::validators;
use crate::web_server::Answer;
use crate::web_server::WebServer;

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
async fn a_feed_that_moved_is_asked_conditionally_at_the_address_that_gave_the_validators() {
    let server = WebServer::start();
    server.answer("/a", Answer::redirect(301, "/b"));
    server.answer("/b", Answer::new(200).header("ETag", "\"1\"").body("feed"));
    let moved = feed(server.url("/a"));
    let first = body(fetch_as(&settings(), &moved, &Validators::default()).await).validators;
    assert_eq!(first.from, Some(server.url("/b")));

    server.answer("/b", Answer::new(304));
    let second = fetch_as(&settings(), &moved, &first).await;

    assert!(matches!(second, FetchOutcome::NotModified { .. }), "{second:?}");
    let sent: Vec<Option<String>> = server
        .requests()
        .iter()
        .map(|request| request.header("if-none-match").map(str::to_owned))
        .collect();
    assert_eq!(sent, [None, None, None, Some("\"1\"".to_owned())]);

    server.answer("/a", Answer::new(304));
    failure(fetch_as(&settings(), &moved, &first).await);
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
async fn a_log_in_that_a_redirect_left_behind_is_told_with_the_new_address() {
    let (server, other) = (WebServer::start(), WebServer::start());
    server.answer("/a", Answer::redirect(301, other.url("/c").as_str()));
    other.answer("/c", Answer::new(401));
    let feed = Feed {
        credentials: Some(Credentials {
            user: "me".to_owned(),
            password: "secret".to_owned(),
        }),
        ..feed(server.url("/a"))
    };

    let message = failure(fetch_as(&settings(), &feed, &Validators::default()).await).message;

    let advice = format!(
        "moved to {}, which wants the log-in; write that address in this feed",
        other.url("/c")
    );
    assert!(
        message.starts_with(server.url("/a").as_str()) && message.ends_with(&advice),
        "{message}"
    );
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
