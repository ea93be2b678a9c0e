//! Mails on disk: freezing them, their states, and which of them are still open.
//!
//! Never flushes: the caller does. The ids of open mails are kept in memory, because a store remembers a season of sent ones.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::PoisonError;

use sled::Transactional;
use sled::transaction::TransactionalTree;

use crate::digest::Delivery;
use crate::digest::DeliveryState;
use crate::store::RecipientState;
use crate::store::Seal;
use crate::store::SealedMail;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::recording;
use crate::store::sled::SledStore;
use crate::store::trees;
use crate::store::trees::Abort;
use crate::store::trees::Trees;

/// The ids of the mails that wait or are under way, in order: oldest first.
#[derive(Debug, Default)]
pub(super) struct OpenIds(Mutex<BTreeSet<String>>);

impl OpenIds {
    pub(super) fn ids(&self) -> Vec<String> {
        self.change(|ids| ids.iter().cloned().collect())
    }

    fn note(&self, delivery: &Delivery) {
        self.change(|ids| {
            if delivery.is_open() {
                ids.insert(delivery.id.clone());
            } else {
                ids.remove(&delivery.id);
            }
        });
    }

    fn forget(&self, id: &str) {
        self.change(|ids| ids.remove(id));
    }

    fn change<T>(&self, work: impl FnOnce(&mut BTreeSet<String>) -> T) -> T {
        // A set of strings is whole after a panic, too.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SledStore {
    /// Finds the open mails, once at opening.
    pub(super) fn find_open(&self) -> Result<(), StoreError> {
        self.deliveries()?.iter().for_each(|delivery| self.open.note(delivery));
        Ok(())
    }

    pub(super) fn deliveries_at<'k>(&self, keys: impl Iterator<Item = &'k [u8]>) -> Result<Vec<Delivery>, StoreError> {
        let found = keys.filter_map(|key| self.read(&self.trees.deliveries, "deliveries", key).transpose());
        found.collect()
    }

    /// Freezes a mail; false where its slot, its id or one of its entries is taken.
    pub(super) fn freeze(&self, seal: &Seal) -> Result<bool, StoreError> {
        let key = trees::recipient_key(&seal.recipient);
        let Trees {
            recipients,
            pending,
            deliveries,
            messages,
            ..
        } = &self.trees;
        let trees = (recipients, pending, deliveries, messages);
        let result = trees.transaction(|(recipients, pending, deliveries, messages)| {
            let mut state: RecipientState = trees::read(recipients, &key)?.unwrap_or_default();
            if !state.advance(seal) || is_taken(deliveries, seal.mail.as_ref())? {
                return Ok(false);
            }
            for entry in seal.mail.iter().flat_map(|mail| &mail.delivery.entries) {
                if !recording::is_pending(pending, entry)? {
                    return Ok(false);
                }
            }
            trees::write(recipients, &key, &state)?;
            if let Some(mail) = &seal.mail {
                for entry in &mail.delivery.entries {
                    recording::take_pending(pending, entry)?;
                }
                trees::write(deliveries, mail.delivery.id.as_bytes(), &mail.delivery)?;
                trees::write_bytes(messages, mail.delivery.id.as_bytes(), &mail.message)?;
            }
            Ok(true)
        });
        let is_sealed = self.ended("deliveries", result)?;
        if let Some(mail) = seal.mail.as_ref().filter(|_| is_sealed) {
            self.open.note(&mail.delivery);
        }
        Ok(is_sealed)
    }

    /// Writes a delivery whose state is still `before`.
    pub(super) fn replace_delivery(&self, before: &DeliveryState, delivery: &Delivery) -> Result<bool, StoreError> {
        let Trees {
            pending, deliveries, ..
        } = &self.trees;
        let result = (pending, deliveries).transaction(|(pending, deliveries)| {
            let stored: Option<Delivery> = trees::read(deliveries, delivery.id.as_bytes())?;
            if stored.as_ref().is_none_or(|stored| &stored.state != before) {
                return Ok(false);
            }
            if delivery.gives_up(stored.as_ref()) {
                for entry in delivery.returning() {
                    recording::add_pending(pending, entry)?;
                }
            }
            trees::write(deliveries, delivery.id.as_bytes(), delivery)?;
            Ok(true)
        });
        let is_set = self.ended("deliveries", result)?;
        if is_set {
            self.open.note(delivery);
        }
        Ok(is_set)
    }

    /// Takes a delivery and its bytes away where its state is still that of `delivery`.
    pub(super) fn remove_delivery(&self, delivery: &Delivery) -> Result<bool, StoreError> {
        let Trees {
            deliveries, messages, ..
        } = &self.trees;
        let result = (deliveries, messages).transaction(|(deliveries, messages)| {
            let stored: Option<Delivery> = trees::read(deliveries, delivery.id.as_bytes())?;
            if stored.is_none_or(|stored| stored.state != delivery.state) {
                return Ok(false);
            }
            trees::remove(deliveries, delivery.id.as_bytes())?;
            trees::remove(messages, delivery.id.as_bytes())?;
            Ok(true)
        });
        let is_gone = self.ended("deliveries", result)?;
        if is_gone {
            self.open.forget(&delivery.id);
        }
        Ok(is_gone)
    }
}

fn is_taken(deliveries: &TransactionalTree, mail: Option<&SealedMail>) -> Result<bool, Abort> {
    let Some(mail) = mail else { return Ok(false) };
    Ok(trees::whole(deliveries, mail.delivery.id.as_bytes())?.is_some())
}
