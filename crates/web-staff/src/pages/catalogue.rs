//! The catalogue as it is in force or was: products, services, tariffs, and the versions.

use axum::extract::Path;
use catalog::{
    Catalog, CatalogVersion, GrantPolicy, Product, ProductKind, Quota, Rate, Snapshot, Tariff, Unit,
};
use web_kit::{
    Card, Column, EmptyState, Facts, Icon, Markup, PageHead, Row, StaffSection, Table, TableState, Tone,
    Weight, button_link, chip, el, link, tag,
};

use crate::fault::Fault;
use crate::pages::{fee_words, product_plans, rate_words};
use crate::visit::{Page, Visit};

/// The head of the catalogue pages with their tabs.
pub(crate) fn head(visit: &Visit, current: &str) -> Markup {
    let version = visit.office().catalog().version();
    let mut head = PageHead::new("Catalogue").beside(chip(Tone::Good, format!("Version {version} in force")));
    if visit.is_admin() {
        let words = Markup::from(Icon::Upload).with("Publish");
        head = head.action(button_link(Weight::Primary, &visit.url("/catalogue/publish"), words));
    }
    let paths = ["", "/services", "/tariffs", "/dialing", "/try", "/versions"]
        .map(|rest| visit.url(&format!("/catalogue{rest}")));
    let names = [
        ("Products", "products"),
        ("Services", "services"),
        ("Tariffs", "tariffs"),
        ("Dialing rules", "dialing"),
        ("Try a charge", "try"),
        ("Versions", "versions"),
    ];
    let tabs =
        names.iter().zip(&paths).map(|((words, name), path)| (*words, path.as_str(), *name == current));
    Markup::new().with(head).with(web_kit::tabs("Catalogue", tabs))
}

pub(crate) async fn products(visit: Visit, state: TableState) -> Page {
    let catalog = visit.office().catalog();
    let body =
        head(&visit, "products").with(Card::bare().flush().child(product_table(&visit, &state, &catalog)));
    Ok(visit.page("Catalogue", StaffSection::Catalogue, body))
}

fn product_table(visit: &Visit, state: &TableState, catalog: &Snapshot) -> Table {
    let rows = catalog.catalog().products.iter().map(|product| {
        let fee = product
            .subscription
            .as_ref()
            .map(|subscription| Markup::from(visit.money(subscription.fee, catalog.currency_of(product))));
        Row::new()
            .opens(visit.url(&format!("/catalogue/products/{}", product.code)))
            .cell(product.name.as_str())
            .cell(tag(crate::words::product_kind(product.kind)))
            .cell(el("code").child(product.code.as_str()))
            .cell(services_of(product, catalog))
            .cell(fee)
    });
    Table::new("Products", state)
        .column(Column::text("name", "Product"))
        .column(Column::text("kind", "Kind"))
        .column(Column::text("code", "Code").minor())
        .column(Column::text("services", "Services").minor())
        .column(Column::figure("fee", "Monthly fee"))
        .rows(rows)
        .empty(EmptyState::new(
            Icon::Catalogue,
            "No products yet",
            "Publish a catalogue: what is sold, in which services, at which price.",
        ))
}

