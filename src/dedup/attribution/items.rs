//! The labelled table of item bodies: which name an original, and which only seem to.
#![allow(clippy::unwrap_used)]

use crate::dedup::attribution::find_attribution;
use std::io::Write;

/// What must be reached, as the project promises: right answers, and false attributions.
const EXACT_MIN: f64 = 0.95;
const FALSE_MAX: f64 = 0.01;

#[test]
fn originals_are_found_and_decoys_are_refused_as_labelled() {
    let (mut count, mut exact, mut false_found, mut wrong) = (0_u32, 0_u32, 0_u32, String::new());
    for line in include_str!("../testdata/attribution.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, _, host, expected, body] = fields[..] else {
            panic!("five fields: {line}")
        };
        let found = find_attribution(&body.replace("\\n", "\n"), Some(host));
        let found = found.as_deref().unwrap_or("-");
        count += 1;
        if found == expected {
            exact += 1;
            continue;
        }
        false_found += u32::from(found != "-");
        wrong.push_str(&format!("{line}\n  found {found}\n"));
    }
    let (exact, false_found) = (
        f64::from(exact) / f64::from(count),
        f64::from(false_found) / f64::from(count),
    );
    let summary = format!("{count} items, exact {exact:.3}, false {false_found:.3}\n{wrong}");
    let first_line = summary.lines().next().unwrap_or_default();
    writeln!(std::io::stderr(), "{first_line}").unwrap();
    assert!(exact >= EXACT_MIN && false_found < FALSE_MAX, "{summary}");
}
