//! Step 6: not paid, suspended, paid, resumed, terminated.

use super::cast::Cast;
use super::gateway_client::Ask;
use super::internet::USER;
use super::mobile::{MSISDN, SUCCESS};
use super::narrator::Narrator;
use super::router_client::Proof;
use super::signing_up::platform;
use crate::error::TaleaError;
use diameter::credit_control::RequestType;
use serde_json::json;
use std::time::Duration;

/// After the due date of an invoice of 1 July, 15 days net.
const SEVENTEENTH_OF_JULY: &str = "2026-07-17T12:00:00Z";
/// How long the platform may take to follow.
const WITHIN: Duration = Duration::from_secs(2);

/// The whole collection.
pub async fn play(cast: &mut Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    suspended(cast, tell).await?;
    resumed(cast, tell).await?;
    terminated(cast, tell).await
}

async fn status(cast: &Cast<'_>) -> Result<String, TaleaError> {
    let answer = cast.api.get(&format!("/customers/{}", cast.customer_id)).await?;
    Ok(answer.expect_success("the customer")?.text("status"))
}

async fn begin_data(cast: &mut Cast<'_>, tell: &mut Narrator, session: &str) -> Result<u32, TaleaError> {
    tell.sent("CCR-Initial of his phone");
    let ask = Ask { session, kind: RequestType::Initial, number: 0, msisdn: MSISDN, used: 0, again: false };
    let told = cast.gateway.ask(&ask).await?;
    tell.received(told.line());
    if told.result == SUCCESS {
        let end = Ask { kind: RequestType::Termination, number: 1, ..ask };
        cast.gateway.ask(&end).await?;
    }
    Ok(told.result)
}

async fn suspended(cast: &mut Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    tell.begin("The due date passes unpaid: he is suspended");
    tell.sent("the clock goes on to 17 July");
    cast.wait_until(SEVENTEENTH_OF_JULY).await?;
    tell.same("the customer is", status(cast).await?, "suspended".to_owned());
    let home = cast.home.clone();
    let (found, _) = platform(cast, &home, WITHIN, |c| c.is_some_and(|c| c.status == "DISABLED")).await;
    let record = found.map_or_else(|| "(no record)".to_owned(), |c| c.status);
    tell.same("his record on the IPTV platform is kept", record, "DISABLED".to_owned());
    tell.sent("Access-Request of his router");
    let heard = cast.node.log_in(USER.0, USER.1, Proof::Pap).await?;
    tell.received(heard.line());
    let hotlined = heard.code == "Access-Accept" && heard.says("hotline") && !heard.says("10M");
    tell.check("hotlined, as the profile of his access node says", hotlined);
    let result = begin_data(cast, tell, "pgw-1.demo.talea.local;2;1").await?;
    tell.same("mobile data is refused (END_USER_SERVICE_DENIED)", result, 4010);
    Ok(())
}

async fn resumed(cast: &mut Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    tell.begin("He pays: everything resumes");
    let path = format!("/customers/{}/payments", cast.customer_id);
    let body = json!({ "amount": "59.04", "note": "Bank transfer" });
    tell.sent("POST payment of $59.04");
    let paid = cast.api.post_once(&path, "demo-payment", &body).await?.expect_success("the payment")?;
    tell.received(format!("{}: balance ${}", paid.status, paid.text("balance")));
    tell.same("balance", paid.text("balance"), "0.00".to_owned());
    tell.same("the customer is", status(cast).await?, "active".to_owned());
    let home = cast.home.clone();
    let (found, _) = platform(cast, &home, WITHIN, |c| c.is_some_and(|c| c.status == "ENABLED")).await;
    let record = found.map_or_else(|| "(no record)".to_owned(), |c| c.status);
    tell.same("his record on the IPTV platform", record, "ENABLED".to_owned());
    tell.sent("Access-Request of his router");
    let heard = cast.node.log_in(USER.0, USER.1, Proof::Chap).await?;
    tell.received(heard.line());
    tell.check("his router is back at 10 Mbps", heard.code == "Access-Accept" && heard.says("10M"));
    let result = begin_data(cast, tell, "pgw-1.demo.talea.local;3;1").await?;
    tell.same("mobile data is back", result, SUCCESS);
    Ok(())
}

async fn terminated(cast: &mut Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    tell.begin("He moves away: terminated, and deleted on the IPTV platform");
    tell.sent("POST terminate");
    let path = format!("/customers/{}/terminate", cast.customer_id);
    cast.api.post(&path, &json!({})).await?.expect_success("the termination")?;
    tell.same("the customer is", status(cast).await?, "terminated".to_owned());
    let home = cast.home.clone();
    let (found, took) = platform(cast, &home, WITHIN, |c| c.is_none()).await;
    tell.check(
        format!("his record on the IPTV platform is gone after {} ms", took.as_millis()),
        found.is_none(),
    );
    let heard = cast.node.log_in(USER.0, USER.1, Proof::Pap).await?;
    tell.received(heard.line());
    tell.check("his router is no longer let in", heard.code != "Access-Accept" || heard.says("hotline"));
    Ok(())
}
