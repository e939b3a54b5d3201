//! Staff users.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::routes::{choice, optional};
use crate::wire::{Id, List, Made, NewStaffBody, OneTimePassword, Paging, StaffBody, StaffChange};
use axum::extract::State;
use axum::response::Response;
use office::{NewStaffUser, Role};

const ROLES: [(&str, Role); 3] = [
    (Role::Admin.name(), Role::Admin),
    (Role::Agent.name(), Role::Agent),
    (Role::Helpdesk.name(), Role::Helpdesk),
];

/// List staff users
#[utoipa::path(get, path = "/staff", tag = "Staff", params(Paging),
    responses((status = 200, description = "By login", body = List<StaffBody>)),
    security(("token" = ["admin"])))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Query(params): Query<Paging>,
) -> Result<Json<List<StaffBody>>, Problem> {
    let page = ask(&state, move |office| office.staff(params.cursor.as_deref(), params.limit.0)).await?;
    Ok(Json(List::of(page, StaffBody::from)))
}

/// Make a staff user
#[utoipa::path(post, path = "/staff", tag = "Staff", request_body = NewStaffBody,
    responses((status = 201, description = "Made", body = Made)),
    security(("token" = ["admin"])))]
pub(crate) async fn add(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<NewStaffBody>,
) -> Result<Response, Problem> {
    let user = NewStaffUser {
        login: body.login,
        name: body.name,
        role: choice("role", &body.role, &ROLES)?,
        password: body.password,
        must_change: body.must_change.unwrap_or(true),
    };
    let id = ask(&state, move |office| office.create_staff(&caller.actor, user)).await?;
    Ok(created(&format!("/api/v1/staff/{id}"), Made { id: Id(id) }))
}

/// Change a staff user
///
/// Fields that are left out stay. A disabled user is signed out at once.
#[utoipa::path(patch, path = "/staff/{id}", tag = "Staff", request_body = StaffChange,
    params(("id" = Id, Path, description = "The staff user")),
    responses((status = 200, description = "The staff user as he is now", body = StaffBody)),
    security(("token" = ["admin"])))]
pub(crate) async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Json(body): Json<StaffChange>,
) -> Result<Json<StaffBody>, Problem> {
    let role = optional("role", body.role.as_deref(), &ROLES)?;
    ask(&state, move |office| {
        let user = office.staff_user(id.0)?;
        let name = body.name.unwrap_or(user.name);
        let (role, disabled) = (role.unwrap_or(user.role), body.disabled.unwrap_or(user.disabled));
        office.change_staff(&caller.actor, id.0, &name, role, disabled)?;
        office.staff_user(id.0).map(StaffBody::from)
    })
    .await
    .map(Json)
}

/// Give a staff user a one-time password
///
/// It is shown here only, and he is signed out everywhere.
#[utoipa::path(post, path = "/staff/{id}/reset-password", tag = "Staff", params(("id" = Id, Path, description = "The staff user")),
    responses((status = 200, description = "The password", body = OneTimePassword)),
    security(("token" = ["admin"])))]
pub(crate) async fn reset_password(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<Json<OneTimePassword>, Problem> {
    let password = ask(&state, move |office| office.reset_password(&caller.actor, id.0)).await?;
    Ok(Json(OneTimePassword { password }))
}
