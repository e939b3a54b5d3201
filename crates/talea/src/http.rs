//! HTTP listeners: one for staff, the API, metrics and health; one for subscribers.

use crate::config::Config;
use crate::error::TaleaError;
use crate::observability::metrics_text;
use api::ApiState;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use charging::CustomerId;
use mediation::Mediation;
use office::{NetworkDoor, Office};
use prometheus_client::registry::Registry;
use provisioning::Provisioning;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use web_selfcare::WebSelfcare;
use web_staff::WebStaff;

/// Where the staff portal is mounted.
const STAFF_BASE: &str = "/staff";
/// How long a request in flight may take when the program ends.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the engine may take to show that it is alive.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// Both listeners, running.
pub struct HttpDoors {
    /// Staff portal, API, metrics, health.
    pub staff: SocketAddr,
    /// Self-care portal.
    pub selfcare: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl HttpDoors {
    /// Opens both.
    pub async fn open(
        config: &Config,
        office: &Office,
        provisioning: &Provisioning,
        imports: Arc<Mediation>,
        network: Arc<dyn NetworkDoor>,
        mut registry: Registry,
    ) -> Result<Self, TaleaError> {
        let metrics = api::Metrics::default();
        metrics.register(&mut registry);
        let api = ApiState::new(office.clone())
            .with_provisioning(provisioning.clone())
            .with_imports(imports.clone())
            .with_network(network.clone())
            .with_dev(config.dev)
            .with_metrics(metrics);
        let secrets = office.secrets();
        let (stop, stopped) = watch::channel(false);
        let selfcare = WebSelfcare {
            office: office.clone(),
            csrf_key: secrets.derived("self-care form tokens"),
            session_key: secrets.derived("self-care session cookie"),
            secure_cookies: config.http.secure_cookies,
        };
        let selfcare = web_selfcare::router(selfcare);
        let (selfcare_address, selfcare_task) =
            serve(config.http.selfcare, selfcare, stopped.clone()).await?;
        let staff = WebStaff {
            office: office.clone(),
            provisioning: Some(provisioning.clone()),
            imports: Some(imports),
            network: Some(network),
            selfcare: selfcare_url(config, selfcare_address),
            csrf_key: secrets.derived("staff form tokens"),
            session_key: secrets.derived("staff session cookie"),
            environment: config.environment.clone(),
            secure_cookies: config.http.secure_cookies,
            base: STAFF_BASE.to_owned(),
        };
        let health = Router::new()
            .route("/", get(|| async { Redirect::to(STAFF_BASE) }))
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(show_metrics))
            .with_state(Shown { office: office.clone(), registry: Arc::new(registry) });
        let portal =
            web_staff::router(staff).merge(web_kit::assets::router()).layer(web_kit::security_headers());
        let staff = Router::new().merge(portal).merge(api::router(api)).merge(health);
        let (staff_address, staff_task) = serve(config.http.staff, staff, stopped).await?;
        let tasks = vec![staff_task, selfcare_task];
        Ok(Self { staff: staff_address, selfcare: selfcare_address, stop, tasks })
    }

    /// Accepts no more, lets requests in flight end.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for mut task in self.tasks {
            if tokio::time::timeout(PATIENCE, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

/// Where subscribers reach the self-care portal: as configured, else where it listens; empty when that is no address of one host.
fn selfcare_url(config: &Config, listening: SocketAddr) -> String {
    match config.http.selfcare_url.as_str() {
        "" if listening.ip().is_unspecified() => String::new(),
        "" => format!("http://{listening}"),
        url => url.to_owned(),
    }
}

#[derive(Clone)]
struct Shown {
    office: Office,
    registry: Arc<Registry>,
}

async fn show_metrics(State(shown): State<Shown>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], metrics_text(&shown.registry)).into_response()
}

/// Ready = the engine and the database behind it answer.
async fn ready(State(shown): State<Shown>) -> Response {
    if !shown.office.engine().store().health().reachable {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached\n").into_response();
    }
    let look = tokio::task::spawn_blocking(move || shown.office.engine().look(CustomerId(1), |_| ()));
    match tokio::time::timeout(READY_WITHIN, look).await {
        Ok(Ok(Ok(()))) => "ready\n".into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the engine does not answer\n").into_response(),
    }
}

async fn serve(
    address: SocketAddr,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) -> Result<(SocketAddr, JoinHandle<()>), TaleaError> {
    let cannot = || TaleaError::io(format!("cannot listen for HTTP on {address}"));
    let listener = TcpListener::bind(address).await.map_err(cannot())?;
    let address = listener.local_addr().map_err(cannot())?;
    let until = async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(until).await {
            tracing::error!(%error, "HTTP");
        }
    });
    Ok((address, task))
}
