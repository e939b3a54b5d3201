//! The platform's port: accepts connections, checks HTTP (method, path, Basic credentials, SOAP 1.1 headers), makes the
//! planned faults, and hands operations to the platform. Each answer closes its connection, as old SOAP servers do, so that
//! one call is one connection and connection faults hit exactly one call.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::soap::{self, Operation};
use super::{Fault, MAX_RECORDED, RecordedRequest, SharedState, lock};

/// The one endpoint (assumed).
const ENDPOINT: &str = "/backoffice/services/CustomerService";

/// The open port.
#[derive(Debug)]
pub(super) struct Serving {
    stop: oneshot::Sender<()>,
    closed: oneshot::Receiver<()>,
}

impl Serving {
    /// Returns when the port no longer listens.
    pub(super) async fn close(self) {
        let _ = self.stop.send(());
        let _ = self.closed.await;
    }
}

/// A listener that closes connections on demand and tells when it is gone.
struct Door {
    listener: TcpListener,
    shared: SharedState,
    closed: Option<oneshot::Sender<()>>,
}

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let (stream, peer) = Listener::accept(&mut self.listener).await;
            let mut shared = lock(&self.shared);
            shared.connections += 1;
            if !shared.faults.close_connection() {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(closed) = self.closed.take() {
            let _ = closed.send(());
        }
    }
}

pub(super) fn open(listener: TcpListener, shared: SharedState) -> Serving {
    let (stop, stopped) = oneshot::channel::<()>();
    let (closed_sender, closed) = oneshot::channel();
    let door = Door { listener, shared: shared.clone(), closed: Some(closed_sender) };
    let router = Router::new().fallback(call).with_state(shared);
    let serve = axum::serve(door, router).with_graceful_shutdown(async move {
        // Also ends when the simulator is dropped.
        let _ = stopped.await;
    });
    tokio::spawn(async move {
        if let Err(error) = serve.await {
            tracing::warn!(%error, "the Minerva simulator stopped");
        }
    });
    Serving { stop, closed }
}

/// An answer in the making.
struct Reply {
    status: StatusCode,
    body: String,
    /// For the record.
    answered: String,
}

impl Reply {
    fn fault(status: StatusCode, side: &str, code: &str, text: &str) -> Reply {
        Reply { status, body: soap::fault(side, code, text), answered: code.to_owned() }
    }

    fn invalid(text: &str) -> Reply {
        Reply::fault(StatusCode::INTERNAL_SERVER_ERROR, "Client", "INVALID_REQUEST", text)
    }
}

async fn call(
    State(shared): State<SharedState>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = String::from_utf8_lossy(&body).into_owned();
    let operation = soap::read(&text);
    let fault = lock(&shared).faults.next();
    let mut reply = match fault {
        Some(Fault::Busy) => Reply {
            status: StatusCode::SERVICE_UNAVAILABLE,
            body: "busy".to_owned(),
            answered: "503 (planned)".to_owned(),
        },
        Some(Fault::Unauthorized) => Reply {
            status: StatusCode::UNAUTHORIZED,
            body: String::new(),
            answered: "401 (planned)".to_owned(),
        },
        Some(Fault::Internal) => {
            Reply::fault(StatusCode::INTERNAL_SERVER_ERROR, "Server", "INTERNAL", "try again later")
        }
        Some(Fault::HtmlPage) => Reply {
            status: StatusCode::OK,
            body: "<html><body><p>Please sign in<br></body></html>".to_owned(),
            answered: "a page (planned)".to_owned(),
        },
        _ => answer(&shared, &method, &uri, &headers, &operation),
    };
    if fault == Some(Fault::BadXml) {
        let half = reply.body.len() / 2;
        reply.body = reply.body.chars().take(half).collect();
        reply.answered += " (broken off, planned)";
    }
    if let Some(Fault::LateAfterWork { ms }) = fault {
        reply.answered += " (late, planned)";
        record(&shared, &method, &uri, &headers, text, operation.ok(), &reply.answered);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    } else {
        record(&shared, &method, &uri, &headers, text, operation.ok(), &reply.answered);
    }
    let mut response =
        (reply.status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], reply.body).into_response();
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}

fn answer(
    shared: &SharedState,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    operation: &Result<Operation, String>,
) -> Reply {
    let plain =
        |status: StatusCode| Reply { status, body: String::new(), answered: status.as_str().to_owned() };
    if uri.path() != ENDPOINT {
        return plain(StatusCode::NOT_FOUND);
    }
    if method != Method::POST {
        return plain(StatusCode::METHOD_NOT_ALLOWED);
    }
    let mut shared = lock(shared);
    let wanted = format!("{}:{}", shared.user, shared.password);
    let given =
        header_text(headers, "authorization").and_then(|value| value.strip_prefix("Basic ").and_then(base64));
    if given.as_deref() != Some(wanted.as_bytes()) {
        return plain(StatusCode::UNAUTHORIZED);
    }
    // SOAP 1.1 section 6: text/xml, and section 6.1.1: SOAPAction must be there.
    if !header_text(headers, "content-type")
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("text/xml"))
    {
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    if header_text(headers, "soapaction").is_none() {
        return Reply::invalid("the SOAPAction header is missing");
    }
    match operation {
        Err(reason) => Reply::invalid(reason),
        Ok(operation) => match shared.platform.perform(operation) {
            Ok(body) => Reply { status: StatusCode::OK, body, answered: "ok".to_owned() },
            // SOAP 1.1 section 6.2: a fault is an HTTP 500.
            Err(refusal) => {
                Reply::fault(StatusCode::INTERNAL_SERVER_ERROR, "Server", refusal.code, &refusal.text)
            }
        },
    }
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// RFC 4648 section 4, with padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for symbol in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == symbol)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn record(
    shared: &SharedState,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: String,
    operation: Option<Operation>,
    answered: &str,
) {
    let mut head = format!("{method} {uri}\n");
    for (name, value) in headers {
        let value = if name == header::AUTHORIZATION {
            "(not kept)".into()
        } else {
            String::from_utf8_lossy(value.as_bytes())
        };
        head.push_str(&format!("{name}: {value}\n"));
    }
    let customer_id =
        operation.as_ref().and_then(|operation| operation.field("customerId")).unwrap_or_default().to_owned();
    let operation = operation.map(|operation| operation.name).unwrap_or_default();
    let mut shared = lock(shared);
    if shared.requests.len() >= MAX_RECORDED {
        shared.requests.remove(0);
    }
    shared.requests.push(RecordedRequest {
        head,
        body,
        operation,
        customer_id,
        answered: answered.to_owned(),
    });
}
