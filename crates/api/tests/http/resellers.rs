//! Resellers: made, given customers, charged for their use, stopped; and what is refused, with the field that is at fault.

use crate::world::{World, film};
use serde_json::{Value, json};

impl World {
    /// Signs somebody up; his id.
    async fn customer(&self, name: &str, reseller: Option<&str>) -> String {
        let body =
            json!({ "name": name, "payment": "postpaid", "credit_limit": "100", "reseller": reseller });
        self.post("/customers", body).await.expect(201)["id"].as_str().unwrap().to_owned()
    }

    async fn make_reseller(&self, id: &str) -> Value {
        self.json("PUT", &format!("/customers/{id}/reseller"), json!({})).await.expect(200)
    }

    /// Asks until the answer is as it should be: what happens between levels takes a moment.
    async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..500 {
            let shown = self.get(path).await.expect(200);
            if holds(&shown) {
                return shown;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{path}: {}", self.get(path).await.expect(200));
    }

    /// Films cost resellers 3.00, as a catalog in the API's own form says.
    async fn with_reseller_tariff(&self) {
        let mut catalog = self.get("/catalog").await.expect(200)["catalog"].clone();
        let tariffs = catalog["tariffs"].as_array_mut().unwrap();
        let mut films = tariffs.iter().find(|tariff| tariff["code"] == json!("films")).unwrap().clone();
        films["code"] = json!("films-resale");
        for rate in films["rates"].as_array_mut().unwrap() {
            rate["first_price"] = json!("3.00");
        }
        films["id"] = json!(0);
        tariffs.push(films);
        let products = catalog["products"].as_array_mut().unwrap();
        for entry in products.iter_mut().flat_map(|product| product["rating"].as_array_mut().unwrap()) {
            if entry["tariff"] == json!("films") {
                entry["reseller_tariff"] = json!("films-resale");
            }
        }
        self.post("/catalog", json!({ "catalog": catalog, "comment": "resale" })).await.expect(201);
    }
}

#[tokio::test]
async fn a_reseller_pays_his_tariff_for_what_his_customer_buys_and_stops_him_when_blocked() {
    let world = World::new();
    world.with_reseller_tariff().await;
    let reseller = world.customer("North Star Resale", None).await;
    let terms = json!({ "wholesale": null, "cushion": "12.5" });
    let made = world.json("PUT", &format!("/customers/{reseller}/reseller"), terms).await.expect(200);
    assert_eq!(made["resale"]["cushion"], json!("12.50"));
    assert_eq!((&made["resale"]["stopped"], &made["above"]), (&json!(null), &json!([])));
    let mut ada = crate::world::ada();
    ada["reseller"] = json!(reseller);
    let ada = world.post("/customers", ada).await.expect(201);
    let (id, account) = (ada["id"].as_str().unwrap(), ada["account"].as_str().unwrap());
    world.post("/charges", film(account, "F-1")).await.expect(201);
    let path = format!("/customers/{reseller}/ledger?code=wholesale");
    let ledger = world.until(&path, |shown| !shown["items"].as_array().unwrap().is_empty()).await;
    assert_eq!(ledger["items"][0]["amount"], json!("3.00"), "by the tariff that her product names");
    let shown = world.get(&format!("/customers/{id}")).await.expect(200);
    assert_eq!((&shown["served_by"], &shown["balance"]), (&json!(reseller), &json!("-3.99")));
    let below = world.get(&format!("/customers/{reseller}/customers")).await.expect(200);
    assert_eq!(below["items"].as_array().unwrap().len(), 1);
    assert_eq!(below["items"][0]["number"], shown["number"]);
    let resellers = world.get("/customers?reseller=true").await.expect(200);
    assert_eq!(resellers["items"][0]["name"], json!("North Star Resale"));
    assert_eq!(resellers["items"].as_array().unwrap().len(), 1);
    let found = world.get("/search?q=North").await.expect(200).to_string();
    assert!(found.contains("reseller"), "{found}");
    world.post(&format!("/customers/{reseller}/block"), json!({})).await.expect(200);
    let path = format!("/customers/{id}/reseller");
    let stopped = world.until(&path, |shown| shown["stopped_above"] == json!("blocked")).await;
    assert_eq!(stopped["above"][0]["id"], json!(reseller));
    world.post("/charges", film(account, "F-2")).await.problem(403, "CHG-040");
    let moved = world.post(&format!("/customers/{id}/move"), json!({ "reseller": null })).await.expect(200);
    assert_eq!(moved["above"], json!([]));
    world.post("/charges", film(account, "F-2")).await.expect(201);
    world.until("/reseller-messages", |shown| shown["waiting"] == json!(0)).await;
    let messages = world.post("/reseller-messages/retry", json!({})).await.expect(200);
    assert_eq!(messages["parked"], json!(0));
    let report = world.office.store().verify().unwrap();
    assert!(report.differences.is_empty() && report.relays.differences.is_empty(), "{report:?}");
}

#[tokio::test]
async fn what_no_chain_may_be_is_refused_and_the_field_is_named() {
    let world = World::new();
    let (first, other) = (world.customer("First", None).await, world.customer("Other", None).await);
    let named = |problem: Value| problem["errors"][0]["field"].as_str().unwrap().to_owned();
    let under = |id: &str| json!({ "name": "New", "payment": "prepaid", "reseller": id });
    let refused = world.post("/customers", under(&first)).await.problem(409, "CHG-052");
    assert_eq!(named(refused), "reseller", "not a reseller");
    let refused = world.post("/customers", under("999")).await.problem(422, "OFF-001");
    assert_eq!(named(refused), "reseller", "nobody");
    let terms = format!("/customers/{first}/reseller");
    let refused = world.json("PUT", &terms, json!({ "wholesale": "nothing" })).await.problem(422, "OFF-001");
    assert_eq!(named(refused), "wholesale");
    let refused = world.json("PUT", &terms, json!({ "cushion": "-1" })).await.problem(422, "OFF-001");
    assert_eq!(named(refused), "cushion");
    world.make_reseller(&first).await;
    world.make_reseller(&other).await;
    let to = |id: &str| json!({ "reseller": id });
    let refused = world.post(&format!("/customers/{first}/move"), to(&other)).await.problem(409, "CHG-053");
    assert_eq!(named(refused), "reseller", "resellers never move");
    let read = world.token(&[office::Scope::Read, office::Scope::Customers]);
    let headers = [("content-type", "application/json")];
    world.send("PUT", &terms, &read, &headers, "{}").await.problem(403, "API-006");
    let mut deepest = first;
    for level in 2..=16 {
        let next = world.customer(&format!("Level {level}"), Some(&deepest)).await;
        world.make_reseller(&next).await;
        deepest = next;
    }
    let leaf = world.customer("Below sixteen", Some(&deepest)).await;
    let shown = world.get(&format!("/customers/{leaf}/reseller")).await.expect(200);
    assert_eq!(shown["above"].as_array().unwrap().len(), 16);
    world.make_reseller(&leaf).await;
    let refused = world.post("/customers", under(&leaf)).await.problem(409, "CHG-053");
    assert_eq!(named(refused), "reseller", "too many levels");
}
