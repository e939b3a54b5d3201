//! Where a request came from, for limits on guessing.
//!
//! The address of the connection; behind a reverse proxy on this machine, the one that the proxy names last in `X-Forwarded-For`. What
//! others claim there is not believed. Must not know: what is limited.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

/// The address; `None` where the server does not tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source(pub(crate) Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() else {
            return Ok(Self(None));
        };
        if !peer.ip().is_loopback() {
            return Ok(Self(Some(peer.ip())));
        }
        let told = parts.headers.get_all("x-forwarded-for").iter().next_back();
        let told = told.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        Ok(Self(Some(told.unwrap_or(peer.ip()))))
    }
}

#[cfg(test)]
mod tests;
