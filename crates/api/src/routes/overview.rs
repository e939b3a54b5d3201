//! What helps to find one's way: the first page's figures, the search, the audit trail.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::ports::ApiState;
use crate::wire::{AuditBody, AuditParams, HomeBody, List};
use axum::extract::State;
use office::AuditQuery;

/// Show the installation's figures
#[utoipa::path(get, path = "/home", tag = "Overview",
    responses((status = 200, description = "Figures of today and the last 14 days", body = HomeBody)),
    security(("token" = ["read"])))]
pub(crate) async fn home(State(state): State<ApiState>) -> Result<Json<HomeBody>, Problem> {
    let currency = state.office.catalog().currency();
    ask(&state, move |office| Ok(HomeBody::of(office.home()?.as_ref(), currency))).await.map(Json)
}

/// List who did what
#[utoipa::path(get, path = "/audit", tag = "Overview", params(AuditParams),
    responses((status = 200, description = "Newest first", body = List<AuditBody>)),
    security(("token" = ["admin"])))]
pub(crate) async fn audit(
    State(state): State<ApiState>,
    Query(params): Query<AuditParams>,
) -> Result<Json<List<AuditBody>>, Problem> {
    let query = AuditQuery {
        customer: params.customer.map(|id| id.customer()),
        actor: params.actor,
        action: params.action,
        cursor: params.cursor,
        limit: params.limit.0,
    };
    let page = ask(&state, move |office| office.audit(&query)).await?;
    Ok(Json(List::of(page, AuditBody::from)))
}
