//! Deliveries to outside platforms.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::gate::Caller;
use crate::http::problem::{CONFLICT, Problem};
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::routes::connectors::provisioning;
use crate::routes::money::currency_of;
use crate::routes::optional;
use crate::wire::{DeliveryBody, DeliveryLine, DeliveryParams, Id, List};
use axum::extract::State;
use charging::CustomerId;
use office::{Office, OfficeError, Page, page_limit};
use store::{DeliveryQuery, DeliveryState};

const STATES: [(&str, DeliveryState); 5] = [
    (DeliveryState::Pending.name(), DeliveryState::Pending),
    (DeliveryState::InFlight.name(), DeliveryState::InFlight),
    (DeliveryState::Done.name(), DeliveryState::Done),
    (DeliveryState::Superseded.name(), DeliveryState::Superseded),
    (DeliveryState::Dead.name(), DeliveryState::Dead),
];

/// Pages are one row shorter than the store's longest, so that a surplus row tells that there is a next page.
const ROWS_MOST: usize = 499;

fn query(params: DeliveryParams, customer: Option<CustomerId>) -> Result<DeliveryQuery, Problem> {
    let cursor = params.cursor.map(|cursor| cursor.parse::<i64>()).transpose();
    Ok(DeliveryQuery {
        connector: params.connector,
        account: None,
        customer,
        state: optional("state", params.state.as_deref(), &STATES)?,
        cursor: cursor.map_err(|_| Problem::field("cursor", "is not a cursor of this list"))?,
        limit: page_limit(params.limit.0).min(ROWS_MOST),
    })
}

fn page(office: &Office, mut query: DeliveryQuery) -> Result<List<DeliveryLine>, OfficeError> {
    let limit = query.limit;
    query.limit += 1;
    let rows = office.store().deliveries(&query)?;
    Ok(List::of(Page::from_surplus(rows, limit, |row| row.id.to_string()), DeliveryLine::from))
}

/// List deliveries
#[utoipa::path(get, path = "/deliveries", tag = "Deliveries", params(DeliveryParams),
    responses((status = 200, description = "Newest first", body = List<DeliveryLine>)),
    security(("token" = ["read"])))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Query(params): Query<DeliveryParams>,
) -> Result<Json<List<DeliveryLine>>, Problem> {
    let query = query(params, None)?;
    ask(&state, move |office| page(office, query)).await.map(Json)
}

/// List deliveries about a customer's accounts
#[utoipa::path(get, path = "/customers/{id}/deliveries", tag = "Deliveries",
    params(("id" = Id, Path, description = "The customer"), DeliveryParams),
    responses((status = 200, description = "Newest first", body = List<DeliveryLine>)),
    security(("token" = ["read"])))]
pub(crate) async fn of_customer(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
    Query(params): Query<DeliveryParams>,
) -> Result<Json<List<DeliveryLine>>, Problem> {
    let query = query(params, Some(id.customer()))?;
    ask(&state, move |office| {
        currency_of(office, id.customer())?;
        page(office, query)
    })
    .await
    .map(Json)
}

fn shown(office: &Office, id: i64) -> Result<DeliveryBody, OfficeError> {
    let view = office.store().delivery(id)?;
    view.map(DeliveryBody::from).ok_or_else(|| OfficeError::not_found("delivery", id))
}

/// Show a delivery with everything that was tried
#[utoipa::path(get, path = "/deliveries/{id}", tag = "Deliveries", params(("id" = Id, Path, description = "The delivery")),
    responses((status = 200, description = "The delivery", body = DeliveryBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<DeliveryBody>, Problem> {
    ask(&state, move |office| shown(office, id.0)).await.map(Json)
}

/// Send a delivery again
///
/// A dead, finished or superseded delivery waits again, due now. One that is on its way is left alone.
#[utoipa::path(post, path = "/deliveries/{id}/replay", tag = "Deliveries", params(("id" = Id, Path, description = "The delivery")),
    responses((status = 200, description = "The delivery as it is now", body = DeliveryBody)),
    security(("token" = ["provision"])))]
pub(crate) async fn replay(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<Json<DeliveryBody>, Problem> {
    let before = ask(&state, move |office| shown(office, id.0)).await?;
    let replayed = provisioning(&state)?.replay(id.0).await;
    if !replayed.map_err(|error| Problem::from_provisioning(&error))? {
        return Err(Problem::new(CONFLICT, format!("delivery {id} is on its way already")));
    }
    ask(&state, move |office| {
        office.note(&caller.actor, "delivery/replayed", &before.delivery.connector, &id.to_string())?;
        shown(office, id.0)
    })
    .await
    .map(Json)
}
