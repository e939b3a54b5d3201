//! One invoice: its sections and lines as they were sent, how it stands now, the PDF.

use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use charging::RowId;
use office::{InvoiceContentSection, InvoiceStatus, InvoiceView};
use web_kit::{
    Card, Column, Facts, Icon, Markup, PageHead, Row, StaffSection, Table, TableState, Weight, button_link,
    link, status,
};

use crate::visit::{Page, Turn, Visit};

pub(crate) async fn show(visit: Visit, Path(id): Path<i64>) -> Page {
    let view = visit.ask(move |office, _| office.invoice(RowId(id))).await?;
    let row = &view.row;
    let money = |amount| visit.money(amount, row.currency);
    let pdf = Markup::from(Icon::Download).with("PDF");
    let mut head = PageHead::new(row.number.as_str())
        .crumb("Money", visit.url("/money"))
        .crumb("Invoices", visit.url("/money"))
        .beside(status(view.status.name()))
        .subtitle(
            Markup::text("For ")
                .with(link(visit.url(&format!("/customers/{}", row.customer)), row.customer_name.as_str())),
        )
        .action(button_link(Weight::Plain, &visit.url(&format!("/money/invoices/{id}/pdf")), pdf))
        .fact("Total", money(row.total))
        .fact("Still to pay", money(view.amount_due))
        .fact("Issued", visit.day(row.issued_at))
        .fact("Due", visit.day(row.due_at));
    if visit.may_change() && view.status != InvoiceStatus::Paid {
        let pay = visit.url(&format!("/customers/{}/pay", row.customer));
        head = head.action(button_link(Weight::Primary, &pay, "Take payment"));
    }
    let sections = view.content.sections.iter().map(|part| Markup::from(section(&visit, &view, part)));
    let body = Markup::new().with(head).with(web_kit::split(Markup::join(sections), sums(&visit, &view)));
    Ok(visit.page(&row.number, StaffSection::Money, body))
}

fn section(visit: &Visit, view: &InvoiceView, part: &InvoiceContentSection) -> Card {
    let currency = view.row.currency;
    let state = TableState::new("", "");
    let rows = part.lines.iter().map(|line| {
        Row::new()
            .cell(line.description.as_str())
            .cell(line.period.as_str())
            .cell(line.quantity.as_str())
            .cell(visit.money(line.amount_value, currency))
    });
    let totals = [
        Markup::from("Sum"),
        Markup::new(),
        Markup::new(),
        visit.money(part.subtotal_amount, currency).into(),
    ];
    let table = Table::new(part.title.as_str(), &state)
        .column(Column::text("what", "What"))
        .column(Column::text("period", "When"))
        .column(Column::figure("quantity", "Quantity"))
        .column(Column::figure("amount", "Amount"))
        .rows(rows)
        .totals(totals);
    let usage =
        visit.url(&format!("/customers/{}/usage?period={}", view.row.customer, view.row.period_number));
    Card::new(part.title.as_str()).action(link(usage, "The records behind it")).flush().child(table)
}

fn sums(visit: &Visit, view: &InvoiceView) -> Markup {
    let (figures, currency) = (&view.content.figures, view.row.currency);
    let money = |amount| Markup::from(visit.money(amount, currency));
    let mut facts = Facts::new();
    let before = [figures.previous_balance, figures.payments, figures.refunds, figures.adjustments];
    if before.iter().any(|sum| !sum.is_zero()) {
        facts = facts
            .fact("Owed before", money(figures.previous_balance))
            .fact("Payments since", money(figures.payments))
            .fact("Given back since", money(figures.refunds))
            .fact("Corrections since", money(figures.adjustments));
    }
    if !figures.taxes.is_empty() {
        facts = facts.fact("Net", money(figures.net()));
    }
    for (tax, printed) in figures.taxes.iter().zip(&view.content.taxes) {
        facts = facts.fact(printed.name.as_str(), money(tax.tax));
    }
    let facts = facts
        .fact("This invoice", money(figures.total))
        .fact("Amount due when sent", money(figures.amount_due))
        .fact("Still to pay now", money(view.amount_due))
        .fact("Paid in full", view.row.paid_at.map(|at| Markup::from(visit.when(at))));
    let last = visit.day(view.row.period_end.plus_micros(-1));
    let about = Facts::new()
        .fact(
            "Customer",
            link(visit.url(&format!("/customers/{}", view.row.customer)), view.row.customer_name.as_str()),
        )
        .fact("Customer number", view.row.customer_number.as_str())
        .fact("Billing period", Markup::from(visit.day(view.row.period_start)).with(" to ").with(last))
        .fact("Issued", visit.when(view.row.issued_at))
        .fact("Due", visit.when(view.row.due_at));
    Markup::new().with(Card::new("Sums").child(facts)).with(Card::new("About").child(about))
}

pub(crate) async fn pdf(visit: Visit, Path(id): Path<i64>) -> Turn {
    let (name, content) = visit
        .ask(move |office, _| Ok((office.invoice(RowId(id))?.row.number, office.invoice_pdf(RowId(id))?)))
        .await?;
    let safe: String =
        name.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    let named = format!("inline; filename=\"{safe}.pdf\"");
    Ok((
        [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, named)],
        content,
    )
        .into_response())
}
