//! Connectors to outside platforms: set up, switched on and off, brought up to date.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::gate::Caller;
use crate::http::problem::{ABSENT, INTERNAL, NO_CONNECTOR, Problem};
use crate::http::query::Path;
use crate::ports::ApiState;
use crate::wire::{ConnectorBody, ConnectorChange, DryRunBody, Id, List, PlannedBody, Queued, ResyncBody};
use axum::extract::State;
use provisioning::{ConnectorOverview, Provisioning, ProvisioningError};

/// Provisioning, where this installation has it.
pub(crate) fn provisioning(state: &ApiState) -> Result<Provisioning, Problem> {
    let absent = || Problem::new(ABSENT, "provisioning is not part of this installation");
    state.provisioning.clone().ok_or_else(absent)
}

fn problem(error: ProvisioningError) -> Problem {
    Problem::from_provisioning(&error)
}

async fn shown(provisioning: &Provisioning, name: &str) -> Result<ConnectorBody, Problem> {
    let all = provisioning.status().await.map_err(problem)?;
    let found = all.into_iter().find(|connector| connector.name == name);
    let unknown =
        || Problem::new(NO_CONNECTOR, format!("there is no connector {}", crate::wire::shortened(name)));
    found.map(ConnectorBody::from).ok_or_else(unknown)
}

/// Writes who did it into the audit.
async fn note(
    state: &ApiState,
    caller: Caller,
    action: &'static str,
    name: &str,
    detail: String,
) -> Result<(), Problem> {
    let name = name.to_owned();
    ask(state, move |office| office.note(&caller.actor, action, &name, &detail)).await
}

/// List connectors
#[utoipa::path(get, path = "/connectors", tag = "Connectors",
    responses((status = 200, description = "All there are manifests for, by name", body = List<ConnectorBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn list(State(state): State<ApiState>) -> Result<Json<List<ConnectorBody>>, Problem> {
    Ok(Json(List::whole(overviews(&state).await?.into_iter().map(ConnectorBody::from))))
}

/// Every connector; none where nothing is provisioned.
pub(crate) async fn overviews(state: &ApiState) -> Result<Vec<ConnectorOverview>, Problem> {
    let Some(provisioning) = state.provisioning.clone() else { return Ok(Vec::new()) };
    provisioning.status().await.map_err(problem)
}

/// Show a connector
#[utoipa::path(get, path = "/connectors/{name}", tag = "Connectors",
    params(("name" = String, Path, description = "The connector")),
    responses((status = 200, description = "The connector; secrets are never shown", body = ConnectorBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Path(name): Path<String>,
) -> Result<Json<ConnectorBody>, Problem> {
    shown(&provisioning(&state)?, &name).await.map(Json)
}

/// Change a connector's settings, switch it on or off
///
/// Switched on for the first time it starts with the events from now on; later it goes on where it stood.
#[utoipa::path(patch, path = "/connectors/{name}", tag = "Connectors", request_body = ConnectorChange,
    params(("name" = String, Path, description = "The connector")),
    responses((status = 200, description = "The connector as it is now", body = ConnectorBody)),
    security(("token" = ["admin"])))]
pub(crate) async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Path(name): Path<String>,
    Json(body): Json<ConnectorChange>,
) -> Result<Json<ConnectorBody>, Problem> {
    let provisioning = provisioning(&state)?;
    // A change that has begun goes on when the requester goes away: no connector is left half switched.
    let work = tokio::spawn(async move { carry_out(&state, &provisioning, caller, &name, body).await });
    let gone = |_| Problem::new(INTERNAL, "the change could not be carried out; it is in the log");
    work.await.map_err(gone)?.map(Json)
}

async fn carry_out(
    state: &ApiState,
    provisioning: &Provisioning,
    caller: Caller,
    name: &str,
    body: ConnectorChange,
) -> Result<ConnectorBody, Problem> {
    shown(provisioning, name).await?;
    if !body.settings.is_empty() {
        let names: Vec<String> = body.settings.keys().cloned().collect();
        provisioning.configure(name, body.settings).await.map_err(problem)?;
        note(state, caller.clone(), "connector/configured", name, names.join(", ")).await?;
    }
    if let Some(enabled) = body.enabled {
        provisioning.set_enabled(name, enabled).await.map_err(problem)?;
        let action = if enabled { "connector/enabled" } else { "connector/disabled" };
        note(state, caller, action, name, String::new()).await?;
    }
    shown(provisioning, name).await
}

/// Send all dead letters of a connector again
#[utoipa::path(post, path = "/connectors/{name}/replay", tag = "Connectors",
    params(("name" = String, Path, description = "The connector")),
    responses((status = 200, description = "They wait, due now", body = Queued)),
    security(("token" = ["provision"])))]
pub(crate) async fn replay(
    State(state): State<ApiState>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Queued>, Problem> {
    let queued = provisioning(&state)?.replay_dead(&name).await.map_err(problem)?;
    note(&state, caller, "delivery/replayed", &name, format!("{queued} dead letters")).await?;
    Ok(Json(Queued { queued }))
}

/// Bring a platform up to date
///
/// About one account, or about every account that is not terminated: for a platform that was added later.
#[utoipa::path(post, path = "/connectors/{name}/resync", tag = "Connectors", request_body = ResyncBody,
    params(("name" = String, Path, description = "The connector")),
    responses((status = 200, description = "So many deliveries wait", body = Queued)),
    security(("token" = ["provision"])))]
pub(crate) async fn resync(
    State(state): State<ApiState>,
    caller: Caller,
    Path(name): Path<String>,
    Json(body): Json<ResyncBody>,
) -> Result<Json<Queued>, Problem> {
    let provisioning = provisioning(&state)?;
    let queued = match body.account {
        Some(account) => provisioning.resync(&name, account.row()).await.map(|_| 1).map_err(problem)?,
        None => provisioning.resync_all(&name).await.map_err(problem)?,
    };
    let about = body.account.as_ref().map_or_else(|| "all accounts".to_owned(), Id::to_string);
    note(&state, caller, "connector/resync", &name, about).await?;
    Ok(Json(Queued { queued }))
}

/// Show what a platform would be sent about an account
///
/// Nothing is sent. Works for connectors that are switched off, too.
#[utoipa::path(post, path = "/connectors/{name}/dry-run", tag = "Connectors", request_body = DryRunBody,
    params(("name" = String, Path, description = "The connector")),
    responses((status = 200, description = "Requests in order, secrets masked", body = List<PlannedBody>)),
    security(("token" = ["provision"])))]
pub(crate) async fn dry_run(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    Json(body): Json<DryRunBody>,
) -> Result<Json<List<PlannedBody>>, Problem> {
    let planned = provisioning(&state)?.dry_run(&name, body.account.row()).await.map_err(problem)?;
    Ok(Json(List::whole(planned.into_iter().map(PlannedBody::from))))
}
