//! Sign-up: a customer, his first account and his way into self-care, on one form.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use charging::Payment;
use money::Amount;
use office::{NewLogin, SignUp};
use web_kit::{Card, Field, Markup, PageHead, StaffSection, Weight, button_link, el};

use crate::pages::account_form;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

const SHOWN: [&str; 12] = [
    "name",
    "email",
    "phone",
    "address",
    "language",
    "payment",
    "credit_limit",
    "zone",
    "reseller",
    "class",
    "login",
    "login_password",
];

/// Languages offered; self-care and documents fall back to English.
const LANGUAGES: [(&str, &str); 6] = [
    ("en", "English"),
    ("es", "Spanish"),
    ("fr", "French"),
    ("de", "German"),
    ("pt", "Portuguese"),
    ("it", "Italian"),
];
/// Credit limit offered first, in the catalog's currency.
const FIRST_LIMIT: &str = "100.00";

pub(crate) async fn new(visit: Visit) -> Page {
    let zone = visit.ask(|office, _| office.settings()).await?.zone;
    let typed = Typed::filled(&[
        ("payment", "postpaid"),
        ("credit_limit", FIRST_LIMIT),
        ("zone", &zone),
        ("language", "en"),
    ]);
    Ok(form_page(&visit, &typed, &Complaints::none()))
}

fn form_page(visit: &Visit, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let catalog = visit.office().catalog();
    let currency = visit.currency();
    let several = catalog.catalog().products.iter().any(|product| catalog.currency_of(product) != currency);
    let billed = if several {
        format!("Billed monthly, in the currency of the first product; {currency} without one.")
    } else {
        format!("Currency {currency}, billed monthly.")
    };
    let limit = if several {
        Field::text("credit_limit", "Credit limit").attr("inputmode", "decimal").attr("autocomplete", "off")
    } else {
        Field::amount("credit_limit", "Credit limit", currency.code())
    };
    let part = |words: &str| el("h2").class("field wide").child(words);
    let form = sheet::once_form(visit, "/customers/new", &sheet)
        .columns()
        .field(part("Customer"))
        .field(sheet.text("name", "Name").required().autofocus().attr("autocomplete", "off"))
        .field(sheet.input("email", "email", "E-mail").attr("autocomplete", "off").help("Invoices go here."))
        .field(sheet.input("tel", "phone", "Phone").attr("autocomplete", "off"))
        .field(sheet.select("language", "Language", LANGUAGES))
        .field(sheet.area("address", "Postal address", 3).wide())
        .field(part("Billing"))
        .field(sheet.bind(
            Field::radio(
                "payment",
                "Pays",
                [
                    ("postpaid", "By invoice, at the end of the month"),
                    ("prepaid", "In advance, from the balance"),
                ],
            ),
            &["payment"],
        ))
        .field(sheet.bind(limit, &["credit_limit"]).help(
            "How far the balance may go below zero. Empty: no limit. Customers who pay in advance have none.",
        ))
        .field(
            sheet
                .text("zone", "Billing time zone")
                .help("An IANA name such as Europe/Madrid: where his midnight is."),
        )
        .field(place_fields(&catalog, &sheet))
        .field(el("p").class("field muted-ink").child(billed))
        .field(part("First account"))
        .field(account_form::fields(&catalog, &sheet, None))
        .field(part("Self-care"))
        .field(
            sheet
                .text("login", "Self-care user name")
                .attr("autocomplete", "off")
                .help("Usually the e-mail address. Empty: no self-care yet."),
        )
        .field(
            sheet
                .bind(Field::password("login_password", "Self-care password"), &["login_password"])
                .attr("autocomplete", "new-password"),
        )
        .submit("Create customer")
        .beside(button_link(Weight::Quiet, &visit.url("/customers"), "Cancel"));
    let shown: Vec<&str> = SHOWN.into_iter().chain(account_form::SHOWN).collect();
    let body = Markup::new()
        .with(PageHead::new("New customer").crumb("Customers", visit.url("/customers")))
        .with(sheet.beyond(&shown))
        .with(Card::bare().child(form));
    visit.page("New customer", StaffSection::Customers, body)
}

