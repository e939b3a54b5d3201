//! Prices in words: what a row of a tariff says beside its intervals, how a quota comes anew, what follows when it is used.
//!
//! Flows in: objects of the catalogue. Flows out: words; nothing is priced here. Must not know: customers, requests.

use catalog::{
    AtSwitch, Catalog, DayPart, FormulaInterval, FormulaStep, OffPeakPrice, Quota, Rate, Renewal, Tariff,
    Unit, WhenExhausted,
};
use money::{Currency, Percent, Price};

/// What a row says beside its intervals, in the order in which it counts; empty for most rows.
pub(crate) fn terms(rate: &Rate, tariff: &Tariff, catalog: &Catalog, unit: Unit) -> Vec<String> {
    let currency = tariff.currency.unwrap_or(catalog.currency);
    let mut terms = Vec::new();
    let mut say = |words: String| terms.push(words);
    if !rate.formula.is_empty() {
        say(format!("by formula: {}", formula(rate, unit, currency)));
    }
    let fee = rate.connect_fee.unwrap_or(tariff.connect_fee);
    if fee != Price::ZERO {
        say(format!("connect fee {fee} {currency}"));
    }
    if rate.surcharge != Percent::ZERO {
        say(format!("plus {} %", rate.surcharge));
    }
    if rate.minimum != Price::ZERO {
        say(format!("at least {} {currency}", rate.minimum));
    }
    if let Some(most) = rate.maximum {
        say(format!("at most {most} {currency}"));
    }
    for (price, code) in rate.off_peak.iter().zip(&tariff.off_peak) {
        say(off_peak(price, period_name(catalog, code), rate.per, (unit, currency)));
    }
    if let Some(from) = rate.effective_from {
        let word = if rate.discontinued { "given up" } else { "in force" };
        say(format!("{word} from {}", from.0));
    }
    if let Some(until) = rate.effective_until {
        say(format!("in force until {}", until.0));
    }
    terms
}

fn off_peak(price: &OffPeakPrice, period: &str, per: u64, (unit, currency): (Unit, Currency)) -> String {
    let each = per_words(per, unit);
    let mut words = format!("{period}: {} {currency}{each}", price.first_price);
    if let Some(next) = price.next_price {
        words = format!("{words}, then {next} {currency}{each}");
    }
    if let Some(fee) = price.connect_fee {
        words = format!("{words}, connect fee {fee} {currency}");
    }
    words
}

fn per_words(per: u64, unit: Unit) -> String {
    if per == 1 { String::new() } else { format!(" per {}", office::quantity(per, unit)) }
}

/// What people read for an off-peak period.
fn period_name<'a>(catalog: &'a Catalog, code: &'a str) -> &'a str {
    catalog.off_peak_periods.iter().find(|period| period.code == code).map_or(code, |period| &period.name)
}

fn formula(rate: &Rate, unit: Unit, currency: Currency) -> String {
    let step = |step: &FormulaStep| match step {
        FormulaStep::Interval(FormulaInterval { units, count, price }) => {
            let each = per_words(rate.per, unit);
            let size = office::quantity(*units, unit);
            let times = count.map_or_else(String::new, |count| format!("{count} × "));
            format!("{times}{size} at {price} {currency}{each}")
        }
        FormulaStep::Fixed(price) => format!("{price} {currency} once"),
        FormulaStep::ConnectFee => "the connect fee".to_owned(),
        FormulaStep::Percent(percent) => format!("{percent} % of the sum so far"),
        FormulaStep::Disconnect => "the session ends".to_owned(),
        FormulaStep::Chance(chance) => {
            let sum =
                chance.price.map_or_else(|| "the connect fee".to_owned(), |p| format!("{p} {currency}"));
            format!("{sum} in {} % of uses", chance.percent)
        }
    };
    rate.formula.iter().map(step).collect::<Vec<_>>().join(", then ")
}

/// What a price change does to a running session.
pub(crate) const fn at_switch(at_switch: AtSwitch) -> &'static str {
    match at_switch {
        AtSwitch::Keep => "a running session keeps the price of its beginning",
        AtSwitch::PerReport => "each report has the price of its beginning",
        AtSwitch::Split => "use before and after the change is priced apart",
    }
}

/// Which of a tariff's prices was taken; `None` for the usual one.
pub(crate) fn day_part(tariff: &Tariff, catalog: &Catalog, part: DayPart) -> Option<String> {
    let code = match part {
        DayPart::Peak => return None,
        DayPart::First => tariff.off_peak.first(),
        DayPart::Second => tariff.off_peak.get(1),
    };
    code.map(|code| period_name(catalog, code).to_owned())
}

/// Names of a tariff's off-peak periods.
pub(crate) fn off_peak_names(tariff: &Tariff, catalog: &Catalog) -> String {
    tariff.off_peak.iter().map(|code| period_name(catalog, code)).collect::<Vec<_>>().join(", ")
}

/// Lines of a tariff's rate sheet that are rates; the first one names the columns.
pub(crate) fn sheet_rates(tariff: &Tariff) -> usize {
    tariff.rate_sheet.lines().filter(|line| !line.trim().is_empty()).count().saturating_sub(1)
}

/// All rates of a tariff.
pub(crate) fn rates_count(tariff: &Tariff) -> usize {
    tariff.rates.len().saturating_add(sheet_rates(tariff))
}

/// When the units of a quota come, and how long unused ones stay.
pub(crate) fn comes(quota: &Quota) -> String {
    let mut words = match quota.renewal {
        Renewal::Daily => "every day",
        Renewal::Weekly => "every Monday",
        Renewal::HalfMonthly => "on the 1st and the 16th",
        Renewal::Monthly => "on the 1st",
        Renewal::BillingPeriod => "each billing period",
        Renewal::Once => "once",
    }
    .to_owned();
    if quota.rollovers > 0 {
        let stay = crate::words::counted(usize::from(quota.rollovers), "further period", "further periods");
        words = format!("{words}; unused units stay for {stay}");
    }
    if quota.shared {
        words = format!("{words}; one count for all accounts");
    }
    words
}

/// What follows when a quota is used.
pub(crate) const fn beyond(when: WhenExhausted) -> &'static str {
    match when {
        WhenExhausted::PayAsYouGo => "charged by the tariff",
        WhenExhausted::Limited => "free at the limited speed",
        WhenExhausted::Block => "refused",
    }
}
