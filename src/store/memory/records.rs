//! Every record in memory, in the order in which an engine on disk has them.

use std::collections::BTreeMap;

use crate::store::backup::Hash;
use crate::store::backup::Record;
use crate::store::memory::Data;
use crate::store::trees;

impl Data {
    /// All records.
    pub(super) fn records(&self, instance: [u8; 16]) -> Vec<Record> {
        let mut records = vec![Record::Meta {
            instance: Hash(instance),
            rules: self.rules_version,
            aliases_pruned_before: self.aliases_pruned_before,
        }];
        records.extend(self.feeds.iter().map(|(feed, state)| Record::Feeds {
            feed: *feed,
            state: Box::new(state.clone()),
        }));
        records.extend(self.failed_bodies.iter().map(|(feed, body)| Record::FailedBodies {
            feed: *feed,
            body: body.clone(),
        }));
        records.extend(self.lessons.iter().map(|(feed, lessons)| Record::Lessons {
            feed: *feed,
            lessons: lessons.clone(),
        }));
        records.extend(self.aliases.iter().map(|(alias, (story, used))| Record::Aliases {
            alias: Hash(*alias),
            story: *story,
            used: *used,
        }));
        records.extend(self.stories.values().cloned().map(Box::new).map(Record::Stories));
        // On disk these two are found by the hash of the recipient's name.
        let pending = self.pending.values().map(|entry| (trees::pending_key(entry), entry));
        let pending: BTreeMap<_, _> = pending.collect();
        records.extend(pending.into_values().cloned().map(Box::new).map(Record::Pending));
        let recipients = self.recipients.iter();
        let recipients: BTreeMap<_, _> = recipients
            .map(|(name, state)| (trees::recipient_key(name), state))
            .collect();
        records.extend(recipients.into_iter().map(|(recipient, state)| Record::Recipients {
            recipient: Hash(recipient),
            state: state.clone(),
        }));
        records.extend(self.deliveries.values().cloned().map(Box::new).map(Record::Deliveries));
        records.extend(self.messages.iter().map(|(delivery, message)| Record::Messages {
            delivery: delivery.clone(),
            message: message.clone(),
        }));
        records
    }
}
