//! Change of plan: choose, see what changes and what it costs, then do it.

use axum::extract::{Path, Query};
use catalog::{Product, ProductKind, Snapshot};
use money::Amount;
use office::{AccountView, CustomerView};
use serde::Deserialize;
use web_kit::{Card, Facts, Field, Form, Markup, Weight, button_link, el};

use super::account_change::pair;
use super::accounts::account_path;
use super::{Tab, page, path};
use crate::fault::Fault;
use crate::pages::account_form::choices;
use crate::sheet;
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// The plan that is looked at.
#[derive(Debug, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    product: String,
}

pub(crate) async fn show(
    visit: Visit,
    Path((who, account)): Path<(String, i64)>,
    Query(chosen): Query<Chosen>,
) -> Page {
    let (customer, account) = pair(&visit, who, account).await?;
    let catalog = visit.office().catalog();
    let now = account.product.as_ref().map(|product| product.code.clone()).unwrap_or_default();
    let plans = choices(&catalog, ProductKind::Main, Some(customer.live.head.currency))
        .into_iter()
        .filter(|(code, _)| *code != now);
    let form = Form::get(visit.url(&account_path(&customer, &account, "/plan")))
        .field(Field::select("product", "New plan", plans).value(chosen.product.as_str()).autofocus())
        .submit("Show what changes")
        .beside(button_link(Weight::Quiet, &visit.url(&path(&customer, "/accounts")), "Cancel"));
    let choose = Card::new(format!("Change plan of {}", account.label)).child(form);
    let preview = match catalog.product(&chosen.product) {
        Some(new) if new.kind == ProductKind::Main && new.code != now => {
            Some(preview(&visit, &customer, &account, &catalog, new))
        }
        _ => None,
    };
    Ok(page(&visit, &customer, Tab::Accounts, web_kit::stack(Markup::from(choose).with(preview))))
}

/// Days held so far and days left of the open billing period.
fn days(visit: &Visit, customer: &CustomerView) -> (u32, u32) {
    let head = &customer.live.head;
    let zone = head.zone;
    let all = calendar::days_between(head.period_start, head.period_end, &zone);
    let left = calendar::days_between(visit.now(), head.period_end, &zone);
    (all, left)
}

fn preview(
    visit: &Visit,
    customer: &CustomerView,
    account: &AccountView,
    catalog: &Snapshot,
    new: &Product,
) -> Card {
    let currency = customer.live.head.currency;
    let old = account.product.as_ref().and_then(|product| catalog.product(&product.code));
    let fee = |product: Option<&Product>| {
        product
            .and_then(|product| product.subscription.as_ref())
            .map_or(Amount::ZERO, |subscription| subscription.fee)
    };
    let (all, left) = days(visit, customer);
    let money = |amount| Markup::from(visit.money(amount, currency));
    let change = |before: Markup, after: Markup| before.with(" → ").with(el("strong").child(after));
    let services = |product: Option<&Product>| {
        let mut names: Vec<String> = Vec::new();
        for entry in product.into_iter().flat_map(|product| &product.rating) {
            let name = catalog
                .service(&entry.service)
                .map_or_else(|| entry.service.clone(), |service| service.name.clone());
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Markup::text(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
    };
    let packages = |product: Option<&Product>| {
        let names: Vec<&str> = product
            .into_iter()
            .flat_map(|product| product.packages.values().flatten())
            .map(String::as_str)
            .collect();
        Markup::text(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
    };
    let quotas = |product: Option<&Product>| {
        let names: Vec<&str> = product
            .into_iter()
            .flat_map(|product| &product.quotas)
            .map(|quota| quota.name.as_str())
            .collect();
        Markup::text(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
    };
    let old_name = old.map_or("none", |product| product.name.as_str());
    let facts = Facts::new()
        .fact("Product", change(old_name.into(), new.name.as_str().into()))
        .fact("Monthly fee", change(money(fee(old)), money(fee(Some(new)))))
        .fact(
            "This period",
            format!("{left} of {all} days are left: each product is charged for the days it was held"),
        )
        .fact("Services", change(services(old), services(Some(new))))
        .fact("Packages", change(packages(old), packages(Some(new))))
        .fact("Included units", change(quotas(old), quotas(Some(new))));
    let form = sheet::form(visit, &account_path(customer, account, "/plan"))
        .hidden("product", &new.code)
        .submit(format!("Change to {} now", new.name));
    Card::new("What changes").child(web_kit::stack(Markup::from(facts).with(el("hr")).with(form)))
}

pub(crate) async fn change(visit: Visit, Path((who, account)): Path<(String, i64)>, typed: Typed) -> Turn {
    let (customer, account) = pair(&visit, who, account).await?;
    let (id, code) = (account.id, typed.get("product").to_owned());
    let name = visit.office().catalog().product(&code).map(|product| product.name.clone());
    let name = name.ok_or_else(|| Fault::Missing(format!("There is no product {code}.")))?;
    match visit.ask(move |office, actor| office.change_product(actor, id, &code, None)).await {
        Ok(()) => {
            let words =
                format!("{} has {name} from now on. Connected platforms are told now.", account.label);
            Ok(visit.done(&path(&customer, "/accounts"), words))
        }
        Err(error) => {
            for words in Complaints::from_office(error)?.beyond(&[]) {
                visit.tell(web_kit::Flash::bad(words));
            }
            Ok(visit.go(&account_path(&customer, &account, "/plan")))
        }
    }
}
