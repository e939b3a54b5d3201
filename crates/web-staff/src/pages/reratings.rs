//! Reratings: a preview of what stored use would cost under another tariff or catalog version, and booking the difference.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use catalog::CatalogVersion;
use charging::CustomerId;
use money::Currency;
use office::{ReratedCharge, ReratingPage, ReratingState, ReratingTerms, ReratingView};
use serde::Deserialize;
use web_kit::{
    Card, Column, EmptyState, Facts, Flash, Form, Icon, Markup, Row, StaffSection, Table, TableState, Weight,
    button, button_link, count, el, link, status,
};

use crate::csv_file::{CsvFile, ROWS_MOST};
use crate::pages::invoices::head;
use crate::pages::ledger::midnight;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

const PATH: &str = "/money/reratings";
/// Fields of the terms.
const FIELDS: [&str; 7] = ["from", "to", "customer", "product", "tariff", "becomes", "version"];

/// The terms as they stand in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    from: String,
    to: String,
    customer: String,
    product: String,
    tariff: String,
    becomes: String,
    version: String,
    after: String,
}

impl Asked {
    fn of(typed: &Typed) -> Self {
        let get = |name: &str| typed.get(name).to_owned();
        Self {
            from: get("from"),
            to: get("to"),
            customer: get("customer"),
            product: get("product"),
            tariff: get("tariff"),
            becomes: get("becomes"),
            version: get("version"),
            after: String::new(),
        }
    }

    fn values(&self) -> [&str; 7] {
        [&self.from, &self.to, &self.customer, &self.product, &self.tariff, &self.becomes, &self.version]
    }

    fn typed(&self) -> Typed {
        let pairs: Vec<(&str, &str)> = FIELDS.into_iter().zip(self.values()).collect();
        Typed::filled(&pairs)
    }

    /// The address of another page of the same terms.
    fn address(&self, path: &str, after: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in FIELDS.into_iter().zip(self.values()).filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        format!("{path}?{}", query.finish())
    }

    /// The terms; `customer` is found by his number for people or ours.
    fn terms(&self, visit: &Visit, customer: Option<CustomerId>) -> Result<ReratingTerms, Complaints> {
        let mut complaints = Complaints::none();
        let mut day = |name: &str, text: &str| {
            let day = midnight(visit, text);
            if day.is_none() {
                complaints.add(name, "Choose a day");
            }
            day
        };
        let (from, to) = (day("from", &self.from), day("to", &self.to));
        let version = self.version.parse().ok();
        if !self.version.is_empty() && version.is_none() {
            complaints.add("version", "Type the number of a version, or nothing");
        }
        if !self.customer.is_empty() && customer.is_none() {
            complaints.add("customer", "There is no such customer");
        }
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        match (from, to) {
            (Some(from), Some(to)) if complaints.is_empty() => Ok(ReratingTerms {
                from,
                to,
                customer,
                product: some(&self.product),
                tariff: some(&self.tariff),
                becomes: some(&self.becomes),
                version: version.map(CatalogVersion),
            }),
            _ => Err(complaints),
        }
    }
}

/// Reads the terms with the customer looked up.
async fn read(
    visit: &Visit,
    asked: &Asked,
) -> Result<Result<ReratingTerms, Complaints>, crate::fault::Fault> {
    let text = asked.customer.clone();
    let customer = visit
        .ask(move |office, _| {
            Ok((!text.is_empty()).then(|| super::customer::find(office, &text).ok()).flatten())
        })
        .await?;
    Ok(asked.terms(visit, customer.map(|customer| customer.record.id)))
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    list_page(&visit, &state, &Typed::default(), &Complaints::none()).await
}

