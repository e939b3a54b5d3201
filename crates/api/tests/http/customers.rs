//! Customers and accounts, from sign-up to termination.

use crate::world::{World, ada};
use axum::body::Body;
use serde_json::json;

#[tokio::test]
async fn a_customer_is_signed_up_with_account_and_login_and_shown_with_everything() {
    let world = World::new();
    let answer = world.post("/customers", ada()).await;
    let location = answer.header("location").to_owned();
    let made = answer.expect(201);
    let id = made["id"].as_str().unwrap();
    assert_eq!(location, format!("/api/v1/customers/{id}"));
    let shown = world.get(&format!("/customers/{id}")).await.expect(200);
    assert_eq!(shown["number"], made["number"]);
    assert_eq!(shown["available"], json!("100.00"));
    assert_eq!(shown["balance"], json!("0.00"));
    assert_eq!(shown["currency"], json!("USD"));
    assert_eq!(shown["period"]["end"], json!("2026-07-01T00:00:00Z"));
    let account = &shown["accounts"][0];
    assert_eq!(account["id"], made["account"]);
    assert_eq!(account["product"]["code"], json!("homeconnect-plus"));
    assert_eq!(account["add_ons"][0]["code"], json!("hbo"));
    assert_eq!(account["has_password"], json!(true));
    assert_eq!(account["devices"][0]["mac"], json!("00:1A:79:12:34:56"));
    assert!(
        account["identifiers"]
            .as_array()
            .unwrap()
            .contains(&json!({ "realm": "msisdn", "value": "12075550142" }))
    );
    assert_eq!(
        account["usage"][0]["total"],
        json!("60000"),
        "1000 domestic minutes are shown in seconds, as text"
    );
    assert!(world.office.sign_in_subscriber("ada", "difference-engine").is_ok(), "the login works");
}

