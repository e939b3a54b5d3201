//! Money by hand: a payment or a correction. The form shows the effect before anything is booked, then the ledger entry.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use money::Amount;
use office::{Booked, CustomerView};
use web_kit::{Card, Facts, Field, Form, Markup, Weight, button_link, el, link};

use super::{Tab, load, page, path};
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Which movement a form is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Movement {
    Payment,
    Correction,
}

impl Movement {
    const fn rest(self) -> &'static str {
        match self {
            Self::Payment => "/pay",
            Self::Correction => "/adjust",
        }
    }
}

pub(crate) async fn pay_form(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    let owed = customer.live.head.owed();
    let amount =
        if owed.is_positive() { owed.text(customer.live.head.currency.exponent()) } else { String::new() };
    let typed = Typed::filled(&[("amount", &amount)]);
    Ok(ask_page(&visit, &customer, Movement::Payment, &typed, &Complaints::none()))
}

pub(crate) async fn adjust_form(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    let typed = Typed::filled(&[("direction", "credit")]);
    Ok(ask_page(&visit, &customer, Movement::Correction, &typed, &Complaints::none()))
}

pub(crate) async fn pay(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    book(visit, who, typed, Movement::Payment).await
}

pub(crate) async fn adjust(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    book(visit, who, typed, Movement::Correction).await
}

/// First step: what is to be booked.
fn ask_page(
    visit: &Visit,
    customer: &CustomerView,
    movement: Movement,
    typed: &Typed,
    complaints: &Complaints,
) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let currency = customer.live.head.currency;
    let amount =
        sheet.bind(Field::amount("amount", "Amount", currency.code()), &["amount"]).required().autofocus();
    let mut form = sheet::once_form(visit, &path(customer, movement.rest()), &sheet);
    form = match movement {
        Movement::Payment => form
            .field(amount.help("Open invoices are paid with it, oldest first. A suspension ends when none is overdue any more."))
            .field(sheet.text("note", "Reference").help("Method and number, such as bank transfer 4711.")),
        Movement::Correction => form
            .field(sheet.bind(
                Field::radio("direction", "Direction", [("credit", "Credit: the customer gets money"), ("charge", "Charge: the customer pays")]),
                &["direction"],
            ))
            .field(amount)
            .field(sheet.text("note", "Reason").required().help("The customer sees it.")),
    };
    let form = form.submit("Show the effect").beside(button_link(
        Weight::Quiet,
        &visit.url(&path(customer, "")),
        "Cancel",
    ));
    let title = match movement {
        Movement::Payment => "Take payment",
        Movement::Correction => "Adjust the balance",
    };
    let main = Card::new(title).child(sheet.beyond(&["amount", "note", "direction"])).child(form);
    page(visit, customer, Tab::Money, web_kit::split(main, standing(visit, customer)))
}

fn standing(visit: &Visit, customer: &CustomerView) -> Card {
    let head = &customer.live.head;
    let available = head.purse.available(visit.now());
    let mut facts = Facts::new()
        .fact("Balance", visit.money(head.purse.balance, head.currency).toned())
        .fact("Available funds", crate::pages::customers::funds(visit, available, head.currency))
        .fact("Owed on invoices", visit.money(head.owed(), head.currency));
    for invoice in &head.open_invoices {
        let words = Markup::from(visit.money(invoice.amount_due, head.currency))
            .with(", due ")
            .with(visit.day(invoice.due_at));
        facts =
            facts.fact(link(visit.url(&format!("/money/invoices/{}", invoice.id)), &*invoice.number), words);
    }
    Card::new("Standing now").child(facts)
}

/// What was typed: the signed amount.
fn read(typed: &Typed, movement: Movement, complaints: &mut Complaints) -> Amount {
    let amount = match Amount::parse(typed.get("amount")) {
        Ok(amount) if amount.is_positive() => amount,
        _ => {
            complaints.add("amount", "Type an amount above zero, such as 50.97");
            return Amount::ZERO;
        }
    };
    let charge = movement == Movement::Correction && typed.get("direction") == "charge";
    if movement == Movement::Correction && typed.get("note").is_empty() {
        complaints.add("note", "Say why; the customer sees it");
    }
    if charge { Amount::ZERO.saturating_minus(amount) } else { amount }
}

