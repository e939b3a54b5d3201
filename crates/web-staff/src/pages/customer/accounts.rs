//! His accounts with products, add-ons and identifiers, and what can be changed on each.

use axum::extract::Path;
use catalog::{ProductKind, Snapshot};
use charging::AddOnPhase;
use office::{AccountStatus, AccountView, AddOnView, CustomerView};
use web_kit::{
    Card, EmptyState, Facts, Field, Form, Icon, Markup, TableState, Tone, Weight, button, button_link, chip,
    copyable, el, link, menu, status,
};

use super::{Tab, load, page, path};
use crate::pages::account_form::choices;
use crate::sheet;
use crate::visit::{Page, Visit};

pub(crate) async fn show(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    let catalog = visit.office().catalog();
    let cards = customer.accounts.iter().map(|account| account_card(&visit, &customer, account, &catalog));
    let mut body = Markup::join(cards);
    if body.is_empty() {
        let mut empty = EmptyState::new(
            Icon::Catalogue,
            "No accounts yet",
            "An account is one service identity: a television set, a fibre line, a phone. It has a product, add-ons and what finds it.",
        );
        if visit.may_change() {
            empty = empty.step(button_link(
                Weight::Primary,
                &visit.url(&path(&customer, "/accounts/new")),
                "Add account",
            ));
        }
        body = Card::bare().flush().child(empty).into();
    } else if visit.may_change() && customer.live.head.terminated_at.is_none() {
        let words = Markup::from(Icon::Plus).with("Add account");
        body.push(el("div").class("actions").child(button_link(
            Weight::Plain,
            &visit.url(&path(&customer, "/accounts/new")),
            words,
        )));
    }
    Ok(page(&visit, &customer, Tab::Accounts, web_kit::stack(body)))
}

/// Path of an account's page of his.
pub(crate) fn account_path(customer: &CustomerView, account: &AccountView, rest: &str) -> String {
    path(customer, &format!("/accounts/{}{rest}", account.id))
}

fn account_card(visit: &Visit, customer: &CustomerView, account: &AccountView, catalog: &Snapshot) -> Markup {
    let open = account.status != AccountStatus::Terminated;
    let change = open && visit.may_change();
    let online = customer.live.open_sessions().any(|session| session.account == account.id);
    let chips = Markup::from(online.then(|| status("online"))).with(status(account.status.name()));
    let mut card = Card::new(if account.label.is_empty() {
        format!("Account {}", account.id)
    } else {
        account.label.clone()
    });
    let change_menu = change.then(|| card_menu(visit, customer, account));
    card = card.action(el("span").class("actions").child(chips).child(change_menu));
    let left = products(visit, customer, account, catalog, change);
    let right = identifiers(visit, customer, account, change);
    el("div")
        .attr("id", format!("account-{}", account.id))
        .child(card.child(web_kit::split(left, right)))
        .into()
}

fn card_menu(visit: &Visit, customer: &CustomerView, account: &AccountView) -> Markup {
    let to = |rest: &str| visit.url(&account_path(customer, account, rest));
    let (icon, words) = if account.status == AccountStatus::Blocked {
        (Icon::Play, "Unblock…")
    } else {
        (Icon::Lock, "Block…")
    };
    let items = Markup::new()
        .with(link(to("/plan"), Markup::from(Icon::Refresh).with("Change plan")))
        .with(link(to("/policies"), Markup::from(Icon::Network).with("Network attributes")))
        .with(link(to("/password"), Markup::from(Icon::Lock).with("Service password")))
        .with(trace_item(visit, account))
        .with(link(to("/free-days"), Markup::from(Icon::Calendar).with("Give free days")))
        .with(money_items(account, to))
        .with(el("hr"))
        .with(link(to("/block"), Markup::from(icon).with(words)))
        .with(link(to("/terminate"), Markup::from(Icon::Trash).with("Close account…")));
    menu(Markup::text("Change").with(Icon::Down), items)
}

/// Starts a trace of the account by what finds it.
fn trace_item(visit: &Visit, account: &AccountView) -> Option<Markup> {
    let identifier = account.identifiers.first()?;
    let form = TableState::new(visit.url("/network/traces"), "");
    Some(link(form.with("subscriber", &identifier.value), Markup::from(Icon::Eye).with("Trace messages…")))
}

/// Its own balance: opened once, then moved and limited.
fn money_items(account: &AccountView, to: impl Fn(&str) -> String) -> Markup {
    if account.live.purse.is_none() {
        return link(to("/own-balance"), Markup::from(Icon::Money).with("Give it a balance of its own"));
    }
    link(to("/transfer"), Markup::from(Icon::Money).with("Move money"))
        .with(link(to("/limit"), Markup::from(Icon::Card).with("Limits of its balance")))
}

/// The balance of its own, where it has one.
fn own_balance(visit: &Visit, customer: &CustomerView, account: &AccountView) -> Option<Markup> {
    let (purse, currency) = (account.live.purse.as_deref()?, customer.live.head.currency);
    let available = purse.available(visit.now());
    let facts = Facts::new()
        .fact("Balance", visit.money(purse.balance, currency).toned())
        .fact("Available funds", crate::pages::customers::funds(visit, available, currency));
    let limits = super::limits::facts(visit, purse, currency);
    let facts = limits.into_iter().fold(facts, |facts, (label, words)| facts.fact(label, words));
    Some(Markup::from(el("h3").child("Balance of its own")).with(facts))
}

