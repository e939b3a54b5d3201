//! Top-ups, given units, and what is used first.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::query::Path;
use crate::ports::ApiState;
use crate::wire::{AccountBody, GrantBody, Id, List, OrderBody, TopUpBody, ToppedUpBody};
use axum::extract::State;
use axum::response::Response;

/// Fill a wallet
///
/// By one of its options; the price leaves the balance at once. The whole wallet is then good for at least the days of the option.
#[utoipa::path(post, path = "/accounts/{id}/top-ups", tag = "Accounts", request_body = TopUpBody,
    params(("id" = Id, Path, description = "The account")),
    responses((status = 201, description = "Filled", body = ToppedUpBody),
        (status = 402, description = "Refused: the available funds do not suffice (CHG-010)", content_type = "application/problem+json", body = ProblemBody)),
    security(("token" = ["charge"]), ("token" = ["money"])))]
pub(crate) async fn top_up(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<TopUpBody>,
) -> Result<Response, Problem> {
    let form = body.form();
    let made = ask(&state, move |office| office.top_up(&caller.actor, id.row(), &form, caller.key)).await?;
    Ok(created(&format!("/api/v1/xdrs/{}", made.xdr), ToppedUpBody::from(made)))
}

/// Give units of a quota or wallet
///
/// For nothing, beside what the period gives: a free day, a promotion.
#[utoipa::path(post, path = "/accounts/{id}/grants", tag = "Accounts", request_body = GrantBody,
    params(("id" = Id, Path, description = "The account")),
    responses((status = 201, description = "Given; the account as it is now", body = AccountBody)),
    security(("token" = ["money"])))]
pub(crate) async fn grant(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<GrantBody>,
) -> Result<Response, Problem> {
    let form = body.form()?;
    let account = ask(&state, move |office| {
        office.grant_units(&caller.actor, id.row(), form, caller.key)?;
        super::accounts::shown(office, id.row())
    })
    .await?;
    Ok(created(&format!("/api/v1/accounts/{id}"), account))
}

/// Show what is used first
///
/// For each service of which the account has a quota, discount or wallet; whatever the destination.
#[utoipa::path(get, path = "/accounts/{id}/order-of-use", tag = "Accounts",
    params(("id" = Id, Path, description = "The account")),
    responses((status = 200, description = "By service, in the order of the catalog", body = List<OrderBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn order_of_use(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<List<OrderBody>>, Problem> {
    ask(&state, move |office| {
        let (customer, account) = office.account(id.row())?;
        Ok(List::whole(office.order_of_use(&customer, &account).into_iter().map(OrderBody::from)))
    })
    .await
    .map(Json)
}
