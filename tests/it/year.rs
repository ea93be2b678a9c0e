//! A year of digests in twenty time zones, on a pure clock: outages, a machine that is off, changed schedules and zones.
//!
//! The expected slots are reckoned here in another way than the program does.

mod calendar;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::ToSpan;
use kabar::config;
use kabar::config::Config;
use kabar::config::Environment;
use kabar::daemon::sealing;
use kabar::daemon::sealing::Which;
use kabar::digest::Delivery;
use kabar::digest::DeliveryState;
use kabar::digest::SendOutcome;
use kabar::digest::retry;
use kabar::store::MemoryStore;
use kabar::store::Store;
use kabar::watch::Send;

use crate::dice::Dice;
use crate::store;
use crate::year::calendar::Plan;

/// Half-hour and quarter-hour zones, changes at midnight, of half an hour and of two, the far ends of the day.
const ZONES: [&str; 20] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Jakarta",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "America/Santiago",
    "Antarctica/Troll",
    "America/Nuuk",
    "Europe/London",
    "Asia/Beirut",
    "Pacific/Apia",
    "America/Los_Angeles",
    "Asia/Tokyo",
];
const SCHEDULES: [&str; 7] = [
    "daily 07:00",
    "daily 02:30",
    "weekdays 07:00, 18:00",
    "mon 08:00",
    "daily 00:00",
    "daily 01:30, 03:00, 23:45",
    "sat, sun 02:00",
];
const BEGIN: &str = "2027-11-01T00:00:00Z";
/// Long enough after the year for the last mail to be sent.
const END: &str = "2028-11-20T00:00:00Z";
const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
/// Hours of silence after which a digest says that it has nothing to say.
const A_WEEK_ALMOST: i64 = 7 * 24 - 12;

