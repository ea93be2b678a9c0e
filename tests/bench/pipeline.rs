//! The pipeline after the fetch: bytes → entries → items → matches → stories on disk, with 100 watches.
//!
//! Runs on the feeds of `../shared/corpus/feeds` where they are, else on feeds made here. `cargo bench`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;

use criterion::BatchSize;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use jiff::Timestamp;
use kabar::dedup::KeyMaker;
use kabar::dedup::Lessons;
use kabar::feed::Feed;
use kabar::feed::FeedState;
use kabar::feed::FetchOutcome;
use kabar::feed::FetchedBody;
use kabar::feed::Freshness;
use kabar::feed::Validators;
use kabar::intake;
use kabar::intake::PollRecord;
use kabar::intake::Visit;
use kabar::intake::Watching;
use kabar::schedule::PollSettings;
use kabar::store;
use kabar::store::Store;
use kabar::watch::Query;
use kabar::watch::Scope;
use kabar::watch::Send;
use kabar::watch::Watch;
use url::Url;

/// Real feeds of the corpus that are read; enough for a stable mean.
const FEEDS: usize = 200;

struct Document {
    feed: Feed,
    bytes: Vec<u8>,
}

fn documents() -> Vec<Document> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/feeds/real-rss2-wf");
    let Ok(files) = std::fs::read_dir(corpus) else {
        return (0..FEEDS).map(made).collect();
    };
    let mut paths: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "xml"))
        .collect();
    paths.sort();
    let read = |(index, path): (usize, std::path::PathBuf)| document(index, std::fs::read(path).unwrap());
    paths.into_iter().take(FEEDS).enumerate().map(read).collect()
}

fn made(index: usize) -> Document {
    let items: String = (0..35)
        .map(|n| {
            format!(
                "<item><title>Story {n} of Jakarta</title><link>https://site{index}.example/news/{n}</link><guid>{index}-{n}</guid><description>{}</description></item>",
                "Presiden berbicara tentang panen padi di Jawa. ".repeat(8)
            )
        })
        .collect();
    document(
        index,
        format!("<rss version=\"2.0\"><channel><title>Site {index}</title>{items}</channel></rss>").into_bytes(),
    )
}

fn document(index: usize, bytes: Vec<u8>) -> Document {
    let url = Url::parse(&format!("https://site{index}.example/rss")).unwrap();
    let feed = Feed::new(url);
    Document { feed, bytes }
}

fn watches() -> Watching {
    let words = [
        "Putin", "Ukraina", "Jakarta", "Rust", "Linux", "Apple", "climate", "election", "Nvidia", "Tokyo",
    ];
    let texts = words.iter().flat_map(|word| {
        let forms = [
            "",
            " AND news",
            " OR zzz",
            " -sport",
            " NEAR/5 people",
            "title:",
            "\"the {}\"",
            "*",
            " president",
            " war",
        ];
        forms.into_iter().map(move |form| match form {
            "title:" => format!("title:{word}"),
            "\"the {}\"" => format!("\"the {word}\""),
            form => format!("{word}{form}"),
        })
    });
    let watch = |text: String| Watch {
        query: Query::parse(&text, &BTreeMap::new()).unwrap(),
        name: text,
        feeds: Scope::All,
        to: vec!["me".to_owned()],
        send: Send::Digest,
    };
    Watching::new(texts.map(watch).collect())
}

fn take_in(document: &Document, watching: &Watching, now: Timestamp) -> PollRecord {
    let outcome = FetchOutcome::Fresh(FetchedBody {
        bytes: document.bytes.clone(),
        content_type: None,
        final_url: document.feed.url.clone(),
        validators: Validators::default(),
        freshness: Freshness::default(),
        moved_to: None,
    });
    let (state, settings) = (FeedState::default(), PollSettings::default());
    let keys = KeyMaker::new(Lessons::default());
    intake::take_in(
        Visit {
            feed: &document.feed,
            state: &state,
            outcome,
            answer_time: std::time::Duration::ZERO,
            keys: &keys,
            watching,
            settings: &settings,
        },
        now,
    )
}

fn pipeline(criterion: &mut Criterion) {
    let (documents, watching) = (documents(), watches());
    let now: Timestamp = "2026-03-18T12:00:00Z".parse().unwrap();
    let bytes: usize = documents.iter().map(|document| document.bytes.len()).sum();
    let items: usize = documents
        .iter()
        .map(|document| take_in(document, &watching, now).items.len())
        .sum();
    let mut group = criterion.benchmark_group(format!("{} feeds, {items} items", documents.len()));
    group.sample_size(10).throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("read, identify, match", |bencher| {
        bencher.iter(|| {
            documents
                .iter()
                .map(|document| black_box(take_in(document, &watching, now)).items.len())
                .sum::<usize>()
        });
    });
    group.bench_function("read, identify, match, store in sled", |bencher| {
        bencher.iter_batched(
            || tempfile::tempdir().unwrap(),
            |directory| {
                let store = store::open(directory.path()).unwrap();
                for batch in documents.chunks(64) {
                    let records: Vec<PollRecord> =
                        batch.iter().map(|document| take_in(document, &watching, now)).collect();
                    black_box(store.record_polls(&records, now).unwrap());
                }
                directory
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
