//! The gate before every operation: who asks (bearer token, RFC 6750), whether he may (scope), how much he sends, and whether he
//! asks again (Idempotency-Key).
//!
//! Which scope an operation needs is read from the OpenAPI document, so that what the document says is what is enforced.
//! Must not know: what any operation does.

use crate::http::blocking::{ask, office_problem};
use crate::http::problem::{BAD_TOKEN, NO_TOKEN, Problem, SCOPE, TOO_LARGE};
use crate::http::replay::{Known, Remembered};
use crate::metrics::Metrics;
use crate::ports::ApiState;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hashbrown::HashMap;
use office::{Actor, ApiIdentity, IdempotencyKey, Scope};
use ring::digest::{SHA256, digest};
use std::sync::Arc;

/// Largest body of most operations, in octets.
pub(crate) const JSON_MOST: usize = 1024 * 1024;
/// Largest catalog.
pub(crate) const CATALOG_MOST: usize = 8 * 1024 * 1024;
/// Largest file of purchases.
pub(crate) const IMPORT_MOST: usize = 32 * 1024 * 1024;
/// Longest Idempotency-Key, in octets.
const KEY_MOST: usize = 255;
/// Longest bearer token looked at, in octets.
const TOKEN_MOST: usize = 512;

/// Header with the name of a write.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Tells that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The scope of each operation, by method and route.
#[derive(Clone, Default)]
pub(crate) struct Access {
    scopes: Arc<HashMap<(Method, String), Vec<Scope>>>,
}

impl Access {
    pub(crate) fn new(scopes: impl IntoIterator<Item = ((Method, String), Vec<Scope>)>) -> Self {
        Self { scopes: Arc::new(scopes.into_iter().collect()) }
    }

    /// What a request needs: any of these. An operation of which the document says nothing is for administrators.
    fn scopes(&self, method: &Method, route: &str) -> &[Scope] {
        let method = if *method == Method::HEAD { Method::GET } else { method.clone() };
        let found = self.scopes.get(&(method, route.to_owned())).filter(|scopes| !scopes.is_empty());
        found.map_or(&[Scope::Admin], Vec::as_slice)
    }
}

/// What the gate keeps.
#[derive(Clone)]
pub(crate) struct Gate {
    pub state: ApiState,
    pub access: Access,
}

/// Who asks, and under which key.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// For the office and the audit.
    pub actor: Actor,
    /// The request's own name, for writes that came with one.
    pub key: Option<IdempotencyKey>,
    identity: ApiIdentity,
}

impl Caller {
    fn new(identity: ApiIdentity, key: Option<IdempotencyKey>) -> Self {
        Self { actor: identity.actor(), key, identity }
    }

    /// Whether the token may also be used for this.
    pub(crate) fn has(&self, scope: Scope) -> bool {
        self.identity.has(scope)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::new(NO_TOKEN, "this request did not pass the gate");
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}

/// Lets a request through, or tells why not.
pub(crate) async fn gate(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match pass(&gate, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn pass(gate: &Gate, mut request: Request, next: Next) -> Result<Response, Problem> {
    let state = &gate.state;
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let identity = authenticate(state, request.headers()).await?;
    let needed = gate.access.scopes(request.method(), &route);
    if !needed.iter().any(|scope| identity.has(*scope)) {
        let words: Vec<&str> = needed.iter().map(|scope| scope.name()).collect();
        return Err(Problem::new(SCOPE, format!("this token lacks the scope {}", words.join(" or "))));
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads {
        request.extensions_mut().insert(Caller::new(identity, None));
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    let most = body_most(&route);
    let body = read_body(&parts.headers, body, most).await?;
    let Some(key) = key_of(&parts.headers)? else {
        parts.extensions.insert(Caller::new(identity, None));
        return Ok(next.run(Request::from_parts(parts, Body::from(body))).await);
    };
    let content = content(&parts, &body);
    let own = IdempotencyKey::new(&scoped(&identity.name, &key), &content);
    let own = own.map_err(|error| office_problem(state, error))?;
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest(&SHA256, &content).as_ref());
    let name = (identity.name.as_str().into(), key.into_boxed_str());
    let known = state.memory.begin(name, fingerprint, state.office.now())?;
    let at_work = match known {
        Known::Answered(answer) => return Ok(again(&state.metrics, answer)),
        Known::New(at_work) => at_work,
    };
    parts.extensions.insert(Caller::new(identity, Some(own)));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let answer = Remembered { status: parts.status, headers: parts.headers.clone(), body: body.clone() };
    at_work.answered(answer, state.office.now());
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// The answer of the first time.
fn again(metrics: &Metrics, answer: Remembered) -> Response {
    metrics.replayed.inc();
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

async fn authenticate(state: &ApiState, headers: &HeaderMap) -> Result<ApiIdentity, Problem> {
    let header = headers.get(header::AUTHORIZATION);
    let words = "send the header Authorization: Bearer <token>";
    let header = header.ok_or_else(|| Problem::new(NO_TOKEN, words))?;
    let text = header.to_str().unwrap_or_default();
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(Problem::new(NO_TOKEN, words)),
    };
    let unknown = || Problem::new(BAD_TOKEN, "the token is unknown, expired or withdrawn");
    if token.is_empty() || token.len() > TOKEN_MOST {
        return Err(unknown());
    }
    let token = token.to_owned();
    ask(state, move |office| office.token(&token)).await?.ok_or_else(unknown)
}

fn body_most(route: &str) -> usize {
    match route {
        "/api/v1/imports" => IMPORT_MOST,
        "/api/v1/catalog" => CATALOG_MOST,
        _ => JSON_MOST,
    }
}

async fn read_body(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Problem> {
    let too_large = || Problem::new(TOO_LARGE, format!("at most {most} octets are accepted here"));
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    axum::body::to_bytes(body, most).await.map_err(|_| too_large())
}

/// The key as the requester wrote it.
fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let wrong = || {
        Problem::field("Idempotency-Key", format!("one key of 1 to {KEY_MOST} printable ASCII characters"))
    };
    let text = value.to_str().map_err(|_| wrong())?.trim();
    if text.is_empty() || text.len() > KEY_MOST || values.next().is_some() {
        return Err(wrong());
    }
    Ok(Some(text.to_owned()))
}

/// The key as the core remembers it: keys of different tokens never meet.
fn scoped(token: &str, key: &str) -> String {
    let name = format!("{token}/{key}");
    let plain = name.len() <= KEY_MOST && name.bytes().all(|octet| octet.is_ascii_graphic() || octet == b' ');
    if plain {
        return name;
    }
    digest(&SHA256, name.as_bytes()).as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
}

/// What makes two requests the same: method, path with query, and body.
fn content(parts: &Parts, body: &[u8]) -> Vec<u8> {
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    [parts.method.as_str().as_bytes(), b" ", target.as_bytes(), b"\n", body].concat()
}
