//! What a tariff, its calendars and the cost side must be before they can be published.

use crate::off_peak_calendar::{Window, holiday_problem};
use crate::tariff_table::TariffTable;
use crate::{Catalog, CatalogProblem, FormulaStep, Rate, Tariff};
use calendar::BillingZone;
use money::{Percent, Price};
use std::collections::{HashMap, HashSet};

/// Off-peak periods of one tariff.
const OFF_PEAK_MOST: usize = 2;

type Problems = Vec<CatalogProblem>;

fn report(problems: &mut Problems, object: &str, field: &'static str, reason: impl Into<String>) {
    problems.push(CatalogProblem { object: object.to_owned(), field, reason: reason.into() });
}

/// Everything about tariffs that can be told without compiling their rows.
pub(crate) fn problems(catalog: &Catalog) -> Problems {
    let mut problems = Problems::new();
    for tariff in &catalog.tariffs {
        self::tariff(tariff, catalog, &mut problems);
    }
    periods(catalog, &mut problems);
    groups(catalog, &mut problems);
    connections(catalog, &mut problems);
    problems
}

/// Problems of the rows that came from a sheet: each kind of row is looked at once.
pub(crate) fn sheet_problems(tariff: &Tariff, table: &TariffTable, problems: &mut Problems) {
    for rate in table.sheet_rates() {
        let object = format!(
            "tariff {}, rate sheet, rows like \"{}\" at {}",
            tariff.code, rate.name, rate.first_price
        );
        self::rate(&object, rate, tariff, problems);
    }
}

fn tariff(tariff: &Tariff, catalog: &Catalog, problems: &mut Problems) {
    let object = format!("tariff {}", tariff.code);
    if !catalog.services.iter().any(|s| s.code == tariff.service) {
        report(problems, &object, "service", format!("service \"{}\" does not exist", tariff.service));
    }
    if tariff.places.is_some_and(|p| p > 6) {
        report(problems, &object, "places", "at most 6");
    }
    if tariff.rates.is_empty() && tariff.rate_sheet.trim().is_empty() {
        report(problems, &object, "rates", "is empty: nothing could be priced");
    }
    if tariff.connect_fee < Price::ZERO {
        report(problems, &object, "connect_fee", "a price is not negative");
    }
    if tariff.off_peak.len() > OFF_PEAK_MOST {
        report(problems, &object, "off_peak", format!("at most {OFF_PEAK_MOST} off-peak periods"));
    }
    for code in &tariff.off_peak {
        if !catalog.off_peak_periods.iter().any(|p| p.code == *code) {
            report(problems, &object, "off_peak", format!("off-peak period \"{code}\" does not exist"));
        }
    }
    let set =
        tariff.group_set.as_ref().map(|code| catalog.destination_group_sets.iter().find(|s| s.code == *code));
    if let (Some(None), Some(code)) = (set, &tariff.group_set) {
        report(problems, &object, "group_set", format!("destination group set \"{code}\" does not exist"));
    }
    for rate in &tariff.rates {
        let place = rate.group.as_ref().map_or_else(|| rate.destination.clone(), |g| format!("group {g}"));
        let object = format!("{object}, rate {place}");
        if rate.destination.is_empty() {
            report(problems, &object, "destination", "is empty; use * for everything");
        }
        if let Some(group) = &rate.group {
            if rate.destination != crate::destination::ANY {
                report(problems, &object, "group", "stands beside a destination: a row has one of them");
            }
            if !catalog.destination_groups.iter().any(|g| g.code == *group) {
                report(problems, &object, "group", format!("destination group \"{group}\" does not exist"));
            } else if set.flatten().is_some_and(|set| !set.groups.contains(group)) {
                report(problems, &object, "group", format!("\"{group}\" is not in the tariff's group set"));
            }
        }
        self::rate(&object, rate, tariff, problems);
    }
}

fn rate(object: &str, rate: &Rate, tariff: &Tariff, problems: &mut Problems) {
    let intervals = [("first_interval", rate.first_interval), ("next_interval", rate.next_interval())];
    if let Some((field, _)) = intervals.iter().find(|(_, units)| *units == 0) {
        report(problems, object, field, "an interval has at least one unit");
    }
    if rate.per == 0 {
        report(problems, object, "per", "a price is for at least one unit");
    }
    let prices = [
        ("first_price", Some(rate.first_price)),
        ("next_price", rate.next_price),
        ("connect_fee", rate.connect_fee),
        ("minimum", Some(rate.minimum)),
        ("maximum", rate.maximum),
    ];
    for (field, _) in prices.iter().filter(|(_, price)| price.is_some_and(|p| p < Price::ZERO)) {
        report(problems, object, field, "a price is not negative");
    }
    if rate.surcharge < Percent::ZERO {
        report(problems, object, "surcharge", "a surcharge is not negative");
    }
    if rate.maximum.is_some_and(|maximum| maximum < rate.minimum) {
        report(problems, object, "maximum", "is less than the minimum");
    }
    if let (Some(from), Some(until)) = (rate.effective_from, rate.effective_until)
        && until <= from
    {
        report(problems, object, "effective_until", "is not after effective_from");
    }
    off_peak_prices(object, rate, tariff, problems);
    formula(object, rate, problems);
}

