//! Included units as bars: used, held by running sessions, left.

use super::AccountView;
use crate::Office;
use catalog::{QuotaKey, Unit, WhenExhausted};
use serde::Serialize;

/// One quota of an account in the open billing period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsageBar {
    /// Which quota.
    pub quota: QuotaKey,
    /// Its name, such as `Domestic minutes`.
    pub name: String,
    /// Product that includes it.
    pub product: String,
    /// Service code.
    pub service: String,
    /// What is counted.
    pub unit: Unit,
    /// Units used.
    pub used: u64,
    /// Units held by running sessions.
    pub reserved: u64,
    /// Units included in the period.
    pub total: u64,
    /// Whether use beyond is refused.
    pub blocks: bool,
}

impl UsageBar {
    /// Units that are neither used nor held.
    pub fn left(&self) -> u64 {
        self.total.saturating_sub(self.used.saturating_add(self.reserved))
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
        for product in account.live.products_in_order(self.now(), &catalog) {
            let Some(product) = catalog.product_by_id(product) else { continue };
            for (position, quota) in product.quotas.iter().enumerate() {
                let Ok(position) = u8::try_from(position) else { continue };
                let Some(service) = catalog.service(&quota.service) else { continue };
                let key = QuotaKey { product: product.id, position };
                let bucket = account.live.buckets.iter().find(|b| b.quota == key);
                let current = bucket.filter(|b| b.period_number == account.period_number);
                bars.push(UsageBar {
                    quota: key,
                    name: quota.name.clone(),
                    product: product.name.clone(),
                    service: service.code.clone(),
                    unit: service.unit,
                    used: current.map_or(0, |b| b.used),
                    reserved: bucket.map_or(0, |b| b.reserved),
                    total: quota.units,
                    blocks: quota.when_exhausted == WhenExhausted::Block,
                });
            }
        }
        bars
    }
}
