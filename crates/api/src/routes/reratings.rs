//! Reratings: what stored use would cost under another tariff or catalog version, and booking the difference.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::Path;
use crate::ports::ApiState;
use crate::wire::{List, NewReratingBody, PreviewBody, PreviewPageBody, ReratingBody};
use axum::extract::State;
use axum::response::Response;

/// Preview a rerating
///
/// Each charge that would change, what it was, what it would be and why. Nothing is changed. Pages are by customers looked at,
/// so a page may be empty and have a next one.
#[utoipa::path(post, path = "/reratings/preview", tag = "Reratings", request_body = PreviewBody,
    responses((status = 200, description = "A page of differences", body = PreviewPageBody)),
    security(("token" = ["money"])))]
pub(crate) async fn preview(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<PreviewBody>,
) -> Result<Json<PreviewPageBody>, Problem> {
    let (terms, cursor) = (body.terms.form(), body.cursor);
    ask(&state, move |office| {
        let page = office.preview_rerating(&caller.actor, &terms, cursor.as_deref())?;
        Ok(PreviewPageBody::from(page))
    })
    .await
    .map(Json)
}

/// Book a rerating
///
/// One correction per charge that changes, once per name however often it is asked. A large one goes on by itself; the same request
/// again tells how far it is and goes on. The same name with other terms is refused.
#[utoipa::path(post, path = "/reratings", tag = "Reratings", request_body = NewReratingBody,
    responses((status = 201, description = "Begun, and as far as it came", body = ReratingBody)),
    security(("token" = ["money"])))]
pub(crate) async fn book(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<NewReratingBody>,
) -> Result<Response, Problem> {
    let (name, terms) = (body.name, body.terms.form());
    let made = ask(&state, move |office| office.book_rerating(&caller.actor, &name, &terms)).await?;
    Ok(created("/api/v1/reratings", ReratingBody::from(made)))
}

/// List reratings that are booked
#[utoipa::path(get, path = "/reratings", tag = "Reratings",
    responses((status = 200, description = "The latest first, at most 100", body = List<ReratingBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn list(State(state): State<ApiState>) -> Result<Json<List<ReratingBody>>, Problem> {
    ask(&state, |office| Ok(List::whole(office.reratings()?.into_iter().map(ReratingBody::from))))
        .await
        .map(Json)
}

/// Show a rerating that is booked
#[utoipa::path(get, path = "/reratings/{name}", tag = "Reratings",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "How far it is and what it booked", body = ReratingBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Json<ReratingBody>, Problem> {
    ask(&state, move |office| office.rerating(&name).map(ReratingBody::from)).await.map(Json)
}
