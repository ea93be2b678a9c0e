//! Dates as feeds write them: RFC 822, RFC 3339, and everything between.
//!
//! Never guesses a day: what has no day, month and year is no date. Never looks at a clock.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Longest date that is looked at; the longest of the corpus has 62 characters.
const DATE_MAX: usize = 128;

/// The instant that `text` names; a date without time is its midnight, one without zone is in UTC.
pub(super) fn read_date(text: &str) -> Option<Timestamp> {
    let text: String = text.trim().chars().take(DATE_MAX).collect();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let mut parts = Parts::default();
    let words = words(&text);
    let mut index = 0;
    while let Some(word) = words.get(index) {
        index += parts.take(&words, index, word).max(1);
    }
    parts.instant()
}

/// A run of digits, a run of letters, or one other character.
#[derive(Clone, Debug, PartialEq)]
enum Word {
    Number(u32, usize),
    Name(String),
    Mark(char),
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same =
            |c: char| (first.is_ascii_digit() && c.is_ascii_digit()) || (first.is_alphabetic() && c.is_alphabetic());
        let end = rest.find(|c: char| !same(c)).unwrap_or(rest.len());
        let end = end.max(first.len_utf8());
        let (word, after) = rest.split_at(end);
        rest = after;
        words.push(if first.is_ascii_digit() {
            // More than nine digits are no part of a date.
            Word::Number(word.parse().unwrap_or(u32::MAX), word.len())
        } else if first.is_alphabetic() {
            Word::Name(word.to_lowercase())
        } else {
            Word::Mark(first)
        });
    }
    words
}

#[derive(Default)]
struct Parts {
    numbers: Vec<(u32, usize)>,
    month: Option<u32>,
    has_slash: bool,
    has_dot: bool,
    has_dash: bool,
    time: Option<[u32; 3]>,
    is_afternoon: Option<bool>,
    offset_minutes: Option<i64>,
}

impl Parts {
    /// Reads the word at `index` and says how many words that took.
    fn take(&mut self, words: &[Word], index: usize, word: &Word) -> usize {
        match word {
            Word::Number(value, digits) => self.number(words, index, *value, *digits),
            Word::Name(name) => {
                self.name(name);
                1
            }
            Word::Mark(sign @ ('+' | '-' | '\u{2212}')) => self.offset(words, index, *sign),
            Word::Mark(mark) => {
                self.has_slash |= *mark == '/' && self.time.is_none();
                self.has_dot |= *mark == '.' && self.time.is_none();
                1
            }
        }
    }

    fn number(&mut self, words: &[Word], index: usize, value: u32, digits: usize) -> usize {
        let colon = |at: usize| matches!(words.get(at), Some(Word::Mark(':')));
        let number = |at: usize| match words.get(at) {
            Some(Word::Number(value, digits)) if *digits <= 2 => Some(*value),
            _ => None,
        };
        if let (None, true, Some(minute)) = (self.time, colon(index + 1), number(index + 2)) {
            let second = number(index + 4).filter(|_| colon(index + 3));
            self.time = Some([value, minute, second.unwrap_or(0)]);
            let taken = if second.is_some() { 5 } else { 3 };
            let is_fraction = second.is_some()
                && matches!(words.get(index + 5), Some(Word::Mark('.' | ',')))
                && matches!(words.get(index + 6), Some(Word::Number(..)));
            return taken + if is_fraction { 2 } else { 0 };
        }
        let after_t = index > 0 && words.get(index - 1) == Some(&Word::Name("t".to_owned()));
        match digits {
            8 if self.numbers.is_empty() => {
                self.numbers = vec![(value / 10_000, 4), (value / 100 % 100, 2), (value % 100, 2)];
            }
            6 if after_t => self.time = Some([value / 10_000, value / 100 % 100, value % 100]),
            4 if after_t => self.time = Some([value / 100, value % 100, 0]),
            14 => {}
            _ => self.numbers.push((value, digits)),
        }
        1
    }

    fn name(&mut self, name: &str) {
        match name {
            "am" | "pm" => self.is_afternoon = Some(name == "pm"),
            // "10:57 a.m."
            "a" | "p" if self.time.is_some() => self.is_afternoon = Some(name == "p"),
            // Weekdays that begin like a month.
            "mardi" | "martes" | "martedì" | "maandag" => {}
            _ => {
                if self.month.is_none()
                    && let Some(month) = month(name)
                {
                    self.month = Some(month);
                    return;
                }
                if self.time.is_some() && self.offset_minutes.is_none() {
                    self.offset_minutes = zone_minutes(name);
                }
            }
        }
    }

