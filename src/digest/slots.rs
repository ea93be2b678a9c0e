//! When a digest is sealed: the words of a schedule, and the instants they mean in a time zone.
//!
//! A slot is a local date and time. Where a clock change skips it, it comes as much later as the clock jumped (RFC 5545
//! section 3.3.5 says the same); where it comes twice, the first one counts: each slot happens exactly once.

use std::fmt;

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::civil::Time;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

const EXAMPLES: &str = "write \"daily 07:00\", \"weekdays 07:00, 18:00\", \"mon 08:00\", \"hourly\" or \"never\"";
/// Days to look for a slot: any schedule has one within a week, one day more for the zone, one for today.
const DAYS_LOOKED_AT: i32 = 9;
const WEEK: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// When digests are sealed, in the recipient's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    days: Days,
    /// In order; empty for "never".
    times: Vec<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    Never,
    Hourly,
    Daily,
    Weekdays,
    On(Vec<Weekday>),
}

impl Default for Schedule {
    /// "daily 07:00".
    fn default() -> Self {
        Self {
            days: Days::Daily,
            times: vec![Time::constant(7, 0, 0, 0)],
        }
    }
}

impl Schedule {
    /// Reads a schedule as people write it.
    ///
    /// # Errors
    /// What is wrong and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: String| format!("\"{text}\": {what}; {EXAMPLES}");
        let mut days = Vec::new();
        let mut times = Vec::new();
        let mut named = None;
        for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
            let lower = word.to_ascii_lowercase();
            match lower.as_str() {
                "never" => named = Some(Days::Never),
                "hourly" => named = Some(Days::Hourly),
                "daily" => named = Some(Days::Daily),
                "weekdays" => named = Some(Days::Weekdays),
                _ => match (weekday(&lower), time(&lower)) {
                    (Some(day), _) => days.push(day),
                    (None, Some(time)) => times.push(time),
                    (None, None) => return Err(wrong(format!("\"{word}\" is neither a day nor a time"))),
                },
            }
        }
        times.sort_unstable();
        times.dedup();
        let days = match named {
            Some(named) if days.is_empty() => named,
            Some(_) => return Err(wrong("days and a word for days at once".to_owned())),
            None if days.is_empty() => return Err(wrong("it names no days".to_owned())),
            None => Days::On(days),
        };
        match (&days, times.is_empty()) {
            (Days::Never | Days::Hourly, false) => Err(wrong("it needs no time".to_owned())),
            (Days::Daily | Days::Weekdays | Days::On(_), true) => Err(wrong("it has no time".to_owned())),
            _ => Ok(Self { days, times }),
        }
    }

    /// Whether no digest ever comes.
    pub fn is_never(&self) -> bool {
        self.days == Days::Never
    }

    /// The first slot after `after`; none for "never".
    pub fn next_slot(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if self.days == Days::Hourly {
            let hour = after.as_second().div_euclid(3600) + 1;
            return Timestamp::from_second(hour * 3600).ok();
        }
        let first = after.to_zoned_datetime(zone.clone()).date().checked_sub(1.day()).ok()?;
        (0..DAYS_LOOKED_AT)
            .filter_map(|days| first.checked_add(days.days()).ok())
            .flat_map(|date| self.slots_of(date, zone))
            .find(|slot| *slot > after)
    }

    /// The last slot in (`after`, `until`]: slots that were missed are one.
    pub fn latest_slot(&self, after: Timestamp, until: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if self.days == Days::Hourly {
            let slot = Timestamp::from_second(until.as_second().div_euclid(3600) * 3600).ok();
            return slot.filter(|slot| *slot > after);
        }
        let last = until.to_zoned_datetime(zone.clone()).date().checked_add(1.day()).ok()?;
        (0..DAYS_LOOKED_AT)
            .filter_map(|days| last.checked_sub(days.days()).ok())
            .flat_map(|date| self.slots_of(date, zone).into_iter().rev())
            .find(|slot| *slot <= until)
            .filter(|slot| *slot > after)
    }

    fn slots_of(&self, date: Date, zone: &TimeZone) -> Vec<Timestamp> {
        let is_on = match &self.days {
            Days::Never | Days::Hourly => false,
            Days::Daily => true,
            Days::Weekdays => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
            Days::On(days) => days.contains(&date.weekday()),
        };
        let slot = |time: &Time| zone.to_ambiguous_timestamp(date.to_datetime(*time)).compatible().ok();
        if !is_on {
            return Vec::new();
        }
        let mut slots: Vec<Timestamp> = self.times.iter().filter_map(slot).collect();
        // A time that a clock change skips may come after one that it does not, or together with it.
        slots.sort_unstable();
        slots.dedup();
        slots
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times: Vec<String> = self
            .times
            .iter()
            .map(|time| time.strftime("%H:%M").to_string())
            .collect();
        let times = times.join(", ");
        match &self.days {
            Days::Never => f.write_str("never"),
            Days::Hourly => f.write_str("hourly"),
            Days::Daily => write!(f, "daily {times}"),
            Days::Weekdays => write!(f, "weekdays {times}"),
            Days::On(days) => {
                let name = |day: &Weekday| {
                    WEEK.iter()
                        .find(|(_, known)| known == day)
                        .map_or("", |(name, _)| &name[..3])
                };
                let days: Vec<&str> = days.iter().map(name).collect();
                write!(f, "{} {times}", days.join(", "))
            }
        }
    }
}

