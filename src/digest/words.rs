//! The mail's own words, one file per language: a third language needs a file, no code.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// The language that a mail is written in where nothing else is said.
pub(super) const DEFAULT_LANGUAGE: &str = "en";
/// The languages that travel in the program, with their files.
pub(super) const LANGUAGES: [(&str, &str); 2] = [
    (DEFAULT_LANGUAGE, include_str!("words/en.toml")),
    ("id", include_str!("words/id.toml")),
];

/// The words of one language; `words/en.toml` says what is filled in where.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) direction: Direction,
    weekdays: [String; 7],
    months: [String; 12],
    day: String,
    moment: String,
    date: String,
    pub(super) new_one: String,
    pub(super) new_many: String,
    pub(super) alert_one: String,
    pub(super) alert_many: String,
    pub(super) alert_hours: String,
    pub(super) nothing: String,
    pub(super) nothing_long: String,
    pub(super) open_title: String,
    pub(super) also_in: String,
    pub(super) also_watch: String,
    pub(super) original: String,
    pub(super) update: String,
    pub(super) updated_title: String,
    pub(super) updated_text: String,
    pub(super) updated_added: String,
    pub(super) updated_removed: String,
    pub(super) updated_passage: String,
    pub(super) updated_sighting: String,
    pub(super) late: String,
    pub(super) more: String,
    pub(super) more_of: String,
    pub(super) troubles: String,
    pub(super) still: String,
    pub(super) since: String,
    pub(super) never: String,
    pub(super) gaps: String,
    pub(super) slow: String,
    pub(super) refused: String,
    pub(super) waiting: String,
    pub(super) stop: String,
}

/// How a language is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    /// From left to right.
    Ltr,
    /// From right to left.
    Rtl,
}

impl Direction {
    /// As the HTML attribute `dir` spells it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

impl Words {
    /// Reads a file of words.
    ///
    /// # Errors
    /// The line, counted from 1, and what is wrong there.
    pub(super) fn parse(file: &str) -> Result<Self, (usize, String)> {
        let line_of = |byte: usize| {
            file.as_bytes()[..byte.min(file.len())]
                .iter()
                .filter(|b| **b == b'\n')
                .count()
                + 1
        };
        let words = toml::from_str(file).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(span.start));
            (line, format!("{}; en.toml shows every key", error.message().trim_end()))
        })?;
        match invented_placeholder(file) {
            None => Ok(words),
            Some((key, invented)) => {
                let at = file.find(&format!("{{{invented}}}")).unwrap_or(0);
                let message = format!("\"{key}\" is not given a {{{invented}}}; en.toml shows what each key is given");
                Err((line_of(at), message))
            }
        }
    }

    /// "Wed 18 Mar".
    pub(super) fn day(&self, at: Timestamp, zone: &TimeZone) -> String {
        self.filled(&self.day, at, zone)
    }

    /// "Wed 18 Mar 07:00".
    pub(super) fn moment(&self, at: Timestamp, zone: &TimeZone) -> String {
        self.filled(&self.moment, at, zone)
    }

    /// "Wed 18 Mar 2026, 07:00".
    pub(super) fn date(&self, at: Timestamp, zone: &TimeZone) -> String {
        self.filled(&self.date, at, zone)
    }

    fn filled(&self, pattern: &str, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned_datetime(zone.clone());
        let weekday = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
        let month = usize::try_from(local.month() - 1).unwrap_or(0);
        pattern
            .replace("{weekday}", &self.weekdays[weekday % 7])
            .replace("{month}", &self.months[month % 12])
            .replace("{day}", &local.day().to_string())
            .replace("{year}", &local.year().to_string())
            .replace("{time}", &local.strftime("%H:%M").to_string())
    }

    /// `one` for a single one, else `many` with the number.
    pub(super) fn count(one: &str, many: &str, count: usize) -> String {
        if count == 1 {
            one.to_owned()
        } else {
            many.replace("{n}", &count.to_string())
        }
    }
}

/// The first key with a placeholder that the English words do not have there.
fn invented_placeholder(file: &str) -> Option<(String, String)> {
    let known: toml::Table = toml::from_str(LANGUAGES[0].1).ok()?;
    let written: toml::Table = toml::from_str(file).ok()?;
    let of = |value: &toml::Value| placeholders(value.as_str().unwrap_or_default());
    written.iter().find_map(|(key, value)| {
        let given = match key.as_str() {
            // How a date is put together differs most between languages.
            "day" | "moment" | "date" => of(&known["date"]),
            _ => known.get(key).map(of).unwrap_or_default(),
        };
        let invented = of(value).difference(&given).next()?.clone();
        Some((key.clone(), invented))
    })
}

fn placeholders(text: &str) -> BTreeSet<String> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_language_has_the_same_words_and_is_given_the_same_things() {
        let keys =
            |file: &str| -> Vec<String> { toml::from_str::<toml::Table>(file).unwrap().keys().cloned().collect() };
        for (language, file) in LANGUAGES {
            assert_eq!(Words::parse(file).map(|_| ()), Ok(()), "{language}");
            assert_eq!(keys(file), keys(LANGUAGES[0].1), "{language}");
            let (own, english): (toml::Table, toml::Table) =
                (toml::from_str(file).unwrap(), toml::from_str(LANGUAGES[0].1).unwrap());
            for (key, value) in english {
                let given = |value: &toml::Value| placeholders(value.as_str().unwrap_or_default());
                assert_eq!(given(&own[&key]), given(&value), "{language}: {key}");
            }
        }
    }

    #[test]
    fn a_wrong_file_of_words_is_refused_with_its_line() {
        let english = LANGUAGES[0].1;
        let (_, missing) = Words::parse(&english.replace("late = ", "latte = ")).unwrap_err();
        assert!(missing.contains("latte"), "{missing}");
        let (line, invented) = Words::parse(&english.replace("and {n} more\"", "and {number} more\"")).unwrap_err();
        let expected = english.lines().position(|line| line.starts_with("more = ")).unwrap() + 1;
        assert_eq!(line, expected);
        assert!(invented.contains("{number}"), "{invented}");
        assert!(Words::parse("direction = ").is_err());
    }

    #[test]
    fn dates_are_put_together_as_the_language_says() {
        let file = LANGUAGES[0]
            .1
            .replace("\"{weekday} {day} {month}\"", "\"{month}{day}日({weekday})\"");
        let words = Words::parse(&file).unwrap();
        let at = "2026-03-18T05:30:00Z".parse().unwrap();
        assert_eq!(words.day(at, &TimeZone::UTC), "Mar18日(Wed)");
        assert_eq!(words.moment(at, &TimeZone::UTC), "Wed 18 Mar 05:30");
    }
}
