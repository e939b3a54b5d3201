//! The numbers of a rate, copied out of the catalog so that a running session keeps its price.

use catalog::{FormulaStep, RateChoice, TariffRate};
use money::{Percent, Price, Rounding};
use serde::{Deserialize, Serialize};

/// What a use costs: a first interval, then equal next ones; and whatever more its rate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRule {
    /// Units of the first interval.
    pub first_interval: u64,
    /// Price of the first interval per `per` units.
    pub first_price: Price,
    /// Units of each next interval.
    pub next_interval: u64,
    /// Price of the next intervals per `per` units.
    pub next_price: Price,
    /// Units the prices are for.
    pub per: u64,
    /// Charged once when anything was used.
    pub connect_fee: Price,
    /// Decimal places of the rounded charge.
    pub places: u8,
    /// How it is rounded.
    pub rounding: Rounding,
    /// `None` for most rates.
    pub more: Option<Box<FurtherTerms>>,
}

/// What only some rates have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FurtherTerms {
    /// So many units at the beginning cost nothing; use of no more costs nothing at all.
    pub free_units: u64,
    /// Added: percent of intervals and connect fee.
    pub surcharge: Percent,
    /// The least that is charged.
    pub minimum: Price,
    /// The most that is charged.
    pub maximum: Option<Price>,
    /// Steps instead of the intervals; empty = intervals.
    pub formula: Vec<FormulaStep>,
    /// Prices of intervals that start after a price change, in order.
    pub later: Vec<LaterPrice>,
}

/// The price of intervals that start at `from` units or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaterPrice {
    /// Units used when the price changed.
    pub from: u64,
    /// Units of an interval.
    pub interval: u64,
    /// Price per `per` units.
    pub price: Price,
    /// Units the price is for.
    pub per: u64,
}

/// Price changes kept for one use; further ones leave the price as it is.
const CHANGES_MOST: usize = 1_000;

impl From<&RateChoice<'_>> for PriceRule {
    fn from(choice: &RateChoice<'_>) -> Self {
        (&choice.found).into()
    }
}

impl From<&TariffRate<'_>> for PriceRule {
    fn from(found: &TariffRate<'_>) -> Self {
        let (tariff, rate) = (found.tariff, found.rate);
        let timed = rate.off_peak_price(found.day_part);
        let first_price = timed.map_or(rate.first_price, |t| t.first_price);
        let next_price = timed.map_or(rate.next_price(), |t| t.next_price.unwrap_or(t.first_price));
        let first_interval = timed.and_then(|t| t.first_interval).unwrap_or(rate.first_interval);
        let next_interval = timed.and_then(|t| t.next_interval.or(t.first_interval));
        let fee = timed.and_then(|t| t.connect_fee).or(rate.connect_fee);
        let simple = tariff.free_units == 0
            && (rate.surcharge, rate.minimum, rate.maximum) == (Percent::ZERO, Price::ZERO, None)
            && rate.formula.is_empty();
        let more = || FurtherTerms {
            free_units: tariff.free_units,
            surcharge: rate.surcharge,
            minimum: rate.minimum,
            maximum: rate.maximum,
            formula: rate.formula.clone(),
            later: Vec::new(),
        };
        Self {
            first_interval,
            first_price,
            next_interval: next_interval.unwrap_or(rate.next_interval()),
            next_price,
            per: rate.per,
            connect_fee: fee.unwrap_or(tariff.connect_fee),
            places: found.places,
            rounding: tariff.rounding,
            more: (!simple).then(|| Box::new(more())),
        }
    }
}

impl PriceRule {
    /// The price changes to that of `next` when `used` units have been used: intervals started before keep their price, those that
    /// start later have the next-interval price of `next`. What counts once (connect fee, free units, surcharge, minimum, maximum,
    /// rounding) stays as it is. Before anything was paid for the new price simply takes the place of the old one; a formula goes
    /// on to its end.
    pub fn change(&mut self, used: u64, next: Self) {
        let paid_for = used > self.more.as_ref().map_or(0, |more| more.free_units);
        let has_formula = |rule: &Self| rule.more.as_ref().is_some_and(|more| !more.formula.is_empty());
        if !paid_for {
            *self = next;
            return;
        }
        if has_formula(self) || has_formula(&next) {
            return;
        }
        let later =
            LaterPrice { from: used, interval: next.next_interval, price: next.next_price, per: next.per };
        let changes = &mut self.more.get_or_insert_default().later;
        // A price at which nothing was used is forgotten.
        changes.pop_if(|last| last.from >= used);
        if changes.len() < CHANGES_MOST {
            changes.push(later);
        }
    }

    /// Decides the surcharges that only some uses pay, by a number that this use has for ever; until then all are paid. One that is not
    /// paid stays, at no price, to be told. Once decided, the same number changes nothing.
    pub fn draw(&mut self, lot: impl FnOnce() -> u64) {
        let Some(more) = self.more.as_mut() else { return };
        let chances = more.formula.iter_mut().enumerate().filter_map(|(position, step)| match step {
            FormulaStep::Chance(chance) => Some((position as u64, chance)),
            _ => None,
        });
        let mut chances = chances.peekable();
        if chances.peek().is_none() {
            return;
        }
        let lot = lot();
        for (position, chance) in chances {
            if scattered(lot.wrapping_add(position)) % Percent::WHOLE.units().unsigned_abs()
                >= chance.percent.units().max(0).unsigned_abs()
            {
                chance.price = Some(Price::ZERO);
            }
        }
    }

    /// The use ends after so many units (a formula that disconnects); `None` = never.
    pub fn most_units(&self) -> Option<u64> {
        let more = self.more.as_ref()?;
        if more.formula.last() != Some(&FormulaStep::Disconnect) {
            return None;
        }
        let intervals = more.formula.iter().map(|step| match step {
            FormulaStep::Interval(interval) => {
                interval.units.saturating_mul(interval.count.unwrap_or(u64::MAX))
            }
            _ => 0,
        });
        Some(intervals.fold(more.free_units, u64::saturating_add))
    }
}

/// Neighbouring numbers far apart (the finishing steps of SplitMix64).
fn scattered(number: u64) -> u64 {
    let mut number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
