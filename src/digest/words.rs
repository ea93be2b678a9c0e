//! The mail's own words, one file per language: a third language needs a file and one line here.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// The words of one language. `{n}`, `{names}`, `{time}` and `{address}` are filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) new_one: String,
    pub(super) new_many: String,
    pub(super) alert_one: String,
    pub(super) alert_many: String,
    pub(super) nothing: String,
    pub(super) nothing_long: String,
    pub(super) also_in: String,
    pub(super) also_watch: String,
    pub(super) update: String,
    pub(super) late: String,
    pub(super) more: String,
    pub(super) open_title: String,
    pub(super) troubles: String,
    pub(super) since: String,
    pub(super) never: String,
    pub(super) gaps: String,
    pub(super) refused: String,
    pub(super) stop: String,
    weekdays: [String; 7],
    months: [String; 12],
}

/// The languages there are, with their files.
const LANGUAGES: [(&str, &str); 2] = [
    ("en", include_str!("words/en.toml")),
    ("id", include_str!("words/id.toml")),
];

/// Whether the mail can speak `language`.
pub fn has_language(language: &str) -> bool {
    LANGUAGES.iter().any(|(known, _)| *known == language)
}

impl Words {
    /// The words of `language`; English where there are none.
    pub(super) fn of(language: &str) -> Self {
        let file = LANGUAGES
            .iter()
            .find(|(known, _)| *known == language)
            .unwrap_or(&LANGUAGES[0])
            .1;
        toml::from_str(file).expect("a test reads every file of words")
    }

    /// "Wed 18 Mar".
    pub(super) fn day(&self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned_datetime(zone.clone());
        let weekday = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
        let month = usize::try_from(local.month() - 1).unwrap_or(0);
        format!(
            "{} {} {}",
            self.weekdays[weekday % 7],
            local.day(),
            self.months[month % 12]
        )
    }

    /// "Wed 18 Mar 07:00".
    pub(super) fn moment(&self, at: Timestamp, zone: &TimeZone) -> String {
        format!(
            "{} {}",
            self.day(at, zone),
            at.to_zoned_datetime(zone.clone()).strftime("%H:%M")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_word() {
        for (language, file) in LANGUAGES {
            assert!(
                toml::from_str::<Words>(file).is_ok(),
                "{language}: {:?}",
                toml::from_str::<Words>(file).err()
            );
        }
    }
}
