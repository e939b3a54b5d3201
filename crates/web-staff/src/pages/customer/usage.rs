//! What a customer used and bought: records with filters, each opening "Why this amount"; CSV of his or of everybody's.

use axum::extract::Path;
use charging::{CustomerId, RowId, XdrKind};
use money::Currency;
use office::{CustomerView, XdrQuery, XdrRow};
use web_kit::{Card, Column, EmptyState, Icon, Markup, Row, Table, TableState};

use super::{Tab, load, page, path};
use crate::csv_file::{CsvFile, ROWS_MOST};
use crate::pages::ledger::midnight;
use crate::pages::refund;
use crate::pages::why::{moment, what};
use crate::visit::{Page, Turn, Visit};

/// Rows asked for at a time while a CSV is written.
const CSV_STEP: usize = 500;

/// The filters of the address.
fn query(visit: &Visit, state: &TableState, customer: Option<CustomerId>) -> XdrQuery {
    XdrQuery {
        customer,
        account: state.filter("account").and_then(|id| id.parse().ok()).map(RowId),
        service: state.filter("service").map(str::to_owned),
        period: state.filter("period").and_then(|period| period.parse().ok()),
        from: state.filter("from").and_then(|day| midnight(visit, day)),
        to: state.filter("to").and_then(|day| midnight(visit, day)),
        cursor: state.after().map(str::to_owned),
        limit: 0,
    }
}

/// A table of records, newest first.
pub(crate) fn table(visit: &Visit, state: &TableState, rows: &[XdrRow], currency: Currency) -> Table {
    let changes = visit.may_change();
    let table = Table::new("Usage", state)
        .column(Column::text("when", "When"))
        .column(Column::text("what", "What"))
        .column(Column::text("account", "Account").minor())
        .column(Column::text("product", "Product").minor())
        .column(Column::figure("quantity", "Quantity"))
        .column(Column::figure("amount", "Amount"));
    let table = if changes { table.column(Column::text("refund", "").minor()) } else { table };
    table.rows(rows.iter().map(|row| {
        let record = &row.xdr;
        let shown = Row::new()
            .opens(visit.url(&format!("/xdrs/{}", record.id)))
            .in_drawer()
            .cell(visit.when(moment(row)))
            .cell(what(row))
            .cell(row.account_label.as_str())
            .cell(row.product.as_ref().map(|product| product.name.clone()))
            .cell(crate::words::measured(record))
            .cell(visit.money(record.amount, currency));
        if changes { shown.cell(refund::offer(visit, row)) } else { shown }
    }))
}

pub(crate) async fn show(visit: Visit, Path(who): Path<String>, state: TableState) -> Page {
    let customer = load(&visit, &who).await?;
    let asked = query(&visit, &state, Some(customer.record.id));
    let records = visit.ask(move |office, _| office.xdrs(&asked)).await?;
    let currency = customer.live.head.currency;
    let table = filters(&visit, &customer, table(&visit, &state, &records.items, currency))
        .csv(visit.url(&path(&customer, "/usage.csv")))
        .pages(records.next)
        .empty(EmptyState::new(
            Icon::Usage,
            "Nothing used yet",
            "Sessions, calls, films and monthly fees appear here as soon as they are charged. Click one to see why it costs what it costs.",
        ));
    let sum = records.items.iter().fold(money::Amount::ZERO, |sum, row| sum.saturating_plus(row.xdr.amount));
    let table = if records.items.is_empty() {
        table
    } else {
        let total = visit.money(sum, currency).into();
        let empty = || [Markup::new(), Markup::new(), Markup::new(), Markup::new()];
        let last = visit.may_change().then(Markup::new);
        table.totals([Markup::text("On this page")].into_iter().chain(empty()).chain([total]).chain(last))
    };
    Ok(page(&visit, &customer, Tab::Usage, Card::bare().flush().child(table)))
}

fn filters(visit: &Visit, customer: &CustomerView, table: Table) -> Table {
    let catalog = visit.office().catalog();
    let services =
        catalog.catalog().services.iter().map(|service| (service.code.clone(), service.name.clone()));
    let accounts = customer.accounts.iter().map(|account| (account.id.0.to_string(), account.label.clone()));
    let newest = customer.live.head.period_number;
    let periods = (1..=newest).rev().take(24).map(|number| {
        let words = if number == newest { format!("{number} (open)") } else { number.to_string() };
        (number.to_string(), words)
    });
    table
        .choice("account", "Account", accounts.collect::<Vec<_>>())
        .choice("service", "Service", services.collect::<Vec<_>>())
        .choice("period", "Period", periods.collect::<Vec<_>>())
}

pub(crate) async fn csv(visit: Visit, Path(who): Path<String>, state: TableState) -> Turn {
    let customer = load(&visit, &who).await?;
    write(visit, state, Some(customer.record.id)).await
}

/// Records of everybody.
pub(crate) async fn csv_of_all(visit: Visit, state: TableState) -> Turn {
    write(visit, state, None).await
}

async fn write(visit: Visit, state: TableState, customer: Option<CustomerId>) -> Turn {
    let mut asked = XdrQuery { limit: CSV_STEP, ..query(&visit, &state, customer) };
    let headings = [
        "record",
        "customer_number",
        "customer",
        "account",
        "kind",
        "service",
        "product",
        "description",
        "destination",
        "reference",
        "units",
        "unit",
        "started",
        "ended",
        "booked",
        "period",
        "amount",
    ];
    let mut file = CsvFile::new(&headings)?;
    let mut written = 0;
    loop {
        let step = asked.clone();
        let page = visit.ask(move |office, _| office.xdrs(&step)).await?;
        for row in &page.items {
            csv_row(&mut file, row)?;
        }
        written += page.items.len();
        match page.next {
            Some(_) if written >= ROWS_MOST => {
                file.cut()?;
                break;
            }
            Some(next) => asked.cursor = Some(next),
            None => break,
        }
    }
    file.download("usage.csv")
}

fn csv_row(file: &mut CsvFile, row: &XdrRow) -> Result<(), crate::fault::Fault> {
    let record = &row.xdr;
    file.row(&[
        &record.id.to_string(),
        &row.customer_number,
        &row.customer_name,
        &row.account_label,
        record.kind.name(),
        row.service.as_ref().map_or("", |service| &service.code),
        row.product.as_ref().map_or("", |product| &product.code),
        &record.description,
        &record.destination,
        record.reference.as_deref().unwrap_or_default(),
        &record.units.to_string(),
        match (record.kind, record.unit) {
            (XdrKind::RecurringFee, _) => "days",
            (_, unit) => unit.map_or("", crate::words::unit),
        },
        &record.started_at.to_string(),
        &record.ended_at.to_string(),
        &record.posted_at.to_string(),
        &record.period_number.to_string(),
        &record.amount.to_string(),
    ])
}
