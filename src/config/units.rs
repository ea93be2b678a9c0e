//! Durations and sizes as people write them: "15m", "1h 30m", "16 MiB".
//!
//! Owns their units. Never accepts a number without one.

use std::time::Duration;

/// Units of time, longest first.
const DURATION_UNITS: [(&str, u64); 15] = [
    ("d", 86_400),
    ("day", 86_400),
    ("days", 86_400),
    ("w", 7 * 86_400),
    ("week", 7 * 86_400),
    ("weeks", 7 * 86_400),
    ("h", 3_600),
    ("hour", 3_600),
    ("hours", 3_600),
    ("m", 60),
    ("min", 60),
    ("minutes", 60),
    ("s", 1),
    ("sec", 1),
    ("seconds", 1),
];

/// Units of size (IEC 80000-13: kB is 1000 bytes, KiB is 1024).
const SIZE_UNITS: [(&str, u64); 10] = [
    ("b", 1),
    ("bytes", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("k", 1 << 10),
    ("m", 1 << 20),
];

/// The longest duration, a hundred years: sums of it with any date of our time stay in range.
const DURATION_MAX: Duration = Duration::from_secs(36_525 * 86_400);

/// Reads "15m", "2h", "1d", "1h 30m".
///
/// # Errors
/// What is wrong with it and what to write, to stand behind the key's name.
pub fn duration(text: &str) -> Result<Duration, String> {
    let seconds = sum(text, &DURATION_UNITS, "\"15m\", \"2h\" or \"1d\"", "s, m, h, d or w")?;
    let length = Duration::from_secs(seconds);
    if length > DURATION_MAX {
        return Err(format!(
            "\"{text}\" is longer than a hundred years; write a shorter time, such as \"90d\""
        ));
    }
    Ok(length)
}

/// Reads "16 MiB", "500 KB".
///
/// # Errors
/// What is wrong with it and what to write, to stand behind the key's name.
pub fn size(text: &str) -> Result<u64, String> {
    sum(
        text,
        &SIZE_UNITS,
        "\"16 MiB\" or \"500 KB\"",
        "KB, KiB, MB, MiB, GB or GiB",
    )
}

/// "1d", "1h 30m", "45s": the way to write `duration` that [`duration`] reads.
pub fn written(duration: Duration) -> String {
    let mut rest = duration.as_secs();
    let mut parts = Vec::new();
    for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if rest >= seconds {
            parts.push(format!("{}{unit}", rest / seconds));
            rest %= seconds;
        }
    }
    if parts.is_empty() {
        return "0s".to_owned();
    }
    parts.join(" ")
}

fn sum(text: &str, units: &[(&str, u64)], examples: &str, names: &str) -> Result<u64, String> {
    let mut rest = text.trim();
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!("\"{text}\" begins with no number; write {examples}"));
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (number, after) = split_while(rest, |c| c.is_ascii_digit());
        let (unit, after) = split_while(after.trim_start(), |c| !c.is_ascii_digit() && !c.is_whitespace());
        if number.is_empty() || unit.is_empty() {
            return Err(format!("\"{text}\" has no unit; write {examples}"));
        }
        let size = units
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit))
            .map(|(_, size)| *size)
            .ok_or_else(|| {
                format!("\"{text}\" has the unknown unit \"{unit}\"; units are {names}: write {examples}")
            })?;
        total = number
            .parse::<u64>()
            .ok()
            .and_then(|count| count.checked_mul(size))
            .and_then(|part| part.checked_add(total))
            .ok_or_else(|| format!("\"{text}\" is too large; write {examples}"))?;
        rest = after.trim_start();
    }
    Ok(total)
}

/// The longest start of `text` whose characters are all `wanted`, and the rest.
fn split_while(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !wanted(c)).unwrap_or(text.len()))
}
