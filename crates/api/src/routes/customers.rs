//! Customers: sign-up, list, contact, standing.

use crate::http::blocking::{ask, ask_for, office_problem};
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::precondition::IfMatch;
use crate::http::problem::{Problem, SCOPE};
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::routes::{optional, step};
use crate::wire::{
    AccountBody, BalanceBody, CustomerBody, CustomerChange, CustomerLine, CustomerParams, Id, List, Made,
    Money, NoteBody, SignUpBody, SignedUpBody,
};
use axum::extract::State;
use axum::response::Response;
use charging::{CustomerId, CustomerStatus};
use office::{CustomerOrder, CustomerQuery, Office, OfficeError, Scope};

const STATUSES: [(&str, CustomerStatus); 5] = [
    ("active", CustomerStatus::Active),
    ("reseller_stopped", CustomerStatus::ResellerStopped),
    ("suspended", CustomerStatus::Suspended),
    ("blocked", CustomerStatus::Blocked),
    ("terminated", CustomerStatus::Terminated),
];

const ORDERS: [(&str, CustomerOrder); 4] = [
    ("number", CustomerOrder::Number),
    ("-number", CustomerOrder::NumberDescending),
    ("name", CustomerOrder::Name),
    ("-name", CustomerOrder::NameDescending),
];

/// A customer as the API shows him now.
pub(crate) fn shown(office: &Office, id: CustomerId) -> Result<CustomerBody, OfficeError> {
    let view = office.customer(id)?;
    let (currency, now) = (view.live.head.currency, office.now());
    Ok(CustomerBody::of(view, now, |account| {
        AccountBody::of(account, office.usage_bars(account), (currency, now))
    }))
}

/// Sign a customer up
///
/// With a first account and a way into the self-care portal in one go, if wanted: all or nothing.
#[utoipa::path(post, path = "/customers", tag = "Customers", request_body = SignUpBody,
    responses((status = 201, description = "Signed up", body = SignedUpBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn sign_up(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<SignUpBody>,
) -> Result<Response, Problem> {
    let made = ask(&state, move |office| {
        let settings = office.settings()?;
        let mut form = body.form();
        form.zone.get_or_insert(settings.zone);
        form.net_days.get_or_insert(settings.net_days);
        office.sign_up(&caller.actor, form, caller.key)
    })
    .await?;
    let body = SignedUpBody::from(made);
    Ok(created(&format!("/api/v1/customers/{}", body.id), body))
}

/// List customers
#[utoipa::path(get, path = "/customers", tag = "Customers", params(CustomerParams),
    responses((status = 200, description = "A page of customers", body = List<CustomerLine>)),
    security(("token" = ["read"])))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Query(params): Query<CustomerParams>,
) -> Result<Json<List<CustomerLine>>, Problem> {
    let query = CustomerQuery {
        text: params.text,
        status: optional("status", params.status.as_deref(), &STATUSES)?,
        reseller: params.reseller,
        under: None,
        cursor: params.cursor,
        limit: params.limit.0,
        sort: optional("sort", params.sort.as_deref(), &ORDERS)?.unwrap_or_default(),
    };
    let currency = state.office.catalog().currency();
    let page = ask(&state, move |office| office.customers(&query)).await?;
    Ok(Json(List::of(page, |row| CustomerLine::of(row, currency))))
}

/// Show a customer
///
/// With his live standing, open billing period and accounts. `ETag` names this state.
#[utoipa::path(get, path = "/customers/{id}", tag = "Customers", params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "The customer", body = CustomerBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<CustomerBody>, Problem> {
    ask(&state, move |office| shown(office, id.customer())).await.map(Json)
}

