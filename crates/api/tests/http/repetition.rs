//! The same key with the same request gets the same answer, and is carried out once.

use crate::world::{World, ada, film};
use api::ApiState;
use serde_json::json;

#[tokio::test]
async fn a_purchase_sent_twice_with_one_key_is_charged_once_and_answered_alike() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let mut body = film(&account, "");
    body["reference"] = json!(null);
    let first = world.keyed("/charges", "buy-1", body.clone()).await;
    let second = world.keyed("/charges", "buy-1", body.clone()).await;
    assert_eq!((first.status, &first.octets), (second.status, &second.octets));
    assert_eq!((first.status.as_u16(), second.header("idempotent-replayed")), (201, "true"));
    assert_eq!(first.header("location"), second.header("location"));
    body["item"] = json!("film-2");
    let other = world.keyed("/charges", "buy-1", body.clone()).await.problem(422, "CHG-014");
    assert_eq!(other["errors"][0]["field"], json!("Idempotency-Key"));
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!(balance["balance"], json!("-3.99"));
    world.keyed("/charges", "buy-2", body).await.expect(201);
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!(balance["balance"], json!("-7.98"), "another key is another purchase");
}

#[tokio::test]
async fn the_core_remembers_a_key_when_the_api_has_forgotten_it() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let mut body = film(&account, "");
    body["reference"] = json!(null);
    let first = world.keyed("/charges", "buy-1", body.clone()).await;
    let world = World { router: api::router(ApiState::new(world.office.clone())), ..world };
    let second = world.keyed("/charges", "buy-1", body).await;
    assert_eq!((first.status, &first.octets), (second.status, &second.octets), "as after a restart");
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!(balance["balance"], json!("-3.99"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_with_one_key_at_the_same_time_are_carried_out_once() {
    let world = std::sync::Arc::new(World::new());
    let (customer, account) = world.ada().await;
    let mut body = film(&account, "");
    body["reference"] = json!(null);
    let tries: Vec<_> = (0..16)
        .map(|_| {
            let (world, body) = (world.clone(), body.clone());
            tokio::spawn(async move { world.keyed("/charges", "buy-1", body).await })
        })
        .collect();
    let (mut answered, mut busy) = (Vec::new(), 0);
    for one in tries {
        let answer = one.await.unwrap();
        match answer.status.as_u16() {
            201 => answered.push(answer.octets),
            409 => busy += 1,
            other => panic!("{other}: {}", answer.json()),
        }
    }
    assert!(!answered.is_empty() && answered.len() + busy == 16);
    assert!(answered.iter().all(|one| *one == answered[0]), "all answers are alike");
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!(balance["balance"], json!("-3.99"));
}

#[tokio::test]
async fn a_reference_is_charged_once_whatever_the_key() {
    let world = World::new();
    let (_, account) = world.ada().await;
    let first = world.keyed("/charges", "a", film(&account, "V-1")).await.expect(201);
    let second = world.keyed("/charges", "b", film(&account, "V-1")).await.expect(200);
    assert_eq!((&second["xdr"], &second["repeated"]), (&first["xdr"], &json!(true)));
}

#[tokio::test]
async fn a_refused_request_does_not_use_its_key_up() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    world
        .json("PATCH", &format!("/customers/{customer}"), json!({ "credit_limit": "1.00" }))
        .await
        .expect(200);
    let body = film(&account, "V-1");
    world.keyed("/charges", "buy-1", body.clone()).await.problem(402, "CHG-010");
    world.post(&format!("/customers/{customer}/payments"), json!({ "amount": "10" })).await.expect(201);
    world.keyed("/charges", "buy-1", body).await.expect(201);
}

#[tokio::test]
async fn every_kind_of_write_can_be_repeated() {
    let world = World::new();
    let first = world.keyed("/customers", "ada", ada()).await;
    let second = world.keyed("/customers", "ada", ada()).await;
    assert_eq!((first.status.as_u16(), &first.octets), (201, &second.octets));
    assert_eq!(world.get("/customers").await.expect(200)["items"].as_array().unwrap().len(), 1);
    let node = json!({ "name": "bras-1", "protocol": "radius", "address": "192.0.2.1", "secret": "s" });
    let first = world.keyed("/nodes", "node", node.clone()).await;
    let second = world.keyed("/nodes", "node", node).await;
    assert_eq!((first.status.as_u16(), &first.octets), (201, &second.octets));
    let pay = json!({ "amount": "5.00" });
    let customer = world.get("/customers").await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/customers/{customer}/payments");
    world.keyed(&path, "pay", pay.clone()).await.expect(201);
    let again = world.keyed(&path, "pay", pay).await.expect(201);
    assert_eq!(again["balance"], json!("5.00"));
}

#[tokio::test]
async fn keys_belong_to_the_token_that_sent_them() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let mut body = film(&account, "");
    body["reference"] = json!(null);
    let other = world.token(&[office::Scope::Charge]);
    let headers = [("content-type", "application/json"), ("idempotency-key", "1")];
    world.keyed("/charges", "1", body.clone()).await.expect(201);
    world.send("POST", "/charges", &other, &headers, body.to_string()).await.expect(201);
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!(balance["balance"], json!("-7.98"));
    for key in ["", &"k".repeat(256), "schl\u{fc}ssel"] {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        let problem = world.send("POST", "/charges", &world.admin, &headers, body.to_string()).await;
        let problem = problem.problem(422, "OFF-001");
        assert_eq!(problem["errors"][0]["field"], json!("Idempotency-Key"));
    }
    let long = "k".repeat(255);
    world.keyed("/charges", &long, body.clone()).await.expect(201);
    world.keyed("/charges", &long, body).await.expect(201);
}