    /// An offset after the time; before it, the sign is a dash between numbers.
    fn offset(&mut self, words: &[Word], index: usize, sign: char) -> usize {
        let Some(Word::Number(value, digits)) = words.get(index + 1) else {
            return 1;
        };
        if self.time.is_none() || *digits > 4 {
            self.has_dash = true;
            return 1;
        }
        let colon = matches!(words.get(index + 2), Some(Word::Mark(':')));
        let (hours, minutes, taken) = match (digits, words.get(index + 3)) {
            (1 | 2, Some(Word::Number(minutes, 2))) if colon => (*value, *minutes, 4),
            (1 | 2, _) => (*value, 0, 2),
            _ => (value / 100, value % 100, 2),
        };
        if hours > 24 || minutes > 59 {
            return taken;
        }
        let minutes = i64::from(hours * 60 + minutes);
        // "GMT+0200" adds to a zone that is zero; "EST-0500" says the same twice.
        self.offset_minutes = Some(if sign == '+' { minutes } else { -minutes });
        taken
    }

    fn instant(self) -> Option<Timestamp> {
        let date = self.date()?;
        let [mut hour, minute, second] = self.time.unwrap_or_default();
        match self.is_afternoon {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            Some(_) | None => {}
        }
        let days = if hour == 24 { 1 } else { 0 };
        let civil = DateTime::from_parts(
            date,
            jiff::civil::Time::new(
                i8::try_from(hour % 24).ok().filter(|_| hour <= 24)?,
                i8::try_from(minute).ok()?,
                i8::try_from(second.min(59)).ok()?,
                0,
            )
            .ok()?,
        );
        let utc = Offset::UTC.to_timestamp(civil).ok()?;
        let seconds = days * 86_400 - self.offset_minutes.unwrap_or(0) * 60;
        Timestamp::from_second(utc.as_second().checked_add(seconds)?).ok()
    }

    fn date(&self) -> Option<Date> {
        let mut numbers = self.numbers.iter().copied();
        if let Some(month) = self.month {
            let first = numbers.next()?;
            let (day, year) = match (first, numbers.next()) {
                ((_, 3..), Some((day, _))) => (day, first),
                (_, Some(year)) => (first.0, year),
                ((_, 4), None) => (1, first),
                (_, None) => return None,
            };
            return date(year, month, day);
        }
        let first = numbers.next()?;
        let (second, third) = (numbers.next(), numbers.next());
        let Some((second, _)) = second else {
            // A year alone, as W3CDTF allows; longer numbers are seconds since 1970.
            return match first {
                (_, 4) => date(first, 1, 1),
                (seconds, 9..=10) => epoch_date(seconds),
                _ => None,
            };
        };
        match (first, third) {
            ((_, 3..), Some((third, _))) => {
                let swapped = || date(first, third, second).filter(|_| !self.has_dash);
                date(first, second, third).or_else(swapped)
            }
            ((_, 3..), None) => date(first, second, 1),
            (_, None) => None,
            (_, Some(year)) if self.has_slash || !(self.has_dot || self.has_dash) => {
                date(year, first.0, second).or_else(|| date(year, second, first.0))
            }
            (_, Some(year @ (_, 4))) => date(year, second, first.0).or_else(|| date(year, first.0, second)),
            (_, Some(year)) if self.has_dot => date(year, second, first.0),
            (_, Some((third, _))) => date(first, second, third),
        }
    }
}

fn epoch_date(seconds: u32) -> Option<Date> {
    let instant = Timestamp::from_second(i64::from(seconds)).ok()?;
    Some(Offset::UTC.to_datetime(instant).date())
}

fn date((year, digits): (u32, usize), month: u32, day: u32) -> Option<Date> {
    // RFC 2822 section 4.3: two digits below 50 are 20xx, others and three digits count from 1900.
    let year = match (digits, year) {
        (1 | 2, 0..50) => year + 2000,
        (1..=3, _) => year.checked_add(1900)?,
        _ => year,
    };
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let year = i16::try_from(year).ok()?;
    // "31 June" and "29 February" of a common year are the last day of their month.
    (28..=31)
        .contains(&day)
        .then(|| Date::new(year, month, 1).ok())
        .flatten()
        .map(|first| first.last_of_month())
        .filter(|last| last.day() < day)
        .or_else(|| Date::new(year, month, day).ok())
}

