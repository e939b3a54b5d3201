//! Name, contact and self-care log-ins of a customer.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::{ContactChange, CustomerView};
use web_kit::{
    Card, Column, EmptyState, Field, Icon, Markup, Row, Table, TableState, Weight, button, button_link, el,
};

use super::{Tab, load, page, path};
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

const SHOWN: [&str; 5] = ["name", "email", "phone", "address", "language"];
const LOGIN_SHOWN: [&str; 2] = ["login", "password"];

fn filled(customer: &CustomerView) -> Typed {
    let record = &customer.record;
    Typed::filled(&[
        ("name", &record.name),
        ("email", &record.email),
        ("phone", &record.phone),
        ("address", &record.address),
        ("language", &record.language),
    ])
}

pub(crate) async fn edit(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    contact_page(&visit, &customer, &filled(&customer), &Complaints::none(), &Complaints::none()).await
}

async fn contact_page(
    visit: &Visit,
    customer: &CustomerView,
    typed: &Typed,
    complaints: &Complaints,
    login: &Complaints,
) -> Page {
    let sheet = Sheet::new(typed, complaints);
    let form = sheet::form(visit, &path(customer, "/edit"))
        .columns()
        .field(sheet.text("name", "Name").required())
        .field(sheet.input("email", "email", "E-mail"))
        .field(sheet.input("tel", "phone", "Phone"))
        .field(sheet.text("language", "Language").help("A tag such as en or es-MX."))
        .field(sheet.area("address", "Postal address", 3).wide())
        .submit("Save")
        .beside(button_link(Weight::Quiet, &visit.url(&path(customer, "")), "Cancel"));
    let id = customer.record.id;
    let logins = visit.ask(move |office, _| office.subscriber_logins(id)).await?;
    let main = Card::new("Name and contact").child(sheet.beyond(&SHOWN)).child(form);
    let beside = logins_card(visit, customer, &logins, typed, login).with(taxes_card(visit, customer));
    let body = web_kit::split(main, beside);
    Ok(page(visit, customer, Tab::Overview, body))
}

fn logins_card(
    visit: &Visit,
    customer: &CustomerView,
    logins: &[String],
    typed: &Typed,
    complaints: &Complaints,
) -> Markup {
    let state = TableState::new("", "");
    let remove = path(customer, "/logins/remove");
    let rows = logins.iter().map(|login| {
        let button = sheet::press(visit, &remove, &[("login", login)], button(Weight::Quiet, "Remove"));
        Row::new().cell(login.as_str()).cell(button)
    });
    let table = Table::new("Self-care log-ins", &state)
        .column(Column::text("login", "User name"))
        .column(Column::figure("remove", ""))
        .rows(rows)
        .empty(EmptyState::new(
            Icon::User,
            "No self-care yet",
            "Give the customer a user name, so that he sees his usage and invoices.",
        ));
    let sheet = Sheet::new(typed, complaints);
    let form = sheet::form(visit, &path(customer, "/logins"))
        .field(sheet.text("login", "User name").required().attr("autocomplete", "off"))
        .field(
            sheet
                .bind(Field::password("login_password", "Password"), &["login_password", "password"])
                .required()
                .attr("autocomplete", "new-password"),
        )
        .submit("Add log-in");
    Markup::from(Card::new("Self-care log-ins").flush().child(table))
        .with(Card::new("Add a log-in").child(sheet.beyond(&LOGIN_SHOWN)).child(form))
}

fn taxes_card(visit: &Visit, customer: &CustomerView) -> Card {
    let exempt = customer.live.head.tax_exempt;
    let (state, action) = if exempt {
        ("No tax is added to his invoices.", "Charge taxes again")
    } else {
        ("He pays the taxes of what he buys, where the catalogue has any.", "Free from taxes")
    };
    let exempt = if exempt { "" } else { "on" };
    let button = button(Weight::Plain, action);
    let press = sheet::press(visit, &path(customer, "/taxes"), &[("exempt", exempt)], button);
    Card::new("Taxes").child(el("p").class("muted-ink").child(state)).child(press)
}

pub(crate) async fn set_taxes(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let (id, exempt) = (customer.record.id, typed.get("exempt") == "on");
    visit.ask(move |office, actor| office.set_tax_exempt(actor, id, exempt, None)).await?;
    let words = if exempt {
        "From the next invoice on no tax is added."
    } else {
        "Taxes are charged from the next invoice on."
    };
    Ok(visit.done(&path(&customer, "/edit"), words))
}

pub(crate) async fn save(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let id = customer.record.id;
    let change = ContactChange {
        name: Some(typed.get("name").to_owned()),
        email: Some(typed.get("email").to_owned()),
        phone: Some(typed.get("phone").to_owned()),
        address: Some(typed.raw("address").to_owned()),
        language: Some(typed.get("language").to_owned()),
    };
    match visit.ask(move |office, actor| office.update_contact(actor, id, change, None)).await {
        Ok(()) => Ok(visit.done(&path(&customer, ""), "Name and contact were saved.")),
        Err(error) => {
            let complaints = Complaints::from_office(error)?;
            let page = contact_page(&visit, &customer, &typed, &complaints, &Complaints::none()).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(crate) async fn add_login(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let (id, login, password) =
        (customer.record.id, typed.get("login").to_owned(), typed.raw("login_password").to_owned());
    match visit.ask(move |office, actor| office.create_subscriber_login(actor, id, &login, &password)).await {
        Ok(()) => Ok(visit
            .done(&path(&customer, "/edit"), format!("{} may sign in to self-care.", typed.get("login")))),
        Err(error) => {
            let complaints = Complaints::from_office(error)?;
            let record = &customer.record;
            let both = Typed::filled(&[
                ("name", &record.name),
                ("email", &record.email),
                ("phone", &record.phone),
                ("address", &record.address),
                ("language", &record.language),
                ("login", typed.get("login")),
            ]);
            let page = contact_page(&visit, &customer, &both, &Complaints::none(), &complaints).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(crate) async fn remove_login(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let (id, login) = (customer.record.id, typed.get("login").to_owned());
    visit.ask(move |office, actor| office.remove_subscriber_login(actor, id, &login)).await?;
    Ok(visit.done(&path(&customer, "/edit"), format!("{} was removed and signed out.", typed.get("login"))))
}
