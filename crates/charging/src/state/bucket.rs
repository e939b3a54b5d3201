//! Live counters of plans, and what a meter has taken from them.

use crate::AccountId;
use calendar::Instant;
use catalog::{DayPart, PlanKey, ServiceId};
use money::Amount;
use serde::{Deserialize, Serialize};

/// The counter of one plan for one period: a quota's units, a wallet's content, or what a discount has counted. Made when it is
/// first used; a quota without a bucket for the present period is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Row counter that names it; sessions hold units by it.
    pub id: u32,
    /// Which plan.
    pub plan: PlanKey,
    /// Row counter of the add-on assignment it belongs to; 0 for the main product and for what accounts share.
    pub source: u32,
    /// Times of day it counts; [`DayPart::Peak`] where they are not counted apart.
    pub part: DayPart,
    /// How many warning thresholds were announced.
    pub warned: u8,
    /// The next period's bucket counts from then on.
    pub renews: Instant,
    /// What is unused is lost then.
    pub ends: Instant,
    /// Units given, or millionths of the currency unit in a wallet that holds money.
    pub size: u64,
    /// Of these used. More than `size` only where a quota limits instead of ending.
    pub used: u64,
    /// Of these granted to running sessions.
    pub reserved: u64,
}

impl Bucket {
    /// Neither used nor granted.
    pub fn free(&self) -> u64 {
        self.size.saturating_sub(self.used).saturating_sub(self.reserved)
    }

    /// Not used.
    pub fn unused(&self) -> u64 {
        self.size.saturating_sub(self.used)
    }
}

/// Units taken from one bucket: counted in the service's own unit, or millionths for wallets that hold money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// [`Bucket::id`].
    pub bucket: u32,
    /// Its plan, remembered beyond the bucket's end.
    pub plan: PlanKey,
    /// How many.
    pub units: u64,
}

/// Paid units at one discount, in the order of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// The discount; `None` = the full price.
    pub plan: Option<PlanKey>,
    /// Taken off the price.
    pub percent: u8,
    /// How many units.
    pub units: u64,
}

/// What plans do for one meter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlanUse {
    /// Units used that plans covered, bucket by bucket.
    pub covered_by: Vec<Taken>,
    /// What the running grant holds, in the buckets' own units.
    pub locked: Vec<Taken>,
    /// Discounts of the paid units; empty = the full price for all.
    pub bands: Vec<Band>,
    /// Money that wallets paid, in millionths.
    pub drawn: Vec<Taken>,
}

impl PlanUse {
    /// Units that cost nothing.
    pub fn covered(&self) -> u64 {
        self.covered_by.iter().fold(0, |sum, taken| sum.saturating_add(taken.units))
    }

    /// Money that wallets paid.
    pub fn drawn(&self) -> Amount {
        let micros = self.drawn.iter().fold(0u64, |sum, taken| sum.saturating_add(taken.units));
        Amount::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

/// A service whose last plan ran out, as it was announced; it is announced again when there are units again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Which service.
    pub service: ServiceId,
    /// A quota comes anew then; the end of time when none does.
    pub until: Instant,
    /// It ran out for all accounts of the customer.
    pub shared: bool,
}

impl Spent {
    /// Whom an event about it names.
    pub(crate) fn of(&self, account: AccountId) -> Option<AccountId> {
        (!self.shared).then_some(account)
    }
}
