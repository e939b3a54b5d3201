//! A customer's place in a chain of resellers: who serves him, and whom he serves.

use crate::{CustomerId, RowId};
use catalog::ProductId;
use money::Amount;
use serde::{Deserialize, Serialize};

/// Kept only by customers of a reseller and by resellers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Chain {
    /// The reseller who serves him.
    pub parent: Option<Parent>,
    /// Set for a reseller.
    pub resale: Option<Resale>,
    /// Earlier parents with the number of the last message sent to each: a return goes on where it stopped.
    pub former: Vec<(CustomerId, u32)>,
}

/// The reseller above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Who.
    pub id: CustomerId,
    /// Row of the parent's announcement that is in force; older ones are ignored.
    pub announced: Option<RowId>,
    /// Why he may not serve, if so.
    pub stopped: Option<ResellerStop>,
    /// Row counter of the last message sent to him; 0 = none.
    pub relayed: u32,
}

/// How a reseller is charged, and what he last told his customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resale {
    /// The product whose rating entries price what his customers use, where their product names no reseller tariff.
    pub wholesale: Option<ProductId>,
    /// His customers are stopped when no more than this is left, so that what they are using meanwhile stays in his limit.
    pub cushion: Amount,
    /// What was announced last.
    pub stopped: Option<ResellerStop>,
    /// Row of that announcement.
    pub announced: Option<RowId>,
}

/// Why a reseller may not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ResellerStop {
    /// Credit limit reached.
    #[error("is out of funds")]
    OutOfFunds,
    /// An invoice is overdue.
    #[error("is suspended")]
    Suspended,
    /// Blocked by staff.
    #[error("is blocked")]
    Blocked,
    /// Closed for good.
    #[error("is terminated")]
    Terminated,
}

impl Chain {
    /// Why the reseller may not serve him, if so.
    pub fn stopped(&self) -> Option<ResellerStop> {
        self.parent.and_then(|parent| parent.stopped)
    }
}
