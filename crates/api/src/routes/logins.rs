//! Customers' ways into the self-care portal.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::Path;
use crate::ports::ApiState;
use crate::routes::money::currency_of;
use crate::wire::{Id, List, LoginBody, LoginName, NewPassword};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

/// List a customer's logins to the self-care portal
#[utoipa::path(get, path = "/customers/{id}/logins", tag = "Customers", params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "All of them", body = List<LoginName>)),
    security(("token" = ["read"])))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<List<LoginName>>, Problem> {
    ask(&state, move |office| {
        currency_of(office, id.customer())?;
        let logins = office.subscriber_logins(id.customer())?;
        Ok(List::whole(logins.into_iter().map(|login| LoginName { login })))
    })
    .await
    .map(Json)
}

/// Make a login to the self-care portal
#[utoipa::path(post, path = "/customers/{id}/logins", tag = "Customers", request_body = LoginBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 201, description = "Made", body = LoginName)),
    security(("token" = ["customers"])))]
pub(crate) async fn add(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<LoginBody>,
) -> Result<Response, Problem> {
    let login = body.login.trim().to_lowercase();
    ask(&state, move |office| {
        office.create_subscriber_login(&caller.actor, id.customer(), &body.login, &body.password)
    })
    .await?;
    Ok(created(&format!("/api/v1/customers/{id}/logins"), LoginName { login }))
}

/// Set a login's password
///
/// It is signed out everywhere.
#[utoipa::path(put, path = "/customers/{id}/logins/{login}/password", tag = "Customers", request_body = NewPassword,
    params(("id" = Id, Path, description = "The customer"), ("login" = String, Path, description = "The login")),
    responses((status = 204, description = "Set")),
    security(("token" = ["customers"])))]
pub(crate) async fn set_password(
    State(state): State<ApiState>,
    caller: Caller,
    Path((id, login)): Path<(Id, String)>,
    Json(body): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    ask(&state, move |office| {
        office.set_subscriber_password(&caller.actor, id.customer(), &login, &body.password)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a login away
///
/// It is signed out at once.
#[utoipa::path(delete, path = "/customers/{id}/logins/{login}", tag = "Customers",
    params(("id" = Id, Path, description = "The customer"), ("login" = String, Path, description = "The login")),
    responses((status = 204, description = "Taken away")),
    security(("token" = ["customers"])))]
pub(crate) async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Path((id, login)): Path<(Id, String)>,
) -> Result<StatusCode, Problem> {
    ask(&state, move |office| office.remove_subscriber_login(&caller.actor, id.customer(), &login)).await?;
    Ok(StatusCode::NO_CONTENT)
}