fn off_peak_prices(object: &str, rate: &Rate, tariff: &Tariff, problems: &mut Problems) {
    if rate.off_peak.len() > tariff.off_peak.len() {
        let reason =
            format!("has more prices than the tariff has off-peak periods ({})", tariff.off_peak.len());
        report(problems, object, "off_peak", reason);
    }
    for price in &rate.off_peak {
        let prices = [Some(price.first_price), price.next_price, price.connect_fee];
        if prices.into_iter().flatten().any(|price| price < Price::ZERO) {
            report(problems, object, "off_peak", "a price is not negative");
        }
        if [price.first_interval, price.next_interval].contains(&Some(0)) {
            report(problems, object, "off_peak", "an interval has at least one unit");
        }
    }
}

/// A formula has intervals; all but the last are counted; the last goes on for ever or the session is ended after it.
fn formula(object: &str, rate: &Rate, problems: &mut Problems) {
    if rate.formula.is_empty() {
        return;
    }
    let mut complain = |reason: &str| report(problems, object, "formula", reason);
    if !rate.off_peak.is_empty() {
        complain("a formula has no off-peak prices");
    }
    let intervals: Vec<_> = rate
        .formula
        .iter()
        .filter_map(|step| if let FormulaStep::Interval(i) = step { Some(i) } else { None })
        .collect();
    if intervals.iter().any(|i| i.units == 0 || i.count == Some(0)) {
        complain("an interval has at least one unit and is counted at least once");
    }
    let negative = |step: &FormulaStep| match step {
        FormulaStep::Interval(interval) => interval.price < Price::ZERO,
        FormulaStep::Fixed(price) => *price < Price::ZERO,
        FormulaStep::Percent(percent) => *percent < Percent::ZERO,
        FormulaStep::Chance(chance) => chance.price.is_some_and(|price| price < Price::ZERO),
        FormulaStep::ConnectFee | FormulaStep::Disconnect => false,
    };
    if rate.formula.iter().any(negative) {
        complain("a price or surcharge is not negative");
    }
    let sure = |step: &FormulaStep| match step {
        FormulaStep::Chance(chance) => chance.percent <= Percent::ZERO || chance.percent >= Percent::WHOLE,
        _ => false,
    };
    if rate.formula.iter().any(sure) {
        complain("a chance is more than 0 and less than 100 percent");
    }
    let disconnects = rate.formula.iter().filter(|step| **step == FormulaStep::Disconnect).count();
    let ends = rate.formula.last() == Some(&FormulaStep::Disconnect);
    if disconnects > usize::from(ends) {
        complain("disconnect is the last step");
    }
    match intervals.split_last() {
        None => complain("has no interval: use would be free"),
        Some((_, earlier)) if earlier.iter().any(|i| i.count.is_none()) => {
            complain("only the last interval may go on for ever");
        }
        Some((last, _)) if last.count.is_some() && !ends => {
            complain("the last interval needs no count, or a disconnect after it");
        }
        Some((last, _)) if last.count.is_none() && ends => {
            complain("disconnect comes after a counted interval")
        }
        Some(_) => {}
    }
}

fn periods(catalog: &Catalog, problems: &mut Problems) {
    for period in &catalog.off_peak_periods {
        let object = format!("off-peak period {}", period.code);
        if period.when.is_empty() {
            report(problems, &object, "when", "is empty: it would never hold");
        }
        for (position, window) in period.when.iter().enumerate() {
            if let Err((field, reason)) = Window::compile(window, &catalog.holidays) {
                report(problems, &format!("{object}, window {}", position + 1), field, reason);
            }
        }
    }
    for calendar in &catalog.holidays {
        if let Some(reason) = holiday_problem(calendar) {
            report(problems, &format!("holiday calendar {}", calendar.code), "days", reason);
        }
    }
}

fn groups(catalog: &Catalog, problems: &mut Problems) {
    for group in &catalog.destination_groups {
        let object = format!("destination group {}", group.code);
        if group.prefixes.iter().any(String::is_empty) {
            report(problems, &object, "prefixes", "a prefix is empty; use * for everything");
        }
        let mut seen = HashSet::new();
        if let Some(twice) = group.prefixes.iter().find(|prefix| !seen.insert(prefix.as_str())) {
            report(problems, &object, "prefixes", format!("\"{twice}\" stands twice"));
        }
    }
    for set in &catalog.destination_group_sets {
        let object = format!("destination group set {}", set.code);
        let mut owners: HashMap<&str, &str> = HashMap::new();
        for code in &set.groups {
            let Some(group) = catalog.destination_groups.iter().find(|g| g.code == *code) else {
                report(problems, &object, "groups", format!("destination group \"{code}\" does not exist"));
                continue;
            };
            let shared =
                group.prefixes.iter().find_map(|prefix| Some((prefix, owners.insert(prefix, code)?)));
            if let Some((prefix, other)) = shared {
                report(problems, &object, "groups", format!("\"{prefix}\" is in {other} and in {code}"));
            }
        }
    }
}

fn connections(catalog: &Catalog, problems: &mut Problems) {
    for vendor in &catalog.vendors {
        if vendor.zone.as_ref().is_some_and(|zone| BillingZone::named(zone).is_err()) {
            report(
                problems,
                &format!("vendor {}", vendor.code),
                "zone",
                "is not an IANA time zone such as Europe/Madrid",
            );
        }
    }
    for connection in &catalog.connections {
        let object = format!("connection {}", connection.code);
        if !catalog.vendors.iter().any(|v| v.code == connection.vendor) {
            report(problems, &object, "vendor", format!("vendor \"{}\" does not exist", connection.vendor));
        }
        if !catalog.tariffs.iter().any(|t| t.code == connection.tariff) {
            report(problems, &object, "tariff", format!("tariff \"{}\" does not exist", connection.tariff));
        }
    }
}
