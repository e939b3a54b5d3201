//! API tokens.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::Path;
use crate::ports::ApiState;
use crate::routes::choice;
use crate::wire::{List, NewTokenAnswer, NewTokenBody, TokenBody};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use office::{OfficeError, Scope};

/// The scope of a word in a request.
fn scope(field: &str, word: &str) -> Result<Scope, Problem> {
    choice(field, word, &Scope::ALL.map(|scope| (scope.name(), scope)))
}

/// List API tokens
#[utoipa::path(get, path = "/tokens", tag = "Tokens",
    responses((status = 200, description = "Newest first; withdrawn and expired ones too", body = List<TokenBody>)),
    security(("token" = ["admin"])))]
pub(crate) async fn list(State(state): State<ApiState>) -> Result<Json<List<TokenBody>>, Problem> {
    let tokens = ask(&state, |office| office.tokens()).await?;
    Ok(Json(List::whole(tokens.into_iter().map(TokenBody::from))))
}

/// Make an API token
///
/// The token is in the answer and nowhere else: only its digest is kept.
#[utoipa::path(post, path = "/tokens", tag = "Tokens", request_body = NewTokenBody,
    responses((status = 201, description = "Made", body = NewTokenAnswer)),
    security(("token" = ["admin"])))]
pub(crate) async fn add(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<NewTokenBody>,
) -> Result<Response, Problem> {
    let scopes = body.scopes.iter().enumerate().map(|(at, word)| scope(&format!("scopes[{at}]"), word));
    let scopes = scopes.collect::<Result<Vec<_>, _>>()?;
    let made = ask(&state, move |office| {
        let until = body.expires_at.map(|time| time.0);
        let token = office.create_token(&caller.actor, &body.name, &scopes, until)?;
        // Newest first: the first of this name is the one just made.
        let view = office.tokens()?.into_iter().find(|view| view.name == body.name.trim());
        let view = view.ok_or_else(|| OfficeError::not_found("token", &body.name))?;
        Ok(NewTokenAnswer { token, view: view.into() })
    })
    .await?;
    Ok(created("/api/v1/tokens", made))
}

/// Withdraw an API token
#[utoipa::path(delete, path = "/tokens/{id}", tag = "Tokens",
    params(("id" = String, Path, description = "The token's id in the list")),
    responses((status = 204, description = "Withdrawn")),
    security(("token" = ["admin"])))]
pub(crate) async fn revoke(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    ask(&state, move |office| office.revoke_token(&caller.actor, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
