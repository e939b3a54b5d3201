//! Included units as bars: used, held by running sessions, left.

use super::AccountView;
use crate::Office;
use calendar::Instant;
use catalog::{DayPart, PlanKey, Unit, WhenExhausted};
use serde::Serialize;

/// One quota of an account in its present period, with what stayed from earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsageBar {
    /// Which quota.
    pub quota: PlanKey,
    /// Its name, such as `Domestic minutes`; with the times of day where they are counted apart.
    pub name: String,
    /// Its name in the catalog.
    pub plan: String,
    /// Product that includes it.
    pub product: String,
    /// Code of that product.
    pub product_code: String,
    /// Service code.
    pub service: String,
    /// What is counted.
    pub unit: Unit,
    /// Units used.
    pub used: u64,
    /// Units held by running sessions.
    pub reserved: u64,
    /// Units there are in all.
    pub total: u64,
    /// Whether use beyond is refused.
    pub blocks: bool,
    /// Whether use beyond is free, but limited by the network.
    pub limited: bool,
    /// The units come anew then; `None` = never.
    pub renews: Option<Instant>,
    /// Of what is left, this much is of earlier periods or was given beside the period's own.
    pub kept: u64,
    /// What is kept is lost from then on, the first of it; of units that never come anew, all of them. `None` = else.
    pub ends: Option<Instant>,
    /// All accounts of the customer that hold the product draw on it.
    pub shared: bool,
}

/// How a quota stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageState {
    /// Something is left.
    Available,
    /// Nothing is left; what then holds, the tariff says or it is refused.
    Exhausted,
    /// Nothing is left; use goes on for nothing, limited by the network.
    Limited,
}

impl UsageState {
    /// The word in the API and on screens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Exhausted => "exhausted",
            Self::Limited => "limited",
        }
    }
}

impl UsageBar {
    /// Units that are neither used nor held.
    pub fn left(&self) -> u64 {
        self.total.saturating_sub(self.used.saturating_add(self.reserved))
    }

    /// How it stands.
    pub fn state(&self) -> UsageState {
        match self.total > self.used {
            true => UsageState::Available,
            false if self.limited => UsageState::Limited,
            false => UsageState::Exhausted,
        }
    }

    /// Share used, 0 to 100.
    pub fn percent(&self) -> u8 {
        let share = self.used.saturating_mul(100).checked_div(self.total).unwrap_or(100);
        u8::try_from(share.min(100)).unwrap_or(100)
    }
}

impl Office {
    /// The quotas of an account's products, in the order in which they are consumed.
    pub fn usage_bars(&self, account: &AccountView) -> Vec<UsageBar> {
        let catalog = self.catalog();
        let mut bars = Vec::new();
        for allowance in &account.allowances {
            let plan = catalog.plan(allowance.plan).map(|(_, plan)| plan);
            let product = catalog.product_by_id(allowance.plan.product);
            let service = catalog.service_by_id(allowance.service);
            let (Some(plan), Some(product), Some(service)) = (plan, product, service) else { continue };
            let name = match allowance.part {
                DayPart::Peak => plan.name.clone(),
                _ if allowance.size == 0 => continue,
                DayPart::First => format!("{}, off-peak", plan.name),
                DayPart::Second => format!("{}, second off-peak", plan.name),
            };
            bars.push(UsageBar {
                quota: allowance.plan,
                name,
                plan: plan.name.clone(),
                product: product.name.clone(),
                product_code: product.code.clone(),
                service: service.code.clone(),
                unit: service.unit,
                used: allowance.used,
                reserved: allowance.reserved,
                total: allowance.size,
                blocks: allowance.when_exhausted == WhenExhausted::Block,
                limited: allowance.when_exhausted == WhenExhausted::Limited,
                renews: allowance.renews,
                kept: allowance.kept,
                ends: allowance.ends,
                shared: allowance.shared,
            });
        }
        bars
    }
}
