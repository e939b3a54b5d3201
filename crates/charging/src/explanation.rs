//! Why this amount: the facts that made a charge, kept in the xDR.

use crate::{Band, Cost, Dialled, FeeWhy, RowId, Taken};
use calendar::Instant;
use catalog::{CatalogVersion, PlanKey, ProductId, TariffId};
use money::Amount;
use rating::PricedUse;
use serde::{Deserialize, Serialize};

/// Everything needed to retell and recompute a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Explanation {
    /// Use or purchase priced by a rate.
    Rated {
        /// Who used it and where.
        source: Source,
        /// Product whose rating entry decided.
        product: ProductId,
        /// Tariff that decided.
        tariff: TariffId,
        /// Destination of the matching rate.
        rate: String,
        /// Catalog version of the price.
        version: CatalogVersion,
        /// Units covered by quotas and wallets, in the order in which they were taken.
        buckets: Vec<BucketUse>,
        /// Units paid with money, interval by interval, and the rounding: the full price.
        priced: Box<PricedUse>,
        /// Volume discounts in the order of use; empty = the full price.
        discounts: Vec<Band>,
        /// What wallets paid of it.
        wallets: Vec<WalletUse>,
        /// When the price changed while it was used; the intervals tell how.
        changes: Vec<Instant>,
        /// What it costs us, if a vendor's connection carried it.
        cost: Option<Box<Cost>>,
        /// How the dialled number became the one that was priced.
        #[serde(default)]
        dialled: Option<Box<Dialled>>,
    },
    /// Use that had no price at a reseller's level; recorded at nothing until a rerating.
    Unpriced {
        /// Who used it and where.
        source: Source,
        /// Catalog version without a price.
        version: CatalogVersion,
    },
    /// A wallet was filled.
    TopUp {
        /// Which wallet.
        plan: PlanKey,
        /// By which option.
        option: String,
        /// Units added, or millionths of money.
        adds: u64,
        /// The wallet is good until then.
        until: Instant,
    },
    /// A charge given back.
    Refund {
        /// The charge.
        of: RowId,
        /// What it was, corrections included.
        charged: Amount,
        /// Given back of it in all.
        returned: Amount,
        /// Why.
        note: String,
    },
    /// A difference found by a rerating.
    Correction {
        /// The charge.
        of: RowId,
        /// What it was.
        was: Amount,
        /// What it became.
        becomes: Amount,
        /// Name of the rerating.
        rerating: String,
    },
    /// A recurring fee for part or all of a period, or a credit for it.
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
        /// Charged or credited for what.
        #[serde(default)]
        why: FeeWhy,
    },
}

/// Who used something and where: with service and destination all that chooses a rating entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Source {
    /// The identifier by which the account was found.
    pub identifier: String,
    /// Node or channel that reported.
    pub node: String,
    /// Access code, empty when none.
    pub access_code: String,
}

impl Explanation {
    /// What was dialled, where another number was priced.
    pub fn dialled(&self) -> Option<&Dialled> {
        if let Self::Rated { dialled, .. } = self { dialled.as_deref() } else { None }
    }

    /// Who used it and where; `None` for what was not used.
    pub fn source(&self) -> Option<&Source> {
        match self {
            Self::Rated { source, .. } | Self::Unpriced { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Units taken from one plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketUse {
    /// Which quota or wallet.
    pub plan: PlanKey,
    /// How many units of the service.
    pub units: u64,
}

/// Money taken from one wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletUse {
    /// Which wallet.
    pub plan: PlanKey,
    /// How much.
    pub amount: Amount,
}

impl From<&Taken> for BucketUse {
    fn from(taken: &Taken) -> Self {
        Self { plan: taken.plan, units: taken.units }
    }
}

impl From<&Taken> for WalletUse {
    fn from(taken: &Taken) -> Self {
        Self { plan: taken.plan, amount: Amount::from_micros(i64::try_from(taken.units).unwrap_or(i64::MAX)) }
    }
}
