//! The API: JSON over HTTP under `/api/v1`, with its OpenAPI document and a page to browse it.
//!
//! Flows in: HTTP requests with a bearer token. Flows out: office calls by `Actor::Api`, answers as JSON, refusals as RFC 9457
//! problems. Everything here decodes and encodes; the office decides. The types on the wire live in this crate only.
//! Must not know: SQL, the web portals, mediation, how a charge is decided, the system clock (`engine::Clock` tells the time).

mod docs_page;
mod document;
mod http;
mod metrics;
mod ports;
mod router;
mod routes;
mod wire;

pub use document::openapi;
pub use metrics::Metrics;
pub use ports::ApiState;
pub use router::router;
