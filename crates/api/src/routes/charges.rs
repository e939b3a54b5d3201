//! Charging: purchases and price enquiries.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::{Problem, ProblemBody};
use crate::ports::ApiState;
use crate::wire::{BalanceCheck, BalanceChecked, ChargeBody, Charged, Money, PriceBody};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use office::Purchase;

fn purchase(body: ChargeBody) -> Result<Purchase, Problem> {
    body.purchase().map_err(|reason| Problem::field("account", reason))
}

/// Charge a purchase
///
/// The money leaves the available funds at once, or the purchase is refused and nothing changes. Charged once per
/// Idempotency-Key, and once per `reference` and customer: a reference that was charged before answers 200 with `repeated`.
#[utoipa::path(post, path = "/charges", tag = "Charging", request_body = ChargeBody,
    responses((status = 201, description = "Charged", body = Charged),
        (status = 200, description = "This reference had been charged before", body = Charged),
        (status = 402, description = "Refused: the available funds do not suffice (CHG-010)", content_type = "application/problem+json", body = ProblemBody)),
    security(("token" = ["charge"])))]
pub(crate) async fn charge(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<ChargeBody>,
) -> Result<Response, Problem> {
    let purchase = purchase(body)?;
    let made = ask(&state, move |office| office.purchase(&caller.actor, purchase, caller.key)).await?;
    let body = Charged::from(made);
    if body.repeated {
        return Ok(Json(body).into_response());
    }
    Ok(created(&format!("/api/v1/xdrs/{}", body.xdr), body))
}

/// Ask what a purchase would cost
///
/// Nothing is charged or reserved.
#[utoipa::path(post, path = "/charges/price", tag = "Charging", request_body = ChargeBody,
    responses((status = 200, description = "The price now", body = PriceBody)),
    security(("token" = ["charge"])))]
pub(crate) async fn price(
    State(state): State<ApiState>,
    Json(body): Json<ChargeBody>,
) -> Result<Json<PriceBody>, Problem> {
    let purchase = purchase(body)?;
    ask(&state, move |office| office.price(&purchase)).await.map(|priced| Json(priced.into()))
}

/// Ask whether a sum could be paid
///
/// Of the balance that pays for the account: its own, or the customer's. Nothing is charged or reserved.
#[utoipa::path(post, path = "/charges/balance", tag = "Charging", request_body = BalanceCheck,
    responses((status = 200, description = "What is there now", body = BalanceChecked)),
    security(("token" = ["charge"])))]
pub(crate) async fn check_balance(
    State(state): State<ApiState>,
    Json(body): Json<BalanceCheck>,
) -> Result<Json<BalanceChecked>, Problem> {
    let amount = body.amount.map(Money::amount).unwrap_or_default();
    let who = body.who().map_err(|reason| Problem::field("account", reason))?;
    let (enough, balance) = ask(&state, move |office| office.check_balance(&who, amount)).await?;
    Ok(Json(BalanceChecked::of(enough, &balance)))
}
