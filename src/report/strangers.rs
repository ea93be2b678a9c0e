//! Recipients that the configuration no longer has, and for whom something waits: removed, or renamed by a slip.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::config::Config;
use crate::store::Store;
use crate::store::StoreError;

/// Somebody who is not configured. Nothing is sent to them; what waits is forgotten when it is as old as stories get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stranger {
    /// The name.
    pub name: String,
    /// Stories that wait for a mail to them.
    pub stories: usize,
    /// Mails to them that wait.
    pub mails: usize,
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: usize, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        let stories = count(self.stories, "story", "stories");
        let mails = count(self.mails, "mail", "mails");
        let (waiting, total) = match (self.stories, self.mails) {
            (_, 0) => (stories, self.stories),
            (0, _) => (mails, self.mails),
            (_, _) => (format!("{stories} and {mails}"), self.stories + self.mails),
        };
        let verb = if total == 1 { "waits" } else { "wait" };
        let name = self.name.escape_debug();
        write!(
            f,
            "{waiting} {verb} for \"{name}\", who is not configured: call a recipient \"{name}\", or leave it and `stories` in [retention] ends the wait"
        )
    }
}

/// Everybody who is not configured and for whom something waits, in the order of names.
///
/// # Errors
/// When the store refuses.
pub fn strangers(store: &dyn Store, config: &Config) -> Result<Vec<Stranger>, StoreError> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (name, stories) in store.waited_for()? {
        counts.entry(name).or_default().0 = stories;
    }
    for mail in store.outbox()? {
        counts.entry(mail.recipient).or_default().1 += 1;
    }
    let is_configured = |name: &str| config.recipients.iter().any(|known| known.name == name);
    let strange = counts.into_iter().filter(|(name, _)| !is_configured(name));
    Ok(strange
        .map(|(name, (stories, mails))| Stranger { name, stories, mails })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_named_with_what_waits_and_what_to_do() {
        for (stories, mails, expected) in [
            (3, 0, "3 stories wait for \"ana\""),
            (1, 0, "1 story waits for \"ana\""),
            (0, 1, "1 mail waits for \"ana\""),
            (1, 1, "1 story and 1 mail wait for \"ana\""),
        ] {
            let name = "ana".to_owned();
            let said = Stranger { name, stories, mails }.to_string();
            assert!(said.starts_with(expected), "{said}");
            assert!(said.contains("call a recipient \"ana\""), "{said}");
        }
    }
}
