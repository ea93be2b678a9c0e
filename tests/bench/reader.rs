//! Reading well-formed real feeds: the whole reader, and bare feed-rs on the same bytes beside it.
//!
//! Needs `../shared/corpus/feeds`; without it there is nothing to measure. `cargo bench --bench reader`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use kabar::feed::parse::read_feed;
use url::Url;

/// The captured XML feeds that strict parsers accept, uncompressed.
fn documents(corpus: &Path) -> Vec<Vec<u8>> {
    let manifest = std::fs::read_to_string(corpus.join("MANIFEST.tsv")).unwrap_or_default();
    let rows = manifest.lines().map(|row| row.split('\t').collect::<Vec<_>>());
    rows.filter(|columns| columns[2].starts_with("real-") && columns[2].ends_with("-wf"))
        .filter(|columns| columns[0].contains(".xml"))
        .map(|columns| {
            let path = corpus.join(columns[0]);
            match path.extension().is_some_and(|extension| extension == "gz") {
                true => Command::new("gzip").arg("-dc").arg(path).output().unwrap().stdout,
                false => std::fs::read(path).unwrap(),
            }
        })
        .collect()
}

fn reading(criterion: &mut Criterion) {
    let documents = documents(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/feeds"));
    if documents.is_empty() {
        return println!("skipped: no corpus of feeds beside the project");
    }
    let url = Url::parse("https://feed.example/rss").unwrap();
    let bytes: usize = documents.iter().map(Vec::len).sum();
    let mut group = criterion.benchmark_group(format!("{} feeds, {} KiB", documents.len(), bytes / 1024));
    group.sample_size(10).throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("kabar", |bencher| {
        bencher.iter(|| {
            for document in &documents {
                black_box(read_feed(document, None, &url)).ok();
            }
        });
    });
    group.bench_function("feed-rs alone", |bencher| {
        bencher.iter(|| {
            for document in &documents {
                black_box(feed_rs::parser::parse(document.as_slice())).ok();
            }
        });
    });
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