#[tokio::test]
async fn twenty_five_customers_come_in_pages_without_gap_or_repetition() {
    let world = World::new();
    for number in 0..25 {
        let body = json!({ "name": format!("Customer {number:02}"), "payment": "prepaid" });
        world.post("/customers", body).await.expect(201);
    }
    let (mut names, mut path, mut pages) = (Vec::new(), "/customers?limit=10&sort=name".to_owned(), 0);
    loop {
        let page = world.get(&path).await.expect(200);
        names.extend(
            page["items"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        let cursor = cursor.replace(' ', "%20").replace(':', "%3A");
        path = format!("/customers?limit=10&sort=name&cursor={cursor}");
    }
    let expected: Vec<String> = (0..25).map(|number| format!("Customer {number:02}")).collect();
    assert_eq!((pages, names), (3, expected));
    let found = world.get("/customers?text=customer%2007").await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "the text narrows the list");
    world.get("/customers?cursor=nonsense").await.problem(422, "OFF-001");
}

#[tokio::test]
async fn contact_and_limit_change_only_where_the_request_says_so() {
    let world = World::new();
    let (id, _) = world.ada().await;
    let path = format!("/customers/{id}");
    let changed = world
        .json("PATCH", &path, json!({ "email": "countess@example.net", "credit_limit": null }))
        .await
        .expect(200);
    assert_eq!(changed["email"], json!("countess@example.net"));
    assert_eq!(changed["phone"], json!("+1 207 555 0142"));
    assert_eq!(
        (&changed["credit_limit"], &changed["available"]),
        (&json!(null), &json!(null)),
        "null is no limit"
    );
    let changed = world.json("PATCH", &path, json!({ "credit_limit": "20.5" })).await.expect(200);
    assert_eq!(changed["available"], json!("20.50"));
}

#[tokio::test]
async fn a_change_to_a_state_that_was_not_seen_is_refused_and_an_unchanged_state_is_not_sent_again() {
    let world = World::new();
    let (id, _) = world.ada().await;
    let path = format!("/customers/{id}");
    let seen = world.get(&path).await.header("etag").to_owned();
    let again = world.send("GET", &path, &world.admin, &[("if-none-match", &seen)], Body::empty()).await;
    assert_eq!((again.status.as_u16(), again.octets.len()), (304, 0));
    let headers = [("content-type", "application/json"), ("if-match", seen.as_str())];
    let change = |name: &str| json!({ "name": name }).to_string();
    world.send("PATCH", &path, &world.admin, &headers, change("Ada King")).await.expect(200);
    let late = world.send("PATCH", &path, &world.admin, &headers, change("Ada Byron")).await;
    late.problem(412, "API-010");
    assert_eq!(world.get(&path).await.expect(200)["name"], json!("Ada King"));
}

#[tokio::test]
async fn an_account_gets_and_loses_products_identifiers_and_devices() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let path = format!("/accounts/{account}");
    let add_on = world.post(&format!("{path}/add-ons"), json!({ "product": "dvr" })).await.expect(201);
    world.post(&format!("{path}/add-ons"), json!({ "product": "dvr" })).await.problem(409, "CHG-015");
    world.delete(&format!("{path}/add-ons/{}", add_on["id"].as_str().unwrap())).await.expect(204);
    let with = world
        .post(&format!("{path}/identifiers"), json!({ "realm": "mac", "value": "0011.2233.4455" }))
        .await;
    let with = with.expect(201);
    assert!(
        with["identifiers"]
            .as_array()
            .unwrap()
            .contains(&json!({ "realm": "mac", "value": "00:11:22:33:44:55" }))
    );
    world.delete(&format!("{path}/identifiers/mac/00-11-22-33-44-55")).await.expect(204);
    let device =
        world.post(&format!("{path}/devices"), json!({ "kind": "modem", "serial": "M-9" })).await.expect(201);
    world.delete(&format!("{path}/devices/{}", device["id"].as_str().unwrap())).await.expect(204);
    let changed = world
        .json("PATCH", &path, json!({ "product": "homeconnect", "blocked": true, "password": null }))
        .await
        .expect(200);
    assert_eq!(changed["product"]["code"], json!("homeconnect"));
    assert_eq!((&changed["status"], &changed["has_password"]), (&json!("blocked"), &json!(false)));
    assert_eq!(
        (changed["devices"].as_array().unwrap().len(), changed["add_ons"].as_array().unwrap().len()),
        (1, 1)
    );
    let phone =
        json!({ "product": "mobile-data", "identifiers": [{ "realm": "msisdn", "value": "12075550199" }] });
    let second = world.post(&format!("/customers/{customer}/accounts"), phone.clone()).await.expect(201);
    let taken = world.post(&format!("/customers/{customer}/accounts"), phone).await;
    assert_eq!(taken.status.as_u16(), 409, "an identifier finds one account only");
    let second = format!("/accounts/{}", second["id"].as_str().unwrap());
    assert_eq!(
        world.post(&format!("{second}/terminate"), json!({})).await.expect(200)["status"],
        json!("terminated")
    );
}

#[tokio::test]
async fn a_customer_is_blocked_unblocked_noted_and_terminated_and_the_timeline_tells_it() {
    let world = World::new();
    let (id, _) = world.ada().await;
    let path = format!("/customers/{id}");
    assert_eq!(world.post(&format!("{path}/block"), json!({})).await.expect(200)["status"], json!("blocked"));
    assert_eq!(
        world.post(&format!("{path}/unblock"), json!({})).await.expect(200)["status"],
        json!("active")
    );
    world.post(&format!("{path}/notes"), json!({ "text": "Asked about fibre." })).await.expect(201);
    assert_eq!(
        world.post(&format!("{path}/terminate"), json!({})).await.expect(200)["status"],
        json!("terminated")
    );
    let timeline = world.get(&format!("{path}/timeline?limit=100")).await.expect(200);
    let text = timeline.to_string();
    assert!(text.contains("Asked about fibre.") && text.contains("api:admin"), "{text}");
    let listed = world.get("/customers?status=terminated").await.expect(200);
    assert_eq!(listed["items"][0]["id"], json!(id));
    let audit = world.get(&format!("/audit?customer={id}&action=customer/blocked")).await.expect(200);
    assert_eq!(audit["items"][0]["actor"], json!("api:admin"));
    assert_eq!(world.get(&format!("{path}/deliveries")).await.expect(200)["items"], json!([]));
}
