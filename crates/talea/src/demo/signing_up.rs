//! Step 1: sign-up, and the television platform within a second.

use super::cast::Cast;
use super::narrator::Narrator;
use crate::error::TaleaError;
use serde_json::json;
use std::time::{Duration, Instant};
use testkit::minerva::Customer;

/// Set-top box of the household.
const BOX: &str = "00:1A:2B:3C:4D:5E";
/// How long the platform may take.
const WITHIN: Duration = Duration::from_secs(1);

/// What the platform must hold.
const PACKAGES: [&str; 5] = ["DVR", "HBO", "Local Channels", "News", "Sports"];

/// Waits until the platform's record of an account is as wanted; what it is at last, and how long it took.
pub async fn platform(
    cast: &Cast<'_>,
    account: &str,
    patience: Duration,
    wanted: impl Fn(Option<&Customer>) -> bool,
) -> (Option<Customer>, Duration) {
    let started = Instant::now();
    loop {
        let found = cast.minerva.customer(account);
        if wanted(found.as_ref()) || started.elapsed() > patience {
            return (found, started.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Signs Ellen up.
pub async fn play(cast: &mut Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    tell.begin("1 June: a household signs up, and its television is switched on");
    let body = json!({
        "name": "Ellen Palmer",
        "email": "ellen@example.com",
        "phone": "+12075550142",
        "address": "7 Lighthouse Road\nPortland, ME 04101",
        "payment": "postpaid",
        "credit_limit": "100.00",
        "zone": "America/New_York",
        "net_days": 15,
        "account": {
            "product": "homeconnect-plus",
            "add_ons": ["hbo", "dvr"],
            "label": "Home",
            "identifiers": [{ "realm": "user", "value": "ellen@aurora.example" }],
            "password": "blue-lighthouse",
            "devices": [{ "kind": "stb", "mac": BOX, "serial": "STB-0001", "model": "Aurora Box" }],
        },
    });
    tell.sent("POST /api/v1/customers: Ellen Palmer, HomeConnect+ with HBO and DVR, credit limit $100, box 00:1A:2B:3C:4D:5E");
    let answer =
        cast.api.post_once("/customers", "demo-sign-up", &body).await?.expect_success("the sign-up")?;
    (cast.customer_id, cast.customer, cast.home) =
        (answer.text("id"), answer.text("number"), answer.text("account"));
    tell.received(format!("201: customer {}, account {}", cast.customer, cast.home));
    let active = |c: Option<&Customer>| {
        c.is_some_and(|c| {
            c.status == "ENABLED" && c.service_packages.len() == PACKAGES.len() && !c.devices.is_empty()
        })
    };
    let (found, took) = platform(cast, &cast.home.clone(), WITHIN * 3, active).await;
    let Some(found) = found else {
        tell.check("the account is on the IPTV platform", false);
        return Ok(());
    };
    let mut packages = found.service_packages.clone();
    packages.sort();
    let boxes: Vec<String> = found.devices.iter().map(|d| d.mac_address.clone()).collect();
    tell.received(format!(
        "the IPTV platform has account {} {} after {} ms",
        cast.home,
        found.status,
        took.as_millis()
    ));
    tell.same("its packages", packages.join(", "), PACKAGES.join(", "));
    tell.same("its set-top box", boxes.join(", "), BOX.to_owned());
    tell.check("it took less than one second", took < WITHIN);
    let phone = json!({
        "product": "mobile-data",
        "label": "Ellen's phone",
        "identifiers": [{ "realm": "msisdn", "value": "12075550142" }],
    });
    let path = format!("/customers/{}/accounts", cast.customer_id);
    let answer =
        cast.api.post_once(&path, "demo-phone", &phone).await?.expect_success("the phone's account")?;
    cast.phone = answer.text("id");
    let (available, _, _) = cast.money().await?;
    tell.same("available funds", available, "100.00".to_owned());
    Ok(())
}
