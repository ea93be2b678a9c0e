//! Slots found by looking at the clock on the wall, minute by minute where it jumps.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

/// A schedule and a zone as they are written, with every slot of two years.
pub struct Plan {
    pub schedule: String,
    pub zone: String,
    slots: Vec<Timestamp>,
}

impl Plan {
    pub fn new(schedule: &str, zone: &str) -> Self {
        let clock = TimeZone::get(zone).unwrap();
        let mut slots = Vec::new();
        let mut date = jiff::civil::date(2027, 10, 25);
        while date < jiff::civil::date(2028, 12, 1) {
            for time in times(schedule) {
                if is_on(schedule, date.weekday()) {
                    let (hour, minute) = time.split_once(':').unwrap();
                    let wall = date.at(hour.parse().unwrap(), minute.parse().unwrap(), 0, 0);
                    slots.push(instant(wall, &clock));
                }
            }
            date = date.tomorrow().unwrap();
        }
        Self {
            schedule: schedule.to_owned(),
            zone: zone.to_owned(),
            slots,
        }
    }

    /// The last slot in (`after`, `until`].
    pub fn latest(&self, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
        let passed = self.slots.partition_point(|slot| *slot <= until);
        let slot = self.slots[..passed].last().copied();
        slot.filter(|slot| *slot > after)
    }
}

fn times(schedule: &str) -> impl Iterator<Item = &str> {
    schedule.split([' ', ',']).filter(|word| word.contains(':'))
}

fn is_on(schedule: &str, day: Weekday) -> bool {
    let weekend = [Weekday::Saturday, Weekday::Sunday].contains(&day);
    match schedule.split(' ').next().unwrap() {
        "daily" => true,
        "weekdays" => !weekend,
        "mon" => day == Weekday::Monday,
        "sat," => weekend,
        other => panic!("{other}"),
    }
}

/// The first instant at which the wall shows `wall`; where it never does, as long after the jump as `wall` is into the gap.
fn instant(wall: DateTime, zone: &TimeZone) -> Timestamp {
    let shown = |instant: Timestamp| instant.to_zoned_datetime(zone.clone()).datetime();
    let as_utc = TimeZone::UTC.to_timestamp(wall).unwrap();
    let guess = as_utc - zone.to_offset(as_utc).seconds().seconds();
    // No zone changes its clock by more than two hours and a half in these years.
    let near = (-10..=10).map(|quarters| guess + (quarters * 15).minutes());
    if let Some(first) = near.clone().find(|instant| shown(*instant) == wall) {
        return first;
    }
    let begin = near.clone().next().unwrap();
    let jump = (0..300)
        .map(|n| begin + n.minutes())
        .find(|instant| shown(*instant) > wall)
        .unwrap();
    let last = jump - 1.minute();
    jump + (wall - shown(last)) - 1.minute()
}
