//! Path and query parameters, with field errors and nothing unknown.

use crate::http::body::field_problem;
use crate::http::problem::Problem;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Query as AxumQuery};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// Parameters of the path.
#[derive(Debug, Clone)]
pub(crate) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                let text = match error.kind() {
                    ErrorKind::DeserializeError { message, .. } | ErrorKind::Message(message) => {
                        message.clone()
                    }
                    other => other.to_string(),
                };
                let key = match error.kind() {
                    ErrorKind::DeserializeError { key, .. }
                    | ErrorKind::ParseErrorAtKey { key, .. }
                    | ErrorKind::InvalidUtf8InPathParam { key } => key.clone(),
                    _ => "id".to_owned(),
                };
                Err(Problem::field(key, text))
            }
            Err(other) => Err(Problem::field("path", other.body_text())),
        }
    }
}

/// Parameters of the query.
#[derive(Debug, Clone)]
pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match AxumQuery::try_from_uri(&parts.uri) {
            Ok(AxumQuery(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
                let (path, reason) = split_path(text);
                Err(field_problem(path, reason))
            }
        }
    }
}

/// `limit: invalid digit` is told as a field and a reason.
fn split_path(text: &str) -> (&str, &str) {
    match text.split_once(": ") {
        Some((path, reason)) if !path.contains([' ', '`']) => (path, reason),
        _ => (".", text),
    }
}
