//! Customers whose running sessions wait to be looked at by a network door, each once however often something happened.

use charging::CustomerId;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::ops::BitOrAssign;
use tokio::sync::Notify;

/// Customers that wait at most; what comes on top is looked at with its next event.
const CUSTOMERS_MOST: usize = 1_000_000;

/// Why a customer is looked at, where a door asks no more than this.
#[derive(Debug, Clone, Copy, Default)]
pub struct Why {
    /// Attributes or prices may be others, not only whether he may go on.
    pub policy: bool,
}

impl BitOrAssign for Why {
    fn bitor_assign(&mut self, other: Self) {
        self.policy |= other.policy;
    }
}

/// Who waits, and why; filled from commits and reports, emptied by a door's worker. Reasons of one customer are put together by `|=`,
/// and the default is none.
#[derive(Default)]
pub struct Waiting<W = Why> {
    customers: Mutex<HashMap<CustomerId, W>>,
    filled: Notify,
}

impl<W: Default + BitOrAssign> Waiting<W> {
    /// Puts a customer in, or adds to why he is there.
    pub fn add(&self, customer: CustomerId, why: W) {
        let mut customers = self.customers.lock();
        if customers.len() < CUSTOMERS_MOST || customers.contains_key(&customer) {
            *customers.entry(customer).or_default() |= why;
        }
        drop(customers);
        self.filled.notify_one();
    }

    /// Takes at most so many of those who are not busy.
    pub fn take(&self, most: usize, busy: impl Fn(CustomerId) -> bool) -> Vec<(CustomerId, W)> {
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
