//! Matching: HTML to visible text to hits, with 10 to 100,000 watches, and the worst query on hostile text.
//!
//! Runs on the entries of `../shared/corpus/feeds` where they are, else on articles made here.
//! `cargo bench --bench matching`. Single-threaded; times per article, of building, and memory are printed first.
#![allow(clippy::print_stderr, clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use kabar::feed::parse::read_feed;
use kabar::watch::Document;
use kabar::watch::Matcher;
use kabar::watch::Query;
use kabar::watch::text::visible_line;
use kabar::watch::text::visible_text;
use url::Url;

/// Numbers of watches that are measured.
const WATCHES: [usize; 4] = [10, 1_000, 10_000, 100_000];
/// Articles of the corpus that are read.
const ARTICLES_MAX: usize = 6_000;

struct Article {
    title: String,
    html: String,
    language: Option<String>,
}

fn articles() -> Vec<Article> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/feeds");
    let mut paths: Vec<_> = ["real-rss2-wf", "real-atom1-wf", "real-rdf-wf"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(corpus.join(folder)).ok())
        .flatten()
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    let url = Url::parse("https://example.org/").unwrap();
    let mut out: Vec<Article> = paths
        .iter()
        .filter_map(|path| read_feed(&std::fs::read(path).unwrap(), None, &url).ok())
        .flat_map(|feed| {
            let language = feed.language.clone();
            feed.entries.into_iter().map(move |entry| Article {
                title: entry.title.unwrap_or_default(),
                html: entry.content.or(entry.summary).unwrap_or_default(),
                language: language.clone(),
            })
        })
        .filter(|article| article.html.len() > 200)
        .take(ARTICLES_MAX)
        .collect();
    if out.is_empty() {
        out = (0..1_000).map(made).collect();
    }
    out
}

fn made(index: usize) -> Article {
    let body: String = (0..60)
        .map(|n| {
            let (a, b) = (index * 7919 + n * 104_729, index * 31 + n);
            format!(
                "<p>Presiden Na{a} bertemu <b>Ka{b}</b> di kota To{}, kata juru bicara.</p>",
                a % 977
            )
        })
        .collect();
    Article {
        title: format!("Berita {index}"),
        html: body,
        language: Some("id".to_owned()),
    }
}

/// A generator of numbers that are the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

/// Queries in the mix of the research notes: 55 % names of persons, 7 % places, 20 % words and phrases, 8 % stars, 10 % boolean.
fn queries(articles: &[Article], count: usize) -> Vec<Query> {
    let mut frequency: HashMap<String, usize> = HashMap::new();
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut known = HashSet::new();
    for article in articles {
        let text = visible_text(&article.html);
        let words: Vec<&str> = text
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| word.len() > 1)
            .collect();
        for word in &words {
            *frequency.entry((*word).to_owned()).or_default() += 1;
        }
        for pair in words.windows(2) {
            let is_name = pair
                .iter()
                .all(|word| word.chars().next().is_some_and(char::is_uppercase) && word.len() > 3);
            if is_name && known.insert((pair[0].to_owned(), pair[1].to_owned())) {
                pairs.push((pair[0].to_owned(), pair[1].to_owned()));
            }
        }
    }
    let mut words: Vec<(String, usize)> = frequency.into_iter().filter(|(word, _)| word.len() > 3).collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    // What people watch is rarer than function words.
    let words: Vec<String> = words.into_iter().skip(300).map(|(word, _)| word).collect();
    let names: Vec<&String> = words
        .iter()
        .filter(|word| word.chars().next().is_some_and(char::is_uppercase))
        .collect();
    let mut dice = Dice(7);
    (0..count)
        .map(|n| {
            let mut word = || words[dice.below(words.len())].clone();
            let (a, b, c) = (word(), word(), word());
            let text = match n % 100 {
                0..55 if n / 2 < pairs.len() && n % 2 == 0 => format!("\"{} {}\"", pairs[n / 2].0, pairs[n / 2].1),
                0..55 => format!(
                    "\"{} {}\"",
                    names[dice.below(names.len())],
                    names[dice.below(names.len())]
                ),
                55..62 => names[dice.below(names.len())].clone(),
                62..75 => a,
                75..82 => format!("\"{a} {b}\""),
                82..90 => format!("{}*", a.chars().take(6).collect::<String>()),
                90..94 => format!("{a} AND ({b} OR {c})"),
                94..97 => format!("{a} NEAR/5 {b}"),
                _ => format!("{a} -{b}"),
            };
            Query::parse(&text, &BTreeMap::new()).unwrap_or_else(|_| Query::parse("kabar", &BTreeMap::new()).unwrap())
        })
        .collect()
}

fn find(matcher: &Matcher, article: &Article) -> usize {
    let (title, text) = (visible_line(&article.title), visible_text(&article.html));
    let document = Document {
        title: &title,
        text: &text,
        language: article.language.as_deref(),
        link: None,
        feed: "",
        author: None,
        tags: &[],
    };
    black_box(matcher.find(&document)).len()
}

/// Resident memory of this process in KiB, as Linux tells it.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

fn matching(criterion: &mut Criterion) {
    let articles = articles();
    let bytes: usize = articles
        .iter()
        .map(|article| article.html.len() + article.title.len())
        .sum();
    eprintln!("{} articles, {} bytes each", articles.len(), bytes / articles.len());
    let mut group = criterion.benchmark_group("matching");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(bytes as u64))
        .measurement_time(Duration::from_secs(4));
    group.bench_function("HTML alone", |bencher| {
        bencher.iter(|| {
            articles
                .iter()
                .map(|article| visible_text(&article.html).len())
                .sum::<usize>()
        });
    });
    for count in WATCHES {
        let queries = queries(&articles, count);
        let before = resident_kib();
        let start = Instant::now();
        let matcher = Matcher::new(queries);
        let built = start.elapsed();
        let memory = resident_kib().saturating_sub(before);
        let hits: usize = articles.iter().map(|article| find(&matcher, article)).sum();
        let mut times: Vec<Duration> = articles
            .iter()
            .map(|article| {
                let start = Instant::now();
                find(&matcher, article);
                start.elapsed()
            })
            .collect();
        times.sort();
        eprintln!(
            "{count} watches: built in {built:?}, {memory} KiB more, {} KiB after reading; {:.1} hits an article; p50 {:?}, p99 {:?}",
            resident_kib().saturating_sub(before),
            hits as f64 / articles.len() as f64,
            times[times.len() / 2],
            times[times.len() * 99 / 100],
        );
        group.bench_function(format!("{count} watches"), |bencher| {
            bencher.iter(|| articles.iter().map(|article| find(&matcher, article)).sum::<usize>());
        });
    }
    group.finish();
}

criterion_group!(benches, matching);
criterion_main!(benches);
