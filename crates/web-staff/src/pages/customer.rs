//! One customer: the header that all his pages share, and his tabs.
//!
//! Flows in: his number in the address. Flows out: pages with the same head: who he is, how he stands, what can be done.

pub(crate) mod account_change;
pub(crate) mod accounts;
pub(crate) mod contact;
pub(crate) mod deliveries;
pub(crate) mod devices;
pub(crate) mod dialing;
pub(crate) mod form_card;
pub(crate) mod included;
pub(crate) mod limits;
pub(crate) mod money;
pub(crate) mod movement;
pub(crate) mod new_account;
pub(crate) mod notes;
pub(crate) mod overview;
pub(crate) mod own_balance;
pub(crate) mod plan;
pub(crate) mod policies;
pub(crate) mod reseller;
pub(crate) mod self_care;
pub(crate) mod session_end;
pub(crate) mod standing;
pub(crate) mod timeline;
pub(crate) mod top_up;
pub(crate) mod usage;
pub(crate) mod voucher;

use charging::{CustomerId, CustomerStatus, Payment};
use office::{CustomerView, Office, OfficeError};
use web_kit::{
    Icon, Markup, PageHead, StaffSection, Tone, Weight, button_link, chip, copyable, el, link, menu, status,
};

use crate::fault::Fault;
use crate::visit::Visit;

/// The tabs of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Accounts,
    Usage,
    Money,
    Timeline,
    Devices,
    Deliveries,
    Notes,
}

const TABS: [(Tab, &str, &str); 8] = [
    (Tab::Overview, "Overview", ""),
    (Tab::Accounts, "Accounts and products", "/accounts"),
    (Tab::Usage, "Usage", "/usage"),
    (Tab::Money, "Invoices and payments", "/money"),
    (Tab::Timeline, "Timeline", "/timeline"),
    (Tab::Devices, "Devices and SIMs", "/devices"),
    (Tab::Deliveries, "Deliveries", "/deliveries"),
    (Tab::Notes, "Notes", "/notes"),
];

/// A customer by what stands in the address: his inner number or `C1000001`.
pub(crate) fn find(office: &Office, text: &str) -> Result<CustomerView, OfficeError> {
    match text.parse() {
        Ok(number) => office.customer(CustomerId(number)),
        Err(_) => office.customer_by_number(text),
    }
}

/// The customer of a page.
pub(crate) async fn load(visit: &Visit, text: &str) -> Result<CustomerView, Fault> {
    let text = text.to_owned();
    Ok(visit.ask(move |office, _| find(office, &text)).await?)
}

/// The path of a page of his.
pub(crate) fn path(customer: &CustomerView, rest: &str) -> String {
    format!("/customers/{}{rest}", customer.record.id)
}

/// A whole page of a customer: header, tabs, body.
pub(crate) fn page(visit: &Visit, customer: &CustomerView, tab: Tab, body: impl Into<Markup>) -> Markup {
    let addresses: Vec<String> = TABS.iter().map(|(_, _, rest)| visit.url(&path(customer, rest))).collect();
    let tabs = TABS
        .iter()
        .zip(&addresses)
        .map(|((each, words, _), address)| (*words, address.as_str(), *each == tab));
    let body = Markup::new().with(head(visit, customer)).with(web_kit::tabs("Customer", tabs)).with(body);
    visit.page(&customer.record.name, StaffSection::Customers, body)
}

/// Why he has the status he has.
fn reason(visit: &Visit, customer: &CustomerView) -> Option<Markup> {
    let head = &customer.live.head;
    match head.status() {
        CustomerStatus::Active => None,
        CustomerStatus::ResellerStopped => {
            let stop = head.chain.as_ref().and_then(|chain| chain.stopped());
            stop.map(|stop| Markup::text(format!("his reseller {stop}")))
        }
        CustomerStatus::Suspended => {
            let now = visit.now();
            let overdue = head.open_invoices.iter().find(|invoice| invoice.due_at <= now);
            let words = overdue.map_or_else(
                || "an invoice is overdue".to_owned(),
                |invoice| format!("{} is overdue", invoice.number),
            );
            Some(Markup::text(words))
        }
        CustomerStatus::Blocked => Some(Markup::text("blocked by staff")),
        CustomerStatus::Terminated => {
            head.terminated_at.map(|at| Markup::text("closed on ").with(visit.day(at)))
        }
    }
}

