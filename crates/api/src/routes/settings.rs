//! The operator's settings.

use crate::http::blocking::{ask, ask_for, office_problem};
use crate::http::body::Json;
use crate::http::gate::Caller;
use crate::http::precondition::IfMatch;
use crate::http::problem::Problem;
use crate::ports::ApiState;
use crate::wire::SettingsBody;
use axum::extract::State;

/// Show the operator's settings
#[utoipa::path(get, path = "/settings", tag = "Settings",
    responses((status = 200, description = "The settings", body = SettingsBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(State(state): State<ApiState>) -> Result<Json<SettingsBody>, Problem> {
    ask(&state, |office| office.settings()).await.map(|settings| Json(settings.into()))
}

/// Replace the operator's settings
///
/// Issued invoices stay as they are. With `If-Match`, only when nothing changed since they were read.
#[utoipa::path(put, path = "/settings", tag = "Settings", request_body = SettingsBody,
    params(("If-Match" = Option<String>, Header, description = "ETag of the state that was read")),
    responses((status = 200, description = "The settings as they are now", body = SettingsBody)),
    security(("token" = ["admin"])))]
pub(crate) async fn replace(
    State(state): State<ApiState>,
    caller: Caller,
    if_match: IfMatch,
    Json(body): Json<SettingsBody>,
) -> Result<Json<SettingsBody>, Problem> {
    let problems = state.clone();
    ask_for(&state, move |office| {
        let problem = |error| office_problem(&problems, error);
        if if_match.is_given() {
            if_match.check(&SettingsBody::from(office.settings().map_err(problem)?))?;
        }
        office.save_settings(&caller.actor, &body.into()).map_err(problem)?;
        office.settings().map(SettingsBody::from).map_err(problem)
    })
    .await
    .map(Json)
}
