//! A customer's place among resellers: who serves him, at which terms he serves others and whom, and moving him.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use charging::{CustomerId, ResellerStop};
use money::Amount;
use office::{
    CustomerName, CustomerOrder, CustomerQuery, CustomerRow, CustomerView, Page as Rows, ResellerTerms,
    ResellerView,
};
use web_kit::{
    Card, Column, EmptyState, Facts, Field, Icon, Markup, Row, Table, TableState, Tone, Weight, button_link,
    chip, el, link, status,
};

use super::{Tab, load, page, path};
use crate::fault::Fault;
use crate::pages::customers::funds;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

const TERMS: [&str; 2] = ["wholesale", "cushion"];
const PLACE: &str = "reseller";

async fn view(visit: &Visit, customer: CustomerId) -> Result<ResellerView, Fault> {
    Ok(visit.ask(move |office, _| office.reseller_view(customer)).await?)
}

fn named(visit: &Visit, customer: &CustomerName) -> Markup {
    let words = format!("{} ({})", customer.name, customer.number);
    link(visit.url(&format!("/customers/{}", customer.id)), words)
}

fn serving(stopped: Option<ResellerStop>) -> Markup {
    match stopped {
        None => chip(Tone::Good, "Serving"),
        Some(stop) => chip(Tone::Bad, "Stopped").with(format!(" {stop}")),
    }
}

/// The card on the first page; nothing for customers who have nothing to do with resellers.
pub(crate) async fn card(visit: &Visit, customer: &CustomerView) -> Result<Markup, Fault> {
    if customer.live.head.chain.is_none() {
        return Ok(Markup::new());
    }
    let view = view(visit, customer.record.id).await?;
    if view.above.is_empty() && view.resale.is_none() {
        return Ok(Markup::new());
    }
    let more = link(visit.url(&path(customer, "/reseller")), "Terms and customers");
    Ok(Card::new("Reseller").action(more).child(facts(visit, &view)).into())
}

fn facts(visit: &Visit, view: &ResellerView) -> Facts {
    let mut facts = Facts::new();
    if !view.above.is_empty() {
        let chain = view.above.iter().map(|above| Markup::from(el("div").child(named(visit, above))));
        facts =
            facts.fact("Served by", Markup::join(chain)).fact("His reseller is", serving(view.stopped_above));
    }
    if let Some(resale) = &view.resale {
        let wholesale = resale.wholesale.as_ref().map_or("none", |product| product.name.as_str());
        facts = facts
            .fact("As a reseller", serving(resale.stopped))
            .fact("Customers below", resale.customers)
            .fact("Wholesale product", wholesale)
            .fact("Stops when left", visit.money(resale.cushion, view.currency));
    }
    facts
}

pub(crate) async fn show(visit: Visit, Path(who): Path<String>, state: TableState) -> Page {
    let customer = load(&visit, &who).await?;
    let view = view(&visit, customer.record.id).await?;
    let resale = view.resale.as_ref();
    let places = view.currency.exponent();
    let wholesale = resale.and_then(|resale| resale.wholesale.as_ref()).map_or("", |p| p.code.as_str());
    let cushion = resale.map_or(Amount::ZERO, |resale| resale.cushion).text(places);
    let typed = Typed::filled(&[("wholesale", wholesale), ("cushion", &cushion)]);
    drawn(&visit, &customer, &view, &state, (&typed, &Complaints::none())).await
}

async fn drawn(
    visit: &Visit,
    customer: &CustomerView,
    view: &ResellerView,
    state: &TableState,
    (typed, complaints): (&Typed, &Complaints),
) -> Page {
    let mut main = Markup::new();
    if view.resale.is_some() {
        let query = CustomerQuery {
            under: Some(view.customer),
            sort: CustomerOrder::Number,
            cursor: state.after().map(str::to_owned),
            ..CustomerQuery::default()
        };
        let rows = visit.ask(move |office, _| office.customers(&query)).await?;
        main.push(Card::new("Customers below").flush().child(below(visit, state, &rows)));
    }
    let place = if view.above.is_empty() && view.resale.is_none() {
        Card::new("Reseller").child(el("p").class("muted-ink").child("He is ours and serves nobody."))
    } else {
        Card::new("Reseller").child(facts(visit, view))
    };
    let mut side = Markup::from(place);
    if visit.may_change() {
        side.push(terms_card(visit, customer, view, &Sheet::new(typed, complaints)));
    }
    if main.is_empty() {
        return Ok(page(visit, customer, Tab::Overview, web_kit::stack(side)));
    }
    Ok(page(visit, customer, Tab::Overview, web_kit::split(main, side)))
}

