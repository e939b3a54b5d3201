//! Giving money back: refunds of charges, free days; and own balances of accounts.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::Path;
use crate::ports::ApiState;
use crate::routes::money::currency_of;
use crate::wire::{BookedBody, FreeDaysBody, Id, OpenBalanceBody, RefundBody, RefundedBody, TransferBody};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use office::{NewFreeDays, OfficeError};

/// Give a charge back, in whole or part
///
/// Never more than was charged, all refunds of it together. A charge of the open period is given back on the same invoice, one of
/// a closed period to the balance, where it pays open invoices; what an account's own balance paid returns there.
#[utoipa::path(post, path = "/customers/{id}/refunds", tag = "Money", request_body = RefundBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 201, description = "Given back", body = RefundedBody)),
    security(("token" = ["money"])))]
pub(crate) async fn refund(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<RefundBody>,
) -> Result<Response, Problem> {
    let refund = body.refund()?;
    let made =
        ask(&state, move |office| office.refund(&caller.actor, id.customer(), refund, caller.key)).await?;
    let body = RefundedBody::from(made);
    Ok(created(&format!("/api/v1/xdrs/{}", body.xdr), body))
}

/// Give the fee of some days back
///
/// For a fault: the share of the open period's fee is credited at once, and pays open invoices. The fee itself is charged as usual.
#[utoipa::path(post, path = "/accounts/{id}/free-days", tag = "Money", request_body = FreeDaysBody,
    params(("id" = Id, Path, description = "The account")),
    responses((status = 201, description = "Credited to the customer's balance", body = BookedBody)),
    security(("token" = ["money"])))]
pub(crate) async fn free_days(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(FreeDaysBody { product, days, note }): Json<FreeDaysBody>,
) -> Result<Response, Problem> {
    let free = NewFreeDays { account: id.row(), product, days, note };
    let (customer, body) = ask(&state, move |office| {
        let booked = office.give_free_days(&caller.actor, free, caller.key)?;
        let customer = id.row().customer().ok_or_else(|| OfficeError::not_found("account", id))?;
        Ok((customer, BookedBody::of(&booked, booked.amount, currency_of(office, customer)?)))
    })
    .await?;
    Ok(created(&format!("/api/v1/customers/{customer}/ledger"), body))
}

/// Give an account a balance of its own
///
/// It pays the account's use and purchases from now on, for good. Nothing may be running on the account.
#[utoipa::path(post, path = "/accounts/{id}/own-balance", tag = "Money", request_body = OpenBalanceBody,
    params(("id" = Id, Path, description = "The account")),
    responses((status = 204, description = "Opened")),
    security(("token" = ["money"])))]
pub(crate) async fn open_balance(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<OpenBalanceBody>,
) -> Result<StatusCode, Problem> {
    let limit = body.credit_limit.map(crate::wire::Money::amount);
    ask(&state, move |office| office.open_balance(&caller.actor, id.row(), limit, caller.key)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Move money between the customer's balance and an account's own
///
/// As far as it is there, also counting credit.
#[utoipa::path(post, path = "/accounts/{id}/transfers", tag = "Money", request_body = TransferBody,
    params(("id" = Id, Path, description = "The account")),
    responses((status = 201, description = "Moved; the standing is that of the own balance", body = BookedBody)),
    security(("token" = ["money"])))]
pub(crate) async fn transfer(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<TransferBody>,
) -> Result<Response, Problem> {
    let (customer, body) = ask(&state, move |office| {
        let amount = body.amount.amount();
        let booked = office.transfer(&caller.actor, id.row(), amount, caller.key)?;
        let customer = id.row().customer().ok_or_else(|| OfficeError::not_found("account", id))?;
        Ok((customer, BookedBody::of(&booked, amount, currency_of(office, customer)?)))
    })
    .await?;
    Ok(created(&format!("/api/v1/customers/{customer}/ledger"), body))
}