/// From when to when an add-on is held, and whether it is.
fn times(visit: &Visit, add_on: &AddOnView) -> Markup {
    let state = match add_on.state {
        AddOnPhase::OnFirstUse => chip(Tone::Busy, "Begins with its first use"),
        AddOnPhase::Planned => chip(Tone::Busy, "Planned"),
        AddOnPhase::Running | AddOnPhase::Over => Markup::new(),
    };
    let from = add_on.from.map(|from| Markup::text(" from ").with(visit.day(from)));
    let ends = add_on.to.map(|to| Markup::text(" until ").with(visit.when(to)));
    Markup::from(from).with(ends).with(" ").with(state)
}

fn products(
    visit: &Visit,
    customer: &CustomerView,
    account: &AccountView,
    catalog: &Snapshot,
    change: bool,
) -> Markup {
    let fee = |code: &str| {
        let fee = catalog.product(code).and_then(|product| product.subscription.as_ref());
        fee.map(|fee| Markup::from(visit.money(fee.fee, customer.live.head.currency)).with(" a month"))
    };
    let mut facts = Facts::new();
    if let Some(product) = &account.product {
        let name = link(visit.url(&format!("/catalogue/products/{}", product.code)), product.name.as_str());
        facts = facts.fact(name, fee(&product.code));
    }
    for add_on in &account.add_ons {
        let name = link(
            visit.url(&format!("/catalogue/products/{}", add_on.product.code)),
            add_on.product.name.as_str(),
        );
        let mut value = Markup::from(fee(&add_on.product.code)).with(times(visit, add_on));
        if change {
            let remove = account_path(customer, account, &format!("/add-ons/{}/remove", add_on.id));
            value = value.with(" ").with(link(visit.url(&remove), "Remove"));
        }
        facts = facts.fact(name, value);
    }
    let several = |code: &str| catalog.product(code).is_some_and(|product| product.multiple);
    let held = account.add_ons.iter().map(|add_on| add_on.product.code.as_str());
    let held: Vec<&str> = held.filter(|code| !several(code)).collect();
    let free = choices(catalog, ProductKind::AddOn, Some(customer.live.head.currency))
        .into_iter()
        .filter(|(code, _)| !held.contains(&code.as_str()));
    let free: Vec<(String, String)> = free.collect();
    let add = (change && !free.is_empty()).then(|| {
        sheet::form(visit, &account_path(customer, account, "/add-ons"))
            .hidden(crate::typed::ONCE, &crate::words::random_key())
            .field(
                Field::select("add_on", "Add-on", free)
                    .help("Charged for the days held, at the end of the billing period."),
            )
            .field(Field::input("date", "from", "Begins").help("Empty: now, or with its first use."))
            .field(Field::input("date", "until", "Ends").help("Empty: after the time the product lasts."))
            .submit("Add to this account")
    });
    Markup::new()
        .with(own_balance(visit, customer, account))
        .with(el("h3").child("Products"))
        .with(facts)
        .with(add.map(|form| folded("Add an add-on", form)))
        .with(super::included::section(visit, customer, account, change))
}

fn identifiers(visit: &Visit, customer: &CustomerView, account: &AccountView, change: bool) -> Markup {
    let mut facts = Facts::new();
    for identifier in &account.identifiers {
        let mut value = copyable(&identifier.value);
        if change {
            let fields = [("realm", identifier.realm.as_str()), ("value", identifier.value.as_str())];
            let remove = account_path(customer, account, "/identifiers/remove");
            value = el("span")
                .class("actions")
                .child(value)
                .child(sheet::press(visit, &remove, &fields, button(Weight::Quiet, "Remove")))
                .into();
        }
        facts = facts.fact(crate::words::capital(office::realm_shown(&identifier.realm)), value);
    }
    for device in &account.devices {
        let shown = if device.mac.is_empty() { &device.serial } else { &device.mac };
        facts = facts.fact(super::devices::kind_words(&device.kind), copyable(shown));
    }
    facts = facts
        .fact("Service password", if account.has_password { "set, never shown" } else { "" })
        .fact("Made", visit.day(account.live.created_at));
    let realms = office::REALMS.map(|realm| (realm, crate::words::capital(office::realm_shown(realm))));
    let add = change.then(|| {
        sheet::form(visit, &account_path(customer, account, "/identifiers"))
            .columns()
            .field(Field::select("realm", "Kind", realms))
            .field(Field::text("value", "Value").required().attr("autocomplete", "off"))
            .submit("Add identifier")
    });
    Markup::new()
        .with(el("h3").child("Found by"))
        .with(facts)
        .with(add.map(|form| folded("Add an identifier", form)))
}

/// A small form that opens when it is wanted.
fn folded(words: &str, form: Form) -> Markup {
    let summary = el("summary").class("button").child(Icon::Plus).child(words);
    el("details").child(summary).child(el("div").class("card-body").child(form)).into()
}
