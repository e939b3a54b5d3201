//! Parts about money and standing that several pages show: why services are paused and what lifts it, and how to pay.
//!
//! Must not know: which page shows them.

use charging::{Customer, CustomerStatus};
use web_kit::{Flash, Markup, el, link};

use crate::portal::reach;
use crate::visit::Visit;
use crate::words::day;

/// What a customer who is not in service must know; nothing for one who is.
pub(crate) fn notice(visit: &Visit, customer: &Customer) -> Option<Flash> {
    let (head, zone) = (&customer.head, customer.head.zone.name());
    let ask = reach(visit.settings());
    match head.status() {
        CustomerStatus::Active => None,
        CustomerStatus::ResellerStopped => Some(Flash::warn(format!(
            "Your services are paused for now. Your own bills are not the reason. To know more, please {ask}."
        ))),
        CustomerStatus::Suspended => {
            let since = head.suspended_at.map(|at| Markup::text(" since ").with(day(at, zone)));
            let overdue = head.open_invoices.iter().find(|invoice| invoice.due_at <= visit.now());
            let why = match overdue {
                Some(invoice) => Markup::text(" because invoice ")
                    .with(link(format!("/invoices/{}", invoice.id), &*invoice.number))
                    .with(" was due on ")
                    .with(day(invoice.due_at.plus_micros(-1), zone))
                    .with(" and is not paid yet. Pay ")
                    .with(visit.money(head.owed())),
                None => Markup::text(" because an invoice was not paid in time. Pay it"),
            };
            let words = Markup::text("Your services are paused")
                .with(since.unwrap_or_default())
                .with(why)
                .with(" and they are on again as soon as the payment arrives.");
            Some(Flash::warn(words))
        }
        CustomerStatus::Blocked => {
            Some(Flash::bad(format!("Your services are blocked. To have them opened again, please {ask}.")))
        }
        CustomerStatus::Terminated => {
            let on = head.terminated_at.map(|at| Markup::text(" on ").with(day(at, zone)));
            let words = Markup::text("Your contract ended")
                .with(on.unwrap_or_default())
                .with(format!(". Your invoices and usage stay here. To come back, please {ask}."));
            Some(Flash::note(words))
        }
    }
}

/// How to pay, in the operator's own lines, with the number to quote.
pub(crate) fn how_to_pay(visit: &Visit, quote: &str) -> Markup {
    let lines = visit.settings().payment_instructions.iter().filter(|line| !line.trim().is_empty());
    let lines = lines.map(|line| el("li").child(line.as_str()));
    let mut list = el("ul").class("muted-ink").children(lines);
    if !quote.is_empty() {
        list = list
            .child(el("li").child(Markup::text("Your payment reference: ").with(el("strong").child(quote))));
    }
    Markup::from(el("h3").child("How to pay")).with(list)
}
