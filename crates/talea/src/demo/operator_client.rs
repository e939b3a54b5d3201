//! The operator's own programs: the API over HTTP with a bearer token.

use crate::error::TaleaError;
use reqwest::Method;
use serde_json::Value;
use std::net::SocketAddr;

/// An HTTP client of the API.
pub struct OperatorClient {
    http: reqwest::Client,
    base: String,
    token: String,
}

/// Status and body of an answer.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON body; `Null` when it was none.
    pub body: Value,
    /// Raw body.
    pub raw: Vec<u8>,
}

impl Answer {
    /// A field as text, whatever its JSON type; empty when missing. The path is a JSON pointer without its first slash.
    pub fn text(&self, path: &str) -> String {
        match self.body.pointer(&format!("/{path}")) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }

    /// Fails with the problem's words unless the status is a success.
    pub fn expect_success(self, what: &str) -> Result<Self, TaleaError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let words = String::from_utf8_lossy(&self.raw).into_owned();
        Err(TaleaError::Said(format!("{what} was answered {}: {words}", self.status)))
    }
}

impl OperatorClient {
    /// A client of the API at `address`.
    pub fn new(address: SocketAddr, token: String) -> Result<Self, TaleaError> {
        let http = reqwest::Client::builder().no_proxy().build();
        let http = http.map_err(|error| TaleaError::Said(format!("no HTTP client: {error}")))?;
        Ok(Self { http, base: format!("http://{address}/api/v1"), token })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, TaleaError> {
        let trouble = |error: reqwest::Error| TaleaError::Said(format!("HTTP: {error}"));
        let response = request.bearer_auth(&self.token).send().await.map_err(trouble)?;
        let status = response.status().as_u16();
        let raw = response.bytes().await.map_err(trouble)?.to_vec();
        Ok(Answer { status, body: serde_json::from_slice(&raw).unwrap_or(Value::Null), raw })
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Result<Answer, TaleaError> {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer, TaleaError> {
        self.send(self.http.request(Method::POST, format!("{}{path}", self.base)).json(body)).await
    }

    /// POST with a JSON body and an Idempotency-Key.
    pub async fn post_once(&self, path: &str, key: &str, body: &Value) -> Result<Answer, TaleaError> {
        let request = self.http.request(Method::POST, format!("{}{path}", self.base));
        self.send(request.header("idempotency-key", key).json(body)).await
    }

    /// POST of a CSV file.
    pub async fn post_csv(&self, path: &str, csv: &str) -> Result<Answer, TaleaError> {
        let request = self.http.request(Method::POST, format!("{}{path}", self.base));
        self.send(request.header("content-type", "text/csv").body(csv.to_owned())).await
    }
}
