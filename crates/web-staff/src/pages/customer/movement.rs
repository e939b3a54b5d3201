//! Money by hand: a payment or a correction. The form shows the effect before anything is booked, then the ledger entry.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use charging::{AccountId, RowId};
use money::{Amount, Currency, Exchanged, Quote};
use office::{Booked, CustomerView, ForeignMoney, NewAdjustment, NewPayment};
use web_kit::{Card, Facts, Field, Form, Markup, Weight, button_link, el, link};

use super::{Tab, load, page, path};
use crate::fault::Fault;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// What the forms ask.
const FIELDS: [&str; 7] = ["amount", "note", "direction", "account", "currency", "rate", "rate_source"];
/// What is asked of a payment in another currency.
const FOREIGN: [&str; 3] = ["currency", "rate", "rate_source"];
const DIRECTIONS: [(&str, &str); 3] = [
    ("credit", "Credit: the customer gets money"),
    ("charge", "Charge: the customer pays"),
    ("gift", "Gift: a promotional credit, booked apart"),
];

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
    if let Some(balances) = balances(customer) {
        form = form.field(sheet.select("account", "Balance", balances));
    }
    form = match movement {
        Movement::Payment => form
            .field(amount.help("Open invoices are paid with it, oldest first. A suspension ends when none is overdue any more."))
            .field(sheet.text("note", "Reference").help("Method and number, such as bank transfer 4711."))
            .field(foreign_fields(&sheet, currency, complaints)),
        Movement::Correction => form
            .field(sheet.bind(Field::radio("direction", "Direction", DIRECTIONS), &["direction"]))
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
    let main = Card::new(title).child(sheet.beyond(&FIELDS)).child(form);
    page(visit, customer, Tab::Money, web_kit::split(main, standing(visit, customer)))
}

/// The balances to choose from; `None` where there is only the customer's.
pub(super) fn balances(customer: &CustomerView) -> Option<Vec<(String, String)>> {
    let own = customer.accounts.iter().filter(|account| account.live.purse.is_some());
    let own: Vec<_> =
        own.map(|account| (account.id.to_string(), format!("{}, its own", account.label))).collect();
    let first = (String::new(), "The customer's".to_owned());
    (!own.is_empty()).then(|| [first].into_iter().chain(own).collect())
}

/// For who paid in another currency: closed unless something is wrong there.
fn foreign_fields(sheet: &Sheet<'_>, own: Currency, complaints: &Complaints) -> Markup {
    let open = FOREIGN.iter().any(|name| complaints.at(&[name]).is_some());
    let fields = Markup::new()
        .with(sheet.text("currency", "Currency").attr("placeholder", "EUR").attr("maxlength", "3"))
        .with(
            sheet
                .text("rate", &format!("{own} for one of it"))
                .attr("inputmode", "decimal")
                .help("The amount above is in that currency; it is booked by this rate, rounded once. Empty = by the kept exchange rates."),
        )
        .with(sheet.text("rate_source", "Whose rate").help("And of when: ECB 2026-06-01. Of kept rates it is known."));
    let summary = el("summary").child("Paid in another currency");
    el("details").class("field").flag("open", open).child(summary).child(web_kit::stack(fields)).into()
}

pub(super) fn standing(visit: &Visit, customer: &CustomerView) -> Card {
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
    for account in &customer.accounts {
        if let Some(purse) = account.live.purse.as_deref() {
            let words = visit.money(purse.balance, head.currency).toned();
            facts = facts.fact(format!("{}, its own", account.label), words);
        }
    }
    Card::new("Standing now").child(facts)
}

/// What was typed.
struct Wanted {
    /// Account with a balance of its own.
    account: Option<AccountId>,
    /// As it is asked of the office: signed, in the currency that was paid.
    asked: Amount,
    foreign: Option<ForeignMoney>,
    /// The same with its rate, as it would be booked now.
    exchanged: Option<Exchanged>,
    /// What the balance changes by.
    change: Amount,
    /// A gift.
    promotional: bool,
}

async fn read(
    visit: &Visit,
    customer: &CustomerView,
    typed: &Typed,
    movement: Movement,
    complaints: &mut Complaints,
) -> Result<Option<Wanted>, Fault> {
    let amount = Amount::parse(typed.get("amount")).ok().filter(|amount| amount.is_positive());
    if amount.is_none() {
        complaints.add("amount", "Type an amount above zero, such as 50.97");
    }
    if movement == Movement::Correction && typed.get("note").is_empty() {
        complaints.add("note", "Say why; the customer sees it");
    }
    let account = Some(typed.get("account")).filter(|id| !id.is_empty());
    let account = account.map(|id| RowId(id.parse().unwrap_or(0)));
    if account.is_some_and(|id| customer.account(id).is_none_or(|account| account.live.purse.is_none())) {
        complaints.add("account", "Choose a balance of his");
    }
    let foreign = if movement == Movement::Payment { foreign(typed, complaints) } else { None };
    let direction = if movement == Movement::Correction { typed.get("direction") } else { "" };
    let Some(amount) = amount.filter(|_| complaints.is_empty()) else { return Ok(None) };
    let asked = if direction == "charge" { Amount::ZERO.saturating_minus(amount) } else { amount };
    let (exchanged, change) = match foreign.clone() {
        None => (None, asked),
        Some(foreign) => {
            let own = customer.live.head.currency;
            match visit.ask(move |office, _| office.exchange(amount, foreign, own)).await {
                Ok((exchanged, change)) => (Some(exchanged), change),
                Err(error) => {
                    *complaints = Complaints::from_office(error)?;
                    return Ok(None);
                }
            }
        }
    };
    let promotional = direction == "gift";
    Ok(Some(Wanted { account, asked, foreign, exchanged, change, promotional }))
}

