//! The terms of a recurring fee in words.

use crate::visit::Visit;
use catalog::{FeeTime, PartPeriod, Subscription, SuspendedDays};
use money::Currency;
use web_kit::Markup;

/// When it is charged, and everything that is not usual about it.
pub(crate) fn terms(visit: &Visit, fee: &Subscription, currency: Currency) -> Markup {
    let mut terms = vec![Markup::text(match fee.charged {
        FeeTime::InArrears => "in arrears",
        FeeTime::InAdvance => "in advance",
    })];
    if let Some(once) = fee.activation_fee {
        terms.push(Markup::from(visit.money(once, currency)).with(" for the activation"));
    }
    if let Some(minimum) = fee.minimum {
        let early =
            minimum.early_fee.map_or(Markup::text("the rest"), |fee| visit.money(fee, currency).into());
        let words = format!("at least {} billing periods, leaving earlier costs ", minimum.periods);
        terms.push(Markup::text(words).with(early));
    }
    if fee.first_period == PartPeriod::Full {
        terms.push(Markup::text("the first period in full"));
    }
    if fee.last_period == PartPeriod::Full {
        terms.push(Markup::text("the last period in full"));
    }
    if fee.suspended_days == SuspendedDays::Credited {
        terms.push(Markup::text("suspended days credited"));
    }
    if fee.needs_funds {
        terms.push(Markup::text("refused without funds"));
    }
    let mut terms = terms.into_iter();
    let first = terms.next().unwrap_or_default();
    terms.fold(first, |all, term| all.with("; ").with(term))
}
