//! What helps to find one's way: the first page's figures, the search, the audit trail.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::problem::Problem;
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::routes::money::currency_of;
use crate::routes::optional;
use crate::wire::{
    AuditBody, AuditParams, HomeBody, Id, List, SearchGroupBody, SearchParams, TimelineBody, TimelineParams,
};
use axum::extract::State;
use office::{AuditQuery, TimelineCategory};

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

/// Search by what people remember
///
/// Name, number, account label, MSISDN, IMSI, MAC, user, serial number, invoice number, e-mail, phone. Two letters at least.
#[utoipa::path(get, path = "/search", tag = "Overview", params(SearchParams),
    responses((status = 200, description = "Hits by kind, best first", body = List<SearchGroupBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn search(
    State(state): State<ApiState>,
    Query(params): Query<SearchParams>,
) -> Result<Json<List<SearchGroupBody>>, Problem> {
    let groups = ask(&state, move |office| office.search(&params.q, params.limit.0)).await?;
    Ok(Json(List::whole(groups.into_iter().map(SearchGroupBody::from))))
}

/// List what happened to a customer
///
/// Money, use of the network, service changes, staff and messages in one list.
#[utoipa::path(get, path = "/customers/{id}/timeline", tag = "Customers",
    params(("id" = Id, Path, description = "The customer"), TimelineParams),
    responses((status = 200, description = "Newest first", body = List<TimelineBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn timeline(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
    Query(params): Query<TimelineParams>,
) -> Result<Json<List<TimelineBody>>, Problem> {
    let words = TimelineCategory::ALL.map(|category| (category.name(), category));
    let category = optional("category", params.category.as_deref(), &words)?;
    ask(&state, move |office| {
        currency_of(office, id.customer())?;
        let page = office.timeline(id.customer(), category, params.cursor.as_deref(), params.limit.0)?;
        Ok(List::of(page, TimelineBody::from))
    })
    .await
    .map(Json)
}
