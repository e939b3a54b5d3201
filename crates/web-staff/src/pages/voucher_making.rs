//! Making a batch of vouchers: what is wanted, what it will be worth, then the batch with the only download of its codes.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use calendar::{BillingZone, Instant, Seconds};
use money::{Amount, Currency};
use office::{BATCH_MOST, NewVouchers, Permission};
use web_kit::{Card, Facts, Field, Markup, PageHead, StaffSection, Weight, button_link, count, el};

use super::vouchers::VOUCHERS;
use crate::fault::Fault;
use crate::pages::ledger::midnight;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, ONCE, Typed};
use crate::visit::{Page, Turn, Visit};

/// From a day's midnight into the next day, however long the day is.
const DAY_AND_A_HALF: Seconds = Seconds(36 * 3_600);
const FIELDS: [&str; 5] = ["name", "count", "amount", "currency", "expires_at"];

fn new_path() -> String {
    format!("{VOUCHERS}/new")
}

pub(crate) async fn form(visit: Visit) -> Page {
    if !visit.may_change() {
        return Err(Fault::Role("Helpdesk users make no vouchers."));
    }
    let typed = Typed::filled(&[("currency", visit.currency().code())]);
    Ok(form_page(&visit, &typed, &Complaints::none()))
}

fn form_page(visit: &Visit, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let form = sheet::once_form(visit, &new_path(), &sheet)
        .columns()
        .field(sheet.text("name", "Name").required().autofocus().help("For you: Summer 2026, kiosks."))
        .field(
            sheet
                .input("number", "count", "How many")
                .required()
                .attr("min", "1")
                .attr("max", BATCH_MOST.to_string())
                .help("At most 100,000 in a batch."),
        )
        .field(
            sheet
                .bind(Field::text("amount", "Worth of each"), &["amount"])
                .required()
                .attr("inputmode", "decimal")
                .attr("autocomplete", "off"),
        )
        .field(
            sheet
                .text("currency", "Currency")
                .required()
                .attr("maxlength", "3")
                .help("Only customers of this currency can redeem them."),
        )
        .field(
            sheet
                .input("date", "expires_at", "Last day")
                .help("On which they can be redeemed. Empty: no end."),
        )
        .submit("Show what it is worth")
        .beside(button_link(Weight::Quiet, &visit.url(VOUCHERS), "Cancel"));
    page(visit, Card::bare().child(sheet.beyond(&FIELDS)).child(form))
}

fn page(visit: &Visit, body: impl Into<Markup>) -> Markup {
    let head = PageHead::new("Make vouchers")
        .crumb("Money", visit.url("/money"))
        .crumb("Vouchers", visit.url(VOUCHERS));
    visit.page("Make vouchers", StaffSection::Money, Markup::new().with(head).with(body))
}

/// The end of a day written `2026-06-01`, in the viewer's zone.
fn end_of(visit: &Visit, day: &str) -> Option<Instant> {
    let zone = BillingZone::named(visit.zone()).unwrap_or_else(|_| BillingZone::utc());
    midnight(visit, day).map(|begins| zone.midnight(zone.date(begins.plus(DAY_AND_A_HALF))))
}

/// What was typed, as far as it can be read.
fn read(visit: &Visit, typed: &Typed, complaints: &mut Complaints) -> Option<NewVouchers> {
    let amount = Amount::parse(typed.get("amount")).ok();
    if amount.is_none() {
        complaints.add("amount", "Type an amount above zero, such as 10.00");
    }
    let number = typed.get("count").replace(',', "").parse().ok();
    if number.is_none() {
        complaints.add("count", format!("Type a number from 1 to {BATCH_MOST}"));
    }
    let currency = Currency::parse(typed.get("currency")).ok();
    if currency.is_none() {
        complaints.add("currency", "Type the three letters of a currency, such as USD");
    }
    let expires_at = match typed.get("expires_at") {
        "" => None,
        day => {
            let at = end_of(visit, day);
            if at.is_none() {
                complaints.add("expires_at", "Type a day, such as 2027-12-31");
            }
            at
        }
    };
    let (count, amount, currency) = (number?, amount?, currency?);
    complaints.is_empty().then(|| NewVouchers {
        name: typed.get("name").to_owned(),
        count,
        amount,
        currency,
        expires_at,
    })
}

/// Shows the form again, what will happen, or makes the batch.
pub(crate) async fn make(visit: Visit, typed: Typed) -> Turn {
    if typed.get("change") == "yes" {
        return Ok(form_page(&visit, &typed, &Complaints::none()).into_response());
    }
    let mut complaints = Complaints::none();
    let again = |complaints: &Complaints| {
        (StatusCode::UNPROCESSABLE_ENTITY, form_page(&visit, &typed, complaints)).into_response()
    };
    let Some(new) = read(&visit, &typed, &mut complaints) else { return Ok(again(&complaints)) };
    if typed.get("confirmed") != "yes" {
        let asked = new.clone();
        let checked = visit.ask(move |office, actor| office.check_vouchers(actor, &asked)).await;
        return match checked {
            Ok(()) => Ok(confirm_page(&visit, &typed, &new).into_response()),
            Err(error) => Ok(again(&Complaints::from_office(error)?)),
        };
    }
    // A form without its key was not made by us: without it a double click would make a second batch.
    let key = typed.once("vouchers").ok_or(Fault::Form)?;
    let made = visit
        .ask(move |office, actor| {
            actor.require(Permission::MoveMoney)?;
            office.make_vouchers(actor, &new, Some(&key))
        })
        .await;
    match made {
        Ok(made) => {
            let id = made.batch.id;
            visit.portal().fresh_codes.leave(visit.session(), id, made.csv, visit.now());
            let words = count(made.batch.count()).with(" vouchers were made. Download their codes now.");
            Ok(visit.done(&format!("{VOUCHERS}/{id}"), words))
        }
        Err(error) => Ok(again(&Complaints::from_office(error)?)),
    }
}

fn confirm_page(visit: &Visit, typed: &Typed, new: &NewVouchers) -> Markup {
    let until = new.expires_at.map_or_else(|| Markup::text("no end"), |at| Markup::from(visit.when(at)));
    let facts = Facts::new()
        .fact("Batch", new.name.as_str())
        .fact("Vouchers", count(u64::from(new.count)))
        .fact("Worth of each", visit.money(new.amount, new.currency))
        .fact("Worth of all", el("strong").child(visit.money(new.worth(), new.currency)))
        .fact("Good until", until);
    let words = "Whoever has a code can redeem it, once. The codes are given to you when they are made and kept nowhere: \
         download them, hand them to whoever prints them, and delete the file.";
    let back = el("button")
        .class("button quiet")
        .attr("type", "submit")
        .attr("name", "change")
        .attr("value", "yes")
        .child("Change");
    let number = usize::try_from(new.count).unwrap_or(usize::MAX);
    let mut form = sheet::form(visit, &new_path())
        .field(facts)
        .field(el("p").class("muted-ink").child(words))
        .submit(format!("Make {}", crate::words::counted(number, "voucher", "vouchers")))
        .beside(back);
    for name in FIELDS.iter().chain([&ONCE]) {
        form = form.hidden(name, typed.get(name));
    }
    page(visit, Card::new("This will be made").child(form.hidden("confirmed", "yes")))
}
