//! A mailbox in memory that can be told how to answer, for simulations.

use std::collections::HashSet;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::digest::SendOutcome;
use crate::mail::Mailer;

/// What arrived, and how the next messages are answered.
#[derive(Debug, Default)]
pub struct Memory(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    delivered: Vec<Vec<u8>>,
    script: VecDeque<SendOutcome>,
    hanging: HashSet<String>,
}

impl Memory {
    /// Takes one message.
    pub(super) async fn take(&self, recipient: &str, message: &[u8]) -> SendOutcome {
        if self.lock().hanging.contains(recipient) {
            return std::future::pending().await;
        }
        let mut state = self.lock();
        let scripted = state.script.pop_front();
        let outcome = scripted.unwrap_or_else(|| SendOutcome::Sent("in memory".to_owned()));
        // An uncertain message did arrive: the worse of its two fates.
        if let SendOutcome::Sent(_) | SendOutcome::Uncertain(_) = outcome {
            state.delivered.push(message.to_vec());
        }
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Lists of whole values are whole after a panic, too.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What only the memory can be told; nothing happens for the other mailers.
impl Mailer {
    /// What arrived in memory so far.
    pub fn delivered(&self) -> Vec<Vec<u8>> {
        self.in_memory(|memory| memory.delivered.clone()).unwrap_or_default()
    }

    /// Answers the next messages with `outcomes`, then takes everything again.
    pub fn answer_with(&self, outcomes: impl IntoIterator<Item = SendOutcome>) {
        self.in_memory(|memory| memory.script.extend(outcomes));
    }

    /// Never answers messages to this address.
    pub fn hang_for(&self, address: &str) {
        self.in_memory(|memory| memory.hanging.insert(address.to_owned()));
    }

    fn in_memory<T>(&self, work: impl FnOnce(&mut State) -> T) -> Option<T> {
        match self {
            Self::Memory(memory) => Some(work(&mut memory.lock())),
            Self::Smtp(_) | Self::Sendmail(_) | Self::Directory(_) => None,
        }
    }
}
