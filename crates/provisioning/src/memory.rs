//! A queue and a subscriber source in memory: for tests and as the plainest statement of what [`DeliveryQueue`] asks for.
//! Nothing survives the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::ProvisioningError;
use crate::queue::{Claim, ClaimRequest, DeliveryQueue, SubscriberSource};
use crate::record::AttemptRecord;
use crate::subscriber::DesiredSubscriber;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Waits for its due time and its turn.
    Waiting,
    /// Being sent; the lease ends at this instant, microseconds UTC.
    Sending(i64),
    /// The platform holds the desired state.
    Done,
    /// Given up.
    Dead,
    /// A newer delivery of the same connector and account, of this id, stands for it.
    Superseded(u64),
}

/// One delivery with its history.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// Id, growing with time.
    pub id: u64,
    /// The connector's name.
    pub connector: String,
    /// The account.
    pub account_id: u64,
    /// The event's name.
    pub event: String,
    /// Counted attempts.
    pub attempts: u32,
    /// When it may be sent, microseconds UTC.
    pub due_at: i64,
    /// Where it stands.
    pub state: DeliveryState,
    /// What was tried, oldest first.
    pub records: Vec<AttemptRecord>,
}

#[derive(Debug, Default)]
struct Rows {
    rows: BTreeMap<u64, DeliveryRow>,
    last_id: u64,
    stored_back: BTreeMap<u64, BTreeMap<String, String>>,
}

/// [`DeliveryQueue`] in memory.
#[derive(Debug, Default)]
pub struct MemoryQueue {
    inner: Mutex<Rows>,
}

impl MemoryQueue {
    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a delivery, due at `now`, and returns its id.
    pub fn enqueue(&self, connector: &str, account_id: u64, event: &str, now: i64) -> u64 {
        let mut inner = self.lock();
        inner.last_id += 1;
        let id = inner.last_id;
        let row = DeliveryRow {
            id,
            connector: connector.to_owned(),
            account_id,
            event: event.to_owned(),
            attempts: 0,
            due_at: now,
            state: DeliveryState::Waiting,
            records: Vec::new(),
        };
        inner.rows.insert(id, row);
        id
    }

    /// Every delivery, oldest first.
    pub fn rows(&self) -> Vec<DeliveryRow> {
        self.lock().rows.values().cloned().collect()
    }

    /// One delivery.
    pub fn row(&self, id: u64) -> Option<DeliveryRow> {
        self.lock().rows.get(&id).cloned()
    }

    /// Values stored back for an account.
    pub fn stored_back(&self, account_id: u64) -> BTreeMap<String, String> {
        self.lock().stored_back.get(&account_id).cloned().unwrap_or_default()
    }

    /// Writes the end of an attempt; a claim that is no longer held changes nothing.
    fn settle(
        &self,
        claim: &Claim,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
        end: impl FnOnce(&mut DeliveryRow),
    ) -> bool {
        let mut inner = self.lock();
        inner.stored_back.entry(claim.account_id).or_default().extend(store_back);
        let Some(row) = inner.rows.get_mut(&claim.delivery_id) else { return false };
        row.records.push(record);
        if !matches!(row.state, DeliveryState::Sending(_)) {
            return false;
        }
        end(row);
        true
    }
}

/// The waiting deliveries of each account, and whether one of its deliveries is under way.
fn waiting_by_account(rows: &Rows, request: &ClaimRequest) -> BTreeMap<u64, (Vec<u64>, bool)> {
    let mut accounts: BTreeMap<u64, (Vec<u64>, bool)> = BTreeMap::new();
    for row in rows.rows.values().filter(|row| row.connector == request.connector) {
        let entry = accounts.entry(row.account_id).or_default();
        match row.state {
            DeliveryState::Waiting => entry.0.push(row.id),
            DeliveryState::Sending(until) if until > request.now => entry.1 = true,
            DeliveryState::Sending(_) => entry.0.push(row.id),
            DeliveryState::Done | DeliveryState::Dead | DeliveryState::Superseded(_) => {}
        }
    }
    accounts
}

