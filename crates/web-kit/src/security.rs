//! Response headers that keep a page to itself: no inline script or style, no framing, no sniffing, no referrer abroad.
//! Must not know: pages.

use std::future::{Ready, ready};

use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{MapResponseLayer, map_response};
use axum::response::Response;

/// Everything from our own origin; pictures also inline (logos, QR codes).
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// The layer [`security_headers`] returns.
pub type SecurityHeaders = MapResponseLayer<fn(Response) -> Ready<Response>, (), ()>;

/// Layer that sets the headers on every response that has not set its own; pages not marked cacheable are not stored.
///
/// `Router::new().merge(pages).merge(web_kit::assets::router()).layer(web_kit::security_headers())`
pub fn security_headers() -> SecurityHeaders {
    map_response(add as fn(Response) -> Ready<Response>)
}

fn add(mut response: Response) -> Ready<Response> {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    ready(response)
}
