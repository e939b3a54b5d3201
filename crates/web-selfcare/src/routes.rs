//! Every address of the portal.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::fault::Fault;
use crate::gate::gate;
use crate::pages::{home, invoice, invoices, profile, shop, sign_in, top_up, usage, voucher, why};
use crate::portal::{LOGO, Portal, WebSelfcare};
use crate::typed::FORM_MOST;

/// The self-care portal with its assets and security headers, for the root of a listener of its own.
pub fn router(state: WebSelfcare) -> Router {
    let portal = Portal::new(state);
    let inside = Router::new()
        .route("/", get(home::show))
        .route("/usage", get(usage::show))
        .route("/usage/{id}", get(why::show))
        .route("/invoices", get(invoices::list))
        .route("/invoices/{id}", get(invoice::show))
        .route("/invoices/{id}/pdf", get(invoice::pdf))
        .route("/shop", get(shop::list))
        .route("/shop/{account}/add/{code}", get(shop::confirm).post(shop::buy))
        .route("/shop/{account}/remove/{add_on}", get(shop::confirm_removal).post(shop::remove))
        .route("/top-up", get(top_up::list))
        .route("/top-up/{account}/{product}/{plan}/{option}", get(top_up::confirm).post(top_up::buy))
        .route("/voucher", get(voucher::form).post(voucher::redeem))
        .route("/profile", get(profile::show))
        .route("/profile/contact", get(profile::contact).post(profile::save_contact))
        .route("/profile/password", get(profile::password).post(profile::change_password))
        .route("/sign-out", post(sign_in::leave))
        .route("/{*rest}", get(missing))
        .layer(from_fn_with_state(portal.clone(), gate));
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/enter", get(sign_in::enter_as_staff))
        .route(LOGO, get(logo))
        .merge(inside)
        .layer(DefaultBodyLimit::max(FORM_MOST))
        .with_state(portal)
        .merge(web_kit::assets::router())
        .layer(web_kit::security_headers())
}

async fn missing() -> Fault {
    Fault::Missing
}

async fn logo(State(portal): State<Portal>) -> Response {
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "public, max-age=300")];
    match portal.settings().await.logo_png {
        Some(logo) => (headers, logo.octets().to_vec()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
