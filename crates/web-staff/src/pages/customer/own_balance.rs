//! An account's own balance: opening it, moving money to it and back, and the fee of some days given back for a fault.

use axum::extract::Path;
use money::Amount;
use office::{AccountView, CustomerView, NewFreeDays};
use web_kit::{Card, Facts, Field, Form, Markup};

use super::account_change::pair;
use super::accounts::account_path;
use super::form_card::form_card;
use super::{Tab, load, page, path};
use crate::pages::new_customer;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

fn framed(
    visit: &Visit,
    customer: &CustomerView,
    title: &str,
    words: &str,
    form: Form,
    beyond: Markup,
) -> Markup {
    let main = form_card(visit, customer, title, (words, beyond), form, "/accounts");
    page(visit, customer, Tab::Accounts, web_kit::split(main, standing(visit, customer)))
}

/// The customer's balance and the own ones of his accounts.
fn standing(visit: &Visit, customer: &CustomerView) -> Card {
    let head = &customer.live.head;
    let own = customer.accounts.iter().filter_map(|account| Some((account, account.live.purse.as_deref()?)));
    let facts = Facts::new().fact("Customer", visit.money(head.purse.balance, head.currency).toned());
    let facts = own.fold(facts, |facts, (account, purse)| {
        facts.fact(account.label.as_str(), visit.money(purse.balance, head.currency).toned())
    });
    Card::new("Balances now").child(facts)
}

fn open_page(
    visit: &Visit,
    (customer, account): &(CustomerView, AccountView),
    typed: &Typed,
    complaints: &Complaints,
) -> Markup {
    let (sheet, currency) = (Sheet::new(typed, complaints), customer.live.head.currency);
    let form = sheet::once_form(visit, &account_path(customer, account, "/own-balance"), &sheet)
        .field(
            sheet
                .bind(Field::amount("credit_limit", "Credit limit", currency.code()), &["credit_limit"])
                .help("How far it may go below zero: 0 for a prepaid card. Empty: no limit."),
        )
        .submit("Open the balance");
    let words = "From then on it pays this account's use and purchases, and none of it is on an invoice. Fees stay with the customer. This is for good.";
    let title = format!("A balance of its own for {}", account.label);
    framed(visit, customer, &title, words, form, sheet.beyond(&["credit_limit"]))
}

pub(crate) async fn open_form(visit: Visit, Path((who, account)): Path<(String, i64)>) -> Page {
    let whose = pair(&visit, who, account).await?;
    let zero = Amount::ZERO.text(whose.0.live.head.currency.exponent());
    Ok(open_page(&visit, &whose, &Typed::filled(&[("credit_limit", &zero)]), &Complaints::none()))
}

