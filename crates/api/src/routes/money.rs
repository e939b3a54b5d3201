//! Payments, corrections, the ledger.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::routes::optional;
use crate::wire::{AdjustmentBody, BookedBody, Id, LedgerBody, LedgerParams, List, PaymentBody};
use ::money::Currency;
use axum::extract::State;
use axum::response::Response;
use charging::{CustomerId, LedgerCode};
use office::{LedgerQuery, NewAdjustment, Office, OfficeError};

const CODES: [(&str, LedgerCode); 15] = [
    (LedgerCode::Usage.name(), LedgerCode::Usage),
    (LedgerCode::Purchase.name(), LedgerCode::Purchase),
    (LedgerCode::RecurringFee.name(), LedgerCode::RecurringFee),
    (LedgerCode::Payment.name(), LedgerCode::Payment),
    (LedgerCode::ManualCredit.name(), LedgerCode::ManualCredit),
    (LedgerCode::ManualCharge.name(), LedgerCode::ManualCharge),
    (LedgerCode::Promotion.name(), LedgerCode::Promotion),
    (LedgerCode::Compensation.name(), LedgerCode::Compensation),
    (LedgerCode::Voucher.name(), LedgerCode::Voucher),
    (LedgerCode::Refund.name(), LedgerCode::Refund),
    (LedgerCode::Correction.name(), LedgerCode::Correction),
    (LedgerCode::WalletTopUp.name(), LedgerCode::WalletTopUp),
    (LedgerCode::Wholesale.name(), LedgerCode::Wholesale),
    (LedgerCode::Transfer.name(), LedgerCode::Transfer),
    (LedgerCode::Tax.name(), LedgerCode::Tax),
];

/// The customer's currency.
pub(crate) fn currency_of(office: &Office, customer: CustomerId) -> Result<Currency, OfficeError> {
    office.currency_of(customer)
}

/// Book a payment
///
/// Open invoices are paid with it, oldest first; a suspension ends when none is overdue any more. To an account's own balance, it pays
/// no invoice. In another currency, it is booked by the rate that is given, or by the kept exchange rates, rounded once.
#[utoipa::path(post, path = "/customers/{id}/payments", tag = "Money", request_body = PaymentBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 201, description = "Booked", body = BookedBody)),
    security(("token" = ["money"])))]
pub(crate) async fn pay(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<PaymentBody>,
) -> Result<Response, Problem> {
    let booked = ask(&state, move |office| {
        let customer = id.customer();
        let currency = currency_of(office, customer)?;
        let booked = office.book_payment(&caller.actor, customer, body.payment(currency)?, caller.key)?;
        Ok(BookedBody::of(&booked, booked.amount, currency))
    })
    .await?;
    Ok(created(&format!("/api/v1/customers/{id}/ledger"), booked))
}

/// Credit or charge by hand
#[utoipa::path(post, path = "/customers/{id}/adjustments", tag = "Money", request_body = AdjustmentBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 201, description = "Booked", body = BookedBody)),
    security(("token" = ["money"])))]
pub(crate) async fn adjust(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<AdjustmentBody>,
) -> Result<Response, Problem> {
    let booked = ask(&state, move |office| {
        let (customer, amount) = (id.customer(), body.amount.amount());
        let AdjustmentBody { account, promotional, note, .. } = body;
        let adjustment = NewAdjustment { account: account.map(Id::row), amount, promotional, note };
        let booked = office.book_adjustment(&caller.actor, customer, adjustment, caller.key)?;
        Ok(BookedBody::of(&booked, amount, currency_of(office, customer)?))
    })
    .await?;
    Ok(created(&format!("/api/v1/customers/{id}/ledger"), booked))
}

/// List a customer's movements of money
#[utoipa::path(get, path = "/customers/{id}/ledger", tag = "Money",
    params(("id" = Id, Path, description = "The customer"), LedgerParams),
    responses((status = 200, description = "Newest first", body = List<LedgerBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn ledger(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
    Query(params): Query<LedgerParams>,
) -> Result<Json<List<LedgerBody>>, Problem> {
    let query = LedgerQuery {
        customer: Some(id.customer()),
        code: optional("code", params.code.as_deref(), &CODES)?,
        from: params.from.map(|time| time.0),
        to: params.to.map(|time| time.0),
        cursor: params.cursor,
        limit: params.limit.0,
    };
    ask(&state, move |office| {
        let currency = currency_of(office, id.customer())?;
        Ok(List::of(office.ledger(&query)?, |row| LedgerBody::of(row, currency)))
    })
    .await
    .map(Json)
}
