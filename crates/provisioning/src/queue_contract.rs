//! The contract suite of [`DeliveryQueue`]: every implementation must pass it (the store's on each database too).
//! It only uses the trait and a way to add deliveries, and says in a sentence which promise was broken.

use std::collections::BTreeMap;

use crate::error::ProvisioningError;
use crate::queue::{Claim, ClaimRequest, DeliveryQueue};
use crate::record::{AttemptOutcome, AttemptRecord};

/// The connector the suite queues for; the queue must hold nothing for it before.
pub const CONNECTOR: &str = "contract";
const OTHER: &str = "contract_other";
const LEASE: i64 = 1_000;

struct Suite<'a, Q, E> {
    queue: &'a Q,
    enqueue: E,
}

/// Runs the suite against an empty queue. `enqueue(connector, account_id, due_at)` adds a waiting delivery and returns its id;
/// later calls return greater ids.
///
/// # Errors
/// The broken promise, or the queue's own error.
pub async fn check<Q, E, F>(queue: &Q, enqueue: E) -> Result<(), String>
where
    Q: DeliveryQueue,
    E: Fn(&'static str, u64, i64) -> F,
    F: Future<Output = u64>,
{
    let suite = Suite { queue, enqueue };
    suite.order_and_collapse().await?;
    suite.independence().await?;
    suite.retries().await?;
    suite.leases().await?;
    suite.dead_letters().await
}

fn failed(error: ProvisioningError) -> String {
    error.to_string()
}

fn promise(holds: bool, promise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("broken promise: {promise}")) }
}

fn record(attempt: u32, outcome: AttemptOutcome) -> AttemptRecord {
    let exchanges = Vec::new();
    AttemptRecord { attempt, started_at: 1, finished_at: 2, outcome, reason: String::new(), exchanges }
}

