//! Charging intervals: how many are started, and which price each has.

use crate::{FurtherTerms, PriceRule};
use catalog::{FormulaInterval, FormulaStep};
use money::{Exact, MoneyError, Percent, Price};
use std::cmp::Ordering;

/// One thing that makes up a price, in the order in which it counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    /// Equal intervals that were started.
    Run { count: u64, units: u64, price: Price, per: u64 },
    /// Connect fee.
    ConnectFee(Price),
    /// Fixed sum of a formula.
    Fixed(Price),
    /// Sum that so many of a hundred uses pay; 0 for the others.
    Chance(Percent, Price),
    /// Percent of the sum so far.
    Surcharge(Percent, Exact),
    /// Raised to the least that is charged.
    Minimum(Price),
    /// Cut to the most that is charged.
    Maximum(Price),
}

/// A sum that is told part by part.
struct Sum<F> {
    total: Exact,
    tell: F,
}

impl<F: FnMut(Part)> Sum<F> {
    fn run(&mut self, count: u64, units: u64, price: Price, per: u64) -> Result<(), MoneyError> {
        if count > 0 {
            self.total = self.total.plus(Exact::of(price, count.saturating_mul(units), per))?;
            (self.tell)(Part::Run { count, units, price, per });
        }
        Ok(())
    }

    /// The same denominator as the intervals', so that the sum stays a simple fraction.
    fn add(&mut self, price: Price, per: u64) -> Result<(), MoneyError> {
        self.total = self.total.plus(Exact::of(price, per.max(1), per))?;
        Ok(())
    }

    fn connect_fee(&mut self, rule: &PriceRule) -> Result<(), MoneyError> {
        if rule.connect_fee != Price::ZERO {
            self.add(rule.connect_fee, rule.per)?;
            (self.tell)(Part::ConnectFee(rule.connect_fee));
        }
        Ok(())
    }

    fn surcharge(&mut self, percent: Percent) -> Result<(), MoneyError> {
        if percent != Percent::ZERO {
            let more = self.total.percent(percent)?;
            self.total = self.total.plus(more)?;
            (self.tell)(Part::Surcharge(percent, more));
        }
        Ok(())
    }
}

/// The exact price where two kinds of intervals and a connect fee make it and its billionths fit 64 bits, as of nearly all use; what
/// [`exact`] comes to, in a few steps. `None` = ask that.
pub(crate) fn plain(rule: &PriceRule, units: u64) -> Option<Exact> {
    if rule.more.is_some() || units == 0 {
        return None;
    }
    let step = rule.next_interval.max(1);
    let count = units.saturating_sub(rule.first_interval).div_ceil(step);
    let nanos = |price: Price, units: u64| price.nanos().checked_mul(i64::try_from(units).ok()?);
    let first = nanos(rule.first_price, rule.first_interval.max(1))?;
    let next = nanos(rule.next_price, count.checked_mul(step)?)?;
    let fee = nanos(rule.connect_fee, rule.per.max(1))?;
    let sum = first.checked_add(next)?.checked_add(fee)?;
    Some(Exact::of(Price::from_nanos(sum), 1, rule.per))
}

/// The exact price of `units`, told part by part; 0 for 0 units. Never falls when units grow.
pub(crate) fn exact(rule: &PriceRule, units: u64, tell: impl FnMut(Part)) -> Result<Exact, MoneyError> {
    let mut sum = Sum { total: Exact::ZERO, tell };
    let Some(more) = rule.more.as_deref() else {
        if units > 0 {
            first_and_next(rule, units, &mut sum)?;
            sum.connect_fee(rule)?;
        }
        return Ok(sum.total);
    };
    let paid = units.saturating_sub(more.free_units);
    if paid == 0 {
        return Ok(Exact::ZERO);
    }
    if more.formula.is_empty() {
        with_changes(rule, more, paid, &mut sum)?;
        sum.connect_fee(rule)?;
    } else {
        formula(rule, &more.formula, paid, &mut sum)?;
    }
    sum.surcharge(more.surcharge)?;
    if sum.total.compare(more.minimum)? == Ordering::Less {
        sum.total = Exact::of(more.minimum, 1, 1);
        (sum.tell)(Part::Minimum(more.minimum));
    }
    if let Some(maximum) = more.maximum
        && sum.total.compare(maximum)? == Ordering::Greater
    {
        sum.total = Exact::of(maximum, 1, 1);
        (sum.tell)(Part::Maximum(maximum));
    }
    Ok(sum.total)
}

/// Intervals of one price: the started one counts full. Returns the units that are paid for with them.
fn first_and_next<F: FnMut(Part)>(rule: &PriceRule, units: u64, sum: &mut Sum<F>) -> Result<u64, MoneyError> {
    sum.run(1, rule.first_interval.max(1), rule.first_price, rule.per)?;
    let step = rule.next_interval.max(1);
    let count = units.saturating_sub(rule.first_interval).div_ceil(step);
    sum.run(count, step, rule.next_price, rule.per)?;
    Ok(rule.first_interval.saturating_add(count.saturating_mul(step)))
}

/// The same, where the price changed while units were used: each interval has the price that held when it started.
fn with_changes<F: FnMut(Part)>(
    rule: &PriceRule,
    more: &FurtherTerms,
    units: u64,
    sum: &mut Sum<F>,
) -> Result<(), MoneyError> {
    let mut changes = more.later.iter().peekable();
    let begins = |change: Option<&&crate::LaterPrice>| {
        change.map_or(u64::MAX, |change| change.from.saturating_sub(more.free_units))
    };
    let mut done = first_and_next(rule, units.min(begins(changes.peek())), sum)?;
    while let Some(change) = changes.next() {
        let step = change.interval.max(1);
        let end = units.min(begins(changes.peek()));
        let count = end.saturating_sub(done).div_ceil(step);
        sum.run(count, step, change.price, change.per)?;
        done = done.saturating_add(count.saturating_mul(step));
    }
    Ok(())
}

/// A formula step by step. Use beyond the last interval (reported although the session should have ended) is priced like it.
fn formula<F: FnMut(Part)>(
    rule: &PriceRule,
    steps: &[FormulaStep],
    units: u64,
    sum: &mut Sum<F>,
) -> Result<(), MoneyError> {
    let last = steps.iter().rposition(|step| matches!(step, FormulaStep::Interval(_)));
    let mut done = 0u64;
    for (position, step) in steps.iter().enumerate() {
        let reached = done < units || last.is_none_or(|last| position > last);
        match step {
            FormulaStep::Interval(FormulaInterval { units: size, count, price }) => {
                let (size, left) = ((*size).max(1), units.saturating_sub(done));
                let most = if last == Some(position) { None } else { *count };
                let started = left.div_ceil(size).min(most.unwrap_or(u64::MAX));
                sum.run(started, size, *price, rule.per)?;
                done = done.saturating_add(started.saturating_mul(size));
            }
            FormulaStep::Fixed(price) if reached => {
                sum.add(*price, rule.per)?;
                (sum.tell)(Part::Fixed(*price));
            }
            FormulaStep::ConnectFee if reached => sum.connect_fee(rule)?,
            FormulaStep::Percent(percent) if reached => sum.surcharge(*percent)?,
            FormulaStep::Chance(chance) if reached => {
                let price = chance.price.unwrap_or(rule.connect_fee);
                sum.add(price, rule.per)?;
                (sum.tell)(Part::Chance(chance.percent, price));
            }
            _ => {}
        }
    }
    Ok(())
}
