//! Whose word on the address of a request is taken.
#![allow(clippy::unwrap_used)]

use super::*;
use axum::http::Request;

async fn source(peer: &str, forwarded: &[&str]) -> Option<IpAddr> {
    let mut request = Request::get("/voucher");
    for value in forwarded {
        request = request.header("x-forwarded-for", *value);
    }
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    if !peer.is_empty() {
        parts.extensions.insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
    }
    Source::from_request_parts(&mut parts, &()).await.unwrap().0
}

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[tokio::test]
async fn only_a_proxy_on_this_machine_is_believed_and_only_its_own_word() {
    assert_eq!(source("", &["192.0.2.1"]).await, None);
    assert_eq!(source("198.51.100.9:4711", &["192.0.2.1"]).await, address("198.51.100.9"));
    assert_eq!(source("127.0.0.1:4711", &[]).await, address("127.0.0.1"));
    assert_eq!(source("127.0.0.1:4711", &["10.9.9.9, 192.0.2.1"]).await, address("192.0.2.1"));
    assert_eq!(source("[::1]:4711", &["10.9.9.9", "2001:db8::7"]).await, address("2001:db8::7"));
    assert_eq!(source("127.0.0.1:4711", &["nonsense"]).await, address("127.0.0.1"));
}
