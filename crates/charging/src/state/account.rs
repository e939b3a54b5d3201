//! An account: one service identity with its product, add-ons and buckets.

use crate::{AccountId, Purse, RowId};
use calendar::Instant;
use catalog::{ProductId, ProductKind, QuotaKey, Snapshot};
use serde::{Deserialize, Serialize};

/// One service identity of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Row id.
    pub id: AccountId,
    /// Main products over time, last one current. Spans that ended before the open billing period are dropped when it closes.
    pub products: Vec<ProductSpan>,
    /// Add-ons, with the same rule.
    pub add_ons: Vec<AddOn>,
    /// Blocked by staff.
    pub blocked: bool,
    /// Made then.
    pub created_at: Instant,
    /// Terminated then.
    pub terminated_at: Option<Instant>,
    /// Live counters of quotas.
    pub buckets: Vec<Bucket>,
    /// A balance of its own: a debit account. `None` = the customer's purse pays.
    pub purse: Option<Box<Purse>>,
}

/// A main product held from (inclusive) to (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSpan {
    /// The product.
    pub product: ProductId,
    /// Held from then.
    pub from: Instant,
    /// Held until then.
    pub to: Option<Instant>,
}

/// An add-on held from (inclusive) to (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddOn {
    /// Row id of the assignment.
    pub id: RowId,
    /// The add-on product.
    pub product: ProductId,
    /// Held from then.
    pub from: Instant,
    /// Held until then.
    pub to: Option<Instant>,
}

/// The live counter of a quota: `used + reserved` never passes the quota's units by a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Which quota.
    pub quota: QuotaKey,
    /// Billing period it counts.
    pub period_number: u32,
    /// Units used.
    pub used: u64,
    /// Units granted to running sessions.
    pub reserved: u64,
}

fn held(from: Instant, to: Option<Instant>, at: Instant) -> bool {
    from <= at && to.is_none_or(|to| at < to)
}

impl Account {
    /// The main product at that time.
    pub fn product(&self, at: Instant) -> Option<ProductId> {
        self.products.iter().rev().find(|span| held(span.from, span.to, at)).map(|span| span.product)
    }

    /// Add-ons held at that time.
    pub fn add_ons_at(&self, at: Instant) -> impl Iterator<Item = &AddOn> {
        self.add_ons.iter().filter(move |a| held(a.from, a.to, at))
    }

    /// Products in the order in which they are consumed: add-ons by precedence, then earliest expiry, then the main product.
    pub fn products_in_order(&self, at: Instant, catalog: &Snapshot) -> Vec<ProductId> {
        let mut add_ons: Vec<&AddOn> = self.add_ons_at(at).collect();
        let precedence = |id| catalog.product_by_id(id).map_or(0, |p| p.precedence);
        let expiry = |add_on: &AddOn| add_on.to.unwrap_or(Instant::from_micros(i64::MAX));
        add_ons.sort_by_key(|a| (std::cmp::Reverse(precedence(a.product)), expiry(a), a.id));
        let mut order: Vec<ProductId> = add_ons.into_iter().map(|a| a.product).collect();
        order.extend(self.product(at));
        order
    }

    /// Whether this add-on is an add-on of the catalog and not held already.
    pub(crate) fn may_add(&self, product: ProductId, at: Instant, catalog: &Snapshot) -> bool {
        let kind = catalog.product_by_id(product).map(|p| p.kind);
        kind == Some(ProductKind::AddOn) && !self.add_ons_at(at).any(|a| a.product == product)
    }
}
