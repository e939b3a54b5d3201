//! An installation on a data directory of its own, at ten in the morning of 1 June 2026, and a way to ask its API.

use api::ApiState;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use calendar::Instant;
use engine::{Clock, Config, Engine};
use mediation::Mediation;
use office::{Actor, InvoiceContent, InvoiceRenderer, Office, Scope, Secrets, publish_first};
use provisioning::{Manifest, Provisioning, Sealer};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tower::ServiceExt;

struct Plain;

impl InvoiceRenderer for Plain {
    fn render(&self, invoice: &InvoiceContent) -> Result<Vec<u8>, String> {
        Ok(format!("%PDF {}", invoice.number).into_bytes())
    }
}

struct Key(Secrets);

impl Sealer for Key {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        self.0.seal(plain)
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.unseal(sealed)
    }
}

pub struct World {
    pub office: Office,
    pub router: Router,
    pub admin: String,
    pub _directory: TempDir,
}

/// What the API answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub octets: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.octets).unwrap_or(Value::Null)
    }

    /// The answer's body, if it has this status.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.octets));
        self.json()
    }

    /// The problem, if it is one with this status and code, in the form of RFC 9457.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!((self.status.as_u16(), body["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(body["status"], json!(status));
        assert_eq!(body["type"], json!(format!("/api/docs#{code}")));
        assert!(!body["title"].as_str().unwrap().is_empty() && !body["detail"].as_str().unwrap().is_empty());
        assert_eq!(body["instance"].as_str(), self.headers["x-request-id"].to_str().ok());
        body
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

pub fn system() -> Actor {
    Actor::System("test")
}

impl World {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(testkit::books::open(directory.path()).unwrap());
        let clock = Clock::starting_at(Instant::parse("2026-06-01T10:00:00Z").unwrap());
        let catalog = toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap();
        let snapshot = publish_first(&store, &system(), catalog, "sample", clock.now()).unwrap();
        let config = Config { threads: 1, ..Config::default() };
        let engine = Engine::start(store, Arc::new(snapshot), clock, config).unwrap();
        let office = Office::new(engine, Secrets::open(directory.path()).unwrap(), Arc::new(Plain));
        let admin = office.create_token(&system(), "admin", &[Scope::Admin], None).unwrap();
        let files = Arc::new(Mediation::new(office.clone()));
        let state = ApiState::new(office.clone()).with_dev(true).with_imports(files);
        Self { office, router: api::router(state), admin, _directory: directory }
    }

    /// The same installation with the shipped connectors, none of them set up.
    pub async fn with_provisioning(self) -> Self {
        let key = Arc::new(Key(self.office.secrets().clone()));
        let manifests = vec![Manifest::load_shipped("minerva").unwrap()];
        let provisioning =
            Provisioning::start(self.office.engine().clone(), key, manifests, Vec::new()).await.unwrap();
        let state = ApiState::new(self.office.clone()).with_provisioning(provisioning);
        Self { router: api::router(state), ..self }
    }

    pub fn token(&self, scopes: &[Scope]) -> String {
        self.office.create_token(&system(), "limited", scopes, None).unwrap()
    }

    /// Sends a request as it is.
    pub async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let octets = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, octets }
    }

    /// Sends a request with a token, headers and a body.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request = request.header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.raw(request.body(body.into()).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &self.admin, &[], Body::empty()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &self.admin, &[], Body::empty()).await
    }

    /// Sends JSON as the administrator.
    pub async fn json(&self, method: &str, path: &str, body: Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(method, path, &self.admin, &headers, body.to_string()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.json("POST", path, body).await
    }

    /// Sends JSON with an Idempotency-Key as the administrator.
    pub async fn keyed(&self, path: &str, key: &str, body: Value) -> Answer {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        self.send("POST", path, &self.admin, &headers, body.to_string()).await
    }

    /// Signs Ada up for HomeConnect+ with HBO; her customer and account.
    pub async fn ada(&self) -> (String, String) {
        let made = self.post("/customers", ada()).await.expect(201);
        (made["id"].as_str().unwrap().to_owned(), made["account"].as_str().unwrap().to_owned())
    }
}

/// A sign-up with everything.
pub fn ada() -> Value {
    json!({
        "name": "Ada Lovelace", "email": "ada@example.net", "phone": "+1 207 555 0142",
        "address": "12 Harbour Street\nPortland", "language": "en", "payment": "postpaid", "credit_limit": "100.00",
        "zone": "UTC", "net_days": 14,
        "account": {
            "product": "homeconnect-plus", "add_ons": ["hbo"], "label": "Home",
            "identifiers": [{ "realm": "user", "value": "ada@example.net" }, { "realm": "msisdn", "value": "+1 207 555 0142" }],
            "password": "analytical", "devices": [{ "kind": "stb", "mac": "00-1a-79-12-34-56", "serial": "S1", "model": "MAG" }]
        },
        "login": { "login": "ada", "password": "difference-engine" }
    })
}

/// A film of 3.99.
pub fn film(account: &str, reference: &str) -> Value {
    json!({ "account": account, "service": "vod", "item": "film-1", "units": 1, "description": "The General", "reference": reference })
}
