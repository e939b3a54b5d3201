//! The delivery queue in the store's tables. Every call blocks on the database, so it runs on a thread for blocking work.

use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::Instant;
use charging::{AccountId, RowId};
use store::{ClaimDeliveries, DeliveryEnd, SettledDelivery, Store, StoreError};

use crate::error::ProvisioningError;
use crate::queue::{Claim, ClaimRequest, DeliveryQueue};
use crate::record::{AttemptOutcome, AttemptRecord};

/// Longest summary kept in a delivery's row, in characters; the whole reason is in the attempt's record.
const SUMMARY_CHARS: usize = 300;

/// [`DeliveryQueue`] over the store.
#[derive(Clone)]
pub struct StoreQueue {
    store: Arc<Store>,
}

/// Runs blocking work of the store away from the threads that serve connections.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ProvisioningError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => Ok(outcome?),
        Err(error) => Err(ProvisioningError::Queue { reason: error.to_string() }),
    }
}

/// The account's id as the store writes it; ids never reach the sign bit.
pub(crate) fn row_id(account_id: u64) -> AccountId {
    RowId(i64::try_from(account_id).unwrap_or(i64::MAX))
}

pub(crate) fn plain_id(id: i64) -> u64 {
    u64::try_from(id).unwrap_or_default()
}

impl StoreQueue {
    /// The queue in this store.
    pub fn new(store: Arc<Store>) -> StoreQueue {
        StoreQueue { store }
    }

    async fn settle(
        &self,
        claim: &Claim,
        end: DeliveryEnd,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
    ) -> Result<(), ProvisioningError> {
        let json = serde_json::to_string(&record)
            .map_err(|error| ProvisioningError::Queue { reason: error.to_string() })?;
        let summary = match record.outcome {
            AttemptOutcome::Done => "done".to_owned(),
            _ => record.reason.chars().take(SUMMARY_CHARS).collect(),
        };
        let settled = SettledDelivery {
            id: i64::try_from(claim.delivery_id).unwrap_or(i64::MAX),
            connector: claim.connector.clone(),
            account: row_id(claim.account_id),
            end,
            at: Instant::from_micros(record.finished_at),
            summary,
            record: json,
            store_back: store_back.into_iter().collect(),
        };
        let store = self.store.clone();
        blocking(move || store.settle_delivery(settled)).await
    }
}

impl DeliveryQueue for StoreQueue {
    async fn recover(&self, connector: &str) -> Result<(), ProvisioningError> {
        let (store, connector) = (self.store.clone(), connector.to_owned());
        blocking(move || store.recover_deliveries(&connector)).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claim>, ProvisioningError> {
        let store = self.store.clone();
        let wish = ClaimDeliveries {
            connector: request.connector,
            now: Instant::from_micros(request.now),
            limit: request.limit,
            lease_until: Instant::from_micros(request.lease_until),
            busy: request.busy.into_iter().map(row_id).collect(),
        };
        let claims = blocking(move || store.claim_deliveries(wish)).await?;
        Ok(claims
            .into_iter()
            .map(|claim| Claim {
                delivery_id: plain_id(claim.id),
                connector: claim.connector,
                account_id: plain_id(claim.account.0),
                event: claim.event_kind,
                attempts: claim.attempts,
            })
            .collect())
    }

    async fn complete(
        &self,
        claim: &Claim,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
    ) -> Result<(), ProvisioningError> {
        self.settle(claim, DeliveryEnd::Done, record, store_back).await
    }

    async fn reschedule(
        &self,
        claim: &Claim,
        due_at: i64,
        counted: bool,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
    ) -> Result<(), ProvisioningError> {
        let end = DeliveryEnd::Again { at: Instant::from_micros(due_at), counted };
        self.settle(claim, end, record, store_back).await
    }

    async fn dead_letter(
        &self,
        claim: &Claim,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
    ) -> Result<(), ProvisioningError> {
        self.settle(claim, DeliveryEnd::Dead, record, store_back).await
    }

    async fn replay(&self, delivery_id: u64, now: i64) -> Result<bool, ProvisioningError> {
        let store = self.store.clone();
        let Ok(id) = i64::try_from(delivery_id) else { return Ok(false) };
        blocking(move || store.replay_delivery(id, Instant::from_micros(now))).await
    }
}
