//! Publishing a catalogue: upload, see what changes and what is wrong, then put it in force.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use catalog::Catalog;
use office::OfficeError;
use web_kit::{
    Card, Column, Facts, Field, Flash, Markup, PageHead, Row, StaffSection, Table, TableState, Weight,
    button_link, el,
};

use crate::pages::rate_words::rates_count;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Largest catalogue, in octets.
const CATALOG_MOST: usize = 4 * 1024 * 1024;

pub(crate) async fn show(visit: Visit) -> Page {
    visit.admins_only()?;
    Ok(upload_page(&visit, &Typed::default(), &Complaints::none(), Markup::new()))
}

fn upload_page(visit: &Visit, typed: &Typed, complaints: &Complaints, below: Markup) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let form = sheet::form(visit, "/catalogue/publish")
        .multipart()
        .field(
            Field::input("file", "file", "Catalogue file")
                .attr("accept", ".toml")
                .help("A TOML file as in catalogs/triple-play.toml."),
        )
        .field(sheet.area("text", "Or paste it here", 14).attr("spellcheck", "false").attr("wrap", "off"))
        .field(sheet.text("comment", "Why").help("What changes and for whom; kept with the version."))
        .submit("Check it")
        .beside(button_link(Weight::Quiet, &visit.url("/catalogue"), "Cancel"));
    let how = el("div")
        .class("stack muted-ink")
        .child(el("p").child("First it is checked: every reference must resolve, every number make sense. Nothing is published yet."))
        .child(el("p").child("Then you see what changes. Published products and services stay; take them out of the shop instead of deleting them."))
        .child(el("p").child("Running sessions keep the price they began with."));
    let main = Markup::new()
        .with(below)
        .with(Card::new("New version").child(sheet.beyond(&["file", "text", "comment"])).child(form));
    let head = PageHead::new("Publish a catalogue").crumb("Catalogue", visit.url("/catalogue"));
    let body = Markup::new().with(head).with(web_kit::split(main, Card::new("How it works").child(how)));
    visit.page("Publish", StaffSection::Catalogue, body)
}

/// The text that was uploaded or pasted.
fn text(typed: &Typed) -> Result<String, String> {
    let text = match typed.file("file") {
        Some(file) => {
            String::from_utf8(file.content.clone()).map_err(|_| "The file is not text in UTF-8".to_owned())?
        }
        None => typed.raw("text").to_owned(),
    };
    match text.len() {
        0 => Err("Choose a file or paste a catalogue".to_owned()),
        long if long > CATALOG_MOST => Err("The catalogue is larger than 4 MB".to_owned()),
        _ => Ok(text),
    }
}

pub(crate) async fn publish(visit: Visit, typed: Typed) -> Turn {
    visit.admins_only()?;
    let again = |typed: &Typed, complaints: Complaints, below: Markup| {
        (StatusCode::UNPROCESSABLE_ENTITY, upload_page(&visit, typed, &complaints, below)).into_response()
    };
    let mut complaints = Complaints::none();
    let text = match text(&typed) {
        Ok(text) => text,
        Err(words) => {
            complaints.add("file", words);
            return Ok(again(&typed, complaints, Markup::from(Flash::bad("There is nothing to check yet."))));
        }
    };
    let kept = Typed::filled(&[("text", &text), ("comment", typed.get("comment"))]);
    let catalog: Catalog = match toml::from_str(&text) {
        Ok(catalog) => catalog,
        Err(error) => {
            let below = Card::new("The file cannot be read").child(el("pre").child(error.to_string()));
            return Ok(again(&kept, complaints, below.into()));
        }
    };
    let checked = catalog.clone();
    if let Err(error) = visit.ask(move |office, _| office.check_catalog(checked)).await {
        return Ok(again(&kept, complaints, problems(error)?));
    }
    if typed.get("confirmed") != "yes" {
        return Ok(confirm_page(&visit, &kept, &catalog).into_response());
    }
    let comment = typed.get("comment").to_owned();
    match visit.ask(move |office, actor| office.publish(actor, catalog, &comment)).await {
        Ok(version) => Ok(visit.done(
            "/catalogue",
            format!("Version {version} is in force. Running sessions keep their prices."),
        )),
        Err(error) => Ok(again(&kept, complaints, problems(error)?)),
    }
}

/// What is wrong, object by object.
fn problems(error: OfficeError) -> Result<Markup, crate::fault::Fault> {
    let OfficeError::Invalid(fields) = error else {
        let complaints = Complaints::from_office(error)?;
        return Ok(Markup::join(complaints.beyond(&[]).into_iter().map(Flash::bad)));
    };
    let rows = fields.iter().map(|field| {
        let (object, name) = field.field.rsplit_once('.').unwrap_or(("catalogue", field.field.as_str()));
        Row::new().cell(object).cell(el("code").child(name)).cell(crate::words::sentence(&field.reason))
    });
    let table = Table::new("Problems", &TableState::new("", ""))
        .column(Column::text("object", "Object"))
        .column(Column::text("field", "Field"))
        .column(Column::text("reason", "What is wrong and how to mend it"))
        .rows(rows);
    let title =
        format!("{}: nothing was published", crate::words::counted(fields.len(), "problem", "problems"));
    Ok(Card::new(title).flush().child(table).into())
}

