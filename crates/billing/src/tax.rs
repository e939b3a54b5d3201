//! The taxes of an invoice: charges gathered by the rates on them, each tax rounded once.
//!
//! A tax on top is its percentage of the net sum. Where prices include their taxes, a sum of `100 + p` percent contains `p`. The rate is
//! the one in force when a charge's use or days began, so an invoice may show two rates of one tax.

use calendar::Instant;
use catalog::{ClassId, Snapshot, TaxRate};
use money::{Amount, Exact, MoneyError, Percent, Rounding};

/// Who is taxed and how.
#[derive(Debug, Clone, Copy)]
pub struct TaxTerms<'a> {
    /// Has the rates.
    pub catalog: &'a Snapshot,
    /// Customer class.
    pub class: Option<ClassId>,
    /// Charges include their taxes.
    pub included: bool,
    /// Decimal places of the currency.
    pub places: u8,
}

/// A charge as taxes see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taxed<'a> {
    /// Tax category; `None` = not taxed.
    pub category: Option<&'a str>,
    /// When the use or the days of a fee began.
    pub at: Instant,
    /// The charge; negative when something is given back.
    pub amount: Amount,
}

/// One tax at one rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxLine {
    /// Which tax, as the catalog has it.
    pub code: String,
    /// What invoices call it.
    pub name: String,
    /// The rate.
    pub percent: Percent,
    /// Net sum of the charges it is on.
    pub net: Amount,
    /// The tax.
    pub tax: Amount,
    /// Contained in the charges; otherwise it comes on top.
    pub included: bool,
}

/// Charges with the same rates on them.
struct Group<'a> {
    rates: Vec<&'a TaxRate>,
    sum: Amount,
}

/// One tax at one rate before rounding.
struct Share<'a> {
    rate: &'a TaxRate,
    sum: Amount,
    /// This tax.
    tax: Exact,
    /// All taxes that are contained in the sum.
    contained: Exact,
}

/// The taxes of these charges in the order of the catalog. Errors: sums out of range.
pub fn taxes(charges: &[Taxed<'_>], terms: TaxTerms<'_>) -> Result<Vec<TaxLine>, MoneyError> {
    let mut shares: Vec<Share<'_>> = Vec::new();
    for group in groups(charges, terms)? {
        let all: i64 = group.rates.iter().map(|rate| rate.percent.units()).sum();
        let whole = Percent::WHOLE.units() + if terms.included { all } else { 0 };
        let of = |units: i64| Exact::from_amount(group.sum).share(units.unsigned_abs(), whole.unsigned_abs());
        let contained = if terms.included { of(all)? } else { Exact::ZERO };
        for rate in group.rates {
            let tax = of(rate.percent.units())?;
            match shares.iter_mut().find(|share| same(share.rate, rate)) {
                Some(share) => {
                    share.sum = share.sum.plus(group.sum)?;
                    share.tax = share.tax.plus(tax)?;
                    share.contained = share.contained.plus(contained)?;
                }
                None => shares.push(Share { rate, sum: group.sum, tax, contained }),
            }
        }
    }
    let rates = terms.catalog.taxes().map_or(&[][..], |taxes| &taxes.rates);
    shares.sort_by_key(|share| rates.iter().position(|rate| same(rate, share.rate)));
    let rounded = |exact: Exact| exact.round(terms.places, Rounding::HalfAwayFromZero);
    let line = |share: Share<'_>| {
        Ok(TaxLine {
            code: share.rate.code.clone(),
            name: share.rate.name.clone(),
            percent: share.rate.percent,
            net: share.sum.minus(rounded(share.contained)?)?,
            tax: rounded(share.tax)?,
            included: terms.included,
        })
    };
    shares.into_iter().map(line).collect()
}

/// A tax has one line on an invoice for each of its percentages, whatever the category.
fn same(one: &TaxRate, other: &TaxRate) -> bool {
    (&one.code, one.percent) == (&other.code, other.percent)
}

fn groups<'a>(charges: &[Taxed<'_>], terms: TaxTerms<'a>) -> Result<Vec<Group<'a>>, MoneyError> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for charge in charges {
        let Some(category) = charge.category else { continue };
        let rates = terms.catalog.tax_rates(category, terms.class, charge.at);
        if charge.amount.is_zero() || rates.is_empty() {
            continue;
        }
        match groups.iter_mut().find(|group| group.rates == rates) {
            Some(group) => group.sum = group.sum.plus(charge.amount)?,
            None => groups.push(Group { rates, sum: charge.amount }),
        }
    }
    Ok(groups)
}
