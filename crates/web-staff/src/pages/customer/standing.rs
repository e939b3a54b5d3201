//! Block, unblock, terminate: each asks by naming what will happen.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::{AccountStatus, CustomerView};
use web_kit::{Card, Form, Markup, Weight, button_link, el};

use super::{Tab, load, page, path};
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// A page that names what will happen, with the button that does it.
pub(crate) fn asks(
    visit: &Visit,
    customer: &CustomerView,
    tab: Tab,
    title: &str,
    words: Markup,
    form: Form,
) -> Markup {
    page(visit, customer, tab, question(visit, customer, title, words, form))
}

/// The question alone, for pages that have something to look at beside it.
pub(crate) fn question(
    visit: &Visit,
    customer: &CustomerView,
    title: &str,
    words: Markup,
    form: Form,
) -> Card {
    let keep = button_link(Weight::Plain, &visit.url(&path(customer, "")), "Leave everything as it is");
    let words = Markup::from(el("div").class("prose").child(words));
    Card::new(title).child(web_kit::stack(words.with(form.beside(keep))))
}

fn sentences<'a>(sentences: impl IntoIterator<Item = &'a str>) -> Markup {
    el("ul").children(sentences.into_iter().map(|words| el("li").child(words))).into()
}

pub(crate) async fn block_form(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    let name = customer.record.name.as_str();
    let form = sheet::form(&visit, &path(&customer, "/block"));
    let (title, words, form) = if customer.live.head.blocked {
        let words =
            sentences(["All services work again at once.", "Connected platforms are told within a second."]);
        (format!("Unblock {name}"), words, form.hidden("blocked", "").submit(format!("Unblock {name}")))
    } else {
        let open = customer.live.open_sessions().count();
        let sessions = format!(
            "{} end at the next report of their node.",
            crate::words::counted(open, "open session will", "open sessions will")
        );
        let words = sentences([
            "No service of his can be used: log-ins, sessions and purchases are refused.",
            sessions.as_str(),
            "Connected platforms keep his record but switch it off.",
            "Fees go on and invoices are still sent. Nothing is deleted.",
        ]);
        (
            format!("Block {name}"),
            words,
            form.hidden("blocked", "on").danger().submit(format!("Block {name}")),
        )
    };
    Ok(asks(&visit, &customer, Tab::Overview, &title, words, form))
}

pub(crate) async fn block(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let (id, blocked) = (customer.record.id, typed.ticked("blocked"));
    visit.ask(move |office, actor| office.block_customer(actor, id, blocked, None)).await?;
    let words = if blocked {
        "is blocked. Connected platforms are told now."
    } else {
        "is unblocked. Connected platforms are told now."
    };
    Ok(visit.done(&path(&customer, ""), format!("{} {words}", customer.record.name)))
}

pub(crate) async fn terminate_form(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    Ok(terminate_page(&visit, &customer, &Typed::default(), &Complaints::none()))
}

fn terminate_page(visit: &Visit, customer: &CustomerView, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let name = customer.record.name.as_str();
    let head = &customer.live.head;
    let live = customer.accounts.iter().filter(|account| account.status != AccountStatus::Terminated).count();
    let open = customer.live.open_sessions().count();
    let accounts = format!(
        "{} closed for good, with products and add-ons.",
        crate::words::counted(live, "account is", "accounts are")
    );
    let sessions =
        format!("{} no more quota.", crate::words::counted(open, "open session gets", "open sessions get"));
    let words = sentences([
        accounts.as_str(),
        sessions.as_str(),
        "Connected platforms delete his records.",
        "His identifiers and devices can be given to somebody else.",
        "One last invoice comes when the present billing period ends. What he owes stays owed.",
        "This cannot be undone.",
    ]);
    let owed = head
        .owed()
        .is_positive()
        .then(|| el("p").child("He still owes ").child(visit.money(head.owed(), head.currency)).child("."));
    let form =
        sheet::form(visit, &path(customer, "/terminate")).danger().submit(format!("Terminate {name}")).field(
            sheet
                .text("number", &format!("Type {} to go on", customer.record.number))
                .required()
                .attr("autocomplete", "off"),
        );
    asks(visit, customer, Tab::Overview, &format!("Terminate {name}"), words.with(owed), form)
}

pub(crate) async fn terminate(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    if !typed.get("number").eq_ignore_ascii_case(&customer.record.number) {
        let mut complaints = Complaints::none();
        complaints.add("number", format!("This is not {}", customer.record.number));
        let page = terminate_page(&visit, &customer, &typed, &complaints);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let id = customer.record.id;
    visit.ask(move |office, actor| office.terminate_customer(actor, id, None)).await?;
    Ok(visit.done(
        &path(&customer, ""),
        format!("{} is terminated. Connected platforms are told now.", customer.record.name),
    ))
}