impl DeliveryQueue for MemoryQueue {
    async fn recover(&self, connector: &str) -> Result<(), ProvisioningError> {
        for row in self.lock().rows.values_mut().filter(|row| row.connector == connector) {
            if matches!(row.state, DeliveryState::Sending(_)) {
                row.state = DeliveryState::Waiting;
            }
        }
        Ok(())
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claim>, ProvisioningError> {
        let mut inner = self.lock();
        let mut ready: Vec<(u64, Vec<u64>)> = waiting_by_account(&inner, &request)
            .into_iter()
            .filter(|(account, (_, under_way))| !under_way && !request.busy.contains(account))
            .filter_map(|(_, (ids, _))| Some((*ids.first()?, ids)))
            .filter(|(oldest, _)| inner.rows.get(oldest).is_some_and(|row| row.due_at <= request.now))
            .collect();
        ready.sort();
        ready.truncate(request.limit);
        let mut claims = Vec::new();
        for (_, ids) in ready {
            let Some((newest, older)) = ids.split_last() else { continue };
            for id in older {
                if let Some(row) = inner.rows.get_mut(id) {
                    row.state = DeliveryState::Superseded(*newest);
                }
            }
            if let Some(row) = inner.rows.get_mut(newest) {
                row.state = DeliveryState::Sending(request.lease_until);
                claims.push(Claim {
                    delivery_id: row.id,
                    connector: row.connector.clone(),
                    account_id: row.account_id,
                    event: row.event.clone(),
                    attempts: row.attempts,
                });
            }
        }
        Ok(claims)
    }

    async fn complete(
        &self,
        claim: &Claim,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
    ) -> Result<(), ProvisioningError> {
        if self.settle(claim, record, store_back, |row| row.state = DeliveryState::Done) {
            let mut inner = self.lock();
            for (_, row) in inner.rows.range_mut(..claim.delivery_id) {
                let same = row.connector == claim.connector && row.account_id == claim.account_id;
                if same && row.state == DeliveryState::Dead {
                    row.state = DeliveryState::Superseded(claim.delivery_id);
                }
            }
        }
        Ok(())
    }

    async fn reschedule(
        &self,
        claim: &Claim,
        due_at: i64,
        counted: bool,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
    ) -> Result<(), ProvisioningError> {
        self.settle(claim, record, store_back, |row| {
            row.state = DeliveryState::Waiting;
            row.due_at = due_at;
            row.attempts += u32::from(counted);
        });
        Ok(())
    }

    async fn dead_letter(
        &self,
        claim: &Claim,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
    ) -> Result<(), ProvisioningError> {
        self.settle(claim, record, store_back, |row| {
            row.state = DeliveryState::Dead;
            row.attempts += 1;
        });
        Ok(())
    }

    async fn replay(&self, delivery_id: u64, now: i64) -> Result<bool, ProvisioningError> {
        let mut inner = self.lock();
        let Some(row) = inner.rows.get_mut(&delivery_id) else { return Ok(false) };
        if matches!(row.state, DeliveryState::Waiting | DeliveryState::Sending(_)) {
            return Ok(false);
        }
        row.state = DeliveryState::Waiting;
        row.attempts = 0;
        row.due_at = now;
        Ok(true)
    }
}

/// [`SubscriberSource`] in memory: the same state for every connector.
#[derive(Debug, Default)]
pub struct MemorySubscribers {
    inner: Mutex<BTreeMap<u64, DesiredSubscriber>>,
}

impl MemorySubscribers {
    /// Sets the desired state of an account.
    pub fn set(&self, desired: DesiredSubscriber) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).insert(desired.account_id, desired);
    }
}

impl SubscriberSource for MemorySubscribers {
    async fn desired(
        &self,
        _connector: &str,
        account_id: u64,
    ) -> Result<Option<DesiredSubscriber>, ProvisioningError> {
        Ok(self.inner.lock().unwrap_or_else(PoisonError::into_inner).get(&account_id).cloned())
    }
}
