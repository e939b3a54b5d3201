//! The catalog and its versions.

use crate::http::blocking::{ask, ask_for, office_problem};
use crate::http::body::{Json, created, expect_type, raw_body, read_json};
use crate::http::gate::Caller;
use crate::http::precondition::IfMatch;
use crate::http::problem::{INVALID, MALFORMED, Problem};
use crate::http::query::Query;
use crate::ports::ApiState;
use crate::wire::{
    CatalogBody, List, Paging, ProductBody, PublishBody, PublishParams, Published, VersionBody,
};
use axum::extract::{Request, State};
use axum::response::Response;
use catalog::Catalog;

/// Show the catalog in force
#[utoipa::path(get, path = "/catalog", tag = "Catalog",
    responses((status = 200, description = "The catalog", body = CatalogBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(State(state): State<ApiState>) -> Json<CatalogBody> {
    Json(CatalogBody::of(&state.office.catalog()))
}

/// Publish a catalog
///
/// Whole or not at all; running sessions keep their prices. As JSON, or as `text/toml` with the comment as a parameter.
/// With `If-Match`, only when nothing was published since the catalog was read.
#[utoipa::path(post, path = "/catalog", tag = "Catalog",
    params(PublishParams, ("If-Match" = Option<String>, Header, description = "ETag of the catalog that was read")),
    request_body(description = "The whole catalog, at most 8 MiB", content((PublishBody = "application/json"), (String = "text/toml"))),
    responses((status = 201, description = "Published and in force", body = Published)),
    security(("token" = ["admin"])))]
pub(crate) async fn publish(
    State(state): State<ApiState>,
    caller: Caller,
    Query(params): Query<PublishParams>,
    if_match: IfMatch,
    request: Request,
) -> Result<Response, Problem> {
    let kind = expect_type(request.headers(), &["application/json", "text/toml", "application/toml"])?;
    let content = raw_body(request).await?;
    let body = if kind == "application/json" {
        read_json::<PublishBody>(&content)?
    } else {
        PublishBody { catalog: read_toml(&content)?, comment: params.comment }
    };
    let problems = state.clone();
    let version = ask_for(&state, move |office| {
        if_match.check(&CatalogBody::of(&office.catalog()))?;
        let version = office.publish(&caller.actor, body.catalog, &body.comment);
        version.map_err(|error| office_problem(&problems, error))
    })
    .await?;
    Ok(created("/api/v1/catalog", Published { version: version.0 }))
}

fn read_toml(content: &[u8]) -> Result<Catalog, Problem> {
    let text = std::str::from_utf8(content).map_err(|error| Problem::new(MALFORMED, error.to_string()))?;
    let table: toml::Table =
        toml::from_str(text).map_err(|error| Problem::new(MALFORMED, error.to_string()))?;
    serde_path_to_error::deserialize(table).map_err(|error| {
        let field = format!("catalog.{}", error.path());
        let reason = error.inner().message().to_owned();
        Problem::new(INVALID, format!("{field}: {reason}"))
            .with_fields([crate::http::problem::ProblemField { field, reason }])
    })
}

/// List published versions of the catalog
#[utoipa::path(get, path = "/catalog/versions", tag = "Catalog", params(Paging),
    responses((status = 200, description = "Newest first", body = List<VersionBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn versions(
    State(state): State<ApiState>,
    Query(params): Query<Paging>,
) -> Result<Json<List<VersionBody>>, Problem> {
    let page =
        ask(&state, move |office| office.catalog_versions(params.cursor.as_deref(), params.limit.0)).await?;
    Ok(Json(List::of(page, VersionBody::from)))
}

/// List products of the catalog in force
#[utoipa::path(get, path = "/products", tag = "Catalog",
    responses((status = 200, description = "Main products and add-ons, in the order of the catalog", body = List<ProductBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn products(State(state): State<ApiState>) -> Json<List<ProductBody>> {
    let snapshot = state.office.catalog();
    Json(List::whole(
        snapshot
            .catalog()
            .products
            .iter()
            .map(|product| ProductBody::of(product, snapshot.currency_of(product))),
    ))
}
