//! The list of customers: filters, order, pages, CSV.

use charging::{CustomerStatus, Payment};
use money::Amount;
use office::{CustomerOrder, CustomerQuery, CustomerRow, Page as Rows};
use web_kit::{
    Card, Column, Direction, EmptyState, Icon, Markup, PageHead, Row, StaffSection, Table, TableState,
    Weight, button_link, el, status, tag,
};

use crate::csv_file::{CsvFile, ROWS_MOST};
use crate::visit::{Page, Turn, Visit};

/// Rows asked for at a time while a CSV is written.
const CSV_STEP: usize = 500;

const STATUSES: [(&str, &str); 5] = [
    ("active", "Active"),
    ("reseller_stopped", "Reseller stopped"),
    ("suspended", "Suspended"),
    ("blocked", "Blocked"),
    ("terminated", "Terminated"),
];

const KINDS: [(&str, &str); 2] = [("reseller", "Resellers"), ("retail", "Not resellers")];

fn query(state: &TableState) -> CustomerQuery {
    let named = |word| match word {
        "active" => Some(CustomerStatus::Active),
        "reseller_stopped" => Some(CustomerStatus::ResellerStopped),
        "suspended" => Some(CustomerStatus::Suspended),
        "blocked" => Some(CustomerStatus::Blocked),
        "terminated" => Some(CustomerStatus::Terminated),
        _ => None,
    };
    let sort = match state.sort() {
        Some(("name", Direction::Ascending)) => CustomerOrder::Name,
        Some(("name", Direction::Descending)) => CustomerOrder::NameDescending,
        Some(("number", Direction::Ascending)) => CustomerOrder::Number,
        _ => CustomerOrder::NumberDescending,
    };
    CustomerQuery {
        text: state.filter("q").unwrap_or_default().to_owned(),
        status: state.filter("status").and_then(named),
        reseller: match state.filter("kind") {
            Some("reseller") => Some(true),
            Some("retail") => Some(false),
            _ => None,
        },
        under: None,
        cursor: state.after().map(str::to_owned),
        limit: 0,
        sort,
    }
}

/// Available funds, or that there is no limit.
pub(crate) fn funds(visit: &Visit, available: Amount, currency: money::Currency) -> Markup {
    if available == Amount::MAX {
        el("span").class("muted-ink").child("no limit").into()
    } else {
        visit.money(available, currency).toned().into()
    }
}

/// The name in a list, with a mark for those who serve others.
pub(crate) fn name(customer: &CustomerRow) -> Markup {
    let mark = customer.reseller.then(|| Markup::text(" ").with(tag("Reseller")));
    Markup::text(&customer.record.name).with(mark)
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    let asked = query(&state);
    let rows = visit.ask(move |office, _| office.customers(&asked)).await?;
    let mut head = PageHead::new("Customers");
    if visit.may_change() {
        let words = Markup::from(Icon::Plus).with("New customer");
        head = head.action(button_link(Weight::Primary, &visit.url("/customers/new"), words));
    }
    let body = Markup::new().with(head).with(Card::bare().flush().child(table(&visit, &state, &rows)));
    Ok(visit.page("Customers", StaffSection::Customers, body))
}

fn table(visit: &Visit, state: &TableState, rows: &Rows<CustomerRow>) -> Table {
    let mut empty = EmptyState::new(
        Icon::Customers,
        "No customers yet",
        "Everybody you invoice appears here: with funds, accounts, products and everything that ever happened.",
    );
    if visit.may_change() {
        empty = empty.step(button_link(Weight::Primary, &visit.url("/customers/new"), "New customer"));
    }
    Table::new("Customers", state)
        .column(Column::text("name", "Name").sortable())
        .column(Column::text("number", "Number").sortable())
        .column(Column::text("status", "Status"))
        .column(Column::text("contact", "Contact").minor())
        .column(Column::text("pays", "Pays").minor())
        .column(Column::figure("balance", "Balance"))
        .column(Column::figure("funds", "Available funds"))
        .column(Column::figure("owed", "Owed"))
        .column(Column::figure("since", "Since").minor())
        .search("q", "Name, number or contact")
        .choice("status", "Status", STATUSES)
        .choice("kind", "Kind", KINDS)
        .column_picker()
        .csv(visit.url("/customers.csv"))
        .pages(rows.next.clone())
        .rows(rows.items.iter().map(|customer| row(visit, customer)))
        .empty(empty)
}

fn row(visit: &Visit, customer: &CustomerRow) -> Row {
    let record = &customer.record;
    let currency = customer.currency.unwrap_or_else(|| visit.currency());
    let contact = if record.email.is_empty() { &record.phone } else { &record.email };
    let pays = match customer.payment {
        Payment::Prepaid => "In advance",
        Payment::Postpaid => "By invoice",
    };
    let owed = if customer.owed.is_zero() {
        el("span").class("faint-ink").child(visit.money(customer.owed, currency)).into()
    } else {
        Markup::from(visit.money(customer.owed, currency))
    };
    let row = Row::new()
        .opens(visit.url(&format!("/customers/{}", customer.id)))
        .cell(name(customer))
        .cell(el("span").class("num").child(record.number.as_str()))
        .cell(status(crate::words::status(customer.status)))
        .cell(contact.as_str())
        .cell(pays)
        .cell(visit.money(customer.balance, currency).toned())
        .cell(funds(visit, customer.available(), currency))
        .cell(owed)
        .cell(visit.day(record.created_at));
    if customer.status == CustomerStatus::Terminated { row.muted() } else { row }
}

pub(crate) async fn csv(visit: Visit, state: TableState) -> Turn {
    let mut asked = CustomerQuery { limit: CSV_STEP, ..query(&state) };
    let headings = [
        "number",
        "name",
        "status",
        "payment",
        "currency",
        "balance",
        "credit_limit",
        "reserved",
        "owed",
        "email",
        "phone",
        "since",
        "kind",
    ];
    let mut file = CsvFile::new(&headings)?;
    let mut written = 0;
    loop {
        let step = asked.clone();
        let page = visit.ask(move |office, _| office.customers(&step)).await?;
        for customer in &page.items {
            let record = &customer.record;
            let pays = if customer.payment == Payment::Prepaid { "prepaid" } else { "postpaid" };
            file.row(&[
                &record.number,
                &record.name,
                crate::words::status(customer.status),
                pays,
                customer.currency.map_or("", |currency| currency.code()),
                &customer.balance.to_string(),
                &customer.credit_limit.map(|limit| limit.to_string()).unwrap_or_default(),
                &customer.reserved.to_string(),
                &customer.owed.to_string(),
                &record.email,
                &record.phone,
                &record.created_at.to_string(),
                if customer.reseller { "reseller" } else { "retail" },
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
    file.download("customers.csv")
}
