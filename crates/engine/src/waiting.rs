//! Customers whose running sessions wait to be looked at by a network door, each once however often something happened.

use charging::CustomerId;
use parking_lot::Mutex;
use std::collections::HashMap;
use tokio::sync::Notify;

/// Customers that wait at most; what comes on top is looked at with its next event.
const CUSTOMERS_MOST: usize = 1_000_000;

/// Why a customer is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Why {
    /// Attributes or prices may be others, not only whether he may go on.
    pub policy: bool,
}

/// Who waits; filled from commits and reports, emptied by a door's worker.
#[derive(Default)]
pub struct Waiting {
    customers: Mutex<HashMap<CustomerId, Why>>,
    filled: Notify,
}

impl Waiting {
    /// Puts a customer in, or adds to why he is there.
    pub fn add(&self, customer: CustomerId, why: Why) {
        let mut customers = self.customers.lock();
        if customers.len() < CUSTOMERS_MOST || customers.contains_key(&customer) {
            customers.entry(customer).or_default().policy |= why.policy;
        }
        drop(customers);
        self.filled.notify_one();
    }

    /// Takes at most so many of those who are not busy.
    pub fn take(&self, most: usize, busy: impl Fn(CustomerId) -> bool) -> Vec<(CustomerId, Why)> {
        let mut customers = self.customers.lock();
        let free = customers.keys().copied().filter(|customer| !busy(*customer));
        let taken: Vec<CustomerId> = free.take(most).collect();
        taken.into_iter().filter_map(|customer| customers.remove_entry(&customer)).collect()
    }

    /// Until somebody was put in.
    pub async fn filled(&self) {
        self.filled.notified().await;
    }
}
