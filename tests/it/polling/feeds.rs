//! Simulated feeds: how many entries they have, and when.

use crate::dice::Dice;

/// When entries appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// At any time.
    Flat,
    /// More by day than by night, fewer at the weekend.
    Day,
    /// Nine hours of five days, hardly any outside.
    Office,
    /// Mostly at one to three fixed times of the day.
    Clock,
    /// At any time, half of them followed by another within minutes.
    Bursts,
}

impl Habit {
    pub const ALL: [Self; 5] = [Self::Flat, Self::Day, Self::Office, Self::Clock, Self::Bursts];

    /// How much appears at this hour (since a Monday), at most 1. `phase` is the feed's zone.
    fn share(self, hour: f64, phase: f64) -> f64 {
        let of_day = (hour + phase).rem_euclid(24.0);
        let is_weekend = (hour / 24.0).rem_euclid(7.0) >= 5.0;
        match self {
            Self::Flat | Self::Clock | Self::Bursts => 1.0,
            Self::Day => {
                (if is_weekend { 0.7 } else { 1.0 }) * (1.0 + 0.9 * (of_day / 24.0 * std::f64::consts::TAU).sin()) / 1.9
            }
            Self::Office => (if is_weekend { 0.15 } else { 1.0 }) * (if of_day < 9.0 { 1.0 } else { 0.05 }),
        }
    }

    /// The mean of `share` over a week.
    fn mean_share(self) -> f64 {
        let quarters = (0..7 * 96).map(|quarter| self.share(f64::from(quarter) / 4.0, 0.0));
        quarters.sum::<f64>() / f64::from(7 * 96)
    }
}

/// A number between 0 and 1.
fn fraction(dice: &mut Dice) -> f64 {
    dice.below(1 << 32) as f64 / (1_u64 << 32) as f64
}

/// The time to the next event of a Poisson process.
fn pause(dice: &mut Dice, rate: f64) -> f64 {
    -(1.0 - fraction(dice)).ln() / rate
}

/// The hours at which entries of feed `number` of `count` appear until `until`. Rates are log-normal (sigma 2, mean 5.45 a day, at
/// most 200), one of each part of the distribution.
pub fn entries_of(habit: Habit, number: usize, count: usize, until: f64) -> Vec<f64> {
    let mut dice = Dice::new(1_000 * habit as u64 + number as u64);
    let quantile = (number as f64 + 0.5) / count as f64;
    let rate = (5.45_f64.ln() - 2.0 + 2.0 * normal(quantile)).exp().clamp(0.02, 200.0) / 24.0;
    let phase = dice.below(24) as f64;
    let mut entries = match habit {
        Habit::Clock => clocked(&mut dice, rate, until),
        Habit::Flat | Habit::Day | Habit::Office | Habit::Bursts => {
            let followers = if habit == Habit::Bursts { 0.5 } else { 0.0 };
            let peak = rate * (1.0 - followers) / habit.mean_share();
            let (mut entries, mut at) = (Vec::new(), pause(&mut dice, peak));
            while at < until {
                if fraction(&mut dice) < habit.share(at, phase) {
                    let mut one = at;
                    entries.push(one);
                    while fraction(&mut dice) < followers {
                        one += pause(&mut dice, 8.0);
                        entries.push(one);
                    }
                }
                at += pause(&mut dice, peak);
            }
            entries
        }
    };
    entries.sort_unstable_by(f64::total_cmp);
    entries
}

/// 85 % at fixed times, each a minute or two late; the rest at any time.
fn clocked(dice: &mut Dice, rate: f64, until: f64) -> Vec<f64> {
    let times: Vec<f64> = (0..1 + dice.below(3)).map(|_| dice.below(48) as f64 / 2.0).collect();
    let mut entries = Vec::new();
    let mut at = pause(dice, rate);
    while at < until {
        let day = (at / 24.0).floor() * 24.0;
        let time = times[dice.below_len(times.len())] + pause(dice, 40.0);
        entries.push(if fraction(dice) < 0.85 { day + time } else { at });
        at += pause(dice, rate);
    }
    entries
}

/// The quantile of the normal distribution (Winitzki's inverse of the error function, within 0.01).
fn normal(quantile: f64) -> f64 {
    let y = 2.0 * quantile - 1.0;
    let (a, ln) = (0.147, (1.0 - y * y).ln());
    let t = 2.0 / (std::f64::consts::PI * a) + ln / 2.0;
    2.0_f64.sqrt() * y.signum() * ((t * t - ln / a).sqrt() - t).sqrt()
}