fn head(visit: &Visit, customer: &CustomerView) -> PageHead {
    let (record, live) = (&customer.record, &customer.live.head);
    let money = |amount| visit.money(amount, live.currency);
    let sessions = customer.live.open_sessions().count();
    let mut head = PageHead::new(record.name.as_str())
        .crumb("Customers", visit.url("/customers"))
        .beside(status(crate::words::status(live.status())));
    if let Some(reason) = reason(visit, customer) {
        head = head.beside(el("span").class("muted-ink").child(reason));
    }
    if sessions > 0 {
        head = head.beside(chip(Tone::Good, "Online now"));
    }
    let pays = match live.payment {
        Payment::Prepaid => "pays in advance",
        Payment::Postpaid => "pays by invoice",
    };
    let next_bill = live.bills().then(|| Markup::from(visit.day(live.period_end)));
    let owed = if live.owed().is_positive() {
        el("span").class("bad-ink").child(money(live.owed())).into()
    } else {
        Markup::from(money(live.owed()))
    };
    head = head
        .subtitle(
            Markup::text("Customer ")
                .with(copyable(&record.number))
                .with(format!(" · {pays} · since "))
                .with(visit.day(record.created_at)),
        )
        .fact(
            "Available funds",
            crate::pages::customers::funds(visit, live.purse.available(visit.now()), live.currency),
        )
        .fact("Balance", money(live.purse.balance).toned())
        .fact("Reserved", money(live.purse.reserved))
        .fact("Owed", owed)
        .fact("Next bill", next_bill.unwrap_or_else(|| Markup::from("none")))
        .fact("Sessions", u64::try_from(sessions).unwrap_or(u64::MAX));
    if visit.may_change() { actions(visit, customer, head) } else { head }
}

fn actions(visit: &Visit, customer: &CustomerView, head: PageHead) -> PageHead {
    let to = |rest: &str| visit.url(&path(customer, rest));
    let live = &customer.live.head;
    let item = |rest: &str, icon: Icon, words: &str| link(to(rest), Markup::from(icon).with(words));
    let closed = live.terminated_at.is_some();
    let mut items = Markup::new();
    if !closed {
        items = items
            .with(item("/accounts/new", Icon::Plus, "Add account"))
            .with(item("/accounts", Icon::Refresh, "Change plan or add-ons"))
            .with(item("/limit", Icon::Card, "Limits"))
            .with(item("/reseller", Icon::Customers, "Reseller terms"));
        if live.chain.as_ref().is_none_or(|chain| chain.resale.is_none()) {
            items = items.with(item("/move", Icon::Customers, "Move to another reseller"));
        }
    }
    if !closed {
        items = items.with(item("/voucher", Icon::Gift, "Redeem voucher"));
    }
    items = items.with(item("/edit", Icon::Edit, "Edit name and contact"));
    if !visit.portal().state.selfcare.is_empty() {
        items = items.with(item("/self-care", Icon::Eye, "Open self-care as him"));
    }
    if !closed {
        let (icon, words) = if live.blocked { (Icon::Play, "Unblock…") } else { (Icon::Lock, "Block…") };
        items = items.with(el("hr")).with(item("/block", icon, words)).with(item(
            "/terminate",
            Icon::Trash,
            "Terminate…",
        ));
    }
    let pay = Markup::from(Icon::Money).with("Take payment");
    head.action(button_link(Weight::Primary, &to("/pay"), pay))
        .action(button_link(Weight::Plain, &to("/adjust"), "Adjust"))
        .action(menu(Markup::text("More").with(Icon::Down), items))
}
