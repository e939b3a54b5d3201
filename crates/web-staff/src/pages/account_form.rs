//! The part of a form that describes a new account: product, add-ons, identifiers, password, set-top box. Used at sign-up and for a
//! further account. Must not know: what becomes of it.

use catalog::{Product, ProductKind, Snapshot};
use money::Currency;
use office::{NewAccount, NewDevice, NewIdentifier};
use web_kit::{Field, Markup, el};

use crate::sheet::Sheet;
use crate::typed::Typed;

/// Names of the fields, so that complaints about them are not shown twice.
pub(crate) const SHOWN: [&str; 7] = ["product", "label", "user", "msisdn", "mac", "password", "stb_mac"];

/// What the form calls an identifier, its realm.
const IDENTIFIERS: [(&str, &str); 3] = [("user", "user"), ("msisdn", "msisdn"), ("mac", "mac")];

/// A product with its price: `HBO, 5.99 USD a month`.
pub(crate) fn priced(catalog: &Snapshot, product: &Product) -> String {
    let currency = catalog.currency_of(product);
    match &product.subscription {
        Some(fee) => format!("{}, {} {currency} a month", product.name, fee.fee.text(currency.exponent())),
        None => format!("{}, no monthly fee", product.name),
    }
}

/// (code, words) of the products of a kind that customers of a currency can hold; `None` = of any.
pub(crate) fn choices(
    catalog: &Snapshot,
    kind: ProductKind,
    currency: Option<Currency>,
) -> Vec<(String, String)> {
    let fits = |product: &&Product| {
        product.kind == kind && currency.is_none_or(|currency| catalog.currency_of(product) == currency)
    };
    let products = catalog.catalog().products.iter().filter(fits);
    products.map(|product| (product.code.clone(), priced(catalog, product))).collect()
}

/// The fields, for a customer of that currency; for a new one, who may choose no account at all, `None`.
pub(crate) fn fields(catalog: &Snapshot, sheet: &Sheet<'_>, currency: Option<Currency>) -> Markup {
    let mut products = choices(catalog, ProductKind::Main, currency);
    if currency.is_none() {
        products.insert(0, (String::new(), "No account yet".to_owned()));
    }
    let add_ons = choices(catalog, ProductKind::AddOn, currency);
    Markup::new()
        .with(sheet.select("product", "Main product", products))
        .with(
            sheet.text("label", "Label").help("What people call this account. Empty: its first identifier."),
        )
        .with(add_on_ticks(sheet, &add_ons))
        .with(
            sheet
                .text("user", "User name")
                .attr("autocomplete", "off")
                .attr("autocapitalize", "none")
                .help("For log-ins of a router or modem, such as ada@homeconnect."),
        )
        .with(
            sheet
                .bind(Field::password("password", "Service password"), &["password"])
                .attr("autocomplete", "new-password")
                .help("The router's or modem's, not the customer's own."),
        )
        .with(
            sheet
                .text("msisdn", "Phone number (MSISDN)")
                .attr("inputmode", "tel")
                .attr("autocomplete", "off")
                .help("With country code, such as +1 555 0100."),
        )
        .with(
            sheet
                .text("mac", "MAC address")
                .attr("autocomplete", "off")
                .help("Of a modem that is known by its address."),
        )
        .with(
            sheet
                .text("stb_mac", "Set-top box MAC address")
                .attr("autocomplete", "off")
                .help("Assigned to this account and told to the IPTV platform."),
        )
}

fn add_on_ticks(sheet: &Sheet<'_>, add_ons: &[(String, String)]) -> Option<Markup> {
    if add_ons.is_empty() {
        return None;
    }
    let ticks = add_ons.iter().map(|(code, words)| sheet.check(&format!("add_on.{code}"), words));
    let fieldset = el("fieldset").class("field wide").child(el("legend").child("Add-ons")).children(ticks);
    Some(fieldset.into())
}

/// What was typed; `prefix` goes before the office's paths in `names`, which tell the form's name of each.
pub(crate) fn read(
    typed: &Typed,
    catalog: &Snapshot,
    prefix: &str,
    names: &mut Vec<(String, String)>,
) -> NewAccount {
    let mut name = |path: String, field: &str| names.push((format!("{prefix}{path}"), field.to_owned()));
    let mut add_ons = Vec::new();
    for product in catalog.catalog().products.iter().filter(|product| product.kind == ProductKind::AddOn) {
        let field = format!("add_on.{}", product.code);
        if typed.ticked(&field) {
            name(format!("add_ons[{}]", add_ons.len()), &field);
            add_ons.push(product.code.clone());
        }
    }
    let mut identifiers = Vec::new();
    for (field, realm) in IDENTIFIERS {
        let value = typed.get(field);
        if !value.is_empty() {
            name(format!("identifiers[{}].value", identifiers.len()), field);
            identifiers.push(NewIdentifier { realm: realm.to_owned(), value: value.to_owned() });
        }
    }
    let mut devices = Vec::new();
    let stb = typed.get("stb_mac");
    if !stb.is_empty() {
        name("devices[0].mac".to_owned(), "stb_mac");
        devices.push(NewDevice { kind: "stb".to_owned(), mac: stb.to_owned(), ..NewDevice::default() });
    }
    for field in ["product", "label", "password"] {
        name(field.to_owned(), field);
    }
    let password = typed.raw("password");
    NewAccount {
        product: typed.get("product").to_owned(),
        add_ons,
        label: typed.get("label").to_owned(),
        identifiers,
        password: (!password.is_empty()).then(|| password.into()),
        devices,
    }
}
