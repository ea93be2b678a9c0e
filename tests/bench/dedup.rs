//! What telling stories apart costs: a key per URL, and near-duplicates among 100,000 stories.

use std::collections::HashMap;
use std::collections::HashSet;
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
/// Stories that begin alike, where many do.
const FAMILY: u64 = 80;

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

fn appearance(story: u64, text: &str) -> Appearance {
    let second = i64::try_from(story).unwrap_or(0);
    let at = Timestamp::from_second(1_800_000_000 + second).unwrap_or(Timestamp::UNIX_EPOCH);
    Appearance {
        id: StoryId::new(at, &story.to_string()),
        site: format!("site{}.example", story % 500),
        at,
        lede: Lede::of("A title of six plain words", text),
    }
}

/// Every tenth story a copy of an earlier one.
fn ordinary(story: u64) -> Appearance {
    let source = if story.is_multiple_of(COPY_EVERY) {
        story / 2
    } else {
        story
    };
    appearance(story, &text(source))
}

/// Every story one of eighty on as many sites that begin alike: as many candidates as an index ever answers.
fn crowded(story: u64) -> Appearance {
    let (shared, own) = (text(1_000_000 + story / FAMILY), text(story));
    let start: Vec<&str> = shared.split(' ').take(90).collect();
    appearance(story, &format!("{} {own}", start.join(" ")))
}

fn similar(criterion: &mut Criterion) {
    copies(criterion, "ordinary", ordinary);
    copies(criterion, "crowded", crowded);
    let texts: Vec<String> = (0..1_000).map(text).collect();
    let like = ordinary(1);
    criterion.bench_function("similar, read and add 1,000 stories", |bencher| {
        bencher.iter_batched(
            Index::default,
            |mut index| {
                for text in &texts {
                    let lede = Lede::of("A title", black_box(text));
                    index.add(&Appearance { lede, ..like.clone() });
                }
                index.sort();
                index
            },
            BatchSize::PerIteration,
        );
    });
}

/// Looking for the copies of 1,000 stories: candidates, and comparing each.
fn copies(criterion: &mut Criterion, name: &str, story: fn(u64) -> Appearance) {
    let mut index = Index::default();
    for number in 0..STORIES {
        index.add(&story(number));
    }
    index.sort();
    let asked: Vec<Appearance> = (0..1_000).map(|n| story(n * 97)).collect();
    let mut search = index.search();
    let found: Vec<Vec<StoryId>> = asked.iter().map(|one| search.candidates(one)).collect();
    let count: usize = found.iter().map(Vec::len).sum();
    let wanted: HashSet<StoryId> = found.iter().flatten().copied().collect();
    let known: HashMap<StoryId, Appearance> = (0..STORIES)
        .map(story)
        .filter(|one| wanted.contains(&one.id))
        .map(|one| (one.id, one))
        .collect();
    let mut group = criterion.benchmark_group(format!(
        "similar, {name}, {STORIES} stories, {} MB, {count} candidates for 1,000",
        index.bytes() / 1_000_000
    ));
    group.throughput(Throughput::Elements(asked.len() as u64));
    group.sample_size(10);
    group.bench_function("copies of 1,000 stories", |bencher| {
        bencher.iter(|| {
            let mut search = index.search();
            let mut alike = 0;
            for one in &asked {
                let candidates = search.candidates(black_box(one));
                let compared = candidates.iter().filter_map(|id| one.compare(known.get(id)?));
                alike += compared.count();
            }
            alike
        });
    });
    group.finish();
}

criterion_group!(benches, keys, similar);
criterion_main!(benches);