/// A part of the day in which no alert is sent; it may span midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    until: Time,
}

impl QuietHours {
    /// Reads "22:00-06:30".
    ///
    /// # Errors
    /// What is wrong and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once('-')
            .and_then(|(from, until)| Some((time(from.trim())?, time(until.trim())?)));
        match parts {
            Some((from, until)) if from != until => Ok(Self { from, until }),
            Some(_) | None => Err(format!("\"{text}\" is no part of a day; write \"22:00-06:30\"")),
        }
    }

    /// Whether `now` is quiet.
    pub fn covers(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let time = now.to_zoned_datetime(zone.clone()).time();
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            time >= self.from || time < self.until
        }
    }

    /// When the quiet that covers `now` ends.
    pub fn ends_after(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let end = Schedule {
            days: Days::Daily,
            times: vec![self.until],
        };
        end.next_slot(now, zone).unwrap_or(now)
    }
}

/// A weekday by its English name or the first letters of it, three at least.
fn weekday(word: &str) -> Option<Weekday> {
    WEEK.iter()
        .find(|(name, _)| word.len() >= 3 && name.starts_with(word))
        .map(|(_, day)| *day)
}

fn time(word: &str) -> Option<Time> {
    let (hour, minute) = word.split_once(':')?;
    let number = |text: &str| text.parse::<i8>().ok().filter(|_| text.len() <= 2);
    Time::new(number(hour)?, number(minute).filter(|_| minute.len() == 2)?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn schedules_are_read_and_printed_back() {
        for text in [
            "daily 07:00",
            "weekdays 07:00, 18:00",
            "mon 08:00",
            "mon, thu 08:00",
            "hourly",
            "never",
        ] {
            assert_eq!(Schedule::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_schedule_says_what_to_write() {
        for text in [
            "",
            "daily",
            "7 o'clock",
            "daily 25:00",
            "hourly 07:00",
            "mon daily 07:00",
            "daily 7",
        ] {
            assert!(Schedule::parse(text).unwrap_err().contains("daily 07:00"), "{text}");
        }
    }

    #[test]
    fn a_slot_is_local_time_on_both_sides_of_a_clock_change() {
        let daily = Schedule::parse("daily 07:00").unwrap();
        let berlin = zone("Europe/Berlin");
        assert_eq!(
            daily.next_slot(at("2026-03-27T12:00:00Z"), &berlin),
            Some(at("2026-03-28T06:00:00Z"))
        );
        assert_eq!(
            daily.next_slot(at("2026-03-28T12:00:00Z"), &berlin),
            Some(at("2026-03-29T05:00:00Z"))
        );
    }

    #[test]
    fn a_skipped_time_comes_right_after_and_a_double_one_counts_once() {
        let daily = Schedule::parse("daily 02:30").unwrap();
        let berlin = zone("Europe/Berlin");
        assert_eq!(
            daily.next_slot(at("2026-03-28T12:00:00Z"), &berlin),
            Some(at("2026-03-29T01:30:00Z"))
        );
        let first = daily.next_slot(at("2026-10-24T12:00:00Z"), &berlin).unwrap();
        assert_eq!(first, at("2026-10-25T00:30:00Z"));
        assert_eq!(daily.next_slot(first, &berlin), Some(at("2026-10-26T01:30:00Z")));
    }

    #[test]
    fn a_skipped_time_comes_after_one_that_was_to_follow_it() {
        let daily = Schedule::parse("daily 02:30, 03:15").unwrap();
        let berlin = zone("Europe/Berlin");
        let (before, first, second) = (
            at("2026-03-28T12:00:00Z"),
            at("2026-03-29T01:15:00Z"),
            at("2026-03-29T01:30:00Z"),
        );
        assert_eq!(daily.next_slot(before, &berlin), Some(first));
        assert_eq!(daily.next_slot(first, &berlin), Some(second));
        assert_eq!(
            daily.latest_slot(before, at("2026-03-29T01:20:00Z"), &berlin),
            Some(first)
        );
        assert_eq!(
            daily.latest_slot(first, at("2026-03-29T02:00:00Z"), &berlin),
            Some(second)
        );
    }

    #[test]
    fn missed_slots_are_one() {
        let daily = Schedule::parse("daily 07:00").unwrap();
        let (after, until) = (at("2026-01-01T07:00:00Z"), at("2026-02-01T09:00:00Z"));
        assert_eq!(
            daily.latest_slot(after, until, &TimeZone::UTC),
            Some(at("2026-02-01T07:00:00Z"))
        );
        assert_eq!(
            daily.latest_slot(at("2026-02-01T07:00:00Z"), until, &TimeZone::UTC),
            None
        );
    }

    #[test]
    fn quiet_hours_may_span_midnight() {
        let quiet = QuietHours::parse("22:00-06:30").unwrap();
        assert!(quiet.covers(at("2026-03-18T23:00:00Z"), &TimeZone::UTC));
        assert!(quiet.covers(at("2026-03-18T06:29:00Z"), &TimeZone::UTC));
        assert!(!quiet.covers(at("2026-03-18T06:30:00Z"), &TimeZone::UTC));
        assert_eq!(
            quiet.ends_after(at("2026-03-18T23:00:00Z"), &TimeZone::UTC),
            at("2026-03-19T06:30:00Z")
        );
    }

    proptest! {
        #[test]
        fn every_slot_that_comes_next_is_the_latest_when_it_comes(
            second in 1_700_000_000_i64..1_900_000_000,
            schedule in prop::sample::select(vec!["daily 07:00", "weekdays 02:30, 18:00", "sun 00:00", "sun 02:10, 02:30, 03:10, 03:15", "hourly"]),
            zone_name in prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
        ) {
            let (schedule, zone) = (Schedule::parse(schedule).unwrap(), zone(zone_name));
            let after = Timestamp::from_second(second).unwrap();
            let next = schedule.next_slot(after, &zone).unwrap();
            prop_assert!(next > after);
            prop_assert_eq!(schedule.latest_slot(after, next, &zone), Some(next));
            prop_assert_eq!(schedule.latest_slot(after, next - 1.second(), &zone), None);
        }
    }
}
