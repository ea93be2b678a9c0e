//! Days of thirty misbehaving feeds, with deaths of the process between any two changes: no story is lost, none is told
//! twice, and new rules of keys bring nothing back.

mod feeds;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::Timestamp;
use kabar::dedup::canonical::RuleLists;
use kabar::dedup::canonical::Rules;
use kabar::digest::DeliveryState;
use kabar::store::SledStore;
use kabar::store::Store;

use crate::crashing::CrashingStore;
use crate::crashing::Moment;
use crate::replay::feeds::FEEDS;
use crate::replay::feeds::Kind;
use crate::replay::feeds::NEW_PER_ROUND;
use crate::replay::feeds::address;
use crate::replay::feeds::document;
use crate::replay::feeds::word;
use crate::world::MORNING;
use crate::world::World;
use crate::world::entry;

/// Rounds of an hour: 30 feeds with 2 stories each make 2,160 stories.
const ROUNDS: usize = 36;

fn world(feeds: &[usize]) -> World {
    let table = |feed: &usize| format!("[[feeds]]\nurl = \"{}\"\nevery = \"30m\"\n", address(*feed));
    let tables: String = feeds.iter().map(table).collect();
    World::with_tables(&format!("watches = [\"Berita\"]\n{tables}"), "hourly")
}

fn after_rounds(rounds: usize) -> String {
    let morning: Timestamp = MORNING.parse().unwrap();
    (morning + SignedDuration::from_mins(60 * i64::try_from(rounds).unwrap() - 1)).to_string()
}

/// How often recipients were told of each story, by the word in its title.
fn told(store: &dyn Store) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for delivery in store.deliveries().unwrap() {
        assert!(matches!(delivery.state, DeliveryState::Sent { .. }), "{delivery:?}");
        for entry in delivery.entries {
            let word = entry.title.text.split(' ').nth(1).unwrap().to_owned();
            *told.entry(word).or_default() += 1;
        }
    }
    told
}

/// Fails where a story was lost or told twice.
fn check_all_told_once(world: &World, feeds: &[usize], rounds: usize) {
    let mut told = told(world.store.as_ref());
    let (mut lost, mut repeated) = (Vec::new(), Vec::new());
    let own = feeds.iter().filter(|feed| FEEDS[**feed] != Kind::CopiesPlainFeeds);
    for (feed, story) in own.flat_map(|feed| (0..rounds * NEW_PER_ROUND).map(move |story| (*feed, story))) {
        match told.remove(&word(feed, story)) {
            Some(1) => {}
            None => lost.push((feed, FEEDS[feed], story)),
            Some(_) => repeated.push((feed, FEEDS[feed], story)),
        }
    }
    assert!(
        lost.is_empty() && repeated.is_empty(),
        "lost {lost:?}\nrepeated {repeated:?}"
    );
    assert!(told.is_empty(), "from nowhere: {told:?}");
}

/// Plays the rounds; `deaths` says after which change of its store the process dies next.
fn play(
    world: &mut World,
    feeds: &[usize],
    rounds: usize,
    mut deaths: impl FnMut() -> Option<(usize, Moment)>,
) -> usize {
    let survivor = Arc::clone(&world.store);
    let mut died = 0;
    for round in 0..rounds {
        for feed in feeds {
            world.feed(&address(*feed), document(*feed, round));
        }
        let until = after_rounds(round + 1);
        loop {
            let store = Arc::new(CrashingStore::new(Arc::clone(&survivor), deaths()));
            world.store = Arc::clone(&store) as Arc<dyn Store>;
            let ended = world.try_run_until(&until);
            if !store.is_dead() {
                ended.unwrap();
                break;
            }
            died += 1;
        }
    }
    world.store = survivor;
    // The last digest.
    world.run_until(&after_rounds(rounds + 2));
    died
}

#[test]
fn thirty_misbehaving_feeds_lose_nothing_and_repeat_nothing_while_the_process_keeps_dying() {
    let feeds: Vec<usize> = (0..FEEDS.len()).collect();
    let mut world = world(&feeds);
    let mut seed = 7_u64;
    let deaths = || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let moment = [Moment::Before, Moment::Within, Moment::After][(seed >> 40) as usize % 3];
        Some((1 + (seed >> 50) as usize % 60, moment))
    };

    let died = play(&mut world, &feeds, ROUNDS, deaths);

    assert!(died > ROUNDS, "{died} deaths");
    check_all_told_once(&world, &feeds, ROUNDS);
}

#[test]
fn a_death_at_any_change_loses_nothing_and_repeats_nothing() {
    let feeds = [0, 4, 8, 11, 17, 20, 23, 28];
    for moment in [Moment::Before, Moment::Within, Moment::After] {
        for change in 1..40 {
            let mut world = world(&feeds);
            let mut first = Some((change, moment));
            play(&mut world, &feeds, 3, || first.take());
            check_all_told_once(&world, &feeds, 3);
        }
    }
}

/// The rules of kabar, and one more parameter that says nothing.
fn rules(version: u32, parameter: &str) -> &'static Rules {
    let parameters = format!("{}\n{parameter}\n", RuleLists::CURRENT.parameters);
    let lists = RuleLists {
        parameters: Box::leak(parameters.into_boxed_str()),
        ..RuleLists::CURRENT
    };
    Box::leak(Box::new(Rules::read(version, &lists)))
}

#[test]
fn new_rules_of_keys_bring_nothing_back() {
    let directory = tempfile::tempdir().unwrap();
    let mut world = world(&[0, 1, 2]);
    world.store = Arc::new(SledStore::open(directory.path()).unwrap());
    // Every key changes: what version 1 drops version 2 keeps, and the other way round.
    let (first, second) = (rules(1, "kanal"), rules(2, "edisi"));
    let link = |story: usize, decoration: &str| format!("https://paper.example/news/{}?{decoration}", word(0, story));
    let document = |decoration: &str, guid: &str| -> Vec<_> {
        let told = |story| entry(&link(story, decoration), &format!("Berita {} port", word(0, story)));
        (0..20)
            .map(|story| told(story).id(&format!("{guid}{story}")).published(MORNING))
            .collect()
    };
    world.rules = first;
    world.feed(&address(0), document("edisi=9&kanal=3", "a"));
    world.feed(&address(1), []);
    world.feed(&address(2), []);
    world.run_until(&after_rounds(2));
    assert_eq!(told(world.store.as_ref()).values().sum::<usize>(), 20);

    drop(std::mem::replace(
        &mut world.store,
        Arc::new(kabar::store::MemoryStore::new()),
    ));
    world.store = Arc::new(SledStore::open(directory.path()).unwrap());
    world.rules = second;
    // The same document again, the same stories in a feed that never had them, and all guids new.
    world.feed(&address(0), document("kanal=3&edisi=9", "b"));
    world.feed(&address(1), document("kanal=3&edisi=10", "c"));
    world.run_until(&after_rounds(4));
    let mentions = told(world.store.as_ref());
    assert!(
        mentions.len() == 20 && mentions.values().all(|count| *count == 1),
        "{mentions:?}"
    );
    // Later only their names are left.
    let (now, long_ago) = (after_rounds(4).parse().unwrap(), Timestamp::UNIX_EPOCH);
    assert_eq!(world.store.prune(now, long_ago).unwrap(), 20);
    world.feed(&address(2), document("kanal=3&edisi=11", "d"));
    world.run_until(&after_rounds(6));

    assert_eq!(told(world.store.as_ref()), BTreeMap::new());
    assert_eq!(world.store.story_count().unwrap(), 0, "no story was made anew");
}
