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
        let failed = |bytes: &[u8]| {
            FailedBodyChange::Keep(FailedBody {
                at: at(1),
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
            store.failed_body(feed(1)).unwrap().map(|body| body.bytes)
        };
        let long = vec![0xe9; 300_000];
        assert_eq!(kept_after(failed(&long)), Some(long.clone()));
        assert_eq!(kept_after(FailedBodyChange::Leave), Some(long));
        assert_eq!(kept_after(failed(b"short")), Some(b"short".to_vec()));
        assert_eq!(store.failed_body(feed(2)).unwrap(), None);
        assert_eq!(kept_after(FailedBodyChange::Forget), None);
    });
}
