//! Purchases, prices, xDRs, sessions and files.

use crate::world::{World, film};
use serde_json::json;

const HEADER: &str = "reference,account,service,item,units,occurred_at,description\n";

#[tokio::test]
async fn a_film_leaves_the_available_funds_at_once_and_explains_itself() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let price = world.post("/charges/price", film(&account, "V-1")).await.expect(200);
    assert_eq!((&price["amount"], &price["available"]), (&json!("3.99"), &json!("100.00")));
    let charged = world.post("/charges", film(&account, "V-1")).await.expect(201);
    assert_eq!((&charged["amount"], &charged["available"]), (&json!("3.99"), &json!("96.01")));
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!((&balance["balance"], &balance["unbilled"]), (&json!("-3.99"), &json!("3.99")));
    let xdr = world.get(&format!("/xdrs/{}", charged["xdr"].as_str().unwrap())).await.expect(200);
    assert_eq!((&xdr["description"], &xdr["reference"]), (&json!("The General"), &json!("V-1")));
    let last = xdr["explanation"].as_array().unwrap().last().unwrap();
    assert_eq!(last["text"], json!("Amount: 3.99 USD."));
    let listed = world.get(&format!("/customers/{customer}/xdrs?service=vod")).await.expect(200);
    assert_eq!(listed["items"][0]["id"], charged["xdr"]);
    let ledger = world.get(&format!("/customers/{customer}/ledger?code=purchase")).await.expect(200);
    assert_eq!(ledger["items"][0]["to_customer"], json!("-3.99"));
}

#[tokio::test]
async fn an_identifier_in_any_spelling_finds_the_account() {
    let world = World::new();
    let (_, account) = world.ada().await;
    let body = json!({ "identifier": { "value": "1-207-555-0142" }, "service": "vod", "item": "film-2" });
    assert_eq!(world.post("/charges", body).await.expect(201)["account"], json!(account));
}

#[tokio::test]
async fn a_purchase_beyond_the_available_funds_is_402_with_both_sums_and_changes_nothing() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let change = json!({ "credit_limit": "3.00" });
    world.json("PATCH", &format!("/customers/{customer}"), change).await.expect(200);
    let problem = world.post("/charges", film(&account, "V-1")).await.problem(402, "CHG-010");
    assert_eq!((&problem["available"], &problem["needed"]), (&json!("3.00"), &json!("3.99")));
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!(balance["balance"], json!("0.00"));
    assert_eq!(world.get(&format!("/customers/{customer}/xdrs")).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn other_refusals_have_a_status_and_code_of_their_own() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let mut data = film(&account, "V-1");
    data["service"] = json!("mobile-data");
    world.post("/charges", data).await.problem(403, "CHG-009");
    let nobody = json!({ "identifier": { "realm": "msisdn", "value": "19995550000" }, "service": "vod" });
    world.post("/charges", nobody).await.problem(404, "OFF-002");
    world.json("PATCH", &format!("/accounts/{account}"), json!({ "blocked": true })).await.expect(200);
    world.post("/charges", film(&account, "V-2")).await.problem(403, "CHG-008");
    world.post(&format!("/customers/{customer}/terminate"), json!({})).await.expect(200);
    world.post("/charges", film(&account, "V-3")).await.problem(403, "CHG-004");
}

