//! What is used first: the portions of units and wallet money of an account, service by service, and what follows after the last.

use super::{AccountView, CustomerView};
use crate::usage::service_name;
use crate::{Office, ServiceName};
use calendar::Instant;
use catalog::{DayPart, PlanKind, WhenExhausted};

/// What use of one service draws on, first to last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderOfUse {
    /// The service.
    pub service: ServiceName,
    /// What is used, first to last.
    pub portions: Vec<PortionView>,
    /// What holds beyond: the strictest of the account's quotas.
    pub beyond: WhenExhausted,
    /// Names of volume discounts on what is paid with money.
    pub discounts: Vec<String>,
}

/// A portion of units or wallet money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortionView {
    /// Name of the quota or wallet.
    pub plan: String,
    /// Product that brings it.
    pub product: String,
    /// It is a wallet.
    pub wallet: bool,
    /// It holds millionths of the currency unit.
    pub money: bool,
    /// Times of day it counts; `None` where they are not counted apart.
    pub part: Option<DayPart>,
    /// What is left: in units of the service, of the wallet, or in millionths.
    pub free: u64,
    /// What is unused is lost then; `None` = while the product is held.
    pub ends: Option<Instant>,
    /// It stayed from an earlier period or was given beside the period's own.
    pub kept: bool,
}

impl Office {
    /// The order of consumption of an account, for services of which it has any plan; whatever the destination.
    pub fn order_of_use(&self, customer: &CustomerView, account: &AccountView) -> Vec<OrderOfUse> {
        let (catalog, now) = (self.catalog(), self.now());
        let products = account.live.products_in_order(now, &catalog);
        let of = |service: &catalog::Service| {
            let plans = products.iter().flat_map(|product| catalog.plans(*product, service.id));
            let (mut beyond, mut discounts, mut any) = (WhenExhausted::default(), Vec::new(), false);
            for plan in plans {
                any = true;
                match &plan.kind {
                    PlanKind::Quota { when_exhausted, .. } => beyond = beyond.max(*when_exhausted),
                    PlanKind::Discount { .. } => discounts.push(plan.name.clone()),
                    PlanKind::Wallet { .. } => {}
                }
            }
            let portions = charging::portions(&customer.live.head, &account.live, service.id, &catalog, now);
            let view = |portion: charging::Portion| {
                let (_, plan) = catalog.plan(portion.plan)?;
                let product = catalog.product_by_id(portion.plan.product)?;
                let parted = matches!(plan.kind, PlanKind::Quota { parted: true, .. });
                Some(PortionView {
                    plan: plan.name.clone(),
                    product: product.name.clone(),
                    wallet: matches!(plan.kind, PlanKind::Wallet { .. }),
                    money: matches!(plan.kind, PlanKind::Wallet { money: true, .. }),
                    part: parted.then_some(portion.part),
                    free: portion.free,
                    ends: portion.ends,
                    kept: portion.kept,
                })
            };
            any.then(|| OrderOfUse {
                service: service_name(&catalog, service.id),
                portions: portions.into_iter().filter_map(view).collect(),
                beyond,
                discounts,
            })
        };
        catalog.catalog().services.iter().filter_map(of).collect()
    }
}