fn confirm_page(visit: &Visit, kept: &Typed, next: &Catalog) -> Markup {
    let catalog = visit.office().catalog();
    let now = catalog.catalog();
    let change =
        |before: usize, after: usize| Markup::text(format!("{before} → ")).with(el("strong").child(after));
    let counts = Facts::new()
        .fact("Products", change(now.products.len(), next.products.len()))
        .fact("Services", change(now.services.len(), next.services.len()))
        .fact("Tariffs", change(now.tariffs.len(), next.tariffs.len()))
        .fact(
            "Rates",
            change(now.tariffs.iter().map(rates_count).sum(), next.tariffs.iter().map(rates_count).sum()),
        )
        .fact("Destination groups", change(now.destination_groups.len(), next.destination_groups.len()));
    let rows = differences(now, next).into_iter().map(|(what, how)| Row::new().cell(what).cell(how));
    let table = Table::new("Changes", &TableState::new("", ""))
        .column(Column::text("what", "Object"))
        .column(Column::text("how", "Change"))
        .rows(rows);
    let form = sheet::form(visit, "/catalogue/publish")
        .hidden("confirmed", "yes")
        .hidden("text", kept.raw("text"))
        .hidden("comment", kept.get("comment"))
        .submit(format!("Publish as version {}", catalog.version().0.saturating_add(1)))
        .beside(button_link(Weight::Quiet, &visit.url("/catalogue/publish"), "Start again"));
    let head = PageHead::new("What changes")
        .crumb("Catalogue", visit.url("/catalogue"))
        .crumb("Publish", visit.url("/catalogue/publish"));
    let main = Card::new("Changed objects").flush().child(table);
    let side =
        Markup::from(Card::new("Before and after").child(counts)).with(Card::new("Publish").child(form));
    visit.page("Publish", StaffSection::Catalogue, Markup::new().with(head).with(web_kit::split(main, side)))
}

/// Objects that are new, changed or gone: (object, how).
fn differences(now: &Catalog, next: &Catalog) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let products = compare(&now.products, &next.products, |p| &p.code, without_numbers);
    let services = compare(
        &now.services,
        &next.services,
        |s| &s.code,
        |s| catalog::Service { id: Default::default(), ..s.clone() },
    );
    let tariffs = compare(
        &now.tariffs,
        &next.tariffs,
        |t| &t.code,
        |t| catalog::Tariff { id: Default::default(), ..t.clone() },
    );
    let classes = compare(
        &now.classes,
        &next.classes,
        |c| &c.code,
        |c| catalog::CustomerClass { id: Default::default(), ..c.clone() },
    );
    let groups = compare(&now.destination_groups, &next.destination_groups, |g| &g.code, Clone::clone);
    let sets = compare(&now.destination_group_sets, &next.destination_group_sets, |s| &s.code, Clone::clone);
    let off_peak = compare(&now.off_peak_periods, &next.off_peak_periods, |p| &p.code, Clone::clone);
    let holidays = compare(&now.holidays, &next.holidays, |h| &h.code, Clone::clone);
    let vendors = compare(&now.vendors, &next.vendors, |v| &v.code, Clone::clone);
    let connections = compare(&now.connections, &next.connections, |c| &c.code, Clone::clone);
    let dialing = compare(&now.dialing_rules, &next.dialing_rules, |rules| &rules.code, Clone::clone);
    let kinds = [
        ("product", products),
        ("service", services),
        ("tariff", tariffs),
        ("customer class", classes),
        ("destination group", groups),
        ("destination group set", sets),
        ("off-peak period", off_peak),
        ("holidays", holidays),
        ("vendor", vendors),
        ("connection", connections),
        ("dialing rules", dialing),
    ];
    for (kind, changes) in kinds {
        found.extend(changes.into_iter().map(|(code, how)| (format!("{kind} {code}"), how)));
    }
    if now.taxes != next.taxes {
        found.push(("taxes".to_owned(), "changed"));
    }
    found
}

/// A product as it is written, without the numbers that publishing gives it and its plans.
fn without_numbers(product: &catalog::Product) -> catalog::Product {
    let mut plain = catalog::Product { id: Default::default(), ..product.clone() };
    plain.quotas.iter_mut().for_each(|quota| quota.id = 0);
    plain.discounts.iter_mut().for_each(|discount| discount.id = 0);
    plain.wallets.iter_mut().for_each(|wallet| wallet.id = 0);
    plain
}

/// Compares two lists by code; numbers are assigned at publishing, so they are left aside.
fn compare<T: PartialEq>(
    now: &[T],
    next: &[T],
    code: fn(&T) -> &String,
    plain: fn(&T) -> T,
) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    for item in next {
        match now.iter().find(|old| code(old) == code(item)) {
            None => found.push((code(item).clone(), "new")),
            Some(old) if plain(old) != plain(item) => found.push((code(item).clone(), "changed")),
            Some(_) => {}
        }
    }
    let gone = now.iter().filter(|old| !next.iter().any(|item| code(item) == code(old)));
    found.extend(gone.map(|old| (code(old).clone(), "gone")));
    found
}
