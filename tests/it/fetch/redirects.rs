//! Redirects: where they may lead, and where they end.

use kabar::feed::FailureCause;
use kabar::feed::Feed;
use kabar::feed::Validators;
use kabar::fetch::FetchSettings;
use url::Url;

use crate::fetch::body;
use crate::fetch::failure;
use crate::fetch::feed;
use crate::fetch::fetch_as;
use crate::fetch::get;
use crate::fetch::settings;
use crate::web_server::Answer;
use crate::web_server::WebServer;

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
async fn a_redirect_cannot_plant_a_user_or_password() {
    let server = WebServer::start();
    let location = server.url("/b").as_str().replace("http://", "http://me:secret@");
    server.answer("/a", Answer::redirect(302, location));
    server.answer("/b", Answer::new(200).body("feed"));

    assert_eq!(body(get(server.url("/a")).await).final_url, server.url("/b"));
    assert_eq!(server.last().header("authorization"), None);
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
async fn where_a_feed_moved_is_told_by_the_permanent_redirects_that_come_first() {
    let server = WebServer::start();
    server.answer("/end", Answer::new(200).body("feed"));
    for (statuses, moved_to) in [
        (&[][..], None),
        (&[302], None),
        (&[301], Some("/end")),
        (&[308], Some("/end")),
        (&[301, 308], Some("/end")),
        (&[301, 302], Some("/1")),
        (&[302, 301], None),
        (&[307, 301], None),
    ] {
        for (hop, status) in statuses.iter().enumerate() {
            let is_last = hop + 1 == statuses.len();
            let to = if is_last {
                "/end".to_owned()
            } else {
                format!("/{}", hop + 1)
            };
            server.answer(&format!("/{hop}"), Answer::redirect(*status, to));
        }
        let begin = if statuses.is_empty() { "/end" } else { "/0" };
        let found = body(get(server.url(begin)).await).moved_to;
        assert_eq!(found, moved_to.map(|path| server.url(path)), "{statuses:?}");
    }
}

#[tokio::test]
async fn a_redirect_within_one_server_waits_for_no_gap() {
    let server = WebServer::start();
    server.answer("/a", Answer::redirect(302, "/b"));
    server.answer("/b", Answer::new(200).body("feed"));
    let hour = FetchSettings {
        host_gap: std::time::Duration::from_secs(3600),
        ..settings()
    };

    body(fetch_as(&hour, &feed(server.url("/a")), &Validators::default()).await);
}
