//! Notes that staff write about a customer.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::CustomerView;
use store::NoteRecord;
use web_kit::{Card, EmptyState, Icon, Markup, TableState, Timeline, el};

use super::{Tab, load, page, path};
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Notes of one page.
const ROWS: usize = 50;

pub(crate) async fn show(visit: Visit, Path(who): Path<String>, state: TableState) -> Page {
    let customer = load(&visit, &who).await?;
    notes_page(&visit, &customer, &state, &Typed::default(), &Complaints::none()).await
}

async fn notes_page(
    visit: &Visit,
    customer: &CustomerView,
    state: &TableState,
    typed: &Typed,
    complaints: &Complaints,
) -> Page {
    let (id, before) = (customer.record.id, state.after().and_then(|cursor| cursor.parse().ok()));
    let mut notes = visit.ask(move |office, _| Ok(office.store().notes_of(id, before, ROWS + 1)?)).await?;
    let more = notes.len() > ROWS;
    notes.truncate(ROWS);
    let next = notes.last().filter(|_| more).map(|note| state.page_after(&note.id.0.to_string()));
    let list: Markup = if notes.is_empty() {
        EmptyState::new(
            Icon::Note,
            "No notes yet",
            "Write down what the next colleague should know: agreements, calls, what was promised.",
        )
        .into()
    } else {
        let entries = notes.iter().fold(Timeline::new(), |timeline, note| entry(visit, timeline, note));
        Markup::from(el("div").class("card-body").child(entries))
            .with(web_kit::pages(state.page_before(), next))
    };
    let list = Card::new("Notes").flush().child(list);
    if !visit.may_change() {
        return Ok(page(visit, customer, Tab::Notes, list));
    }
    let sheet = Sheet::new(typed, complaints);
    let form = sheet::form(visit, &path(customer, "/notes"))
        .field(sheet.bind(web_kit::Field::area("body", "Note", 5), &["body", "text"]).required())
        .submit("Add note");
    let add = Card::new("Write a note").child(sheet.beyond(&["body", "text"])).child(form);
    Ok(page(visit, customer, Tab::Notes, web_kit::split(list, add)))
}

fn entry(visit: &Visit, timeline: Timeline, note: &NoteRecord) -> Timeline {
    let lines = note.body.lines().map(|line| Markup::from(el("div").child(line)));
    timeline.entry(
        Icon::Note,
        Markup::join(lines),
        visit.when(note.at),
        format!("by {}", crate::words::actor(&note.author)),
    )
}

pub(crate) async fn add(visit: Visit, Path(who): Path<String>, state: TableState, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let (id, text) = (customer.record.id, typed.raw("body").to_owned());
    match visit.ask(move |office, actor| office.add_note(actor, id, &text)).await {
        Ok(_) => Ok(visit.done(&path(&customer, "/notes"), "The note was added.")),
        Err(error) => {
            let complaints = Complaints::from_office(error)?;
            let page = notes_page(&visit, &customer, &state, &typed, &complaints).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
