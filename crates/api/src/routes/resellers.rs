//! Resellers: terms, standing, whom they serve, and messages between the levels that were refused.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::wire::{CustomerLine, Id, List, MessagesBody, MoveBody, Paging, ResellerBody, ResellerTermsBody};
use axum::extract::State;
use office::{CustomerOrder, CustomerQuery, Office, OfficeError};

fn messages(office: &Office) -> Result<MessagesBody, OfficeError> {
    Ok(MessagesBody::of(office.message_counts()?, office.parked_messages()?))
}

/// Show a customer's place among resellers
///
/// Who serves him, and, when he is a reseller himself, his terms and how he stands.
#[utoipa::path(get, path = "/customers/{id}/reseller", tag = "Resellers", params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "Who is above, and his own reselling", body = ResellerBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<ResellerBody>, Problem> {
    ask(&state, move |office| Ok(office.reseller_view(id.customer())?.into())).await.map(Json)
}

/// Make a customer a reseller, or change his terms
///
/// A reseller stays one, and cannot be moved any more.
#[utoipa::path(put, path = "/customers/{id}/reseller", tag = "Resellers", request_body = ResellerTermsBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "The reseller as he is now", body = ResellerBody)),
    security(("token" = ["money"])))]
pub(crate) async fn set_terms(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<ResellerTermsBody>,
) -> Result<Json<ResellerBody>, Problem> {
    ask(&state, move |office| {
        office.set_reseller_terms(&caller.actor, id.customer(), &body.terms(), caller.key)?;
        Ok(office.reseller_view(id.customer())?.into())
    })
    .await
    .map(Json)
}

/// Move a customer to another reseller, or to none
///
/// Refused for resellers, so that no chain becomes a circle. What he used before stays charged to his former reseller.
#[utoipa::path(post, path = "/customers/{id}/move", tag = "Resellers", request_body = MoveBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "His place among resellers now", body = ResellerBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn move_to(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<MoveBody>,
) -> Result<Json<ResellerBody>, Problem> {
    ask(&state, move |office| {
        let reseller = body.reseller.map(Id::customer);
        office.move_customer(&caller.actor, id.customer(), reseller, caller.key)?;
        Ok(office.reseller_view(id.customer())?.into())
    })
    .await
    .map(Json)
}

/// List the customers of a reseller
#[utoipa::path(get, path = "/customers/{id}/customers", tag = "Resellers",
    params(("id" = Id, Path, description = "The reseller"), Paging),
    responses((status = 200, description = "Whom he serves, oldest first", body = List<CustomerLine>)),
    security(("token" = ["read"])))]
pub(crate) async fn customers(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
    Query(params): Query<Paging>,
) -> Result<Json<List<CustomerLine>>, Problem> {
    let query = CustomerQuery {
        under: Some(id.customer()),
        cursor: params.cursor,
        limit: params.limit.0,
        sort: CustomerOrder::Number,
        ..CustomerQuery::default()
    };
    let currency = state.office.catalog().currency();
    let page = ask(&state, move |office| {
        office.reseller_view(id.customer())?;
        office.customers(&query)
    });
    Ok(Json(List::of(page.await?, |row| CustomerLine::of(row, currency))))
}

/// Show messages between levels that were not taken
///
/// Charges, refunds and standings travel between resellers and their customers. Those that were refused for good are parked
/// until the cause is mended.
#[utoipa::path(get, path = "/reseller-messages", tag = "Resellers",
    responses((status = 200, description = "How many wait, and those that are parked", body = MessagesBody)),
    security(("token" = ["read"])))]
pub(crate) async fn list_messages(State(state): State<ApiState>) -> Result<Json<MessagesBody>, Problem> {
    ask(&state, messages).await.map(Json)
}

/// Try parked messages between levels again
#[utoipa::path(post, path = "/reseller-messages/retry", tag = "Resellers",
    responses((status = 200, description = "As they were when they were sent off", body = MessagesBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn retry_messages(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<MessagesBody>, Problem> {
    ask(&state, move |office| {
        office.retry_messages(&caller.actor)?;
        messages(office)
    })
    .await
    .map(Json)
}