async fn list_page(visit: &Visit, state: &TableState, typed: &Typed, complaints: &Complaints) -> Page {
    let views = visit.ask(|office, _| office.reratings()).await?;
    let rows = views.iter().map(|view| {
        Row::new()
            .opens(visit.url(&address(&view.name)))
            .cell(view.name.as_str())
            .cell(state_words(view))
            .cell(booked(visit, view))
            .cell(visit.when(view.begun_at))
            .cell(crate::words::actor(&view.begun_by))
    });
    let table = Table::new("Reratings", state)
        .column(Column::text("name", "Name"))
        .column(Column::text("state", "State"))
        .column(Column::figure("booked", "Booked"))
        .column(Column::text("begun", "Begun"))
        .column(Column::text("by", "By").minor())
        .rows(rows)
        .empty(EmptyState::new(
            Icon::Money,
            "No rerating yet",
            "When use was charged at a wrong price, it is priced again here: first a preview, then one correction for each charge that changes.",
        ));
    let mut side = Markup::new();
    if visit.may_change() {
        side.push(Card::new("Price use again").child(terms_form(visit, typed, complaints)));
    }
    let main = Card::new("Reratings").flush().child(table);
    let body = head(visit, "reratings").with(web_kit::split(main, side));
    Ok(visit.page("Reratings", StaffSection::Money, body))
}

fn terms_form(visit: &Visit, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let catalog = visit.office().catalog();
    let catalog = catalog.catalog();
    let any = |words: &str| std::iter::once((String::new(), words.to_owned()));
    let tariffs = || catalog.tariffs.iter().map(|tariff| (tariff.code.clone(), tariff.name.clone()));
    let products = catalog.products.iter().map(|product| (product.code.clone(), product.name.clone()));
    let more = Markup::from(sheet.select("product", "Product", any("Every product").chain(products)))
        .with(sheet.select("tariff", "Charged under the tariff", any("Every tariff").chain(tariffs())))
        .with(sheet.select(
            "becomes",
            "Should have been",
            any("The same, as the version has it").chain(tariffs()),
        ))
        .with(sheet.input("number", "version", "Catalogue version").help("Empty: the one in force."));
    let form = Form::get(visit.url(&format!("{PATH}/preview")))
        .field(sheet.input("date", "from", "Used from").required())
        .field(sheet.input("date", "to", "Used before").required())
        .field(sheet.text("customer", "Customer").help("His number, such as C1000001. Empty: everybody."))
        .field(more)
        .submit("Show what would change");
    sheet.beyond(&FIELDS).with(form)
}

fn address(name: &str) -> String {
    let mut path = format!("{PATH}/of");
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("name", name).finish();
    path.push('?');
    path.push_str(&query);
    path
}

fn state_words(view: &ReratingView) -> Markup {
    match view.state {
        ReratingState::Finished(_) => status("done"),
        ReratingState::Running(percent) => status("running").with(format!(" {percent} %")),
    }
}

fn booked(visit: &Visit, view: &ReratingView) -> Markup {
    if view.booked.is_empty() {
        return Markup::text("nothing");
    }
    Markup::join(view.booked.iter().map(|sum| {
        let charges = usize::try_from(sum.charges).unwrap_or(usize::MAX);
        let total = el("div").child(visit.money(sum.total, sum.currency).signed());
        Markup::from(total.child(format!(" in {}", crate::words::counted(charges, "charge", "charges"))))
    }))
}

pub(crate) async fn preview(visit: Visit, Query(asked): Query<Asked>, state: TableState) -> Turn {
    preview_turn(&visit, &asked, &state, &Typed::default(), Complaints::none()).await
}

async fn preview_turn(
    visit: &Visit,
    asked: &Asked,
    state: &TableState,
    booking: &Typed,
    wrong: Complaints,
) -> Turn {
    let refused = |complaints: Complaints| async move {
        let page = list_page(visit, state, &asked.typed(), &complaints).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let terms = match read(visit, asked).await? {
        Ok(terms) => terms,
        Err(complaints) => return refused(complaints).await,
    };
    let after = asked.after.clone();
    let given = terms.clone();
    let page = visit.ask(move |office, actor| office.preview_rerating(actor, &given, Some(&after))).await;
    let page = match page {
        Ok(page) => page,
        Err(error) => return refused(Complaints::from_office(error)?).await,
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, preview_page(visit, asked, &terms, &page, booking, &wrong)).into_response())
}