/// The month that a name means, in the languages that feeds were seen to use.
fn month(name: &str) -> Option<u32> {
    const MONTHS: [&[&str]; 12] = [
        &["jan", "ene", "gen", "sty", "янв", "sausio"],
        &["feb", "fév", "fev", "lut", "фев", "vasario"],
        &["mar", "mär", "mrt", "maa", "мар", "kovo"],
        &["apr", "avr", "abr", "kwi", "апр", "balandžio"],
        &["may", "mai", "mei", "maj", "mag", "мая", "май", "gegužės"],
        &["jun", "juin", "giu", "cze", "июн", "birželio"],
        &["jul", "juil", "lug", "lip", "июл", "liepos"],
        &["aug", "aoû", "aou", "ago", "sie", "авг", "rugpjūčio"],
        &["sep", "set", "wrz", "сен", "rugsėjo"],
        &["oct", "okt", "out", "ott", "paź", "окт", "spalio"],
        &["nov", "lis", "ноя", "lapkričio"],
        &["dec", "déc", "dez", "dic", "gru", "дек", "gruodžio"],
    ];
    let position = MONTHS
        .iter()
        .position(|names| names.iter().any(|known| name.starts_with(known)))?;
    u32::try_from(position + 1).ok()
}

/// Minutes east of UTC of a zone's name: RFC 822 section 5.1, and the ones seen in feeds.
fn zone_minutes(name: &str) -> Option<i64> {
    let hours = match name {
        "z" | "gmt" | "utc" | "ut" | "wet" => 0,
        "bst" | "cet" | "met" | "mez" | "west" | "ist" => return Some(if name == "ist" { 330 } else { 60 }),
        "cest" | "mest" | "mesz" | "eet" | "sast" => 2,
        "eest" | "msk" => 3,
        "msd" => 4,
        "jst" | "kst" => 9,
        "aest" => 10,
        "aedt" => 11,
        "nzst" => 12,
        "nzdt" => 13,
        "adt" => -3,
        "edt" | "ast" => -4,
        "est" | "cdt" => -5,
        "cst" | "mdt" => -6,
        "mst" | "pdt" => -7,
        "pst" | "akdt" => -8,
        "akst" => -9,
        "hst" => -10,
        _ => return None,
    };
    Some(hours * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_that_feeds_use_is_read() {
        let check = |text: &str, expected: &str| {
            let read = read_date(text).map(|instant| instant.to_string());
            assert_eq!(read.as_deref().unwrap_or("none"), expected, "{text}");
        };
        check("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z");
        check("2018-12-21 00:00:00", "2018-12-21T00:00:00Z");
        check("2006-01-11 16:43:22 -0800", "2006-01-12T00:43:22Z");
        check("2012-11-13T14:36:22", "2012-11-13T14:36:22Z");
        check("2022-09-03 09:37:11+03:00", "2022-09-03T06:37:11Z");
        check("Tue 11 Jan 2011 01:30:00 GMT", "2011-01-11T01:30:00Z");
        check("Sat Oct 06 2018 00:00:00 GMT", "2018-10-06T00:00:00Z");
        check("2020/1/10 14:33:00", "2020-01-10T14:33:00Z");
        check("1/10/2020 8:56 pm", "2020-01-10T20:56:00Z");
        check("17 mai 2019", "2019-05-17T00:00:00Z");
        check("Mon, 5 Jul 04 10:00 EST", "2004-07-05T15:00:00Z");
        check("Mon Jul 05 10:00:00 PDT 2004", "2004-07-05T17:00:00Z");
        check("20040705", "2004-07-05T00:00:00Z");
        check("2004-07", "2004-07-01T00:00:00Z");
        check("13.07.2004 10:00", "2004-07-13T10:00:00Z");
        check("2003-13-01T15:51:30-05:00", "none");
        check("Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59Z");
        check("yesterday", "none");
        check("99999999999999 + 99999999999 : 99 Jan", "none");
    }
}