pub(crate) async fn open(visit: Visit, Path((who, account)): Path<(String, i64)>, typed: Typed) -> Turn {
    let whose = pair(&visit, who, account).await?;
    let mut complaints = Complaints::none();
    let limit = new_customer::limit(&typed, &mut complaints);
    if complaints.is_empty() {
        let (id, key) = (whose.1.id, typed.once("own-balance"));
        match visit.ask(move |office, actor| office.open_balance(actor, id, limit, key)).await {
            Ok(()) => {
                let words = format!("{} pays from a balance of its own now.", whose.1.label);
                return Ok(visit.done(&path(&whose.0, "/accounts"), words));
            }
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    Ok(sheet::again(open_page(&visit, &whose, &typed, &complaints)))
}

fn transfer_page(
    visit: &Visit,
    (customer, account): &(CustomerView, AccountView),
    typed: &Typed,
    complaints: &Complaints,
) -> Markup {
    let (sheet, currency) = (Sheet::new(typed, complaints), customer.live.head.currency);
    let directions = [("to", "To this account's balance"), ("back", "Back to the customer's balance")];
    let form = sheet::once_form(visit, &account_path(customer, account, "/transfer"), &sheet)
        .field(sheet.bind(Field::radio("direction", "Direction", directions), &["direction"]))
        .field(
            sheet
                .bind(Field::amount("amount", "Amount", currency.code()), &["amount"])
                .required()
                .autofocus()
                .help("At most what is available there."),
        )
        .submit("Move the money");
    let title = format!("Move money to or from {}", account.label);
    let words = "Both balances change at once. Nothing is earned or given away by it.";
    framed(visit, customer, &title, words, form, sheet.beyond(&["amount", "direction"]))
}

pub(crate) async fn transfer_form(visit: Visit, Path((who, account)): Path<(String, i64)>) -> Page {
    let customer = load(&visit, &who).await?;
    let account = super::limits::own_account(&customer, account)?;
    let whose = (customer, account);
    Ok(transfer_page(&visit, &whose, &Typed::filled(&[("direction", "to")]), &Complaints::none()))
}

pub(crate) async fn transfer(visit: Visit, Path((who, account)): Path<(String, i64)>, typed: Typed) -> Turn {
    let whose = pair(&visit, who, account).await?;
    let mut complaints = Complaints::none();
    match Amount::parse(typed.get("amount")).ok().filter(|amount| amount.is_positive()) {
        None => complaints.add("amount", "Type an amount above zero, such as 10.00"),
        Some(amount) => {
            let back = typed.get("direction") == "back";
            let signed = if back { Amount::ZERO.saturating_minus(amount) } else { amount };
            let (id, key) = (whose.1.id, typed.once("transfer"));
            match visit.ask(move |office, actor| office.transfer(actor, id, signed, key)).await {
                Ok(moved) => {
                    let balance = visit.money(moved.balance, whose.0.live.head.currency);
                    let words = Markup::text(format!("The balance of {} is now ", whose.1.label));
                    return Ok(visit.done(&path(&whose.0, "/accounts"), words.with(balance).with(".")));
                }
                Err(error) => complaints = Complaints::from_office(error)?,
            }
        }
    }
    Ok(sheet::again(transfer_page(&visit, &whose, &typed, &complaints)))
}

/// What the account holds that has a fee: (code, name).
fn with_fee(visit: &Visit, account: &AccountView) -> Vec<(String, String)> {
    let catalog = visit.office().catalog();
    let held = account.product.iter().chain(account.add_ons.iter().map(|add_on| &add_on.product));
    let paid =
        held.filter(|held| catalog.product(&held.code).is_some_and(|product| product.subscription.is_some()));
    paid.map(|held| (held.code.clone(), held.name.clone())).collect()
}

fn free_days_page(
    visit: &Visit,
    (customer, account): &(CustomerView, AccountView),
    typed: &Typed,
    complaints: &Complaints,
) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let form = sheet::once_form(visit, &account_path(customer, account, "/free-days"), &sheet)
        .columns()
        .field(sheet.select("product", "Fee of", with_fee(visit, account)))
        .field(sheet.input("number", "days", "Days").required().attr("min", "1").attr("step", "1"))
        .field(sheet.text("note", "Reason").required().wide().help("The customer sees it."))
        .submit("Give the days");
    let words = "Their share of this period's fee is credited at once. The fee itself is charged as usual.";
    let title = format!("Free days for {}", account.label);
    framed(visit, customer, &title, words, form, sheet.beyond(&["product", "days", "note"]))
}

pub(crate) async fn free_days_form(visit: Visit, Path((who, account)): Path<(String, i64)>) -> Page {
    let whose = pair(&visit, who, account).await?;
    Ok(free_days_page(&visit, &whose, &Typed::filled(&[("days", "1")]), &Complaints::none()))
}

pub(crate) async fn free_days(visit: Visit, Path((who, account)): Path<(String, i64)>, typed: Typed) -> Turn {
    let whose = pair(&visit, who, account).await?;
    let mut complaints = Complaints::none();
    match typed.get("days").parse() {
        Err(_) => complaints.add("days", "Type a number of days, such as 1"),
        Ok(days) => {
            let (product, note) = (typed.get("product").to_owned(), typed.get("note").to_owned());
            let free = NewFreeDays { account: whose.1.id, product, days, note };
            let key = typed.once("free-days");
            match visit.ask(move |office, actor| office.give_free_days(actor, free, key)).await {
                Ok(given) => {
                    let sum = visit.money(given.amount, whose.0.live.head.currency);
                    let words = Markup::from(sum).with(" was credited for the fault.");
                    return Ok(visit.done(&path(&whose.0, "/money"), words));
                }
                Err(error) => complaints = Complaints::from_office(error)?,
            }
        }
    }
    Ok(sheet::again(free_days_page(&visit, &whose, &typed, &complaints)))
}