fn preview_page(
    visit: &Visit,
    asked: &Asked,
    terms: &ReratingTerms,
    page: &ReratingPage,
    booking: &Typed,
    wrong: &Complaints,
) -> Markup {
    let next =
        page.next.as_deref().map(|after| visit.url(&asked.address(&format!("{PATH}/preview"), Some(after))));
    let state = TableState::new(visit.url(&asked.address(&format!("{PATH}/preview"), None)), "");
    let table = Table::new("Charges that would change", &state)
        .column(Column::text("customer", "Customer"))
        .column(Column::text("charge", "Charge"))
        .column(Column::figure("was", "Was"))
        .column(Column::figure("becomes", "Becomes"))
        .column(Column::text("why", "Why"))
        .csv(visit.url(&asked.address(&format!("{PATH}/preview.csv"), None)))
        .rows(page.rows.iter().map(|row| charge_row(visit, row)))
        .empty(EmptyState::new(
            Icon::Check,
            "Nothing would change here",
            "Every charge that was looked at already is what it should be.",
        ));
    let number = |number: u64| count(number);
    let mut facts = Facts::new();
    for (code, total) in &page.totals {
        if let Ok(currency) = Currency::parse(code) {
            facts = facts.fact("Customers would pay in addition", visit.money(*total, currency).signed());
        }
    }
    let facts = facts
        .fact("Charges that change", number(page.rows.len() as u64))
        .fact("That stay", number(page.same))
        .fact("That cannot be priced so, and stay", number(page.unpriced))
        .fact("Too old to be corrected", number(page.too_old));
    let onward = next.as_deref().map(|next| {
        let words = "More customers are to be looked at; these figures are of this page.";
        el("p").child(words).child(" ").child(link(next, "Go on"))
    });
    let mut side = Markup::from(Card::new("On this page").child(facts).child(Markup::from(onward)));
    if visit.is_admin() || (visit.may_change() && terms.customer.is_some()) {
        side.push(booking_card(visit, asked, terms, booking, wrong));
    }
    let back = button_link(Weight::Quiet, &visit.url(PATH), "Other terms");
    let main = Card::new("Charges that would change").action(back).flush().child(table);
    let body = head(visit, "reratings").with(web_kit::split(main, side));
    visit.page("Rerating preview", StaffSection::Money, body)
}

fn charge_row(visit: &Visit, row: &ReratedCharge) -> Row {
    let xdr = &row.charge.xdr;
    let what = if xdr.description.is_empty() { &xdr.destination } else { &xdr.description };
    let charge =
        link(visit.url(&format!("/xdrs/{}", xdr.id)), if what.is_empty() { "Use" } else { what.as_str() });
    let charge = charge.with(" ").with(visit.when(xdr.started_at));
    let why = el("ul").children(row.why.iter().map(|line| el("li").child(line.text.as_str())));
    let customer =
        link(visit.url(&format!("/customers/{}", xdr.customer)), row.charge.customer_name.as_str());
    Row::new()
        .cell(customer)
        .cell(charge)
        .cell(visit.money(row.was, row.currency))
        .cell(visit.money(row.becomes, row.currency))
        .cell(el("details").child(el("summary").child("Why")).child(why))
}

fn booking_card(
    visit: &Visit,
    asked: &Asked,
    terms: &ReratingTerms,
    typed: &Typed,
    wrong: &Complaints,
) -> Card {
    let sheet = Sheet::new(typed, wrong);
    let whose = if terms.customer.is_some() { "this customer" } else { "all customers" };
    let words = format!(
        "Each charge of {whose} that changes gets one correction, on the next invoice or to the balance. It cannot be taken back at once; another rerating can change it again."
    );
    let mut form = sheet::form(visit, PATH);
    for (name, value) in FIELDS.into_iter().zip(asked.values()) {
        form = form.hidden(name, value);
    }
    let form = form
        .field(sheet.text("name", "Name").required().help("Customers see it with their corrections."))
        .field(sheet.check("sure", &format!("Correct the charges of {whose}")).required())
        .danger()
        .submit("Book the corrections");
    Card::new("Book it")
        .child(sheet.beyond(&["name", "sure"]))
        .child(web_kit::stack(Markup::from(el("p").class("muted-ink").child(words)).with(form)))
}

