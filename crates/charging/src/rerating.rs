//! Rerating: what stored charges would be under another tariff or catalog version. Changes nothing; a preview becomes
//! [`crate::Correct`] commands, at most [`crate::CORRECTIONS_MOST`] lines each.

use crate::{Charged, Correction, Explanation, RowId, Xdr, XdrKind, discount, lot};
use catalog::{ProductId, RateChoice, RateQuery, Snapshot, TariffId, matched_destination};
use money::Amount;
use rating::{PricedUse, price_explained, whole_use};
use std::collections::HashMap;

/// How to price anew.
#[derive(Debug, Clone, Copy)]
pub struct Rerating<'a> {
    /// The catalog that should have been used.
    pub catalog: &'a Snapshot,
    /// Only charges under the first tariff, and as the second one says; `None` = everything, by the catalog's rating entries.
    pub tariff: Option<(TariffId, TariffId)>,
    /// The customer's billing zone, for off-peak prices.
    pub zone: &'a str,
}

/// A charge that would be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The charge.
    pub of: Charged,
    /// What it is rated at now, earlier corrections included.
    pub was: Amount,
    /// What it would be.
    pub becomes: Amount,
    /// The product, tariff and destination of the rate that decides.
    pub by: (ProductId, TariffId, String),
    /// Why.
    pub priced: PricedUse,
}

/// What a rerating would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// Charges that would change, in the order given.
    pub differences: Vec<Difference>,
    /// Charges that would stay.
    pub same: usize,
    /// Charges that could not be priced; they stay.
    pub unpriced: Vec<RowId>,
}

impl Preview {
    /// What the customer would pay in addition; negative = he would get back. Stops at the ends of the range: for showing.
    pub fn total(&self) -> Amount {
        let more = |d: &Difference| d.becomes.saturating_minus(d.was);
        self.differences.iter().fold(Amount::ZERO, |sum, d| sum.saturating_plus(more(d)))
    }

    /// The lines that book it.
    pub fn corrections(&self) -> impl Iterator<Item = Correction> + '_ {
        self.differences.iter().map(|d| Correction { of: d.of.clone(), becomes: d.becomes })
    }
}

/// Prices charges anew. `xdrs` are a customer's records of a period with the corrections and refunds made since, oldest first; units
/// that plans covered stay covered, discounts stay, wallets pay what they paid, and what was given back stays given back. What
/// is no use (fees, refunds) is left out.
pub fn rerate(xdrs: &[Xdr], how: Rerating<'_>) -> Preview {
    let mut corrected: HashMap<RowId, Amount> = HashMap::new();
    let mut returned: HashMap<RowId, Amount> = HashMap::new();
    for xdr in xdrs {
        match &xdr.explanation {
            Explanation::Correction { of, becomes, .. } => drop(corrected.insert(*of, *becomes)),
            Explanation::Refund { of, returned: sum, .. } => drop(returned.insert(*of, *sum)),
            _ => {}
        }
    }
    let mut preview = Preview::default();
    for xdr in xdrs.iter().filter(|xdr| concerned(xdr, how)) {
        let was = corrected.get(&xdr.id).copied().unwrap_or(xdr.amount);
        let least = returned.get(&xdr.id).copied().unwrap_or(Amount::ZERO);
        match reprice(xdr, how) {
            None => preview.unpriced.push(xdr.id),
            Some(anew) if anew.amount.max(least) == was => preview.same += 1,
            Some(Anew { amount, by, priced }) => {
                let becomes = amount.max(least);
                preview.differences.push(Difference { of: xdr.into(), was, becomes, by, priced });
            }
        }
    }
    preview
}

fn concerned(xdr: &Xdr, how: Rerating<'_>) -> bool {
    match (&xdr.explanation, how.tariff) {
        (Explanation::Rated { tariff, .. }, Some((wrong, _))) => *tariff == wrong,
        (explanation, None) => explanation.source().is_some(),
        _ => false,
    }
}

/// A charge as it would be.
struct Anew {
    amount: Amount,
    by: (ProductId, TariffId, String),
    priced: PricedUse,
}

fn reprice(xdr: &Xdr, how: Rerating<'_>) -> Option<Anew> {
    let source = xdr.explanation.source()?;
    let (product, covered) = match &xdr.explanation {
        Explanation::Rated { product, buckets, .. } => {
            (Some(*product), buckets.iter().map(|used| used.units).sum())
        }
        _ => (xdr.product, 0u64),
    };
    let query = RateQuery {
        products: product.as_slice(),
        service: xdr.service?,
        node: &source.node,
        access_code: &source.access_code,
        destination: &xdr.destination,
        at: xdr.started_at,
        zone: how.zone,
    };
    // A reseller who was charged on behalf of the product below is charged by the tariff that it names.
    let below = xdr.kind == XdrKind::Wholesale && xdr.product != product;
    let named = if below { how.catalog.reseller_tariff(&query) } else { None };
    let choice: RateChoice<'_> = match how.tariff.map(|(_, right)| right).or(named) {
        Some(tariff) => how.catalog.rate_in(tariff, &query)?,
        None => how.catalog.rate(&query)?,
    };
    let span = (xdr.destination.as_str(), xdr.started_at, how.zone);
    let mut rule = whole_use(how.catalog, &choice.found, span, (xdr.units, covered, xdr.unit));
    rule.draw(|| lot::of_record(xdr));
    let paid = xdr.units.saturating_sub(covered);
    let priced = price_explained(&rule, paid).ok()?;
    let rate = matched_destination(&xdr.destination, choice.matched).to_owned();
    let by = (choice.product.id, choice.tariff.id, rate);
    let Explanation::Rated { discounts, wallets, .. } = &xdr.explanation else {
        return Some(Anew { amount: priced.amount, by, priced });
    };
    let cost = discount::cost(&rule, paid, discounts).ok()?;
    let by_wallets = wallets.iter().fold(Amount::ZERO, |sum, used| sum.saturating_plus(used.amount));
    Some(Anew { amount: cost.saturating_minus(by_wallets).max(Amount::ZERO), by, priced })
}
