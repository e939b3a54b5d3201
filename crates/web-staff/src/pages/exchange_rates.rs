//! The kept exchange rates: what payments in other currencies are booked by unless they name a rate.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use money::{Currency, Quote};
use office::NewExchangeRate;
use web_kit::{Card, Column, EmptyState, Icon, Markup, Row, StaffSection, Table, TableState, el};

use crate::pages::invoices::head;
use crate::pages::ledger::midnight;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Where they are.
const RATES: &str = "/money/rates";
const SHOWN: [&str; 4] = ["currency", "rate", "from", "source"];

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    list_page(&visit, &state, &Typed::default(), &Complaints::none()).await
}

async fn list_page(visit: &Visit, state: &TableState, typed: &Typed, complaints: &Complaints) -> Page {
    let cursor = state.after().map(str::to_owned);
    let page = visit.ask(move |office, _| office.exchange_rates(cursor.as_deref(), 0)).await?;
    let base = visit.office().catalog().currency();
    let now = visit.now();
    let rows = page.items.iter().map(|rate| {
        let row = Row::new()
            .cell(el("code").child(rate.currency.as_str()))
            .cell(rate.quote.as_str())
            .cell(visit.when(rate.from))
            .cell(rate.source.as_str())
            .cell(crate::words::actor(&rate.entered_by))
            .cell(visit.when(rate.entered_at));
        if rate.from > now { row.muted() } else { row }
    });
    let table = Table::new("Exchange rates", state)
        .column(Column::text("currency", "Currency"))
        .column(Column::figure("rate", format!("For one {base}")))
        .column(Column::text("from", "In force from"))
        .column(Column::text("source", "Whose rate"))
        .column(Column::text("by", "Entered by").minor())
        .column(Column::text("entered", "Entered").minor())
        .rows(rows)
        .pages(page.next)
        .empty(EmptyState::new(
            Icon::Money,
            "No exchange rates yet",
            "A payment in another currency is booked by the rate that it names, or by the one kept here.",
        ));
    let main = Card::bare().flush().child(table);
    if !visit.may_change() {
        return Ok(visit.page("Exchange rates", StaffSection::Money, head(visit, "rates").with(main)));
    }
    let sheet = Sheet::new(typed, complaints);
    let currency = sheet.text("currency", "Currency").required();
    let form = sheet::form(visit, RATES)
        .field(currency.attr("placeholder", "EUR").attr("maxlength", "3"))
        .field(
            sheet
                .text("rate", &format!("Units of it for one {base}"))
                .required()
                .attr("inputmode", "decimal")
                .attr("placeholder", "0.9238"),
        )
        .field(sheet.input("date", "from", "In force from").help("Empty = from now on."))
        .field(sheet.text("source", "Whose rate").required().help("And of when: ECB 2026-06-01."))
        .submit("Keep rate");
    let words = "A rate is never changed: a wrong one is followed by a right one.";
    let add = Card::new("Keep a rate")
        .child(sheet.beyond(&SHOWN))
        .child(web_kit::stack(Markup::from(el("p").class("muted-ink").child(words)).with(form)));
    let body = head(visit, "rates").with(web_kit::split(main, add));
    Ok(visit.page("Exchange rates", StaffSection::Money, body))
}

pub(crate) async fn keep(visit: Visit, state: TableState, typed: Typed) -> Turn {
    let mut complaints = Complaints::none();
    let currency = Currency::parse(typed.get("currency")).ok();
    let quote = Quote::parse(typed.get("rate")).ok();
    if currency.is_none() {
        complaints.add("currency", "Type its three letters, such as EUR");
    }
    if quote.is_none() {
        complaints.add("rate", "Type a number above zero, such as 0.9238");
    }
    let day = typed.get("from");
    let from = midnight(&visit, day);
    if from.is_none() && !day.is_empty() {
        complaints.add("from", "Type a day");
    }
    if let (Some(currency), Some(quote), true) = (currency, quote, complaints.is_empty()) {
        let new = NewExchangeRate { currency, quote, from, source: typed.get("source").to_owned() };
        match visit.ask(move |office, actor| office.keep_exchange_rate(actor, new)).await {
            Ok(_) => return Ok(visit.done(RATES, "The rate is kept.")),
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    let page = list_page(&visit, &state, &typed, &complaints).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