async fn book(visit: Visit, who: String, typed: Typed, movement: Movement) -> Turn {
    let customer = load(&visit, &who).await?;
    if typed.get("change") == "yes" {
        return Ok(ask_page(&visit, &customer, movement, &typed, &Complaints::none()).into_response());
    }
    let mut complaints = Complaints::none();
    let amount = read(&typed, movement, &mut complaints);
    let again = |complaints: &Complaints| {
        (StatusCode::UNPROCESSABLE_ENTITY, ask_page(&visit, &customer, movement, &typed, complaints))
            .into_response()
    };
    if !complaints.is_empty() {
        return Ok(again(&complaints));
    }
    if typed.get("confirmed") != "yes" {
        return Ok(confirm_page(&visit, &customer, movement, &typed, amount).into_response());
    }
    let (id, note) = (customer.record.id, typed.get("note").to_owned());
    let key = typed.once(movement.rest().trim_start_matches('/'));
    let booked = visit
        .ask(move |office, actor| match movement {
            Movement::Payment => office.pay(actor, id, amount, &note, key),
            Movement::Correction => office.adjust(actor, id, amount, &note, key),
        })
        .await;
    match booked {
        Ok(booked) => {
            let words = booked_words(&visit, &customer, movement, amount, &booked);
            Ok(visit.done(&path(&customer, "/money"), words))
        }
        Err(error) => Ok(again(&Complaints::from_office(error)?)),
    }
}

fn booked_words(
    visit: &Visit,
    customer: &CustomerView,
    movement: Movement,
    amount: Amount,
    booked: &Booked,
) -> Markup {
    let currency = customer.live.head.currency;
    let what = match movement {
        Movement::Payment => "Payment of ",
        Movement::Correction => "Correction of ",
    };
    let mut words = Markup::text(what)
        .with(visit.money(amount, currency))
        .with(" was booked. The balance is ")
        .with(visit.money(booked.balance, currency))
        .with(".");
    if let Some(entry) = booked.entry {
        words = words.with(" ").with(link(visit.url(&format!("/money/ledger/{entry}")), "Ledger entry"));
    }
    words
}

/// Second step: the effect, before it happens.
fn confirm_page(
    visit: &Visit,
    customer: &CustomerView,
    movement: Movement,
    typed: &Typed,
    amount: Amount,
) -> Markup {
    let head = &customer.live.head;
    let currency = head.currency;
    let (before, available) = (head.purse.balance, head.purse.available(visit.now()));
    let after = before.saturating_plus(amount);
    let funds = head.purse.credit_limit.map_or(Amount::MAX, |_| available.saturating_plus(amount));
    let owed_after = if amount.is_positive() {
        head.owed().saturating_minus(amount).max(Amount::ZERO)
    } else {
        head.owed()
    };
    let change = |before: Markup, after: Markup| before.with(" → ").with(el("strong").child(after));
    let money = |amount| Markup::from(visit.money(amount, currency));
    let funds_of = |amount| crate::pages::customers::funds(visit, amount, currency);
    let facts = Facts::new()
        .fact("Amount", visit.money(amount, currency).signed())
        .fact("Words", typed.get("note"))
        .fact("Balance", change(money(before), money(after)))
        .fact("Available funds", change(funds_of(available), funds_of(funds)))
        .fact("Owed on invoices", change(money(head.owed()), money(owed_after)))
        .fact("Service", resume_words(visit, customer, amount));
    let words = match movement {
        Movement::Payment => format!("Book payment of {} {currency}", amount.text(currency.exponent())),
        Movement::Correction if amount.is_positive() => {
            format!("Credit {} {currency}", amount.text(currency.exponent()))
        }
        Movement::Correction => {
            format!("Charge {} {currency}", Amount::ZERO.saturating_minus(amount).text(currency.exponent()))
        }
    };
    let back = el("button")
        .class("button quiet")
        .attr("type", "submit")
        .attr("name", "change")
        .attr("value", "yes")
        .child("Change");
    let mut form: Form =
        sheet::form(visit, &path(customer, movement.rest())).submit(words).beside(back).field(facts);
    for name in ["amount", "note", "direction", crate::typed::ONCE] {
        form = form.hidden(name, typed.get(name));
    }
    let form = form.hidden("confirmed", "yes");
    page(
        visit,
        customer,
        Tab::Money,
        web_kit::split(Card::new("This will happen").child(form), standing(visit, customer)),
    )
}

/// Whether the money lifts a suspension.
fn resume_words(visit: &Visit, customer: &CustomerView, amount: Amount) -> Option<Markup> {
    let head = &customer.live.head;
    head.suspended_at?;
    let now = visit.now();
    let overdue = head.open_invoices.iter().filter(|invoice| invoice.due_at <= now);
    let needed = overdue.fold(Amount::ZERO, |sum, invoice| sum.saturating_plus(invoice.amount_due));
    Some(if amount >= needed {
        Markup::text("resumes at once, connected platforms are told")
    } else {
        Markup::text("stays suspended: ")
            .with(visit.money(needed.saturating_minus(amount), head.currency))
            .with(" more is overdue")
    })
}
