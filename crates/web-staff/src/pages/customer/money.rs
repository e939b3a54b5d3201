//! Invoices and payments of a customer.

use axum::extract::Path;
use web_kit::{Card, EmptyState, Icon, Markup, TableState, Weight, button_link, link};

use super::{Tab, load, page, path};
use crate::pages::{invoices, ledger};
use crate::visit::{Page, Visit};

/// Invoices shown above the ledger; more are on the money pages.
const INVOICES_SHOWN: usize = 12;

pub(crate) async fn show(visit: Visit, Path(who): Path<String>, state: TableState) -> Page {
    let customer = load(&visit, &who).await?;
    let id = customer.record.id;
    let mut asked = invoices::query(&TableState::new("", ""), Some(id));
    asked.limit = INVOICES_SHOWN;
    let movements = ledger::query(&visit, &state, Some(id));
    let (sent, booked) =
        visit.ask(move |office, _| Ok((office.invoices(&asked)?, office.ledger(&movements)?))).await?;
    let bare = TableState::new(visit.url(&path(&customer, "/money")), "");
    let invoice_table = invoices::table(&visit, &bare, &sent.items, false).empty(EmptyState::new(
        Icon::Invoice,
        "No invoice yet",
        Markup::text("The first one comes when his billing period ends on ")
            .with(visit.day(customer.live.head.period_end))
            .with("."),
    ));
    let mut empty = EmptyState::new(
        Icon::Money,
        "No movements yet",
        "Charges, payments and corrections appear here, each with both sides.",
    );
    if visit.may_change() {
        empty = empty.step(button_link(Weight::Plain, &visit.url(&path(&customer, "/pay")), "Take payment"));
    }
    let ledger_table = ledger::table(&visit, &state, &booked.items, false).pages(booked.next).empty(empty);
    let mut movements = Card::new("Ledger and payments").flush();
    if visit.may_change() && customer.live.head.terminated_at.is_none() {
        movements = movements.action(link(visit.url(&path(&customer, "/voucher")), "Redeem voucher"));
    }
    let body =
        Markup::from(Card::new("Invoices").flush().child(invoice_table)).with(movements.child(ledger_table));
    Ok(page(&visit, &customer, Tab::Money, web_kit::stack(body)))
}
