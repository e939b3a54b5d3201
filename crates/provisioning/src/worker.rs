//! The worker: takes due deliveries, lets connectors bring the platforms to the desired state, settles each delivery.
//!
//! Every connector has a lane of its own, so that a platform that is down holds up nobody else. In a lane as many
//! subscribers are served at once as the connector allows, each by one delivery at a time.
//! A verdict decides: done settles; retry waits longer each time and dies after the last attempt; fatal dies at once; a
//! refusal of our credentials stops the lane, which then probes with one delivery now and then.
//! The desired state is read anew for each attempt, never remembered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::connector::{Applied, Connector, Verdict};
use crate::metrics::Metrics;
use crate::queue::{Claim, ClaimRequest, DeliveryQueue, Now, SubscriberSource};
use crate::record::{AttemptOutcome, AttemptRecord};
use crate::status::{ConnectorState, StatusBoard};

/// Longest wait before the queue is looked at again when nobody wakes the lane.
pub const POLL: Duration = Duration::from_millis(250);
/// Longest time one attempt may take, all its requests together.
pub const MAX_ATTEMPT: Duration = Duration::from_secs(300);
/// How long a claim is held; longer than an attempt can take.
pub const LEASE_MICROS: i64 = 600_000_000;

const MICROS_PER_MS: i64 = 1_000;

/// Wakes the lanes at once after deliveries were queued; clones wake the same lanes.
#[derive(Debug, Clone)]
pub struct Waker {
    lanes: Arc<[Arc<Notify>]>,
}

impl Waker {
    /// Makes every lane look at the queue now.
    pub fn wake(&self) {
        for lane in self.lanes.iter() {
            lane.notify_one();
        }
    }
}

/// Sends deliveries of a set of connectors until told to stop.
pub struct Worker<Q, S> {
    lanes: Vec<Lane<Q, S>>,
    waker: Waker,
    board: StatusBoard,
}

struct Lane<Q, S> {
    queue: Arc<Q>,
    source: Arc<S>,
    connector: Arc<dyn Connector>,
    now: Now,
    notify: Arc<Notify>,
    board: StatusBoard,
    metrics: Metrics,
}

/// What a finished attempt means for its lane.
struct Finished {
    account_id: u64,
    outcome: AttemptOutcome,
    reason: String,
    /// Whether the lane was stopped when the attempt began.
    probe: bool,
}

impl<Q: DeliveryQueue, S: SubscriberSource> Worker<Q, S> {
    /// A worker for these connectors; nothing runs before [`Worker::run`].
    pub fn new(queue: Arc<Q>, source: Arc<S>, connectors: Vec<Arc<dyn Connector>>, now: Now) -> Worker<Q, S> {
        Worker::reporting(queue, source, connectors, now, StatusBoard::default(), Metrics::default())
    }

    /// As [`Worker::new`], with a board and counters that are shared with other workers.
    pub fn reporting(
        queue: Arc<Q>,
        source: Arc<S>,
        connectors: Vec<Arc<dyn Connector>>,
        now: Now,
        board: StatusBoard,
        metrics: Metrics,
    ) -> Worker<Q, S> {
        let lanes: Vec<Lane<Q, S>> = connectors
            .into_iter()
            .map(|connector| {
                board.change(&connector.profile().name, |status| status.state = ConnectorState::Running);
                Lane {
                    queue: queue.clone(),
                    source: source.clone(),
                    connector,
                    now: now.clone(),
                    notify: Arc::new(Notify::new()),
                    board: board.clone(),
                    metrics: metrics.clone(),
                }
            })
            .collect();
        let waker = Waker { lanes: lanes.iter().map(|lane| lane.notify.clone()).collect() };
        Worker { lanes, waker, board }
    }

    /// What wakes this worker; to be called after a commit that queued deliveries.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// What the connectors are doing.
    pub fn board(&self) -> StatusBoard {
        self.board.clone()
    }

    /// Works until `shutdown` holds `true` or its sender is gone; attempts under way are finished first.
    pub async fn run(self, shutdown: watch::Receiver<bool>) {
        let mut lanes = JoinSet::new();
        for lane in self.lanes {
            lanes.spawn(Arc::new(lane).run(shutdown.clone()));
        }
        while lanes.join_next().await.is_some() {}
    }
}