/// Change a customer's contact, credit limit or taxation
///
/// Fields that are left out stay. With `If-Match`, only when nothing changed since it was read.
#[utoipa::path(patch, path = "/customers/{id}", tag = "Customers", request_body = CustomerChange,
    params(("id" = Id, Path, description = "The customer"), ("If-Match" = Option<String>, Header, description = "ETag of the state that was read")),
    responses((status = 200, description = "The customer as he is now", body = CustomerBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    if_match: IfMatch,
    Json(body): Json<CustomerChange>,
) -> Result<Json<CustomerBody>, Problem> {
    if body.credit_limit.is_some() && !caller.has(Scope::Money) {
        return Err(Problem::new(SCOPE, "changing credit_limit needs the scope money"));
    }
    if body.tax_exempt.is_some() && !caller.has(Scope::Money) {
        return Err(Problem::new(SCOPE, "changing tax_exempt needs the scope money"));
    }
    let problems = state.clone();
    ask_for(&state, move |office| {
        let problem = |error| office_problem(&problems, error);
        let customer = id.customer();
        if if_match.is_given() {
            if_match.check(&shown(office, customer).map_err(problem)?)?;
        }
        let (actor, key) = (&caller.actor, caller.key.as_ref());
        if let Some(contact) = body.contact() {
            office.update_contact(actor, customer, contact, step(key, "contact")).map_err(problem)?;
        }
        if let Some(limit) = body.credit_limit {
            let limit = limit.map(Money::amount);
            office.set_credit_limit(actor, customer, limit, step(key, "credit_limit")).map_err(problem)?;
        }
        if let Some(exempt) = body.tax_exempt {
            office.set_tax_exempt(actor, customer, exempt, step(key, "tax_exempt")).map_err(problem)?;
        }
        shown(office, customer).map_err(problem)
    })
    .await
    .map(Json)
}

/// Show a customer's live balance
#[utoipa::path(get, path = "/customers/{id}/balance", tag = "Customers", params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "How he stands", body = BalanceBody)),
    security(("token" = ["read"]), ("token" = ["charge"])))]
pub(crate) async fn balance(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<BalanceBody>, Problem> {
    let standing = ask(&state, move |office| {
        let now = office.now();
        let found = office
            .engine()
            .look(id.customer(), move |found| found.map(|customer| BalanceBody::of(&customer.head, now)))?;
        found.ok_or_else(|| OfficeError::not_found("customer", id))
    });
    standing.await.map(Json)
}

/// Block a customer with all his accounts
#[utoipa::path(post, path = "/customers/{id}/block", tag = "Customers", params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "The customer as he is now", body = CustomerBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn block(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<Json<CustomerBody>, Problem> {
    ask(&state, move |office| {
        office.block_customer(&caller.actor, id.customer(), true, caller.key)?;
        shown(office, id.customer())
    })
    .await
    .map(Json)
}

/// Unblock a customer
#[utoipa::path(post, path = "/customers/{id}/unblock", tag = "Customers", params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "The customer as he is now", body = CustomerBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn unblock(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<Json<CustomerBody>, Problem> {
    ask(&state, move |office| {
        office.block_customer(&caller.actor, id.customer(), false, caller.key)?;
        shown(office, id.customer())
    })
    .await
    .map(Json)
}

/// Close a customer and all his accounts for good
///
/// His identifiers and devices are free again; his last invoice still comes.
#[utoipa::path(post, path = "/customers/{id}/terminate", tag = "Customers", params(("id" = Id, Path, description = "The customer")),
    responses((status = 200, description = "The customer as he is now", body = CustomerBody)),
    security(("token" = ["customers"])))]
pub(crate) async fn terminate(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<Json<CustomerBody>, Problem> {
    ask(&state, move |office| {
        office.terminate_customer(&caller.actor, id.customer(), caller.key)?;
        shown(office, id.customer())
    })
    .await
    .map(Json)
}

/// Write a note about a customer
#[utoipa::path(post, path = "/customers/{id}/notes", tag = "Customers", request_body = NoteBody,
    params(("id" = Id, Path, description = "The customer")),
    responses((status = 201, description = "Written", body = Made)),
    security(("token" = ["customers"])))]
pub(crate) async fn add_note(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<NoteBody>,
) -> Result<Response, Problem> {
    let note = ask(&state, move |office| office.add_note(&caller.actor, id.customer(), &body.text)).await?;
    Ok(created(&format!("/api/v1/customers/{id}/timeline"), Made { id: note.into() }))
}
