//! The test endpoints, on a port of their own: JSON, no credentials, loopback only.
//!
//! `GET /_sim/customers`, `GET /_sim/customers/{id}`, `GET /_sim/requests`,
//! `POST /_sim/faults {"fault":"busy","times":2}`, `DELETE /_sim/faults`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Customer, Fault, RecordedRequest, SharedState, lock};

#[derive(Debug, Deserialize)]
struct PlannedFault {
    #[serde(flatten)]
    fault: Fault,
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

/// Serves until the sender it returns is dropped.
pub(super) fn open(listener: TcpListener, shared: SharedState) -> oneshot::Sender<()> {
    let (stop, stopped) = oneshot::channel::<()>();
    let router = Router::new()
        .route("/_sim/customers", get(customers))
        .route("/_sim/customers/{id}", get(customer))
        .route("/_sim/requests", get(requests))
        .route("/_sim/faults", post(plan_fault).delete(clear_faults))
        .with_state(shared);
    let serve = axum::serve(listener, router).with_graceful_shutdown(async move {
        let _ = stopped.await;
    });
    tokio::spawn(async move {
        if let Err(error) = serve.await {
            tracing::warn!(%error, "the Minerva simulator's test port stopped");
        }
    });
    stop
}

async fn customers(State(shared): State<SharedState>) -> Json<Vec<Customer>> {
    Json(lock(&shared).platform.customers())
}

async fn customer(
    State(shared): State<SharedState>,
    Path(id): Path<String>,
) -> Result<Json<Customer>, StatusCode> {
    lock(&shared).platform.customer(&id).map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn requests(State(shared): State<SharedState>) -> Json<Vec<RecordedRequest>> {
    Json(lock(&shared).requests.clone())
}

async fn plan_fault(State(shared): State<SharedState>, Json(planned): Json<PlannedFault>) -> StatusCode {
    lock(&shared).faults.plan(planned.fault, planned.times);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(shared): State<SharedState>) -> StatusCode {
    lock(&shared).faults.clear();
    StatusCode::NO_CONTENT
}