fn services_of(product: &Product, catalog: &Snapshot) -> String {
    let mut names: Vec<&str> = Vec::new();
    let codes = product.rating.iter().map(|entry| &entry.service).chain(product.packages.keys());
    for name in codes.filter_map(|code| catalog.service(code)).map(|service| service.name.as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

pub(crate) async fn product(visit: Visit, Path(code): Path<String>) -> Page {
    let catalog = visit.office().catalog();
    let product = catalog
        .product(&code)
        .ok_or_else(|| Fault::Missing(format!("There is no product {code} in the catalogue.")))?;
    let currency = catalog.currency_of(product);
    let fee = product
        .subscription
        .as_ref()
        .map(|fee| Markup::text(format!("{}, ", fee.name)).with(visit.money(fee.fee, currency)));
    let facts = Facts::new()
        .fact("Code", el("code").child(product.code.as_str()))
        .fact("Kind", crate::words::product_kind(product.kind))
        .fact("Monthly fee", fee)
        .fact(
            "Terms of the fee",
            product.subscription.as_ref().map(|fee| fee_words::terms(&visit, fee, currency)),
        )
        .fact("Precedence", (product.kind == ProductKind::AddOn).then_some(u32::from(product.precedence)));
    let facts =
        product_plans::times(product).into_iter().fold(facts, |facts, (name, words)| facts.fact(name, words));
    let mut side = Markup::from(Card::new("Product").child(facts));
    side.push(packages(product));
    side.push(policies(product));
    let head = PageHead::new(product.name.as_str())
        .crumb("Catalogue", visit.url("/catalogue"))
        .beside(tag(crate::words::product_kind(product.kind)))
        .subtitle(product.description.as_str());
    let main = Markup::new()
        .with(Card::new("Which tariff prices which use").flush().child(rating(&visit, product, &catalog)))
        .with(
            (!product.quotas.is_empty())
                .then(|| Card::new("Included units").flush().child(quotas(product, &catalog))),
        )
        .with(product_plans::cards(&visit, product, &catalog))
        .with((!product.add_ons.is_empty()).then(|| add_ons(&visit, product, &catalog)));
    let body = Markup::new().with(head).with(web_kit::split(main, side));
    Ok(visit.page(&product.name, StaffSection::Catalogue, body))
}

fn rating(visit: &Visit, product: &Product, catalog: &Snapshot) -> Table {
    let resold = product.rating.iter().any(|entry| entry.reseller_tariff.is_some());
    let tariff = |code: &str| {
        let found = catalog.catalog().tariffs.iter().find(|tariff| tariff.code == code);
        found.map_or_else(|| code.to_owned(), |tariff| tariff.name.clone())
    };
    let rows = product.rating.iter().map(|entry| {
        let service = catalog.service(&entry.service).map_or(entry.service.as_str(), |service| &service.name);
        let row = Row::new()
            .opens(visit.url(&format!("/catalogue/tariffs/{}", entry.tariff)))
            .cell(tariff(&entry.tariff))
            .cell(service)
            .cell(entry.node.as_deref().unwrap_or("any"))
            .cell(entry.access_code.as_deref().unwrap_or("any"));
        if resold { row.cell(entry.reseller_tariff.as_deref().map(tariff).unwrap_or_default()) } else { row }
    });
    let mut table = Table::new("Rating", &TableState::new("", ""))
        .column(Column::text("tariff", "Tariff"))
        .column(Column::text("service", "Service"))
        .column(Column::text("node", "Node"))
        .column(Column::text("access", "Access code"));
    if resold {
        table = table.column(Column::text("resale", "Resellers pay"));
    }
    table.rows(rows).empty(EmptyState::new(
        Icon::Catalogue,
        "No use is priced",
        "A service without an entry here is refused, unless another product of the account prices it.",
    ))
}

fn quotas(product: &Product, catalog: &Snapshot) -> Table {
    let rows = product.quotas.iter().map(|quota| {
        let service = catalog.service(&quota.service);
        let units = |units| crate::words::quantity(units, service.map(|service| service.unit));
        let included = match quota.off_peak {
            None => units(quota.units),
            Some(off_peak) => units(quota.units)
                .with(" at peak, ")
                .with(units(off_peak.first))
                .with(" and ")
                .with(units(off_peak.second))
                .with(" off-peak"),
        };
        Row::new()
            .cell(quota.name.as_str())
            .cell(service.map_or(quota.service.as_str(), |service| &service.name))
            .cell(covered(quota))
            .cell(included)
            .cell(rate_words::comes(quota))
            .cell(rate_words::beyond(quota.when_exhausted))
    });
    Table::new("Quotas", &TableState::new("", ""))
        .column(Column::text("name", "Quota"))
        .column(Column::text("service", "Service"))
        .column(Column::text("where", "Destinations"))
        .column(Column::figure("units", "Included"))
        .column(Column::text("comes", "Comes"))
        .column(Column::text("then", "Beyond it"))
        .rows(rows)
}

/// Destinations, and access codes where the quota names some.
fn covered(quota: &Quota) -> String {
    let place = quota.destinations.as_deref().unwrap_or("all");
    let codes: Vec<&str> =
        quota.access_codes.iter().map(|code| if code.is_empty() { "none" } else { code }).collect();
    if codes.is_empty() { place.to_owned() } else { format!("{place}, access codes {}", codes.join(", ")) }
}

fn add_ons(visit: &Visit, product: &Product, catalog: &Snapshot) -> Card {
    let links = product.add_ons.iter().map(|code| {
        let name = catalog.product(code).map_or(code.as_str(), |product| &product.name);
        el("li").child(link(visit.url(&format!("/catalogue/products/{code}")), name))
    });
    Card::new("Add-ons a subscriber may buy himself")
        .child(el("div").class("prose").child(el("ul").children(links)))
}

fn packages(product: &Product) -> Option<Card> {
    let facts = product
        .packages
        .iter()
        .fold(Facts::new(), |facts, (service, names)| facts.fact(service.as_str(), names.join(", ")));
    (!product.packages.is_empty()).then(|| Card::new("Packages on outside systems").child(facts))
}

fn policies(product: &Product) -> Option<Card> {
    let facts = product.policies.iter().fold(Facts::new(), |mut facts, policy| {
        for (way, kbps) in [("down", policy.down_kbps), ("up", policy.up_kbps)] {
            let Some(kbps) = kbps else { continue };
            let speed = web_kit::bits_per_second(u64::from(kbps) * 1_000);
            facts = facts.fact(format!("{} {way}", policy.service), speed);
        }
        policy.attributes.iter().fold(facts, |facts, (name, value)| {
            facts.fact(format!("{} {}", policy.service, name.replace('_', " ")), value.as_str())
        })
    });
    (!product.policies.is_empty()).then(|| Card::new("For the network").child(facts))
}

pub(crate) async fn services(visit: Visit, state: TableState) -> Page {
    let catalog = visit.office().catalog();
    let rows = catalog.catalog().services.iter().map(|service| {
        let GrantPolicy { units, validity, .. } = service.grant;
        let granted = matches!(service.unit, Unit::Octet | Unit::Second)
            .then(|| crate::words::quantity(units, Some(service.unit)));
        Row::new()
            .cell(
                Markup::from(crate::words::service_icon(Some(service))).with(" ").with(service.name.as_str()),
            )
            .cell(el("code").child(service.code.as_str()))
            .cell(crate::words::unit(service.unit))
            .cell(granted)
            .cell(web_kit::seconds(u64::from(validity)))
    });
    let table = Table::new("Services", &state)
        .column(Column::text("name", "Service"))
        .column(Column::text("code", "Code"))
        .column(Column::text("unit", "Counted in"))
        .column(Column::figure("grant", "Granted at a time"))
        .column(Column::figure("validity", "Reports at least every"))
        .rows(rows);
    let body = head(&visit, "services").with(Card::bare().flush().child(table));
    Ok(visit.page("Services", StaffSection::Catalogue, body))
}

pub(crate) async fn tariffs(visit: Visit, state: TableState) -> Page {
    let catalog = visit.office().catalog();
    let rows = catalog.catalog().tariffs.iter().map(|tariff| {
        let service =
            catalog.service(&tariff.service).map_or(tariff.service.as_str(), |service| &service.name);
        Row::new()
            .opens(visit.url(&format!("/catalogue/tariffs/{}", tariff.code)))
            .cell(tariff.name.as_str())
            .cell(service)
            .cell(el("code").child(tariff.code.as_str()))
            .cell(u64::try_from(rate_words::rates_count(tariff)).unwrap_or(u64::MAX))
    });
    let table = Table::new("Tariffs", &state)
        .column(Column::text("name", "Tariff"))
        .column(Column::text("service", "Service"))
        .column(Column::text("code", "Code"))
        .column(Column::figure("rates", "Rates"))
        .rows(rows);
    let body = head(&visit, "tariffs").with(Card::bare().flush().child(table));
    Ok(visit.page("Tariffs", StaffSection::Catalogue, body))
}

pub(crate) async fn tariff(visit: Visit, Path(code): Path<String>) -> Page {
    let catalog = visit.office().catalog();
    let found = catalog.catalog().tariffs.iter().find(|tariff| tariff.code == code);
    let tariff =
        found.ok_or_else(|| Fault::Missing(format!("There is no tariff {code} in the catalogue.")))?;
    let head = PageHead::new(tariff.name.as_str())
        .crumb("Catalogue", visit.url("/catalogue"))
        .crumb("Tariffs", visit.url("/catalogue/tariffs"))
        .action(button_link(
            Weight::Plain,
            &visit.url(&format!("/catalogue/try?service={}", tariff.service)),
            "Try a charge",
        ));
    let service = catalog.service(&tariff.service);
    let unit = service.map(|service| service.unit);
    let currency = tariff.currency.unwrap_or(catalog.currency());
    let free = (tariff.free_units > 0).then(|| crate::words::quantity(tariff.free_units, unit));
    let timed = !tariff.off_peak.is_empty();
    let sheet = rate_words::sheet_rates(tariff);
    let facts = Facts::new()
        .fact("Code", el("code").child(tariff.code.as_str()))
        .fact("Service", service.map(|service| service.name.clone()))
        .fact(
            "Rounded to",
            format!("{} decimal places", tariff.places.unwrap_or_else(|| currency.exponent())),
        )
        .fact(
            "Rounding",
            crate::words::capital(&format!("{:?}", tariff.rounding).to_lowercase().replace('_', " ")),
        )
        .fact("Currency", currency.code())
        .fact("Free at the beginning", free)
        .fact("Off-peak", timed.then(|| rate_words::off_peak_names(tariff, catalog.catalog())))
        .fact("When the price changes", rate_words::at_switch(tariff.at_switch))
        .fact("Rates in its sheet", (sheet > 0).then(|| u64::try_from(sheet).unwrap_or(u64::MAX)));
    let rates = Card::new("Rates").flush().child(rates(tariff, unit, catalog.catalog()));
    let body = Markup::new().with(head).with(web_kit::split(rates, Card::new("Tariff").child(facts)));
    Ok(visit.page(&tariff.name, StaffSection::Catalogue, body))
}

fn rates(tariff: &Tariff, unit: Option<Unit>, catalog: &Catalog) -> Table {
    let currency = tariff.currency.unwrap_or(catalog.currency);
    let price = |price: money::Price, per: u64| {
        let per = if per == 1 {
            Markup::new()
        } else {
            Markup::text(" per ").with(crate::words::quantity(per, unit))
        };
        Markup::text(format!("{price} {currency}")).with(per)
    };
    let rows = tariff.rates.iter().map(|rate: &Rate| {
        let row = Row::new()
            .cell(el("code").child(rate.group.as_deref().unwrap_or(&rate.destination)))
            .cell(rate.name.as_str())
            .cell(crate::words::quantity(rate.first_interval, unit))
            .cell(price(rate.first_price, rate.per))
            .cell(crate::words::quantity(rate.next_interval(), unit))
            .cell(if rate.forbidden {
                chip(Tone::Bad, "Forbidden")
            } else {
                price(rate.next_price(), rate.per)
            })
            .cell(rate_words::terms(rate, tariff, catalog, unit.unwrap_or(Unit::Event)).join("; "));
        if rate.forbidden { row.muted() } else { row }
    });
    Table::new("Rates", &TableState::new("", ""))
        .column(Column::text("destination", "Destination"))
        .column(Column::text("name", "Name"))
        .column(Column::figure("first", "First interval"))
        .column(Column::figure("first_price", "Price"))
        .column(Column::figure("next", "Next intervals"))
        .column(Column::figure("next_price", "Price"))
        .column(Column::text("terms", "Further terms"))
        .rows(rows)
}

pub(crate) async fn versions(visit: Visit, state: TableState) -> Page {
    let cursor = state.after().map(str::to_owned);
    let page = visit.ask(move |office, _| office.catalog_versions(cursor.as_deref(), 0)).await?;
    let current = visit.office().catalog().version();
    let rows = page.items.iter().map(|entry| {
        let standing = if entry.version == current { chip(Tone::Good, "In force") } else { Markup::new() };
        Row::new()
            .opens(visit.url(&format!("/catalogue/versions/{}", entry.version)))
            .cell(u64::from(entry.version.0))
            .cell(standing)
            .cell(visit.when(entry.published_at))
            .cell(crate::words::actor(&entry.published_by))
            .cell(entry.comment.as_str())
    });
    let table = Table::new("Versions", &state)
        .column(Column::text("version", "Version"))
        .column(Column::text("standing", "Standing"))
        .column(Column::text("at", "Published"))
        .column(Column::text("by", "By"))
        .column(Column::text("comment", "Why"))
        .rows(rows)
        .pages(page.next);
    let body = head(&visit, "versions").with(Card::bare().flush().child(table));
    Ok(visit.page("Versions", StaffSection::Catalogue, body))
}

pub(crate) async fn version(visit: Visit, Path(number): Path<u32>, state: TableState) -> Page {
    let catalog = visit.ask(move |office, _| office.catalog_version(CatalogVersion(number))).await?;
    let head = PageHead::new(format!("Version {number}"))
        .crumb("Catalogue", visit.url("/catalogue"))
        .crumb("Versions", visit.url("/catalogue/versions"))
        .subtitle("A published version never changes: charges of its time can always be recomputed from it.");
    let text = toml::to_string_pretty(catalog.catalog()).unwrap_or_default();
    let source = el("details")
        .child(el("summary").child("The whole version as TOML"))
        .child(el("pre").attr("tabindex", "0").child(el("code").child(text)));
    let table = Card::new("Products").flush().child(product_table(&visit, &state, &catalog));
    let body =
        Markup::new().with(head).with(web_kit::stack(Markup::from(table).with(Card::bare().child(source))));
    Ok(visit.page("Catalogue version", StaffSection::Catalogue, body))
}
