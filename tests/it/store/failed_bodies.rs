//! The kept documents of failed polls, on every engine.

use kabar::feed::FailedBody;
use kabar::intake::FailedBodyChange;
use kabar::intake::PollRecord;

use crate::store::at;
use crate::store::check;
use crate::store::feed;
use crate::store::poll;

#[test]
fn the_document_of_the_last_failure_is_kept_until_one_is_read() {
    check(|store| {
        let failed = |hour: i64, bytes: &[u8]| {
            FailedBodyChange::Keep(FailedBody {
                at: at(hour * 3600),
                content_type: Some("text/html".to_owned()),
                url: "https://feed1.example/rss".parse().unwrap(),
                reason: "an HTML page".to_owned(),
                bytes: bytes.to_vec(),
            })
        };
        let kept_after = |change: FailedBodyChange| {
            let poll = PollRecord {
                failed_body: change,
                ..poll(1, "a", Vec::new())
            };
            store.record_polls(&[poll], at(1)).unwrap();
            let kept = store.failed_body(feed(1)).unwrap();
            kept.map(|body| (body.at, body.bytes))
        };
        let long = vec![0xe9; 300_000];
        let first = Some((at(0), long.clone()));
        assert_eq!(kept_after(failed(0, &long)), first);
        assert_eq!(kept_after(FailedBodyChange::Leave), first);
        assert_eq!(kept_after(failed(23, b"another number")), first, "the same failure");
        assert_eq!(kept_after(failed(24, &long)), first, "the same document");
        let next_day = Some((at(24 * 3600), b"another number".to_vec()));
        assert_eq!(kept_after(failed(24, b"another number")), next_day);
        let FailedBodyChange::Keep(mut other) = failed(25, b"cut") else {
            unreachable!("made so")
        };
        "the feed is damaged".clone_into(&mut other.reason);
        assert_eq!(
            kept_after(FailedBodyChange::Keep(other)),
            Some((at(25 * 3600), b"cut".to_vec()))
        );
        assert_eq!(store.failed_body(feed(2)).unwrap(), None);
        assert_eq!(kept_after(FailedBodyChange::Forget), None);
    });
}