impl<Q: DeliveryQueue, S: SubscriberSource> Lane<Q, S> {
    fn name(&self) -> &str {
        &self.connector.profile().name
    }

    async fn run(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        let mut attempts: JoinSet<Finished> = JoinSet::new();
        let mut busy: BTreeSet<u64> = BTreeSet::new();
        let mut recovered = false;
        while !*shutdown.borrow_and_update() {
            if !recovered {
                recovered = self.recovered().await;
            }
            if recovered {
                let (claims, probe) = self.claim(&busy).await;
                for claim in claims {
                    busy.insert(claim.account_id);
                    let lane = self.clone();
                    attempts.spawn(async move { lane.attempt(claim, probe).await });
                }
            }
            self.board.change(self.name(), |status| status.in_flight = busy.len());
            tokio::select! {
                () = self.notify.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                Some(finished) = attempts.join_next() => self.note(finished, &mut busy),
                changed = shutdown.changed() => if changed.is_err() { break },
            }
            while let Some(finished) = attempts.try_join_next() {
                self.note(finished, &mut busy);
            }
            if attempts.is_empty() {
                // Also forgets the account of an attempt that panicked; its lease runs out.
                busy.clear();
            }
        }
        while let Some(finished) = attempts.join_next().await {
            self.note(finished, &mut busy);
        }
        self.board.change(self.name(), |status| status.in_flight = 0);
    }

    async fn recovered(&self) -> bool {
        match self.queue.recover(self.name()).await {
            Ok(()) => true,
            Err(error) => {
                self.trouble(&error.to_string());
                false
            }
        }
    }

    /// Due deliveries for the free places; a stopped lane takes one when its probe is due, and `true` says it is a probe.
    async fn claim(&self, busy: &BTreeSet<u64>) -> (Vec<Claim>, bool) {
        let now = (self.now)();
        let state = self.board.get(self.name()).unwrap_or_default().state;
        let (limit, probe) = match state {
            ConnectorState::Running => (self.connector.profile().parallel.saturating_sub(busy.len()), false),
            ConnectorState::Stopped { next_probe, .. } => {
                (usize::from(now >= next_probe && busy.is_empty()), true)
            }
        };
        if limit == 0 {
            return (Vec::new(), probe);
        }
        let request = ClaimRequest {
            connector: self.name().to_owned(),
            now,
            limit,
            lease_until: now.saturating_add(LEASE_MICROS),
            busy: busy.iter().copied().collect(),
        };
        match self.queue.claim(request).await {
            Ok(claims) => (claims, probe),
            Err(error) => {
                self.trouble(&error.to_string());
                (Vec::new(), probe)
            }
        }
    }

    /// One attempt: read the desired state, apply it, settle the delivery.
    async fn attempt(&self, claim: Claim, probe: bool) -> Finished {
        let started_at = (self.now)();
        let begun = std::time::Instant::now();
        let applied = self.apply(&claim).await;
        let finished_at = (self.now)();
        let attempt = claim.attempts.saturating_add(1);
        let (outcome, reason) = match applied.verdict {
            Verdict::Done => (AttemptOutcome::Done, String::new()),
            Verdict::Retry(reason) => (AttemptOutcome::Retry, reason),
            Verdict::Fatal(reason) => (AttemptOutcome::Fatal, reason),
            Verdict::Auth(reason) => (AttemptOutcome::Auth, reason),
        };
        let record = AttemptRecord {
            attempt,
            started_at,
            finished_at,
            outcome,
            reason: reason.clone(),
            exchanges: applied.exchanges,
        };
        let retry = self.connector.profile().retry;
        let last = attempt >= retry.attempts;
        let settled = match outcome {
            AttemptOutcome::Done => self.queue.complete(&claim, record, applied.store_back).await,
            AttemptOutcome::Fatal => self.queue.dead_letter(&claim, record, applied.store_back).await,
            AttemptOutcome::Retry if last => self.queue.dead_letter(&claim, record, applied.store_back).await,
            AttemptOutcome::Retry => {
                let due_at = after(finished_at, retry.delay_ms(claim.delivery_id, attempt));
                self.queue.reschedule(&claim, due_at, true, record, applied.store_back).await
            }
            // Not this delivery's fault: it keeps its place and its attempts.
            AttemptOutcome::Auth => {
                self.queue.reschedule(&claim, finished_at, false, record, applied.store_back).await
            }
        };
        self.metrics.attempt(self.name(), outcome, last, begun.elapsed());
        self.count(outcome, last, &reason, finished_at);
        if let Err(error) = settled {
            // The lease runs out and the desired state is sent again, which is harmless.
            self.trouble(&error.to_string());
        }
        Finished { account_id: claim.account_id, outcome, reason, probe }
    }

