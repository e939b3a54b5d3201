//! The dialing rules of a customer's calls: what he dials is translated by them before it is priced.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::{CustomerView, OfficeError};
use web_kit::{Card, Facts, Markup, Weight, button_link, link};

use super::{Tab, load, page, path};
use crate::fault::Fault;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Which rules he has, with the way to change them.
pub(super) fn card(visit: &Visit, customer: &CustomerView) -> Card {
    let catalog = visit.office().catalog();
    let rules = match customer.live.head.dialing_rules() {
        None => Markup::text("as products and class say"),
        Some(code) => {
            let name = catalog.dialing_rules(code).map_or(code, |rules| rules.name.as_str());
            link(visit.url(&format!("/catalogue/dialing#{code}")), name)
        }
    };
    let mut card = Card::new("Dialing rules").child(Facts::new().fact("For his calls", rules));
    if visit.may_change() && customer.live.head.terminated_at.is_none() {
        card = card.action(link(visit.url(&path(customer, "/dialing")), "Change"));
    }
    card
}

pub(crate) async fn form(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    let code = customer.live.head.dialing_rules().unwrap_or_default().to_owned();
    Ok(form_page(&visit, &customer, &Typed::filled(&[("dialing_rules", &code)]), &Complaints::none()))
}

fn form_page(visit: &Visit, customer: &CustomerView, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let catalog = visit.office().catalog();
    let rules = catalog.catalog().dialing_rules.iter().map(|rules| (rules.code.clone(), rules.name.clone()));
    let rules = std::iter::once((String::new(), "As products and class say".to_owned())).chain(rules);
    let help = "What he dials is translated before it is priced. Attributes of an account come first, products and class after. \
        Rules are made in the catalogue.";
    let form = sheet::once_form(visit, &path(customer, "/dialing"), &sheet)
        .field(sheet.select("dialing_rules", "Dialing rules", rules).help(help))
        .submit("Set dialing rules")
        .beside(button_link(Weight::Quiet, &visit.url(&path(customer, "/accounts")), "Cancel"));
    let card = Card::new("Dialing rules").child(sheet.beyond(&["dialing_rules"])).child(form);
    page(visit, customer, Tab::Accounts, card)
}

pub(crate) async fn set(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let (id, rules, key) = (customer.record.id, typed.get("dialing_rules").to_owned(), typed.once("dialing"));
    let asked = visit.ask(move |office, actor| office.set_dialing_rules(actor, id, Some(&rules), key)).await;
    match asked {
        Ok(()) => Ok(visit.done(&path(&customer, "/accounts"), "Set. They hold from the next call on.")),
        Err(error @ OfficeError::Denied(_)) => Err(Fault::Office(error)),
        Err(error) => {
            let page = form_page(&visit, &customer, &typed, &Complaints::from_office(error)?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
