//! Recurring fees of the open billing period: every product with a subscription, for the days it was held.
//!
//! Blocked and suspended customers pay their fees: the line is theirs. A fee is rounded once, to the currency's places, half
//! away from zero; a whole period costs exactly the fee of the catalog.

use crate::BillingError;
use crate::proration::{BilledDays, Days, Holding};
use calendar::BillingZone;
use catalog::{ProductId, Snapshot};
use charging::{Account, AccountId, Customer, Fee};
use money::{Amount, Exact, Rounding};

struct Bill<'a> {
    catalog: &'a Snapshot,
    zone: &'a BillingZone,
    period: BilledDays,
    fees: Vec<Fee>,
    places: u8,
}

/// Fees of the open period, account by account: main products in order of time, then add-ons. Products without a
/// subscription, and products held for no day (see the rules of proration), give no fee. Errors: a product the catalog does
/// not have.
pub fn recurring_fees(
    customer: &Customer,
    catalog: &Snapshot,
    zone: &BillingZone,
) -> Result<Vec<Fee>, BillingError> {
    let period = BilledDays::of_open_period(&customer.head, zone);
    let mut bill =
        Bill { catalog, zone, period, fees: Vec::new(), places: customer.head.currency.exponent() };
    for account in &customer.accounts {
        bill.account(account)?;
    }
    Ok(bill.fees)
}

impl Bill<'_> {
    fn account(&mut self, account: &Account) -> Result<(), BillingError> {
        let main: Vec<(ProductId, Holding)> = account
            .products
            .iter()
            .map(|span| (span.product, Holding { from: span.from, to: span.to }))
            .collect();
        self.row(account.id, &main)?;
        // Different add-ons may share a day; one add-on pays a day once, however often it was added.
        let mut seen: Vec<ProductId> = Vec::new();
        for add_on in &account.add_ons {
            if seen.contains(&add_on.product) {
                continue;
            }
            seen.push(add_on.product);
            let same = account.add_ons.iter().filter(|other| other.product == add_on.product);
            let row: Vec<(ProductId, Holding)> =
                same.map(|held| (held.product, Holding { from: held.from, to: held.to })).collect();
            self.row(account.id, &row)?;
        }
        Ok(())
    }

    /// Fees of holdings that follow each other.
    fn row(&mut self, account: AccountId, row: &[(ProductId, Holding)]) -> Result<(), BillingError> {
        let mut row = row.to_vec();
        row.sort_by_key(|(_, holding)| holding.from);
        let holdings: Vec<Holding> = row.iter().map(|(_, holding)| *holding).collect();
        for ((product, _), days) in row.iter().zip(self.period.held(&holdings, self.zone)) {
            if days.count() > 0 {
                self.fee(account, *product, days)?;
            }
        }
        Ok(())
    }

    fn fee(&mut self, account: AccountId, id: ProductId, days: Days) -> Result<(), BillingError> {
        let product =
            self.catalog.product_by_id(id).ok_or(BillingError::UnknownProduct { account, product: id })?;
        let Some(subscription) = product.subscription.as_ref().filter(|s| s.fee.is_positive()) else {
            return Ok(());
        };
        let (held, whole) = (days.count(), self.period.whole());
        self.fees.push(Fee {
            account,
            product: id,
            name: subscription.name.clone(),
            full_fee: subscription.fee,
            amount: prorated(subscription.fee, held, whole, self.places)?,
            days: (held, whole),
            span: (self.zone.midnight(days.first), self.zone.midnight(days.end)),
        });
        Ok(())
    }
}

fn prorated(fee: Amount, held: u32, whole: u32, places: u8) -> Result<Amount, BillingError> {
    if held == whole {
        return Ok(fee);
    }
    let share = Exact::from_amount(fee).share(u64::from(held), u64::from(whole))?;
    Ok(share.round(places, Rounding::HalfAwayFromZero)?)
}
