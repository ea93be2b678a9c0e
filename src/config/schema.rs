//! Which keys exist, in which table, and what a person may have meant by another.
//!
//! Owns the names only. Never reads values.

/// A table of the file: how it is called in messages, and its keys.
pub(crate) struct Section {
    /// How a message names it, after "in" or "belongs".
    pub(crate) title: &'static str,
    /// Its keys.
    pub(crate) keys: &'static [&'static str],
}

pub(crate) const TOP: Section = Section {
    title: "at the top of the file, before the first [table]",
    keys: &[
        "state",
        "timezone",
        "language",
        "opml",
        "polling",
        "feeds",
        "watches",
        "aliases",
        "recipients",
        "mail",
        "retention",
        "web",
        "log",
    ],
};
pub(crate) const POLLING: Section = Section {
    title: "in [polling]",
    keys: &[
        "interval",
        "concurrency",
        "host_gap",
        "timeout",
        "body_limit",
        "contact",
        "proxy",
        "allow_private_addresses",
        "backfill",
    ],
};
pub(crate) const INTERVAL: Section = Section {
    title: "in `interval` of [polling]",
    keys: &["min", "max"],
};
pub(crate) const FEEDS: Section = Section {
    title: "in [[feeds]]",
    keys: &[
        "url",
        "name",
        "tags",
        "every",
        "headers",
        "user",
        "password",
        "password_file",
        "password_command",
        "source",
        "full_text",
        "allow_private_addresses",
    ],
};
pub(crate) const WATCHES: Section = Section {
    title: "in [[watches]]",
    keys: &["name", "query", "feeds", "to", "send"],
};
pub(crate) const RECIPIENTS: Section = Section {
    title: "in [[recipients]]",
    keys: &["name", "mail", "digest", "alerts", "timezone", "language"],
};
pub(crate) const ALERTS: Section = Section {
    title: "in `alerts` of [[recipients]]",
    keys: &["at_most_every", "quiet"],
};
pub(crate) const MAIL: Section = Section {
    title: "in [mail]",
    keys: &[
        "from",
        "to",
        "transport",
        "directory",
        "smtp",
        "sendmail",
        "send_empty",
        "entries_max",
        "templates",
    ],
};
pub(crate) const SMTP: Section = Section {
    title: "in `smtp` of [mail]",
    keys: &[
        "host",
        "port",
        "socket",
        "tls",
        "ca_file",
        "user",
        "password",
        "password_file",
        "password_command",
        "token_command",
    ],
};
pub(crate) const RETENTION: Section = Section {
    title: "in [retention]",
    keys: &["stories"],
};
pub(crate) const LOG: Section = Section {
    title: "in [log]",
    keys: &["format"],
};

const SECTIONS: [&Section; 11] = [
    &TOP,
    &POLLING,
    &INTERVAL,
    &FEEDS,
    &WATCHES,
    &RECIPIENTS,
    &ALERTS,
    &MAIL,
    &SMTP,
    &RETENTION,
    &LOG,
];

/// The single values that a `KABAR_TABLE_KEY` variable replaces.
pub(crate) const OVERRIDABLE: [(&str, &str); 21] = [
    ("", "state"),
    ("", "timezone"),
    ("", "language"),
    ("polling", "interval"),
    ("polling", "concurrency"),
    ("polling", "host_gap"),
    ("polling", "timeout"),
    ("polling", "body_limit"),
    ("polling", "contact"),
    ("polling", "proxy"),
    ("polling", "allow_private_addresses"),
    ("polling", "backfill"),
    ("mail", "from"),
    ("mail", "to"),
    ("mail", "transport"),
    ("mail", "directory"),
    ("mail", "smtp"),
    ("mail", "send_empty"),
    ("mail", "entries_max"),
    ("mail", "templates"),
    ("log", "format"),
];

/// Keys that people know from other tools or earlier names, and ours.
const KNOWN_ELSEWHERE: [(&str, &str); 8] = [
    ("keyword", "query"),
    ("keywords", "watches"),
    ("email", "mail"),
    ("schedule", "digest"),
    ("username", "user"),
    ("server", "host"),
    ("state_directory", "state"),
    ("refresh", "every"),
];

/// What to say about a key that `section` has not.
pub(crate) fn unknown_key(key: &str, section: &Section) -> String {
    let what = format!("unknown key \"{key}\" {}", section.title);
    if let Some(near) = nearest(key, section.keys.iter().copied()) {
        return format!("{what}; did you mean \"{near}\"?");
    }
    if let Some(home) = SECTIONS.iter().find(|other| other.keys.contains(&key)) {
        return format!("{what}; \"{key}\" belongs {}", home.title);
    }
    let known = KNOWN_ELSEWHERE
        .iter()
        .find(|(other, _)| *other == key)
        .map(|(_, own)| *own);
    let all = SECTIONS.iter().flat_map(|other| other.keys.iter().copied());
    if let Some(near) = known.or_else(|| nearest(key, all))
        && let Some(home) = SECTIONS.iter().find(|other| other.keys.contains(&near))
    {
        let home = if section.keys.contains(&near) { section } else { home };
        return format!("{what}; did you mean \"{near}\" {}?", home.title);
    }
    format!("{what}; remove it, or write one of: {}", section.keys.join(", "))
}

/// The name among `names` that `written` was probably meant to be.
pub(crate) fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // A third of the letters may be wrong: "pol" for "poll" and "intervall" for "interval", but not "web" for "log".
    let allowed = (written.chars().count() / 3).max(1);
    let written = written.to_lowercase();
    names
        .into_iter()
        .map(|name| (edit_distance(&written, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `; did you mean "x"?`, or nothing.
pub(crate) fn did_you_mean<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(written, names).map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"))
}

/// Longer names are not compared: the work grows with the product of the lengths.
const COMPARED_MAX: usize = 64;

/// Levenshtein distance: letters to insert, delete or change.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    if left.chars().count() > COMPARED_MAX || right.len() > COMPARED_MAX {
        return if left.chars().eq(right.iter().copied()) {
            0
        } else {
            usize::MAX
        };
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let change = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
