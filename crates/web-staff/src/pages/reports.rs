//! Lists to take along: what each file holds, and the readable views for reporting tools.

use web_kit::{
    Card, Column, Icon, Markup, PageHead, Row, StaffSection, Table, TableState, Weight, button_link, el,
};

use crate::visit::{Page, Visit};

const FILES: [(&str, &str, &str); 4] = [
    (
        "Customers",
        "Number, name, status, balance, credit limit, reserved and owed of everybody, as they are now.",
        "/customers.csv",
    ),
    (
        "Usage",
        "Every record: who, what, how much, what it cost; newest first, 100,000 rows at most.",
        "/usage.csv",
    ),
    ("Invoices", "Every invoice with period, due date, total and when it was paid.", "/money/invoices.csv"),
    (
        "Overdue invoices",
        "Invoices past their due date, the oldest first.",
        "/money/invoices.csv?status=overdue",
    ),
];

const VIEWS: [(&str, &str); 10] = [
    ("report_customer", "One row for each customer: contact, status, balance, credit limit, reserved, owed."),
    ("report_account", "One row for each account: whose, label, status, product."),
    ("report_identifier", "One row for each identifier: realm, value, account."),
    ("report_device", "One row for each device, also of those taken away."),
    ("report_session", "One row for each open session, and for those closed shortly before."),
    ("report_xdr", "One row for each record: who, what, how much, what it cost."),
    ("report_ledger_entry", "One row for each movement of money, with both sides."),
    ("report_invoice", "One row for each invoice: period, due date, total, when it was paid."),
    ("report_event", "One row for each event, in their order."),
    ("report_delivery", "One row for each delivery to an outside system, with its state."),
];

pub(crate) async fn show(visit: Visit) -> Page {
    let state = TableState::new("", "");
    let rows = FILES.iter().map(|(name, words, path)| {
        let download = Markup::from(Icon::Download).with("CSV");
        Row::new().cell(*name).cell(*words).cell(button_link(Weight::Plain, &visit.url(path), download))
    });
    let files = Table::new("Files", &state)
        .column(Column::text("name", "List"))
        .column(Column::text("words", "What it holds"))
        .column(Column::figure("file", ""))
        .rows(rows);
    let rows = VIEWS.iter().map(|(name, words)| Row::new().cell(el("code").child(*name)).cell(*words));
    let views = Table::new("Views", &state)
        .column(Column::text("name", "View"))
        .column(Column::text("words", "What it holds"))
        .rows(rows);
    let note = el("p").class("prose muted-ink").child(
        "Reporting tools read these views of the database directly; their columns keep their names and meaning from version to version. Lists elsewhere have a CSV button too, which gives exactly what their filters show.",
    );
    let body = Markup::new().with(PageHead::new("Reports")).with(web_kit::split(
        Markup::from(Card::new("Lists to take along").flush().child(files))
            .with(Card::new("For reporting tools").flush().child(views)),
        Card::new("How to use them").child(note),
    ));
    Ok(visit.page("Reports", StaffSection::Reports, body))
}