/// The foreign currency, when any of its fields is filled in.
fn foreign(typed: &Typed, complaints: &mut Complaints) -> Option<ForeignMoney> {
    if FOREIGN.iter().all(|name| typed.get(name).is_empty()) {
        return None;
    }
    let currency = Currency::parse(typed.get("currency")).ok();
    let text = typed.get("rate");
    let rate = Quote::parse(text).ok();
    if currency.is_none() {
        complaints.add("currency", "Type its three letters, such as EUR");
    }
    if rate.is_none() && !text.is_empty() {
        complaints.add("rate", "Type a number above zero, such as 1.0825, or nothing");
    }
    Some(ForeignMoney { currency: currency?, rate, source: typed.get("rate_source").to_owned() })
}

async fn book(visit: Visit, who: String, typed: Typed, movement: Movement) -> Turn {
    let customer = load(&visit, &who).await?;
    if typed.get("change") == "yes" {
        return Ok(ask_page(&visit, &customer, movement, &typed, &Complaints::none()).into_response());
    }
    let mut complaints = Complaints::none();
    let again = |complaints: &Complaints| {
        (StatusCode::UNPROCESSABLE_ENTITY, ask_page(&visit, &customer, movement, &typed, complaints))
            .into_response()
    };
    let Some(wanted) = read(&visit, &customer, &typed, movement, &mut complaints).await? else {
        return Ok(again(&complaints));
    };
    if typed.get("confirmed") != "yes" {
        return Ok(confirm_page(&visit, &customer, movement, &typed, &wanted).into_response());
    }
    let (id, note) = (customer.record.id, typed.get("note").to_owned());
    let key = typed.once(movement.rest().trim_start_matches('/'));
    let Wanted { account, asked: amount, foreign, promotional, .. } = wanted;
    let booked = visit
        .ask(move |office, actor| match movement {
            Movement::Payment => {
                office.book_payment(actor, id, NewPayment { account, amount, foreign, note }, key)
            }
            Movement::Correction => {
                let adjustment = NewAdjustment { account, amount, promotional, note };
                office.book_adjustment(actor, id, adjustment, key)
            }
        })
        .await;
    match booked {
        Ok(booked) => {
            let words = booked_words(&visit, &customer, movement, &booked);
            Ok(visit.done(&path(&customer, "/money"), words))
        }
        Err(error) => Ok(again(&Complaints::from_office(error)?)),
    }
}

fn booked_words(visit: &Visit, customer: &CustomerView, movement: Movement, booked: &Booked) -> Markup {
    let currency = customer.live.head.currency;
    let what = match movement {
        Movement::Payment => "Payment of ",
        Movement::Correction => "Correction of ",
    };
    let mut words = Markup::text(what)
        .with(visit.money(booked.amount, currency))
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
    wanted: &Wanted,
) -> Markup {
    let currency = customer.live.head.currency;
    let amount = wanted.change;
    let said = |amount: Amount| format!("{} {currency}", amount.text(currency.exponent()));
    let words = match movement {
        Movement::Payment => format!("Book payment of {}", said(amount)),
        Movement::Correction if wanted.promotional => format!("Give {}", said(amount)),
        Movement::Correction if amount.is_positive() => format!("Credit {}", said(amount)),
        Movement::Correction => format!("Charge {}", said(Amount::ZERO.saturating_minus(amount))),
    };
    let back = el("button")
        .class("button quiet")
        .attr("type", "submit")
        .attr("name", "change")
        .attr("value", "yes")
        .child("Change");
    let facts = effect(visit, customer, typed, wanted);
    let mut form: Form =
        sheet::form(visit, &path(customer, movement.rest())).submit(words).beside(back).field(facts);
    for name in FIELDS.into_iter().chain([crate::typed::ONCE]) {
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

/// What is now and what will be.
fn effect(visit: &Visit, customer: &CustomerView, typed: &Typed, wanted: &Wanted) -> Facts {
    let head = &customer.live.head;
    let (currency, amount) = (head.currency, wanted.change);
    let account = wanted.account.and_then(|id| customer.account(id));
    let purse = account.and_then(|account| account.live.purse.as_deref()).unwrap_or(&head.purse);
    let change = |before: Markup, after: Markup| before.with(" → ").with(el("strong").child(after));
    let money = |amount| Markup::from(visit.money(amount, currency));
    let funds_of = |amount| crate::pages::customers::funds(visit, amount, currency);
    let available = purse.available(visit.now());
    let funds = purse.credit_limit.map_or(Amount::MAX, |_| available.saturating_plus(amount));
    let mut facts = Facts::new().fact("Amount", visit.money(amount, currency).signed());
    if let Some(exchanged) = &wanted.exchanged {
        facts = facts.fact("Paid", exchanged.to_string());
    }
    if let Some(account) = account {
        facts = facts.fact("Balance of", account.label.as_str());
    }
    let facts = facts
        .fact("Words", typed.get("note"))
        .fact("Balance", change(money(purse.balance), money(purse.balance.saturating_plus(amount))))
        .fact("Available funds", change(funds_of(available), funds_of(funds)));
    if account.is_some() {
        return facts;
    }
    let owed = head.owed();
    let left = if amount.is_positive() { owed.saturating_minus(amount).max(Amount::ZERO) } else { owed };
    facts
        .fact("Owed on invoices", change(money(owed), money(left)))
        .fact("Service", resume_words(visit, customer, amount))
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