    async fn apply(&self, claim: &Claim) -> Applied {
        let failed = |verdict| Applied { verdict, exchanges: Vec::new(), store_back: Default::default() };
        match self.source.desired(self.name(), claim.account_id).await {
            Err(error) => failed(Verdict::Retry(error.to_string())),
            Ok(None) => failed(Verdict::Fatal(format!("there is no account {}", claim.account_id))),
            Ok(Some(desired)) => {
                match tokio::time::timeout(MAX_ATTEMPT, self.connector.apply(&desired)).await {
                    Ok(applied) => applied,
                    Err(_) => failed(Verdict::Retry(format!(
                        "the attempt took longer than {} s",
                        MAX_ATTEMPT.as_secs()
                    ))),
                }
            }
        }
    }

    fn count(&self, outcome: AttemptOutcome, last: bool, reason: &str, at: i64) {
        self.board.change(self.name(), |status| {
            match outcome {
                AttemptOutcome::Done => {
                    status.done += 1;
                    status.last_done_at = Some(at);
                    return;
                }
                AttemptOutcome::Fatal => status.dead += 1,
                AttemptOutcome::Retry if last => status.dead += 1,
                AttemptOutcome::Retry | AttemptOutcome::Auth => status.retried += 1,
            }
            status.last_trouble_at = Some(at);
            reason.clone_into(&mut status.last_trouble);
        });
        if outcome != AttemptOutcome::Done {
            tracing::info!(connector = self.name(), ?outcome, reason, "a delivery did not go through");
        }
    }

    /// Takes a finished attempt off the books of the lane and stops or restarts the lane.
    fn note(&self, finished: Result<Finished, tokio::task::JoinError>, busy: &mut BTreeSet<u64>) {
        match finished {
            Ok(finished) => {
                busy.remove(&finished.account_id);
                self.stop_or_go(finished);
            }
            Err(error) => self.trouble(&format!("an attempt broke off: {error}")),
        }
    }

    /// A refusal stops the lane; a probe that the platform took or judged starts it again. A probe that got no answer says
    /// nothing about our credentials, and neither does an attempt that began before the stop.
    fn stop_or_go(&self, finished: Finished) {
        let now = (self.now)();
        let next = after(now, self.connector.profile().retry.probe_ms);
        self.board.change(self.name(), |status| match (&mut status.state, finished.outcome) {
            (ConnectorState::Running, AttemptOutcome::Auth) => {
                tracing::warn!(
                    connector = self.name(),
                    reason = finished.reason,
                    "credentials refused; stopped"
                );
                status.state =
                    ConnectorState::Stopped { since: now, next_probe: next, reason: finished.reason };
            }
            (ConnectorState::Stopped { next_probe, reason, .. }, AttemptOutcome::Auth) => {
                *next_probe = next;
                *reason = finished.reason;
            }
            (ConnectorState::Stopped { next_probe, .. }, AttemptOutcome::Retry) if finished.probe => {
                *next_probe = next
            }
            (ConnectorState::Stopped { .. }, AttemptOutcome::Done | AttemptOutcome::Fatal)
                if finished.probe =>
            {
                status.state = ConnectorState::Running;
            }
            _ => {}
        });
    }

    fn trouble(&self, reason: &str) {
        tracing::warn!(connector = self.name(), reason, "provisioning trouble");
        let now = (self.now)();
        self.board.change(self.name(), |status| {
            status.last_trouble_at = Some(now);
            reason.clone_into(&mut status.last_trouble);
        });
    }
}

fn after(instant: i64, ms: u64) -> i64 {
    instant
        .saturating_add(i64::try_from(ms).unwrap_or(i64::MAX / MICROS_PER_MS).saturating_mul(MICROS_PER_MS))
}
