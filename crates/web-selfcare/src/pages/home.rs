//! The first page: what is to be paid or can be spent, each service with what is left of it, the next bill, and the latest use.

use catalog::Snapshot;
use charging::{CustomerStatus, Payment};
use money::Amount;
use office::{AccountStatus, AccountView, CustomerView, UsageBar, XdrQuery, XdrView};
use web_kit::{Card, EmptyState, Icon, Markup, PageHead, SelfCareSection, el, link, stack, status};

use super::standing::{how_to_pay, notice};
use super::usage::entries;
use crate::amount_rows::{amount_row, sum_row};
use crate::offer::{NextBill, next_bill};
use crate::portal::reach;
use crate::price_words::{PriceWords, price_words};
use crate::visit::{Page, Visit};
use crate::words::day;

/// Latest uses on the first page.
const LATEST: usize = 4;

/// Everything the page shows.
struct Seen {
    customer: CustomerView,
    bars: Vec<Vec<UsageBar>>,
    bill: NextBill,
    latest: Vec<XdrView>,
}

pub(crate) async fn show(visit: Visit) -> Page {
    let seen = visit
        .ask(|office, me| {
            let customer = office.customer(me.customer)?;
            let bars = customer.accounts.iter().map(|account| office.usage_bars(account)).collect();
            let bill = next_bill(&customer.live, &office.catalog())?;
            let query = XdrQuery { customer: Some(me.customer), limit: LATEST, ..XdrQuery::default() };
            Ok(Seen { customer, bars, bill, latest: office.xdrs(&query)?.items })
        })
        .await?;
    let live = &seen.customer.live;
    let mut body = Markup::new()
        .with(notice(&visit, live))
        .with(PageHead::new(format!("Hello, {}", seen.customer.record.name)))
        .with(money(&visit, &seen));
    for part in services(&visit, &seen) {
        body.push(part);
    }
    if live.head.bills() {
        body.push(bill(&visit, &seen));
    }
    if !seen.latest.is_empty() {
        let latest = entries(&visit, &seen.latest, live.head.zone.name(), true);
        body.push(Card::new("Latest").action(link("/usage", "All usage")).child(latest));
    }
    Ok(visit.page("Home", SelfCareSection::Home, body))
}

fn figure(words: impl Into<Markup>, amount: Amount, visit: &Visit) -> Markup {
    Markup::from(el("p").class("muted-ink").child(words))
        .with(el("p").class("figure-large").child(visit.money(amount)))
}

/// What is to be paid, or what can be spent.
fn money(visit: &Visit, seen: &Seen) -> Card {
    let head = &seen.customer.live.head;
    let (owed, zone) = (head.owed(), head.zone.name());
    let available = head.purse.available(visit.now());
    let spend = (head.purse.credit_limit.is_some() && head.status() == CustomerStatus::Active)
        .then(|| Markup::text("You can spend ").with(visit.money(available)).with(" more."));
    let spend = spend.map(|words| el("p").class("muted-ink").child(words));
    let voucher = head.terminated_at.is_none().then(|| el("p").child(link("/voucher", "Redeem a voucher")));
    if owed.is_positive() {
        let first = head.open_invoices.first();
        let late = first.is_some_and(|invoice| invoice.due_at <= visit.now());
        let due = first.map(|invoice| day(invoice.due_at.plus_micros(-1), zone));
        let words =
            Markup::text(if late { "Amount due, overdue since " } else { "Amount due by " }).with(due);
        let quote = first.map_or("", |invoice| &*invoice.number);
        let invoices = first.map(|invoice| {
            web_kit::button_link(
                web_kit::Weight::Plain,
                &format!("/invoices/{}", invoice.id),
                "See the invoice",
            )
        });
        let parts = Markup::from(el("div").child(figure(words, owed, visit)))
            .with(el("div").child(how_to_pay(visit, quote)))
            .with(el("div").class("actions").child(invoices))
            .with(spend)
            .with(voucher);
        return Card::bare().child(stack(parts));
    }
    let parts = match head.payment {
        Payment::Prepaid if head.purse.credit_limit.is_some() => {
            let top_up = (!available.is_positive()).then(|| {
                el("p").child("Nothing is left. Services that cost money start again once you pay in.")
            });
            Markup::from(el("div").child(figure("You can spend", available, visit)))
                .with(top_up)
                .with(el("div").child(how_to_pay(visit, &seen.customer.record.number)))
        }
        _ => Markup::from(
            el("div")
                .child(el("p").class("muted-ink").child("To pay now"))
                .child(el("p").class("figure-large").child("Nothing")),
        )
        .with(el("p").class("muted-ink").child("All invoices are paid. Thank you."))
        .with(spend),
    };
    Card::bare().child(stack(parts.with(voucher)))
}

