//! The routes, and the layers around them.
//!
//! Operations are mounted with their documentation in one step, so none can be missing in the OpenAPI document.

use crate::docs_page::DocsPage;
use crate::document;
use crate::http::envelope::envelope;
use crate::http::gate::{Access, Gate, gate};
use crate::http::problem::{METHOD, NO_PATH, Problem};
use crate::ports::ApiState;
use crate::routes::{
    accounts, catalogue, charges, clock, connectors, customers, deliveries, exchange_rates, imports,
    invoices, limits, logins, money, network, nodes, overview, plans, policies, records, refunds, reratings,
    resellers, settings, staff, tokens, traces, vouchers,
};
use axum::Router;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where the operations are.
const BASE: &str = "/api/v1";

/// Customers, their accounts and their money.
fn customer_operations() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(customers::sign_up, customers::list))
        .routes(routes!(customers::show, customers::change))
        .routes(routes!(customers::balance))
        .routes(routes!(customers::block))
        .routes(routes!(customers::unblock))
        .routes(routes!(customers::terminate))
        .routes(routes!(customers::add_note))
        .routes(routes!(resellers::show, resellers::set_terms))
        .routes(routes!(resellers::move_to))
        .routes(routes!(resellers::customers))
        .routes(routes!(resellers::list_messages))
        .routes(routes!(resellers::retry_messages))
        .routes(routes!(logins::list, logins::add))
        .routes(routes!(logins::set_password))
        .routes(routes!(logins::remove))
        .routes(routes!(accounts::add))
        .routes(routes!(accounts::show, accounts::change))
        .routes(routes!(accounts::terminate))
        .routes(routes!(accounts::add_add_on))
        .routes(routes!(accounts::remove_add_on))
        .routes(routes!(plans::top_up))
        .routes(routes!(plans::grant))
        .routes(routes!(plans::order_of_use))
        .routes(routes!(policies::list))
        .routes(routes!(policies::set, policies::take_back))
        .routes(routes!(policies::set_class))
        .routes(routes!(policies::set_dialing_rules))
        .routes(routes!(accounts::add_identifier))
        .routes(routes!(accounts::remove_identifier))
        .routes(routes!(accounts::add_device))
        .routes(routes!(accounts::remove_device))
        .routes(routes!(money::pay))
        .routes(routes!(money::adjust))
        .routes(routes!(money::ledger))
        .routes(routes!(exchange_rates::list, exchange_rates::keep))
        .routes(routes!(limits::show, limits::change))
        .routes(routes!(limits::show_own, limits::change_own))
        .routes(routes!(refunds::refund))
        .routes(routes!(refunds::free_days))
        .routes(routes!(refunds::open_balance))
        .routes(routes!(refunds::transfer))
}

/// Vouchers and their batches.
fn voucher_operations() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(vouchers::make, vouchers::batches))
        .routes(routes!(vouchers::batch))
        .routes(routes!(vouchers::revoke_batch))
        .routes(routes!(vouchers::find))
        .routes(routes!(vouchers::revoke))
        .routes(routes!(vouchers::redeem))
}

/// Charging, use, invoices, files, platforms.
fn record_operations() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(charges::charge))
        .routes(routes!(charges::price))
        .routes(routes!(charges::check_balance))
        .routes(routes!(reratings::preview))
        .routes(routes!(reratings::book, reratings::list))
        .routes(routes!(reratings::show))
        .routes(routes!(records::xdrs))
        .routes(routes!(records::xdr))
        .routes(routes!(records::sessions))
        .routes(routes!(records::of_customer))
        .routes(routes!(records::end_session))
        .routes(routes!(invoices::list))
        .routes(routes!(invoices::of_customer))
        .routes(routes!(invoices::show))
        .routes(routes!(invoices::pdf))
        .routes(routes!(imports::upload, imports::list))
        .routes(routes!(imports::show))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::of_customer))
        .routes(routes!(deliveries::show))
        .routes(routes!(deliveries::replay))
        .routes(routes!(connectors::list))
        .routes(routes!(connectors::show, connectors::change))
        .routes(routes!(connectors::replay))
        .routes(routes!(connectors::resync))
        .routes(routes!(connectors::dry_run))
}

/// The installation itself.
fn system_operations() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(catalogue::show, catalogue::publish))
        .routes(routes!(catalogue::versions))
        .routes(routes!(catalogue::products))
        .routes(routes!(nodes::list, nodes::add))
        .routes(routes!(nodes::show, nodes::replace, nodes::remove))
        .routes(routes!(network::nodes))
        .routes(routes!(network::connections))
        .routes(routes!(network::sessions_to_cut))
        .routes(routes!(network::notices))
        .routes(routes!(traces::start, traces::list))
        .routes(routes!(traces::messages, traces::remove))
        .routes(routes!(traces::stop))
        .routes(routes!(traces::capture))
        .routes(routes!(staff::list, staff::add))
        .routes(routes!(staff::change))
        .routes(routes!(staff::reset_password))
        .routes(routes!(tokens::list, tokens::add))
        .routes(routes!(tokens::revoke))
        .routes(routes!(overview::home))
        .routes(routes!(overview::audit))
        .routes(routes!(overview::search))
        .routes(routes!(overview::timeline))
        .routes(routes!(settings::show, settings::replace))
}

/// Every operation with its documentation.
pub(crate) fn operations(dev: bool) -> (Router<ApiState>, Value) {
    let mut all = customer_operations()
        .merge(voucher_operations())
        .merge(record_operations())
        .merge(system_operations());
    if dev {
        all = all.routes(routes!(clock::show, clock::change));
    }
    let (router, collected) = OpenApiRouter::new().nest(BASE, all).split_for_parts();
    (router, document::finished(&collected))
}

/// The API as a router of its own: `/api/v1/**`, `/api/v1/openapi.json`, `/api/docs`. It has no fallback, so it can be merged
/// into another router; everything else under `/api` is a problem.
pub fn router(state: ApiState) -> Router {
    let (operations, openapi) = operations(state.dev);
    let access = Access::new(document::scopes(&openapi));
    let json = openapi.to_string();
    let docs = DocsPage::new(&openapi);
    let served = move || {
        let json = json.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], json) }
    };
    operations
        .route_layer(from_fn_with_state(Gate { state: state.clone(), access }, gate))
        .route("/api/v1/openapi.json", get(served))
        .merge(docs.routes())
        .route("/api", any(no_path))
        .route("/api/{*rest}", any(no_path))
        .layer(map_response(readable_405))
        .layer(from_fn_with_state(state.clone(), envelope))
        .with_state(state)
}

async fn no_path(request: Request) -> Problem {
    Problem::new(NO_PATH, format!("there is nothing at {}", crate::wire::shortened(request.uri().path())))
}

/// A 405 that a route made by itself becomes a problem; `Allow` says what there is.
async fn readable_405(response: Response) -> Response {
    let bare = response.status() == METHOD.status && response.extensions().get::<Problem>().is_none();
    if !bare {
        return response;
    }
    let problem = Problem::new(METHOD, "the method is not allowed here");
    match response.headers().get(header::ALLOW) {
        Some(allow) => problem.with_header(header::ALLOW, allow.clone()).into_response(),
        None => problem.into_response(),
    }
}
