//! A second, made-up platform that speaks JSON with a login: shows that a new platform needs only a manifest, and tests
//! what Minerva does not use (sessions, JSON escaping, values stored back, paths with subscriber data).

use crate::support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use provisioning::{Connector, HttpConnector, Manifest, Verdict};
use serde_json::{Value, json};
use support::subscriber;

const MANIFEST: &str = r#"
[connector]
name = "demo_json"
title = "Demo platform"
kind = "http"
contract = "documented"
service = "internet"
parallel = 2
timeout_ms = 2_000
order = "subscriber"
events = ["account/created"]

[[setting]]
name = "url"
title = "Address"
kind = "url"
[[setting]]
name = "key"
title = "Key"
kind = "secret"

[auth]
kind = "bearer"
token = "login.token"

[request]
format = "json"

[answer_values]
code = "error/code"

[[answer]]
status = "401"
outcome = "relogin"

[[step]]
name = "login"
login = true
path = "/login"
body = '{"key": {{ setting.key }}}'
answer = [{ status = "200", has = "token", outcome = "done" }]
[step.read]
token = "token"

[[step]]
name = "write"
method = "PUT"
path = "/subscribers/{{ subscriber.external_id }}"
headers = { X-Account = "{{ subscriber.account_id }}" }
body = '{"name": {{ subscriber.name }}, "packages": {{ subscriber.packages }}, "note": {{ subscriber.custom.note }}}'
answer = [
  { status = "2xx", outcome = "done" },
  { status = "409", value = { code = ["same", "older"] }, if = "subscriber.presence == 'active'", outcome = "done" },
]
[step.read]
modem_id = "modem/id"
[step.store]
modem_id = "write.modem_id"
"#;

#[derive(Default)]
struct Platform {
    logins: u32,
    token: String,
    written: Vec<(String, Value)>,
    answer: Option<(StatusCode, Value)>,
}

type Shared = Arc<Mutex<Platform>>;

async fn login(State(shared): State<Shared>, Json(body): Json<Value>) -> Json<Value> {
    assert_eq!(body["key"], "k\"<&>y");
    let mut platform = shared.lock().unwrap();
    platform.logins += 1;
    platform.token = format!("token-{}", platform.logins);
    Json(json!({"token": platform.token, "echo": body["key"]}))
}

async fn write(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let mut platform = shared.lock().unwrap();
    if headers["authorization"] != format!("Bearer {}", platform.token) {
        return (StatusCode::UNAUTHORIZED, Json(json!({})));
    }
    assert_eq!(headers["x-account"], "5");
    platform.written.push((id, body));
    let (status, answer) =
        platform.answer.clone().unwrap_or((StatusCode::CREATED, json!({"modem": {"id": "m-77"}})));
    (status, Json(answer))
}

async fn start() -> (Shared, HttpConnector) {
    let shared = Shared::default();
    let router = Router::new()
        .route("/login", post(login))
        .route("/subscribers/{id}", put(write))
        .route("/", get(|| async { "" }))
        .with_state(shared.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let manifest = Manifest::parse("demo_json.toml", MANIFEST).unwrap();
    let settings = BTreeMap::from([("url".to_owned(), url), ("key".to_owned(), "k\"<&>y".to_owned())]);
    (shared, HttpConnector::new(manifest, settings).unwrap())
}

fn desired(name: &str) -> provisioning::DesiredSubscriber {
    let mut desired = subscriber(5);
    desired.external_id = "a/../b?c".to_owned();
    desired.name = name.to_owned();
    desired.packages = vec!["one".to_owned(), "t\"wo".to_owned()];
    desired.custom.insert("note".to_owned(), "x".to_owned());
    desired
}

#[tokio::test]
async fn values_are_written_as_json_and_into_the_path_without_changing_their_meaning() {
    let (shared, connector) = start().await;
    let name = "\"}, {\"admin\": true, \\ \u{7}\n</script>";
    let applied = connector.apply(&desired(name)).await;
    assert_eq!(applied.verdict, Verdict::Done, "{:#?}", applied.exchanges);
    let (id, body) = shared.lock().unwrap().written[0].clone();
    assert_eq!(id, "a/../b?c");
    assert_eq!(body, json!({"name": name.trim(), "packages": ["one", "t\"wo"], "note": "x"}));
    assert_eq!(applied.store_back, BTreeMap::from([("modem_id".to_owned(), "m-77".to_owned())]));
}

#[tokio::test]
async fn a_login_is_kept_and_renewed_once_when_the_session_is_gone() {
    let (shared, connector) = start().await;
    assert_eq!(connector.apply(&desired("a")).await.verdict, Verdict::Done);
    assert_eq!(connector.apply(&desired("b")).await.verdict, Verdict::Done);
    assert_eq!(shared.lock().unwrap().logins, 1, "the session is used again");
    shared.lock().unwrap().token = "expired".to_owned();
    let applied = connector.apply(&desired("c")).await;
    assert_eq!(applied.verdict, Verdict::Done, "{:#?}", applied.exchanges);
    let steps: Vec<&str> = applied.exchanges.iter().map(|exchange| exchange.step.as_str()).collect();
    assert_eq!(steps, ["write", "login", "write"]);
    shared.lock().unwrap().answer = Some((StatusCode::UNAUTHORIZED, json!({})));
    assert!(matches!(connector.apply(&desired("d")).await.verdict, Verdict::Retry(_)), "no endless logins");
}

#[tokio::test]
async fn neither_key_nor_token_is_recorded_in_any_spelling() {
    let (_shared, connector) = start().await;
    let applied = connector.apply(&desired("a")).await;
    let recorded = serde_json::to_string(&applied.exchanges).unwrap();
    assert!(recorded.contains("/login"), "the login itself is recorded");
    for secret in ["token-1", "k\\\\\\\"<", "<&>y", "\\u003c&"] {
        assert!(!recorded.contains(secret), "{secret} in {recorded}");
    }
}

#[tokio::test]
async fn rules_on_body_values_and_conditions_decide_and_unknown_answers_are_never_a_success() {
    let (shared, connector) = start().await;
    let answer = |status: u16, body: Value| {
        shared.lock().unwrap().answer = Some((StatusCode::from_u16(status).unwrap(), body));
    };
    answer(409, json!({"error": {"code": "same"}}));
    assert_eq!(connector.apply(&desired("a")).await.verdict, Verdict::Done);
    answer(409, json!({"error": {"code": "locked"}}));
    assert!(matches!(connector.apply(&desired("a")).await.verdict, Verdict::Fatal(_)));
    answer(409, json!({"error": {"code": "same"}}));
    let mut disabled = desired("a");
    disabled.presence = provisioning::Presence::Disabled;
    assert!(matches!(connector.apply(&disabled).await.verdict, Verdict::Fatal(_)), "done only if active");
    answer(302, json!({}));
    assert!(matches!(connector.apply(&desired("a")).await.verdict, Verdict::Retry(_)));
    answer(429, json!({}));
    assert!(matches!(connector.apply(&desired("a")).await.verdict, Verdict::Retry(_)));
}

#[tokio::test]
async fn a_custom_field_the_template_needs_but_the_account_lacks_is_fatal_and_named() {
    let (_shared, connector) = start().await;
    let mut lacking = desired("a");
    lacking.custom.clear();
    let Verdict::Fatal(reason) = connector.apply(&lacking).await.verdict else { panic!("must be fatal") };
    assert!(reason.contains("step.write.body"), "{reason}");
}
