//! Why this amount: the facts that made a charge, kept in the xDR.

use calendar::Instant;
use catalog::{CatalogVersion, ProductId, QuotaKey, TariffId};
use money::Amount;
use rating::PricedUse;
use serde::{Deserialize, Serialize};

/// Everything needed to retell and recompute a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Explanation {
    /// Use or purchase priced by a rate.
    Rated {
        /// The identifier by which the account was found.
        identifier: String,
        /// Node or channel that reported.
        node: String,
        /// Product whose rating entry decided.
        product: ProductId,
        /// Tariff that decided.
        tariff: TariffId,
        /// Destination of the matching rate.
        rate: String,
        /// Catalog version of the price.
        version: CatalogVersion,
        /// Units covered by quotas, in the order in which they were taken.
        buckets: Vec<BucketUse>,
        /// Units paid with money, interval by interval, and the rounding.
        priced: PricedUse,
    },
    /// A recurring fee for part or all of a period.
    Recurring {
        /// Product with the fee.
        product: ProductId,
        /// Fee of the whole period.
        full_fee: Amount,
        /// Days held.
        days: u32,
        /// Days of the period.
        of_days: u32,
        /// First day (instant at local midnight).
        from: Instant,
        /// End (exclusive).
        to: Instant,
    },
}

/// Units taken from one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketUse {
    /// Which quota.
    pub quota: QuotaKey,
    /// How many units.
    pub units: u64,
}
