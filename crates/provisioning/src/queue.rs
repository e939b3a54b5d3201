//! What provisioning needs from the outside: a durable queue of deliveries and the present state of accounts. The store
//! implements both; `memory` holds an implementation for tests and demos. This module holds no logic.
//!
//! # What a queue must do
//! A delivery is one event (or a resync) for one connector. Its life: waiting -> sending -> done, or back to waiting with a later due
//! time, or dead; a dead or finished one can be replayed.
//!
//! - **Order**: deliveries of one connector and account are in order of their ids. While one is being sent, or the oldest
//!   waiting one is not due, none of that pair is given out.
//! - **Collapse**: desired state is sent, so of several waiting deliveries of a pair only the newest is given out; the
//!   older ones become *superseded* by it in the same transaction.
//! - **Leases**: what was given out and not settled by `lease_until` counts as waiting again.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use crate::error::ProvisioningError;
use crate::record::AttemptRecord;
use crate::subscriber::DesiredSubscriber;

/// Reads the clock: microseconds UTC. The only source of wall-clock time in this crate.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Stands in place of an event's name where staff asked for the present state to be sent again.
pub const RESYNC: &str = "resync";

/// What the worker asks for.
#[derive(Debug, Clone)]
pub struct ClaimRequest {
    /// The connector's name.
    pub connector: String,
    /// The present, microseconds UTC: what is due up to now.
    pub now: i64,
    /// Most deliveries wanted.
    pub limit: usize,
    /// Until when the claims are held, microseconds UTC.
    pub lease_until: i64,
    /// Accounts this worker is still busy with, whatever their leases say.
    pub busy: Vec<u64>,
}

/// A delivery given out to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The delivery's id; ids grow with time.
    pub delivery_id: u64,
    /// The connector's name.
    pub connector: String,
    /// The account to be brought up to date.
    pub account_id: u64,
    /// The event's name or [`RESYNC`], for the screens.
    pub event: String,
    /// Counted attempts made before this one.
    pub attempts: u32,
}

/// The durable queue of deliveries. Every call is one transaction.
pub trait DeliveryQueue: Send + Sync + 'static {
    /// Called once before a connector's worker starts: whatever an earlier run left as being sent is waiting again.
    ///
    /// # Errors
    /// [`ProvisioningError::Queue`], here and below.
    fn recover(&self, connector: &str) -> impl Future<Output = Result<(), ProvisioningError>> + Send;

    /// Gives out due deliveries, oldest account first, at most one for each account.
    fn claim(
        &self,
        request: ClaimRequest,
    ) -> impl Future<Output = Result<Vec<Claim>, ProvisioningError>> + Send;

    /// The platform holds the desired state. `store_back` are values for the account's custom fields (may be empty).
    /// Older dead letters of the same connector and account become superseded.
    fn complete(
        &self,
        claim: &Claim,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
    ) -> impl Future<Output = Result<(), ProvisioningError>> + Send;

    /// Back to waiting until `due_at` (microseconds UTC). `counted` says whether the attempt counts towards the limit.
    /// `store_back` as in [`DeliveryQueue::complete`]: what the platform told before it failed is kept.
    fn reschedule(
        &self,
        claim: &Claim,
        due_at: i64,
        counted: bool,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
    ) -> impl Future<Output = Result<(), ProvisioningError>> + Send;

    /// Given up until a person or a newer event of the account intervenes.
    fn dead_letter(
        &self,
        claim: &Claim,
        record: AttemptRecord,
        store_back: BTreeMap<String, String>,
    ) -> impl Future<Output = Result<(), ProvisioningError>> + Send;

    /// Makes a dead or finished delivery wait again, due now, with no attempts counted. `false` when there is no such
    /// delivery or it is on its way anyhow.
    fn replay(
        &self,
        delivery_id: u64,
        now: i64,
    ) -> impl Future<Output = Result<bool, ProvisioningError>> + Send;
}

/// Where the present state of accounts comes from.
pub trait SubscriberSource: Send + Sync + 'static {
    /// What the connector's platform should hold for the account right now; `None` when no such account was ever there (a
    /// terminated one is [`crate::Presence::Absent`]).
    ///
    /// # Errors
    /// [`ProvisioningError::Source`]; the delivery is tried again later.
    fn desired(
        &self,
        connector: &str,
        account_id: u64,
    ) -> impl Future<Output = Result<Option<DesiredSubscriber>, ProvisioningError>> + Send;
}
