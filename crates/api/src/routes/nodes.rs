//! Network nodes.

use crate::http::blocking::{ask, ask_for, office_problem};
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::precondition::IfMatch;
use crate::http::problem::Problem;
use crate::http::query::Path;
use crate::ports::ApiState;
use crate::wire::{Id, List, Made, NodeBody, NodeChange};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

/// List network nodes
#[utoipa::path(get, path = "/nodes", tag = "Nodes",
    responses((status = 200, description = "All nodes by name", body = List<NodeBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn list(State(state): State<ApiState>) -> Result<Json<List<NodeBody>>, Problem> {
    let nodes = ask(&state, |office| office.nodes()).await?;
    Ok(Json(List::whole(nodes.into_iter().map(NodeBody::from))))
}

/// Add a network node
///
/// It may talk to us at once.
#[utoipa::path(post, path = "/nodes", tag = "Nodes", request_body = NodeChange,
    responses((status = 201, description = "Added", body = Made)),
    security(("token" = ["admin"])))]
pub(crate) async fn add(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<NodeChange>,
) -> Result<Response, Problem> {
    let id = ask(&state, move |office| office.create_node(&caller.actor, body.form())).await?;
    Ok(created(&format!("/api/v1/nodes/{id}"), Made { id: Id(id) }))
}

/// Show a network node
#[utoipa::path(get, path = "/nodes/{id}", tag = "Nodes", params(("id" = Id, Path, description = "The node")),
    responses((status = 200, description = "The node, without its secret", body = NodeBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<NodeBody>, Problem> {
    ask(&state, move |office| office.node(id.0)).await.map(|node| Json(node.into()))
}

/// Replace a network node
///
/// Its secret stays when none is given. With `If-Match`, only when nothing changed since it was read.
#[utoipa::path(put, path = "/nodes/{id}", tag = "Nodes", request_body = NodeChange,
    params(("id" = Id, Path, description = "The node"), ("If-Match" = Option<String>, Header, description = "ETag of the state that was read")),
    responses((status = 200, description = "The node as it is now", body = NodeBody)),
    security(("token" = ["admin"])))]
pub(crate) async fn replace(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    if_match: IfMatch,
    Json(body): Json<NodeChange>,
) -> Result<Json<NodeBody>, Problem> {
    let problems = state.clone();
    ask_for(&state, move |office| {
        let problem = |error| office_problem(&problems, error);
        if if_match.is_given() {
            if_match.check(&NodeBody::from(office.node(id.0).map_err(problem)?))?;
        }
        office.update_node(&caller.actor, id.0, body.form()).map_err(problem)?;
        office.node(id.0).map(NodeBody::from).map_err(problem)
    })
    .await
    .map(Json)
}

/// Remove a network node
///
/// It is a stranger from now on.
#[utoipa::path(delete, path = "/nodes/{id}", tag = "Nodes", params(("id" = Id, Path, description = "The node")),
    responses((status = 204, description = "Removed")),
    security(("token" = ["admin"])))]
pub(crate) async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<StatusCode, Problem> {
    ask(&state, move |office| office.remove_node(&caller.actor, id.0)).await?;
    Ok(StatusCode::NO_CONTENT)
}
