//! An account: one service identity with its product, add-ons and buckets.

use crate::holdings::Holdings;
use crate::{AccountId, AccountPolicy, Bucket, FeeMark, Purse, RareList, RowId, Spent};
use calendar::Instant;
use catalog::{ProductId, Snapshot};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// One service identity of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Row id.
    pub id: AccountId,
    /// Main products over time, last one current. Spans that ended before the open billing period are dropped when it closes.
    pub products: SmallVec<[ProductSpan; 1]>,
    /// Add-ons, with the same rule.
    pub add_ons: RareList<AddOn>,
    /// Blocked by staff.
    pub blocked: bool,
    /// Made then.
    pub created_at: Instant,
    /// Terminated then.
    pub terminated_at: Option<Instant>,
    /// Live counters of plans; what accounts share is in [`crate::Head::shared`].
    pub buckets: RareList<Bucket>,
    /// Services whose last plan ran out.
    pub spent: RareList<Spent>,
    /// What the account itself says about services for the network.
    pub policies: RareList<AccountPolicy>,
    /// A balance of its own: a debit account. `None` = the customer's purse pays.
    pub purse: Option<Box<Purse>>,
    /// What is remembered of the products' fees; of most there is nothing.
    #[serde(default)]
    pub fees: RareList<FeeMark>,
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
    /// Held from then; the end of time while it waits for its first use.
    pub from: Instant,
    /// Held until then.
    pub to: Option<Instant>,
    /// What was announced of it.
    pub phase: AddOnPhase,
}

/// What was announced of an add-on. Whether it is held follows from its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddOnPhase {
    /// It begins with its first use.
    OnFirstUse,
    /// It begins by the clock.
    Planned,
    /// It has begun.
    Running,
    /// It has ended.
    Over,
}

impl AddOn {
    /// Whether it begins with its first use, which has not come yet.
    pub fn waits(&self) -> bool {
        self.phase == AddOnPhase::OnFirstUse
    }

    /// Ends it.
    pub(crate) fn end(&mut self, at: Instant) {
        let to = self.to.map_or(at, |to| to.min(at));
        (self.from, self.to) = (self.from.min(to), Some(to));
        self.phase = AddOnPhase::Over;
    }
}

impl ProductSpan {
    pub(crate) fn held(&self, at: Instant) -> bool {
        held(self.from, self.to, at)
    }
}

fn held(from: Instant, to: Option<Instant>, at: Instant) -> bool {
    from <= at && to.is_none_or(|to| at < to)
}

impl Account {
    /// The main product at that time.
    pub fn product(&self, at: Instant) -> Option<ProductId> {
        self.products.iter().rev().find(|span| span.held(at)).map(|span| span.product)
    }

    /// Replaces the main product.
    pub(crate) fn change_product(&mut self, product: ProductId, now: Instant) {
        if let Some(current) = self.products.last_mut() {
            current.to = Some(now);
        }
        self.products.push(ProductSpan { product, from: now, to: None });
    }

    /// Add-ons that have begun and not ended.
    pub(crate) fn add_ons_begun(&self) -> impl Iterator<Item = ProductId> {
        self.add_ons.iter().filter(|a| a.phase == AddOnPhase::Running).map(|a| a.product)
    }

    /// Whether the product is held at that time, as main product or add-on.
    pub fn holds(&self, product: ProductId, at: Instant) -> bool {
        self.product(at) == Some(product)
            || self.add_ons.iter().any(|a| a.product == product && held(a.from, a.to, at))
    }

    /// Add-ons that may be used at that time: held, or waiting for their first use.
    pub fn add_ons_at(&self, at: Instant) -> impl Iterator<Item = &AddOn> {
        let usable = move |a: &&AddOn| {
            if a.waits() { a.to.is_none_or(|to| at < to) } else { held(a.from, a.to, at) }
        };
        self.add_ons.iter().filter(usable)
    }

    /// Products in the order in which they are consumed: add-ons by precedence, then earliest expiry, then the main product.
    pub fn products_in_order(&self, at: Instant, catalog: &Snapshot) -> SmallVec<[ProductId; 8]> {
        Holdings::of(self, at, catalog).products
    }
}
