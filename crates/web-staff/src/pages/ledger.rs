//! The ledger: every movement of money with its two sides, of everybody or of one customer.

use axum::extract::Path;
use calendar::BillingZone;
use charging::{CustomerId, LedgerCode, LedgerSide, RowId};
use office::LedgerQuery;
use store::LedgerRow;
use web_kit::{
    Card, Column, EmptyState, Facts, Icon, Markup, PageHead, Row, StaffSection, Table, TableState, link, tag,
};

use crate::visit::{Page, Visit};

const CODES: [LedgerCode; 15] = [
    LedgerCode::Usage,
    LedgerCode::Purchase,
    LedgerCode::RecurringFee,
    LedgerCode::Payment,
    LedgerCode::ManualCredit,
    LedgerCode::ManualCharge,
    LedgerCode::Promotion,
    LedgerCode::Compensation,
    LedgerCode::Voucher,
    LedgerCode::Refund,
    LedgerCode::Correction,
    LedgerCode::WalletTopUp,
    LedgerCode::Wholesale,
    LedgerCode::Transfer,
    LedgerCode::Tax,
];

/// The filters of the address; days are in the viewer's zone.
pub(crate) fn query(visit: &Visit, state: &TableState, customer: Option<CustomerId>) -> LedgerQuery {
    LedgerQuery {
        customer,
        code: state.filter("code").and_then(LedgerCode::parse),
        from: state.filter("from").and_then(|day| midnight(visit, day)),
        to: state.filter("to").and_then(|day| midnight(visit, day)),
        cursor: state.after().map(str::to_owned),
        limit: 0,
    }
}

/// The start of a day written `2026-06-01`, in the viewer's zone.
pub(crate) fn midnight(visit: &Visit, day: &str) -> Option<calendar::Instant> {
    let zone = BillingZone::named(visit.zone()).unwrap_or_else(|_| BillingZone::utc());
    calendar::Instant::parse(&format!("{day}T12:00:00Z")).map(|noon| zone.midnight(zone.date(noon)))
}

fn code_words(code: &str) -> String {
    LedgerCode::parse(code)
        .map_or_else(|| crate::words::capital(code), |code| crate::words::ledger_code(code).to_owned())
}

fn side_words(side: &str) -> String {
    LedgerSide::parse(side)
        .map_or_else(|| crate::words::capital(side), |side| crate::words::ledger_side(side).to_owned())
}

/// A table of ledger entries; `with_customer` on pages of all customers.
pub(crate) fn table(visit: &Visit, state: &TableState, rows: &[LedgerRow], with_customer: bool) -> Table {
    let mut table = Table::new("Ledger", state).column(Column::text("at", "Booked"));
    if with_customer {
        table = table.column(Column::text("customer", "Customer"));
    }
    table
        .column(Column::text("code", "Kind"))
        .column(Column::text("note", "Words"))
        .column(Column::text("sides", "Debit and credit").minor())
        .column(Column::figure("amount", "Amount"))
        .choice("code", "Kind", CODES.map(|code| (code.name(), crate::words::ledger_code(code))))
        .rows(rows.iter().map(|entry| {
            let mut row = Row::new()
                .opens(visit.url(&format!("/money/ledger/{}", entry.id)))
                .in_drawer()
                .cell(visit.when(entry.at).seconds());
            if with_customer {
                row = row.cell(link(
                    visit.url(&format!("/customers/{}", entry.customer)),
                    entry.customer_name.as_str(),
                ));
            }
            row.cell(tag(code_words(&entry.code)))
                .cell(entry.note.as_str())
                .cell(web_kit::el("span").class("muted-ink").child(format!(
                    "{} to {}",
                    side_words(&entry.debit),
                    side_words(&entry.credit)
                )))
                .cell(visit.money(entry.to_customer(), entry.currency).signed())
        }))
}

/// Whether the entry belongs to a transaction record.
fn is_of_record(code: LedgerCode) -> bool {
    match code {
        LedgerCode::Usage
        | LedgerCode::Purchase
        | LedgerCode::RecurringFee
        | LedgerCode::Refund
        | LedgerCode::Correction
        | LedgerCode::WalletTopUp
        | LedgerCode::Wholesale => true,
        LedgerCode::Payment
        | LedgerCode::ManualCredit
        | LedgerCode::ManualCharge
        | LedgerCode::Promotion
        | LedgerCode::Compensation
        | LedgerCode::Voucher
        | LedgerCode::Transfer
        | LedgerCode::Tax => false,
    }
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    let asked = query(&visit, &state, None);
    let page = visit.ask(move |office, _| office.ledger(&asked)).await?;
    let path = visit.url("/money/ledger");
    let table = table(&visit, &state, &page.items, true)
        .view("All", path.as_str())
        .view("Payments", format!("{path}?code=payment"))
        .view("By hand", format!("{path}?code=manual_credit"))
        .pages(page.next)
        .empty(EmptyState::new(
            Icon::Money,
            "No movements yet",
            "Every charge, payment and correction appears here once, with the side it left and the side it came to. A plus is money to the customer.",
        ));
    let body = crate::pages::invoices::head(&visit, "ledger").with(Card::bare().flush().child(table));
    Ok(visit.page("Ledger", StaffSection::Money, body))
}

pub(crate) async fn entry(visit: Visit, Path(id): Path<i64>, partial: web_kit::Partial) -> Page {
    let entry = visit.ask(move |office, _| office.ledger_entry(RowId(id))).await?;
    let currency = entry.currency;
    let reference = entry.reference.map(|id| match LedgerCode::parse(&entry.code) {
        Some(code) if is_of_record(code) => link(visit.url(&format!("/xdrs/{id}")), "Why this amount"),
        _ => Markup::from(id.0),
    });
    let facts = Facts::new()
        .fact("Amount", visit.money(entry.amount, currency))
        .fact("Effect on the customer's balance", visit.money(entry.to_customer(), currency).signed())
        .fact("Debit", side_words(&entry.debit))
        .fact("Credit", side_words(&entry.credit))
        .fact("Kind", code_words(&entry.code))
        .fact("Words", entry.note.as_str())
        .fact("Booked", visit.when(entry.at).seconds())
        .fact(
            "Customer",
            link(visit.url(&format!("/customers/{}", entry.customer)), entry.customer_name.as_str()),
        )
        .fact("Belongs to", reference)
        .fact("Entry number", entry.id.0);
    if partial.0 {
        return Ok(Markup::from(web_kit::el("h2").child("Ledger entry")).with(facts));
    }
    let head = PageHead::new("Ledger entry")
        .crumb("Money", visit.url("/money"))
        .crumb("Ledger", visit.url("/money/ledger"))
        .subtitle(code_words(&entry.code));
    let body = Markup::new().with(head).with(Card::bare().child(facts));
    Ok(visit.page("Ledger entry", StaffSection::Money, body))
}