/// Whom he is served by, and his class where the catalogue has any.
fn place_fields(catalog: &catalog::Snapshot, sheet: &Sheet<'_>) -> Markup {
    let reseller = sheet.text("reseller", "Reseller").attr("autocomplete", "off");
    let help = "Number of the reseller who serves him, such as C1000001. Empty: he is ours.";
    let fields = Markup::from(reseller.help(help));
    let classes = &catalog.catalog().classes;
    if classes.is_empty() {
        return fields;
    }
    let named = classes.iter().map(|class| (class.code.clone(), class.name.clone()));
    let all = std::iter::once((String::new(), "None".to_owned())).chain(named);
    let help = "What the network gets and which taxes he pays, where nothing closer says it.";
    fields.with(sheet.select("class", "Class", all).help(help))
}

/// A credit limit as typed; empty means none.
pub(crate) fn limit(typed: &Typed, complaints: &mut Complaints) -> Option<Amount> {
    let text = typed.get("credit_limit");
    if text.is_empty() {
        return None;
    }
    match Amount::parse(text) {
        Ok(amount) if !amount.is_negative() => Some(amount),
        _ => {
            complaints.add("credit_limit", "Type an amount such as 100.00, or nothing for no limit");
            None
        }
    }
}

fn read(
    visit: &Visit,
    typed: &Typed,
    complaints: &mut Complaints,
    names: &mut Vec<(String, String)>,
) -> SignUp {
    let payment = if typed.get("payment") == "prepaid" { Payment::Prepaid } else { Payment::Postpaid };
    let mut sign_up = SignUp::named(typed.get("name"));
    sign_up.email = typed.get("email").to_owned();
    sign_up.phone = typed.get("phone").to_owned();
    sign_up.address = typed.raw("address").to_owned();
    sign_up.class = typed.get("class").to_owned();
    sign_up.language = typed.get("language").to_owned();
    sign_up.payment = payment;
    sign_up.credit_limit = limit(typed, complaints);
    let zone = typed.get("zone");
    sign_up.zone = (!zone.is_empty()).then(|| zone.to_owned());
    let account = account_form::read(typed, &visit.office().catalog(), "account.", names);
    let filled = !account.identifiers.is_empty()
        || !account.devices.is_empty()
        || account.password.is_some()
        || !account.add_ons.is_empty();
    if !account.product.is_empty() {
        sign_up.account = Some(account);
    } else if filled {
        complaints.add("product", "Choose the product that these belong to");
    }
    let (login, password) = (typed.get("login"), typed.raw("login_password"));
    names.push(("login.login".to_owned(), "login".to_owned()));
    names.push(("login.password".to_owned(), "login_password".to_owned()));
    match (login.is_empty(), password.is_empty()) {
        (false, false) => {
            sign_up.login = Some(NewLogin { login: login.to_owned(), password: password.into() })
        }
        (false, true) => complaints.add("login_password", "A self-care user needs a password"),
        (true, false) => complaints.add("login", "A self-care password needs a user name"),
        (true, true) => {}
    }
    sign_up
}

pub(crate) async fn create(visit: Visit, typed: Typed) -> Turn {
    let (mut complaints, mut names) = (Complaints::none(), Vec::new());
    let sign_up = read(&visit, &typed, &mut complaints, &mut names);
    if complaints.is_empty() {
        let key = typed.once("sign-up");
        let number = typed.get("reseller").to_owned();
        let made = visit.ask(move |office, actor| {
            let reseller = office.reseller_numbered(&number)?;
            office.sign_up(actor, SignUp { reseller, ..sign_up }, key)
        });
        match made.await {
            Ok(made) => {
                let words = format!(
                    "{} is customer {}. Connected platforms are told now.",
                    typed.get("name"),
                    made.number
                );
                return Ok(visit.done(&format!("/customers/{}", made.customer), words));
            }
            Err(error) => complaints = Complaints::from_office(error)?.renamed(&names),
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, form_page(&visit, &typed, &complaints)).into_response())
}
