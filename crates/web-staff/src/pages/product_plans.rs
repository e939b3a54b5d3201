//! Volume discounts and wallets of a product in the catalogue, and when an add-on begins and ends. Must not know: who holds it.

use catalog::{Begins, Discount, Lasting, Product, Snapshot, Wallet};
use money::Currency;
use web_kit::{Card, Facts, Markup, el};

use crate::visit::Visit;

/// Cards of what is beside quotas; nothing where there is none of it.
pub(crate) fn cards(visit: &Visit, product: &Product, catalog: &Snapshot) -> Markup {
    let currency = catalog.currency_of(product);
    let mut cards = Markup::new();
    if !product.discounts.is_empty() {
        let facts = product.discounts.iter().fold(Facts::new(), |facts, discount| {
            facts.fact(discount.name.as_str(), steps(visit, discount, catalog, currency))
        });
        cards.push(Card::new("Volume discounts").child(facts));
    }
    for wallet in &product.wallets {
        cards.push(wallet_card(visit, wallet, catalog, currency));
    }
    cards
}

fn steps(visit: &Visit, discount: &Discount, catalog: &Snapshot, currency: Currency) -> Markup {
    let unit = catalog.service(&discount.service).map(|service| service.unit);
    let each = discount.steps.iter().map(|step| {
        let from: Markup = match (step.from_units, step.from_amount) {
            (Some(units), _) => crate::words::quantity(units, unit),
            (None, Some(amount)) => visit.money(amount, currency).into(),
            (None, None) => Markup::new(),
        };
        el("li").child(Markup::text("from ").with(from).with(format!(" on {} % less", step.percent)))
    });
    el("ul").children(each).into()
}

fn wallet_card(visit: &Visit, wallet: &Wallet, catalog: &Snapshot, currency: Currency) -> Card {
    let mut facts = Facts::new().fact("Holds", if wallet.money { "money" } else { "units" });
    for paid in &wallet.services {
        let service = catalog.service(&paid.service);
        let name = service.map_or(paid.service.as_str(), |service| &service.name);
        let words = if wallet.money {
            Markup::text("by its tariff")
        } else {
            let per = crate::words::quantity(paid.per, service.map(|service| service.unit));
            Markup::text(format!("{} for ", paid.takes)).with(per)
        };
        facts = facts.fact(format!("Pays for {name}"), words);
    }
    for option in &wallet.options {
        let adds: Markup = if wallet.money {
            visit.money(option.amount, currency).into()
        } else {
            web_kit::count(option.units).with(" units")
        };
        let words = adds
            .with(" for ")
            .with(visit.money(option.price, currency))
            .with(format!(", good for {} days", option.days));
        facts = facts.fact(format!("Top-up {}", option.code), words);
    }
    let shared = wallet.shared.then_some("one for all accounts of a customer");
    Card::new(format!("Wallet {}", wallet.name)).child(facts.fact("Shared", shared))
}

/// When an add-on begins, how long it lasts, whether it is held several times.
pub(crate) fn times(product: &Product) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if product.begins == Begins::OnFirstUse {
        facts.push(("Begins", "with its first use".to_owned()));
    }
    if let Some(Lasting { days, hours }) = product.lasts {
        facts.push(("Lasts", format!("{days} days and {hours} hours")));
    }
    if product.multiple {
        facts.push(("Held", "several times at once".to_owned()));
    }
    facts
}
