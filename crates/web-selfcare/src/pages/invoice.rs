//! One invoice with its sections, its PDF, and how to pay it.

use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use charging::RowId;
use office::{
    InvoiceContent, InvoiceContentSection, InvoiceStatus, InvoiceView, Office, OfficeError, Subscriber,
};
use web_kit::{Card, Icon, Markup, PageHead, SelfCareSection, Weight, button_link, el, stack, status};

use super::invoices::word;
use super::standing::how_to_pay;
use crate::amount_rows::{amount_row, sum_row};
use crate::visit::{Page, Turn, Visit};
use crate::words::day;

/// The invoice, if it is the subscriber's.
fn own(office: &Office, me: &Subscriber, id: i64) -> Result<InvoiceView, OfficeError> {
    let invoice = office.invoice(RowId(id))?;
    if invoice.row.customer == me.customer { Ok(invoice) } else { Err(OfficeError::not_found("invoice", id)) }
}

pub(crate) async fn show(visit: Visit, Path(id): Path<i64>) -> Page {
    let invoice = visit.ask(move |office, me| own(office, me, id)).await?;
    let zone = visit.zone().await?;
    let content = &invoice.content;
    let pdf = Markup::from(Icon::Download).with("PDF");
    let head = PageHead::new(invoice.row.number.as_str())
        .crumb("Invoices", "/invoices")
        .beside(status(word(invoice.status)))
        .subtitle(format!("{} to {}", content.period_from, content.period_to))
        .action(button_link(Weight::Plain, &format!("/invoices/{id}/pdf"), pdf));
    let mut body = Markup::new().with(head).with(sums(&visit, &invoice, &zone));
    for section in &content.sections {
        body.push(lines(section));
    }
    if !content.notes.is_empty() {
        let notes = content.notes.iter().map(|note| el("p").class("muted-ink").child(note.as_str()));
        body.push(Card::bare().child(Markup::join(notes)));
    }
    Ok(visit.page("Invoice", SelfCareSection::Invoices, body))
}

/// An amount as the invoice printed it.
fn printed(content: &InvoiceContent, amount: &str) -> Markup {
    el("span").class("num").child(format!("{} {amount}", content.currency)).into()
}

fn sums(visit: &Visit, invoice: &InvoiceView, zone: &str) -> Card {
    let content = &invoice.content;
    let open = match invoice.status {
        InvoiceStatus::Paid => {
            let on = invoice.row.paid_at.map(|at| Markup::text("Paid on ").with(day(at, zone)));
            Markup::from(el("p").child(on.unwrap_or_default().with(". Thank you.")))
        }
        InvoiceStatus::Unpaid | InvoiceStatus::Overdue => {
            let late = invoice.status == InvoiceStatus::Overdue;
            let words = if late { "To pay, overdue since " } else { "To pay by " };
            let words = Markup::text(words).with(day(invoice.row.due_at.plus_micros(-1), zone));
            let figure = Markup::from(el("p").class("muted-ink").child(words))
                .with(el("p").class("figure-large").child(visit.money(invoice.amount_due)));
            Markup::from(el("div").child(figure))
                .with(el("div").child(how_to_pay(visit, &invoice.row.number)))
        }
    };
    let mut rows = Markup::new();
    if !content.taxes.is_empty() {
        rows.push(amount_row("Net amount", printed(content, &content.subtotal)));
    }
    for tax in &content.taxes {
        rows.push(amount_row(tax.name.as_str(), printed(content, &tax.amount)));
    }
    rows.push(amount_row("This invoice", printed(content, &content.total)));
    if let Some(before) = &content.previous_balance {
        rows.push(amount_row("Owed before", printed(content, before)));
    }
    if let Some(paid) = &content.payments_received {
        rows.push(amount_row("Payments and corrections", printed(content, paid)));
    }
    let issued = format!("To pay when issued, {}", content.issue_date);
    rows.push(el("hr"));
    rows.push(sum_row(issued, printed(content, &content.amount_due)));
    Card::bare().child(stack(open.with(el("div").child(rows))))
}

fn lines(section: &InvoiceContentSection) -> Card {
    // The printed description ends with the account; on a phone it has its place in the small line.
    let rows = section.lines.iter().map(|line| {
        let what = line.description.strip_suffix(&line.account).and_then(|words| words.strip_suffix(", "));
        let small = [&line.period, &line.quantity, &line.account].map(String::as_str);
        let small: Vec<&str> = small.into_iter().filter(|words| !words.is_empty()).collect();
        let row = amount_row(what.unwrap_or(&line.description), line.amount.as_str());
        el("div").child(row).child(el("div").class("muted-ink").child(small.join(" · ")))
    });
    let sum = el("strong").class("num").child(section.subtotal.as_str());
    Card::new(section.title.as_str()).action(sum).child(stack(Markup::join(rows)))
}

pub(crate) async fn pdf(visit: Visit, Path(id): Path<i64>) -> Turn {
    let (number, pdf) = visit
        .ask(move |office, me| {
            let invoice = own(office, me, id)?;
            Ok((invoice.row.number, office.invoice_pdf(RowId(id))?))
        })
        .await?;
    let name: String = number.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.pdf\"")),
    ];
    Ok((headers, pdf).into_response())
}
