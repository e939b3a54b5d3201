//! The first page of a customer: what he used last, what is included and left, who he is, what he has.

use axum::extract::Path;
use office::{AccountStatus, CustomerView, SessionQuery, UsageBar, XdrQuery};
use web_kit::{
    Card, EmptyState, Facts, Icon, Markup, TableState, Weight, button_link, copyable, el, link, status,
};

use super::{Tab, load, page, path};
use crate::pages::network;
use crate::visit::{Page, Visit};

/// Records shown.
const RECORDS_SHOWN: usize = 8;
/// Sessions shown.
const SESSIONS_SHOWN: usize = 10;

pub(crate) async fn show(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    let id = customer.record.id;
    let accounts = customer.accounts.clone();
    let (records, sessions, bars) = visit
        .ask(move |office, _| {
            let records =
                office.xdrs(&XdrQuery { customer: Some(id), limit: RECORDS_SHOWN, ..XdrQuery::default() })?;
            let sessions = office.sessions(&SessionQuery {
                customer: Some(id),
                limit: SESSIONS_SHOWN,
                ..SessionQuery::default()
            })?;
            let bars: Vec<UsageBar> =
                accounts.iter().flat_map(|account| office.usage_bars(account)).collect();
            Ok((records.items, sessions.items, bars))
        })
        .await?;
    let address = visit.url(&path(&customer, ""));
    let state =
        TableState::new(address.as_str(), "hide=product,granted,last,protocol,refund,address,expires");
    let mut main = Markup::new();
    if !sessions.is_empty() {
        let table = network::table(&visit, &state, &sessions, false);
        main.push(Card::new("Online now").flush().child(table));
    }
    let usage =
        super::usage::table(&visit, &state, &records, customer.live.head.currency).empty(EmptyState::new(
            Icon::Usage,
            "Nothing used yet",
            "Sessions, calls, films and monthly fees appear here as soon as they are charged.",
        ));
    main.push(
        Card::new("Latest usage")
            .action(link(visit.url(&path(&customer, "/usage")), "All usage"))
            .flush()
            .child(usage),
    );
    if !bars.is_empty() {
        main.push(allowances(&visit, &bars));
    }
    let side = Markup::from(accounts_card(&visit, &customer))
        .with(money_card(&visit, &customer))
        .with(super::reseller::card(&visit, &customer).await?)
        .with(contact_card(&visit, &customer));
    Ok(page(&visit, &customer, Tab::Overview, web_kit::split(main, side)))
}

fn allowances(visit: &Visit, bars: &[UsageBar]) -> Card {
    let drawn = bars.iter().map(|bar| super::included::bar(visit, bar));
    Card::new("Included units").child(web_kit::stack(Markup::join(drawn)))
}

fn accounts_card(visit: &Visit, customer: &CustomerView) -> Card {
    let card = Card::new("Accounts").action(link(visit.url(&path(customer, "/accounts")), "All"));
    let mut facts = Facts::new();
    for account in customer.accounts.iter().filter(|account| account.status != AccountStatus::Terminated) {
        let mut names: Vec<&str> = account.product.iter().map(|product| product.name.as_str()).collect();
        let usable = account.add_ons.iter().filter(|add_on| add_on.usable());
        names.extend(usable.map(|add_on| add_on.product.name.as_str()));
        let mut value = Markup::text(names.join(", "));
        if account.status == AccountStatus::Blocked {
            value = value.with(" ").with(status("blocked"));
        }
        if customer.live.open_sessions().any(|session| session.account == account.id) {
            value = value.with(" ").with(status("online"));
        }
        facts = facts.fact(account.label.as_str(), value);
    }
    if customer.accounts.is_empty() {
        let step = visit
            .may_change()
            .then(|| button_link(Weight::Plain, &visit.url(&path(customer, "/accounts/new")), "Add account"));
        return card.child(el("p").class("muted-ink").child("No accounts yet.")).child(step);
    }
    card.child(facts)
}

fn money_card(visit: &Visit, customer: &CustomerView) -> Card {
    let head = &customer.live.head;
    let money = |amount| visit.money(amount, head.currency);
    let limits = super::limits::facts(visit, &head.purse, head.currency);
    let facts = Facts::new().fact("Charged this period", money(head.unbilled));
    let named = |label: &str| match label {
        "Credit limit" if visit.may_change() => link(visit.url(&path(customer, "/limit")), label),
        _ => Markup::text(label),
    };
    let facts = limits.into_iter().fold(facts, |facts, (label, words)| facts.fact(named(label), words));
    let mut facts = facts
        .fact(
            "Billing period",
            Markup::from(visit.day(head.period_start))
                .with(" to ")
                .with(visit.day(head.period_end.plus_micros(-1))),
        )
        .fact("Days to pay", u64::from(head.net_days))
        .fact("Billing time zone", head.zone.name());
    if head.tax_exempt {
        facts = facts.fact("Taxes", "exempt");
    }
    Card::new("Money").action(link(visit.url(&path(customer, "/money")), "Invoices")).child(facts)
}

fn contact_card(visit: &Visit, customer: &CustomerView) -> Card {
    let record = &customer.record;
    let lines = Markup::join(record.address.lines().map(|line| Markup::from(el("div").child(line))));
    let email = (!record.email.is_empty()).then(|| copyable(&record.email));
    let facts = Facts::new()
        .fact("E-mail", email)
        .fact("Phone", record.phone.as_str())
        .fact("Address", lines)
        .fact("Language", record.language.as_str());
    let mut card = Card::new("Contact");
    if visit.may_change() {
        card = card.action(link(visit.url(&path(customer, "/edit")), "Edit"));
    }
    card.child(facts)
}
