//! Step 2: the router logs in and its session is recorded once.

use super::cast::Cast;
use super::narrator::Narrator;
use super::router_client::{Proof, SessionReport, accounting_response};
use crate::error::TaleaError;
use serde_json::Value;

/// The household's user name and password.
pub const USER: (&str, &str) = ("ellen@aurora.example", "blue-lighthouse");
/// The session's name on the access node.
const SESSION: &str = "0000A1F4";

/// Logs in by PAP and CHAP, runs a session, repeats its Stop.
pub async fn play(cast: &mut Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    tell.begin("His router logs in by RADIUS, and its session becomes one xDR");
    for (proof, name) in [(Proof::Pap, "PAP"), (Proof::Chap, "CHAP")] {
        tell.sent(format!("Access-Request, {} with {name}", USER.0));
        let heard = cast.node.log_in(USER.0, USER.1, proof).await?;
        tell.received(heard.line());
        let accepted =
            heard.code == "Access-Accept" && heard.says("Mikrotik-Rate-Limit") && heard.says("10M");
        tell.check(format!("{name}: accepted with 10 Mbps in the node's own attribute"), accepted);
    }
    tell.sent("Access-Request with a wrong password");
    let heard = cast.node.log_in(USER.0, "green-lighthouse", Proof::Pap).await?;
    tell.received(heard.line());
    tell.check("refused with Access-Reject", heard.code == "Access-Reject");
    tell.sent("Access-Request from a node that is not in the table");
    let heard = cast.stranger.log_in_unheard(USER.0, USER.1).await?;
    tell.received(heard.line());
    tell.check("silently discarded (RFC 2865 section 3)", heard.code.is_empty());
    session(cast, tell).await
}

async fn session(cast: &mut Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    let at = cast.now_seconds();
    let report = |seconds: u32, up, down| SessionReport {
        user: USER.0,
        session: SESSION,
        seconds,
        up,
        down,
        at: at + seconds,
    };
    let steps = [
        ("Start", 1, report(0, 0, 0)),
        ("Interim", 3, report(300, 12_000_000, 250_000_000)),
        ("Stop", 2, report(600, 20_000_000, 480_000_000)),
        ("Stop, sent again", 2, report(600, 20_000_000, 480_000_000)),
    ];
    for (name, status, report) in steps {
        tell.sent(format!(
            "Accounting-Request {name}: {} octets so far",
            u64::from(report.up) + u64::from(report.down)
        ));
        let heard = cast.node.report(status, &report).await?;
        tell.received(heard.line());
        tell.check("answered", heard.code == accounting_response());
    }
    let xdrs = xdrs(cast, "internet").await?;
    tell.same("xDRs of the session", xdrs.len(), 1);
    let field = |name: &str| xdrs.first().map_or_else(String::new, |x| text(x, name));
    tell.same("octets on it", field("units"), "500000000".to_owned());
    tell.cost(format!("${}: the fibre link is part of HomeConnect+", field("amount")));
    Ok(())
}

/// The customer's xDRs of a service, as the API lists them.
pub async fn xdrs(cast: &Cast<'_>, service: &str) -> Result<Vec<Value>, TaleaError> {
    // The tables follow network traffic within half a second; asking the store to catch up keeps the story quick.
    let store = cast.system.office.store().clone();
    let flushed = tokio::task::spawn_blocking(move || store.flush()).await;
    flushed.map_err(|error| TaleaError::Said(error.to_string()))??;
    let answer = cast.api.get(&format!("/customers/{}/xdrs?limit=100", cast.customer_id)).await?;
    let answer = answer.expect_success("the xDRs")?;
    let items = answer.body.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(items.into_iter().filter(|x| text(x, "service") == service).collect())
}

/// A field of a JSON object as text.
pub fn text(value: &Value, field: &str) -> String {
    match value.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}
