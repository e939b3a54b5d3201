//! Limits of a customer's balance and of accounts' own balances.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::Path;
use crate::ports::ApiState;
use crate::wire::{Id, LimitsBody, LimitsChange};
use axum::extract::State;
use charging::{AccountId, CustomerId, Refusal};
use office::{Office, OfficeError};

/// Whose balance: the customer's, or the own one of one of his accounts.
type Whose = (CustomerId, Option<AccountId>);

fn of_account(id: Id) -> Result<Whose, OfficeError> {
    let customer = id.row().customer().ok_or_else(|| OfficeError::not_found("account", id))?;
    Ok((customer, Some(id.row())))
}

fn shown(office: &Office, (customer, account): Whose) -> Result<LimitsBody, OfficeError> {
    let now = office.now();
    let found = office.engine().look(customer, move |found| {
        let found = found.ok_or(Refusal::UnknownCustomer)?;
        let purse = match account {
            None => &found.head.purse,
            Some(id) => {
                let account = found.account(id).ok_or(Refusal::UnknownAccount)?;
                account.purse.as_deref().ok_or(Refusal::NoOwnBalance)?
            }
        };
        Ok::<_, Refusal>(LimitsBody::of(purse, found.head.currency, now))
    });
    Ok(found??)
}

async fn changed(
    state: &ApiState,
    caller: Caller,
    whose: impl FnOnce() -> Result<Whose, OfficeError> + Send + 'static,
    body: LimitsChange,
) -> Result<Json<LimitsBody>, Problem> {
    let changes = body.changes()?;
    ask(state, move |office| {
        let (customer, account) = whose()?;
        office.set_limits(&caller.actor, customer, account, changes, caller.key)?;
        shown(office, (customer, account))
    })
    .await
    .map(Json)
}

/// Show a customer's limits
#[utoipa::path(get, path = "/customers/{id}/limits", tag = "Money", params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "The limits of his balance", body = LimitsBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<LimitsBody>, Problem> {
    ask(&state, move |office| shown(office, (id.customer(), None))).await.map(Json)
}

/// Change a customer's limits
///
/// Fields that are left out stay. All are looked at before the first one is changed.
#[utoipa::path(patch, path = "/customers/{id}/limits", tag = "Money", request_body = LimitsChange,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "The limits as they are now", body = LimitsBody)),
    security(("token" = ["money"])))]
pub(crate) async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<LimitsChange>,
) -> Result<Json<LimitsBody>, Problem> {
    changed(&state, caller, move || Ok((id.customer(), None)), body).await
}

/// Show the limits of an account's own balance
#[utoipa::path(get, path = "/accounts/{id}/limits", tag = "Money", params(("id" = Id, Path, description = "The account")),
    responses((status = 200, description = "The limits of its own balance", body = LimitsBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show_own(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<LimitsBody>, Problem> {
    ask(&state, move |office| shown(office, of_account(id)?)).await.map(Json)
}

/// Change the limits of an account's own balance
#[utoipa::path(patch, path = "/accounts/{id}/limits", tag = "Money", request_body = LimitsChange,
    params(("id" = Id, Path, description = "The account")),
    responses((status = 200, description = "The limits as they are now", body = LimitsBody)),
    security(("token" = ["money"])))]
pub(crate) async fn change_own(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<LimitsChange>,
) -> Result<Json<LimitsBody>, Problem> {
    changed(&state, caller, move || of_account(id), body).await
}