/// One year with everything that happens in it.
struct Year {
    plans: Vec<Plan>,
    config: Config,
    store: MemoryStore,
    dice: Dice,
    now: Timestamp,
    /// When the machine is off, in order.
    off: Vec<(Timestamp, Timestamp)>,
    /// When the mail server takes nothing, in order.
    unreachable: Vec<(Timestamp, Timestamp)>,
    /// Per recipient: the stories that wait, and the last slot that passed.
    model: BTreeMap<String, (BTreeSet<String>, Timestamp)>,
    /// Per recipient: the last mail, at first the first slot.
    quiet_since: BTreeMap<String, Timestamp>,
    /// Per recipient and story: the ids of the mails that arrived with it.
    arrived: BTreeMap<(String, String), BTreeSet<String>>,
    bytes: BTreeMap<String, Vec<u8>>,
    slots: BTreeSet<(String, Timestamp)>,
    stories: usize,
    copies: usize,
    /// Digests that were sealed later than they had to be.
    late: usize,
    /// Digests without stories.
    signs_of_life: usize,
    /// Stories of mails that were given up although they had arrived.
    in_doubt: usize,
    /// Per recipient: when the schedule or the zone was changed last.
    changed: BTreeMap<String, Timestamp>,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn configuration(plans: &[Plan]) -> Config {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kabar.toml");
    let mut text = "state = \"state\"\nfeeds = [\"https://lrt.example/rss\"]\nwatches = [\"port\"]\n[mail]\nfrom = \"kabar@example.org\"\n".to_owned();
    for (number, plan) in plans.iter().enumerate() {
        text += &format!(
            "[[recipients]]\nname = \"r{number}\"\nmail = \"r{number}@example.org\"\ndigest = \"{}\"\ntimezone = \"{}\"\n",
            plan.schedule, plan.zone
        );
    }
    std::fs::write(&file, text).unwrap();
    config::load(&file, &Environment::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Spans of time in the year: one of `long` days, and `count` of up to a day and a half.
fn spans(dice: &mut Dice, count: u64, long: i64) -> Vec<(Timestamp, Timestamp)> {
    let mut spans: Vec<(Timestamp, Timestamp)> = Vec::new();
    for number in 0..=count {
        let begin = at(BEGIN) + i64::try_from(dice.below(360)).unwrap().hours() * 24;
        let begin = begin + i64::try_from(dice.below(86_400)).unwrap().seconds();
        let length = if number == 0 {
            long * DAY
        } else {
            i64::try_from(dice.below(129_600)).unwrap()
        };
        spans.push((begin, begin + length.seconds()));
    }
    spans.sort();
    spans
}

fn covering(spans: &[(Timestamp, Timestamp)], now: Timestamp) -> Option<Timestamp> {
    spans
        .iter()
        .filter(|(begin, end)| *begin <= now && now < *end)
        .map(|(_, end)| *end)
        .max()
}

impl Year {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let schedules = SCHEDULES.iter().cycle().skip(usize::try_from(dice.below(7)).unwrap());
        let plans: Vec<Plan> = ZONES
            .iter()
            .zip(schedules)
            .map(|(zone, schedule)| Plan::new(schedule, zone))
            .collect();
        let model = (0..plans.len())
            .map(|number| (format!("r{number}"), (BTreeSet::new(), at(BEGIN))))
            .collect();
        let (off, unreachable) = (spans(&mut dice, 30, 31), spans(&mut dice, 40, 7));
        Self {
            config: configuration(&plans),
            plans,
            store: MemoryStore::new(),
            dice,
            now: at(BEGIN),
            off,
            unreachable,
            model,
            quiet_since: BTreeMap::new(),
            arrived: BTreeMap::new(),
            bytes: BTreeMap::new(),
            slots: BTreeSet::new(),
            stories: 0,
            copies: 0,
            late: 0,
            signs_of_life: 0,
            in_doubt: 0,
            changed: BTreeMap::new(),
        }
    }

    /// From event to event until the end.
    fn run(&mut self) {
        let mut next_story = at(BEGIN) + 3.hours();
        let mut next_change = at(BEGIN) + (20 * 24).hours();
        let mut next_prune = at(BEGIN);
        while self.now < at(END) {
            if self.now >= next_prune {
                self.store
                    .prune(self.now - (20 * 24).hours(), self.now - (20 * 24).hours())
                    .unwrap();
                next_prune = self.now + 24.hours();
            }
            if self.now >= next_change {
                self.change_a_plan();
                next_change = self.now + (20 * 24).hours();
            }
            if self.now >= next_story && self.now < at("2028-11-01T00:00:00Z") {
                self.news();
                next_story = self.now + i64::try_from(self.dice.below(24 * 3600)).unwrap().seconds();
            }
            self.seal();
            self.send();
            let wakes = [
                Some(next_story),
                sealing::wake_at(&self.config, &self.store, self.now).unwrap(),
                self.store
                    .outbox()
                    .unwrap()
                    .iter()
                    .filter_map(retry::next_attempt_at)
                    .min(),
            ];
            let wake = wakes.into_iter().flatten().filter(|wake| *wake > self.now).min();
            self.now = wake.unwrap_or(at(END));
            while let Some(on_again) = covering(&self.off, self.now) {
                self.now = on_again;
            }
        }
    }

    /// A story for one recipient or for several.
    fn news(&mut self) {
        let name = format!("news.example/s{}", self.stories);
        let mut item = store::item(1, &[&name], "port", &["port"], Send::Digest);
        let all = self.dice.once_in(3);
        let names: Vec<String> = self.model.keys().cloned().collect();
        let chosen: Vec<String> = names.into_iter().filter(|_| all || self.dice.once_in(4)).collect();
        item.matches[0].recipients = chosen.iter().map(|name| (name.clone(), Send::Digest)).collect();
        item.sighting.seen = self.now;
        let poll = store::poll(1, &self.stories.to_string(), vec![item]);
        self.store.record_polls(&[poll], self.now).unwrap();
        for recipient in chosen {
            self.model
                .get_mut(&recipient)
                .unwrap()
                .0
                .insert(format!("About {name}"));
            self.arrived
                .insert((recipient, format!("About {name}")), BTreeSet::new());
        }
        self.stories += 1;
    }

    /// Somebody wants another schedule, or moves.
    fn change_a_plan(&mut self) {
        let who = usize::try_from(self.dice.below(20)).unwrap();
        let (schedule, zone) = (self.dice.below(7), self.dice.below(20));
        let old = &self.plans[who];
        self.plans[who] = if self.dice.once_in(2) {
            Plan::new(&old.schedule, ZONES[usize::try_from(zone).unwrap()])
        } else {
            Plan::new(SCHEDULES[usize::try_from(schedule).unwrap()], &old.zone)
        };
        self.config = configuration(&self.plans);
        self.changed.insert(format!("r{who}"), self.now);
    }

    /// Seals, and compares with what the calendar says.
    fn seal(&mut self) {
        let mut expected = BTreeMap::new();
        for (number, plan) in self.plans.iter().enumerate() {
            let name = format!("r{number}");
            let (waiting, last) = self.model.get_mut(&name).unwrap();
            let Some(slot) = plan.latest(*last, self.now) else {
                continue;
            };
            *last = slot;
            let quiet_since = self.quiet_since.entry(name.clone()).or_insert(slot);
            if !waiting.is_empty() || slot >= *quiet_since + A_WEEK_ALMOST.hours() {
                *quiet_since = self.now;
                self.signs_of_life += usize::from(waiting.is_empty());
                expected.insert((name, slot), std::mem::take(waiting));
            }
        }
        let sealed = sealing::seal(&self.config, &self.store, self.now, &Which::Due).unwrap();
        assert!(sealed.failures.is_empty());
        let mails = sealed.ids.iter().map(|id| self.store.delivery(id).unwrap().unwrap());
        let mut found = BTreeMap::new();
        for mail in mails {
            let titles: BTreeSet<String> = mail.entries.iter().map(|entry| entry.title.text.clone()).collect();
            assert_eq!(titles.len(), mail.entries.len());
            assert!(
                self.slots.insert((mail.recipient.clone(), mail.slot)),
                "two digests of one slot: {mail:?}"
            );
            found.insert((mail.recipient, mail.slot), titles);
        }
        assert_eq!(found, expected, "at {}", self.now);
        for (recipient, slot) in found.keys() {
            // A slot of the new schedule that had passed when it was written counts as missed.
            let is_new = self.changed.get(recipient).is_some_and(|changed| changed > slot);
            let was_on = covering(&self.off, *slot).is_none();
            self.late += usize::from(was_on && !is_new && *slot != self.now);
        }
    }

    /// Tries what is due; the server answers as it likes.
    fn send(&mut self) {
        for waiting in self.store.outbox().unwrap() {
            if retry::next_attempt_at(&waiting).is_none_or(|at| at > self.now) {
                continue;
            }
            let begun = retry::begin_attempt(&waiting, self.now);
            assert!(self.store.set_delivery(&waiting.state, &begun).unwrap());
            let outcome = self.answer(&begun);
            let ended = retry::after_attempt(&begun, &outcome, self.now);
            assert!(self.store.set_delivery(&begun.state, &ended).unwrap());
            if let DeliveryState::Failed { .. } = ended.state {
                // It arrived unseen, and no repeat came through in five days: nobody can know.
                if self.bytes.contains_key(&ended.id) {
                    self.in_doubt += ended.entries.len();
                }
                let waiting = &mut self.model.get_mut(&ended.recipient).unwrap().0;
                waiting.extend(ended.entries.iter().map(|entry| entry.title.text.clone()));
            }
        }
    }

    fn answer(&mut self, delivery: &Delivery) -> SendOutcome {
        let reason = || "so it is".to_owned();
        if covering(&self.unreachable, self.now).is_some() {
            return SendOutcome::Deferred(reason());
        }
        match self.dice.below(40) {
            // A server that took a message once does not refuse its repeat.
            2 if self.bytes.contains_key(&delivery.id) => SendOutcome::Deferred(reason()),
            0 => SendOutcome::Deferred(reason()),
            1 => SendOutcome::Misconfigured(reason()),
            2 => SendOutcome::Refused(reason()),
            3 => {
                self.arrive(delivery);
                SendOutcome::Uncertain(reason())
            }
            _ => {
                self.arrive(delivery);
                SendOutcome::Sent(reason())
            }
        }
    }

    fn arrive(&mut self, delivery: &Delivery) {
        let bytes = self.store.message(&delivery.id).unwrap().unwrap();
        let first = self.bytes.entry(delivery.id.clone()).or_insert_with(|| bytes.clone());
        assert_eq!(*first, bytes, "a repeat differs");
        self.copies += 1;
        for entry in &delivery.entries {
            let key = (delivery.recipient.clone(), entry.title.text.clone());
            self.arrived.get_mut(&key).unwrap().insert(delivery.id.clone());
        }
    }
}

#[test]
fn a_year_in_twenty_zones_has_one_digest_a_slot_and_every_match_in_exactly_one() {
    let seeds = if std::env::var_os("KABAR_THOROUGH").is_some() {
        20
    } else {
        1
    };
    for seed in 0..seeds {
        let mut year = Year::new(seed);
        year.run();
        let missing = year.arrived.values().filter(|mails| mails.is_empty()).count();
        let double = year.arrived.values().filter(|mails| mails.len() > 1).count();
        println!(
            "seed {seed}: {} stories, {} matches, {} digests, {} of them signs of life, {} mails arrived, {} of them repeats; missing {missing}, double {double}",
            year.stories,
            year.arrived.len(),
            year.slots.len(),
            year.signs_of_life,
            year.copies,
            year.copies - year.bytes.len()
        );
        assert!(
            year.stories > 300 && year.slots.len() > 1_000 && year.signs_of_life > 0,
            "a year in which something happens"
        );
        assert_eq!((missing, year.late), (0, 0));
        assert_eq!(double, year.in_doubt);
    }
}
