//! Traces: started from the page, shown as text whatever a peer sends, masked and closed for whom they are not.

use std::sync::Arc;

use axum::http::StatusCode;
use office::{
    DecodedField, DecodedMessage, DecodedValue, MessageReader, NetworkDoor, NodeLink, NodeProtocol, Office,
    Sighting, TraceClues, TracedMessage,
};

use crate::browser::Portal;

/// A door whose messages are one hostile attribute.
struct Door;

impl NetworkDoor for Door {
    fn links(&self) -> Vec<NodeLink> {
        Vec::new()
    }

    fn decode(&self, message: &TracedMessage, masked: bool) -> Option<DecodedMessage> {
        let hostile = String::from_utf8_lossy(&message.octets).into_owned();
        let field = |name: &str, depth, value| DecodedField {
            depth,
            name: name.to_owned(),
            vendor: String::new(),
            code: "1".to_owned(),
            kind: "string",
            value,
        };
        let value =
            if masked { DecodedValue::Masked { octets: 9 } } else { DecodedValue::Text(hostile.clone()) };
        let reason = "attribute 7 has a wrong length".to_owned();
        Some(DecodedMessage {
            title: "Access-Request".to_owned(),
            header: "identifier 7".to_owned(),
            summary: if masked { String::new() } else { hostile },
            result: String::new(),
            good: true,
            fields: vec![
                field("User-Name", 0, value),
                field("User-Password", 1, DecodedValue::Secret),
                field("", 0, DecodedValue::Stopped { at: 31, reason }),
            ],
        })
    }
}

impl MessageReader for Door {
    fn clues(&self, octets: &[u8]) -> TraceClues {
        TraceClues { names: vec![String::from_utf8_lossy(octets).into_owned()], session: None }
    }

    fn blank_secrets(&self, _: &mut [u8]) {}
}

fn passes(office: &Office, text: &str) {
    let sighting = Sighting {
        at: office.now(),
        protocol: NodeProtocol::Radius,
        node: "",
        host: "",
        remote: "192.0.2.7:40000".parse().unwrap(),
        local: "192.0.2.1:1812".parse().unwrap(),
        sent: false,
        request: true,
        id: 7,
        octets: text.as_bytes(),
    };
    office.tracer().see(&sighting, &Door);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_is_started_followed_and_stopped_and_shows_what_a_peer_sends_as_text() {
    let portal = Portal::with(|state| state.network = Some(Arc::new(Door)));
    let (ada, anton, hilda) =
        (portal.sign_in("ada").await, portal.sign_in("anton").await, portal.sign_in("hilda").await);
    assert!(!hilda.page("/staff/network/traces").await.contains("Start trace"), "no form that only refuses");
    let form = [("subscriber", "<script>"), ("messages", "50"), ("octets", "100"), ("seconds", "5")];
    assert_eq!(hilda.post("/staff/network/traces", &form).await.status, StatusCode::FORBIDDEN);
    let wrong = [("subscriber", "x"), ("peer", "y"), ("messages", "0"), ("octets", "100"), ("seconds", "5")];
    let again = anton.post("/staff/network/traces", &wrong).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("one of the three") && again.body.contains("up to 1000"), "{}", again.body);
    let started = anton.post("/staff/network/traces", &form).await;
    assert_eq!(started.location, "/staff/network/traces/1");
    assert!(anton.page("/staff/network/traces/1").await.contains("Waiting for the first message"));

    passes(&portal.office, "<script>");
    let full = ada.page("/staff/network/traces/1").await;
    for words in
        ["&lt;script&gt;", "secret, never shown", "octet 31: attribute 7", "Malformed", "192.0.2.7:40000"]
    {
        assert!(full.contains(words), "{words}: {full}");
    }
    assert!(!full.contains("<script>"), "what a peer sends is text");
    for who in [&anton, &hilda] {
        let masked = who.page("/staff/network/traces/1").await;
        assert!(masked.contains("masked, 9 octets") && !masked.contains("&lt;script&gt;"), "{masked}");
        assert!(!masked.contains("For Wireshark"));
        assert_eq!(who.get("/staff/network/traces/1/capture").await.status, StatusCode::FORBIDDEN);
    }
    let more = ada.page("/staff/live/traces/1?after=1").await;
    assert!(!more.contains("message-1\"") && more.contains("after=1"), "nothing new: {more}");
    passes(&portal.office, "<script>");
    let more = ada.page("/staff/live/traces/1?after=1").await;
    assert!(
        more.contains("message-2\"") && !more.contains("message-1\"") && more.contains("after=2"),
        "{more}"
    );

    let capture = ada.get("/staff/network/traces/1/capture").await;
    assert_eq!(capture.status, StatusCode::OK);
    anton.post("/staff/network/traces/1/stop", &[]).await;
    let ended = ada.page("/staff/live/traces/1?after=2").await;
    assert!(ended.contains("Ended") && !ended.contains("hx-get"), "nothing is asked for any more: {ended}");
    anton.post("/staff/network/traces/1/remove", &[]).await;
    assert_eq!(ada.get("/staff/network/traces/1").await.status, StatusCode::NOT_FOUND);
}
