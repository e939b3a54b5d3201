//! The self-care portal as a customer sees it, for staff who help him. What is done there is done, and audited, as the staff user.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use web_kit::{Card, Icon, Markup, Weight, button_link, el};

use super::standing::asks;
use super::{Tab, load, page, path};
use crate::fault::Fault;
use crate::sheet;
use crate::typed::Typed;
use crate::visit::{Page, Turn, Visit};

fn portal(visit: &Visit) -> Result<&str, Fault> {
    let address = visit.portal().state.selfcare.as_str();
    let missing =
        || Fault::Missing("This installation does not know the address of its self-care portal.".to_owned());
    (!address.is_empty()).then_some(address).ok_or_else(missing)
}

pub(crate) async fn form(visit: Visit, Path(who): Path<String>) -> Page {
    portal(&visit)?;
    let customer = load(&visit, &who).await?;
    let name = customer.record.name.as_str();
    let words = el("ul").children(
        [
            "You see what he sees. A banner on every page says that it is you.",
            "What you change there counts, and is recorded under your name.",
            "That you opened it is recorded in his timeline.",
        ]
        .map(|words| el("li").child(words)),
    );
    let form =
        sheet::form(&visit, &path(&customer, "/self-care")).submit(format!("Open self-care as {name}"));
    Ok(asks(&visit, &customer, Tab::Overview, &format!("Self-care as {name}"), words.into(), form))
}

/// A page that goes on to the portal: a redirect would be a form that leaves this origin, which browsers are told to refuse.
pub(crate) async fn open(visit: Visit, Path(who): Path<String>, _: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let id = customer.record.id;
    let ticket = visit.ask(move |office, actor| office.open_self_care(actor, id)).await?;
    let address = format!("{}/enter?ticket={}", portal(&visit)?.trim_end_matches('/'), ticket.text());
    let go = Markup::from(Icon::External).with("Go to the portal");
    let card = Card::new(format!("Self-care as {}", customer.record.name))
        .child(el("p").child("The way is open once, for one minute. Your browser goes there by itself."))
        .child(el("div").class("actions").child(button_link(Weight::Primary, &address, go)));
    let body = page(&visit, &customer, Tab::Overview, card);
    Ok(going_on(&address, body))
}

fn going_on(address: &str, body: Markup) -> Response {
    ([(header::REFRESH, format!("0; url={address}"))], body).into_response()
}
