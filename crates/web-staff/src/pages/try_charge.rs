//! Try a charge: what a use would cost with a product, interval by interval. Nothing is booked and nobody's account is needed.

use axum::extract::Query;
use catalog::{DIALING_RULES, ProductKind, RateQuery, Snapshot, Unit, matched_destination};
use money::Currency;
use rating::{PriceAddition, PricedUse};
use serde::Deserialize;
use web_kit::{Card, Field, Flash, Form, Markup, Reasons, StaffSection, el, link};

use crate::pages::catalogue::head;
use crate::pages::rate_words;
use crate::visit::{Page, Visit};

/// What is tried.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Tried {
    #[serde(default)]
    product: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    destination: String,
    #[serde(default)]
    units: String,
}

pub(crate) async fn show(visit: Visit, Query(tried): Query<Tried>) -> Page {
    let catalog = visit.office().catalog();
    let products = catalog.catalog().products.iter().map(|product| {
        let kind = if product.kind == ProductKind::Main { "" } else { " (add-on)" };
        (product.code.clone(), format!("{}{kind}", product.name))
    });
    let services = catalog.catalog().services.iter().map(|service| {
        (service.code.clone(), format!("{}, counted in {}", service.name, crate::words::unit(service.unit)))
    });
    let units = if tried.units.is_empty() { "1" } else { &tried.units };
    let form = Form::get(visit.url("/catalogue/try"))
        .field(Field::select("product", "Product", products).value(tried.product.as_str()))
        .field(Field::select("service", "Service", services).value(tried.service.as_str()))
        .field(
            Field::text("destination", "Destination or item")
                .value(tried.destination.as_str())
                .help("A number, APN or item; empty for none."),
        )
        .field(
            Field::text("units", "Units")
                .value(units)
                .required()
                .attr("inputmode", "numeric")
                .help("Whole seconds, octets, messages or events. 10 MB is 10485760."),
        )
        .submit("Show the price");
    let ask = Card::new("Try a charge").child(form);
    let result = if tried.product.is_empty() || tried.units.is_empty() {
        let words = el("p").class("muted-ink").child("The price appears here with the rate that matched, its intervals and the rounding. Included units of an account are left aside.");
        Card::new("Price").child(words)
    } else {
        priced(&visit, &catalog, &tried)
    };
    let body = head(&visit, "try").with(web_kit::split(result, ask));
    Ok(visit.page("Try a charge", StaffSection::Catalogue, body))
}

fn priced(visit: &Visit, catalog: &Snapshot, tried: &Tried) -> Card {
    let card = Card::new("Price");
    let (Some(product), Some(service)) = (catalog.product(&tried.product), catalog.service(&tried.service))
    else {
        return card.child(Flash::bad("Choose a product and a service of the catalogue."));
    };
    let Ok(units) = tried.units.trim().replace([' ', ','], "").parse::<u64>() else {
        return card.child(Flash::bad("Type the units as a whole number, such as 1048576."));
    };
    let dialled = tried.destination.trim();
    let mut policies = product.policies.iter().filter(|policy| policy.service == service.code);
    let rules = policies.find_map(|policy| policy.attributes.get(DIALING_RULES));
    let called = rules.and_then(|code| catalog.dialing_rules(code)?.translate(dialled));
    let destination = called.as_ref().map_or(dialled, |(_, number)| number.as_str());
    let (at, zone) = (visit.now(), visit.zone());
    let query = RateQuery {
        products: &[product.id],
        service: service.id,
        node: "",
        access_code: "",
        destination,
        at,
        zone,
    };
    let Some(choice) = catalog.rate(&query) else {
        let words = format!(
            "{} does not include {} to this destination: use is refused (CHG-009).",
            product.name, service.name
        );
        return card.child(Flash::warn(words));
    };
    if choice.rate.forbidden {
        return card
            .child(Flash::warn("This destination is forbidden by the tariff: use is refused (CHG-009)."));
    }
    let rule =
        rating::whole_use(catalog, &choice.found, (destination, at, zone), (units, 0, Some(service.unit)));
    match rating::price_explained(&rule, units) {
        Ok(priced) => {
            let tariff = link(
                visit.url(&format!("/catalogue/tariffs/{}", choice.tariff.code)),
                choice.tariff.name.as_str(),
            );
            let found = Reasons::new().step(format!("Product {}", product.name), "");
            let found = match &called {
                Some((rule, number)) => found.step(format!("{}: {dialled} becomes {number}", rule.name), ""),
                None => found,
            };
            let found = found.step(Markup::text("Tariff ").with(tariff), "").step(
                Markup::text("Rate of destination ")
                    .with(el("code").child(matched_destination(destination, choice.matched)))
                    .with(format!(" {}", choice.rate.name)),
                "",
            );
            let timed = rate_words::day_part(choice.tariff, catalog.catalog(), choice.day_part);
            let found = match timed {
                Some(period) => found.step(format!("Off-peak price now: {period}"), ""),
                None => found,
            };
            card.child(intervals(visit, choice.currency, found, &priced, service.unit))
        }
        Err(error) => card.child(Flash::bad(crate::words::sentence(&error.to_string()))),
    }
}

fn intervals(visit: &Visit, currency: Currency, found: Reasons, priced: &PricedUse, unit: Unit) -> Reasons {
    let quantity = |units| crate::words::quantity(units, Some(unit));
    let found = match priced.free_units {
        0 => found,
        free => found.step(Markup::text("Free at the beginning: ").with(quantity(free)), ""),
    };
    let with = priced.intervals.iter().fold(found, |reasons, run| {
        let per = if run.per == 1 { Markup::new() } else { Markup::text(" per ").with(quantity(run.per)) };
        let sentence = web_kit::count(run.count)
            .with(" started × ")
            .with(quantity(run.units))
            .with(format!(" at {} {currency}", run.price))
            .with(per);
        reasons.step(sentence, visit.money(run.amount, currency))
    });
    let fee = (priced.connect_fee != money::Price::ZERO)
        .then(|| format!("Connect fee {} {currency}, once", priced.connect_fee));
    let with = match fee {
        Some(words) => with.step(words, ""),
        None => with,
    };
    let with = priced.additions.iter().fold(with, |reasons, addition| match addition {
        PriceAddition::Fixed(price) => reasons.step(format!("Added once: {price} {currency}"), ""),
        PriceAddition::Surcharge { percent, amount } => {
            reasons.step(format!("Plus {percent} %"), visit.money(*amount, currency))
        }
        PriceAddition::Minimum(price) => reasons.step(format!("At least {price} {currency}"), ""),
        PriceAddition::Chance { percent, price } => {
            reasons.step(format!("Added in {percent} % of uses: {price} {currency}"), "")
        }
        PriceAddition::Maximum(price) => reasons.step(format!("At most {price} {currency}"), ""),
    });
    with.step(
        format!("Rounded once, to {} decimal places", priced.places),
        visit.money(priced.amount, currency),
    )
    .outcome(visit.money(priced.amount, currency))
}
