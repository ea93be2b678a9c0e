//! What telling stories apart costs: a key per URL, and near-duplicates among 100,000 stories.

use std::hint::black_box;

use criterion::BatchSize;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use jiff::Timestamp;
use kabar::dedup::StoryId;
use kabar::dedup::canonical::canonicalize;
use kabar::dedup::similar::Appearance;
use kabar::dedup::similar::Index;
use kabar::dedup::similar::Lede;

const STORIES: u64 = 100_000;
/// Every how many stories one is a copy of an earlier one.
const COPY_EVERY: u64 = 10;

/// Every URL of the labelled pairs.
fn urls() -> Vec<&'static str> {
    let pairs = include_str!("../../src/dedup/testdata/pairs.tsv").lines();
    pairs
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split('\t').skip(2))
        .collect()
}

fn keys(criterion: &mut Criterion) {
    let urls = urls();
    let mut group = criterion.benchmark_group("canonicalize");
    group.throughput(Throughput::Elements(urls.len() as u64));
    group.bench_function("every labelled URL", |bencher| {
        bencher.iter(|| urls.iter().filter(|url| canonicalize(black_box(url)).is_ok()).count());
    });
    group.finish();
}

/// A text of 120 to 520 words of which few are common, as in news.
fn text(story: u64) -> String {
    let mut state = story.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let count = 120 + next() % 400;
    let words = (0..count).map(|_| {
        let rank = 1 + next() % 20_000;
        format!("w{}", 20_000 / rank + next() % 40)
    });
    words.collect::<Vec<_>>().join(" ")
}

fn appearance(story: u64) -> Appearance {
    let second = i64::try_from(story).unwrap_or(0);
    let at = Timestamp::from_second(1_800_000_000 + second).unwrap_or(Timestamp::UNIX_EPOCH);
    let source = if story.is_multiple_of(COPY_EVERY) {
        story / 2
    } else {
        story
    };
    Appearance {
        id: StoryId::new(at, &story.to_string()),
        site: format!("site{}.example", story % 500),
        at,
        lede: Lede::of("A title of six plain words", &text(source)),
    }
}

fn similar(criterion: &mut Criterion) {
    let mut index = Index::default();
    for story in 0..STORIES {
        index.add(&appearance(story));
    }
    index.sort();
    let asked: Vec<Appearance> = (0..1_000).map(|n| appearance(n * 97)).collect();
    let found: usize = asked.iter().map(|one| index.candidates(one).len()).sum();
    let mut group = criterion.benchmark_group(format!(
        "similar, {STORIES} stories, {} MB, {found} candidates for 1,000",
        index.bytes() / 1_000_000
    ));
    group.throughput(Throughput::Elements(asked.len() as u64));
    group.sample_size(10);
    group.bench_function("candidates of 1,000 stories", |bencher| {
        bencher.iter(|| {
            asked
                .iter()
                .map(|one| index.candidates(black_box(one)).len())
                .sum::<usize>()
        });
    });
    group.bench_function("compare 1,000 pairs", |bencher| {
        bencher.iter(|| {
            asked
                .windows(2)
                .filter(|pair| pair[0].compare(black_box(&pair[1])).is_some())
                .count()
        });
    });
    let texts: Vec<String> = (0..1_000).map(text).collect();
    group.bench_function("read and add 1,000 stories", |bencher| {
        bencher.iter_batched(
            Index::default,
            |mut index| {
                for text in &texts {
                    let lede = Lede::of("A title", black_box(text));
                    index.add(&Appearance {
                        lede,
                        ..asked[0].clone()
                    });
                }
                index.sort();
                index
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, keys, similar);
criterion_main!(benches);
