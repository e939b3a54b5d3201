//! Service policies of accounts, and the class of a customer.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::Path;
use crate::ports::ApiState;
use crate::wire::{ClassBody, CustomerBody, DialingRulesBody, Id, List, OwnPolicyBody, PolicyBody};
use axum::extract::State;
use axum::http::StatusCode;
use charging::AccountId;
use office::{Office, OfficeError};

fn shown(office: &Office, id: AccountId) -> Result<List<PolicyBody>, OfficeError> {
    let (customer, account) = office.account(id)?;
    Ok(List::whole(office.policies(&customer, &account).into_iter().map(PolicyBody::from)))
}

/// Show what the network gets for an account
///
/// Service by service, with where each attribute comes from (the account itself, a product, the customer's class) and which
/// other values do not count; services of which nothing is said are left out.
#[utoipa::path(get, path = "/accounts/{id}/policies", tag = "Accounts",
    params(("id" = Id, Path, description = "The account")),
    responses((status = 200, description = "By service, in the order of the catalog", body = List<PolicyBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<List<PolicyBody>>, Problem> {
    ask(&state, move |office| shown(office, id.row())).await.map(Json)
}

/// Set what an account itself says about a service
///
/// Replaces what it said before. It comes before what products and class say.
#[utoipa::path(put, path = "/accounts/{id}/policies/{service}", tag = "Accounts", request_body = OwnPolicyBody,
    params(("id" = Id, Path, description = "The account"), ("service" = String, Path, description = "Service code")),
    responses((status = 200, description = "What the network gets now", body = List<PolicyBody>)),
    security(("token" = ["customers"])))]
pub(crate) async fn set(
    State(state): State<ApiState>,
    caller: Caller,
    Path((id, service)): Path<(Id, String)>,
    Json(body): Json<OwnPolicyBody>,
) -> Result<Json<List<PolicyBody>>, Problem> {
    let policy = body.form();
    ask(&state, move |office| {
        office.set_policy(&caller.actor, id.row(), &service, Some(policy), caller.key)?;
        shown(office, id.row())
    })
    .await
    .map(Json)
}

/// Take back what an account itself says about a service
#[utoipa::path(delete, path = "/accounts/{id}/policies/{service}", tag = "Accounts",
    params(("id" = Id, Path, description = "The account"), ("service" = String, Path, description = "Service code")),
    responses((status = 204, description = "Taken back")),
    security(("token" = ["customers"])))]
pub(crate) async fn take_back(
    State(state): State<ApiState>,
    caller: Caller,
    Path((id, service)): Path<(Id, String)>,
) -> Result<StatusCode, Problem> {
    ask(&state, move |office| office.set_policy(&caller.actor, id.row(), &service, None, caller.key)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put a customer into a class
///
/// The class says what the network gets where neither his accounts nor their products do.
#[utoipa::path(put, path = "/customers/{id}/class", tag = "Customers", request_body = ClassBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "The customer as he is now", body = CustomerBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn set_class(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<ClassBody>,
) -> Result<Json<CustomerBody>, Problem> {
    ask(&state, move |office| {
        office.set_class(&caller.actor, id.customer(), body.class.as_deref(), caller.key)?;
        super::customers::shown(office, id.customer())
    })
    .await
    .map(Json)
}

/// Name the dialing rules of a customer's calls
///
/// What he dials is translated by them before it is priced. An account's own policy (`dialing_rules`) comes before them, products and
/// class after.
#[utoipa::path(put, path = "/customers/{id}/dialing-rules", tag = "Customers", request_body = DialingRulesBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "The customer as he is now", body = CustomerBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn set_dialing_rules(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<DialingRulesBody>,
) -> Result<Json<CustomerBody>, Problem> {
    ask(&state, move |office| {
        let rules = body.dialing_rules.as_deref();
        office.set_dialing_rules(&caller.actor, id.customer(), rules, caller.key)?;
        super::customers::shown(office, id.customer())
    })
    .await
    .map(Json)
}
