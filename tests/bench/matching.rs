//! Matching: HTML to visible text to hits, with 10 to 100,000 watches, and the worst query on hostile text.
//!
//! Runs on articles made here, and shows the speed on the entries of `../shared/corpus/feeds` where they are.
//! `cargo bench --bench matching`. Single-threaded; speed, times per article, of building, and memory are printed first.
//! Speeds, building and hostile text are the fastest of several passes: other processes only ever make one slower.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

use std::collections::BTreeMap;
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
struct Article {
    title: String,
    html: String,
    language: Option<String>,
}

/// Words of the invented languages, and names made of them.
const WORDS: usize = 150_000;
const NAMES: usize = 60_000;
/// Articles and words of each: about 3 KB of HTML.
const ARTICLES: usize = 4_000;
const ARTICLE_WORDS: usize = 420;

/// The word of a rank: the more frequent, the shorter; every fifth is a name, and every seventh is in another script.
fn word(rank: usize) -> String {
    const SYLLABLES: [[&str; 16]; 4] = [
        [
            "ka", "to", "ri", "men", "su", "la", "ber", "in", "do", "pa", "ter", "os", "ni", "ge", "wa", "mi",
        ],
        [
            "ка", "то", "ри", "мен", "су", "ла", "бер", "ин", "до", "па", "тер", "ос", "ни", "ге", "ва", "ми",
        ],
        [
            "κα", "το", "ρι", "μεν", "συ", "λα", "βερ", "ιν", "δο", "πα", "τερ", "ος", "νι", "γε", "βα", "μι",
        ],
        [
            "با", "تو", "ري", "من", "سو", "لا", "بر", "ين", "دو", "كا", "تر", "وس", "ني", "جي", "وا", "مي",
        ],
    ];
    let script = if rank.is_multiple_of(7) { 1 + rank / 7 % 3 } else { 0 };
    let mut text = String::new();
    let mut number = rank + 16;
    while number > 0 {
        text.push_str(SYLLABLES[script][number * 7 % 16]);
        number /= 16;
    }
    match text.chars().next() {
        Some(first) if rank.is_multiple_of(5) => first.to_uppercase().chain(text.chars().skip(1)).collect(),
        _ => text,
    }
}

/// First and last name of a person.
fn name(rank: usize) -> (String, String) {
    (word(rank % 1_900 * 5 + 500), word((rank * 5 + 20_000) % WORDS / 5 * 5))
}

fn articles() -> Vec<Article> {
    let mut dice = Dice(1);
    (0..ARTICLES).map(|index| made(index, &mut dice)).collect()
}

fn made(index: usize, dice: &mut Dice) -> Article {
    let mut html = String::from("<div class=\"story\"><p>");
    for n in 0..ARTICLE_WORDS {
        if dice.below(25) == 0 {
            let (first, last) = name(dice.zipf(NAMES));
            html += &format!("<b>{first} {last}</b>");
        } else {
            html += &word(dice.zipf(WORDS));
        }
        html += match n % 60 {
            59 => ".</p>\n<p>",
            29 => ", &ldquo;",
            31 => "&rdquo; <a href=\"https://example.org/a/b?c=d\">",
            33 => "</a> ",
            11 | 47 => ". ",
            _ => " ",
        };
    }
    Article {
        title: format!("{} {} {index}", word(dice.zipf(WORDS)), word(dice.zipf(WORDS))),
        html: html + "</p></div>",
        language: (!index.is_multiple_of(3)).then(|| "id".to_owned()),
    }
}

/// Entries of the real feeds of `../shared/corpus/feeds`; none where it is not there.
fn real_articles() -> Vec<Article> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/feeds");
    let mut paths: Vec<_> = ["real-rss2-wf", "real-rss2-ill", "real-atom1-wf", "real-rdf-wf"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(corpus.join(folder)).ok())
        .flatten()
        .map(|file| file.unwrap().path())
        .collect();
    paths.sort();
    let url = Url::parse("https://example.org/").unwrap();
    paths
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
        .filter(|article| article.html.len() > 500)
        .collect()
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

    /// As words occur in a language: the n-th one n times less often than the first.
    fn zipf(&mut self, end: usize) -> usize {
        let share = self.below(1 << 30) as f64 / f64::from(1 << 30);
        ((end as f64).powf(share) as usize).min(end) - 1
    }
}