fn below(visit: &Visit, state: &TableState, rows: &Rows<CustomerRow>) -> Table {
    let row = |customer: &CustomerRow| {
        let currency = customer.currency.unwrap_or_else(|| visit.currency());
        Row::new()
            .opens(visit.url(&format!("/customers/{}", customer.id)))
            .cell(crate::pages::customers::name(customer))
            .cell(el("span").class("num").child(customer.record.number.as_str()))
            .cell(status(crate::words::status(customer.status)))
            .cell(visit.money(customer.balance, currency).toned())
            .cell(funds(visit, customer.available(), currency))
    };
    Table::new("Customers below", state)
        .column(Column::text("name", "Name"))
        .column(Column::text("number", "Number"))
        .column(Column::text("status", "Status"))
        .column(Column::figure("balance", "Balance"))
        .column(Column::figure("funds", "Available funds"))
        .pages(rows.next.clone())
        .rows(rows.items.iter().map(row))
        .empty(EmptyState::new(
            Icon::Customers,
            "Nobody yet",
            "Customers whom he serves appear here: sign them up under him, or move them to him.",
        ))
}

fn terms_card(visit: &Visit, customer: &CustomerView, view: &ResellerView, sheet: &Sheet<'_>) -> Card {
    let catalog = visit.office().catalog();
    let products = catalog.catalog().products.iter();
    let products = products.filter(|product| catalog.currency_of(product) == view.currency);
    let none = ("", "None: the products below name a reseller tariff");
    let options: Vec<(&str, &str)> =
        [none].into_iter().chain(products.map(|p| (p.code.as_str(), p.name.as_str()))).collect();
    let fresh = view.resale.is_none();
    let (title, submit) =
        if fresh { ("Make him a reseller", "Make him a reseller") } else { ("Terms", "Set terms") };
    let form = sheet::form(visit, &path(customer, "/reseller"))
        .field(
            sheet
                .select("wholesale", "Wholesale product", options)
                .help("Prices what his customers use, where their own product names no reseller tariff."),
        )
        .field(
            sheet
                .bind(
                    Field::amount("cushion", "Stops his customers when left", view.currency.code()),
                    &["cushion"],
                )
                .help("As much as his customers may use while they are being told. 0: when nothing is left."),
        )
        .submit(submit);
    let words =
        fresh.then(|| el("p").class("muted-ink").child("A reseller stays one and cannot be moved any more."));
    Card::new(title).child(sheet.beyond(&TERMS)).child(words).child(form)
}

pub(crate) async fn set_terms(
    visit: Visit,
    Path(who): Path<String>,
    state: TableState,
    typed: Typed,
) -> Turn {
    let customer = load(&visit, &who).await?;
    let id = customer.record.id;
    let mut complaints = Complaints::none();
    match Amount::parse(typed.get("cushion")) {
        Ok(cushion) => {
            let wholesale = Some(typed.get("wholesale").to_owned()).filter(|code| !code.is_empty());
            let terms = ResellerTerms { wholesale, cushion };
            match visit.ask(move |office, actor| office.set_reseller_terms(actor, id, &terms, None)).await {
                Ok(()) => return Ok(visit.done(&path(&customer, "/reseller"), "The terms were set.")),
                Err(error) => complaints = Complaints::from_office(error)?,
            }
        }
        Err(_) => complaints.add("cushion", "Type an amount such as 50.00"),
    }
    let view = view(&visit, id).await?;
    let page = drawn(&visit, &customer, &view, &state, (&typed, &complaints)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub(crate) async fn move_form(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    let view = view(&visit, customer.record.id).await?;
    let now = view.above.first().map_or("", |above| above.number.as_str());
    Ok(move_page(&visit, &customer, &Typed::filled(&[(PLACE, now)]), &Complaints::none()))
}

fn move_page(visit: &Visit, customer: &CustomerView, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let form = sheet::form(visit, &path(customer, "/move"))
        .field(
            sheet
                .text(PLACE, "Reseller")
                .autofocus()
                .attr("autocomplete", "off")
                .help("His number, such as C1000001. Empty: no reseller, he is ours."),
        )
        .submit("Move customer")
        .beside(button_link(Weight::Quiet, &visit.url(&path(customer, "")), "Cancel"));
    let words = el("p")
        .class("muted-ink")
        .child("From now on the new reseller is charged for his use. What he used before stays where it is.");
    let card = Card::new("Move to another reseller").child(sheet.beyond(&[PLACE])).child(words).child(form);
    page(visit, customer, Tab::Overview, card)
}

pub(crate) async fn move_to(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let (id, number) = (customer.record.id, typed.get(PLACE).to_owned());
    let moved = visit.ask(move |office, actor| {
        let reseller = office.reseller_numbered(&number)?;
        office.move_customer(actor, id, reseller, None)
    });
    match moved.await {
        Ok(()) => {
            let words = format!("{} was moved.", customer.record.name);
            Ok(visit.done(&path(&customer, ""), words))
        }
        Err(error) => {
            let complaints = Complaints::from_office(error)?;
            let page = move_page(&visit, &customer, &typed, &complaints);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
