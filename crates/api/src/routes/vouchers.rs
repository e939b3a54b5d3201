//! Vouchers: batches, looking one up, revoking, redeeming. Codes are in bodies only, never in addresses, which end up in logs.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::wire::{
    BookedBody, Id, List, NewVouchersBody, Paging, RedeemBody, RevokedBatchBody, VoucherBatchBody,
    VoucherBody, VoucherCodeBody,
};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use office::RedeemVoucher;

/// Make a batch of vouchers
///
/// The codes are in the answer, as CSV with the header `code,amount,currency,expires_at`, and nowhere else: only digests of them are
/// kept. `Location` names the batch. A repetition with the same Idempotency-Key never makes a second batch; a small answer is given
/// again for a day, of a large one (more than some 5,000 codes) or after a restart the codes cannot be: 409, revoke the batch and make
/// another one under another key.
#[utoipa::path(post, path = "/voucher-batches", tag = "Vouchers", request_body = NewVouchersBody,
    responses((status = 201, description = "Made; the codes", body = String, content_type = "text/csv")),
    security(("token" = ["money"])))]
pub(crate) async fn make(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<NewVouchersBody>,
) -> Result<Response, Problem> {
    let made = ask(&state, move |office| {
        let new = body.form(office.catalog().currency())?;
        office.make_vouchers(&caller.actor, &new, caller.key.as_ref())
    })
    .await?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"))];
    let mut response = (StatusCode::CREATED, kind, made.csv).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("/api/v1/voucher-batches/{}", made.batch.id)) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    Ok(response)
}

/// List batches of vouchers
#[utoipa::path(get, path = "/voucher-batches", tag = "Vouchers", params(Paging),
    responses((status = 200, description = "Newest first, with how many are in which state", body = List<VoucherBatchBody>)),
    security(("token" = ["read"]), ("token" = ["money"])))]
pub(crate) async fn batches(
    State(state): State<ApiState>,
    Query(params): Query<Paging>,
) -> Result<Json<List<VoucherBatchBody>>, Problem> {
    ask(&state, move |office| {
        let page = office.voucher_batches(params.cursor.as_deref(), params.limit.0)?;
        Ok(List::of(page, VoucherBatchBody::from))
    })
    .await
    .map(Json)
}

/// Show a batch of vouchers
#[utoipa::path(get, path = "/voucher-batches/{id}", tag = "Vouchers",
    params(("id" = Id, Path, description = "The batch")),
    responses((status = 200, description = "The batch", body = VoucherBatchBody)),
    security(("token" = ["read"]), ("token" = ["money"])))]
pub(crate) async fn batch(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<VoucherBatchBody>, Problem> {
    ask(&state, move |office| office.voucher_batch(id.0).map(VoucherBatchBody::from)).await.map(Json)
}

/// Revoke the rest of a batch
///
/// All its vouchers that nobody has redeemed; who is redeeming one now still gets it.
#[utoipa::path(post, path = "/voucher-batches/{id}/revoke", tag = "Vouchers",
    params(("id" = Id, Path, description = "The batch")),
    responses((status = 200, description = "How many it were, and the batch", body = RevokedBatchBody)),
    security(("token" = ["money"])))]
pub(crate) async fn revoke_batch(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<Json<RevokedBatchBody>, Problem> {
    ask(&state, move |office| {
        let revoked_now = office.revoke_voucher_batch(&caller.actor, id.0)?;
        Ok(RevokedBatchBody { revoked_now, batch: office.voucher_batch(id.0)?.into() })
    })
    .await
    .map(Json)
}

/// Look a voucher up by its code
#[utoipa::path(post, path = "/vouchers/find", tag = "Vouchers", request_body = VoucherCodeBody,
    responses((status = 200, description = "How it stands, and who redeemed it when", body = VoucherBody)),
    security(("token" = ["read"]), ("token" = ["money"])))]
pub(crate) async fn find(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<VoucherCodeBody>,
) -> Result<Json<VoucherBody>, Problem> {
    ask(&state, move |office| office.find_voucher(&caller.actor, &body.code).map(VoucherBody::from))
        .await
        .map(Json)
}

/// Revoke a voucher
///
/// One that nobody has redeemed; once more does nothing.
#[utoipa::path(post, path = "/vouchers/revoke", tag = "Vouchers", request_body = VoucherCodeBody,
    responses((status = 200, description = "Revoked", body = VoucherBody)),
    security(("token" = ["money"])))]
pub(crate) async fn revoke(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<VoucherCodeBody>,
) -> Result<Json<VoucherBody>, Problem> {
    ask(&state, move |office| office.revoke_voucher(&caller.actor, &body.code).map(VoucherBody::from))
        .await
        .map(Json)
}

/// Redeem a voucher
///
/// Credits the customer, or one of his accounts with a balance of its own; open invoices are paid with it, oldest first. A code with
/// a slip is a field error of `code`, one that is none of ours is CHG-049; after five such of one customer within ten minutes he has
/// to wait (OFF-004).
#[utoipa::path(post, path = "/customers/{id}/vouchers", tag = "Vouchers", request_body = RedeemBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 201, description = "Credited", body = BookedBody)),
    security(("token" = ["money"])))]
pub(crate) async fn redeem(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<RedeemBody>,
) -> Result<Response, Problem> {
    let booked = ask(&state, move |office| {
        let (customer, account) = (id.customer(), body.account.map(Id::row));
        let asked = RedeemVoucher { customer, account, code: body.code, source: None };
        let booked = office.redeem_voucher(&caller.actor, &asked, caller.key)?;
        Ok(BookedBody::of(&booked, booked.amount, office.currency_of(customer)?))
    })
    .await?;
    Ok(created(&format!("/api/v1/customers/{id}/ledger"), booked))
}
