//! The kept exchange rates.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::ports::ApiState;
use crate::wire::{ExchangeRateBody, List, NewExchangeRateBody, Paging};
use axum::extract::State;
use axum::response::Response;

/// List exchange rates
///
/// Newest first. A payment in another currency that names no rate is booked by the newest one that is in force.
#[utoipa::path(get, path = "/exchange-rates", tag = "Money", params(Paging),
    responses((status = 200, description = "A page of rates", body = List<ExchangeRateBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<ExchangeRateBody>>, Problem> {
    let page = ask(&state, move |office| office.exchange_rates(paging.cursor.as_deref(), paging.limit.0));
    Ok(Json(List::of(page.await?, ExchangeRateBody::from)))
}

/// Keep an exchange rate
///
/// What the currency is worth from an instant on. The history does not change: a wrong rate is followed by a right one.
#[utoipa::path(post, path = "/exchange-rates", tag = "Money", request_body = NewExchangeRateBody,
    responses((status = 201, description = "Kept", body = ExchangeRateBody)),
    security(("token" = ["money"])))]
pub(crate) async fn keep(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<NewExchangeRateBody>,
) -> Result<Response, Problem> {
    let kept = ask(&state, move |office| office.keep_exchange_rate(&caller.actor, body.rate()?)).await?;
    Ok(created("/api/v1/exchange-rates", ExchangeRateBody::from(kept)))
}
