//! What was used and is being used: xDRs with their explanation, open sessions.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::routes::money::currency_of;
use crate::wire::{Id, List, SessionBody, SessionParams, XdrBody, XdrLine, XdrParams};
use axum::extract::State;
use axum::http::StatusCode;
use office::{SessionQuery, XdrQuery};

/// List a customer's xDRs
#[utoipa::path(get, path = "/customers/{id}/xdrs", tag = "Usage",
    params(("id" = Id, Path, description = "The customer"), XdrParams),
    responses((status = 200, description = "Newest first", body = List<XdrLine>)),
    security(("token" = ["read"])))]
pub(crate) async fn xdrs(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
    Query(params): Query<XdrParams>,
) -> Result<Json<List<XdrLine>>, Problem> {
    let query = XdrQuery {
        customer: Some(id.customer()),
        account: params.account.map(Id::row),
        service: params.service,
        period: params.period,
        from: params.from.map(|time| time.0),
        to: params.to.map(|time| time.0),
        cursor: params.cursor,
        limit: params.limit.0,
    };
    ask(&state, move |office| {
        let currency = currency_of(office, id.customer())?;
        Ok(List::of(office.xdrs(&query)?, |row| XdrLine::of(row, currency)))
    })
    .await
    .map(Json)
}

/// Show an xDR with the explanation of its amount
#[utoipa::path(get, path = "/xdrs/{id}", tag = "Usage", params(("id" = Id, Path, description = "The xDR")),
    responses((status = 200, description = "The xDR", body = XdrBody)),
    security(("token" = ["read"]), ("token" = ["charge"])))]
pub(crate) async fn xdr(State(state): State<ApiState>, Path(id): Path<Id>) -> Result<Json<XdrBody>, Problem> {
    ask(&state, move |office| {
        let view = office.xdr(id.row())?;
        let currency = currency_of(office, view.xdr.customer)?;
        let lines = office.explain(&view)?;
        let so_far = office.charge_so_far(&view)?;
        Ok(XdrBody::of(view, lines, so_far, currency))
    })
    .await
    .map(Json)
}

/// List open sessions
///
/// Three to ten seconds behind what the network reports.
#[utoipa::path(get, path = "/sessions", tag = "Usage", params(SessionParams),
    responses((status = 200, description = "A page of open sessions", body = List<SessionBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn sessions(
    State(state): State<ApiState>,
    Query(params): Query<SessionParams>,
) -> Result<Json<List<SessionBody>>, Problem> {
    let SessionParams { node, service, who, cursor, limit } = params;
    let query = SessionQuery { customer: None, node, service, who, cursor, limit: limit.0 };
    let page = ask(&state, move |office| office.sessions(&query)).await?;
    Ok(Json(List::of(page, |row| {
        SessionBody::of(row.customer, row.account_label, &row.session, row.meters, row.currency)
    })))
}

/// List a customer's open sessions
///
/// Live: as the charging core has them now.
#[utoipa::path(get, path = "/customers/{id}/sessions", tag = "Usage", params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "All of them, oldest first", body = List<SessionBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn of_customer(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<List<SessionBody>>, Problem> {
    ask(&state, move |office| {
        let view = office.customer(id.customer())?;
        let currency = view.live.head.currency;
        let mut sessions: Vec<_> = view.live.open_sessions().collect();
        sessions.sort_by(|one, other| (one.started_at, &one.key).cmp(&(other.started_at, &other.key)));
        Ok(List::whole(sessions.into_iter().map(|session| {
            let label =
                view.account(session.account).map_or_else(String::new, |account| account.label.clone());
            SessionBody::of(id.customer(), label, session, office.session_meters(session), currency)
        })))
    })
    .await
    .map(Json)
}

/// End an open session
///
/// What it used is charged and what is reserved for it returns. A RADIUS node is told to disconnect it, a Diameter gateway
/// to abort it, where their profiles say that they can be told; what is still reported of it is not charged.
#[utoipa::path(post, path = "/customers/{id}/sessions/{session}/end", tag = "Usage",
    params(("id" = Id, Path, description = "The customer"), ("session" = String, Path, description = "The session's id")),
    responses((status = 204, description = "Ended")),
    security(("token" = ["customers"])))]
pub(crate) async fn end_session(
    State(state): State<ApiState>,
    caller: Caller,
    Path((id, session)): Path<(Id, String)>,
) -> Result<StatusCode, Problem> {
    ask(&state, move |office| office.end_session(&caller.actor, id.customer(), &session, caller.key)).await?;
    Ok(StatusCode::NO_CONTENT)
}
