//! What the commands about plans and policies carry, and the conflicts of add-ons.

use crate::{AccountId, Policy};
use calendar::Instant;
use catalog::{FinalAction, PlanKey, ProductId, ServiceId, Snapshot};
use serde::{Deserialize, Serialize};

/// A further add-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddAddOn {
    /// Which account.
    pub account: AccountId,
    /// Which add-on.
    pub product: ProductId,
    /// Begins then; `None` = now, or with its first use where the product says so.
    pub from: Option<Instant>,
    /// Ends then; `None` = after the time the product lasts, if it says one.
    pub until: Option<Instant>,
    /// The operator has seen the conflicts and wants it nevertheless.
    pub accept_conflicts: bool,
}

/// Fills a wallet; charged at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUp {
    /// Which account.
    pub account: AccountId,
    /// Which wallet.
    pub wallet: PlanKey,
    /// Code of the option.
    pub option: Box<str>,
}

/// Units given for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantUnits {
    /// Which account.
    pub account: AccountId,
    /// Which quota or wallet.
    pub plan: PlanKey,
    /// How many, as the plan counts them (millionths for a wallet that holds money).
    pub units: u64,
    /// Until when they are good.
    pub until: Instant,
    /// Why; shown to the customer.
    pub note: String,
}

/// What an account itself says about a service for the network.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AccountPolicy {
    /// Which service.
    pub service: ServiceId,
    /// Attributes.
    pub regular: Policy,
    /// What holds instead while a quota that limits is used up.
    pub limited: Policy,
    /// What the network does after a final grant.
    pub final_action: Option<FinalAction>,
}

/// Why an add-on does not go well with what an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// The product it clashes with.
    pub with: ProductId,
    /// Why.
    pub reason: ConflictReason,
}

/// Kinds of conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictReason {
    /// Both charge the same subscription.
    SameSubscription,
    /// Both are add-ons of one precedence with plans for the same service, destinations and measure.
    SamePlans(ServiceId),
}

impl Conflict {
    /// In words.
    pub fn said(&self, catalog: &Snapshot) -> String {
        let with = catalog.product_by_id(self.with).map_or("another product", |p| p.name.as_str());
        match self.reason {
            ConflictReason::SameSubscription => format!("{with} has the same subscription"),
            ConflictReason::SamePlans(service) => {
                let service = catalog.service_by_id(service).map_or("", |s| s.name.as_str());
                format!("{with} has the same precedence and plans for {service} too")
            }
        }
    }
}
