//! `If-Match`: a change is only made to the state that the requester has seen (RFC 9110 13.1.1).
//!
//! What is compared is the resource as `GET` would show it now, so any change of it counts. The comparison comes right before the
//! change, not in one step with it: it guards people who edit, not two changes in the same millisecond.

use crate::http::envelope::{etag, lists};
use crate::http::problem::{PRECONDITION, Problem};
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use serde::Serialize;

/// The ETags that the requester accepts; `None` = anything.
#[derive(Debug, Clone)]
pub(crate) struct IfMatch(Option<String>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.headers.get(header::IF_MATCH).map(|value| value.to_str()) {
            None => Ok(Self(None)),
            Some(Ok(text)) => Ok(Self(Some(text.to_owned()))),
            Some(Err(_)) => Err(Problem::field("If-Match", "one or more ETags")),
        }
    }
}

impl IfMatch {
    /// Whether there is anything to compare.
    pub(crate) fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Refuses when the resource is another one than the requester saw.
    pub(crate) fn check(&self, current: &impl Serialize) -> Result<(), Problem> {
        let Some(header) = &self.0 else { return Ok(()) };
        let current = serde_json::to_vec(current).map(|bytes| etag(&bytes)).unwrap_or_default();
        if lists(header, &current) {
            return Ok(());
        }
        Err(Problem::new(
            PRECONDITION,
            format!("the ETag is now {current}; read it again and repeat the change"),
        ))
    }
}
