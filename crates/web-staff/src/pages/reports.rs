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

const VIEWS: [(&str, &str); 3] = [
    ("report_balance", "One row for each customer: status, balance, credit limit, reserved, owed."),
    ("report_xdr", "One row for each record with readable times and amounts."),
    ("report_invoice", "One row for each invoice with readable dates and status."),
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
