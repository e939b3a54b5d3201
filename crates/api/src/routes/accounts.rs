//! Accounts: products, add-ons, identifiers, passwords, devices.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::Path;
use crate::ports::ApiState;
use crate::routes::step;
use crate::wire::{
    AccountBody, AccountChange, Id, IdentifierBody, Made, NewAccountBody, NewAddOnBody, NewDeviceBody,
};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use charging::AccountId;
use office::{NewIdentifier, Office, OfficeError};

pub(crate) fn shown(office: &Office, id: AccountId) -> Result<AccountBody, OfficeError> {
    let (customer, account) = office.account(id)?;
    let usage = office.usage_bars(&account);
    Ok(AccountBody::of(&account, usage, (customer.live.head.currency, office.now())))
}

/// Give a customer another account
#[utoipa::path(post, path = "/customers/{id}/accounts", tag = "Accounts", request_body = NewAccountBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 201, description = "Made", body = Made)),
    security(("token" = ["customers"])))]
pub(crate) async fn add(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<NewAccountBody>,
) -> Result<Response, Problem> {
    let made =
        ask(&state, move |office| office.add_account(&caller.actor, id.customer(), body.form(), caller.key))
            .await?;
    Ok(created(&format!("/api/v1/accounts/{made}"), Made { id: made.into() }))
}

/// Show an account
#[utoipa::path(get, path = "/accounts/{id}", tag = "Accounts", params(("id" = Id, Path, description = "The account")),
    responses((status = 200, description = "The account", body = AccountBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<AccountBody>, Problem> {
    ask(&state, move |office| shown(office, id.row())).await.map(Json)
}

/// Change an account's product, password or blocking
///
/// Fields that are left out stay. Each field is a change of its own: when a later one is refused, the earlier ones stand.
#[utoipa::path(patch, path = "/accounts/{id}", tag = "Accounts", request_body = AccountChange,
    params(("id" = Id, Path, description = "The account")),
    responses((status = 200, description = "The account as it is now", body = AccountBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<AccountChange>,
) -> Result<Json<AccountBody>, Problem> {
    ask(&state, move |office| {
        let (actor, key) = (&caller.actor, caller.key.as_ref());
        if let Some(product) = &body.product {
            office.change_product(actor, id.row(), product, step(key, "product"))?;
        }
        if let Some(password) = &body.password {
            office.set_account_password(actor, id.row(), password.as_deref(), step(key, "password"))?;
        }
        if let Some(blocked) = body.blocked {
            office.block_account(actor, id.row(), blocked, step(key, "blocked"))?;
        }
        shown(office, id.row())
    })
    .await
    .map(Json)
}

/// Close an account for good
#[utoipa::path(post, path = "/accounts/{id}/terminate", tag = "Accounts", params(("id" = Id, Path, description = "The account")),
    responses((status = 200, description = "The account as it is now", body = AccountBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn terminate(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<Json<AccountBody>, Problem> {
    ask(&state, move |office| {
        office.terminate_account(&caller.actor, id.row(), caller.key)?;
        shown(office, id.row())
    })
    .await
    .map(Json)
}

/// Assign an add-on
///
/// Now, later, or for its first use where the product says so. When it clashes with what the account holds (CHG-060), the detail
/// tells with what; `accept_conflicts` assigns it nevertheless.
#[utoipa::path(post, path = "/accounts/{id}/add-ons", tag = "Accounts", request_body = NewAddOnBody,
    params(("id" = Id, Path, description = "The account")),
    responses((status = 201, description = "Assigned; the id names the assignment", body = Made)),
    security(("token" = ["customers"])))]
pub(crate) async fn add_add_on(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<NewAddOnBody>,
) -> Result<Response, Problem> {
    let made = ask(&state, move |office| office.add_add_on(&caller.actor, id.row(), body.form(), caller.key))
        .await?;
    Ok(created(&format!("/api/v1/accounts/{id}/add-ons/{made}"), Made { id: made.into() }))
}

/// End an add-on now
#[utoipa::path(delete, path = "/accounts/{id}/add-ons/{add_on}", tag = "Accounts",
    params(("id" = Id, Path, description = "The account"), ("add_on" = Id, Path, description = "The assignment")),
    responses((status = 204, description = "Ended")),
    security(("token" = ["customers"])))]
pub(crate) async fn remove_add_on(
    State(state): State<ApiState>,
    caller: Caller,
    Path((id, add_on)): Path<(Id, Id)>,
) -> Result<StatusCode, Problem> {
    ask(&state, move |office| office.remove_add_on(&caller.actor, id.row(), add_on.row(), caller.key))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Add an identifier
///
/// It finds this account from now on. Values are normalised: MSISDNs to digits, MAC addresses to upper case with colons.
#[utoipa::path(post, path = "/accounts/{id}/identifiers", tag = "Accounts", request_body = IdentifierBody,
    params(("id" = Id, Path, description = "The account")),
    responses((status = 201, description = "The account as it is now", body = AccountBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn add_identifier(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<IdentifierBody>,
) -> Result<Response, Problem> {
    let account = ask(&state, move |office| {
        office.add_identifier(&caller.actor, id.row(), body.form(), caller.key)?;
        shown(office, id.row())
    })
    .await?;
    Ok(created(&format!("/api/v1/accounts/{id}"), account))
}

/// Take an identifier away
#[utoipa::path(delete, path = "/accounts/{id}/identifiers/{realm}/{value}", tag = "Accounts",
    params(("id" = Id, Path, description = "The account"), ("realm" = String, Path, description = "Realm"),
        ("value" = String, Path, description = "Value, in any usual spelling")),
    responses((status = 204, description = "Taken away")),
    security(("token" = ["customers"])))]
pub(crate) async fn remove_identifier(
    State(state): State<ApiState>,
    caller: Caller,
    Path((id, realm, value)): Path<(Id, String, String)>,
) -> Result<StatusCode, Problem> {
    let identifier = NewIdentifier { realm, value };
    ask(&state, move |office| office.remove_identifier(&caller.actor, id.row(), identifier, caller.key))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Assign a device
#[utoipa::path(post, path = "/accounts/{id}/devices", tag = "Accounts", request_body = NewDeviceBody,
    params(("id" = Id, Path, description = "The account")),
    responses((status = 201, description = "Assigned; the id names the device", body = Made)),
    security(("token" = ["customers"])))]
pub(crate) async fn add_device(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<NewDeviceBody>,
) -> Result<Response, Problem> {
    let made = ask(&state, move |office| office.add_device(&caller.actor, id.row(), body.form(), caller.key))
        .await?;
    Ok(created(&format!("/api/v1/accounts/{id}/devices/{made}"), Made { id: made.into() }))
}

/// Take a device away
#[utoipa::path(delete, path = "/accounts/{id}/devices/{device}", tag = "Accounts",
    params(("id" = Id, Path, description = "The account"), ("device" = Id, Path, description = "The device")),
    responses((status = 204, description = "Taken away")),
    security(("token" = ["customers"])))]
pub(crate) async fn remove_device(
    State(state): State<ApiState>,
    caller: Caller,
    Path((id, device)): Path<(Id, Id)>,
) -> Result<StatusCode, Problem> {
    ask(&state, move |office| office.remove_device(&caller.actor, id.row(), device.row(), caller.key))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
