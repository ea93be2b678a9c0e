//! Real feeds, damaged: every entry is still found, with its title and its address.

use std::collections::BTreeMap;

use kabar::feed::Entry;
use kabar::feed::parse::read_feed;
use url::Url;

use crate::corpus::Sample;
use crate::corpus::damage::KINDS;
use crate::corpus::is_thorough;
use crate::corpus::samples;
use crate::dice::Dice;

/// Shares in percent that must be reached: documents with exactly their entries, entries found, and those of them that
/// keep the name under which they were known before the damage.
const FLOOR_EXACT: f64 = 98.0;
const FLOOR_FOUND: f64 = 99.5;
const FLOOR_SAME: f64 = 99.5;

/// How many feeds are damaged in the short form: the smallest ones with a few entries, for a debug build.
const FEEDS: usize = 150;

/// How often each kind strikes each feed in the long form.
const ROUNDS_THOROUGH: usize = 3;

/// Documents, exact ones, entries, found ones, those with the same identity.
type Tally = [usize; 5];

#[test]
fn damage_loses_no_entry_of_real_feeds() {
    let Some(samples) = samples() else { return };
    let (texts, rounds) = (texts(&samples), if is_thorough() { ROUNDS_THOROUGH } else { 1 });
    let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
    for (index, (file, text)) in texts.iter().enumerate() {
        let wanted = read(text.as_bytes());
        for (number, (kind, damage)) in KINDS.iter().enumerate() {
            let mut dice = Dice::new((index * KINDS.len() + number) as u64);
            for damaged in (0..rounds).filter_map(|_| damage(text, &mut dice)) {
                let tally = kinds.entry(kind).or_default();
                compare(tally, &wanted, &read(&damaged), &format!("{kind}: {file}"));
            }
        }
    }
    let all = report("damage", &kinds);
    assert!(
        texts.len() >= FEEDS && kinds.len() == KINDS.len(),
        "{} feeds",
        texts.len()
    );
    assert!(
        all[0] >= FLOOR_EXACT && all[1] >= FLOOR_FOUND && all[2] >= FLOOR_SAME,
        "{all:?}"
    );
}

#[test]
fn a_feed_cut_anywhere_gives_every_entry_before_the_cut() {
    let Some(samples) = samples() else { return };
    let (texts, cuts) = (texts(&samples), if is_thorough() { 40 } else { 2 });
    let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
    for (index, (file, text)) in texts.iter().enumerate() {
        let wanted = read(text.as_bytes());
        let mut dice = Dice::new(index as u64);
        for _ in 0..cuts {
            let mut at = dice.below_len(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let whole = ["</item>", "</entry>"].map(|end| text[..at].matches(end).count());
            let whole = whole[0].max(whole[1]).min(wanted.len());
            let found = read(&text.as_bytes()[..at]);
            // The entry that the cut goes through may be there or not.
            let expected = &wanted[..found.len().clamp(whole, (whole + 1).min(wanted.len()))];
            compare(
                kinds.entry("cut").or_default(),
                expected,
                &found,
                &format!("cut at {at}: {file}"),
            );
        }
    }
    // The entry that the cut goes through may have lost its guid, and is known by its address then.
    let all = report("cuts", &kinds);
    assert!(all[0] >= FLOOR_EXACT && all[1] >= FLOOR_FOUND, "{all:?}");
}

#[test]
fn wounds_add_up_and_entries_stay() {
    let Some(samples) = samples() else { return };
    let (texts, rounds) = (texts(&samples), if is_thorough() { 400 } else { 6 });
    let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
    for (index, (file, text)) in texts.iter().enumerate() {
        let wanted = read(text.as_bytes());
        let mut dice = Dice::new(index as u64);
        for _ in 0..rounds {
            let [(one, first), (other, second)] = [0; 2].map(|_| KINDS[dice.below_len(KINDS.len())]);
            let wounded = first(text, &mut dice).and_then(|bytes| String::from_utf8(bytes).ok());
            let Some(twice) = wounded.and_then(|text| second(&text, &mut dice)) else {
                continue;
            };
            let tally = kinds.entry("two wounds").or_default();
            compare(tally, &wanted, &read(&twice), &format!("{one} and {other}: {file}"));
        }
    }
    let all = report("two wounds", &kinds);
    assert!(all[0] >= FLOOR_EXACT && all[1] >= FLOOR_FOUND, "{all:?}");
}

/// Names and texts of the feeds that are damaged, smallest first.
fn texts(samples: &[Sample]) -> Vec<(&str, String)> {
    let is_xml = |sample: &&Sample| sample.is_real_and_well_formed() && sample.file.contains(".xml");
    let real = samples.iter().filter(is_xml).filter(|sample| sample.entries >= 2);
    let read = |sample: &'_ Sample| String::from_utf8(sample.bytes()).ok();
    let mut texts: Vec<(&str, String)> = real
        .filter_map(|sample| Some((sample.file.as_str(), read(sample)?)))
        .collect();
    texts.sort_by_key(|(_, text)| text.len());
    if !is_thorough() {
        texts.truncate(FEEDS);
    }
    texts
}

fn read(bytes: &[u8]) -> Vec<Entry> {
    let url = Url::parse("https://feed.example/").unwrap();
    read_feed(bytes, None, &url)
        .map(|feed| feed.entries)
        .unwrap_or_default()
}

fn compare(tally: &mut Tally, wanted: &[Entry], found: &[Entry], what: &str) {
    // Namespaces by https change addresses, and a lost end the one field that it ends: either names the entry.
    let name = |text: &Option<String>| text.as_deref().map(|text| text.replace("https:", "http:"));
    let is_found = |entry: &&Entry| {
        let same = |other: &Entry| {
            entry.title.is_some() && entry.title == other.title
                || entry.link.is_some() && name(&entry.link) == name(&other.link)
                || entry.id == other.id
        };
        found.iter().any(same)
    };
    let found_count = wanted.iter().filter(is_found).count();
    let id = |entry: &Entry| entry.id.replace("https:", "http:");
    let is_same = |entry: &&Entry| found.iter().any(|other| id(other) == id(entry));
    let same_count = wanted.iter().filter(is_same).count();
    let is_exact = wanted.len() == found.len();
    if !is_exact || found_count < wanted.len() {
        println!("{} entries, {found_count} of {}: {what}", found.len(), wanted.len());
    }
    let add = [1, usize::from(is_exact), wanted.len(), found_count, same_count];
    add.into_iter().zip(tally).for_each(|(add, sum)| *sum += add);
}

/// Prints one line a kind and gives the shares of all.
fn report(name: &str, kinds: &BTreeMap<&str, Tally>) -> [f64; 3] {
    let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
    let mut all = Tally::default();
    for (kind, tally) in kinds {
        let [documents, exact, entries, found, same] = *tally;
        println!(
            "{kind:32} {documents:5} exact {:6.2} % found {:6.2} % same {:6.2} %",
            percent(exact, documents),
            percent(found, entries),
            percent(same, entries)
        );
        all.iter_mut().zip(tally).for_each(|(sum, add)| *sum += add);
    }
    let shares = [
        percent(all[1], all[0]),
        percent(all[3], all[2]),
        percent(all[4], all[2]),
    ];
    println!(
        "{name}: {} kinds, {} documents: exact {:.2} %, found {:.2} %, same {:.2} %",
        kinds.len(),
        all[0],
        shares[0],
        shares[1],
        shares[2]
    );
    shares
}
