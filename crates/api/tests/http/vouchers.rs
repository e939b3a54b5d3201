//! Vouchers over HTTP: made, looked up, redeemed once, revoked, and what each refusal says.

use crate::world::World;
use axum::http::HeaderMap;
use office::Scope;
use serde_json::{Value, json};

fn summer(count: u32) -> Value {
    json!({ "name": "Summer", "count": count, "amount": "10.00", "expires_at": "2026-12-31T00:00:00Z" })
}

async fn codes(world: &World, body: Value) -> (HeaderMap, Vec<String>) {
    let made = world.post("/voucher-batches", body).await;
    assert_eq!(made.status.as_u16(), 201, "{}", String::from_utf8_lossy(&made.octets));
    let text = String::from_utf8(made.octets).unwrap();
    let codes = text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect();
    (made.headers, codes)
}

#[tokio::test]
async fn a_voucher_is_made_redeemed_once_and_looked_up() {
    let world = World::new();
    let (customer, _) = world.ada().await;
    let (headers, codes) = codes(&world, summer(3)).await;
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
    let batch = headers["location"].to_str().unwrap().trim_start_matches("/api/v1").to_owned();
    let path = format!("/customers/{customer}/vouchers");
    let ask = json!({ "code": codes[0].to_lowercase() });
    let first = world.keyed(&path, "till-1", ask.clone()).await.expect(201);
    assert_eq!((&first["amount"], &first["balance"]), (&json!("10.00"), &json!("10.00")), "{first}");
    let again = world.keyed(&path, "till-1", ask.clone()).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.expect(201), first);
    let used = world.post(&path, ask.clone()).await.problem(409, "CHG-050");
    assert_eq!(used["errors"][0]["field"], json!("code"));
    let found = world.post("/vouchers/find", ask).await.expect(200);
    assert_eq!(
        (&found["state"], &found["customer"], &found["entry"]),
        (&json!("redeemed"), &json!(customer), &first["id"]),
        "{found}"
    );
    let shown = world.get(&batch).await.expect(200);
    assert_eq!((&shown["count"], &shown["free"], &shown["redeemed"]), (&json!(3), &json!(2), &json!(1)));
    assert_eq!(world.get("/voucher-batches").await.expect(200)["items"], json!([shown]));
    let ledger = world.get(&format!("/customers/{customer}/ledger?code=voucher")).await.expect(200);
    assert_eq!(ledger["items"].as_array().unwrap().len(), 1);
    assert!(!ledger.to_string().contains(&codes[0]), "the code is told nowhere");
    let revoked = world.post(&format!("{batch}/revoke"), json!({})).await.expect(200);
    assert_eq!((&revoked["revoked_now"], &revoked["batch"]["free"]), (&json!(2), &json!(0)));
    world.post(&path, json!({ "code": codes[1] })).await.problem(409, "CHG-056");
}

#[tokio::test]
async fn what_cannot_be_redeemed_says_why() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let path = format!("/customers/{customer}/vouchers");
    let (_, codes) = codes(&world, summer(3)).await;
    let slip = world.post(&path, json!({ "code": &codes[0][1..] })).await.problem(422, "OFF-001");
    assert_eq!(slip["errors"][0]["field"], json!("code"));
    let own = world.post(&path, json!({ "code": codes[0], "account": account })).await;
    own.problem(409, "CHG-041");
    assert_eq!(
        world.post("/vouchers/find", json!({ "code": codes[0] })).await.expect(200)["state"],
        json!("free"),
        "a refused credit gives the voucher back"
    );
    world.post("/vouchers/revoke", json!({ "code": codes[1] })).await.expect(200);
    world.post(&path, json!({ "code": codes[1] })).await.problem(409, "CHG-056");
    world.post("/dev/clock", json!({ "to": "2026-12-31T00:00:00Z" })).await.expect(200);
    let late = world.post(&path, json!({ "code": codes[2] })).await.problem(409, "CHG-051");
    assert_eq!(late["errors"][0]["field"], json!("code"));
    world.post("/vouchers/find", json!({})).await.problem(422, "OFF-001");
    world.get("/voucher-batches/77").await.problem(404, "OFF-002");
}

#[tokio::test]
async fn who_guesses_over_the_api_has_to_wait() {
    let world = World::new();
    let (customer, _) = world.ada().await;
    let path = format!("/customers/{customer}/vouchers");
    // Well-formed codes of another installation.
    let (_, foreign) = codes(&World::new(), summer(6)).await;
    for code in &foreign[..5] {
        world.post(&path, json!({ "code": code })).await.problem(404, "CHG-049");
    }
    let stopped = world.post(&path, json!({ "code": foreign[5] })).await.problem(403, "OFF-004");
    assert!(stopped["detail"].as_str().unwrap().contains("too many wrong codes"));
}

#[tokio::test]
async fn a_batch_is_made_once_per_key_and_by_whom_money_may_be_moved() {
    let world = World::new();
    let first = world.keyed("/voucher-batches", "order-7", summer(2)).await;
    let again = world.keyed("/voucher-batches", "order-7", summer(2)).await;
    assert_eq!((first.status.as_u16(), &first.octets), (201, &again.octets), "small answers are given again");
    world.keyed("/voucher-batches", "order-7", summer(3)).await.problem(422, "CHG-014");
    // After a restart nothing is remembered but the batch itself.
    let restarted = api::router(api::ApiState::new(world.office.clone()));
    let world = World { router: restarted, ..world };
    let gone = world.keyed("/voucher-batches", "order-7", summer(2)).await.problem(409, "OFF-003");
    assert!(gone["detail"].as_str().unwrap().contains("given out once"), "{gone}");
    assert_eq!(world.get("/voucher-batches").await.expect(200)["items"].as_array().unwrap().len(), 1);
    let mut wrong = summer(100_001);
    wrong["amount"] = json!("0");
    wrong["name"] = json!("");
    let problem = world.post("/voucher-batches", wrong).await.problem(422, "OFF-001");
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["name", "count", "amount"]);
    let mut foreign = summer(1);
    foreign["currency"] = json!("XXX");
    let problem = world.post("/voucher-batches", foreign).await.problem(422, "OFF-001");
    assert_eq!(problem["errors"][0]["field"], json!("currency"));
    let reader = world.token(&[Scope::Read]);
    let headers = [("content-type", "application/json")];
    let denied = world.send("POST", "/voucher-batches", &reader, &headers, summer(1).to_string()).await;
    denied.problem(403, "API-006");
}
