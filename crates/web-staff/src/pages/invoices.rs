//! Invoices: the list of all, and the table that other pages show of some.

use charging::CustomerId;
use office::{InvoiceFilter, InvoiceQuery, InvoiceStatus};
use store::InvoiceRow;
use web_kit::{
    Card, Column, EmptyState, Icon, Markup, PageHead, Row, StaffSection, Table, TableState, Weight,
    button_link, el, link, status,
};

use crate::csv_file::{CsvFile, ROWS_MOST};
use crate::visit::{Page, Turn, Visit};

/// Rows asked for at a time while a CSV is written.
const CSV_STEP: usize = 500;

/// The head of the money pages with their tabs.
pub(crate) fn head(visit: &Visit, current: &str) -> Markup {
    let paths =
        ["/money", "/money/ledger", "/money/vouchers", "/money/rates", "/money/reratings", "/money/run"]
            .map(|path| visit.url(path));
    let [invoices, ledger, vouchers, rates, reratings, run] = &paths;
    let tabs = [
        ("Invoices", invoices.as_str(), current == "invoices"),
        ("Ledger and payments", ledger.as_str(), current == "ledger"),
        ("Vouchers", vouchers.as_str(), current == "vouchers"),
        ("Exchange rates", rates.as_str(), current == "rates"),
        ("Reratings", reratings.as_str(), current == "reratings"),
        ("Bill run", run.as_str(), current == "run"),
    ];
    Markup::new().with(PageHead::new("Money")).with(web_kit::tabs("Money", tabs))
}

/// The filters of the address.
pub(crate) fn query(state: &TableState, customer: Option<CustomerId>) -> InvoiceQuery {
    let filter = match state.filter("status") {
        Some("unpaid") => InvoiceFilter::Unpaid,
        Some("overdue") => InvoiceFilter::Overdue,
        Some("paid") => InvoiceFilter::Paid,
        _ => InvoiceFilter::All,
    };
    InvoiceQuery { customer, status: filter, cursor: state.after().map(str::to_owned), limit: 0 }
}

/// A table of invoices; `with_customer` on pages of all customers.
pub(crate) fn table(visit: &Visit, state: &TableState, rows: &[InvoiceRow], with_customer: bool) -> Table {
    let mut table = Table::new("Invoices", state).column(Column::text("number", "Invoice"));
    if with_customer {
        table = table.column(Column::text("customer", "Customer"));
    }
    let now = visit.now();
    table
        .column(Column::text("status", "Status"))
        .column(Column::text("period", "Period").minor())
        .column(Column::figure("issued", "Issued").minor())
        .column(Column::figure("due", "Due"))
        .column(Column::figure("total", "Total"))
        .rows(rows.iter().map(|invoice| {
            let mut row = Row::new()
                .opens(visit.url(&format!("/money/invoices/{}", invoice.id)))
                .cell(invoice.number.as_str());
            if with_customer {
                row = row.cell(link(
                    visit.url(&format!("/customers/{}", invoice.customer)),
                    invoice.customer_name.as_str(),
                ));
            }
            // The period is half open: its last day is the one before its end.
            let last = visit.day(invoice.period_end.plus_micros(-1));
            row.cell(status(InvoiceStatus::of(invoice, now).name()))
                .cell(
                    el("span").class("num").child(visit.day(invoice.period_start)).child(" to ").child(last),
                )
                .cell(visit.day(invoice.issued_at))
                .cell(visit.day(invoice.due_at))
                .cell(visit.money(invoice.total, invoice.currency))
        }))
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    let asked = query(&state, None);
    let page = visit.ask(move |office, _| office.invoices(&asked)).await?;
    let path = visit.url("/money");
    let empty = EmptyState::new(
        Icon::Invoice,
        "No invoices yet",
        "When a customer's month ends, Talea closes it, computes the invoice and sends it. Nothing has to be started by hand.",
    )
    .step(button_link(Weight::Plain, &visit.url("/money/run"), "Look at the bill run"));
    let table = table(&visit, &state, &page.items, true)
        .view("All", path.as_str())
        .view("Unpaid", format!("{path}?status=unpaid"))
        .view("Overdue", format!("{path}?status=overdue"))
        .view("Paid", format!("{path}?status=paid"))
        .csv(visit.url("/money/invoices.csv"))
        .pages(page.next)
        .empty(empty);
    let body = head(&visit, "invoices").with(Card::bare().flush().child(table));
    Ok(visit.page("Invoices", StaffSection::Money, body))
}

pub(crate) async fn csv(visit: Visit, state: TableState) -> Turn {
    let mut asked = InvoiceQuery { limit: CSV_STEP, ..query(&state, None) };
    let headings = [
        "number",
        "customer_number",
        "customer",
        "status",
        "period_start",
        "period_end",
        "issued",
        "due",
        "currency",
        "total",
        "paid",
    ];
    let mut file = CsvFile::new(&headings)?;
    let mut written = 0;
    let now = visit.now();
    loop {
        let step = asked.clone();
        let page = visit.ask(move |office, _| office.invoices(&step)).await?;
        for row in &page.items {
            file.row(&[
                &row.number,
                &row.customer_number,
                &row.customer_name,
                InvoiceStatus::of(row, now).name(),
                &row.period_start.to_string(),
                &row.period_end.to_string(),
                &row.issued_at.to_string(),
                &row.due_at.to_string(),
                row.currency.code(),
                &row.total.to_string(),
                &row.paid_at.map(|at| at.to_string()).unwrap_or_default(),
            ])?;
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
    file.download("invoices.csv")
}
