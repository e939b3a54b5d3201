//! The subscriber's invoices, newest first.

use office::{InvoiceQuery, InvoiceStatus};
use web_kit::{
    Card, Column, EmptyState, Icon, Markup, PageHead, Row, SelfCareSection, Table, TableState, status,
};

use super::standing::notice;
use crate::visit::{Page, Visit};
use crate::words::day;

/// Rows of a page.
const ROWS: usize = 24;

/// The word on the chip: what waits for money in time is `due`.
pub(crate) fn word(status: InvoiceStatus) -> &'static str {
    match status {
        InvoiceStatus::Unpaid => "due",
        InvoiceStatus::Overdue => "overdue",
        InvoiceStatus::Paid => "paid",
    }
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    let cursor = state.after().map(str::to_owned);
    let rows = visit
        .ask(move |office, me| {
            let customer = Some(me.customer);
            office.invoices(&InvoiceQuery { customer, cursor, limit: ROWS, ..InvoiceQuery::default() })
        })
        .await?;
    let me = visit.me().await?;
    let (head, now) = (&me.live.head, visit.now());
    let first = Markup::text(if head.bills() { "The next one comes on " } else { "None is to come after " })
        .with(day(head.period_end, head.zone.name()))
        .with(". Each can be read here and downloaded as a PDF.");
    let list = rows.items.iter().map(|row| {
        Row::new()
            .opens(format!("/invoices/{}", row.id))
            .cell(row.number.as_str())
            .cell(day(row.issued_at, head.zone.name()))
            .cell(status(word(InvoiceStatus::of(row, now))))
            .cell(web_kit::money(row.total.micros(), row.currency.code(), row.currency.exponent()))
    });
    let newest = state.after().is_some().then(|| String::from("/invoices"));
    let table = Table::new("Invoices", &state)
        .column(Column::text("number", "Number"))
        .column(Column::text("date", "Date"))
        .column(Column::text("status", "Status"))
        .column(Column::figure("total", "Total"))
        .rows(list)
        .empty(EmptyState::new(Icon::Invoice, "No invoices yet", first))
        .pages(rows.next.clone());
    let body = Markup::new()
        .with(notice(&visit, &me.live))
        .with(PageHead::new("Invoices"))
        .with(Card::bare().flush().child(table))
        .with(newest.map(|href| web_kit::button_link(web_kit::Weight::Plain, &href, "Newest")));
    Ok(visit.page("Invoices", SelfCareSection::Invoices, body))
}