#[tokio::test]
async fn a_batch_charges_what_is_new_skips_what_was_charged_and_rejects_with_line_and_reason() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    world.post("/charges", film(&account, "B-1")).await.expect(201);
    let file = format!(
        "{HEADER}B-1,ada@example.net,vod,film-1,1,2026-06-01T09:00:00Z,Old\nB-2,ada@example.net,vod,film-2,1,2026-06-01T09:30:00Z,New\n\
         B-3,ada@example.net,vod,film-3,many,2026-06-01T09:40:00Z,Broken\n"
    );
    let headers = [("content-type", "text/csv; charset=utf-8")];
    let send = || world.send("POST", "/imports?name=june.csv", &world.admin, &headers, file.clone());
    let report = send().await.expect(200);
    let counts = [&report["charged"], &report["skipped"], &report["rejected"]];
    assert_eq!(counts, [&json!(1), &json!(1), &json!(1)], "{report}");
    let rejected = &report["records"][2];
    assert_eq!((&rejected["line"], &rejected["field"]), (&json!(4), &json!("units")));
    assert!(!rejected["reason"].as_str().unwrap().is_empty());
    let again = send().await.expect(200);
    assert_eq!(again["file"], report["file"], "the same content is recognised");
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!(balance["balance"], json!("-7.98"));
    let listed = world.get("/imports").await.expect(200);
    assert_eq!(listed["items"][0]["name"], json!("june.csv"));
    let id = report["file"].as_str().unwrap();
    let shown = world.get(&format!("/imports/{id}?outcome=rejected")).await.expect(200);
    assert_eq!(shown["records"].as_array().unwrap().len(), 1);
    let wrong = [("content-type", "application/json")];
    world.send("POST", "/imports?name=x", &world.admin, &wrong, "[]").await.problem(415, "API-002");
}

#[tokio::test]
async fn open_sessions_are_listed_with_what_they_hold() {
    use charging::{Asked, Command, CustomerId, SessionKey, SessionRequest, Step, UnitReport, Used};
    let world = World::new();
    let (customer, _) = world.ada().await;
    let phone =
        json!({ "product": "mobile-data", "identifiers": [{ "realm": "msisdn", "value": "12075550177" }] });
    let account = world.post(&format!("/customers/{customer}/accounts"), phone).await.expect(201);
    let account: i64 = account["id"].as_str().unwrap().parse().unwrap();
    let units = UnitReport {
        rating_group: Some(10),
        service_identifier: None,
        service: world.office.catalog().service("mobile-data").unwrap().id,
        access_code: "".into(),
        destination: "internet".into(),
        used: Used::None,
        asked: Asked::Default,
    };
    let start = SessionRequest {
        session: SessionKey::diameter(b"pgw;1;1"),
        account: charging::RowId(account),
        identifier: "12075550177".into(),
        node: "pgw1".into(),
        request: 0,
        step: Step::Start,
        event_at: world.office.now(),
        units: vec![units],
        grants: true,
        silence: 1200,
        details: "10.1.2.3".into(),
        hotlines: false,
    };
    let id = CustomerId(customer.parse().unwrap());
    let office = world.office.clone();
    tokio::task::spawn_blocking(move || {
        office.engine().call(id, None, Command::Session(start), None).unwrap()
    })
    .await
    .unwrap();
    for path in [format!("/customers/{customer}/sessions"), "/sessions?node=pgw1".to_owned()] {
        let listed = world.get(&path).await.expect(200);
        let session = &listed["items"][0];
        assert_eq!(
            (&session["session"], &session["reserved"]),
            (&json!("pgw;1;1"), &json!("0.10")),
            "{listed}"
        );
        assert_eq!(session["meters"][0]["granted"], json!("10485760"));
    }
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!((&balance["reserved"], &balance["available"]), (&json!("0.10"), &json!("99.90")));

    let sessions = world.get(&format!("/customers/{customer}/sessions")).await.expect(200);
    let end = format!("/customers/{customer}/sessions/{}/end", sessions["items"][0]["id"].as_str().unwrap());
    let reader = world.token(&[office::Scope::Read]);
    world.send("POST", &end, &reader, &[], "").await.problem(403, "API-006");
    for _ in 0..2 {
        world.send("POST", &end, &world.admin, &[("idempotency-key", "end-1")], "").await.expect(204);
    }
    world.send("POST", &end, &world.admin, &[], "").await.problem(409, "CHG-013");
    let left = world.get(&format!("/customers/{customer}/sessions")).await.expect(200);
    assert_eq!(left["items"], json!([]));
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!((&balance["reserved"], &balance["available"]), (&json!("0.00"), &json!("100.00")));
    let trail = world.get("/audit?action=session/ended").await.expect(200);
    assert_eq!(trail["items"].as_array().unwrap().len(), 1, "one line, though it was sent twice");
    let unknown = format!("/customers/{customer}/sessions/zz/end");
    world.send("POST", &unknown, &world.admin, &[], "").await.problem(404, "OFF-002");
}
