//! The labelled table of URL pairs: which keys must be equal and which must not.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Write;

use crate::dedup::canonical::canonicalize;

/// What the keys must reach, as the project promises: precision, recall, accuracy.
const PRECISION_MIN: f64 = 0.995;
const RECALL_MIN: f64 = 0.95;
const ACCURACY_MIN: f64 = 0.97;

#[derive(Default)]
struct Count {
    true_joins: u32,
    false_joins: u32,
    true_splits: u32,
    false_splits: u32,
}

impl Count {
    fn add(&mut self, is_same: bool, is_joined: bool) {
        *match (is_same, is_joined) {
            (true, true) => &mut self.true_joins,
            (false, true) => &mut self.false_joins,
            (false, false) => &mut self.true_splits,
            (true, false) => &mut self.false_splits,
        } += 1;
    }

    fn accuracy(&self) -> f64 {
        let right = self.true_joins + self.true_splits;
        f64::from(right) / f64::from(right + self.false_joins + self.false_splits)
    }
}

#[test]
fn pairs_are_joined_and_kept_apart_as_labelled() {
    let (mut total, mut classes, mut wrong) = (Count::default(), BTreeMap::<&str, Count>::new(), String::new());
    let key = |url: &str| canonicalize(url).map(|canonical| canonical.key);
    for line in include_str!("../testdata/pairs.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let fields: Vec<&str> = line.split('\t').collect();
        let [class, label, a, b] = fields[..] else {
            panic!("four fields: {line}")
        };
        let (is_same, is_joined) = (label == "same", key(a).is_ok() && key(a) == key(b));
        total.add(is_same, is_joined);
        classes.entry(class).or_default().add(is_same, is_joined);
        if is_same != is_joined {
            wrong.push_str(&format!("{line}\n  {:?}\n  {:?}\n", key(a), key(b)));
        }
    }
    let joins = f64::from(total.true_joins);
    let precision = joins / (joins + f64::from(total.false_joins));
    let recall = joins / (joins + f64::from(total.false_splits));
    let accuracy = total.accuracy();
    let weak: Vec<&str> = classes
        .iter()
        .filter(|(_, count)| count.accuracy() < 0.8)
        .map(|(class, _)| *class)
        .collect();
    let summary = format!(
        "{} classes, precision {precision:.3}, recall {recall:.3}, accuracy {accuracy:.3}, weak classes {weak:?}\n{wrong}",
        classes.len()
    );
    let first_line = summary.lines().next().unwrap_or_default();
    writeln!(std::io::stderr(), "{first_line}").unwrap();
    assert!(
        precision >= PRECISION_MIN && recall >= RECALL_MIN && accuracy >= ACCURACY_MIN && weak.is_empty(),
        "{summary}"
    );
}
