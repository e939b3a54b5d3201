//! Files of purchases: upload, what became of each line, and why lines were rejected.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::{OfficeError, Permission};
use store::ImportFileRow;
use web_kit::{
    Card, Column, EmptyState, Facts, Field, Icon, Markup, PageHead, Row, StaffSection, Table, TableState,
    Tone, chip, count, el, link, status,
};

use crate::fault::Fault;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Rows of one page.
const ROWS: usize = 50;
/// A batch as it should look.
const EXAMPLE: &str = "reference,account,service,item,units,occurred_at,description\n\
                       VOD-1001,ada@homeconnect,vod,lighthouse,1,2026-06-03T20:15:00Z,The Lighthouse\n";

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    list_page(&visit, &state, &Complaints::none()).await
}

async fn list_page(visit: &Visit, state: &TableState, complaints: &Complaints) -> Page {
    let before = state.after().and_then(|cursor| cursor.parse().ok()).unwrap_or(i64::MAX);
    let mut files = visit.ask(move |office, _| Ok(office.store().import_files(before, ROWS + 1)?)).await?;
    let more = files.len() > ROWS;
    files.truncate(ROWS);
    let next = files.last().filter(|_| more).map(|file| file.id.to_string());
    let table = Table::new("Imported files", state)
        .column(Column::text("name", "File"))
        .column(Column::text("state", "State"))
        .column(Column::figure("charged", "Charged"))
        .column(Column::figure("skipped", "Skipped"))
        .column(Column::figure("rejected", "Rejected"))
        .column(Column::text("source", "From").minor())
        .column(Column::figure("size", "Size").minor())
        .column(Column::text("at", "Received"))
        .rows(files.iter().map(|file| row(visit, file)))
        .pages(next)
        .empty(EmptyState::new(
            Icon::Imports,
            "No files yet",
            "A platform without the charging API leaves its purchases in a CSV file. Each line is charged once, however often the file comes.",
        ));
    let list = Card::new("Files").flush().child(table);
    let mut side = Markup::new();
    if visit.may_change() && visit.portal().state.imports.is_some() {
        let typed = Typed::default();
        let sheet = Sheet::new(&typed, complaints);
        let form = sheet::form(visit, "/imports")
            .multipart()
            .field(
                sheet
                    .bind(Field::input("file", "file", "CSV file"), &["file"])
                    .required()
                    .attr("accept", ".csv,text/csv"),
            )
            .submit("Charge this file");
        side.push(Card::new("Upload a file").child(sheet.beyond(&["file"])).child(form));
    }
    let how = el("div")
        .class("prose muted-ink")
        .child(el("p").child("One purchase in a line. A line that was charged before is skipped, one that cannot be charged is rejected with its reason; the others go on."))
        .child(el("pre").attr("tabindex", "0").child(EXAMPLE));
    side.push(Card::new("What a file looks like").child(how));
    let body = Markup::new().with(PageHead::new("Imports")).with(web_kit::split(list, side));
    Ok(visit.page("Imports", StaffSection::Imports, body))
}

fn file_state(file: &ImportFileRow) -> Markup {
    match (file.finished_at, file.rejected) {
        (None, _) => chip(Tone::Busy, "At work"),
        (Some(_), 0) => chip(Tone::Good, "Done"),
        (Some(_), _) => chip(Tone::Warn, "Done, some rejected"),
    }
}

fn row(visit: &Visit, file: &ImportFileRow) -> Row {
    Row::new()
        .opens(visit.url(&format!("/imports/{}", file.id)))
        .cell(file.name.as_str())
        .cell(file_state(file))
        .cell(count(file.charged))
        .cell(count(file.skipped))
        .cell(count(file.rejected))
        .cell(crate::words::actor(&file.source))
        .cell(web_kit::octets(file.octets))
        .cell(visit.when(file.received_at))
}

pub(crate) async fn upload(visit: Visit, state: TableState, typed: Typed) -> Turn {
    let door = visit.portal().state.imports.clone();
    let door = door.ok_or_else(|| Fault::Missing("This installation takes no uploads.".to_owned()))?;
    let mut complaints = Complaints::none();
    match typed.file("file") {
        None => complaints.add("file", "Choose a file first"),
        Some(file) => {
            let (name, content) = (file.name.clone(), file.content.clone());
            let taken = visit
                .ask(move |_, actor| {
                    actor.require(Permission::Import)?;
                    door.import(actor, &name, &content)
                })
                .await;
            match taken {
                Ok(id) => return Ok(visit.go(&format!("/imports/{id}"))),
                Err(error) => complaints = Complaints::from_office(error)?,
            }
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, list_page(&visit, &state, &complaints).await?).into_response())
}

pub(crate) async fn show(visit: Visit, Path(id): Path<i64>, state: TableState) -> Page {
    let outcome = state
        .filter("outcome")
        .filter(|word| ["charged", "skipped", "rejected"].contains(word))
        .map(str::to_owned);
    let after: u64 = state.after().and_then(|cursor| cursor.parse().ok()).unwrap_or_default();
    let (file, mut lines) = visit
        .ask(move |office, _| {
            let file = office.store().import_file(id)?.ok_or_else(|| OfficeError::not_found("file", id))?;
            Ok((file, office.store().import_lines(id, outcome.as_deref(), after, ROWS + 1)?))
        })
        .await?;
    let more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let next = lines.last().filter(|_| more).map(|line| line.line.to_string());
    let path = visit.url(&format!("/imports/{id}"));
    let rows = lines.iter().map(|line| {
        let why = line.xdr.map(|xdr| link(visit.url(&format!("/xdrs/{xdr}")), "Why this amount"));
        let field = (!line.field.is_empty()).then(|| Markup::from(el("code").child(line.field.as_str())));
        Row::new()
            .cell(line.line)
            .cell(status(&line.outcome))
            .cell(line.reference.as_str())
            .cell(field)
            .cell(
                Markup::text(if line.reason.is_empty() {
                    String::new()
                } else {
                    crate::words::sentence(&line.reason)
                })
                .with(why),
            )
            .cell(el("code").child(line.raw.as_str()))
    });
    let table = Table::new("Lines", &state)
        .column(Column::figure("line", "Line"))
        .column(Column::text("outcome", "Outcome"))
        .column(Column::text("reference", "Purchase number"))
        .column(Column::text("field", "Field"))
        .column(Column::text("reason", "Why"))
        .column(Column::text("raw", "The line as it came").minor())
        .view("All", path.as_str())
        .view("Rejected", format!("{path}?outcome=rejected"))
        .view("Skipped", format!("{path}?outcome=skipped"))
        .view("Charged", format!("{path}?outcome=charged"))
        .rows(rows)
        .pages(next);
    let head = PageHead::new(file.name.as_str())
        .crumb("Imports", visit.url("/imports"))
        .beside(file_state(&file))
        .fact("Charged", count(file.charged))
        .fact("Skipped", count(file.skipped))
        .fact("Rejected", count(file.rejected));
    let facts = Facts::new()
        .fact("From", crate::words::actor(&file.source))
        .fact("Received", visit.when(file.received_at).seconds())
        .fact("Finished", file.finished_at.map(|at| Markup::from(visit.when(at).seconds())))
        .fact("Size", web_kit::octets(file.octets))
        .fact("SHA-256", web_kit::copyable(&file.content_hash));
    let body = Markup::new().with(head).with(web_kit::stack(
        Markup::from(Card::new("Lines").flush().child(table)).with(Card::new("File").child(facts)),
    ));
    Ok(visit.page(&file.name, StaffSection::Imports, body))
}