/// Queries in the mix of the research notes: 55 % names of persons, 7 % places, 20 % words and phrases, 8 % stars, 10 % boolean.
fn queries(count: usize) -> Vec<Query> {
    /// What people watch is rarer than function words.
    const FUNCTION_WORDS: usize = 500;
    let mut dice = Dice(7);
    (0..count)
        .map(|n| {
            let mut rare = || word(FUNCTION_WORDS + dice.below(WORDS - FUNCTION_WORDS));
            let (a, b, c) = (rare(), rare(), rare());
            let text = match n % 100 {
                0..55 => {
                    let (first, last) = name(dice.below(NAMES));
                    format!("\"{first} {last}\"")
                }
                55..62 => word(dice.below(WORDS) / 5 * 5),
                62..75 => a,
                75..82 => format!("\"{a} {b}\""),
                82..90 => format!("{a}*"),
                90..94 => format!("{a} AND ({b} OR {c})"),
                94..97 => format!("{a} NEAR/5 {b}"),
                _ => format!("{a} -{b}"),
            };
            Query::parse(&text, &BTreeMap::new()).unwrap()
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

/// The time of the fastest of `passes`.
fn fastest(passes: usize, mut work: impl FnMut()) -> Duration {
    let times = (0..passes).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

/// Megabytes a second.
fn speed(bytes: usize, work: impl FnMut()) -> f64 {
    const PASSES: usize = 15;
    bytes as f64 / 1e6 / fastest(PASSES, work).as_secs_f64()
}

fn bytes(articles: &[Article]) -> usize {
    articles
        .iter()
        .map(|article| article.html.len() + article.title.len())
        .sum()
}

fn read_html(articles: &[Article]) -> usize {
    articles
        .iter()
        .map(|article| black_box(visible_text(&article.html)).len())
        .sum()
}

fn find_all(matcher: &Matcher, articles: &[Article]) -> usize {
    articles.iter().map(|article| find(matcher, article)).sum()
}

/// Shows the speed on real articles, where there are some.
fn show_real() {
    let real = real_articles();
    if real.is_empty() {
        return;
    }
    let html = speed(bytes(&real), || {
        read_html(&real);
    });
    let matcher = Matcher::new(queries(1_000));
    let all = speed(bytes(&real), || {
        find_all(&matcher, &real);
    });
    eprintln!(
        "{} real articles: HTML alone {html:.0} MB/s, with 1,000 watches {all:.0} MB/s",
        real.len()
    );
}

/// A matcher of `count` watches; shows what it costs to build and to use.
fn show(count: usize, articles: &[Article]) -> Matcher {
    const BUILDS: usize = 3;
    let queries = queries(count);
    let copies = vec![queries.clone(); BUILDS];
    let before = resident_kib();
    let matcher = Matcher::new(queries);
    let hits = find_all(&matcher, articles);
    let memory = resident_kib().saturating_sub(before);
    let mut copies = copies.into_iter();
    let built = fastest(BUILDS, || {
        black_box(Matcher::new(copies.next().unwrap_or_default()));
    });
    let speed = speed(bytes(articles), || {
        find_all(&matcher, articles);
    });
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
        "{count} watches: {speed:.0} MB/s, built in {built:?}, {memory} KiB more; {:.1} hits an article; p50 {:?}, p99 {:?}",
        hits as f64 / articles.len() as f64,
        times[times.len() / 2],
        times[times.len() * 99 / 100],
    );
    matcher
}

/// The longest that one query takes on a megabyte of text that makes searches start again.
fn show_hostile() {
    const PASSES: usize = 10;
    let chain = format!("a{}", " NEAR/50 a".repeat(30));
    let groups = format!("({}) NEAR/50 ({})", ["a"; 60].join(" OR "), ["aa"; 60].join(" OR "));
    let phrase = format!("\"{}\"", "a ".repeat(200));
    let run = "あ".repeat(1_300);
    let watches = [
        chain.as_str(),
        &phrase,
        &run,
        &groups,
        "*aaaa*",
        "アアアアア",
        "aaaa*",
        "a1a1a1",
        "京都",
        "/[ab]*a[ab]{50}c/",
        "/(a+ )+b/",
    ];
    let texts = [
        "a ", "a", "a'", "l'", "あ", "ア", "a.", "a-", "a\u{301}", "aa bb ", "京都", "東", "a@", "ab",
    ];
    let mut worst = (Duration::ZERO, "", "");
    for watch in watches {
        let matcher = Matcher::new([Query::parse(watch, &BTreeMap::new()).unwrap()]);
        for piece in texts {
            let text = piece.repeat(1_000_000 / piece.len());
            let document = Document {
                title: "",
                text: &text,
                language: None,
                link: None,
                feed: "",
                author: None,
                tags: &[],
            };
            let time = fastest(PASSES, || {
                black_box(matcher.find(&document));
            });
            worst = worst.max((time, watch, piece));
        }
    }
    eprintln!(
        "a megabyte of hostile text: at most {:?}, for {:.40} on {:?}",
        worst.0, worst.1, worst.2
    );
}

fn matching(criterion: &mut Criterion) {
    show_hostile();
    show_real();
    let articles = articles();
    let html = speed(bytes(&articles), || {
        read_html(&articles);
    });
    eprintln!(
        "{} articles, {} bytes each; HTML alone: {html:.0} MB/s",
        articles.len(),
        bytes(&articles) / articles.len()
    );
    let mut group = criterion.benchmark_group("matching");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(bytes(&articles) as u64))
        .measurement_time(Duration::from_secs(4));
    group.bench_function("HTML alone", |bencher| bencher.iter(|| read_html(&articles)));
    for count in WATCHES {
        let matcher = show(count, &articles);
        group.bench_function(format!("{count} watches"), |bencher| {
            bencher.iter(|| find_all(&matcher, &articles));
        });
    }
    group.finish();
}

criterion_group!(benches, matching);
criterion_main!(benches);
