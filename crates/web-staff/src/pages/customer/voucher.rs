//! Redeeming a voucher for a customer: the code, its effect, then the ledger entry.

use axum::extract::Path;
use axum::response::IntoResponse;
use charging::RowId;
use office::{Booked, CustomerView, OfficeError, RedeemVoucher, SecretText, VoucherStanding, VoucherView};
use web_kit::{Card, Facts, Markup, el, link};

use super::form_card::form_card;
use super::movement::{balances, standing};
use super::{Tab, load, page, path};
use crate::pages::vouchers::{code_complaints, code_field};
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, ONCE, Typed};
use crate::visit::{Page, Turn, Visit};

const REST: &str = "/voucher";

pub(crate) async fn form(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    Ok(ask_page(&visit, &customer, &Typed::default(), &Complaints::none()))
}

fn ask_page(visit: &Visit, customer: &CustomerView, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let mut form = sheet::once_form(visit, &path(customer, REST), &sheet)
        .field(code_field(&sheet).autofocus().help("Open invoices are paid with it, oldest first."));
    if let Some(balances) = balances(customer) {
        form = form.field(sheet.select("account", "Balance", balances));
    }
    let beyond = sheet.beyond(&["code", "account"]);
    let form = form.submit("Show the effect");
    let main = form_card(visit, customer, "Redeem voucher", ("", beyond), form, "/money");
    page(visit, customer, Tab::Money, web_kit::split(main, standing(visit, customer)))
}

/// Shows the form again, the effect, or redeems.
pub(crate) async fn redeem(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let again = |complaints: &Complaints| sheet::again(ask_page(&visit, &customer, &typed, complaints));
    if typed.get("change") == "yes" {
        return Ok(ask_page(&visit, &customer, &typed, &Complaints::none()).into_response());
    }
    let code = SecretText::from(typed.get("code"));
    if typed.get("confirmed") != "yes" {
        return match visit.ask(move |office, actor| office.find_voucher(actor, &code)).await {
            Ok(voucher) => match why_not(&customer, &voucher) {
                None => Ok(confirm_page(&visit, &customer, &typed, &voucher).into_response()),
                Some(words) => {
                    let mut complaints = Complaints::none();
                    complaints.add("code", words);
                    Ok(again(&complaints))
                }
            },
            Err(error) => Ok(again(&code_complaints(error)?)),
        };
    }
    let account = typed.get("account").parse().ok().map(RowId);
    let asked = RedeemVoucher { customer: customer.record.id, account, code, source: None };
    let key = typed.once("voucher");
    match visit.ask(move |office, actor| office.redeem_voucher(actor, &asked, key)).await {
        Ok(booked) => Ok(visit.done(&path(&customer, "/money"), redeemed_words(&visit, &customer, &booked))),
        Err(error @ (OfficeError::Busy | OfficeError::Store(_))) => Err(error.into()),
        Err(error) => Ok(again(&code_complaints(error)?)),
    }
}

/// Why this customer cannot have it, as far as it is known before.
fn why_not(customer: &CustomerView, voucher: &VoucherView) -> Option<String> {
    let own = customer.live.head.currency;
    match voucher.standing {
        VoucherStanding::Free if voucher.currency == own => None,
        VoucherStanding::Free => {
            Some(format!("This voucher is in {}, the customer's currency is {own}", voucher.currency))
        }
        VoucherStanding::Claimed if voucher.customer.as_ref().is_some_and(|c| c.0 == customer.record.id) => {
            None
        }
        VoucherStanding::Expired => Some("This voucher has expired".to_owned()),
        VoucherStanding::Claimed => Some("Somebody is redeeming this voucher".to_owned()),
        VoucherStanding::Revoked => Some("This voucher was revoked".to_owned()),
        VoucherStanding::Redeemed => Some(match &voucher.customer {
            Some((_, number, name)) => format!("This voucher was redeemed by {name}, {number}"),
            None => "This voucher was redeemed".to_owned(),
        }),
    }
}

fn confirm_page(visit: &Visit, customer: &CustomerView, typed: &Typed, voucher: &VoucherView) -> Markup {
    let currency = voucher.currency;
    let money = |amount| Markup::from(visit.money(amount, currency));
    let account = typed.get("account").parse().ok().map(RowId).and_then(|id| customer.account(id));
    let own = account.and_then(|account| account.live.purse.as_deref());
    let before = own.unwrap_or(&customer.live.head.purse).balance;
    let after = el("strong").child(money(before.saturating_plus(voucher.amount)));
    let facts = Facts::new()
        .fact("Voucher", visit.money(voucher.amount, currency).signed())
        .fact("Batch", voucher.batch_name.as_str())
        .fact("To", account.map_or("the customer's balance", |account| account.label.as_str()))
        .fact("Balance", money(before).with(" → ").with(after));
    let back = el("button")
        .class("button quiet")
        .attr("type", "submit")
        .attr("name", "change")
        .attr("value", "yes")
        .child("Change");
    let mut form = sheet::form(visit, &path(customer, REST))
        .field(facts)
        .submit(format!("Redeem {} {currency}", voucher.amount.text(currency.exponent())))
        .beside(back);
    for name in ["code", "account", ONCE] {
        form = form.hidden(name, typed.get(name));
    }
    let card = Card::new("This will happen").child(form.hidden("confirmed", "yes"));
    page(visit, customer, Tab::Money, web_kit::split(card, standing(visit, customer)))
}

fn redeemed_words(visit: &Visit, customer: &CustomerView, booked: &Booked) -> Markup {
    let currency = customer.live.head.currency;
    let entry = booked.entry.map(|entry| link(visit.url(&format!("/money/ledger/{entry}")), "Ledger entry"));
    Markup::text("A voucher of ")
        .with(visit.money(booked.amount, currency))
        .with(" was redeemed. The balance is ")
        .with(visit.money(booked.balance, currency))
        .with(". ")
        .with(entry)
}