fn services(visit: &Visit, seen: &Seen) -> Vec<Card> {
    let catalog = visit.office().catalog();
    let open = seen.customer.accounts.iter().zip(&seen.bars);
    let open = open.filter(|(account, _)| account.status != AccountStatus::Terminated);
    let zone = seen.customer.live.head.zone.name();
    let active = seen.customer.live.head.status() == CustomerStatus::Active;
    let cards: Vec<Card> =
        open.map(|(account, bars)| service(visit, &catalog, (account, bars), zone, active)).collect();
    if cards.is_empty() {
        let words = format!(
            "Once a service is set up for you, you see here what is left of it. Please {} to get one.",
            reach(visit.settings())
        );
        return vec![Card::bare().child(EmptyState::new(Icon::Device, "No services now", words))];
    }
    cards
}

fn service(
    visit: &Visit,
    catalog: &Snapshot,
    (account, bars): (&AccountView, &[UsageBar]),
    zone: &str,
    active: bool,
) -> Card {
    let name = account.product.as_ref().map_or("No product now", |product| product.name.as_str());
    let word = match account.status {
        AccountStatus::Active if active => "active",
        AccountStatus::Active => "paused",
        AccountStatus::Blocked => "blocked",
        AccountStatus::Terminated => "ended",
    };
    let usable = account.add_ons.iter().filter(|held| held.usable());
    let add_ons: Vec<&str> = usable.map(|held| held.product.name.as_str()).collect();
    let mut about = account.label.clone();
    if !add_ons.is_empty() {
        about = format!("{about} · with {}", add_ons.join(", "));
    }
    let mut lines = vec![Markup::from(el("p").class("muted-ink").child(about))];
    lines.extend(own_balance(visit, account));
    lines.extend(bars.iter().map(|bar| usage_bar(catalog, account, bar, zone)));
    lines.extend(account.wallets.iter().map(|wallet| super::top_up::line(visit, wallet, zone)));
    lines.extend(unlimited(catalog, account, bars));
    Card::new(name).action(status(word)).child(stack(Markup::join(lines)))
}

/// What the account can spend by itself, where it has a balance of its own.
fn own_balance(visit: &Visit, account: &AccountView) -> Option<Markup> {
    let purse = account.live.purse.as_deref()?;
    let available = purse.available(visit.now());
    let words = match purse.credit_limit {
        Some(_) => Markup::text("This service can spend ").with(visit.money(available)).with(" of its own"),
        None => Markup::text("This service has a balance of its own: ").with(visit.money(purse.balance)),
    };
    Some(el("p").child(words.with(". It is on no invoice.")).into())
}

/// Included units, how much of them is used, and what happens after the last one.
fn usage_bar(catalog: &Snapshot, account: &AccountView, bar: &UsageBar, zone: &str) -> Markup {
    let service = catalog.service(&bar.service);
    let main = account.product.as_ref().and_then(|name| catalog.product_by_id(name.id));
    let price = main.zip(service).and_then(|(product, service)| price_words(catalog, product, service));
    let then = match price {
        _ if bar.blocks => "Then it stops. ".to_owned(),
        _ if bar.limited => "Then it goes on slower at no cost. ".to_owned(),
        None => "Then it stops. ".to_owned(),
        Some(PriceWords::Included) => "Then it goes on at no cost. ".to_owned(),
        Some(PriceWords::Priced(words)) => format!("Then {words}. "),
    };
    let renews = bar.renews.map(|at| Markup::text("Renews on ").with(day(at, zone)).with("."));
    let shared = bar.shared.then_some(" Shared by all your services that have it.");
    let words = crate::words::left_of(bar.left(), bar.total, bar.unit);
    web_kit::UsageBar::new(bar.name.as_str(), bar.used.saturating_add(bar.reserved), bar.total, words)
        .icon(crate::words::service_icon(service))
        .ends(Markup::text(then).with(renews).with(shared))
        .into()
}

/// Services without included units: what they cost.
fn unlimited(catalog: &Snapshot, account: &AccountView, bars: &[UsageBar]) -> Vec<Markup> {
    let Some(product) = account.product.as_ref().and_then(|name| catalog.product_by_id(name.id)) else {
        return Vec::new();
    };
    let services = catalog.catalog().services.iter();
    let others = services.filter(|service| !bars.iter().any(|bar| bar.service == service.code));
    let lines = others.filter_map(|service| {
        let words = match price_words(catalog, product, service)? {
            PriceWords::Included => "included".to_owned(),
            PriceWords::Priced(words) => words,
        };
        let icon = crate::words::service_icon(Some(service));
        Some(web_kit::UsageBar::unlimited(service.name.as_str(), words).icon(icon).into())
    });
    lines.collect()
}

fn bill(visit: &Visit, seen: &Seen) -> Card {
    let head = &seen.customer.live.head;
    let fees = seen.bill.fees.iter().map(|fee| {
        let (days, of_days) = fee.days;
        let part = if days < of_days { format!(", {days} of {of_days} days") } else { String::new() };
        amount_row(format!("{}{part}", fee.name), visit.money(fee.amount))
    });
    let on = Markup::text("Expected on ").with(day(head.period_end, head.zone.name()));
    let words = "If nothing changes and nothing more is used until then.";
    let rows = Markup::join(fees)
        .with(amount_row("Used and bought so far", visit.money(head.unbilled)))
        .with(el("hr"))
        .with(sum_row(on, visit.money(seen.bill.expected)));
    Card::new("Next bill").child(rows).child(el("p").class("muted-ink").child(words))
}
