//! Bodies: whole, cut, too large, too slow, and from files.

use kabar::feed::FailureCause;
use kabar::feed::FetchOutcome;
use kabar::feed::Validators;
use url::Url;

use crate::corpus;
use crate::fetch::LIMIT;
use crate::fetch::body;
use crate::fetch::failure;
use crate::fetch::feed;
use crate::fetch::fetch_as;
use crate::fetch::get;
use crate::fetch::impatient;
use crate::fetch::settings;
use crate::gzip::gzip;
use crate::gzip::gzip_bomb;
use crate::web_server::Answer;
use crate::web_server::WebServer;

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
async fn stacked_encodings_are_refused() {
    let server = WebServer::start();
    let stacked = gzip(&gzip(&gzip(b"a feed")));
    server.answer(
        "/stack",
        Answer::new(200)
            .header("Content-Encoding", "gzip, gzip, gzip")
            .body(stacked),
    );

    assert_eq!(failure(get(server.url("/stack")).await).cause, FailureCause::Body);
}

#[tokio::test]
async fn a_body_is_read_however_its_packing_is_spelled() {
    let server = WebServer::start();
    let plain = || b"a feed".to_vec();
    let packed = || gzip(b"a feed");
    // A stored block of deflate is what stands between the header and the checksum of a gzip member.
    let raw = packed()[10..packed().len() - 8].to_vec();
    // RFC 1950: the header of a small window, and Adler-32 of "a feed".
    let zlib = [&[0x78, 0x01], &raw[..], &0x06e10216_u32.to_be_bytes()].concat();
    // RFC 7932: a block of 6 bytes that is not compressed, and an empty last one.
    let brotli = [&[0x50, 0x00, 0x10][..], b"a feed", &[0x03]].concat();
    for (codings, sent) in [
        (&["br"][..], brotli),
        (&["UTF-8"], plain()),
        (&["none"], plain()),
        (&["identity"], plain()),
        (&[""], plain()),
        (&["GZIP"], packed()),
        (&["x-gzip"], packed()),
        (&["gzip", "gzip"], packed()),
        (&["gzip", "gzip"], gzip(&packed())),
        (&["identity, gzip"], packed()),
        (&["gzip"], [gzip(b"a fe"), gzip(b"ed")].concat()),
        (&["deflate"], raw),
        (&["deflate"], zlib),
        (&["gzip"], Vec::new()),
    ] {
        let is_empty = sent.is_empty();
        let answer = Answer::new(200).body(sent);
        server.answer(
            "/feed",
            codings
                .iter()
                .fold(answer, |answer, coding| answer.header("Content-Encoding", coding)),
        );

        let expected: &[u8] = if is_empty { b"" } else { b"a feed" };
        assert_eq!(body(get(server.url("/feed")).await).bytes, expected, "{codings:?}");
    }
    assert_eq!(server.last().header("accept-encoding"), Some("gzip, br"));
}

#[tokio::test]
async fn packed_documents_of_the_corpus_are_unpacked_as_gzip_does() {
    let (Some(root), Some(samples)) = (corpus::root(), corpus::samples()) else {
        return;
    };
    let server = WebServer::start();
    let is_packed = |sample: &&corpus::Sample| sample.file.ends_with(".gz");
    // Every fourth, from all kinds of sources.
    for sample in samples.iter().filter(is_packed).step_by(4) {
        let packed = std::fs::read(root.join(&sample.file)).unwrap();
        let answer = Answer::new(200).header("Content-Encoding", "gzip").body(packed);
        server.answer("/feed", answer);
        let expected = sample.bytes();
        if expected.len() as u64 <= LIMIT {
            assert!(
                body(get(server.url("/feed")).await).bytes == expected,
                "{}",
                sample.file
            );
        }
    }
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