pub(crate) async fn book(visit: Visit, state: TableState, typed: Typed) -> Turn {
    let asked = Asked::of(&typed);
    let mut complaints = Complaints::none();
    if !typed.ticked("sure") {
        complaints.add("sure", "Tick this to go on");
    }
    if complaints.is_empty()
        && let Ok(terms) = read(&visit, &asked).await?
    {
        let name = typed.get("name").to_owned();
        match visit.ask(move |office, actor| office.book_rerating(actor, &name, &terms)).await {
            Ok(view) => return Ok(visit.go(&address(&view.name))),
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    preview_turn(&visit, &asked, &state, &typed, complaints).await
}

/// Which rerating.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    name: String,
}

pub(crate) async fn show(visit: Visit, Query(Named { name }): Query<Named>) -> Page {
    let view = visit.ask(move |office, _| office.rerating(&name)).await?;
    let terms = &view.terms;
    let everybody = || Markup::text("everybody");
    let customer = terms.customer.map_or_else(everybody, |customer| {
        link(visit.url(&format!("/customers/{customer}")), format!("customer {customer}"))
    });
    let or = |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
    let version = terms.version.map_or_else(|| "in force".to_owned(), |version| version.to_string());
    let facts = Facts::new()
        .fact("State", state_words(&view))
        .fact("Booked", booked(&visit, &view))
        .fact("Refused", count(view.refused))
        .fact("Use of", customer)
        .fact(
            "Period",
            Markup::from(visit.day(terms.from)).with(" to ").with(visit.day(terms.to.plus_micros(-1))),
        )
        .fact("Product", or(&terms.product, "every product"))
        .fact("Charged under", or(&terms.tariff, "every tariff"))
        .fact("Should have been", or(&terms.becomes, "the same tariff"))
        .fact("Catalogue version", version)
        .fact(
            "Begun",
            Markup::from(visit.when(view.begun_at))
                .with(format!(", {}", crate::words::actor(&view.begun_by))),
        );
    let mut card = Card::new(view.name.as_str()).child(facts);
    if matches!(view.state, ReratingState::Running(_)) {
        let words =
            Flash::note("It goes on by itself and may be left alone; what is booked is never booked twice.");
        let go = sheet::press(
            &visit,
            &format!("{PATH}/run"),
            &[("name", view.name.as_str())],
            button(Weight::Plain, "Go on now"),
        );
        card = card.child(web_kit::stack(Markup::from(words).with(go)));
    }
    let body = head(&visit, "reratings").with(card);
    Ok(visit.page("Rerating", StaffSection::Money, body))
}

pub(crate) async fn run(visit: Visit, typed: Typed) -> Turn {
    let name = typed.get("name").to_owned();
    let view = visit.ask(move |office, actor| office.run_rerating(actor, &name)).await?;
    Ok(visit.go(&address(&view.name)))
}

pub(crate) async fn csv(visit: Visit, Query(asked): Query<Asked>, state: TableState) -> Turn {
    let terms = match read(&visit, &asked).await? {
        Ok(terms) => terms,
        Err(complaints) => {
            let page = list_page(&visit, &state, &asked.typed(), &complaints).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let mut file = CsvFile::new(&[
        "record", "customer", "name", "account", "used", "was", "becomes", "currency", "why",
    ])?;
    let (mut after, mut rows) = (String::new(), 0);
    loop {
        let given = terms.clone();
        let page =
            visit.ask(move |office, actor| office.preview_rerating(actor, &given, Some(&after))).await?;
        for row in &page.rows {
            let (xdr, places) = (&row.charge.xdr, row.currency.exponent());
            let why: Vec<&str> = row.why.iter().map(|line| line.text.as_str()).collect();
            file.row(&[
                &xdr.id.to_string(),
                &row.charge.customer_number,
                &row.charge.customer_name,
                &row.charge.account_label,
                &xdr.started_at.to_string(),
                &row.was.text(places),
                &row.becomes.text(places),
                row.currency.code(),
                &why.join(" "),
            ])?;
        }
        rows += page.rows.len();
        match page.next {
            Some(_) if rows >= ROWS_MOST => {
                file.cut()?;
                break;
            }
            Some(next) => after = next,
            None => break,
        }
    }
    file.download("rerating.csv")
}