impl<Q, E, F> Suite<'_, Q, E>
where
    Q: DeliveryQueue,
    E: Fn(&'static str, u64, i64) -> F,
    F: Future<Output = u64>,
{
    async fn claim(&self, now: i64, limit: usize, busy: &[u64]) -> Result<Vec<Claim>, String> {
        let lease_until = now + LEASE;
        let request =
            ClaimRequest { connector: CONNECTOR.to_owned(), now, limit, lease_until, busy: busy.to_vec() };
        self.queue.claim(request).await.map_err(failed)
    }

    async fn one(&self, now: i64, what: &str) -> Result<Claim, String> {
        let mut claims = self.claim(now, 10, &[]).await?;
        match (claims.pop(), claims.is_empty()) {
            (Some(claim), true) => Ok(claim),
            (found, _) => Err(format!(
                "{what}: expected one claim, got {}",
                claims.len() + usize::from(found.is_some())
            )),
        }
    }

    async fn none(&self, now: i64, what: &str) -> Result<(), String> {
        promise(self.claim(now, 10, &[]).await?.is_empty(), what)
    }

    async fn complete(&self, claim: &Claim) -> Result<(), String> {
        let record = record(claim.attempts + 1, AttemptOutcome::Done);
        self.queue.complete(claim, record, BTreeMap::new()).await.map_err(failed)
    }

    async fn order_and_collapse(&self) -> Result<(), String> {
        (self.enqueue)(CONNECTOR, 1, 100).await;
        let newest = (self.enqueue)(CONNECTOR, 1, 100).await;
        self.none(99, "a delivery is not given out before it is due").await?;
        let claim = self.one(100, "waiting deliveries of an account collapse").await?;
        promise(claim.delivery_id == newest, "of several waiting deliveries the newest is given out")?;
        promise(claim.account_id == 1 && claim.attempts == 0, "a claim tells account and attempts")?;
        let younger = (self.enqueue)(CONNECTOR, 1, 100).await;
        self.none(101, "a delivery under way blocks younger ones of its account").await?;
        self.complete(&claim).await?;
        let claim = self.one(101, "a finished delivery blocks no longer").await?;
        promise(claim.delivery_id == younger, "what was queued meanwhile comes next")?;
        self.complete(&claim).await?;
        self.none(10_000, "finished and superseded deliveries are not given out again").await
    }

    async fn independence(&self) -> Result<(), String> {
        for account in 10..15 {
            (self.enqueue)(CONNECTOR, account, 200).await;
        }
        (self.enqueue)(OTHER, 10, 200).await;
        let first = self.claim(200, 2, &[]).await?;
        promise(
            first.iter().map(|c| c.account_id).eq([10, 11]),
            "the limit holds and the oldest come first",
        )?;
        let second = self.claim(200, 10, &[12]).await?;
        promise(
            second.iter().map(|c| c.account_id).eq([13, 14]),
            "busy accounts and those under way are left out",
        )?;
        let third = self.claim(200, 10, &[]).await?;
        promise(
            third.iter().map(|c| c.account_id).eq([12]),
            "accounts are independent, and so are connectors",
        )?;
        for claim in first.iter().chain(&second).chain(&third) {
            self.complete(claim).await?;
        }
        Ok(())
    }

    async fn retries(&self) -> Result<(), String> {
        (self.enqueue)(CONNECTOR, 20, 300).await;
        let claim = self.one(300, "a new delivery").await?;
        let retry = record(1, AttemptOutcome::Retry);
        self.queue.reschedule(&claim, 400, true, retry, BTreeMap::new()).await.map_err(failed)?;
        (self.enqueue)(CONNECTOR, 20, 310).await;
        self.none(350, "an older delivery that waits for its retry blocks younger ones").await?;
        let claim = self.one(400, "the retry is due").await?;
        let refused = record(1, AttemptOutcome::Auth);
        self.queue.reschedule(&claim, 500, false, refused, BTreeMap::new()).await.map_err(failed)?;
        let claim = self.one(500, "the postponed delivery is due").await?;
        promise(claim.attempts == 0, "an attempt that is not counted leaves the count")?;
        let retry = record(1, AttemptOutcome::Retry);
        self.queue.reschedule(&claim, 600, true, retry, BTreeMap::new()).await.map_err(failed)?;
        let claim = self.one(600, "the retry is due").await?;
        promise(claim.attempts == 1, "a counted attempt is counted")?;
        self.complete(&claim).await
    }

    async fn leases(&self) -> Result<(), String> {
        (self.enqueue)(CONNECTOR, 30, 700).await;
        let claim = self.one(700, "a new delivery").await?;
        self.none(700 + LEASE - 1, "a lease holds until its end").await?;
        let again = self.one(700 + LEASE, "a delivery whose lease ran out is given out again").await?;
        promise(again.delivery_id == claim.delivery_id, "a run-out lease gives out the same delivery")?;
        self.queue.recover(CONNECTOR).await.map_err(failed)?;
        let recovered = self.one(700 + LEASE, "recovery gives back what was under way").await?;
        self.complete(&recovered).await?;
        self.none(10_000, "a recovered and finished delivery is finished").await
    }

    async fn dead_letters(&self) -> Result<(), String> {
        let id = (self.enqueue)(CONNECTOR, 40, 3_000).await;
        let claim = self.one(3_000, "a new delivery").await?;
        promise(
            !self.queue.replay(id, 3_000).await.map_err(failed)?,
            "a delivery under way can't be replayed",
        )?;
        let fatal = record(1, AttemptOutcome::Fatal);
        self.queue.dead_letter(&claim, fatal, BTreeMap::new()).await.map_err(failed)?;
        self.none(100_000, "a dead letter is not given out").await?;
        promise(self.queue.replay(id, 3_100).await.map_err(failed)?, "a dead letter can be replayed")?;
        let claim = self.one(3_100, "a replayed delivery is due").await?;
        promise(claim.delivery_id == id && claim.attempts == 0, "a replay begins with no attempts counted")?;
        self.complete(&claim).await?;
        promise(self.queue.replay(id, 3_200).await.map_err(failed)?, "a finished delivery can be replayed")?;
        let claim = self.one(3_200, "a replayed finished delivery is due").await?;
        self.complete(&claim).await?;
        promise(
            !self.queue.replay(u64::MAX >> 1, 1).await.map_err(failed)?,
            "an unknown delivery can't be replayed",
        )
    }
}
