//! A further account for a customer.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::CustomerView;
use web_kit::{Card, Markup, Weight, button_link};

use super::{Tab, load, page, path};
use crate::pages::account_form;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

pub(crate) async fn new(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    Ok(form_page(&visit, &customer, &Typed::default(), &Complaints::none()))
}

fn form_page(visit: &Visit, customer: &CustomerView, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let catalog = visit.office().catalog();
    let form = sheet::once_form(visit, &path(customer, "/accounts/new"), &sheet)
        .columns()
        .field(account_form::fields(&catalog, &sheet, Some(customer.live.head.currency)))
        .submit("Add account")
        .beside(button_link(Weight::Quiet, &visit.url(&path(customer, "/accounts")), "Cancel"));
    let card = Card::new("Add account").child(sheet.beyond(&account_form::SHOWN)).child(form);
    page(visit, customer, Tab::Accounts, card)
}

pub(crate) async fn create(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let mut names = Vec::new();
    let new = account_form::read(&typed, &visit.office().catalog(), "", &mut names);
    let (id, key) = (customer.record.id, typed.once("account"));
    match visit.ask(move |office, actor| office.add_account(actor, id, new, key)).await {
        Ok(_) => Ok(visit
            .done(&path(&customer, "/accounts"), "The account was added. Connected platforms are told now.")),
        Err(error) => {
            let complaints = Complaints::from_office(error)?.renamed(&names);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, form_page(&visit, &customer, &typed, &complaints))
                .into_response())
        }
    }
}
