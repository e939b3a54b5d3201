//! Files of purchases.

use crate::http::blocking::{ask, ask_for, office_problem};
use crate::http::body::{Json, expect_type, raw_body};
use crate::http::gate::Caller;
use crate::http::problem::{ABSENT, Problem};
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::routes::optional;
use crate::wire::{
    Id, ImportBody, ImportLineBody, ImportLineParams, ImportParams, ImportRecord, List, Paging,
};
use axum::extract::{Request, State};
use office::{Office, OfficeError, PAGE_ROWS_MOST, Page, page_limit};

const OUTCOMES: [(&str, &str); 3] =
    [("charged", "charged"), ("skipped", "skipped"), ("rejected", "rejected")];
/// Longest file name, in characters.
const NAME_MOST: usize = 200;

fn shown(
    office: &Office,
    file: i64,
    outcome: Option<&str>,
    after: u64,
    limit: usize,
) -> Result<ImportBody, OfficeError> {
    let row = office.store().import_file(file)?.ok_or_else(|| OfficeError::not_found("import", file))?;
    let lines = office.store().import_lines(file, outcome, after, limit + 1)?;
    let page = Page::from_surplus(lines, limit, |line| line.line.to_string()).map(ImportRecord::from);
    Ok(ImportBody { import: row.into(), records: page.items, next_cursor: page.next })
}

/// Import a file of purchases
///
/// CSV with the header `reference,account,service,item,units,occurred_at,description`. Each line is charged once by its
/// reference: one that was charged before is skipped, one that cannot be charged is rejected with its line, field and reason. The same content
/// again is recognised and answers what became of it the first time. The first 500 lines are in the answer.
#[utoipa::path(post, path = "/imports", tag = "Imports", params(ImportParams),
    request_body(content = String, content_type = "text/csv", description = "The file, at most 32 MiB"),
    responses((status = 200, description = "What became of each line", body = ImportBody)),
    security(("token" = ["import"])))]
pub(crate) async fn upload(
    State(state): State<ApiState>,
    caller: Caller,
    Query(params): Query<ImportParams>,
    request: Request,
) -> Result<Json<ImportBody>, Problem> {
    let absent = || Problem::new(ABSENT, "imports are not part of this installation");
    let door = state.imports.clone().ok_or_else(absent)?;
    expect_type(request.headers(), &["text/csv"])?;
    let name = params.name;
    if name.trim().is_empty() || name.chars().count() > NAME_MOST || name.chars().any(char::is_control) {
        return Err(Problem::field("name", format!("1 to {NAME_MOST} characters")));
    }
    let content = raw_body(request).await?;
    let problems = state.clone();
    ask_for(&state, move |office| {
        let file = door.import(&caller.actor, name.trim(), &content);
        let shown = file.and_then(|file| shown(office, file, None, 0, PAGE_ROWS_MOST));
        shown.map_err(|error| office_problem(&problems, error))
    })
    .await
    .map(Json)
}

fn number<T: std::str::FromStr>(cursor: Option<&str>, first: T) -> Result<T, Problem> {
    let Some(cursor) = cursor else { return Ok(first) };
    cursor.parse().map_err(|_| Problem::field("cursor", "is not a cursor of this list"))
}

/// List imported files
#[utoipa::path(get, path = "/imports", tag = "Imports", params(Paging),
    responses((status = 200, description = "Newest first", body = List<ImportLineBody>)),
    security(("token" = ["read"]), ("token" = ["import"])))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Query(params): Query<Paging>,
) -> Result<Json<List<ImportLineBody>>, Problem> {
    let before = number(params.cursor.as_deref(), i64::MAX)?;
    let limit = page_limit(params.limit.0);
    ask(&state, move |office| {
        let rows = office.store().import_files(before, limit + 1)?;
        Ok(List::of(Page::from_surplus(rows, limit, |row| row.id.to_string()), ImportLineBody::from))
    })
    .await
    .map(Json)
}

/// Show an imported file with what became of its lines
#[utoipa::path(get, path = "/imports/{id}", tag = "Imports",
    params(("id" = Id, Path, description = "The file"), ImportLineParams),
    responses((status = 200, description = "The file and a page of its lines", body = ImportBody)),
    security(("token" = ["read"]), ("token" = ["import"])))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
    Query(params): Query<ImportLineParams>,
) -> Result<Json<ImportBody>, Problem> {
    let after = number(params.cursor.as_deref(), 0)?;
    let outcome = optional("outcome", params.outcome.as_deref(), &OUTCOMES)?;
    let limit = page_limit(params.limit.0);
    ask(&state, move |office| shown(office, id.0, outcome, after, limit)).await.map(Json)
}
