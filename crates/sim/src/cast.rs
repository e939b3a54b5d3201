//! Who takes part: two levels of resellers, customers below them and one of our own, with what they hold at the beginning.

use crate::catalogs::publications;
use crate::dice::Dice;
use calendar::{BillingPeriod, BillingZone, Instant};
use catalog::ProductId;
use charging::{
    AddAccount, AddAddOn, Command, CreateCustomer, CustomerId, Envelope, LimitChange, Pay, Payment, RowId,
    Share,
};
use money::{Amount, Currency};

/// The customers of a run.
pub struct Cast {
    /// The reseller above, who pays in euros.
    pub top: CustomerId,
    /// The reseller below him.
    pub middle: CustomerId,
    /// Who uses: the first two below the reseller, the last one ours.
    pub users: Vec<CustomerId>,
}

/// A product of the sample operator.
pub fn product(code: &str) -> ProductId {
    publications().first().and_then(|catalog| catalog.product(code)).map_or(ProductId(0), |found| found.id)
}

/// Dollars and cents.
pub fn cents(cents: u64) -> Amount {
    Amount::from_micros(i64::try_from(cents.saturating_mul(10_000)).unwrap_or(i64::MAX))
}

impl Cast {
    /// Customers with any numbers.
    pub fn new(dice: &mut Dice) -> Self {
        let first = u32::try_from(dice.between(1, 100_000)).unwrap_or(1);
        let id = |offset: u32| CustomerId(first + offset);
        Self { top: id(0), middle: id(1), users: vec![id(2), id(3), id(7)] }
    }

    /// Everybody.
    pub fn all(&self) -> impl Iterator<Item = CustomerId> {
        [self.top, self.middle].into_iter().chain(self.users.iter().copied())
    }

    /// Who is served by a customer.
    pub fn below(&self, of: CustomerId) -> Vec<CustomerId> {
        if of == self.top {
            vec![self.middle]
        } else if of == self.middle {
            self.users.iter().copied().take(2).collect()
        } else {
            Vec::new()
        }
    }

    /// What is asked before the run begins, in this order.
    pub fn opening(&self, now: Instant, dice: &mut Dice) -> Vec<Envelope> {
        let Some(catalog) = publications().first() else { return Vec::new() };
        let dollars = catalog.currency();
        let euros = catalog.product("wholesale").map_or(dollars, |product| catalog.currency_of(product));
        let mut opening = Vec::new();
        let mut put = |customer, command| opening.push(Envelope { customer, key: None, command });
        let zero = Amount::ZERO;
        put(self.top, sign_up(euros, Payment::Postpaid, None, &[], now));
        put(self.top, Command::SetResale { wholesale: Some(product("wholesale")), cushion: zero });
        let limit = Some(cents(dice.between(100, 3_000)));
        put(self.middle, sign_up(dollars, Payment::Postpaid, limit, &[self.top], now));
        let cushion = cents(dice.below(200));
        put(self.middle, Command::SetResale { wholesale: Some(product("resale")), cushion });
        for (place, user) in self.users.iter().enumerate() {
            let payment = if dice.chance(500) { Payment::Prepaid } else { Payment::Postpaid };
            let limit = dice.chance(800).then(|| cents(dice.between(50, 2_500)));
            let chain: &[CustomerId] = if place < 2 { &[self.middle, self.top] } else { &[] };
            put(*user, sign_up(dollars, payment, limit, chain, now));
            let main = if dice.chance(600) { "mobile" } else { "family" };
            for _ in 0..2 {
                let (product, detail) = (product(main), "phone".to_owned());
                put(*user, Command::AddAccount(AddAccount { product, add_ons: Vec::new(), detail }));
            }
            if payment == Payment::Prepaid {
                put(*user, pay(cents(dice.between(100, 2_000))));
            }
            if dice.chance(600) {
                let at = vec![Share::Amount(cents(dice.between(20, 300))), Share::Percent(60)];
                put(*user, Command::SetLimit { account: None, change: LimitChange::Warnings(at) });
            }
            if dice.chance(300) {
                let cap = Some(cents(dice.between(100, 900)));
                put(*user, Command::SetLimit { account: None, change: LimitChange::DailyCap(cap) });
            }
        }
        opening
    }
}

/// A payment into the customer's balance.
pub fn pay(amount: Amount) -> Command {
    Command::Pay(Pay { account: None, amount, exchanged: None, note: "cash".to_owned() })
}

/// An add-on from now on.
pub fn add_on(account: RowId, code: &str) -> Command {
    let product = product(code);
    Command::AddAddOn(AddAddOn { account, product, from: None, until: None, accept_conflicts: true })
}

fn sign_up(
    currency: Currency,
    payment: Payment,
    credit_limit: Option<Amount>,
    chain: &[CustomerId],
    now: Instant,
) -> Command {
    let (zone, period) = (BillingZone::utc(), BillingPeriod::Monthly);
    Command::CreateCustomer(CreateCustomer {
        currency,
        payment,
        credit_limit,
        zone,
        period,
        period_bounds: (period.start_of(now, &zone), period.end_after(now, &zone)),
        net_days: 14,
        chain: chain.to_vec(),
        class: None,
    })
}
