//! The outermost layer of every request: its id, its time limit, counters, log line, problem bodies, ETags.
//!
//! Must not know: who asks, what is asked.

use crate::http::problem::{Problem, TIME_OUT};
use crate::metrics::{RequestLabels, RouteLabels};
use crate::ports::ApiState;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Header with the request's id, in both directions.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that a requester may choose.
const REQUEST_ID_MOST: usize = 64;
/// How long a request may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// How long work on many rows may take: imports, a resync, a batch of vouchers, the development clock.
const LONG_TIME_LIMIT: Duration = Duration::from_secs(600);
/// Routes with [`LONG_TIME_LIMIT`].
const LONG_ROUTES: [&str; 5] = [
    "/api/v1/imports",
    "/api/v1/dev/clock",
    "/api/v1/connectors/{name}/resync",
    "/api/v1/voucher-batches",
    "/api/v1/voucher-batches/{id}/revoke",
];
/// Largest answer that gets an ETag, in octets.
const ETAG_BODY_MOST: usize = 1024 * 1024;

/// Runs a request inside its envelope.
pub(crate) async fn envelope(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let started = tokio::time::Instant::now();
    let id = request_id(request.headers());
    let method = method_name(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let limit = if LONG_ROUTES.contains(&route.as_str()) { LONG_TIME_LIMIT } else { TIME_LIMIT };
    let wishes = Wishes::of(&request);
    let _at_work = AtWork::new(&state);
    let response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let words = "no answer within the time limit; ask again with the same Idempotency-Key";
            Problem::new(TIME_OUT, words).into_response()
        }
    };
    let mut response = finish(response, &id, &wishes).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let (status, took) = (response.status().as_u16(), started.elapsed());
    tracing::debug!(request = %id, method, route, status, micros = took.as_micros(), "api request");
    state
        .metrics
        .seconds
        .get_or_create(&RouteLabels { method, route: route.clone() })
        .observe(took.as_secs_f64());
    state.metrics.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    response
}

/// What the requester said about the copy he has.
struct Wishes {
    reads: bool,
    if_none_match: Option<HeaderValue>,
}

impl Wishes {
    fn of(request: &Request) -> Self {
        let reads = request.method() == Method::GET || request.method() == Method::HEAD;
        Self { reads, if_none_match: request.headers().get(header::IF_NONE_MATCH).cloned() }
    }
}

/// Writes out a problem, or gives an answer its ETag.
async fn finish(mut response: Response, id: &str, wishes: &Wishes) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let (status, code) = (problem.status().as_u16(), problem.code());
        if problem.status().is_server_error() {
            tracing::warn!(request = id, status, code, "api request failed");
        }
        return problem.answer(id);
    }
    let json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !wishes.reads || response.status() != StatusCode::OK || !json {
        return response;
    }
    tag(response, wishes).await
}

async fn tag(response: Response, wishes: &Wishes) -> Response {
    let small = response.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if small.and_then(|length| length.parse().ok()).is_some_and(|length: usize| length > ETAG_BODY_MOST) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Our own answers are whole in memory; a body that fails here was never ours.
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let tag = etag(&bytes);
    let known = wishes.if_none_match.as_ref().and_then(|value| value.to_str().ok());
    let same = known.is_some_and(|known| lists(known, &tag));
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, value);
    }
    if same {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// The ETag of a body (RFC 9110 8.8.3): a strong one, the same for the same octets.
pub(crate) fn etag(body: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, body);
    let hex: String = digest.as_ref().iter().take(16).map(|octet| format!("{octet:02x}")).collect();
    format!("\"{hex}\"")
}

/// Whether a list of ETags (`If-Match`, `If-None-Match`) names this one.
pub(crate) fn lists(header: &str, tag: &str) -> bool {
    header
        .split(',')
        .map(|entry| entry.trim().trim_start_matches("W/"))
        .any(|entry| entry == tag || entry == "*")
}

/// The id that the requester chose, if it is harmless, or one of ours.
fn request_id(headers: &HeaderMap) -> String {
    let chosen = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| {
        let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
        !id.is_empty() && id.len() <= REQUEST_ID_MOST && id.bytes().all(plain)
    });
    chosen.map_or_else(fresh_id, str::to_owned)
}

/// A random start per process, then counting: unique without asking the clock.
fn fresh_id() -> String {
    static START: LazyLock<u64> = LazyLock::new(|| {
        let mut octets = [0; 8];
        // Without randomness ids only repeat after a restart; nothing depends on them but the log.
        let _ = SystemRandom::new().fill(&mut octets);
        u64::from_be_bytes(octets)
    });
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("req-{:016x}", START.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// The method as a label; anything unusual is one label, so that their number is bounded.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}

/// Counts a request while it is at work, also one whose requester went away.
struct AtWork(prometheus_client::metrics::gauge::Gauge);

impl AtWork {
    fn new(state: &ApiState) -> Self {
        state.metrics.at_work.inc();
        Self(state.metrics.at_work.clone())
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.dec();
    }
}
