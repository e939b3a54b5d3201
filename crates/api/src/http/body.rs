//! JSON in and out: strict about type, fields and size, and precise about what is wrong where.

use crate::http::problem::{INTERNAL, INVALID, MALFORMED, MEDIA_TYPE, Problem, ProblemField};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::http::gate::IMPORT_MOST;

/// A JSON body: read with field errors, or written.
#[derive(Debug, Clone)]
pub(crate) struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        expect_type(request.headers(), &["application/json"])?;
        // The gate has read and weighed the body already.
        let body = axum::body::to_bytes(request.into_body(), IMPORT_MOST).await;
        let body = body.map_err(|error| Problem::new(MALFORMED, error.to_string()))?;
        read_json(&body).map(Self)
    }
}

/// Reads a JSON object; what does not fit is told by field.
pub(crate) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde would take a list of the fields in their order for the object.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::new(MALFORMED, "a JSON object is expected"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read: Result<T, _> = serde_path_to_error::deserialize(&mut reader);
    let value = read.map_err(|error| {
        let path = error.path().to_string();
        json_problem(&path, error.inner())
    })?;
    reader.end().map_err(|error| json_problem(".", &error))?;
    Ok(value)
}

fn json_problem(path: &str, error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => {
            let text = error.to_string();
            // serde names line and column; the field says it better.
            let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
            field_problem(path, reason)
        }
        Category::Syntax | Category::Eof | Category::Io => Problem::new(MALFORMED, error.to_string()),
    }
}

/// A field that cannot be accepted; `path` as serde tells it, `.` or `?` for the whole body.
pub(crate) fn field_problem(path: &str, reason: &str) -> Problem {
    // serde tells unknown and missing fields at the object that has or lacks them.
    let named = ["unknown field `", "missing field `"].iter().find_map(|prefix| {
        let (name, _) = reason.strip_prefix(prefix)?.split_once('`')?;
        Some(name)
    });
    let field = match (path, named) {
        ("." | "?" | "", Some(name)) => name.to_owned(),
        ("." | "?" | "", None) => "body".to_owned(),
        (path, Some(name)) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        (path, Some(name)) => format!("{path}.{name}"),
        (path, None) => path.to_owned(),
    };
    let detail = format!("{field}: {reason}");
    Problem::new(INVALID, detail).with_fields([ProblemField { field, reason: reason.to_owned() }])
}

/// Which of these media types the body has; parameters such as `charset=utf-8` do not matter.
pub(crate) fn expect_type(headers: &HeaderMap, accepted: &[&'static str]) -> Result<&'static str, Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    let found = accepted.iter().find(|kind| kind.eq_ignore_ascii_case(essence));
    found.copied().ok_or_else(|| {
        let given = if essence.is_empty() { "nothing" } else { essence };
        Problem::new(MEDIA_TYPE, format!("send {}; the Content-Type says {given}", accepted.join(" or ")))
    })
}

/// A body of one of several types, as it came.
pub(crate) async fn raw_body(request: Request) -> Result<Bytes, Problem> {
    let body = axum::body::to_bytes(request.into_body(), IMPORT_MOST).await;
    body.map_err(|error| Problem::new(MALFORMED, error.to_string()))
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => {
                let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
                (kind, bytes).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written as JSON");
                Problem::new(INTERNAL, "the answer cannot be written").into_response()
            }
        }
    }
}

/// 201 with `Location`.
pub(crate) fn created<T: Serialize>(location: &str, body: T) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(value) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}
